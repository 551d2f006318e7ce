//! Use cases of tickets.
