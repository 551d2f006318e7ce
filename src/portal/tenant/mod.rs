//! Institutions (institutioner, kunder) and their units: accounting circles and pay groups.

pub mod actions;
pub mod cli;
pub mod import;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod unit;
pub mod view;

use serde::Serialize;

use crate::values::{Cvr, Gln, SeNumber};

crate::coded! {
    /// Whether something is in use.
    pub enum Status("status") {
        /// In use.
        Active => "active",
        /// Kept for its history.
        Archived => "archived",
    }
}

/// An institution (K-015, K-141).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tenant {
    #[serde(skip)]
    /// The row.
    pub id: i64,
    /// Its own stable name in commands.
    pub code: String,
    /// Its company number. Two institutions can share one.
    pub cvr: Cvr,
    /// Its name.
    pub name: String,
    /// Ministry area (ministerområde).
    pub ministry: Option<String>,
    /// Further SE numbers.
    pub se_numbers: Vec<SeNumber>,
    /// EAN/GLN location numbers.
    pub glns: Vec<Gln>,
    /// Key Account Manager at the provider (V-026).
    pub account_manager: Option<String>,
    /// Whether it is in use.
    pub status: Status,
    /// When it was created, UTC.
    pub created_at: String,
}

/// An institution to be created.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its company number.
    pub cvr: Cvr,
    /// Its name.
    pub name: String,
    /// Its code; made from the name where none is given.
    pub code: Option<String>,
    /// Ministry area.
    pub ministry: Option<String>,
    /// Further SE numbers.
    pub se_numbers: Vec<SeNumber>,
    /// EAN/GLN location numbers.
    pub glns: Vec<Gln>,
    /// Key Account Manager.
    pub account_manager: Option<String>,
}

/// What to change; `None` leaves alone, an inner `None` empties.
#[derive(Debug, Clone, Default)]
pub struct TenantPatch {
    /// A new company number.
    pub cvr: Option<Cvr>,
    /// A new name. The code stays.
    pub name: Option<String>,
    /// Ministry area.
    pub ministry: Option<Option<String>>,
    /// All further SE numbers.
    pub se_numbers: Option<Vec<SeNumber>>,
    /// All location numbers.
    pub glns: Option<Vec<Gln>>,
    /// Key Account Manager.
    pub account_manager: Option<Option<String>>,
    /// Whether it is in use.
    pub status: Option<Status>,
}
