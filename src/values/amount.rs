//! Amounts of money in øre, and counts, as Danish sheets write them (DOMAIN §2.4).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    Invalid,
    text::{is_digits, is_space},
};

/// An amount of Danish kroner in øre (hundredths); may be negative.
///
/// In JSON an integer named `…_ore`. Refused as `amount.invalid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ore(i64);

impl Ore {
    /// An amount of that many øre.
    pub const fn new(ore: i64) -> Self {
        Self(ore)
    }

    /// The øre.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, or `None` where it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(ore) => Some(Self(ore)),
            None => None,
        }
    }

    /// The difference, or `None` where it does not fit.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(ore) => Some(Self(ore)),
            None => None,
        }
    }

    /// Reads kroner as Danish sheets write them (DOMAIN §2.4): dots or spaces only between thousands, a
    /// decimal comma with up to two decimals, a minus before or after, `kr.` before or after.
    ///
    /// # Errors
    /// `amount.invalid`, where the grouping is odd (`12.34`) too: a misread amount is worse than none.
    pub fn from_danish(text: &str) -> Result<Self, Invalid> {
        danish_ore(text)
            .map(Self)
            .map_err(|rule| Invalid::new("amount.invalid", "an amount", text, rule, "1.234,50"))
    }

    /// The amount as Danish sheets write it: `1.234,50`.
    pub fn danish(self) -> String {
        let ore = self.0.unsigned_abs();
        let mut whole = String::new();
        let kroner = (ore / 100).to_string();
        for (place, digit) in kroner.chars().enumerate() {
            if place > 0 && (kroner.len() - place).is_multiple_of(3) {
                whole.push('.');
            }
            whole.push(digit);
        }
        format!("{}{whole},{:02}", self.sign(), ore % 100)
    }

    const fn sign(self) -> &'static str {
        if self.0 < 0 { "-" } else { "" }
    }
}

/// Reads a count: digits, with dots or spaces only between thousands (`1.234` is 1234); never negative.
///
/// # Errors
/// `number.invalid`: decimals, odd grouping (`12.34`), a sign, or a number past 2⁶³ − 1.
pub fn parse_count(text: &str) -> Result<i64, Invalid> {
    let invalid = |rule: String| Invalid::new("number.invalid", "a number", text, rule, "1.234");
    let number = text.trim();
    if number.starts_with(is_minus) || number.ends_with(is_minus) {
        return Err(invalid("it is negative".to_owned()));
    }
    if number.contains(',') {
        return Err(invalid(
            "it has a comma: only whole numbers are counted, and dots part thousands".to_owned(),
        ));
    }
    let digits = ungrouped(number).map_err(invalid)?;
    digits.parse().map_err(|_| invalid(TOO_LARGE.to_owned()))
}

impl FromStr for Ore {
    type Err = Invalid;

    /// Reads what [`Ore::from_danish`] reads, and the stored form with a decimal point (`1234.50`).
    fn from_str(text: &str) -> Result<Self, Invalid> {
        plain_ore(text.trim()).map(Self).map_or_else(|| Self::from_danish(text), Ok)
    }
}

impl fmt::Display for Ore {
    /// Kroner with a decimal point and two decimals: `1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ore = self.0.unsigned_abs();
        write!(f, "{}{}.{:02}", self.sign(), ore / 100, ore % 100)
    }
}

impl Serialize for Ore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Ore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

const TOO_LARGE: &str = "it is too large";

/// A hyphen, or the minus sign of typesetting.
fn is_minus(character: char) -> bool {
    matches!(character, '-' | '\u{2212}')
}

/// The øre of `1234.50`: exactly two decimals, so that it cannot be taken for a grouped number.
fn plain_ore(text: &str) -> Option<i64> {
    let (sign, number) = text.strip_prefix('-').map_or(("", text), |number| ("-", number));
    let (whole, decimals) = number.split_once('.')?;
    if !is_digits(whole) || !is_digits(decimals) || decimals.len() != 2 {
        return None;
    }
    format!("{sign}{whole}{decimals}").parse().ok()
}

/// The øre of a Danish amount, or the rule that it breaks.
fn danish_ore(text: &str) -> Result<i64, String> {
    let number = text.trim();
    let before = number.strip_prefix(is_minus);
    let number = without_currency(before.unwrap_or(number).trim());
    let inner = number.strip_prefix(is_minus);
    let number = inner.unwrap_or(number).trim();
    let after = number.strip_suffix(is_minus);
    let number = after.unwrap_or(number).trim();
    let minuses = [before, inner, after].iter().flatten().count();
    if minuses > 1 || number.starts_with(is_minus) || number.ends_with(is_minus) {
        return Err("it has more than one minus".to_owned());
    }
    let (whole, decimals) = match number.split_once(',') {
        None => (number, "00".to_owned()),
        Some((whole, decimals)) if is_digits(decimals) && decimals.len() <= 2 => {
            (whole, format!("{decimals:0<2}"))
        }
        Some((_, decimals)) if is_digits(decimals) => return Err("it has more than 2 decimals".to_owned()),
        Some(_) => return Err("1 or 2 digits must follow the decimal comma".to_owned()),
    };
    let sign = if minuses == 1 { "-" } else { "" };
    let digits = ungrouped(whole)?;
    format!("{sign}{digits}{decimals}").parse().map_err(|_| TOO_LARGE.to_owned())
}

/// Takes `kr.` or `kr` away from one end, in any case.
fn without_currency(text: &str) -> &str {
    for mark in ["kr.", "kr"] {
        if text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)) {
            return text.get(mark.len()..).unwrap_or_default().trim();
        }
        let end = text.len().saturating_sub(mark.len());
        if text.get(end..).is_some_and(|tail| tail.eq_ignore_ascii_case(mark)) {
            return text.get(..end).unwrap_or_default().trim();
        }
    }
    text
}

