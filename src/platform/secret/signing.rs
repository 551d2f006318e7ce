//! Signatures that the ordinary `minisign` program checks: Ed25519 over BLAKE2b-512, in minisign's file format.
//!
//! The signing key is derived from the key file, so it is there as soon as it is needed, and it is the same for as long
//! as the key file is. Signing is deterministic: the same bytes, comment and key give the same signature. (The `minisign`
//! crate mixes randomness in, which is why the four lines of the format are written here.)

use std::io::Read;

use blake2::{Blake2b512, Digest};
use data_encoding::BASE64;
use ed25519_compact::{KeyPair, SecretKey, Seed};
use zeroize::Zeroizing;

use super::{Key, opaque};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::values::Invalid;

/// An Ed25519 key, and a signature that is made with it directly.
const PLAIN: [u8; 2] = *b"Ed";
/// A signature over the BLAKE2b-512 digest of the data, the only kind that minisign makes since 0.8.
const PREHASHED: [u8; 2] = *b"ED";
const COMMENT: &str = "untrusted comment: ";
const TRUSTED: &str = "trusted comment: ";
/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// What signatures are checked with. It is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: [u8; 8],
    key: [u8; 32],
}

/// What signs. It lives in memory only.
pub struct SigningKey {
    public: PublicKey,
    secret: SecretKey,
}

opaque!(SigningKey);

impl Key {
    /// The installation's signing key.
    pub fn signing_key(&self) -> Result<SigningKey> {
        let seed = Zeroizing::new(self.derive("signing/1", &[b"seed"])?);
        let pair = KeyPair::from_seed(Seed::new(*seed));
        let id = self.derive("signing/1", &[b"id"])?;
        let id = *id.first_chunk::<8>().ok_or_else(|| Error::internal("a derived key is too short"))?;
        Ok(SigningKey { public: PublicKey { id, key: *pair.pk }, secret: pair.sk })
    }
}

impl PublicKey {
    /// Reads a public key: minisign's two lines, or its second line alone.
    ///
    /// # Errors
    /// `public-key.invalid` (2).
    pub fn parse(text: &str) -> Result<PublicKey> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let line = match (lines.next(), lines.next(), lines.next()) {
            (Some(line), None, None) => Some(line),
            (Some(comment), Some(line), None) if comment.starts_with(COMMENT.trim_end()) => Some(line),
            _ => None,
        };
        let read = line.and_then(|line| BASE64.decode(line.as_bytes()).ok()).and_then(|bytes| {
            let (kind, rest) = bytes.split_first_chunk::<2>()?;
            let (id, key) = rest.split_first_chunk::<8>()?;
            let key = <[u8; 32]>::try_from(key).ok()?;
            (*kind == PLAIN).then_some(PublicKey { id: *id, key })
        });
        let shown: String = line.unwrap_or_default().chars().take(80).collect();
        read.ok_or_else(|| {
            Error::from(Invalid::new(
                "public-key.invalid",
                "a public key",
                &shown,
                "it is minisign's line of 56 characters that begins with RW, alone or below its comment",
                "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3",
            ))
        })
    }

    /// The key as minisign names it: sixteen hexadecimal digits.
    pub fn id(&self) -> String {
        format!("{:016X}", u64::from_le_bytes(self.id))
    }

    /// The key in one line, `RW…`.
    pub fn line(&self) -> String {
        BASE64.encode(&[PLAIN.as_slice(), &self.id, &self.key].concat())
    }

    /// The key as a file that `minisign -p` reads: two lines.
    pub fn file(&self) -> String {
        format!("{COMMENT}minisign public key {}\n{}\n", self.id(), self.line())
    }

    /// Checks a signature over all that `data` holds, and answers with its trusted comment.
    ///
    /// # Errors
    /// What is wrong with it (6): `signature.unreadable`, `signature.other-key`, `signature.wrong`.
    pub fn verify(&self, signature: &str, data: impl Read) -> Result<String> {
        let unreadable = || wrong("signature.unreadable", "the signature is not one of minisign's");
        // Four lines and nothing more: what stands below them nobody has signed.
        if signature.lines().count() != 4 || !signature.starts_with(COMMENT) {
            return Err(unreadable());
        }
        let parsed = minisign_verify::Signature::decode(signature).map_err(|_| unreadable())?;
        let key = minisign_verify::PublicKey::from_base64(&self.line())
            .map_err(|e| Error::internal(format!("a public key cannot be used: {e}")))?;
        let mut verifier = key.verify_stream(&parsed).map_err(|e| match e {
            minisign_verify::Error::UnexpectedKeyId => wrong(
                "signature.other-key",
                format!("the signature was made with another key than {}", self.id()),
            ),
            _ => unreadable(),
        })?;
        chunks(data, |bytes| verifier.update(bytes))?;
        verifier.finalize().map_err(|_| {
            wrong("signature.wrong", "the signature does not fit: what it covers was changed")
        })?;
        Ok(parsed.trusted_comment().to_owned())
    }
}

