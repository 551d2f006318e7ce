//! Units of an institution: accounting circles (bogføringskredse) and pay groups (løngrupper).

pub mod cli;
pub mod import;
pub mod service;
pub mod store;
pub mod view;

use serde::Serialize;

use super::Status;
use crate::values::{UnitKind, UnitNumber};

/// A unit with its technical master data (K-015, K-142).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// The row.
    #[serde(skip)]
    pub id: i64,
    /// The row of the institution.
    #[serde(skip)]
    pub tenant_id: i64,
    /// The institution it belongs to now.
    pub tenant: String,
    /// Accounting circle or pay group.
    pub kind: UnitKind,
    /// The number in its canonical form.
    pub number: String,
    /// Its name.
    pub name: Option<String>,
    /// Server name (servernavn).
    pub server: Option<String>,
    /// Database name (databasenavn).
    pub database: Option<String>,
    /// LDV name (LDV-navn).
    pub ldv: Option<String>,
    /// Whether it is in use.
    pub status: Status,
}

impl Unit {
    /// `accounting:12345`.
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind, self.number)
    }
}

/// A unit to be created.
#[derive(Debug, Clone)]
pub struct NewUnit {
    /// The institution, by code or CVR.
    pub tenant: String,
    /// Kind and number.
    pub number: UnitNumber,
    /// Its name and technical master data.
    pub data: UnitPatch,
}

/// What to change; `None` leaves alone, an inner `None` empties.
#[derive(Debug, Clone, Default)]
pub struct UnitPatch {
    /// Its name.
    pub name: Option<Option<String>>,
    /// Server name.
    pub server: Option<Option<String>>,
    /// Database name.
    pub database: Option<Option<String>>,
    /// LDV name.
    pub ldv: Option<Option<String>>,
    /// Whether it is in use; a new one is, unless said otherwise.
    pub status: Option<Status>,
}
