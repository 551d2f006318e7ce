//! Checking a bundle without the database: nothing missing, changed, added or signed otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom};

use serde::Serialize;
use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use super::manifest::{self, AgreementLine, Manifest};
use super::names;
use crate::platform::audit::hex;
use crate::platform::error::{Error, Result};
use crate::platform::interrupt;
use crate::portal::agreement::{Kind, Party, State};
use crate::values::Coded;

/// How large a manifest may be.
const MANIFEST_MAX: u64 = 64 * 1024 * 1024;

/// The roles a file can have.
const ROLES: [&str; 4] = ["document", "annex", "certificate", "evidence"];

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// `sound` or `broken`.
    pub result: &'static str,
    /// How many agreements the manifest lists.
    pub agreements: usize,
    /// How many files the manifest lists.
    pub files: usize,
    /// What is wrong, one sentence each.
    pub problems: Vec<String>,
}

/// Checks a bundle. What is cut off, or no ZIP at all, is broken too.
pub fn verify<R: Read + Seek>(mut reader: R) -> Result<Verdict> {
    let archive = ZipArchive::new(&mut reader).map_err(not_a_zip);
    let mut archive = match archive {
        Err(error) if error.code() == "file.invalid" => {
            let problems = vec![error.message().to_owned()];
            return Ok(Verdict { result: "broken", agreements: 0, files: 0, problems });
        }
        archive => archive?,
    };
    let mut problems = Vec::new();
    let present = entries(&mut archive, &mut problems)?;
    let directory = archive.central_directory_start();
    let manifest = read_manifest(&mut archive, &mut problems)?;
    if let Some(manifest) = &manifest {
        check_agreements(manifest, &mut problems);
        check_files(&mut archive, manifest, &present, &mut problems)?;
    }
    drop(archive);
    twice(&mut reader, directory, &mut problems)?;
    tail(&mut reader, &mut problems)?;
    let (agreements, files) =
        manifest.map_or((0, 0), |manifest| (manifest.agreements.len(), manifest.files.len()));
    let result = if problems.is_empty() { "sound" } else { "broken" };
    Ok(Verdict { result, agreements, files, problems })
}

/// The names in the ZIP; notes those that could do harm and what hides between them.
fn entries<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    problems: &mut Vec<String>,
) -> Result<BTreeSet<String>> {
    let mut present = BTreeSet::new();
    let mut folded = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(not_a_zip)?;
        let Ok(name) = std::str::from_utf8(entry.name_raw()).map(str::to_owned) else {
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            problems.push(format!("{name}: its name is not UTF-8"));
            continue;
        };
        if !names::is_harmless(&name) {
            problems.push(format!("{name}: its name could lead out of the folder or mislead"));
        }
        if entry.unix_mode().is_some_and(|mode| !matches!(mode & 0o170_000, 0 | 0o100_000)) {
            problems.push(format!("{name}: it is not a plain file"));
        }
        if entry.encrypted() {
            problems.push(format!("{name}: it is encrypted"));
        }
        if let Some(other) = folded.insert(name.to_lowercase(), name.clone()) {
            problems.push(format!("{name}: its name differs from {other} in case alone"));
        }
        present.insert(name);
    }
    if archive.offset() != 0 {
        problems.push(format!("{} bytes stand before the ZIP", archive.offset()));
    }
    if !archive.comment().is_empty() {
        problems.push("the ZIP has a comment".to_owned());
    }
    if archive.has_overlapping_entries().unwrap_or(true) {
        problems.push("files of the ZIP overlap".to_owned());
    }
    if let Err(e) = archive.validate_header_consistency() {
        problems.push(format!("the ZIP names its files in two different ways: {e}"));
    }
    Ok(present)
}

