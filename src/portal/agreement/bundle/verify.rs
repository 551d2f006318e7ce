//! Checking a bundle without the database: nothing missing, changed, added or signed otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom};

use serde::Serialize;
use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use super::container::Limits;
use super::manifest::{self, Manifest};
use super::{names, seal, statements, strict};
use crate::platform::audit::hex;
use crate::platform::blob::hex_sha256;
use crate::platform::error::{Error, Result};
use crate::platform::interrupt;
use crate::platform::secret::signing::PublicKey;
use crate::platform::ui::answer::Warning;

/// How large a manifest may be. Ten thousand agreements have some 60 MB.
const MANIFEST_MAX: u64 = 512 * 1024 * 1024;
/// How large a signature may be.
const SIGNATURE_MAX: u64 = 4096;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// `sound` or `broken`.
    pub result: &'static str,
    /// How many agreements the manifest lists.
    pub agreements: usize,
    /// How many files the manifest lists.
    pub files: usize,
    /// `valid`: of the key that was given; `self`: of the key that the bundle itself names; `wrong`; `missing`.
    pub signature: &'static str,
    /// The key that the signature was checked with.
    pub key_id: Option<String>,
    /// Files that are not there, by path.
    pub missing: Vec<String>,
    /// Files that are not what they were, by path.
    pub changed: Vec<String>,
    /// Files that do not belong here, by path.
    pub extra: Vec<String>,
    /// What is wrong, one sentence each.
    pub problems: Vec<String>,
    /// What was not looked at.
    pub warnings: Vec<Warning>,
}

