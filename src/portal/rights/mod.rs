//! Rights groups: who may what, where. The rules themselves are in [`access`](super::access).

pub mod cli;
pub mod service;
pub mod view;
