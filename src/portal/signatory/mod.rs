//! Signatories (tegningsberettigede): who may sign which agreements of an institution (K-050..K-056).

pub mod actions;
pub mod cli;
pub mod mail;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use serde::Serialize;

use crate::values::{DanishPhone, Email};

crate::coded! {
    /// What a signatory may sign (K-051..K-053).
    pub enum Scope("scope") {
        /// Customer agreements with add-ons and dispensations.
        Customer => "customer",
        /// Data processing agreements.
        DataProcessing => "data-processing",
        /// All others.
        Other => "other",
    }
}

impl Scope {
    /// The kinds of agreements that it covers, by code (K-051..K-053).
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Scope::Customer => &["customer", "addon", "dispensation"],
            Scope::DataProcessing => &["data-processing"],
            Scope::Other => &["other"],
        }
    }
}

/// Who may sign, from when until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signatory {
    /// The row.
    #[serde(skip)]
    pub id: i64,
    /// The row of the institution.
    #[serde(skip)]
    pub tenant_id: i64,
    /// The institution's code.
    pub tenant: String,
    /// What may be signed.
    pub scope: Scope,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Email,
    /// Title or function.
    pub title: String,
    /// Phone, eight digits.
    pub phone: DanishPhone,
    /// Since when, UTC.
    pub since: String,
    /// Until when, UTC; `None` for the present one.
    pub until: Option<String>,
}

/// The person to be signatory (K-056: no B-number).
#[derive(Debug, Clone)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Address.
    pub email: Email,
    /// Title or function.
    pub title: String,
    /// Phone.
    pub phone: DanishPhone,
}
