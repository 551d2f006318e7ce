//! Percentages in basis points, and the integer arithmetic of the targets (DOMAIN §2.3).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    Invalid,
    text::{is_digits, is_space},
};

/// Basis points in the whole: 100 %.
const WHOLE: i64 = 10_000;

/// A percentage from 0 to 100 % in hundredths of a percent: 99.9 % is 9990.
///
/// Typed as `99,9`, `99.9` or `99,90 %`; in JSON an integer named `…_bp`. Refused as `percent.invalid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BasisPoints(i64);

impl BasisPoints {
    /// The percentage, if it lies between 0 and 10000 basis points.
    pub const fn new(basis_points: i64) -> Option<Self> {
        if 0 <= basis_points && basis_points <= WHOLE { Some(Self(basis_points)) } else { None }
    }

    /// The basis points.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// What part the numerator is of the denominator, in basis points, rounded down: a share that
/// misses a target is never shown as the target (DOMAIN §2.3).
///
/// `None` without a denominator above zero ("(Tom)"), or where the answer is too large.
pub fn floor_bp(numerator: i64, denominator: i64) -> Option<i64> {
    if denominator <= 0 {
        return None;
    }
    let share = (i128::from(numerator) * i128::from(WHOLE)).div_euclid(i128::from(denominator));
    i64::try_from(share).ok()
}

/// As [`floor_bp`], rounded up: a share that exceeds a limit is never shown as the limit.
pub fn ceil_bp(numerator: i64, denominator: i64) -> Option<i64> {
    if denominator <= 0 {
        return None;
    }
    let share = -(-i128::from(numerator) * i128::from(WHOLE)).div_euclid(i128::from(denominator));
    i64::try_from(share).ok()
}

/// Whether the share does not exceed the limit, compared without rounding.
///
/// False without a denominator above zero.
pub fn stays_within(numerator: i64, denominator: i64, limit_bp: i64) -> bool {
    denominator > 0
        && i128::from(numerator) * i128::from(WHOLE) <= i128::from(limit_bp) * i128::from(denominator)
}

/// Whether the share reaches the target, compared without rounding:
/// `numerator × 10,000 ≥ target × denominator` (DOMAIN §2.3).
///
/// False without a denominator above zero: ask [`floor_bp`] first, since nothing was then missed either.
pub fn meets(numerator: i64, denominator: i64, target_bp: i64) -> bool {
    denominator > 0
        && i128::from(numerator) * i128::from(WHOLE) >= i128::from(target_bp) * i128::from(denominator)
}

impl FromStr for BasisPoints {
    type Err = Invalid;

    /// Reads up to two decimals after a comma or a dot; a `%` sign may follow.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: &str| Invalid::new("percent.invalid", "a percentage", text, rule, "99,9");
        let number = text.trim();
        let number = number.strip_suffix('%').unwrap_or(number).trim_end_matches(is_space);
        let (whole, decimals) = number.split_once([',', '.']).unwrap_or((number, "0"));
        if number.starts_with(['-', '\u{2212}']) {
            return Err(invalid("it is negative"));
        }
        if !is_digits(whole) || !is_digits(decimals) {
            return Err(invalid("write digits with a decimal comma"));
        }
        if decimals.len() > 2 {
            return Err(invalid("it has more than 2 decimals"));
        }
        let over = || invalid("it is more than 100 %");
        let whole: i64 = whole.parse().map_err(|_| over())?;
        let decimals: i64 = format!("{decimals:0<2}").parse().map_err(|_| over())?;
        whole.checked_mul(100).and_then(|bp| bp.checked_add(decimals)).and_then(Self::new).ok_or_else(over)
    }
}

impl fmt::Display for BasisPoints {
    /// With a decimal point and no more decimals than needed: `99`, `99.9`, `99.95`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / 100, self.0 % 100);
        match decimals {
            0 => write!(f, "{whole}"),
            tenths if tenths % 10 == 0 => write!(f, "{whole}.{}", tenths / 10),
            _ => write!(f, "{whole}.{decimals:02}"),
        }
    }
}

