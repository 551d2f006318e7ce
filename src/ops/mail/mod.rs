//! The commands over the outgoing mail.

pub mod cli;
