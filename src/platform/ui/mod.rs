//! What people and scripts see: answers, how they look, prompts, colours.

pub mod answer;
mod csv;
pub mod errors;
pub mod foreign;
mod hidden;
pub mod plan;
pub mod progress;
pub mod prompt;
pub mod render;
mod table;
pub mod view;

pub use answer::{Answer, Bulk, Change, RowSink};
pub use view::{Column, Kind, View};
