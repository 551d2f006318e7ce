//! Looking after the database file.

pub mod cli;
