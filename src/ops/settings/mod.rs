//! The commands over configuration and settings.

pub mod cli;
