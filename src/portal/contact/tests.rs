//! Use cases of contacts and roles.
