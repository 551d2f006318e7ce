//! What every command stands on: no word of the business is known here.

pub mod actor;
pub mod audit;
pub mod blob;
pub mod bulk;
pub mod calendar;
pub mod config;
pub mod ctx;
pub mod db;
pub mod document;
pub mod env;
pub mod error;
pub mod exit;
pub mod files;
pub mod filetype;
pub mod i18n;
pub mod inmail;
pub mod interrupt;
pub mod outbox;
pub mod pdf;
pub mod scanner;
pub mod secret;
pub mod settings;
pub mod sheet;
pub mod spill;
pub mod typeset;
pub mod ui;
