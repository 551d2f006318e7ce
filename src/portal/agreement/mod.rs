//! Agreements (kundeaftale, tilkøb, dispensation, databehandleraftale, øvrige): documents that two parties sign.
//!
//! An agreement is a draft until it is sent; from then on its document is frozen by its SHA-256. It is in force only
//! when both parties have signed those very bytes (K-203).

pub mod actions;
pub mod bundle;
pub mod cli;
pub mod mail;
pub mod pdf;
pub mod rules;
pub mod service;
pub mod sight;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::platform::blob::Spooled;
use crate::portal::signatory::Scope;
use crate::values::Email;

crate::coded! {
    /// What an agreement is about (K-092..K-096).
    pub enum Kind("agreement-kind") {
        /// Kundeaftale.
        Customer => "customer",
        /// Tilkøbsaftale.
        Addon => "addon",
        /// Dispensationsaftale.
        Dispensation => "dispensation",
        /// Databehandleraftale.
        DataProcessing => "data-processing",
        /// Øvrig aftale.
        Other => "other",
    }
}

impl Kind {
    /// Which signatory signs it: one covers customer, add-on and dispensation agreements (K-051..K-053).
    pub fn scope(self) -> Scope {
        match self {
            Kind::Customer | Kind::Addon | Kind::Dispensation => Scope::Customer,
            Kind::DataProcessing => Scope::DataProcessing,
            Kind::Other => Scope::Other,
        }
    }
}

crate::coded! {
    /// Where an agreement stands. `Expired` is what the dates say of one in force; it is never stored.
    pub enum State("agreement-state") {
        /// Being prepared.
        Draft => "draft",
        /// Sent; nobody has signed.
        AwaitingSignature => "awaiting-signature",
        /// One party has signed.
        PartlySigned => "partly-signed",
        /// Both have signed the same bytes.
        InForce => "in-force",
        /// In force once; its last day is past.
        Expired => "expired",
        /// Ended before its time.
        Terminated => "terminated",
        /// A signatory said no.
        Declined => "declined",
        /// Taken back before it was in force.
        Withdrawn => "withdrawn",
        /// Another one took its place.
        Replaced => "replaced",
    }
}

crate::coded! {
    /// Who signs.
    pub enum Party("party") {
        /// The institution.
        Customer => "customer",
        /// Statens Administration.
        Provider => "provider",
    }
}

/// An agreement as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// Its number.
    pub id: i64,
    /// The institution's row.
    #[serde(skip)]
    pub tenant_id: i64,
    /// The institution's code.
    pub tenant: String,
    /// What it is about.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Where it stands. As recorded, never `Expired`, except in answers.
    pub state: State,
    /// First day of validity, Copenhagen.
    pub effective_on: Option<NaiveDate>,
    /// Last day of validity, inclusive, Copenhagen.
    pub expires_on: Option<NaiveDate>,
    /// SHA-256 of the document's bytes.
    pub sha256: String,
    /// Who signed for the customer.
    pub signed_by: Option<String>,
    /// When the last signature was given, UTC.
    pub signed_at: Option<String>,
    /// The agreement that it supplements.
    pub supplements: Option<i64>,
    /// The extra service bought (tilkøbt ydelse).
    pub service: Option<String>,
    /// The document's file name.
    pub document: String,
    /// When it was created, UTC.
    pub created_at: String,
    /// When it was sent for signature, UTC.
    pub sent_at: Option<String>,
    /// When the second signature was recorded, UTC.
    pub in_force_at: Option<String>,
    /// The document's row.
    #[serde(skip)]
    pub blob: i64,
}

/// An annex (bilag).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annex {
    /// 1, 2, 3 … as given.
    pub position: i64,
    /// File name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes.
    pub size: i64,
    /// The file's row.
    #[serde(skip)]
    pub blob: i64,
}

/// A signature: one party's will, bound to the document's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// For whom.
    pub party: Party,
    /// Name.
    pub signer: String,
    /// Address.
    pub email: String,
    /// Title, as it was then.
    pub title: Option<String>,
    /// The right to sign, as it was then: the signatory's scope or the staff role.
    pub role: String,
    /// `MitID Erhverv`, paper …
    pub method: String,
    /// Transaction id at the signing service.
    pub reference: Option<String>,
    /// When, UTC.
    pub signed_at: String,
    /// SHA-256 of what was signed.
    pub sha256: String,
    /// File name of the evidence.
    pub evidence: Option<String>,
    /// The evidence's row.
    #[serde(skip)]
    pub evidence_blob: Option<i64>,
}

/// Something that happened to an agreement; append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When, UTC.
    pub at: String,
    /// `created`, `sent`, `signed`, `in-force` …
    pub kind: String,
    /// Who.
    pub actor: String,
    /// SHA-256 of the document then.
    pub sha256: String,
    /// What else is worth knowing.
    pub detail: Option<String>,
}

/// A file to be stored: what it is called, and its bytes, read before the transaction.
pub struct NamedFile {
    /// The last part of its path.
    pub name: String,
    /// Its bytes.
    pub bytes: Spooled,
}

/// An agreement to be created.
pub struct NewAgreement {
    /// The institution, by code or CVR.
    pub tenant: String,
    /// What it is about.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// The document.
    pub document: pdf::Pdf,
    /// The annexes.
    pub annexes: Vec<NamedFile>,
    /// First day.
    pub effective_on: Option<NaiveDate>,
    /// Last day.
    pub expires_on: Option<NaiveDate>,
    /// The agreement that it supplements.
    pub supplements: Option<i64>,
    /// The extra service.
    pub service: Option<String>,
}

/// A signature that was made elsewhere and is to be recorded.
pub struct NewSignature {
    /// For whom.
    pub party: Party,
    /// Who signed, by address.
    pub signer: Email,
    /// Name, where it differs from what is known.
    pub name: Option<String>,
    /// Title, where it differs from what is known.
    pub title: Option<String>,
    /// How.
    pub method: String,
    /// When.
    pub signed_at: DateTime<Utc>,
    /// Transaction id at the signing service.
    pub reference: Option<String>,
    /// What proves it.
    pub evidence: Option<NamedFile>,
}

/// Which agreements to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one institution, by code or CVR.
    pub tenant: Option<String>,
    /// Of one kind.
    pub kind: Option<Kind>,
    /// In one state, `Expired` included.
    pub state: Option<State>,
    /// Part of a signer's name or address.
    pub signed_by: Option<String>,
    /// Signed on this day or later, Copenhagen.
    pub signed_from: Option<NaiveDate>,
    /// Signed on this day or before, Copenhagen.
    pub signed_to: Option<NaiveDate>,
}
