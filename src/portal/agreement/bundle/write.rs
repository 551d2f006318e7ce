//! Putting a bundle together: first the plan, then the bytes.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use chrono::NaiveDate;
use serde::ser::{Error as _, Serialize, SerializeSeq, Serializer};
use sha2::{Digest, Sha256};

use super::manifest::{self, AgreementLine, FileLine, TenantLine};
use super::names::{self, Taken};
use super::packer::{Packer, cannot_write};
use super::seal;
use crate::platform::audit::hex;
use crate::platform::blob::{self, Blob};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::interrupt;
use crate::platform::secret::signing::SigningKey;
use crate::portal::agreement::{Agreement, Filter, Kind, Signature, facts, rules, service, store};
use crate::portal::tenant::Tenant;
use crate::values::Coded;

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

/// What a bundle will hold. What is said of each agreement is read only when it is written.
#[derive(Debug)]
pub struct Plan {
    tenant: TenantLine,
    agreements: Vec<Planned>,
    files: Vec<FileLine>,
    /// The stored file behind each of them.
    blobs: Vec<i64>,
    uncertified: Vec<i64>,
}

/// An agreement, and where its files will lie.
#[derive(Debug)]
struct Planned {
    id: i64,
    document: String,
    certificate: Option<String>,
}

impl Plan {
    /// How many agreements.
    pub fn agreements(&self) -> usize {
        self.agreements.len()
    }

    /// How many files, besides what tells of them.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// How many bytes its files have together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// The agreements without a certificate of their signatures.
    pub fn uncertified(&self) -> &[i64] {
        &self.uncertified
    }
}

/// Decides what the bundle of an institution holds.
pub fn plan(conn: &Connection, tenant: &Tenant, choice: &Choice, today: NaiveDate) -> Result<Plan> {
    let filter = Filter { kind: choice.kind, ..Default::default() };
    let mut agreements = Vec::new();
    let mut uncertified = Vec::new();
    let mut files: Vec<(FileLine, i64)> = Vec::new();
    let mut taken = Taken::default();
    for agreement in store::list(conn, Some(tenant.id), &filter)? {
        if !rules::exported(&agreement, today, choice.as_of, choice.include_ended)
            || !service::signed_within(&agreement, choice.signed_from, None)
        {
            continue;
        }
        facts::require_sound(conn, &agreement)?;
        if agreement.certificate.is_none() {
            uncertified.push(agreement.id);
        }
        agreements.push(collect(conn, &agreement, &mut taken, &mut files)?);
    }
    files.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    let (files, blobs) = files.into_iter().unzip();
    let tenant = TenantLine {
        code: tenant.code.clone(),
        cvr: tenant.cvr.as_str().to_owned(),
        name: tenant.name.clone(),
    };
    Ok(Plan { tenant, agreements, files, blobs, uncertified })
}

/// Writes a planned bundle and gives the writer back. Files are streamed and their hashes checked on the way.
pub fn write<W: Write + Seek>(conn: &Connection, plan: &Plan, key: &SigningKey, out: W) -> Result<W> {
    let mut manifest = Spool::of_manifest(conn, plan, key)?;
    let signature = seal::sign(key, manifest.rewound()?)?;
    let sums = seal::sums(&manifest.sha256, plan.files.iter());
    let mut zip = Packer::new(out);
    zip.add(manifest::PATH, manifest.size, |to| {
        io::copy(manifest.rewound()?, to).map_err(|e| cannot_write(&e))?;
        Ok(())
    })?;
    for (path, text) in [(seal::SIGNATURE, signature), (seal::SUMS, sums)] {
        zip.add(path, text.len() as u64, |to| to.write_all(text.as_bytes()).map_err(|e| cannot_write(&e)))?;
    }
    for (file, id) in plan.files.iter().zip(&plan.blobs) {
        let blob = Blob { id: *id, sha256: file.sha256.clone(), size: file.size };
        zip.add(&file.path, file.size, |to| {
            blob::copy_to(conn, &blob, to)
                .map_err(|e| if interrupt::pending() { interrupt::error() } else { e })
        })?;
    }
    zip.finish()
}

