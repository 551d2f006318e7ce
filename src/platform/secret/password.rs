//! Passwords: how they travel, and how they are hashed and compared.
//!
//! A password is brought to one form before anything is done with it (RFC 8265, OpaqueString): every kind of space is
//! U+0020 and letters are composed (NFC), so that an Å typed as A and a ring is the Å of another keyboard. Case and
//! everything else stay as they are. Hashes are Argon2id in the PHC form, so each says how it was made.
//!
//! Whoever asks about a password pays for exactly one hash, also where there is no user or no password. A hash made with
//! other parameters than today's costs what those cost, until its owner's next login; so where there is none, what is
//! run in its place costs what some stored hash costs ([`Hasher::with_decoy`]).

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Version};
use icu_normalizer::ComposingNormalizerBorrowed;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::opaque;
use crate::platform::env::Entropy;
use crate::platform::error::{Error, Result};
use crate::values::Invalid;

const SALT: usize = 16;
const DIGEST: usize = 32;

/// A password in its one form. It is wiped when it goes, and nothing prints or serialises it.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

opaque!(Password);

impl Password {
    /// A password that somebody chooses: white space at its ends stays, for the rule to refuse it.
    ///
    /// `line` comes without the line end that a prompt, a pipe or a file put behind it.
    pub fn chosen(line: &str) -> Password {
        // Composing makes a text at most three times as long; without growing, no copy is left behind in memory.
        let mut spaced = Zeroizing::new(String::with_capacity(line.len()));
        spaced.extend(line.chars().map(|c| if is_space(c) { ' ' } else { c }));
        let mut composed = Zeroizing::new(String::with_capacity(spaced.len().saturating_mul(3)));
        // Writing to a String cannot fail.
        let _ = ComposingNormalizerBorrowed::new_nfc().normalize_to(&spaced, &mut *composed);
        Password(composed)
    }

    /// A password that somebody logs in with: blanks that came along with copying are dropped (K-034). Nothing is lost
    /// by that, since no password may begin or end with one.
    pub fn typed(line: &str) -> Password {
        Password::chosen(line.trim_matches(is_blank))
    }

