//! The header by which a mail of our own is known when it comes back to us: `X-Portalctl-Loop`.
//!
//! Its value is derived from the key file, so that a mail of another installation is not taken for ours.

use data_encoding::BASE32_DNSSEC;

use crate::platform::error::Result;
use crate::platform::secret::{Key, same_text};

/// The header's name.
pub const NAME: &str = "X-Portalctl-Loop";

/// How many characters of it are written: 80 bits.
const LENGTH: usize = 16;

/// What our mails carry.
pub fn make(key: &Key) -> Result<String> {
    let mut text = BASE32_DNSSEC.encode(&key.derive("mail loop", &[])?);
    text.truncate(LENGTH);
    Ok(text)
}

/// Whether a header of this value was written here.
pub fn is_ours(key: &Key, value: &str) -> Result<bool> {
    Ok(same_text(&value.trim().to_ascii_lowercase(), &make(key)?))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::platform::env::Entropy;

    #[test]
    fn only_the_same_key_makes_it_ours() {
        let key = |seed| Key::generate(&Entropy::Counter(Rc::new(Cell::new(seed)))).unwrap();
        let value = make(&key(1)).unwrap();
        assert_eq!(value.len(), LENGTH);
        assert!(is_ours(&key(1), &format!(" {}\r\n", value.to_uppercase())).unwrap());
        assert!(!is_ours(&key(2), &value).unwrap());
        assert!(!is_ours(&key(1), "").unwrap());
    }
}