/// Names that stand more than once in the ZIP's directory, of which a reader sees but one.
fn twice<R: Read + Seek>(reader: &mut R, directory: u64, problems: &mut Vec<String>) -> Result<()> {
    const HEADER: [u8; 4] = [0x50, 0x4b, 0x01, 0x02];
    let unreadable = |e: std::io::Error| Error::io("cannot read the bundle", &e);
    reader.seek(SeekFrom::Start(directory)).map_err(unreadable)?;
    let mut reader = std::io::BufReader::new(reader);
    let mut seen = BTreeSet::new();
    let mut fixed = [0_u8; 46];
    while reader.read_exact(&mut fixed).is_ok() && fixed.starts_with(&HEADER) {
        let length = |at: usize| match (fixed.get(at), fixed.get(at + 1)) {
            (Some(low), Some(high)) => u64::from(u16::from_le_bytes([*low, *high])),
            _ => 0,
        };
        let mut name = Vec::new();
        reader.by_ref().take(length(28)).read_to_end(&mut name).map_err(unreadable)?;
        let rest = length(30) + length(32);
        std::io::copy(&mut reader.by_ref().take(rest), &mut std::io::sink()).map_err(unreadable)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        if !seen.insert(name.clone()) {
            problems.push(format!("{name}: it stands in the ZIP more than once"));
        }
    }
    Ok(())
}

/// What stands behind the end of the ZIP, where readers do not look.
fn tail<R: Read + Seek>(reader: &mut R, problems: &mut Vec<String>) -> Result<()> {
    const END: [u8; 4] = [0x50, 0x4b, 0x05, 0x06];
    let mut record = [0_u8; 22];
    let ends = reader
        .seek(SeekFrom::End(-22))
        .and_then(|_| reader.read_exact(&mut record))
        .is_ok_and(|()| record.starts_with(&END));
    if !ends {
        problems.push("there are bytes behind the end of the ZIP".to_owned());
    }
    interrupted()
}

fn read_manifest<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    problems: &mut Vec<String>,
) -> Result<Option<Manifest>> {
    let mut text = Vec::new();
    let read = match archive.by_name(manifest::PATH) {
        Ok(entry) => entry.take(MANIFEST_MAX + 1).read_to_end(&mut text).map_err(|e| e.to_string()),
        Err(ZipError::FileNotFound) => Err("it is missing".to_owned()),
        Err(e) => Err(e.to_string()),
    };
    interrupted()?;
    let parsed = read.and_then(|size| {
        if size as u64 > MANIFEST_MAX {
            return Err("it is too large".to_owned());
        }
        serde_json::from_slice::<Manifest>(&text).map_err(|e| e.to_string())
    });
    match parsed {
        Ok(manifest) if manifest.schema == manifest::SCHEMA => Ok(Some(manifest)),
        Ok(manifest) => {
            let schema = manifest.schema;
            problems.push(format!("{}: its schema is {schema}, not {}", manifest::PATH, manifest::SCHEMA));
            Ok(None)
        }
        Err(why) => {
            problems.push(format!("{}: {why}", manifest::PATH));
            Ok(None)
        }
    }
}

/// Compares every file with its line of the manifest, both ways.
fn check_files<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    manifest: &Manifest,
    present: &BTreeSet<String>,
    problems: &mut Vec<String>,
) -> Result<()> {
    let mut listed = BTreeSet::from([manifest::PATH]);
    for file in &manifest.files {
        let path = file.path.as_str();
        if !names::is_harmless(path) {
            problems
                .push(format!("{path}: its path in the manifest could lead out of the folder or mislead"));
        }
        if !listed.insert(path) {
            problems.push(format!("{path}: the manifest lists it more than once"));
        }
        if !ROLES.contains(&file.role.as_str()) {
            problems.push(format!("{path}: \"{}\" is not a role of a file", file.role));
        }
        match manifest.agreements.iter().find(|agreement| agreement.id == file.agreement) {
            None => problems
                .push(format!("{path}: it belongs to agreement {}, which is not listed", file.agreement)),
            Some(agreement) if !path.starts_with(&format!("{}/{}-", agreement.kind, agreement.id)) => {
                problems.push(format!("{path}: it does not lie in the folder of agreement {}", agreement.id));
            }
            Some(_) => {}
        }
        if !present.contains(path) {
            problems.push(format!("{path}: it is missing"));
            continue;
        }
        match digest(archive, path, file.size) {
            Ok((_, size)) if size != file.size => {
                problems.push(format!("{path}: it was changed: its size is not {} bytes", file.size));
            }
            Ok((sha256, _)) if sha256 != file.sha256 => {
                problems.push(format!("{path}: it was changed: its SHA-256 is {sha256}"));
            }
            Ok(_) => {}
            Err(why) => problems.push(format!("{path}: it was changed: {why}")),
        }
        interrupted()?;
    }
    for name in present.iter().filter(|name| !listed.contains(name.as_str())) {
        problems.push(format!("{name}: the manifest does not list it"));
    }
    Ok(())
}

