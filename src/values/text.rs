//! What the parsers share: looking at digits, leaving out separators, and serde by text.

/// Whether the text is one or more of the digits 0–9 and nothing else.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the character is a space that people and spreadsheets put inside a number: the
/// common one, NBSP, thin space and narrow NBSP.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

/// Whether the character is a hyphen as typed, or as a word processor replaces it.
pub(super) fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}')
}

/// "1 digit", "7 digits": for rule texts.
pub(super) fn count_of_digits(count: usize) -> String {
    let noun = if count == 1 { "digit" } else { "digits" };
    format!("{count} {noun}")
}

/// Serialises a type as its `Display` text and deserialises it by `FromStr`.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::{
        fmt::{Debug, Display},
        str::FromStr,
    };

    use serde::{Serialize, de::DeserializeOwned};

    use super::{
        super::{
            AccountingCircle, BNumber, BasisPoints, Cvr, DanishPhone, E164, Email, Gln, Invalid, Month, Ore,
            PayGroup, SeNumber, TenantCode, TicketNumber, UnitKind, UnitNumber, UnitRef,
        },
        *,
    };

    #[test]
    fn digits_are_ascii_digits_only() {
        assert!(is_digits("0123456789"));
        for wrong in ["", " 1", "1a", "\u{661}", "１"] {
            assert!(!is_digits(wrong), "{wrong}");
        }
    }

    #[test]
    fn cli_2_values_travel_as_text_and_percentages_and_money_as_integers() {
        fn travels<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &str) {
            assert_eq!(serde_json::to_string(value).unwrap(), json);
            assert_eq!(&serde_json::from_str::<T>(json).unwrap(), value);
        }
        travels(&"DK 10213231".parse::<Cvr>().unwrap(), "\"10213231\"");
        travels(&"Anna@Example.dk".parse::<Email>().unwrap(), "\"Anna@example.dk\"");
        travels(&"payroll:17".parse::<UnitNumber>().unwrap(), "\"payroll:017\"");
        travels(&UnitKind::Payroll, "\"payroll\"");
        travels(&"2026-05".parse::<Month>().unwrap(), "\"2026-05\"");
        travels(&"sam2404-1030".parse::<TicketNumber>().unwrap(), "\"SAM 2404-1030\"");
        travels(&"99,9".parse::<BasisPoints>().unwrap(), "9990");
        travels(&Ore::new(-5), "-5");
        assert!(serde_json::from_str::<BasisPoints>("10001").is_err());
        let message = serde_json::from_str::<Cvr>("\"12345678\"").unwrap_err().to_string();
        assert!(message.contains("the check digit does not fit"), "{message}");
    }

    #[test]
    fn cli_1_every_value_can_be_an_argument() {
        fn fits_the_parser<T: FromStr<Err = Invalid> + Clone + Display + Send + Sync + 'static>() {}
        fits_the_parser::<Cvr>();
        fits_the_parser::<SeNumber>();
        fits_the_parser::<Gln>();
        fits_the_parser::<Email>();
        fits_the_parser::<DanishPhone>();
        fits_the_parser::<E164>();
        fits_the_parser::<BNumber>();
        fits_the_parser::<AccountingCircle>();
        fits_the_parser::<PayGroup>();
        fits_the_parser::<UnitNumber>();
        fits_the_parser::<UnitRef>();
        fits_the_parser::<Month>();
        fits_the_parser::<BasisPoints>();
        fits_the_parser::<Ore>();
        fits_the_parser::<TenantCode>();
        fits_the_parser::<TicketNumber>();
    }

    #[test]
    fn one_digit_is_singular() {
        assert_eq!(count_of_digits(1), "1 digit");
        assert_eq!(count_of_digits(0), "0 digits");
    }
}
