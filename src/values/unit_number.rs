//! The numbers of the two kinds of unit: accounting circles and pay groups (DOMAIN §1.7).

use std::{fmt, str::FromStr};

use super::{
    Invalid,
    text::{count_of_digits, is_digits},
};

/// The digits of an accounting circle.
const CIRCLE: usize = 5;

/// The most digits of a pay group.
const LONGEST_GROUP: usize = 10;

/// An accounting circle (*bogføringskreds*): exactly five digits (DOMAIN §1.7).
///
/// Refused as `accounting-circle.invalid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountingCircle(String);

/// A pay group (*løngruppe*): a number of one to ten digits, so 017 and 17 are the same (DOMAIN §1.7).
///
/// Refused as `pay-group.invalid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PayGroup(u64);

impl AccountingCircle {
    /// The five digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a cell of a spreadsheet, which strips leading zeros: one to four digits are padded,
    /// and the answer says whether they were, so that the import can warn.
    ///
    /// # Errors
    /// `accounting-circle.invalid` for anything but one to five digits.
    pub fn from_sheet(text: &str) -> Result<(Self, bool), Invalid> {
        let digits = text.trim();
        if is_digits(digits) && digits.len() < CIRCLE {
            return Ok((Self(format!("{digits:0>CIRCLE$}")), true));
        }
        digits.parse().map(|circle| (circle, false))
    }
}

impl PayGroup {
    /// The number itself.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl FromStr for AccountingCircle {
    type Err = Invalid;

    /// Trims.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: String| {
            Invalid::new("accounting-circle.invalid", "an accounting circle", text, rule, "12345")
        };
        let digits = text.trim();
        if !digits.is_empty() && !is_digits(digits) {
            return Err(invalid("it holds something other than digits".to_owned()));
        }
        if digits.len() != CIRCLE {
            return Err(invalid(format!("it has {}, not {CIRCLE}", count_of_digits(digits.len()))));
        }
        Ok(Self(digits.to_owned()))
    }
}

impl FromStr for PayGroup {
    type Err = Invalid;

    /// Trims.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: String| Invalid::new("pay-group.invalid", "a pay group", text, rule, "999");
        let digits = text.trim();
        if !digits.is_empty() && !is_digits(digits) {
            return Err(invalid("it holds something other than digits".to_owned()));
        }
        let wrong_length =
            || invalid(format!("it has {}, not 1 to {LONGEST_GROUP}", count_of_digits(digits.len())));
        if digits.len() > LONGEST_GROUP {
            return Err(wrong_length());
        }
        digits.parse().map(Self).map_err(|_| wrong_length())
    }
}

impl fmt::Display for AccountingCircle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for PayGroup {
    /// At least three digits: `017`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

serde_as_text!(AccountingCircle);
serde_as_text!(PayGroup);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn circle(text: &str) -> String {
        text.parse::<AccountingCircle>().map_or_else(|invalid| invalid.rule, |circle| circle.to_string())
    }

    fn group(text: &str) -> String {
        text.parse::<PayGroup>().map_or_else(|invalid| invalid.rule, |group| group.to_string())
    }

    #[test]
    fn domain_1_7_an_accounting_circle_has_five_digits() {
        assert_eq!(circle(" 01234 "), "01234");
        assert_eq!(circle("1234"), "it has 4 digits, not 5");
        assert_eq!(circle("123456"), "it has 6 digits, not 5");
        assert_eq!(circle(""), "it has 0 digits, not 5");
        assert_eq!(circle("12.345"), "it holds something other than digits");
    }

    #[test]
    fn domain_1_7_a_sheet_may_have_lost_leading_zeros_and_the_answer_says_so() {
        let from_sheet =
            |text| AccountingCircle::from_sheet(text).map(|(circle, padded)| (circle.to_string(), padded));
        assert_eq!(from_sheet("234"), Ok(("00234".to_owned(), true)));
        assert_eq!(from_sheet(" 12345 "), Ok(("12345".to_owned(), false)));
        assert!(from_sheet("").is_err());
        assert!(from_sheet("123456").is_err());
    }

    #[test]
    fn domain_1_7_pay_groups_compare_as_numbers_and_show_three_digits() {
        let groups: Vec<PayGroup> =
            ["17", "017", "0000000017"].iter().filter_map(|text| text.parse().ok()).collect();
        assert_eq!(groups, [PayGroup(17); 3]);
        assert!("999".parse::<PayGroup>().unwrap() < "1000".parse::<PayGroup>().unwrap());
        assert_eq!(group("17"), "017");
        assert_eq!(group("9999999999"), "9999999999");
        assert_eq!(group("12345678901"), "it has 11 digits, not 1 to 10");
        assert_eq!(group(" "), "it has 0 digits, not 1 to 10");
        assert_eq!(group("-17"), "it holds something other than digits");
        assert_eq!(group("+17"), "it holds something other than digits");
    }

    proptest! {
        #[test]
        fn parse_after_display_is_the_identity(number in 0_u64..10_000_000_000, digits in "[0-9]{5}") {
            prop_assert_eq!(PayGroup(number).to_string().parse(), Ok(PayGroup(number)));
            prop_assert_eq!(circle(&digits), digits);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = text.parse::<PayGroup>();
            let _ = AccountingCircle::from_sheet(&text);
        }
    }
}
