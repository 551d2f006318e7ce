//! Use cases of users.
