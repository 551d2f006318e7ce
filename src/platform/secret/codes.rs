//! Codes and tokens that people and files carry: emergency code, SMS code, initial password, session token.
//!
//! What a mail or an SMS holds is derived from the key file and its row's nonce, so it can be made when the message is
//! rendered and checked without resting anywhere. What is random is shown once, and only its hash is kept. A fast hash
//! is enough for that: 103 and 256 random bits cannot be guessed, whereas a slow one is for what people think up.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::password::{Password, is_blank};
use super::totp::{decimal, six_digits};
use super::{Key, opaque};
use crate::platform::env::Entropy;
use crate::platform::error::Result;

const EMERGENCY: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The emergency code `XXXX-XXXX-XXXX-XXXX-XXXX`: 20 of A–Z and 0–9, about 103 bits (V-014).
#[derive(Clone)]
pub struct EmergencyCode(Zeroizing<[u8; 20]>);

opaque!(EmergencyCode);

impl EmergencyCode {
    /// A new random code, every symbol as likely as any other.
    pub fn generate(entropy: &Entropy) -> Result<EmergencyCode> {
        let mut code = Zeroizing::new([0; 20]);
        let mut places = code.iter_mut();
        loop {
            let random = Zeroizing::new(entropy.bytes::<32>()?);
            // 252 is the last multiple of 36; bytes above it would favour the first symbols.
            for byte in random.iter().filter(|byte| **byte < 252) {
                let Some(place) = places.next() else { return Ok(EmergencyCode(code)) };
                *place = EMERGENCY.get(usize::from(byte % 36)).copied().unwrap_or_default();
            }
        }
    }

    /// Reads what somebody typed: case does not matter, blanks and hyphens of any kind may stand anywhere.
    pub fn parse(typed: &str) -> Option<EmergencyCode> {
        let is_hyphen = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        let mut code = Zeroizing::new([0; 20]);
        let mut places = code.iter_mut();
        for c in typed.chars().filter(|c| !is_blank(*c) && !is_hyphen(*c)) {
            *places.next()? = u8::try_from(c.to_ascii_uppercase()).ok().filter(|c| EMERGENCY.contains(c))?;
        }
        let whole = places.next().is_none();
        whole.then_some(EmergencyCode(code))
    }

    /// The code as it is shown once: five groups of four.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(24));
        for (place, symbol) in self.0.iter().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(*symbol));
        }
        text
    }

    /// What is stored: a hash keyed with the key file, bound to its owner's row.
    pub fn stored(&self, key: &Key, owner: i64) -> Result<[u8; 32]> {
        key.derive("emergency/1", &[&owner.to_be_bytes(), self.0.as_slice()])
    }

    /// Whether this is the code whose hash was stored for that owner.
    pub fn matches(&self, key: &Key, owner: i64, stored: &[u8]) -> Result<bool> {
        Ok(self.stored(key, owner)?.as_slice().ct_eq(stored).into())
    }
}

/// The code of an SMS, 6 digits, with the 4-digit reference that tells one SMS from another (V-012, V-025).
pub struct SmsCode {
    code: Zeroizing<[u8; 6]>,
    reference: [u8; 4],
}

opaque!(SmsCode);

impl SmsCode {
    /// The code of a row. Its nonce must be new for every SMS.
    pub fn derive(key: &Key, row: i64, nonce: &[u8]) -> Result<SmsCode> {
        let proof = Zeroizing::new(key.derive("sms/1", &[&row.to_be_bytes(), nonce])?);
        let reference = key.derive("sms-reference/1", &[&row.to_be_bytes(), nonce])?;
        // Of 128 bits the remainder by a million is even to one part in 2^108.
        Ok(SmsCode { code: Zeroizing::new(decimal(number(&proof))), reference: decimal(number(&reference)) })
    }

    /// The six digits, for the SMS alone.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.code.iter().copied().map(char::from).collect())
    }

    /// The reference, which prompt and SMS both show. It says nothing about the code.
    pub fn reference(&self) -> String {
        self.reference.iter().copied().map(char::from).collect()
    }

    /// Whether somebody typed this code; blanks are allowed (`123 456`).
    pub fn matches(&self, typed: &str) -> bool {
        six_digits(typed).is_some_and(|typed| self.code.as_slice().ct_eq(typed.as_slice()).into())
    }
}

