//! B-numbers: the user ids of state employees (DOMAIN §1.6).

use std::{fmt, str::FromStr};

use super::Invalid;

/// The longest id that is taken.
const LONGEST: usize = 32;

/// A state employee's user id, upper-cased: needed before the reports open (C-02, K-151).
///
/// No public text fixes its form, so 1–32 of A–Z, 0–9 and `-` are taken and
/// [`BNumber::matches`] tells whether it has the usual one. Refused as `b-number.invalid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BNumber(String);

impl BNumber {
    /// The id in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the id matches a regular expression, such as the configured `^B[0-9]{4,8}$`; a
    /// pattern that is none matches nothing.
    pub fn matches(&self, pattern: &str) -> bool {
        regex_lite::Regex::new(pattern).is_ok_and(|regex| regex.is_match(&self.0))
    }
}

impl FromStr for BNumber {
    type Err = Invalid;

    /// Trims and upper-cases.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: &str| Invalid::new("b-number.invalid", "a B-number", text, rule, "B123456");
        let id = text.trim();
        if id.is_empty() {
            return Err(invalid("it is empty"));
        }
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(invalid("it may hold only A–Z, 0–9 and -"));
        }
        if id.len() > LONGEST {
            return Err(invalid("it is longer than 32 characters"));
        }
        Ok(Self(id.to_ascii_uppercase()))
    }
}

impl fmt::Display for BNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(BNumber);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn domain_1_6_an_id_is_trimmed_and_upper_cased() {
        assert_eq!(" b123456 ".parse::<BNumber>().unwrap().as_str(), "B123456");
        assert_eq!("x-1".parse::<BNumber>().unwrap().to_string(), "X-1");
    }

    #[test]
    fn domain_1_6_each_refusal_names_its_rule() {
        for (text, word) in [
            ("", "empty"),
            ("B 123456", "only A–Z"),
            ("BÆ1", "only A–Z"),
            (&"B".repeat(33), "longer than 32"),
        ] {
            let invalid = text.parse::<BNumber>().unwrap_err();
            assert!(invalid.rule.contains(word), "{text:?}: {}", invalid.rule);
        }
    }

    #[test]
    fn domain_1_6_the_usual_form_is_a_setting_and_a_bad_pattern_matches_nothing() {
        let id: BNumber = "B123456".parse().unwrap();
        assert!(id.matches("^B[0-9]{4,8}$"));
        assert!(!id.matches("^C"));
        assert!(!id.matches("("));
    }

    proptest! {
        #[test]
        fn parse_after_display_is_the_identity(text in "[A-Za-z0-9-]{1,32}") {
            let id: BNumber = text.parse().unwrap();
            prop_assert_eq!(id.to_string().parse::<BNumber>(), Ok(id));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), pattern in any::<String>()) {
            let _ = text.parse::<BNumber>();
            prop_assert!("B1".parse::<BNumber>().is_ok_and(|id| id.matches(&pattern) || !id.matches(&pattern)));
        }
    }
}
