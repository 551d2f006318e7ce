//! The command over the key file.

pub mod cli;
