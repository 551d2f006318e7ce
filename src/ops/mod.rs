//! Running the system: what the tool needs besides the business.

pub mod audit;
pub mod database;
pub mod demo;
pub mod init;
pub mod job;
pub mod key;
pub mod mail;
pub mod settings;
pub mod state;
