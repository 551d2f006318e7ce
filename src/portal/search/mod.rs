//! Search (K-070..K-075): what is called something like this, or has this number, of all that the actor may see.
//!
//! Triggers keep one row per findable thing in `search_entry` and the trigrams of it in `search_index` (schema.sql);
//! this room only reads.

pub mod cli;
mod reach;
mod rules;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use serde::Serialize;

crate::coded! {
    /// What was found, in the order in which equally good answers are listed.
    pub enum Kind("search-kind") {
        /// An institution.
        Tenant => "tenant",
        /// An accounting circle or pay group.
        Unit => "unit",
        /// Someone with an account.
        User => "user",
        /// A contact person.
        Contact => "contact",
        /// An agreement.
        Agreement => "agreement",
        /// A ticket.
        Ticket => "ticket",
    }
}

impl Kind {
    /// The first id that `search_entry` gives to this kind: the higher, the earlier it is listed.
    pub fn base(self) -> i64 {
        let place = match self {
            Kind::Tenant => 6,
            Kind::Unit => 5,
            Kind::User => 4,
            Kind::Contact => 3,
            Kind::Agreement => 2,
            Kind::Ticket => 1,
        };
        place << 40
    }

    /// The kind that an id of `search_entry` belongs to.
    pub fn of(id: i64) -> Option<Kind> {
        use crate::values::Coded;
        Kind::all().iter().copied().find(|kind| kind.base() >> 40 == id >> 40)
    }
}

/// Something found (CLI.md §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// How commands name it: code, `kind:number`, address or number.
    pub key: String,
    /// How people name it: name, title or subject.
    pub label: String,
    /// The institution; `None` for users, who can have rights at several.
    pub tenant: Option<String>,
}
