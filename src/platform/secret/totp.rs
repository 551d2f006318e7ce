//! The authenticator app: codes from a shared secret and the time (RFC 6238 with SHA-1, 30 seconds, 6 digits).
//!
//! These are the values every app takes for granted. The computation is ten lines over crates that are here anyway,
//! and the RFCs' own vectors hold it; what matters more, and what ready-made crates leave to their callers, is that a
//! step is accepted once.

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::opaque;
use crate::platform::env::Entropy;
use crate::platform::error::{Error, Result};

/// Who the account belongs to, as the app shows it.
const ISSUER: &str = "Statens Administration";
/// Seconds that a code stands.
const PERIOD: i64 = 30;
/// Steps before and after now that are taken too: clocks differ, and people type slowly.
const WINDOW: i64 = 1;
/// What the percent-encoded address may take of the link, so that its QR code fits a terminal. It is only a label.
const LABEL: usize = 84;

/// The secret shared with an authenticator app, 160 bits as RFC 4226 recommends.
pub struct TotpSecret(Zeroizing<[u8; 20]>);

opaque!(TotpSecret);

impl TotpSecret {
    /// A new random secret.
    pub fn generate(entropy: &Entropy) -> Result<TotpSecret> {
        Ok(TotpSecret(Zeroizing::new(entropy.bytes()?)))
    }

    /// The secret that [`TotpSecret::bytes`] gave, as it comes out of its seal.
    pub fn from_bytes(bytes: &[u8]) -> Result<TotpSecret> {
        <[u8; 20]>::try_from(bytes)
            .map(|bytes| TotpSecret(Zeroizing::new(bytes)))
            .map_err(|_| Error::internal("a sealed secret of an authenticator app is not 20 bytes long"))
    }

    /// The bytes, to be sealed.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The key for typing into the app, in groups of four: `GEZD GNBV …`.
    pub fn key_text(&self) -> Zeroizing<String> {
        let key = self.base32();
        let mut text = Zeroizing::new(String::with_capacity(40));
        for (place, letter) in key.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push(' ');
            }
            text.push(letter);
        }
        text
    }

    /// The `otpauth://` address that a QR code carries. A very long e-mail is cut: the app shows it, nothing reads it.
    pub fn uri(&self, email: &str) -> Zeroizing<String> {
        let issuer = percent(ISSUER, usize::MAX);
        let (label, key) = (percent(email, LABEL), self.base32());
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{label}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={PERIOD}",
            key.as_str()
        ))
    }

    /// Whether a code is right now, give or take one step: the step it belongs to, to be kept as the last one.
    ///
    /// Neither that step nor an earlier one is ever accepted again. Blanks inside the code are allowed (`123 456`), and
    /// the time it takes does not depend on how much of a code is right.
    pub fn verify(&self, code: &str, now: DateTime<Utc>, last_step: Option<i64>) -> Result<Option<i64>> {
        let Some(code) = six_digits(code) else { return Ok(None) };
        let current = now.timestamp().div_euclid(PERIOD);
        let mut found = Choice::from(0);
        let mut accepted = 0_i64;
        // Ascending, so that of two steps with the same code the later one is used up.
        for step in current - WINDOW..=current + WINDOW {
            let fits = self.at(step)?.as_slice().ct_eq(code.as_slice());
            let fresh = Choice::from(u8::from(step >= 0 && last_step.is_none_or(|last| step > last)));
            accepted.conditional_assign(&step, fits & fresh);
            found |= fits & fresh;
        }
        Ok(bool::from(found).then_some(accepted))
    }

    /// The code at a time: what the app shows. Only `demo` and tests have a use for it.
    pub fn code(&self, now: DateTime<Utc>) -> Result<Zeroizing<String>> {
        let digits = self.at(now.timestamp().div_euclid(PERIOD))?;
        Ok(Zeroizing::new(digits.iter().copied().map(char::from).collect()))
    }

    fn at(&self, step: i64) -> Result<Zeroizing<[u8; 6]>> {
        Ok(Zeroizing::new(decimal(u128::from(truncated(self.bytes(), step)?))))
    }

    fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(self.0.as_slice()))
    }
}

/// The 31 bits that RFC 4226 takes out of an HMAC: at the place that its last four bits name.
fn truncated(secret: &[u8], counter: i64) -> Result<u32> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret)
        .map_err(|e| Error::internal(format!("the secret does not fit: {e}")))?;
    mac.update(&counter.to_be_bytes());
    let hash: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = hash.last().map_or(0, |last| usize::from(last & 0x0f));
    let word = hash.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    Ok(u32::from_be_bytes(word) & 0x7fff_ffff)
}

