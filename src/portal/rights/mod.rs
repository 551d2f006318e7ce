//! Rights groups: who may what, where. The rules themselves are in [`access`](super::access).

pub mod actions;
pub mod cli;
pub mod review;
pub mod service;
pub mod view;
pub mod who;
