//! Units of a tenant: how one is named on the command line, in files and in answers.

use std::{fmt, str::FromStr};

use super::{
    AccountingCircle, Coded, Invalid, PayGroup,
    text::{count_of_digits, is_digits},
};

crate::coded! {
    /// The two kinds of unit (DOMAIN §1.7).
    pub enum UnitKind("unit-kind") {
        /// An accounting circle (*bogføringskreds*).
        Accounting => "accounting",
        /// A pay group (*løngruppe*).
        Payroll => "payroll",
    }
}

/// The number of one unit with its kind; unique in the whole installation (DESIGN §3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnitNumber {
    /// `accounting:12345`
    Accounting(AccountingCircle),
    /// `payroll:017`
    Payroll(PayGroup),
}

/// A unit as somebody named it: the kind may be left out where only one unit matches (CLI §1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnitRef {
    /// Named with its kind.
    Exact(UnitNumber),
    /// Named by digits alone.
    Bare(String),
}

impl UnitNumber {
    /// Which kind of unit this is.
    pub fn kind(&self) -> UnitKind {
        match self {
            Self::Accounting(_) => UnitKind::Accounting,
            Self::Payroll(_) => UnitKind::Payroll,
        }
    }

    /// Reads the number of a unit whose kind is known.
    ///
    /// # Errors
    /// `accounting-circle.invalid` or `pay-group.invalid`.
    pub fn parse(kind: UnitKind, text: &str) -> Result<Self, Invalid> {
        match kind {
            UnitKind::Accounting => text.parse().map(Self::Accounting),
            UnitKind::Payroll => text.parse().map(Self::Payroll),
        }
    }

    /// The number without its kind, as it is stored and shown: `12345`, `017`.
    pub fn number_text(&self) -> String {
        match self {
            Self::Accounting(circle) => circle.to_string(),
            Self::Payroll(group) => group.to_string(),
        }
    }
}

impl UnitRef {
    /// The units that may be meant: one, or of five bare digits one of each kind.
    pub fn candidates(&self) -> Vec<UnitNumber> {
        match self {
            Self::Exact(unit) => vec![unit.clone()],
            Self::Bare(digits) => {
                UnitKind::all().iter().filter_map(|&kind| UnitNumber::parse(kind, digits).ok()).collect()
            }
        }
    }
}

impl FromStr for UnitNumber {
    type Err = Invalid;

    /// Reads `kind:number`, the kind by its code or its Danish word in any case.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let Some((word, number)) = text.split_once(':') else {
            return Err(invalid(
                text,
                "the kind is missing: write accounting: or payroll: before the number",
            ));
        };
        let kind = match word.trim().to_lowercase().as_str() {
            "accounting" | "bogføringskreds" => UnitKind::Accounting,
            "payroll" | "løngruppe" => UnitKind::Payroll,
            _ => return Err(invalid(text, "the kind is accounting or payroll")),
        };
        Self::parse(kind, number).map_err(|part| invalid(text, part.rule))
    }
}

impl FromStr for UnitRef {
    type Err = Invalid;

    /// Reads `kind:number`, or one to ten digits.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.contains(':') {
            return text.parse().map(Self::Exact);
        }
        let digits = text.trim();
        if !is_digits(digits) {
            return Err(invalid(text, "it is neither kind:number nor a number"));
        }
        if digits.len() > 10 {
            return Err(invalid(text, format!("it has {}, not 1 to 10", count_of_digits(digits.len()))));
        }
        Ok(Self::Bare(digits.to_owned()))
    }
}

impl fmt::Display for UnitNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accounting(circle) => write!(f, "{}:{circle}", UnitKind::Accounting),
            Self::Payroll(group) => write!(f, "{}:{group}", UnitKind::Payroll),
        }
    }
}

impl fmt::Display for UnitRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(unit) => unit.fmt(f),
            Self::Bare(digits) => f.write_str(digits),
        }
    }
}

serde_as_text!(UnitNumber);
serde_as_text!(UnitRef);

fn invalid(text: &str, rule: impl Into<String>) -> Invalid {
    Invalid::new("unit.invalid", "a unit", text, rule, "accounting:12345")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unit(text: &str) -> String {
        text.parse::<UnitNumber>().map_or_else(|invalid| invalid.rule, |unit| unit.to_string())
    }

    fn candidates(text: &str) -> Vec<String> {
        text.parse::<UnitRef>().unwrap().candidates().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn cli_1_a_unit_is_named_by_kind_and_number() {
        for (text, stored) in [
            ("accounting:12345", "accounting:12345"),
            ("Bogføringskreds: 12345", "accounting:12345"),
            ("BOGFØRINGSKREDS:12345", "accounting:12345"),
            ("payroll:17", "payroll:017"),
            (" Løngruppe : 999 ", "payroll:999"),
        ] {
            assert_eq!(unit(text), stored, "{text:?}");
        }
    }

    #[test]
    fn cli_1_each_refusal_names_its_rule() {
        for (text, word) in [
            ("12345", "the kind is missing"),
            ("konto:12345", "accounting or payroll"),
            ("accounting:123", "it has 3 digits, not 5"),
            ("payroll:", "it has 0 digits"),
            ("payroll:1:2", "other than digits"),
        ] {
            assert!(unit(text).contains(word), "{text:?}: {}", unit(text));
            assert_eq!(text.parse::<UnitNumber>().unwrap_err().code, "unit.invalid");
        }
    }

    #[test]
    fn cli_1_the_kind_may_be_left_out() {
        assert_eq!(candidates("12345"), ["accounting:12345", "payroll:12345"]);
        assert_eq!(candidates("17"), ["payroll:017"]);
        assert_eq!(candidates("123456"), ["payroll:123456"]);
        assert_eq!(candidates("payroll:12345"), ["payroll:12345"]);
        assert_eq!(UnitRef::Bare("x".to_owned()).candidates(), []);
        for wrong in ["", "x", "12345678901", "a:1"] {
            assert_eq!(wrong.parse::<UnitRef>().unwrap_err().code, "unit.invalid", "{wrong:?}");
        }
    }

    #[test]
    fn a_number_of_known_kind_is_refused_by_its_own_code() {
        assert_eq!(
            UnitNumber::parse(UnitKind::Accounting, "1").unwrap_err().code,
            "accounting-circle.invalid"
        );
        assert_eq!(UnitNumber::parse(UnitKind::Payroll, "x").unwrap_err().code, "pay-group.invalid");
        let unit = UnitNumber::parse(UnitKind::Payroll, "0017").unwrap();
        assert_eq!((unit.kind(), unit.number_text()), (UnitKind::Payroll, "017".to_owned()));
    }

    proptest! {
        #[test]
        fn parse_after_display_is_the_identity(text in "((accounting|payroll):)?[0-9]{1,10}") {
            if let Ok(unit) = text.parse::<UnitNumber>() {
                prop_assert_eq!(unit.to_string().parse::<UnitNumber>(), Ok(unit));
            }
            if let Ok(reference) = text.parse::<UnitRef>() {
                prop_assert!(!reference.candidates().is_empty());
                prop_assert_eq!(reference.to_string().parse::<UnitRef>(), Ok(reference));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = text.parse::<UnitNumber>();
            let _ = text.parse::<UnitRef>();
            let _ = UnitRef::Bare(text).candidates();
        }
    }
}
