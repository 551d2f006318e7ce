//! How agreements look.

use serde::Serialize;

use super::{Agreement, Annex, Event, Party, Signature, Version};
use crate::platform::ui::view::{Column, Kind, View, col, extra};

/// An agreement with all that belongs to it, as `agreement show` gives it.
#[derive(Debug, Serialize)]
pub struct AgreementDetail {
    /// The agreement itself.
    #[serde(flatten)]
    pub agreement: Agreement,
    /// SHA-256 of the certificate of its signatures; `None` where there is none yet.
    pub certificate: Option<String>,
    /// Its annexes.
    pub annexes: Vec<Annex>,
    /// Who signed the present version.
    pub signatures: Vec<Signature>,
    /// What was signed of earlier versions.
    pub voided_signatures: Vec<Signature>,
    /// What it was before its present version.
    pub versions: Vec<Version>,
    /// What happened to it.
    pub events: Vec<Event>,
}

/// The fields of an agreement (K-091).
pub static AGREEMENT: View = View {
    noun: "agreement",
    columns: &[
        col("id", Kind::Int),
        col("tenant", Kind::Text),
        col("kind", Kind::Code("agreement-kind")),
        col("title", Kind::Text),
        col("state", Kind::Code("agreement-state")),
        col("effective_on", Kind::Date),
        col("expires_on", Kind::Date),
        extra("sha256", Kind::Text),
        col("signed_by", Kind::Text),
        col("signed_at", Kind::Time),
    ],
    details: &[
        col("supplements", Kind::Int),
        col("service", Kind::Text),
        col("document", Kind::Text),
        extra("created_at", Kind::Time),
        col("version", Kind::Int),
        col("pages", Kind::Int),
        extra("document_title", Kind::Text),
        col("sent_at", Kind::Time),
        col("in_force_at", Kind::Time),
        col("terminated_on", Kind::Date),
        col("replaced_by", Kind::Int),
        extra("replaced_on", Kind::Date),
        extra("certificate", Kind::Text),
        col("annexes", Kind::Rows(ANNEX_LINES)),
        col("signatures", Kind::Rows(SIGNATURE_LINES)),
        extra("voided_signatures", Kind::Rows(SIGNATURE_LINES)),
        extra("versions", Kind::Rows(VERSION_LINES)),
        col("events", Kind::Rows(EVENT_LINES)),
    ],
    key: &["id"],
};

const ANNEX_LINES: &[Column] = &[
    col("position", Kind::Int),
    col("name", Kind::Text),
    col("size", Kind::Int),
    extra("sha256", Kind::Text),
];

const SIGNATURE_LINES: &[Column] = &[
    col("party", Kind::Code("party")),
    col("signer", Kind::Text),
    col("email", Kind::Text),
    col("title", Kind::Text),
    extra("role", Kind::Text),
    col("method", Kind::Text),
    col("reference", Kind::Text),
    col("signed_at", Kind::Time),
    extra("sha256", Kind::Text),
    extra("evidence", Kind::Text),
    extra("evidence_sha256", Kind::Text),
    extra("origin", Kind::Code("signature-origin")),
    extra("second_step", Kind::Code("method")),
    extra("right_since", Kind::Time),
    extra("version", Kind::Int),
    extra("voided_at", Kind::Time),
];

const VERSION_LINES: &[Column] = &[
    col("version", Kind::Int),
    col("title", Kind::Text),
    col("effective_on", Kind::Date),
    col("expires_on", Kind::Date),
    col("document", Kind::Text),
    col("sha256", Kind::Text),
    col("pages", Kind::Int),
    col("superseded_at", Kind::Time),
];

const EVENT_LINES: &[Column] = &[
    col("at", Kind::Time),
    col("kind", Kind::Code("agreement-event")),
    col("actor", Kind::Text),
    extra("sha256", Kind::Text),
    col("detail", Kind::Text),
    extra("version", Kind::Int),
    extra("real_actor", Kind::Text),
    extra("previous", Kind::Text),
    extra("hash", Kind::Text),
];

/// A line of an agreement in a list: the fields of CLI.md §3 and no others.
#[derive(Debug, Serialize)]
pub struct AgreementLine {
    id: i64,
    tenant: String,
    kind: super::Kind,
    title: String,
    state: super::State,
    effective_on: Option<chrono::NaiveDate>,
    expires_on: Option<chrono::NaiveDate>,
    sha256: String,
    signed_by: Option<String>,
    signed_at: Option<String>,
}

impl From<Agreement> for AgreementLine {
    fn from(agreement: Agreement) -> AgreementLine {
        AgreementLine {
            id: agreement.id,
            tenant: agreement.tenant,
            kind: agreement.kind,
            title: agreement.title,
            state: agreement.state,
            effective_on: agreement.effective_on,
            expires_on: agreement.expires_on,
            sha256: agreement.sha256,
            signed_by: agreement.signed_by,
            signed_at: agreement.signed_at,
        }
    }
}

