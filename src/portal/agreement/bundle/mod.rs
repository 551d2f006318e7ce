//! The bundle: an institution's agreements in one ZIP that proves itself (K-101).
//!
//! The same data give the same bytes: nothing in it depends on when or where it was made.

mod container;
mod crc;
pub mod manifest;
pub mod names;
mod packer;
pub mod seal;
mod statements;
mod strict;
#[cfg(test)]
mod tests;
mod verify;
mod write;

pub use verify::{Verdict, verify};
pub use write::{Choice, Plan, plan, write};
