//! What `manifest.json` says (CLI.md §4). Fields are added, never renamed. `docs/bundle.schema.json` is made of this.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::portal::agreement::{Agreement, Event, EventKind, Kind, Origin, Party, Signature};
use crate::portal::session::Method;
use crate::values::Coded;

/// Where it lies in the ZIP.
pub const PATH: &str = "manifest.json";

/// The schema this program writes and reads.
pub const SCHEMA: &str = "portalctl.bundle/1";

/// The states that an agreement of a bundle can have.
pub const STATES: [&str; 3] = ["in-force", "terminated", "replaced"];

/// The roles a file can have.
pub const ROLES: [&str; 4] = ["document", "annex", "certificate", "evidence"];

/// What `manifest.json` of a bundle says.
///
/// `manifest.json.minisig` is minisign's signature of its bytes, `SHA256SUMS` repeats the hashes of its files and has its
/// own. Fields may be added; none is renamed or taken away. Times are UTC, days are Copenhagen's and inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The name and version of this format.
    #[schemars(schema_with = "format")]
    pub schema: String,
    /// The key that the manifest is signed with, as minisign writes it. That it is the provider's is known only from
    /// elsewhere: `portalctl key show-public`.
    #[schemars(schema_with = "public_key")]
    pub public_key: String,
    /// Whose agreements they are.
    pub tenant: TenantLine,
    /// The agreements, by number.
    pub agreements: Vec<AgreementLine>,
    /// The files, by path; all but the manifest, its signature and `SHA256SUMS`.
    pub files: Vec<FileLine>,
}

/// An institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantLine {
    /// Its code.
    pub code: String,
    /// Its company number.
    pub cvr: String,
    /// Its name.
    pub name: String,
}

/// An agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgreementLine {
    /// Its number.
    pub id: i64,
    /// What it is about.
    #[schemars(schema_with = "code::<Kind>")]
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Where it stands, as recorded: one whose last day is past is still `in-force`.
    #[schemars(schema_with = "state")]
    pub state: String,
    /// Its version: 1, and one more for each change after it was sent.
    pub version: i64,
    /// First day of validity.
    #[schemars(schema_with = "day")]
    pub effective_on: Option<String>,
    /// Last day of validity.
    #[schemars(schema_with = "day")]
    pub expires_on: Option<String>,
    /// When the second signature was recorded.
    #[schemars(schema_with = "time")]
    pub in_force_at: Option<String>,
    /// The last day that it holds, where it was terminated.
    #[schemars(schema_with = "day")]
    pub terminated_on: Option<String>,
    /// The agreement that took its place.
    pub replaced_by: Option<i64>,
    /// The agreement that it supplements.
    pub supplements: Option<i64>,
    /// The extra service that it is about.
    pub service: Option<String>,
    /// The path of its document.
    pub document: String,
    /// How many pages the document has; `null` where that is not known.
    pub pages: Option<i64>,
    /// SHA-256 of the document.
    #[schemars(schema_with = "sha256")]
    pub sha256: String,
    /// The path of the certificate of its signatures.
    pub certificate: Option<String>,
    /// Who signed it.
    pub signatures: Vec<SignatureLine>,
    /// What happened to it, oldest first, each bound to the one before it.
    pub events: Vec<EventLine>,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureLine {
    /// For whom.
    #[schemars(schema_with = "code::<Party>")]
    pub party: String,
    /// Name.
    pub signer: String,
    /// Address.
    pub email: String,
    /// Title, as it was then.
    pub title: Option<String>,
    /// The right to sign, as it was then: the signatory's scope or the staff role.
    pub role: String,
    /// Since when the signer had that right; `null` where it is not known.
    #[schemars(schema_with = "time")]
    pub right_since: Option<String>,
    /// Given at the provider's, or made elsewhere and recorded there.
    #[schemars(schema_with = "code::<Origin>")]
    pub origin: String,
    /// How.
    pub method: String,
    /// By which second step the signer had logged in; `null`: none, or not known.
    #[schemars(schema_with = "code_or_none::<Method>")]
    pub second_step: Option<String>,
    /// Transaction id at the signing service.
    pub reference: Option<String>,
    /// When.
    #[schemars(schema_with = "time_of_all")]
    pub signed_at: String,
    /// Of which version of the agreement.
    pub version: i64,
    /// SHA-256 of what was signed.
    #[schemars(schema_with = "sha256")]
    pub sha256: String,
}

