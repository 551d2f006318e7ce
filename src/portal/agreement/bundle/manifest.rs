//! What `manifest.json` says (CLI.md §4). Fields are added, never renamed.

use serde::{Deserialize, Serialize};

/// Where it lies in the ZIP.
pub const PATH: &str = "manifest.json";

/// The schema this program writes and reads.
pub const SCHEMA: &str = "portalctl.bundle/1";

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// Whose agreements they are.
    pub tenant: TenantLine,
    /// The agreements, by number.
    pub agreements: Vec<AgreementLine>,
    /// The files, by path.
    pub files: Vec<FileLine>,
}

/// An institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantLine {
    /// Its code.
    pub code: String,
    /// Its company number.
    pub cvr: String,
    /// Its name.
    pub name: String,
}

/// An agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementLine {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Where it stands, as recorded: never `expired`.
    pub state: String,
    /// First day of validity.
    pub effective_on: Option<String>,
    /// Last day of validity.
    pub expires_on: Option<String>,
    /// The agreement that it supplements.
    pub supplements: Option<i64>,
    /// Who signed.
    pub signatures: Vec<SignatureLine>,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureLine {
    /// For whom.
    pub party: String,
    /// Name.
    pub signer: String,
    /// Address.
    pub email: String,
    /// The right to sign, as it was then.
    pub role: String,
    /// How.
    pub method: String,
    /// Transaction id at the signing service.
    pub reference: Option<String>,
    /// When, UTC.
    pub signed_at: String,
    /// SHA-256 of what was signed.
    pub sha256: String,
}

/// A file of the ZIP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLine {
    /// Where it lies.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
    /// Which agreement it belongs to.
    pub agreement: i64,
    /// `document`, `annex`, `certificate` or `evidence`.
    pub role: String,
}
