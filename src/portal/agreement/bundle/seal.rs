//! What proves a manifest: the signature that the `minisign` program checks, and the list that `sha256sum -c` checks.

use data_encoding::BASE64;

use super::manifest::{self, FileLine};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::secret::signing::{PublicKey, SigningKey};

/// Where the signature lies in the ZIP, beside the manifest as minisign wants it.
pub const SIGNATURE: &str = "manifest.json.minisig";
/// Where the list of hashes lies.
pub const SUMS: &str = "SHA256SUMS";

/// What is signed along: never a time, so that the same data give the same bytes.
const TRUSTED: &str = "portalctl.bundle/1 manifest.json";
/// Nobody signs this line; it is fixed.
const UNTRUSTED: &str = "check with: minisign -Vm manifest.json -p KEY.pub";

/// How a signature came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The signature itself is not as this program writes it.
    Altered,
    /// It is of another key.
    OtherKey,
    /// The manifest is not what was signed.
    Wrong,
}

/// Signs a manifest.
pub fn sign(key: &SigningKey, manifest: impl std::io::Read) -> Result<String> {
    key.sign(manifest, TRUSTED, UNTRUSTED)
}

/// Checks the signature of a manifest; says what is wrong with it.
pub fn check(key: &PublicKey, signature: &[u8], text: &[u8]) -> std::result::Result<(), (Outcome, String)> {
    let altered = || (Outcome::Altered, "it is not a signature as `agreement export` writes it".to_owned());
    let signature = std::str::from_utf8(signature).map_err(|_| altered())?;
    if !is_canonical(signature) {
        return Err(altered());
    }
    match key.verify(signature, text) {
        Ok(_) => Ok(()),
        Err(e) if e.exit() != Exit::Refused => Err((Outcome::Altered, e.message().to_owned())),
        Err(e) => Err(match e.code() {
            "signature.other-key" => (Outcome::OtherKey, e.message().to_owned()),
            "signature.wrong" => (Outcome::Wrong, e.message().to_owned()),
            _ => altered(),
        }),
    }
}

/// Whether not one byte could be another: minisign itself does not look at the first line, nor at how lines end.
fn is_canonical(text: &str) -> bool {
    let lines: Vec<&str> = text.split('\n').collect();
    let [untrusted, signature, trusted, all, ""] = lines.as_slice() else { return false };
    let has =
        |line: &str, length: usize| BASE64.decode(line.as_bytes()).is_ok_and(|bytes| bytes.len() == length);
    untrusted.strip_prefix("untrusted comment: ") == Some(UNTRUSTED)
        && trusted.strip_prefix("trusted comment: ") == Some(TRUSTED)
        && has(signature, 74)
        && has(all, 64)
}

/// Reads a public key from a command line: the key itself, or the file that holds it.
pub fn key(given: &str, read: impl FnOnce() -> Result<String>) -> Result<PublicKey> {
    match PublicKey::parse(given) {
        Ok(key) => Ok(key),
        Err(e) => match read() {
            Ok(text) => PublicKey::parse(&text),
            // What looks like a key and is none is no name of a file.
            Err(other) if other.exit() == Exit::NotFound && given.starts_with("RW") => Err(e),
            Err(other) if other.exit() == Exit::NotFound => Err(Error::not_found("file", given).hint(
                "--public-key takes minisign's line of 56 characters that begins with RW, or the file that has it: \
                 `portalctl key show-public > portal.pub`",
            )),
            Err(other) => Err(other),
        },
    }
}

/// The lines of `sha256sum`, by path: every file of the manifest, and the manifest.
pub fn sums<'f>(manifest: &str, files: impl Iterator<Item = &'f FileLine>) -> String {
    let mut lines: Vec<(&str, &str)> = files.map(|file| (file.path.as_str(), file.sha256.as_str())).collect();
    lines.push((manifest::PATH, manifest));
    lines.sort_unstable();
    lines.iter().map(|(path, sha256)| format!("{sha256}  {path}\n")).collect()
}
