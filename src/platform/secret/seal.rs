//! What must be read back but not lie open: sealed with the key file (XChaCha20-Poly1305).
//!
//! A sealed text is one byte for its form, a random nonce of 24 bytes, and the cipher text with its tag. Each purpose
//! has a key of its own, and the associated data (such as the row it belongs to) must be the same when it is opened, so
//! nothing sealed can be moved to another place.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::Key;
use crate::platform::env::Entropy;
use crate::platform::error::{Error, Result};

const FORM: u8 = 1;

impl Key {
    /// Seals a text for a purpose and the place it will lie in.
    pub fn seal(&self, entropy: &Entropy, purpose: &str, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
        let nonce = entropy.bytes::<24>()?;
        let sealed = self
            .cipher(purpose)?
            .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad })
            .map_err(|_| Error::internal("the text is too long to be sealed"))?;
        Ok([&[FORM], nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Key::seal`] made with the same purpose and associated data.
    ///
    /// # Errors
    /// `key.wrong`: another key file, or the bytes were changed or moved. Which of them it is cannot be told.
    pub fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let parts = match sealed.split_first() {
            Some((&FORM, rest)) => rest.split_first_chunk::<24>(),
            _ => None,
        };
        let (nonce, msg) = parts.ok_or_else(wrong_key)?;
        self.cipher(purpose)?
            .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
            .map(Zeroizing::new)
            .map_err(|_| wrong_key())
    }

    fn cipher(&self, purpose: &str) -> Result<XChaCha20Poly1305> {
        let subkey = Zeroizing::new(self.derive("seal/1", &[purpose.as_bytes()])?);
        XChaCha20Poly1305::new_from_slice(subkey.as_slice())
            .map_err(|e| Error::internal(format!("the key does not fit: {e}")))
    }
}

fn wrong_key() -> Error {
    Error::config("key.wrong", "the key file does not open what the database holds: it is another installation's, or the data was changed")
        .hint("bring back the key file that belongs to this database from your backups, or name its place with `key_file` in the configuration")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use proptest::prelude::*;

    use super::*;

    fn keys() -> (Entropy, Key, Key) {
        let entropy = Entropy::Counter(Rc::new(Cell::new(1)));
        let (one, two) = (Key::generate(&entropy).unwrap(), Key::generate(&entropy).unwrap());
        (entropy, one, two)
    }

    #[test]
    fn another_key_purpose_or_place_does_not_open_it() {
        let (entropy, key, other) = keys();
        let sealed = key.seal(&entropy, "totp", b"user:1", b"secret").unwrap();
        assert_eq!(key.open("totp", b"user:1", &sealed).unwrap().as_slice(), b"secret");
        for refused in [
            other.open("totp", b"user:1", &sealed),
            key.open("sms", b"user:1", &sealed),
            key.open("totp", b"user:2", &sealed),
            key.open("totp", b"user:1", &[]),
            key.open("totp", b"user:1", &[1; 30]),
        ] {
            let refused = refused.unwrap_err();
            assert_eq!((refused.code(), refused.exit()), ("key.wrong", crate::platform::exit::Exit::Config));
        }
        assert_ne!(sealed, key.seal(&entropy, "totp", b"user:1", b"secret").unwrap());
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_no_changed_byte_does(text: Vec<u8>, at: prop::sample::Index, flip in 1_u8..) {
            let (entropy, key, _) = keys();
            let mut sealed = key.seal(&entropy, "totp", b"", &text).unwrap();
            let opened = key.open("totp", b"", &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), text.as_slice());
            *at.get_mut(sealed.as_mut_slice()) ^= flip;
            prop_assert!(key.open("totp", b"", &sealed).is_err());
        }
    }
}