/// The hash and size of a file, read at most one byte past the size it should have.
fn digest<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &str,
    size: u64,
) -> Result<(String, u64), String> {
    let mut entry = archive.by_name(path).map_err(|e| e.to_string())?.take(size.saturating_add(1));
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 128 * 1024];
    let mut read = 0_u64;
    loop {
        let n = entry.read(&mut buffer).map_err(|e| e.to_string())?;
        let Some(bytes) = buffer.get(..n).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
        read += n as u64;
    }
    Ok((hex(&hash.finalize()), read))
}

/// What the manifest says of the agreements must fit together: who signed which bytes, and what follows (K-203).
fn check_agreements(manifest: &Manifest, problems: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for agreement in &manifest.agreements {
        let mut wrong = |what: String| problems.push(format!("agreement {}: {what}", agreement.id));
        if !seen.insert(agreement.id) {
            wrong("the manifest lists it more than once".to_owned());
        }
        if Kind::from_code(&agreement.kind).is_none() {
            wrong(format!("\"{}\" is not a kind of agreement", agreement.kind));
        }
        let documents: Vec<_> = manifest
            .files
            .iter()
            .filter(|file| file.agreement == agreement.id && file.role == "document")
            .collect();
        let sha256 = match documents.as_slice() {
            [document] => document.sha256.as_str(),
            others => {
                wrong(format!("it has {} documents in the manifest, not one", others.len()));
                continue;
            }
        };
        check_signatures(agreement, sha256, &mut wrong);
    }
}

fn check_signatures(agreement: &AgreementLine, sha256: &str, wrong: &mut impl FnMut(String)) {
    let mut parties = BTreeSet::new();
    for signature in &agreement.signatures {
        let party = signature.party.as_str();
        if Party::from_code(party).is_none() {
            wrong(format!("\"{party}\" is not a party"));
        }
        if !parties.insert(party) {
            wrong(format!("the {party} has signed more than once"));
        }
        if signature.sha256 != sha256 {
            wrong(format!(
                "the {party}'s signature ({}) is of another document: SHA-256 {}",
                signature.signer, signature.sha256
            ));
        }
    }
    match State::from_code(&agreement.state) {
        Some(State::InForce | State::Terminated | State::Replaced) => {
            for party in Party::all().iter().filter(|party| !parties.contains(party.code())) {
                wrong(format!("it is {} without a signature of the {party}", agreement.state));
            }
        }
        Some(state) => wrong(format!("its state {state} does not belong into a bundle")),
        None => wrong(format!("\"{}\" is not a state of an agreement", agreement.state)),
    }
}

fn interrupted() -> Result<()> {
    if interrupt::pending() { Err(interrupt::error()) } else { Ok(()) }
}

fn not_a_zip(source: ZipError) -> Error {
    match source {
        ZipError::Io(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::io("cannot read the bundle", &e)
        }
        other => Error::invalid_file(format!("this is not a bundle: {other}"))
            .hint("name a ZIP that `portalctl agreement export` wrote"),
    }
}