impl Verdict {
    fn new() -> Verdict {
        Verdict {
            result: "broken",
            agreements: 0,
            files: 0,
            signature: "missing",
            key_id: None,
            missing: Vec::new(),
            changed: Vec::new(),
            extra: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn missing(&mut self, path: &str) {
        self.missing.push(path.to_owned());
        self.problems.push(format!("{path}: it is missing"));
    }

    fn changed(&mut self, path: &str, why: impl std::fmt::Display) {
        self.changed.push(path.to_owned());
        self.problems.push(format!("{path}: it was changed: {why}"));
    }
}

/// Checks a bundle, its signature with this key or else with the one that it names itself. What is cut off, or no ZIP at
/// all, is broken too.
pub fn verify<R: Read + Seek>(mut reader: R, key: Option<&PublicKey>) -> Result<Verdict> {
    let mut verdict = Verdict::new();
    let archive = ZipArchive::new(&mut reader).map_err(not_a_zip);
    let mut archive = match archive {
        Err(error) if error.code() == "file.invalid" => {
            verdict.problems.push(error.message().to_owned());
            return Ok(verdict);
        }
        archive => archive?,
    };
    let present = entries(&mut archive, &mut verdict.problems)?;
    let directory = archive.central_directory_start();
    if let Some(text) = read_file(&mut archive, manifest::PATH, MANIFEST_MAX, &mut verdict)? {
        let manifest = parse(&text, &mut verdict.problems);
        let own = manifest.as_ref().map(|manifest| manifest.public_key.as_str());
        check_signature(&mut archive, &text, key, own, &mut verdict)?;
        if let Some(manifest) = manifest {
            (verdict.agreements, verdict.files) = (manifest.agreements.len(), manifest.files.len());
            statements::check(&manifest, &mut verdict.problems);
            check_sums(&mut archive, &manifest, &text, &mut verdict)?;
            drop(text);
            check_files(&mut archive, &manifest, &present, &mut verdict)?;
        }
    }
    drop(archive);
    twice(&mut reader, directory, &mut verdict.problems)?;
    verdict.problems.extend(strict::fault(&mut reader, Limits::ZIP).map_err(|e| unreadable(&e))?);
    interrupted()?;
    if verdict.problems.is_empty() {
        verdict.result = "sound";
    }
    Ok(verdict)
}

/// The names in the ZIP, in its order; notes those that could do harm and what hides between them.
fn entries<R: Read + Seek>(archive: &mut ZipArchive<R>, problems: &mut Vec<String>) -> Result<Vec<String>> {
    let mut present = Vec::with_capacity(archive.len());
    let mut folded = BTreeMap::new();
    for index in 0..archive.len() {
        let listed =
            archive.name_for_index(index).and_then(|name| Some(name.ok()?.into_owned())).unwrap_or_default();
        let entry = match archive.by_index_raw(index).map_err(not_a_zip) {
            // What becomes of its bytes shows where they are read.
            Err(error) if error.code() == "file.invalid" => {
                problems.push(format!("{listed}: {}", error.message()));
                present.push(listed);
                continue;
            }
            entry => entry?,
        };
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
        present.push(name);
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
    reader.seek(SeekFrom::Start(directory)).map_err(|e| unreadable(&e))?;
    let mut reader = std::io::BufReader::new(reader);
    let mut seen = BTreeSet::new();
    let mut fixed = [0_u8; 46];
    while reader.read_exact(&mut fixed).is_ok() && fixed.starts_with(&HEADER) {
        let length = |at: usize| match (fixed.get(at), fixed.get(at + 1)) {
            (Some(low), Some(high)) => u64::from(u16::from_le_bytes([*low, *high])),
            _ => 0,
        };
        let mut name = Vec::new();
        reader.by_ref().take(length(28)).read_to_end(&mut name).map_err(|e| unreadable(&e))?;
        let rest = length(30) + length(32);
        std::io::copy(&mut reader.by_ref().take(rest), &mut std::io::sink()).map_err(|e| unreadable(&e))?;
        let name = String::from_utf8_lossy(&name).into_owned();
        if !seen.insert(name.clone()) {
            problems.push(format!("{name}: it stands in the ZIP more than once"));
        }
    }
    Ok(())
}

/// The bytes of a file of the bundle's own; notes that it is missing, or cannot be read.
fn read_file<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    path: &str,
    limit: u64,
    verdict: &mut Verdict,
) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = match archive.by_name(path) {
        Ok(entry) => entry.take(limit + 1).read_to_end(&mut bytes).map_err(|e| e.to_string()),
        Err(ZipError::FileNotFound) => {
            verdict.missing(path);
            return Ok(None);
        }
        Err(e) => Err(e.to_string()),
    };
    interrupted()?;
    match read {
        Ok(size) if size as u64 <= limit => return Ok(Some(bytes)),
        Ok(_) => verdict.changed(path, format_args!("it is larger than {limit} bytes")),
        Err(why) => verdict.changed(path, why),
    }
    Ok(None)
}

fn parse(text: &[u8], problems: &mut Vec<String>) -> Option<Manifest> {
    match serde_json::from_slice::<Manifest>(text) {
        Ok(manifest) if manifest.schema == manifest::SCHEMA => return Some(manifest),
        Ok(Manifest { schema, .. }) => {
            problems.push(format!("{}: its schema is {schema}, not {}", manifest::PATH, manifest::SCHEMA));
        }
        Err(why) => problems.push(format!("{}: {why}", manifest::PATH)),
    }
    None
}

/// Whether the manifest is what the provider signed; without the provider's key, whether it is what was signed with the
/// key that it names itself.
fn check_signature<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    text: &[u8],
    given: Option<&PublicKey>,
    own: Option<&str>,
    verdict: &mut Verdict,
) -> Result<()> {
    let named = own.and_then(|own| PublicKey::parse(own).ok().filter(|key| key.line() == own));
    if let (Some(own), None) = (own, &named) {
        verdict.problems.push(format!("{}: \"{own}\" is not a public key", manifest::PATH));
    }
    if let (Some(given), Some(named)) = (given, &named)
        && given != named
    {
        let (given, named) = (given.id(), named.id());
        verdict.problems.push(format!(
            "{}: it names the public key {named}, which is not the one given, {given}",
            manifest::PATH
        ));
    }
    let key = given.or(named.as_ref());
    verdict.key_id = key.map(PublicKey::id);
    let Some(signature) = read_file(archive, seal::SIGNATURE, SIGNATURE_MAX, verdict)? else {
        return Ok(());
    };
    verdict.signature = "wrong";
    let Some(key) = key else { return Ok(()) };
    match seal::check(key, &signature, text) {
        Ok(()) if given.is_some() => verdict.signature = "valid",
        Ok(()) => {
            verdict.signature = "self";
            verdict.warnings.push(Warning::new(
                "bundle.signer-unknown",
                "the signature fits the key that the bundle names itself; whether it is the provider's shows only \
                 --public-key with the key that the provider gives away (`portalctl key show-public`)",
            ));
        }
        Err((seal::Outcome::Altered, why)) => verdict.changed(seal::SIGNATURE, why),
        Err((seal::Outcome::Wrong, why)) => verdict.changed(manifest::PATH, why),
        Err((seal::Outcome::OtherKey, why)) => verdict.problems.push(format!("{}: {why}", seal::SIGNATURE)),
    }
    Ok(())
}

