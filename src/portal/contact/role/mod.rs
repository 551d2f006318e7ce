//! The catalogue of contact roles (K-190..K-197): data, seeded with the sixteen of K-195.

pub mod cli;
pub mod seed;
pub mod service;
pub mod store;
pub mod view;

use serde::Serialize;

crate::coded! {
    /// Who assigns a role (C-06, K-196).
    pub enum ManagedBy("managed-by") {
        /// The institution's editors and administrators, and the provider.
        Tenant => "tenant",
        /// The provider alone.
        Provider => "provider",
    }
}

crate::coded! {
    /// A tab of the portal's master data (K-140).
    pub enum Tab("tab") {
        /// Generelt.
        General => "general",
        /// Regnskab.
        Accounting => "accounting",
        /// Løn.
        Payroll => "payroll",
    }
}

crate::coded! {
    /// Whether a role can be given to contacts.
    pub enum RoleStatus("status") {
        /// It can.
        Active => "active",
        /// No longer; who holds it keeps it.
        Retired => "retired",
    }
}

/// A contact role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Role {
    /// The row.
    #[serde(skip)]
    pub id: i64,
    /// Its code.
    pub code: String,
    /// Its name in the portal's words.
    pub name: String,
    /// Who assigns it.
    pub managed_by: ManagedBy,
    /// Only a contact with a secure address may hold it (roles 7, 8 and 11).
    pub secure_email: bool,
    /// On which tabs its holders are shown besides their own place.
    pub tabs: Vec<Tab>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it can be given.
    pub status: RoleStatus,
}

/// What to change; `None` leaves alone, an inner `None` empties.
#[derive(Debug, Clone, Default)]
pub struct RolePatch {
    /// Its name.
    pub name: Option<String>,
    /// Who assigns it.
    pub managed_by: Option<ManagedBy>,
    /// Whether it needs a secure address.
    pub secure_email: Option<bool>,
    /// All its tabs.
    pub tabs: Option<Vec<Tab>>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// Whether it can be given.
    pub status: Option<RoleStatus>,
}