/// The files of an agreement: its document, its certificate, its annexes, what proves its signatures.
fn collect(
    conn: &Connection,
    agreement: &Agreement,
    taken: &mut Taken,
    files: &mut Vec<(FileLine, i64)>,
) -> Result<Planned> {
    let folder = format!(
        "{}/{}",
        agreement.kind.code(),
        names::safe(&format!("{}-{}", agreement.id, agreement.title), "aftale")
    );
    let mut add = |path: &str, blob: i64, role: &str| -> Result<()> {
        let blob = blob::find(conn, blob)?;
        let line = FileLine {
            path: path.to_owned(),
            sha256: blob.sha256,
            size: blob.size,
            agreement: agreement.id,
            role: role.to_owned(),
        };
        files.push((line, blob.id));
        Ok(())
    };
    // Its place is taken also where there is none yet, so that no other file moves once there is.
    let certificate = taken.claim(&folder, "certificate.pdf");
    if let Some(blob) = agreement.certificate {
        add(&certificate, blob, "certificate")?;
    }
    let document = taken.claim(&folder, &names::safe_with_ending(&agreement.document, ".pdf", "aftale"));
    add(&document, agreement.blob, "document")?;
    for annex in store::annexes(conn, agreement.id)? {
        let name = names::safe(&annex.name, "bilag");
        add(&taken.claim(&format!("{folder}/annexes"), &name), annex.blob, "annex")?;
    }
    for signature in signatures(conn, agreement.id)? {
        if let Some(blob) = signature.evidence_blob {
            let name = names::safe(signature.evidence.as_deref().unwrap_or_default(), "bevis");
            add(&taken.claim(&format!("{folder}/evidence"), &name), blob, "evidence")?;
        }
    }
    Ok(Planned { id: agreement.id, document, certificate: agreement.certificate.map(|_| certificate) })
}

/// The signatures that count.
fn signatures(conn: &Connection, agreement: i64) -> Result<Vec<Signature>> {
    let mut signatures = store::signatures::list(conn, agreement)?;
    signatures.retain(Signature::counts);
    Ok(signatures)
}

/// As [`manifest::Manifest`], but with one agreement at a time in memory: there can be ten thousand.
#[derive(serde::Serialize)]
struct Whole<'a> {
    schema: &'a str,
    public_key: &'a str,
    tenant: &'a TenantLine,
    agreements: Lines<'a>,
    files: &'a [FileLine],
}

struct Lines<'a> {
    conn: &'a Connection,
    agreements: &'a [Planned],
    /// Why the last one could not be read.
    failed: &'a RefCell<Option<Error>>,
}

impl Lines<'_> {
    fn line(&self, planned: &Planned) -> Result<AgreementLine> {
        let agreement = store::find(self.conn, planned.id)?
            .ok_or_else(|| Error::internal(format!("agreement {} went away", planned.id)))?;
        let signatures = signatures(self.conn, planned.id)?;
        let events = store::events::list(self.conn, planned.id)?;
        let (document, certificate) = (planned.document.clone(), planned.certificate.clone());
        Ok(AgreementLine::new(agreement, document, certificate, signatures, events))
    }
}

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut lines = serializer.serialize_seq(Some(self.agreements.len()))?;
        for planned in self.agreements {
            let line = self.line(planned).map_err(|e| {
                *self.failed.borrow_mut() = Some(e);
                S::Error::custom("an agreement cannot be read")
            })?;
            lines.serialize_element(&line)?;
        }
        lines.end()
    }
}

/// The manifest in an unnamed temporary file.
struct Spool {
    file: File,
    sha256: String,
    size: u64,
}

impl Spool {
    fn of_manifest(conn: &Connection, plan: &Plan, key: &SigningKey) -> Result<Spool> {
        let reason = RefCell::new(None);
        let whole = Whole {
            schema: manifest::SCHEMA,
            public_key: &key.public().line(),
            tenant: &plan.tenant,
            agreements: Lines { conn, agreements: &plan.agreements, failed: &reason },
            files: &plan.files,
        };
        let file = tempfile::tempfile().map_err(|e| Error::io("cannot make a temporary file", &e))?;
        let mut out = BufWriter::new(Hashing { inner: file, hash: Sha256::new(), size: 0 });
        let written = serde_json::to_writer_pretty(&mut out, &whole).map_err(io::Error::from);
        let written = written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
        if let Some(error) = reason.take() {
            return Err(error);
        }
        written.map_err(|e| cannot_write(&e))?;
        let Hashing { inner: file, hash, size } = out.into_inner().map_err(|e| cannot_write(e.error()))?;
        Ok(Spool { file, sha256: hex(&hash.finalize()), size })
    }

    fn rewound(&mut self) -> Result<&mut File> {
        self.file.seek(SeekFrom::Start(0)).map_err(|e| cannot_write(&e))?;
        Ok(&mut self.file)
    }
}

/// A writer that hashes what passes.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..n).unwrap_or(bytes));
        self.size += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
