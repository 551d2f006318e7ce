//! How institutions look.

use serde::Serialize;

use super::Tenant;
use super::store::related::{ContactLine, SignatoryLine};
use super::unit::{Unit, view as unit_view};
use crate::platform::ui::answer::Warning;
use crate::platform::ui::view::{Column, Kind, View, col, extra};

/// An institution with what belongs to it, as `tenant show` gives it.
#[derive(Debug, Serialize)]
pub struct TenantDetail {
    /// The institution itself.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// Its units.
    pub units: Vec<Unit>,
    /// Its present signatories.
    pub signatories: Vec<SignatoryLine>,
    /// Its contacts.
    pub contacts: Vec<ContactLine>,
    /// What it lacks: an administrator, a signatory.
    pub warnings: Vec<Warning>,
}

/// The fields of an institution.
pub static TENANT: View = View {
    noun: "tenant",
    columns: &[
        col("code", Kind::Text),
        col("cvr", Kind::Text),
        col("name", Kind::Text),
        col("ministry", Kind::Text),
        extra("se_numbers", Kind::List),
        extra("glns", Kind::List),
        extra("account_manager", Kind::Text),
        col("status", Kind::Code("status")),
        extra("created_at", Kind::Time),
    ],
    details: &[
        col("units", Kind::Rows(UNIT_LINES)),
        col("signatories", Kind::Rows(SIGNATORY_LINES)),
        col("contacts", Kind::Rows(CONTACT_LINES)),
    ],
    key: &["code"],
};

const UNIT_LINES: &[Column] = unit_view::LINES;

const SIGNATORY_LINES: &[Column] = &[
    col("scope", Kind::Code("scope")),
    col("name", Kind::Text),
    col("email", Kind::Text),
    col("title", Kind::Text),
    col("phone", Kind::Text),
    col("since", Kind::Time),
];

const CONTACT_LINES: &[Column] = &[
    col("id", Kind::Text),
    col("key", Kind::Text),
    col("unit", Kind::Text),
    col("name", Kind::Text),
    col("email", Kind::Text),
    col("phone", Kind::Text),
    col("roles", Kind::List),
];
