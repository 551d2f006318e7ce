//! The key file, and what is derived from it.
//!
//! Tokens of links are not stored anywhere: they are computed from the key and the row they stand for whenever a
//! mail is rendered or a token is checked. Whoever has the database without the key file can forge nothing.
//!
//! Beside it stand the secrets of logging in, each pure and without a row of its own: passwords ([`password`], [`rule`]),
//! what is sealed ([`seal`]), what is signed ([`signing`]), the authenticator app ([`totp`], [`qr`]), codes and
//! tokens ([`codes`]), and how long a door stays shut after failures ([`lockout`]). None of their types can be printed by accident.

pub mod codes;
pub mod lockout;
pub mod password;
pub mod qr;
pub mod rule;
pub mod seal;
pub mod signing;
pub mod totp;

use std::io::Write;
use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::platform::db::beside;
use crate::platform::env::Entropy;
use crate::platform::error::{Error, Result};
use crate::platform::files::{OutputFile, cannot_write};

const HEADER: &str = "portalctl-key-1 ";

/// `Debug` that names the type and hides what it holds, so that no log, panic or test output shows a secret.
macro_rules! opaque {
    ($($name:ident),+) => { $(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+ };
}
use opaque;

opaque!(Key);

/// The installation's secret, 32 random bytes.
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A new random key.
    pub fn generate(entropy: &Entropy) -> Result<Key> {
        Ok(Key(Zeroizing::new(entropy.bytes()?)))
    }

    /// Reads a key file.
    pub fn load(path: &Path) -> Result<Key> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(e) => {
                return Err(Error::config("key.missing", format!("cannot read the key file {}: {e}", path.display()))
                    .hint("it was made beside the database by `portalctl init`; bring it back from your backups, or name its place with `key_file` in the configuration"));
            }
        };
        text.trim()
            .strip_prefix(HEADER)
            .and_then(|encoded| BASE32_NOPAD.decode(encoded.as_bytes()).ok())
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(|bytes| Key(Zeroizing::new(bytes)))
            .ok_or_else(|| {
                Error::config("key.invalid", format!("{} is not a portalctl key file", path.display()))
            })
    }

    /// Writes a new key file, 0600, whole or not at all. It must not exist.
    pub fn save_new(&self, path: &Path) -> Result<()> {
        let mut file = OutputFile::create(path, false)?;
        let line = Zeroizing::new(format!("{HEADER}{}\n", BASE32_NOPAD.encode(self.0.as_slice())));
        file.write_all(line.as_bytes()).map_err(|e| cannot_write(path, &e))?;
        file.finish()
    }

    /// 32 bytes that only the holder of the key can compute, bound to a purpose and its parts.
    pub fn derive(&self, purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice())
            .map_err(|e| Error::internal(format!("the key does not fit: {e}")))?;
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().into())
    }

    /// The token of a link: its row's number and 160 bits that prove knowledge of the key.
    pub fn link_token(&self, purpose: &str, id: i64, nonce: &[u8]) -> Result<String> {
        let proof = self.derive("link/1", &[purpose.as_bytes(), &id.to_be_bytes(), nonce])?;
        let short = proof.first_chunk::<20>().map(|bytes| BASE32_NOPAD.encode(bytes)).unwrap_or_default();
        Ok(format!("{id}-{}", short.to_lowercase()))
    }
}

/// Whether two texts are the same, in a time that depends on their lengths alone.
pub fn same_text(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Where the key of a database lies unless configured otherwise.
pub fn key_path(database: &Path) -> PathBuf {
    beside(database, ".key")
}