/// Something that happened to an agreement.
///
/// `hash` is the SHA-256 of a JSON array without white space, in UTF-8:
/// `[agreement,version,at,kind,actor,real_actor,sha256,detail,previous]`. `previous` is the hash of the event before it,
/// `null` in the first. Events from before the chain have no hash; the first hash after them has as its `previous` the
/// SHA-256 of the array of theirs: `[[at,kind,actor,sha256,detail],…]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventLine {
    /// When.
    #[schemars(schema_with = "time_of_all")]
    pub at: String,
    /// What.
    #[schemars(schema_with = "code::<EventKind>")]
    pub kind: String,
    /// With whose rights.
    pub actor: String,
    /// Who really did it; `null` where it is not known.
    pub real_actor: Option<String>,
    /// Of which version of the agreement; `null` where it is not known.
    pub version: Option<i64>,
    /// SHA-256 of the document then.
    #[schemars(schema_with = "sha256")]
    pub sha256: String,
    /// What else is worth knowing.
    pub detail: Option<String>,
    /// The hash of the event before it.
    #[schemars(schema_with = "sha256_or_none")]
    pub previous: Option<String>,
    /// Its own hash.
    #[schemars(schema_with = "sha256_or_none")]
    pub hash: Option<String>,
}

/// A file of the ZIP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileLine {
    /// Where it lies.
    pub path: String,
    /// SHA-256 of its bytes.
    #[schemars(schema_with = "sha256")]
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
    /// Which agreement it belongs to.
    pub agreement: i64,
    /// What it is to the agreement.
    #[schemars(schema_with = "role")]
    pub role: String,
}

impl AgreementLine {
    /// What a bundle says of an agreement whose document and certificate lie there.
    pub fn new(
        agreement: Agreement,
        document: String,
        certificate: Option<String>,
        signatures: Vec<Signature>,
        events: Vec<Event>,
    ) -> AgreementLine {
        AgreementLine {
            id: agreement.id,
            kind: agreement.kind.code().to_owned(),
            title: agreement.title,
            state: agreement.state.code().to_owned(),
            version: agreement.version,
            effective_on: agreement.effective_on.map(|date| date.to_string()),
            expires_on: agreement.expires_on.map(|date| date.to_string()),
            in_force_at: agreement.in_force_at,
            terminated_on: agreement.terminated_on.map(|date| date.to_string()),
            replaced_by: agreement.replaced_by,
            supplements: agreement.supplements,
            service: agreement.service,
            document,
            pages: agreement.pages,
            sha256: agreement.sha256,
            certificate,
            signatures: signatures.into_iter().map(SignatureLine::from).collect(),
            events: events.into_iter().map(EventLine::from).collect(),
        }
    }
}

impl From<Signature> for SignatureLine {
    fn from(signature: Signature) -> SignatureLine {
        SignatureLine {
            party: signature.party.code().to_owned(),
            signer: signature.signer,
            email: signature.email,
            title: signature.title,
            role: signature.role,
            right_since: signature.right_since,
            origin: signature.origin.code().to_owned(),
            method: signature.method,
            second_step: signature.second_step.map(|method| method.code().to_owned()),
            reference: signature.reference,
            signed_at: signature.signed_at,
            version: signature.version,
            sha256: signature.sha256,
        }
    }
}

impl From<Event> for EventLine {
    fn from(event: Event) -> EventLine {
        EventLine {
            at: event.at,
            kind: event.kind.code().to_owned(),
            actor: event.actor,
            real_actor: event.real_actor,
            version: event.version,
            sha256: event.sha256,
            detail: event.detail,
            previous: event.previous,
            hash: event.hash,
        }
    }
}

impl EventLine {
    /// The event that this tells of; `None` where its kind is not known.
    pub fn event(&self) -> Option<Event> {
        Some(Event {
            at: self.at.clone(),
            kind: EventKind::from_code(&self.kind)?,
            actor: self.actor.clone(),
            sha256: self.sha256.clone(),
            detail: self.detail.clone(),
            version: self.version,
            real_actor: self.real_actor.clone(),
            previous: self.previous.clone(),
            hash: self.hash.clone(),
        })
    }
}

/// The published JSON Schema, as `docs/bundle.schema.json` has it.
pub fn schema_text() -> String {
    let mut schema = schemars::schema_for!(Manifest);
    schema.insert("title".to_owned(), format!("manifest.json of a bundle of portalctl ({SCHEMA})").into());
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    format!("{text}\n")
}

fn format(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"const": SCHEMA})
}

fn public_key(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": "^RW[A-Za-z0-9+/]{54}$"})
}

fn sha256(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
}

fn sha256_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"})
}

fn day(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "format": "date"})
}

fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "format": "date-time"})
}

fn time_of_all(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time"})
}

fn state(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": STATES})
}

fn role(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ROLES})
}

fn code<T: Coded>(_: &mut SchemaGenerator) -> Schema {
    let codes: Vec<_> = T::all().iter().map(|member| member.code()).collect();
    json_schema!({"type": "string", "enum": codes})
}

fn code_or_none<T: Coded>(_: &mut SchemaGenerator) -> Schema {
    let codes: Vec<_> = T::all().iter().map(|member| Some(member.code())).chain([None]).collect();
    json_schema!({"enum": codes})
}