/// Whether `SHA256SUMS` says what the manifest says.
fn check_sums<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    manifest: &Manifest,
    text: &[u8],
    verdict: &mut Verdict,
) -> Result<()> {
    let expected = seal::sums(&hex_sha256(text), manifest.files.iter());
    // No more than one byte past what it should have.
    let found = read_file(archive, seal::SUMS, expected.len() as u64, verdict)?;
    if found.is_some_and(|found| found != expected.as_bytes()) {
        verdict.changed(seal::SUMS, "it does not say what the manifest says");
    }
    Ok(())
}

/// Compares every file with its line of the manifest, both ways.
fn check_files<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    manifest: &Manifest,
    order: &[String],
    verdict: &mut Verdict,
) -> Result<()> {
    let folders: BTreeMap<i64, String> = manifest
        .agreements
        .iter()
        .map(|agreement| (agreement.id, format!("{}/{}-", agreement.kind, agreement.id)))
        .collect();
    let own = [manifest::PATH, seal::SIGNATURE, seal::SUMS];
    let present: BTreeSet<&str> = order.iter().map(String::as_str).collect();
    let mut listed = BTreeSet::from(own);
    for file in &manifest.files {
        let path = file.path.as_str();
        let mut wrong = |what: String| verdict.problems.push(format!("{path}: {what}"));
        if !names::is_harmless(path) {
            wrong("its path in the manifest could lead out of the folder or mislead".to_owned());
        }
        if !listed.insert(path) {
            wrong("the manifest lists it more than once".to_owned());
        }
        if !manifest::ROLES.contains(&file.role.as_str()) {
            wrong(format!("\"{}\" is not a role of a file", file.role));
        }
        match folders.get(&file.agreement) {
            None => wrong(format!("it belongs to agreement {}, which is not listed", file.agreement)),
            Some(folder) if !path.starts_with(folder) => {
                wrong(format!("it does not lie in the folder of agreement {}", file.agreement));
            }
            Some(_) => {}
        }
        if !present.contains(path) {
            verdict.missing(path);
            continue;
        }
        match digest(archive, path, file.size) {
            Ok((_, size)) if size != file.size => {
                verdict.changed(path, format_args!("its size is not {} bytes", file.size));
            }
            Ok((sha256, _)) if sha256 != file.sha256 => {
                verdict.changed(path, format_args!("its SHA-256 is {sha256}"));
            }
            Ok(_) => {}
            Err(why) => verdict.changed(path, why),
        }
        interrupted()?;
    }
    for name in present.iter().filter(|name| !listed.contains(**name)) {
        verdict.extra.push((*name).to_owned());
        verdict.problems.push(format!("{name}: the manifest does not list it"));
    }
    let written = own.into_iter().chain(manifest.files.iter().map(|file| file.path.as_str()));
    if verdict.missing.is_empty() && verdict.extra.is_empty() && !written.eq(order.iter().map(String::as_str))
    {
        verdict.problems.push("the files stand in the ZIP in another order than the manifest's".to_owned());
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

fn interrupted() -> Result<()> {
    if interrupt::pending() { Err(interrupt::error()) } else { Ok(()) }
}

fn unreadable(source: &std::io::Error) -> Error {
    Error::io("cannot read the bundle", source)
}

fn not_a_zip(source: ZipError) -> Error {
    match source {
        ZipError::Io(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => unreadable(&e),
        other => Error::invalid_file(format!("this is not a bundle: {other}"))
            .hint("name a ZIP that `portalctl agreement export` wrote"),
    }
}
