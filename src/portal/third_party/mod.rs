//! Third-party tasks (tredjepartsopgaver): which authority Statens Administration must contact for a task that a third
//! party does for an institution (K-099).

pub mod actions;
pub mod cli;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use serde::Serialize;

use crate::values::{DanishPhone, Email};

/// A task that a third party does for an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ThirdParty {
    /// The number.
    pub id: i64,
    /// The row of the institution.
    #[serde(skip)]
    pub tenant_id: i64,
    /// The institution's code.
    pub tenant: String,
    /// What is done; unique in the institution without regard to case.
    pub task: String,
    /// The authority to contact.
    pub authority: String,
    /// A person or an office there.
    pub contact: Option<String>,
    /// Their address.
    pub email: Option<Email>,
    /// Their phone, eight digits.
    pub phone: Option<DanishPhone>,
    /// Remarks.
    pub remarks: Option<String>,
    /// When it was last changed, UTC.
    pub updated_at: String,
}

/// What is said of a task; `None` leaves alone, an inner `None` empties.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// The authority.
    pub authority: Option<String>,
    /// A person or an office there.
    pub contact: Option<Option<String>>,
    /// Their address.
    pub email: Option<Option<Email>>,
    /// Their phone.
    pub phone: Option<Option<DanishPhone>>,
    /// Remarks.
    pub remarks: Option<Option<String>>,
}
