//! Where answers go: the sender's address with a tag behind a plus, signed, so that nobody answers to what they were not
//! written about. `kundeportal+2404-1030.k3p6s0q7f1vd@example.dk`

use data_encoding::BASE32_DNSSEC;

use crate::platform::error::Result;
use crate::platform::secret::{Key, same_text};
use crate::values::Email;

/// How many characters of the signature are written: 80 bits, in letters and digits that survive any change of case.
const SIGNATURE: usize = 16;

/// The address that answers about `tag` go to: letters, digits and hyphens, such as `2404-1030`.
pub fn make(key: &Key, sender: &Email, tag: &str) -> Result<String> {
    let (local, domain) = (sender.local(), sender.domain());
    Ok(format!("{local}+{tag}.{}@{domain}", signature(key, tag)?))
}

/// What an answer is about, if it was sent to such an address of this sender and the signature is ours.
pub fn read(key: &Key, sender: &Email, address: &str) -> Result<Option<String>> {
    let address = address.trim().to_lowercase();
    let prefix = format!("{}+", sender.local().to_lowercase());
    let suffix = format!("@{}", sender.domain().to_lowercase());
    let inner = address.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(&suffix));
    let Some((tag, signed)) = inner.and_then(|inner| inner.rsplit_once('.')) else { return Ok(None) };
    Ok(same_text(signed, &signature(key, tag)?).then(|| tag.to_owned()))
}

fn signature(key: &Key, tag: &str) -> Result<String> {
    let bytes = key.derive("reply address", &[tag.to_lowercase().as_bytes()])?;
    let mut text = BASE32_DNSSEC.encode(&bytes);
    text.truncate(SIGNATURE);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::platform::env::Entropy;

    fn key(seed: u64) -> Key {
        Key::generate(&Entropy::Counter(Rc::new(Cell::new(seed)))).unwrap()
    }

    #[test]
    fn an_answer_finds_back_and_a_guess_does_not() {
        let sender: Email = "kundeportal@example.dk".parse().unwrap();
        let address = make(&key(1), &sender, "2404-1030").unwrap();
        assert!(address.starts_with("kundeportal+2404-1030."), "{address}");
        assert!(address.split('@').next().unwrap().len() <= 64);
        let read = |key: &Key, address: &str| read(key, &sender, address).unwrap();
        assert_eq!(read(&key(1), &address).as_deref(), Some("2404-1030"));
        assert_eq!(read(&key(1), &address.to_uppercase()).as_deref(), Some("2404-1030"));
        assert_eq!(read(&key(2), &address), None);
        assert_eq!(read(&key(1), &address.replace("1030", "1031")), None);
        assert_eq!(read(&key(1), &address.replace("example.dk", "example.com")), None);
        assert_eq!(read(&key(1), "kundeportal@example.dk"), None);
        assert_eq!(read(&key(1), "kundeportal+2404-1030.@example.dk"), None);
    }
}