impl Serialize for BasisPoints {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for BasisPoints {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let basis_points = i64::deserialize(deserializer)?;
        Self::new(basis_points).ok_or_else(|| {
            de::Error::custom(format!("{basis_points} is not between 0 and {WHOLE} basis points"))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn percent(text: &str) -> String {
        text.parse::<BasisPoints>().map_or_else(|invalid| invalid.rule, |bp| format!("{} = {bp}", bp.get()))
    }

    #[test]
    fn domain_2_3_a_percentage_is_read_as_basis_points() {
        for (text, read) in [
            ("99,9", "9990 = 99.9"),
            ("99.9", "9990 = 99.9"),
            ("99 %", "9900 = 99"),
            (" 99,90\u{a0}% ", "9990 = 99.9"),
            ("99,95", "9995 = 99.95"),
            ("0,05", "5 = 0.05"),
            ("100", "10000 = 100"),
            ("0", "0 = 0"),
        ] {
            assert_eq!(percent(text), read, "{text:?}");
        }
    }

    #[test]
    fn domain_2_3_each_refusal_names_its_rule() {
        for (text, rule) in [
            ("100,01", "it is more than 100 %"),
            ("99999999999999999999", "it is more than 100 %"),
            ("-1", "it is negative"),
            ("99,999", "it has more than 2 decimals"),
            ("99,", "write digits with a decimal comma"),
            (",5", "write digits with a decimal comma"),
            ("99,9,9", "write digits with a decimal comma"),
            ("", "write digits with a decimal comma"),
            ("%", "write digits with a decimal comma"),
            ("+5", "write digits with a decimal comma"),
        ] {
            assert_eq!(percent(text), rule, "{text:?}");
        }
    }

    #[test]
    fn domain_2_3_a_share_is_truncated_toward_the_miss() {
        assert_eq!(floor_bp(9_989_999, 10_000_000), Some(9989));
        assert_eq!(floor_bp(2, 3), Some(6666));
        assert_eq!(floor_bp(-1, 3), Some(-3334));
        assert_eq!(floor_bp(1, 0), None);
        assert_eq!(floor_bp(1, -1), None);
        assert_eq!(floor_bp(i64::MAX, i64::MAX), Some(10_000));
        assert_eq!(floor_bp(i64::MAX, 1), None);
    }

    #[test]
    fn domain_2_3_a_target_is_met_exactly_or_not_at_all() {
        assert!(meets(99, 100, 9900));
        assert!(!meets(98_999, 100_000, 9900));
        assert!(meets(i64::MAX, i64::MAX, 10_000));
        assert!(!meets(i64::MAX - 1, i64::MAX, 10_000));
        assert!(!meets(0, 0, 0));
    }

    proptest! {
        #[test]
        fn parse_after_display_is_the_identity(bp in 0_i64..=10_000) {
            let percent = BasisPoints::new(bp).unwrap();
            prop_assert_eq!(percent.to_string().parse(), Ok(percent));
            prop_assert_eq!(percent.to_string().replace('.', ",").parse(), Ok(percent));
        }

        #[test]
        fn domain_2_3_the_figure_shown_reaches_the_target_exactly_when_it_is_met(
            numerator in 0..i64::MAX, denominator in 1..i64::MAX, target in 0_i64..=10_000,
        ) {
            if let Some(shown) = floor_bp(numerator, denominator) {
                prop_assert_eq!(meets(numerator, denominator, target), shown >= target);
            }
        }

        #[test]
        fn no_input_panics(text in any::<String>(), n in any::<i64>(), d in any::<i64>(), t in any::<i64>()) {
            let _ = text.parse::<BasisPoints>();
            let _ = (floor_bp(n, d), meets(n, d, t));
        }
    }

    #[test]
    fn k_170_what_exceeds_a_limit_never_looks_like_it() {
        // 150.01 of 10,000 basis points; and exactly 150.
        assert_eq!((ceil_bp(15_001, 1_000_000), stays_within(15_001, 1_000_000, 150)), (Some(151), false));
        assert_eq!((ceil_bp(15_000, 1_000_000), stays_within(15_000, 1_000_000, 150)), (Some(150), true));
        assert_eq!((ceil_bp(0, 7), stays_within(0, 7, 0)), (Some(0), true));
        assert_eq!((ceil_bp(0, 0), stays_within(0, 0, 10_000)), (None, false));
        assert_eq!(ceil_bp(i64::MAX, i64::MAX), Some(10_000));
    }
}
