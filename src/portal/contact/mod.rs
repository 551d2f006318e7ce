//! Contact persons of institutions and units, and the roles they hold (K-180..K-197).

pub mod actions;
pub mod cli;
pub mod import;
pub mod role;
pub mod rules;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use serde::Serialize;

use crate::values::{DanishPhone, Email, UnitRef};

/// A contact person (K-143, K-193).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// The number.
    pub id: i64,
    /// How files name the contact; unique in the institution.
    pub key: String,
    /// The row of the institution.
    #[serde(skip)]
    pub tenant_id: i64,
    /// The row of the unit.
    #[serde(skip)]
    pub unit_id: Option<i64>,
    /// The institution's code.
    pub tenant: String,
    /// The unit, `kind:number`; `None` for the institution itself.
    pub unit: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Option<Email>,
    /// Whether that is a secure address.
    pub secure_email: bool,
    /// Shared mailbox (fællesmail).
    pub shared_email: Option<Email>,
    /// Phone, eight digits (K-194).
    pub phone: Option<DanishPhone>,
    /// Remarks.
    pub remarks: Option<String>,
    /// Codes of the roles held.
    pub roles: Vec<String>,
    /// When it was last changed, UTC.
    pub updated_at: String,
}

/// A contact to be created.
#[derive(Debug, Clone)]
pub struct NewContact {
    /// The institution, by code or CVR.
    pub tenant: String,
    /// The unit, if it is a unit's contact.
    pub unit: Option<UnitRef>,
    /// The name.
    pub name: String,
    /// The key; made from the name where none is given.
    pub key: Option<String>,
    /// The rest.
    pub data: ContactPatch,
}

/// What to change; `None` leaves alone, an inner `None` empties.
#[derive(Debug, Clone, Default)]
pub struct ContactPatch {
    /// Name.
    pub name: Option<String>,
    /// Key.
    pub key: Option<String>,
    /// The unit; an inner `None` makes it the institution's own.
    pub unit: Option<Option<UnitRef>>,
    /// Title.
    pub title: Option<Option<String>>,
    /// Address.
    pub email: Option<Option<Email>>,
    /// Whether that is a secure address.
    pub secure_email: Option<bool>,
    /// Shared mailbox.
    pub shared_email: Option<Option<Email>>,
    /// Phone.
    pub phone: Option<Option<DanishPhone>>,
    /// Remarks.
    pub remarks: Option<Option<String>>,
    /// All roles, by code or name.
    pub roles: Option<Vec<String>>,
}
