//! Phone numbers: the eight digits of a contact, and the international form for codes by SMS.
//!
//! They are two fields with two forms (C-09), so they are two types.

use std::{fmt, str::FromStr};

use super::{
    Invalid,
    text::{count_of_digits, is_digits, is_hyphen, is_space},
};

/// The number of digits of a Danish and of a Norwegian number.
const NATIONAL: usize = 8;

/// A contact's phone number: exactly eight digits, the first not 0 (K-194, DOMAIN §1.8).
///
/// Refused as `phone.invalid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DanishPhone(String);

/// A mobile number for codes by SMS: `+`, the country code and the number, 8–15 digits in all (C-09, DOMAIN §1.8).
///
/// Danish and Norwegian numbers have eight digits after +45 and +47. Refused as `mobile.invalid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(String);

impl DanishPhone {
    /// The eight digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl E164 {
    /// The number with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DanishPhone {
    type Err = Invalid;

    /// Takes spaces, hyphens and a leading `+45` or `0045` away before it checks.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: String| Invalid::new("phone.invalid", "a phone number", text, rule, "70101010");
        let bare = without_separators(text);
        let digits = bare.strip_prefix("+45").or_else(|| bare.strip_prefix("0045")).unwrap_or(&bare);
        if !digits.is_empty() && !is_digits(digits) {
            return Err(invalid("it holds something other than 8 digits".to_owned()));
        }
        if digits.len() != NATIONAL {
            return Err(invalid(format!("it has {}, not 8", count_of_digits(digits.len()))));
        }
        if digits.starts_with('0') {
            return Err(invalid("the first digit is never 0".to_owned()));
        }
        Ok(Self(digits.to_owned()))
    }
}

impl FromStr for E164 {
    type Err = Invalid;

    /// Takes spaces and hyphens away, reads a leading `00` as `+`, and eight bare digits as Danish.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid =
            |rule: String| Invalid::new("mobile.invalid", "a mobile number", text, rule, "+4570101010");
        let bare = without_separators(text);
        let international = match bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")) {
            Some(digits) => digits.to_owned(),
            None if bare.len() == NATIONAL && is_digits(&bare) => format!("45{bare}"),
            None => {
                return Err(invalid(
                    "it must begin with + and the country code, or be 8 Danish digits".to_owned(),
                ));
            }
        };
        if !is_digits(&international) {
            return Err(invalid("it holds something other than + and digits".to_owned()));
        }
        if international.starts_with('0') {
            return Err(invalid("a country code never begins with 0".to_owned()));
        }
        for country in ["45", "47"] {
            if let Some(national) = international.strip_prefix(country) {
                if national.len() != NATIONAL {
                    return Err(invalid(format!(
                        "after +{country} it has {}, not 8",
                        count_of_digits(national.len())
                    )));
                }
                if country == "45" && national.starts_with('0') {
                    return Err(invalid("the first digit after +45 is never 0".to_owned()));
                }
            }
        }
        if !(8..=15).contains(&international.len()) {
            return Err(invalid(format!("it has {}, not 8 to 15", count_of_digits(international.len()))));
        }
        Ok(Self(format!("+{international}")))
    }
}

impl fmt::Display for DanishPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(DanishPhone);
serde_as_text!(E164);

fn without_separators(text: &str) -> String {
    text.trim().chars().filter(|&c| !is_space(c) && !is_hyphen(c)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn phone(text: &str) -> String {
        text.parse::<DanishPhone>().map_or_else(|invalid| invalid.rule, |phone| phone.to_string())
    }

    fn mobile(text: &str) -> String {
        text.parse::<E164>().map_or_else(|invalid| invalid.rule, |mobile| mobile.to_string())
    }

    #[test]
    fn k_194_a_phone_number_is_stored_as_eight_digits() {
        for text in [
            "70101010",
            "70 10 10 10",
            "70-10-10-10",
            "+45 70101010",
            "0045 70 10 10 10",
            "\t7010\u{a0}1010 ",
        ] {
            assert_eq!(phone(text), "70101010", "{text:?}");
        }
    }

    #[test]
    fn k_194_anything_but_eight_digits_is_refused() {
        for (text, rule) in [
            ("7010101", "it has 7 digits, not 8"),
            ("701010101", "it has 9 digits, not 8"),
            ("4570101010", "it has 10 digits, not 8"),
            ("", "it has 0 digits, not 8"),
            ("+45", "it has 0 digits, not 8"),
            ("01010101", "the first digit is never 0"),
            ("+4770101010", "it holds something other than 8 digits"),
            ("7010101x", "it holds something other than 8 digits"),
        ] {
            assert_eq!(phone(text), rule, "{text:?}");
        }
    }

    #[test]
    fn c_09_a_mobile_number_is_stored_with_its_country_code() {
        for (text, stored) in [
            ("+45 42 82 21 60", "+4542822160"),
            ("42822160", "+4542822160"),
            ("0045 4282-2160", "+4542822160"),
            ("+47 912 34 567", "+4791234567"),
            ("+46701234567", "+46701234567"),
            ("+35412345", "+35412345"),
        ] {
            assert_eq!(mobile(text), stored, "{text:?}");
        }
    }

    #[test]
    fn c_09_a_mobile_number_that_cannot_be_dialled_is_refused() {
        for (text, rule) in [
            ("+45 4282216", "after +45 it has 7 digits, not 8"),
            ("+47 912345678", "after +47 it has 9 digits, not 8"),
            ("+45 02822160", "the first digit after +45 is never 0"),
            ("02822160", "the first digit after +45 is never 0"),
            ("+0045123456", "a country code never begins with 0"),
            ("+1234567", "it has 7 digits, not 8 to 15"),
            ("+1234567890123456", "it has 16 digits, not 8 to 15"),
            ("+46x1234567", "it holds something other than + and digits"),
            ("+", "it holds something other than + and digits"),
            ("4542822160", "it must begin with + and the country code, or be 8 Danish digits"),
            ("", "it must begin with + and the country code, or be 8 Danish digits"),
        ] {
            assert_eq!(mobile(text), rule, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parse_after_display_is_the_identity(text in "(\\+|00|)[0-9 -]{5,18}") {
            if let Ok(phone) = text.parse::<DanishPhone>() {
                prop_assert_eq!(phone.to_string().parse::<DanishPhone>(), Ok(phone));
            }
            if let Ok(mobile) = text.parse::<E164>() {
                prop_assert_eq!(mobile.to_string().parse::<E164>(), Ok(mobile));
            }
        }

        #[test]
        fn c_09_every_danish_phone_number_is_also_a_mobile_number(text in "[1-9][0-9]{7}") {
            prop_assert_eq!(mobile(&text), format!("+45{text}"));
            prop_assert_eq!(phone(&mobile(&text)), text);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = text.parse::<DanishPhone>();
            let _ = text.parse::<E164>();
        }
    }
}