/// The bare digits of a whole number whose thousands, if they are parted at all, are parted
/// throughout by the same sign in groups of three; or the rule that it breaks.
///
/// A grouped number does not begin with 0: `0.123` was meant as a fraction.
fn ungrouped(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("there are no digits".to_owned());
    }
    let Some(separator) = text.chars().find(|&c| c == '.' || is_space(c)) else {
        return if is_digits(text) {
            Ok(text.to_owned())
        } else {
            Err("it holds something other than digits".to_owned())
        };
    };
    let mut groups = text.split(separator);
    let first = groups.next().unwrap_or_default();
    let fits = is_digits(first)
        && first.len() <= 3
        && !first.starts_with('0')
        && groups.all(|group| is_digits(group) && group.len() == 3);
    if fits {
        Ok(text.chars().filter(|&c| c != separator).collect())
    } else if text.chars().all(|c| c.is_ascii_digit() || c == '.' || is_space(c)) {
        Err("a dot parts thousands in groups of three, and decimals follow a comma".to_owned())
    } else {
        Err("it holds something other than digits".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ore(text: &str) -> String {
        Ore::from_danish(text).map_or_else(|invalid| invalid.rule, |ore| ore.get().to_string())
    }

    fn count(text: &str) -> String {
        parse_count(text).map_or_else(|invalid| invalid.rule, |count| count.to_string())
    }

    #[test]
    fn domain_2_4_an_amount_is_read_as_danish_sheets_write_it() {
        for (text, read) in [
            ("1.234,50", "123450"),
            ("1234,5", "123450"),
            ("1 234 567", "123456700"),
            ("1\u{a0}234,50", "123450"),
            ("1\u{202f}234,50", "123450"),
            ("1.234", "123400"),
            ("0,05", "5"),
            ("12-", "-1200"),
            ("-12", "-1200"),
            ("\u{2212}12", "-1200"),
            ("kr. 1.234,50", "123450"),
            ("1.234,50 kr.", "123450"),
            ("KR 12", "1200"),
            ("-12 kr", "-1200"),
            ("kr. -12", "-1200"),
            ("12- kr.", "-1200"),
            (" 0 ", "0"),
        ] {
            assert_eq!(ore(text), read, "{text:?}");
        }
    }

    #[test]
    fn domain_2_4_an_amount_that_could_be_misread_is_refused() {
        for (text, word) in [
            ("12.34", "groups of three"),
            ("1.2345", "groups of three"),
            ("1234.567", "groups of three"),
            ("0.123", "groups of three"),
            ("1.234 567", "groups of three"),
            (".123", "groups of three"),
            ("1.", "groups of three"),
            ("1,234", "more than 2 decimals"),
            ("100,-", "must follow the decimal comma"),
            ("1,", "must follow the decimal comma"),
            ("1,5,5", "must follow the decimal comma"),
            (",50", "no digits"),
            ("", "no digits"),
            ("kr.", "no digits"),
            ("-", "no digits"),
            ("-12-", "more than one minus"),
            ("--12", "more than one minus"),
            ("---12", "more than one minus"),
            ("+12", "other than digits"),
            ("12 EUR", "other than digits"),
            ("92233720368547758,08", "too large"),
            ("999999999999999999999999999999999999999999", "too large"),
        ] {
            assert!(ore(text).contains(word), "{text:?}: {}", ore(text));
        }
    }

    #[test]
    fn the_stored_form_is_read_back_and_never_confused_with_thousands() {
        assert_eq!("1234.50".parse(), Ok(Ore(123_450)));
        assert_eq!("1.50".parse(), Ok(Ore(150)));
        assert_eq!("1.234".parse(), Ok(Ore(123_400)));
        assert!("1.5".parse::<Ore>().is_err());
        assert_eq!(Ore(i64::MIN).to_string(), "-92233720368547758.08");
    }

    #[test]
    fn domain_2_4_a_count_is_whole_and_not_negative() {
        for (text, read) in [("1.234", "1234"), ("0", "0"), (" 1 234 567 ", "1234567"), ("12345", "12345")] {
            assert_eq!(count(text), read, "{text:?}");
        }
        for (text, word) in [
            ("12.34", "groups of three"),
            ("1,234", "comma"),
            ("-1", "negative"),
            ("1-", "negative"),
            ("", "no digits"),
            ("1e3", "other than digits"),
            ("9223372036854775808", "too large"),
        ] {
            assert!(count(text).contains(word), "{text:?}: {}", count(text));
        }
    }

    #[test]
    fn sums_that_do_not_fit_are_none() {
        assert_eq!(Ore(1).checked_add(Ore(2)), Some(Ore(3)));
        assert_eq!(Ore(1).checked_sub(Ore(2)), Some(Ore(-1)));
        assert_eq!(Ore(i64::MAX).checked_add(Ore(1)), None);
        assert_eq!(Ore(i64::MIN).checked_sub(Ore(1)), None);
    }

    proptest! {
        #[test]
        fn every_form_of_an_amount_leads_back_to_it(number in any::<i64>()) {
            let amount = Ore::new(number);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            prop_assert_eq!(Ore::from_danish(&amount.danish()), Ok(amount));
            prop_assert_eq!(amount.danish().parse(), Ok(amount));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), numeric in "[-kr0-9., \u{a0}]{0,12}") {
            for text in [text, numeric] {
                let _ = text.parse::<Ore>();
                let _ = parse_count(&text);
            }
        }
    }
}