impl SigningKey {
    /// What its signatures are checked with.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs all that `data` holds, read in chunks. The trusted comment is signed too; the untrusted one is not.
    pub fn sign(&self, data: impl Read, trusted: &str, untrusted: &str) -> Result<String> {
        if [trusted, untrusted].iter().any(|comment| comment.contains(['\n', '\r'])) {
            return Err(Error::internal("a comment of a signature is one line"));
        }
        let mut hash = Blake2b512::new();
        chunks(data, |bytes| hash.update(bytes))?;
        let signature = *self.secret.sign(hash.finalize(), None);
        let line = [PREHASHED.as_slice(), &self.public.id, &signature].concat();
        let all = self.secret.sign([signature.as_slice(), trusted.as_bytes()].concat(), None);
        let (line, all) = (BASE64.encode(&line), BASE64.encode(all.as_slice()));
        Ok(format!("{COMMENT}{untrusted}\n{line}\n{TRUSTED}{trusted}\n{all}\n"))
    }
}

fn wrong(code: &str, message: impl Into<String>) -> Error {
    Error::new(Exit::Refused, code, message)
}

fn chunks(mut data: impl Read, mut take: impl FnMut(&[u8])) -> Result<()> {
    let mut buffer = vec![0_u8; CHUNK];
    loop {
        let n = data.read(&mut buffer).map_err(|e| Error::io("cannot read what is signed", &e))?;
        match buffer.get(..n) {
            Some(bytes) if !bytes.is_empty() => take(bytes),
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::process::Command;
    use std::rc::Rc;

    use proptest::prelude::*;

    use super::*;
    use crate::platform::env::Entropy;

    const DATA: &[u8] = br#"{"schema": "portalctl.bundle/1"}"#;

    fn keys() -> (SigningKey, SigningKey) {
        let entropy = Entropy::Counter(Rc::new(Cell::new(1)));
        let key = || Key::generate(&entropy).unwrap().signing_key().unwrap();
        (key(), key())
    }

    #[test]
    fn k_101_what_was_signed_is_found_sound_and_signing_again_gives_the_same() {
        let (key, _) = keys();
        let signature = key.sign(DATA, "portalctl bundle", "signed by portalctl").unwrap();
        assert_eq!(signature, key.sign(DATA, "portalctl bundle", "signed by portalctl").unwrap());
        let public = key.public();
        assert_eq!(public.verify(&signature, DATA).unwrap(), "portalctl bundle");
        for text in [public.file(), public.line(), format!("\n  {}\r\n", public.line())] {
            assert_eq!(&PublicKey::parse(&text).unwrap(), public);
        }
        assert!(public.line().starts_with("RW") && public.file().contains(&public.id()));
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
    }

    #[test]
    fn k_101_what_was_changed_or_signed_by_another_is_caught() {
        let (key, other) = keys();
        let signature = key.sign(DATA, "portalctl bundle", "x").unwrap();
        let verify = |text: &str, data: &[u8]| {
            let error = key.public().verify(text, data).unwrap_err();
            assert_eq!(error.exit(), Exit::Refused);
            error.code().to_owned()
        };
        assert_eq!(verify(&signature, b"other"), "signature.wrong");
        assert_eq!(
            verify(&signature.replace("portalctl bundle", "portalctl bumble"), DATA),
            "signature.wrong"
        );
        assert_eq!(verify(&other.sign(DATA, "c", "x").unwrap(), DATA), "signature.other-key");
        for text in ["", "x", &format!("{signature}more\n"), &signature.replace("trusted", "Trusted")] {
            assert_eq!(verify(text, DATA), "signature.unreadable");
        }
        for text in ["", "RWQ", "a\nb", &format!("{}{}", key.public().line(), key.public().line())] {
            assert_eq!(PublicKey::parse(text).unwrap_err().code(), "public-key.invalid");
        }
        // A key that calls itself by the same number but is another one.
        let forged = PublicKey { id: key.public.id, key: other.public.key };
        assert_eq!(forged.verify(&signature, DATA).unwrap_err().code(), "signature.wrong");
    }

    /// The example of minisign's own manual.
    #[test]
    fn signatures_of_the_minisign_program_are_read() {
        let key = PublicKey::parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").unwrap();
        let signature = "untrusted comment: signature from minisign secret key\n\
            RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n\
            trusted comment: timestamp:1633700835\tfile:test\tprehashed\n\
            wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n";
        assert!(key.verify(signature, b"test".as_slice()).unwrap().starts_with("timestamp:1633700835"));
        assert_eq!(key.id(), "E7620F1842B4E81F");
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn the_minisign_program_verifies_what_was_signed() {
        if Command::new("minisign").arg("-v").output().is_err() {
            eprintln!("skipped: the minisign program is not installed");
            return;
        }
        let (key, other) = keys();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
        write("manifest.json", DATA);
        write("key.pub", key.public().file().as_bytes());
        write("other.pub", other.public().file().as_bytes());
        let signature = key.sign(DATA, "portalctl bundle", "signed by portalctl").unwrap();
        write("manifest.json.minisig", signature.as_bytes());
        let accepts = |key: &[&str]| {
            let mut minisign = Command::new("minisign");
            minisign.current_dir(&folder).args(["-V", "-H", "-Q", "-m", "manifest.json"]).args(key);
            minisign.output().unwrap()
        };
        let said = accepts(&["-p", "key.pub"]);
        assert!(said.status.success(), "{said:?}");
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "portalctl bundle");
        assert!(accepts(&["-P", &key.public().line()]).status.success());
        assert!(!accepts(&["-p", "other.pub"]).status.success());
        write("manifest.json", b"changed");
        assert!(!accepts(&["-p", "key.pub"]).status.success());
    }

    proptest! {
        #[test]
        fn any_changed_byte_of_data_or_signature_is_caught(data: Vec<u8>, at: prop::sample::Index, flip in 1_u8..128) {
            let (key, _) = keys();
            let signature = key.sign(data.as_slice(), "comment", "").unwrap();
            prop_assert_eq!(key.public().verify(&signature, data.as_slice()).unwrap(), "comment");
            let mut changed = data.clone();
            changed.push(0);
            *at.get_mut(changed.as_mut_slice()) ^= flip;
            prop_assert!(key.public().verify(&signature, changed.as_slice()).is_err());
            let unsigned = COMMENT.len();
            let mut changed = signature.clone().into_bytes();
            let place = unsigned + 1 + at.index(changed.len() - unsigned - 1);
            changed[place] ^= flip;
            if let Ok(text) = String::from_utf8(changed) {
                // Some bytes mean the same: a line may end in \r\n, and the last one in anything that ends a line.
                let same = text.lines().eq(signature.lines());
                prop_assert!(same || key.public().verify(&text, data.as_slice()).is_err(), "{text}");
            }
        }
    }
}