/// The last `N` decimal digits of a number, as ASCII.
pub(super) fn decimal<const N: usize>(mut number: u128) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// A typed code of six digits without the blanks around and inside it.
pub(super) fn six_digits(typed: &str) -> Option<Zeroizing<[u8; 6]>> {
    let mut digits = Zeroizing::new([0; 6]);
    let mut places = digits.iter_mut();
    for c in typed.chars().filter(|c| !super::password::is_blank(*c)) {
        *places.next()? = u8::try_from(c).ok().filter(u8::is_ascii_digit)?;
    }
    let whole = places.next().is_none();
    whole.then_some(digits)
}

/// A text with everything but unreserved characters percent-encoded (RFC 3986), cut to whole characters.
fn percent(text: &str, longest: usize) -> String {
    let mut encoded = String::new();
    for c in text.chars() {
        let before = encoded.len();
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    encoded.push(char::from(byte));
                }
                _ => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        if encoded.len() > longest {
            encoded.truncate(before);
            break;
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn rfc_4226_appendix_d() {
        let truncations = [
            1284755224, 1094287082, 137359152, 1726969429, 1640338314, 868254676, 1918287922, 82162583,
            673399871, 645520489,
        ];
        for (counter, expected) in (0..).zip(truncations) {
            assert_eq!(truncated(rfc().bytes(), counter).unwrap(), expected);
        }
        assert_eq!(&decimal::<6>(1284755224), b"755224");
    }

    #[test]
    fn rfc_6238_appendix_b() {
        for (time, eight) in [
            (59, "94287082"),
            (1111111109, "07081804"),
            (1111111111, "14050471"),
            (1234567890, "89005924"),
            (2000000000, "69279037"),
            (20000000000, "65353130"),
        ] {
            let digits = decimal::<8>(u128::from(truncated(rfc().bytes(), time / 30).unwrap()));
            assert_eq!(std::str::from_utf8(&digits).unwrap(), eight);
            assert_eq!(rfc().code(at(time)).unwrap().as_str(), &eight[2..]);
            assert_eq!(rfc().verify(&eight[2..], at(time), None).unwrap(), Some(time / 30));
        }
    }

    #[test]
    fn one_step_either_way_is_taken_and_none_twice() {
        let secret = rfc();
        let code = secret.code(at(1_800_000_000)).unwrap();
        let step = 60_000_000;
        for (shift, fits) in [(-31, false), (-30, true), (0, true), (29, true), (59, true), (60, false)] {
            let found = secret.verify(&code, at(1_800_000_000 + shift), None).unwrap();
            assert_eq!(found, fits.then_some(step), "{shift}");
        }
        let now = at(1_800_000_000);
        assert_eq!(secret.verify(&code, now, Some(step - 1)).unwrap(), Some(step));
        assert_eq!(secret.verify(&code, now, Some(step)).unwrap(), None);
        assert_eq!(secret.verify(&code, now, Some(step + 5)).unwrap(), None);
    }

    #[test]
    fn a_code_may_be_typed_with_blanks() {
        let secret = rfc();
        for (typed, fits) in [
            ("287082", true),
            (" 287 082\n", true),
            ("287\u{a0}082", true),
            ("28708", false),
            ("2870820", false),
            ("287-082", false),
            ("२८७०८२", false),
            ("", false),
        ] {
            assert_eq!(secret.verify(typed, at(59), None).unwrap().is_some(), fits, "{typed:?}");
        }
    }

    #[test]
    fn v_009_the_key_and_the_address_can_be_typed_and_scanned() {
        assert_eq!(rfc().key_text().as_str(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            rfc().uri("ida+test@example.dk").as_str(),
            "otpauth://totp/Statens%20Administration:ida%2Btest%40example.dk?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Statens%20Administration&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(format!("{:?}", rfc()), "TotpSecret(…)");
        assert_eq!(percent("aå#", 4), "a");
        assert_eq!(percent("aå#", 7), "a%C3%A5");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), seconds in -100_i64..100_000_000_000, last in any::<Option<i64>>()) {
            prop_assert_eq!(rfc().verify(&text, at(seconds), last).unwrap().is_some() && six_digits(&text).is_none(), false);
            prop_assert!(percent(&text, 84).len() <= 84);
        }

        #[test]
        fn an_accepted_step_is_used_up(seconds in 30_i64..100_000_000_000, later in 0_i64..90) {
            let code = rfc().code(at(seconds)).unwrap();
            let step = rfc().verify(&code, at(seconds), None).unwrap();
            prop_assert!(step.is_some());
            // A later step may by chance have the same code; this one is gone.
            let again = rfc().verify(&code, at(seconds + later), step).unwrap();
            prop_assert!(again.is_none() || again > step);
        }
    }
}