    /// The content, for hashing, checking and the one mail that holds it. Never print it or put it into an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Password {
    /// Compares in a time that depends on the lengths alone.
    fn eq(&self, other: &Password) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Password {}

/// A space of any width, but no tab and no line end.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// White space, and the marks without width that copying brings along (a byte order mark among them).
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Parameters of Argon2id, as the setting `password.argon2` has them: `m=65536,t=3,p=4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Params {
    /// What each may be. The lower end is for tests; below `m=19456,t=2,p=1` no installation should go. The upper end
    /// keeps a slip of the finger from stopping every login.
    fn check(self) -> Result<Params, &'static str> {
        if !(1024..=2_097_152).contains(&self.memory) {
            Err("m (memory in KiB) must lie between 1024 and 2097152")
        } else if !(1..=20).contains(&self.passes) {
            Err("t (passes) must lie between 1 and 20")
        } else if !(1..=16).contains(&self.lanes) {
            Err("p (lanes) must lie between 1 and 16")
        } else {
            Ok(self)
        }
    }

    fn argon2(self) -> Result<Argon2<'static>> {
        let params = argon2::Params::new(self.memory, self.passes, self.lanes, Some(DIGEST))
            .map_err(|e| Error::internal(format!("Argon2id does not take {self}: {e}")))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

impl FromStr for Params {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Params, Invalid> {
        let invalid = |rule: &str| {
            Invalid::new("argon2.invalid", "a set of Argon2id parameters", text, rule, "m=65536,t=3,p=4")
        };
        let number = |part: Option<&str>, name: &str| {
            let digits = part.and_then(|part| part.trim().strip_prefix(name))?.strip_prefix('=')?;
            // Rust's own parser also takes a plus sign.
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let mut parts = text.trim().split(',');
        let (memory, passes, lanes) =
            (number(parts.next(), "m"), number(parts.next(), "t"), number(parts.next(), "p"));
        match (memory, passes, lanes, parts.next()) {
            (Some(memory), Some(passes), Some(lanes), None) => {
                Params { memory, passes, lanes }.check().map_err(invalid)
            }
            _ => Err(invalid("write it as m=KiB,t=passes,p=lanes")),
        }
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory, self.passes, self.lanes)
    }
}

/// A stored hash, taken apart.
struct Stored {
    params: Params,
    salt: Salt,
    digest: Output,
}

/// What a PHC string holds; nothing where it is not Argon2id as this program writes it.
fn stored(phc: &str) -> Option<Stored> {
    let hash = PasswordHash::new(phc).ok()?;
    let params = hash.params.as_str().parse::<Params>().ok()?;
    let digest = hash.hash.filter(|digest| digest.len() == DIGEST)?;
    (hash.algorithm == ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into())).then_some(Stored {
        params,
        salt: hash.salt?,
        digest,
    })
}

/// Hashes and verifies with the parameters in force, and counts what it does.
#[derive(Debug)]
pub struct Hasher {
    params: Params,
    decoy: Params,
    operations: Cell<u64>,
}

impl Hasher {
    /// A hasher with the parameters of the setting.
    pub fn new(params: Params) -> Hasher {
        Hasher { params, decoy: params, operations: Cell::new(0) }
    }

    /// As it is, with these parameters where there is nothing to verify against.
    #[must_use]
    pub fn with_decoy(self, decoy: Params) -> Hasher {
        Hasher { decoy, ..self }
    }

    /// The parameters in force.
    pub fn params(&self) -> Params {
        self.params
    }

    /// How often Argon2id ran: what "the same time" is measured by, rather than a clock.
    pub fn operations(&self) -> u64 {
        self.operations.get()
    }

    /// The PHC string to store for a password.
    pub fn hash(&self, password: &Password, entropy: &Entropy) -> Result<String> {
        let bytes = entropy.bytes::<SALT>()?;
        let digest = self.run(self.params, password, &bytes)?;
        let text = |e: argon2::password_hash::phc::Error| Error::internal(format!("no PHC string: {e}"));
        let phc = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: self.params.to_string().parse::<ParamsString>().map_err(text)?,
            salt: Some(Salt::new(&bytes).map_err(text)?),
            hash: Some(Output::new(digest.as_slice()).map_err(text)?),
        };
        Ok(phc.to_string())
    }

    /// Whether the password is the one stored. With nothing stored (an unknown user, or one who has not chosen a
    /// password yet) or something unreadable it costs the same and is no.
    pub fn verify(&self, phc: Option<&str>, password: &Password) -> Result<bool> {
        let Some(stored) = phc.and_then(stored) else {
            self.decoy(password)?;
            return Ok(false);
        };
        let digest = self.run(stored.params, password, stored.salt.as_ref())?;
        Ok(digest.ct_eq(stored.digest.as_bytes()).into())
    }

    /// The cost of one verification, for whoever has nothing to verify against.
    pub fn decoy(&self, password: &Password) -> Result<()> {
        self.run(self.decoy, password, &[0; SALT]).map(drop)
    }

    /// Whether a stored hash was made otherwise than with the parameters in force: to be made anew at the next login.
    /// Lowered parameters count too, so that everybody's login costs what the decoy costs.
    pub fn needs_upgrade(&self, phc: &str) -> bool {
        stored(phc).is_none_or(|stored| stored.params != self.params)
    }

    fn run(&self, params: Params, password: &Password, salt: &[u8]) -> Result<Zeroizing<[u8; DIGEST]>> {
        self.operations.set(self.operations.get().saturating_add(1));
        #[cfg(test)]
        RUNS.with_borrow_mut(|runs| runs.push(params));
        let mut digest = Zeroizing::new([0; DIGEST]);
        params
            .argon2()?
            .hash_password_into(password.expose().as_bytes(), salt, digest.as_mut_slice())
            .map_err(|e| Error::internal(format!("Argon2id could not run with {params}: {e}")))?;
        Ok(digest)
    }
}

#[cfg(test)]
thread_local! {
    /// With which parameters Argon2id ran in this thread, whoever asked for it.
    static RUNS: std::cell::RefCell<Vec<Params>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// With which parameters Argon2id ran while something was done, whoever asked for it.
#[cfg(test)]
pub fn runs_of<T>(act: impl FnOnce() -> T) -> (T, Vec<String>) {
    let before = RUNS.with_borrow(Vec::len);
    let answer = act();
    (answer, RUNS.with_borrow(|runs| runs.iter().skip(before).map(Params::to_string).collect()))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use proptest::prelude::*;

    use super::*;

    fn hasher() -> Hasher {
        Hasher::new("m=1024,t=1,p=1".parse().unwrap())
    }

    fn entropy() -> Entropy {
        Entropy::Counter(Rc::new(Cell::new(7)))
    }

    #[test]
    fn a_hash_is_a_phc_string_that_its_password_alone_fits() {
        let hasher = hasher();
        let phc = hasher.hash(&Password::chosen("Blå-Tog 7!"), &entropy()).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"), "{phc}");
        assert!(hasher.verify(Some(&phc), &Password::typed("Blå-Tog 7!")).unwrap());
        assert!(!hasher.verify(Some(&phc), &Password::typed("blå-Tog 7!")).unwrap());
        assert_ne!(phc, hasher.hash(&Password::chosen("Blå-Tog 7!"), &Entropy::System).unwrap());
    }

    /// Made by OpenSSL of "Blå-Tog7!", so that our hashes are Argon2id as others understand it.
    const FOREIGN: &str =
        "$argon2id$v=19$m=1024,t=2,p=4$c29tZXNhbHRzb21lc2FsdA$aKGr6D73luoKaPPMXAklh+Dd1tuPfeHawvUj14b71Ug";

    #[test]
    fn another_implementations_hash_is_understood() {
        let hasher = hasher();
        assert!(hasher.verify(Some(FOREIGN), &Password::typed("Blå-Tog7!")).unwrap());
        assert!(hasher.needs_upgrade(FOREIGN));
    }

    #[test]
    fn whatever_is_asked_costs_one_hash() {
        let hasher = hasher();
        let phc = hasher.hash(&Password::chosen("Blaa-Tog7!"), &entropy()).unwrap();
        for (stored, right) in [
            (Some(phc.as_str()), true),
            (None, false),
            (Some(""), false),
            (Some("not a hash"), false),
            (Some(FOREIGN), false),
            (
                Some("$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$c29tZXNhbHRzb21lc2FsdA"),
                false,
            ),
        ] {
            let before = hasher.operations();
            assert_eq!(hasher.verify(stored, &Password::typed("Blaa-Tog7!")).unwrap(), right, "{stored:?}");
            assert_eq!(hasher.operations() - before, 1, "{stored:?}");
        }
    }

    #[test]
    fn k_034_blanks_that_came_with_copying_do_not_keep_anyone_out() {
        let hasher = hasher();
        let phc = hasher.hash(&Password::chosen("Blå Tog!7"), &entropy()).unwrap();
        for typed in [
            " Blå Tog!7",
            "Blå Tog!7\r\n",
            "\u{feff}Blå Tog!7\u{a0}",
            "Bla\u{30a} Tog!7",
            "Blå\u{a0}Tog!7\u{200b}\t",
        ] {
            assert!(hasher.verify(Some(&phc), &Password::typed(typed)).unwrap(), "{typed:?}");
        }
        assert_ne!(Password::chosen(" a"), Password::chosen("a"));
        assert_eq!(Password::chosen("Å"), Password::chosen("A\u{30a}"));
    }

    #[test]
    fn a_hash_made_with_other_parameters_is_to_be_made_anew() {
        let hasher = hasher();
        let phc = hasher.hash(&Password::chosen("Blaa-Tog7!"), &entropy()).unwrap();
        assert!(!hasher.needs_upgrade(&phc));
        let stronger = Hasher::new("m=2048,t=1,p=1".parse().unwrap());
        assert!(stronger.needs_upgrade(&phc));
        assert!(stronger.verify(Some(&phc), &Password::typed("Blaa-Tog7!")).unwrap());
        assert!(hasher.needs_upgrade("$argon2i$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$c29tZXNhbHQ"));
        assert!(hasher.needs_upgrade("plain"));
    }

    #[test]
    fn parameters_have_bounds_and_the_default_setting_fits() {
        let default = crate::platform::settings::PASSWORD_ARGON2.default;
        assert_eq!(default.parse::<Params>().unwrap().to_string(), default);
        for (text, word) in [
            ("m=1023,t=3,p=4", "m (memory"),
            ("m=9999999,t=3,p=4", "m (memory"),
            ("m=65536,t=0,p=4", "t (passes)"),
            ("m=65536,t=3,p=17", "p (lanes)"),
            ("m=65536,t=3", "write it"),
            ("t=3,m=65536,p=4", "write it"),
            ("m=65536,t=+3,p=4", "write it"),
            ("m=65536,t=3,p=4,x=1", "write it"),
            ("m=99999999999,t=3,p=4", "write it"),
        ] {
            let refused = text.parse::<Params>().unwrap_err();
            assert!(refused.rule.contains(word), "{text}: {}", refused.rule);
        }
    }

    #[test]
    fn nothing_shows_a_password() {
        assert_eq!(format!("{:?}", Some(Password::chosen("Blå-Tog7!"))), "Some(Password(…))");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_typing_again_is_the_same(text in any::<String>()) {
            let once = Password::typed(&text);
            prop_assert_eq!(&Password::typed(once.expose()), &once);
            let _ = text.parse::<Params>();
            let _ = stored(&text);
        }
    }
}
