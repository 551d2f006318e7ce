//! The commands over the audit trail.

pub mod cli;
