//! GLN (EAN location numbers): where electronic invoices are sent (DOMAIN §1.4).

use std::{fmt, str::FromStr};

use super::{
    Invalid,
    text::{count_of_digits, is_digits},
};

/// A Global Location Number: 13 digits without separators, with the GS1 check digit (DOMAIN §1.4).
///
/// The prefix 5798 is common but not required. Refused as `gln.invalid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gln(String);

impl Gln {
    /// The 13 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Gln {
    type Err = Invalid;

    /// Strips outer white space only: the number is one unbroken string.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid =
            |rule: String| Invalid::new("gln.invalid", "a GLN (EAN number)", text, rule, "5798000398566");
        let digits = text.trim();
        if !digits.is_empty() && !is_digits(digits) {
            return Err(invalid("it is 13 digits without anything between them".to_owned()));
        }
        if digits.len() != 13 {
            return Err(invalid(format!("it has {}, not 13", count_of_digits(digits.len()))));
        }
        if !fits_gs1(digits) {
            return Err(invalid("the check digit does not fit (GS1)".to_owned()));
        }
        Ok(Self(digits.to_owned()))
    }
}

impl fmt::Display for Gln {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(Gln);

/// The weights are 1 and 3 by turns, from the check digit leftwards.
fn fits_gs1(digits: &str) -> bool {
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = digits
        .chars()
        .rev()
        .zip(weights)
        .map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight)
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(text: &str) -> String {
        text.parse::<Gln>().map_or_else(|invalid| invalid.rule, |gln| format!("accepted as {gln}"))
    }

    #[test]
    fn domain_1_4_known_numbers_pass_whatever_their_prefix() {
        for number in ["5798000398566", "5798000418110", "5790000301959", "5790002502255"] {
            assert_eq!(rule(&format!(" {number}\t")), format!("accepted as {number}"));
        }
    }

    #[test]
    fn domain_1_4_each_refusal_names_its_rule() {
        for (text, word) in [
            ("5798000398567", "check digit"),
            ("579800039856", "it has 12 digits, not 13"),
            ("", "it has 0 digits, not 13"),
            ("5798 0003 98566", "without anything between"),
            ("5798-000398566", "without anything between"),
            ("579800039856x", "without anything between"),
        ] {
            assert!(rule(text).contains(word), "{text:?}: {}", rule(text));
        }
    }

    proptest! {
        #[test]
        fn domain_1_4_one_check_digit_in_ten_fits(body in "[0-9]{12}") {
            let fitting: Vec<Gln> = (0..10).filter_map(|digit| format!("{body}{digit}").parse().ok()).collect();
            prop_assert_eq!(fitting.len(), 1);
            for gln in fitting {
                prop_assert_eq!(gln.to_string().parse::<Gln>(), Ok(gln));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = text.parse::<Gln>();
        }
    }
}