/// Capitals that look like nothing else, not even like their own small letters.
const CAPITALS: &[u8; 5] = b"FHNRT";
/// Symbols that look like nothing else. Without vowels, no word comes out by chance; without m, no "rn" is read as one.
const SYMBOLS: &[u8; 21] = b"FHNRTcdfhknprtwxy3479";

/// The initial password of a row: four groups of four parted by hyphens, about 68 bits, with a capital at the front and
/// so always within the rule. It is the same whenever it is derived, and no more after it was changed.
pub fn initial_password(key: &Key, row: i64, nonce: &[u8]) -> Result<Password> {
    let proof = Zeroizing::new(key.derive("initial-password/1", &[&row.to_be_bytes(), nonce])?);
    // 128 bits for 68: what the division favours is below one part in 2^59.
    let mut rest = number(&proof);
    let mut text = Zeroizing::new(String::with_capacity(19));
    for place in 0..16 {
        let alphabet: &[u8] = if place == 0 { CAPITALS } else { SYMBOLS };
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        let size = alphabet.len() as u128;
        text.extend(alphabet.get((rest % size) as usize).copied().map(char::from));
        rest /= size;
    }
    Ok(Password::chosen(&text))
}

/// The first 128 bits as a number.
fn number(bytes: &[u8; 32]) -> u128 {
    bytes.first_chunk::<16>().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// What a session file proves itself with: 256 random bits.
pub struct SessionToken(Zeroizing<[u8; 32]>);

opaque!(SessionToken);

impl SessionToken {
    /// A new random token.
    pub fn generate(entropy: &Entropy) -> Result<SessionToken> {
        Ok(SessionToken(Zeroizing::new(entropy.bytes()?)))
    }

    /// The token of 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> SessionToken {
        SessionToken(Zeroizing::new(bytes))
    }

    /// Reads what [`SessionToken::text`] wrote.
    pub fn parse(text: &str) -> Option<SessionToken> {
        let text = Zeroizing::new(text.trim().to_ascii_uppercase());
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| SessionToken(Zeroizing::new(bytes)))
    }

    /// The token as the session file holds it: 52 small letters and digits.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(BASE32_NOPAD.encode(self.0.as_slice()));
        text.make_ascii_lowercase();
        text
    }

    /// What is stored, and what the session is looked up by: comparing hashes tells nothing of the token.
    pub fn stored(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_slice()).into()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashSet;
    use std::rc::Rc;

    use proptest::prelude::*;

    use super::*;
    use crate::platform::secret::rule::{Policy, check};

    fn world() -> (Entropy, Key) {
        let entropy = Entropy::Counter(Rc::new(Cell::new(5)));
        let key = Key::generate(&entropy).unwrap();
        (entropy, key)
    }

    #[test]
    fn v_014_an_emergency_code_is_five_groups_of_four() {
        let code = EmergencyCode::parse("L8TV-5VXN-5ASJ-NIVK-WX4M").unwrap();
        assert_eq!(code.text().as_str(), "L8TV-5VXN-5ASJ-NIVK-WX4M");
        for typed in ["l8tv5vxn5asjnivkwx4m", " L8TV 5VXN 5ASJ NIVK WX4M\n", "L8TV–5VXN‑5ASJ—NIVK-WX4M\u{a0}"]
        {
            assert_eq!(EmergencyCode::parse(typed).unwrap().text(), code.text(), "{typed}");
        }
        for typed in ["", "L8TV-5VXN-5ASJ-NIVK-WX4", "L8TV-5VXN-5ASJ-NIVK-WX4MM", "Å8TV-5VXN-5ASJ-NIVK-WX4M"]
        {
            assert!(EmergencyCode::parse(typed).is_none(), "{typed}");
        }
    }

    #[test]
    fn emergency_codes_use_every_symbol_and_belong_to_one_owner() {
        let (entropy, key) = world();
        let mut seen = HashSet::new();
        for _ in 0..100 {
            seen.extend(EmergencyCode::generate(&entropy).unwrap().text().bytes());
        }
        assert_eq!(seen.len(), 37);
        let code = EmergencyCode::generate(&entropy).unwrap();
        let stored = code.stored(&key, 1).unwrap();
        assert!(code.matches(&key, 1, &stored).unwrap());
        assert!(!code.matches(&key, 2, &stored).unwrap());
        assert!(!code.matches(&Key::generate(&entropy).unwrap(), 1, &stored).unwrap());
        assert!(!EmergencyCode::generate(&entropy).unwrap().matches(&key, 1, &stored).unwrap());
        assert!(!code.matches(&key, 1, &[]).unwrap());
    }

    #[test]
    fn v_012_v_025_an_sms_code_is_derived_and_has_a_reference() {
        let (entropy, key) = world();
        let nonce = entropy.bytes::<16>().unwrap();
        let sms = SmsCode::derive(&key, 1, &nonce).unwrap();
        let text = sms.text();
        assert!(text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()));
        assert!(sms.reference().len() == 4 && sms.reference().bytes().all(|b| b.is_ascii_digit()));
        let (front, back) = text.split_at(3);
        assert!(sms.matches(&format!(" {front} {back} ")) && !sms.matches(front) && !sms.matches(""));
        assert_eq!(SmsCode::derive(&key, 1, &nonce).unwrap().text(), text);
        assert_ne!(SmsCode::derive(&key, 2, &nonce).unwrap().text(), text);
        assert_ne!(SmsCode::derive(&key, 1, &[0; 16]).unwrap().text(), text);
    }

    #[test]
    fn a_session_token_comes_back_from_its_text() {
        let (entropy, _) = world();
        let token = SessionToken::generate(&entropy).unwrap();
        assert_eq!(token.text().len(), 52);
        assert_eq!(
            SessionToken::parse(&format!("{}\n", token.text().as_str())).unwrap().stored(),
            token.stored()
        );
        assert!(SessionToken::parse("").is_none() && SessionToken::parse(&token.text()[1..]).is_none());
        assert_ne!(token.stored(), SessionToken::generate(&entropy).unwrap().stored());
    }

    #[test]
    fn debug_shows_none_of_them() {
        let (entropy, key) = world();
        let shown = format!(
            "{:?} {:?} {:?} {:?} {:?}",
            key,
            EmergencyCode::generate(&entropy).unwrap(),
            SmsCode::derive(&key, 1, b"n").unwrap(),
            SessionToken::generate(&entropy).unwrap(),
            initial_password(&key, 1, b"n").unwrap(),
        );
        assert_eq!(shown, "Key(…) EmergencyCode(…) SmsCode(…) SessionToken(…) Password(…)");
    }

    proptest! {
        #[test]
        fn every_initial_password_keeps_the_rule(row in 1_i64.., nonce: [u8; 16]) {
            let (_, key) = world();
            let password = initial_password(&key, row, &nonce).unwrap();
            prop_assert_eq!(&initial_password(&key, row, &nonce).unwrap(), &password);
            let policy = Policy { min_length: 19, min_score: 4 };
            prop_assert!(check(&password, &policy, "Ida Holm", "ida.holm@example.dk").is_ok());
            prop_assert!(!password.expose().contains(|c: char| "0OoQ1lIi5Ss8B2Zz6Gg".contains(c)));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = SessionToken::parse(&text);
            let once = EmergencyCode::parse(&text);
            let again = once.as_ref().and_then(|code| EmergencyCode::parse(&code.text()));
            prop_assert_eq!(once.map(|code| code.text()), again.map(|code| code.text()));
        }

        #[test]
        fn a_shown_code_can_be_typed(seed: u64) {
            let entropy = Entropy::Counter(Rc::new(Cell::new(seed)));
            let code = EmergencyCode::generate(&entropy).unwrap();
            let typed = EmergencyCode::parse(&code.text().to_lowercase().replace('-', "")).unwrap();
            prop_assert_eq!(typed.text(), code.text());
        }
    }
}
