//! The business, one room per noun.
//!
//! A room may use the rooms listed before it here, and reads another room's `store` but writes through its
//! `service`. The order is part of the design; `tests/it/tidy.rs` holds it.

pub mod access;
pub mod link;
pub mod tenant;
pub mod user;
pub mod rights;
pub mod signatory;
pub mod contact;
pub mod agreement;
pub mod calendar;
pub mod kpi;
pub mod report;
pub mod ticket;
pub mod search;

pub mod cli;

use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::outbox::Template;

/// Every mail that can be queued.
pub const MAILS: &[&Template] = &[
    &user::mail::ACTIVATION,
    &signatory::mail::DASHBOARD,
    &agreement::mail::IN_FORCE,
    &ticket::mail::AWAITING,
    &ticket::mail::DONE,
    &ticket::mail::REPLY,
];

/// Fills the catalogues of a new database.
pub fn seed(tx: &Tx<'_>) -> Result<()> {
    contact::role::service::seed(tx)?;
    kpi::service::seed(tx)
}
