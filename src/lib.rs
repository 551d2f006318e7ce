//! portalctl: administration of the customer portals of Statens Administration, over one SQLite file.
//!
//! Reading order, which is also the order of who may use whom, from the top:
//!
//! - [`app`]: the front door. Parses the command line, dispatches, prints the answer.
//! - [`ops`]: running the system: `init`, `demo`, the commands over audit, mail, settings and the database itself.
//! - [`portal`]: the business, one room per noun.
//! - [`platform`]: what commands stand on: database, audit, outbox, renderer. No word of the business.
//! - [`values`]: parsed value types.
//!
//! `docs/architecture.md` is the map; `tests/it/tidy.rs` holds the rules.

pub mod app;
pub mod ops;
pub mod platform;
pub mod portal;
pub mod values;

pub use app::run;
