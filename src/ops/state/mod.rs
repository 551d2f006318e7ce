//! The declarable world: `state export`, `state plan`, `state apply` (CLI.md §3).
//!
//! A state file ([`model`]) is read with the place of every value ([`read`]), checked by the parsers of the flags
//! ([`check`]) into what it asks for ([`wanted`]), and applied by the use cases of the rooms ([`apply`]). What that
//! changed is read from what the use cases recorded ([`changes`]); a plan is an apply that is rolled back.

pub mod apply;
pub mod changes;
pub mod check;
pub mod cli;
pub mod export;
pub mod faults;
pub mod model;
pub mod read;
pub mod saved;
pub mod scalar;
pub mod wanted;
