//! Agreements (kundeaftale, tilkøb, dispensation, databehandleraftale, øvrige): documents that two parties sign.
//!
//! An agreement is a draft until it is sent; from then on its document is frozen by its SHA-256. It is in force only
//! when both parties have signed those very bytes (K-203).

pub mod actions;
pub mod annex;
pub mod bundle;
pub mod cli;
pub mod evidence;
pub mod facts;
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
use crate::portal::session::Method;
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

crate::coded! {
    /// Where a signature was given.
    pub enum Origin("signature-origin") {
        /// Here: by a signatory or by a member of staff.
        Portal => "portal",
        /// Elsewhere; it was recorded here with what proves it.
        Recorded => "recorded",
    }
}

crate::coded! {
    /// What can happen to an agreement.
    pub enum EventKind("agreement-event") {
        /// A draft was made.
        Created => "created",
        /// A new version took the place of an earlier one.
        Updated => "updated",
        /// It was sent for signature and is frozen from then on.
        Sent => "sent",
        /// Its signatory was sent the link to the dashboard again.
        Reminded => "reminded",
        /// A mail about it was handed over.
        Mailed => "mailed",
        /// A mail about it could not be handed over.
        MailFailed => "mail-failed",
        /// A mail about it came back.
        MailBounced => "mail-bounced",
        /// Its signatory looked at it.
        Opened => "opened",
        /// Its signatory fetched the document or an annex.
        Downloaded => "downloaded",
        /// A party signed.
        Signed => "signed",
        /// A signature counts no more: what was signed has changed.
        Voided => "voided",
        /// The signatory said no.
        Declined => "declined",
        /// The provider took it back.
        Withdrawn => "withdrawn",
        /// Both have signed.
        InForce => "in-force",
        /// The certificate of its signatures was made.
        Certified => "certified",
        /// It was ended before its time.
        Terminated => "terminated",
        /// Another one took its place.
        Replaced => "replaced",
        /// It was warned that its end is near.
        Warned => "warned",
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
    /// 1, and one more for each change after it was sent.
    pub version: i64,
    /// How many pages the document has; `None` where that is not known.
    pub pages: Option<i64>,
    /// The title that the document gives itself.
    pub document_title: Option<String>,
    /// The last day that it holds, where it was terminated.
    pub terminated_on: Option<NaiveDate>,
    /// The agreement that took its place.
    pub replaced_by: Option<i64>,
    /// Since which day, Copenhagen.
    pub replaced_on: Option<NaiveDate>,
    /// The document's row.
    #[serde(skip)]
    pub blob: i64,
    /// The row of the certificate of its signatures.
    #[serde(skip)]
    pub certificate: Option<i64>,
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
    /// SHA-256 of the evidence.
    pub evidence_sha256: Option<String>,
    /// Given here, or made elsewhere and recorded.
    pub origin: Origin,
    /// By which second step the signer had logged in; `None`: none, or not known.
    pub second_step: Option<Method>,
    /// Since when the signer held the right to sign, UTC; `None` where it is not known.
    pub right_since: Option<String>,
    /// Of which version of the agreement.
    pub version: i64,
    /// When a new version voided it, UTC.
    pub voided_at: Option<String>,
    /// The evidence's row.
    #[serde(skip)]
    pub evidence_blob: Option<i64>,
}

impl Signature {
    /// Whether it counts: no later version has voided it.
    pub fn counts(&self) -> bool {
        self.voided_at.is_none()
    }
}

/// Something that happened to an agreement; append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When, UTC.
    pub at: String,
    /// What.
    pub kind: EventKind,
    /// With whose rights.
    pub actor: String,
    /// SHA-256 of the document then.
    pub sha256: String,
    /// What else is worth knowing.
    pub detail: Option<String>,
    /// Of which version of the agreement. This and the next three are `None` in events from before they were chained.
    pub version: Option<i64>,
    /// Who really did it.
    pub real_actor: Option<String>,
    /// The hash of the event before it.
    pub previous: Option<String>,
    /// What [`evidence`] makes of all this.
    pub hash: Option<String>,
}

/// What an agreement was before its present version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Which one.
    pub version: i64,
    /// Its title then.
    pub title: String,
    /// First day of validity.
    pub effective_on: Option<NaiveDate>,
    /// Last day of validity.
    pub expires_on: Option<NaiveDate>,
    /// The document's file name.
    pub document: String,
    /// SHA-256 of the document.
    pub sha256: String,
    /// How many pages it has.
    pub pages: Option<i64>,
    /// When the next version took its place, UTC.
    pub superseded_at: String,
    /// The document's row.
    #[serde(skip)]
    pub blob: i64,
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

/// What is to change of an agreement that is not in force yet. Absent leaves alone, `Some(None)` empties.
#[derive(Default)]
pub struct Changes {
    /// Another title.
    pub title: Option<String>,
    /// Another document.
    pub document: Option<pdf::Pdf>,
    /// Other annexes, in place of all that were there.
    pub annexes: Option<Vec<NamedFile>>,
    /// Another first day.
    pub effective_on: Option<Option<NaiveDate>>,
    /// Another last day.
    pub expires_on: Option<Option<NaiveDate>>,
    /// Another extra service.
    pub service: Option<Option<String>>,
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
