//! Putting a bundle together: first the plan, then the bytes.

use std::io::{Seek, Write};

use chrono::NaiveDate;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::manifest::{self, AgreementLine, FileLine, Manifest, SignatureLine, TenantLine};
use super::names::{self, Taken};
use crate::platform::blob::{self, Blob};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::interrupt;
use crate::portal::agreement::{Agreement, Kind, Signature, rules, service, store};
use crate::portal::tenant::Tenant;
use crate::values::Coded;

/// From this size on an entry needs ZIP64.
const LARGE: u64 = 0xFFFF_0000;

/// Endings of files that are compressed already.
const COMPRESSED: [&str; 22] = [
    "pdf", "png", "jpg", "jpeg", "gif", "webp", "zip", "gz", "bz2", "xz", "7z", "zst", "docx", "xlsx",
    "pptx", "odt", "ods", "asice", "mp3", "mp4", "heic", "p7s",
];

/// Which agreements to export.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice {
    /// Of one kind.
    pub kind: Option<Kind>,
    /// Signed on this day or later, Copenhagen.
    pub signed_from: Option<NaiveDate>,
    /// Also what was in force once.
    pub include_ended: bool,
    /// As things stood on this day.
    pub as_of: Option<NaiveDate>,
}

/// What a bundle will hold.
#[derive(Debug)]
pub struct Plan {
    /// What its manifest says.
    pub manifest: Manifest,
    /// The stored file behind each line of the manifest's files.
    sources: Vec<Blob>,
}

impl Plan {
    /// How many bytes its files have together.
    pub fn bytes(&self) -> u64 {
        self.manifest.files.iter().map(|file| file.size).sum()
    }
}

/// Decides what the bundle of an institution holds.
pub fn plan(conn: &Connection, tenant: &Tenant, choice: &Choice, today: NaiveDate) -> Result<Plan> {
    let filter = crate::portal::agreement::Filter { kind: choice.kind, ..Default::default() };
    let mut agreements = Vec::new();
    let mut files: Vec<(FileLine, Blob)> = Vec::new();
    let mut taken = Taken::default();
    for agreement in store::list(conn, Some(tenant.id), &filter)? {
        if !rules::exported(&agreement, today, choice.as_of, choice.include_ended)
            || !service::signed_within(&agreement, choice.signed_from, None)
        {
            continue;
        }
        let mut signatures = store::signatures::list(conn, agreement.id)?;
        signatures.retain(Signature::counts);
        collect(conn, &agreement, &signatures, &mut taken, &mut files)?;
        agreements.push(agreement_line(agreement, signatures));
    }
    files.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    let (files, sources) = files.into_iter().unzip();
    let tenant = TenantLine {
        code: tenant.code.clone(),
        cvr: tenant.cvr.as_str().to_owned(),
        name: tenant.name.clone(),
    };
    let manifest = Manifest { schema: manifest::SCHEMA.to_owned(), tenant, agreements, files };
    Ok(Plan { manifest, sources })
}

/// Writes a planned bundle and gives the writer back. Files are streamed and their hashes checked on the way.
pub fn write<W: Write + Seek>(conn: &Connection, plan: &Plan, out: W) -> Result<W> {
    let mut zip = ZipWriter::new(out);
    let mut text = serde_json::to_string_pretty(&plan.manifest)
        .map_err(|e| Error::internal(format!("the manifest cannot be written as JSON: {e}")))?;
    text.push('\n');
    zip.start_file(manifest::PATH, options(manifest::PATH, text.len() as u64)).map_err(cannot_write)?;
    zip.write_all(text.as_bytes()).map_err(|e| cannot_write(e.into()))?;
    for (file, source) in plan.manifest.files.iter().zip(&plan.sources) {
        zip.start_file(&file.path, options(&file.path, file.size)).map_err(cannot_write)?;
        blob::copy_to(conn, source, &mut zip)
            .map_err(|e| if interrupt::pending() { interrupt::error() } else { e })?;
    }
    zip.finish().map_err(cannot_write)
}

/// The files of an agreement: its document, its annexes, what proves its signatures.
fn collect(
    conn: &Connection,
    agreement: &Agreement,
    signatures: &[Signature],
    taken: &mut Taken,
    files: &mut Vec<(FileLine, Blob)>,
) -> Result<()> {
    let folder = format!(
        "{}/{}",
        agreement.kind.code(),
        names::safe(&format!("{}-{}", agreement.id, agreement.title), "aftale")
    );
    let mut add = |path: String, blob: i64, role: &str| -> Result<()> {
        let blob = blob::find(conn, blob)?;
        let line = FileLine {
            path,
            sha256: blob.sha256.clone(),
            size: blob.size,
            agreement: agreement.id,
            role: role.to_owned(),
        };
        files.push((line, blob));
        Ok(())
    };
    let name = names::safe_with_ending(&agreement.document, ".pdf", "aftale");
    add(taken.claim(&folder, &name), agreement.blob, "document")?;
    for annex in store::annexes(conn, agreement.id)? {
        let name = names::safe(&annex.name, "bilag");
        add(taken.claim(&format!("{folder}/annexes"), &name), annex.blob, "annex")?;
    }
    for signature in signatures {
        if let Some(blob) = signature.evidence_blob {
            let name = names::safe(signature.evidence.as_deref().unwrap_or_default(), "bevis");
            add(taken.claim(&format!("{folder}/evidence"), &name), blob, "evidence")?;
        }
    }
    Ok(())
}

fn agreement_line(agreement: Agreement, signatures: Vec<Signature>) -> AgreementLine {
    AgreementLine {
        id: agreement.id,
        kind: agreement.kind.code().to_owned(),
        title: agreement.title,
        state: agreement.state.code().to_owned(),
        effective_on: agreement.effective_on.map(|date| date.to_string()),
        expires_on: agreement.expires_on.map(|date| date.to_string()),
        supplements: agreement.supplements,
        signatures: signatures
            .into_iter()
            .map(|signature| SignatureLine {
                party: signature.party.code().to_owned(),
                signer: signature.signer,
                email: signature.email,
                role: signature.role,
                method: signature.method,
                reference: signature.reference,
                signed_at: signature.signed_at,
                sha256: signature.sha256,
            })
            .collect(),
    }
}

/// How an entry is written: nothing of it may depend on the moment or the machine.
fn options(path: &str, size: u64) -> SimpleFileOptions {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let method = if COMPRESSED.contains(&ending.as_str()) {
        CompressionMethod::Stored
    } else {
        CompressionMethod::Deflated
    };
    SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644)
        .system(System::Unix)
        .large_file(size >= LARGE)
}

fn cannot_write(source: zip::result::ZipError) -> Error {
    if interrupt::pending() {
        return interrupt::error();
    }
    match source {
        zip::result::ZipError::Io(e) => Error::io("cannot write the bundle", &e),
        other => Error::internal(format!("the bundle cannot be written: {other}")),
    }
}