/// An agreement that waits for signatures, as the dashboard shows it (K-201).
#[derive(Debug, Serialize)]
pub struct DashboardLine {
    /// Its number.
    pub id: i64,
    /// The institution's code.
    pub tenant: String,
    /// What it is about.
    pub kind: super::Kind,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: super::State,
    /// Whose signature it waits for.
    pub awaits: Vec<Party>,
    /// The address of the signatory who signs it for the customer; `None` where there is none.
    pub signatory: Option<String>,
    /// When it was sent, UTC.
    pub sent_at: Option<String>,
    /// First day of validity.
    pub effective_on: Option<chrono::NaiveDate>,
    /// Last day of validity.
    pub expires_on: Option<chrono::NaiveDate>,
    /// How many pages.
    pub pages: Option<i64>,
    /// SHA-256 of the document.
    pub sha256: String,
}

/// The fields of the dashboard.
pub static DASHBOARD: View = View {
    noun: "agreement",
    columns: &[
        col("id", Kind::Int),
        col("tenant", Kind::Text),
        col("kind", Kind::Code("agreement-kind")),
        col("title", Kind::Text),
        col("state", Kind::Code("agreement-state")),
        col("awaits", Kind::Codes("party")),
        col("signatory", Kind::Text),
        col("sent_at", Kind::Time),
        extra("effective_on", Kind::Date),
        extra("expires_on", Kind::Date),
        extra("pages", Kind::Int),
        extra("sha256", Kind::Text),
    ],
    details: &[],
    key: &["id"],
};

/// A file that was written.
#[derive(Debug, Serialize)]
pub struct Written {
    /// Where.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
}

/// The fields of a file that was written.
pub static WRITTEN: View = View {
    noun: "file",
    columns: &[col("path", Kind::Text), col("sha256", Kind::Text), col("size", Kind::Int)],
    details: &[],
    key: &["path"],
};

/// The fields of what `agreement verify` found.
pub static VERIFIED: View = View {
    noun: "bundle",
    columns: &[
        col("result", Kind::Text),
        col("agreements", Kind::Int),
        col("files", Kind::Int),
        col("signature", Kind::Text),
        col("key_id", Kind::Text),
        col("missing", Kind::List),
        col("changed", Kind::List),
        col("extra", Kind::List),
        col("problems", Kind::List),
    ],
    details: &[],
    key: &["result"],
};

/// A line of an overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverviewLine {
    /// Its number.
    pub id: i64,
    /// The institution's code.
    pub tenant: String,
    /// What it is about.
    pub kind: super::Kind,
    /// Its title.
    pub title: String,
    /// The extra service bought.
    pub service: Option<String>,
    /// The agreement that it supplements.
    pub supplements: Option<i64>,
    /// Where it stands today.
    pub state: super::State,
    /// First day of validity.
    pub effective_on: Option<chrono::NaiveDate>,
    /// Last day of validity, as agreed.
    pub expires_on: Option<chrono::NaiveDate>,
    /// The last day that it holds, where it was terminated.
    pub terminated_on: Option<chrono::NaiveDate>,
    /// Whole days until its last day: 0 on that day, `None` without an end or when it is over.
    pub days_left: Option<i64>,
    /// Who signed for the customer.
    pub signed_by: Option<String>,
    /// When the last signature was given, UTC.
    pub signed_at: Option<String>,
}

impl OverviewLine {
    /// The last day that it holds, or held.
    pub fn last_day(&self) -> Option<chrono::NaiveDate> {
        self.terminated_on.or(self.expires_on)
    }
}

const fn overview(kind: Column) -> [Column; 13] {
    [
        col("id", Kind::Int),
        col("tenant", Kind::Text),
        kind,
        col("title", Kind::Text),
        col("service", Kind::Text),
        extra("supplements", Kind::Int),
        col("state", Kind::Code("agreement-state")),
        col("effective_on", Kind::Date),
        col("expires_on", Kind::Date),
        extra("terminated_on", Kind::Date),
        col("days_left", Kind::Int),
        extra("signed_by", Kind::Text),
        extra("signed_at", Kind::Time),
    ]
}

/// The fields of the dispensations (K-097).
pub static DISPENSATIONS: View = View {
    noun: "agreement",
    columns: &overview(extra("kind", Kind::Code("agreement-kind"))),
    details: &[],
    key: &["id"],
};

/// The fields of the add-ons and other agreements (K-098).
pub static ADDONS: View = View {
    noun: "agreement",
    columns: &overview(col("kind", Kind::Code("agreement-kind"))),
    details: &[],
    key: &["id"],
};
