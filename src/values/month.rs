//! Calendar months: what figures are kept by (DOMAIN §2.2 and §2.4).

use std::{fmt, str::FromStr};

use chrono::{Datelike, Months, NaiveDate};

use super::{
    Invalid,
    time::{DateForm, date_form},
};

/// The years that a month may lie in.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;

/// A month of a year from 1990 to 2100; stored as the integer `yyyymm`, shown as `YYYY-MM`.
///
/// Refused as `month.invalid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(
    /// The first day of the month.
    NaiveDate,
);

impl Month {
    /// The month, if there is such a one (1–12) in a year that is taken.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        if !YEARS.contains(&year) {
            return None;
        }
        NaiveDate::from_ymd_opt(year, month, 1).map(Self)
    }

    /// The month that a day lies in.
    pub fn of(day: NaiveDate) -> Option<Self> {
        Self::new(day.year(), day.month())
    }

    /// Refuses what lies after this month: nothing can be known of it yet.
    ///
    /// # Errors
    /// The code given.
    pub fn not_after(self, now: Option<Self>, code: &'static str) -> Result<Self, Invalid> {
        match now.filter(|now| self > *now) {
            None => Ok(self),
            Some(now) => {
                let rule = format!("it lies after this month, {now}");
                Err(Invalid::new(code, "a month with figures", &self.to_string(), rule, "2026-05"))
            }
        }
    }

    /// The month of a stored integer such as `202605`.
    pub fn from_yyyymm(yyyymm: i64) -> Option<Self> {
        let year = i32::try_from(yyyymm.div_euclid(100)).ok()?;
        let month = u32::try_from(yyyymm.rem_euclid(100)).ok()?;
        Self::new(year, month)
    }

    /// Reads a cell of a spreadsheet: the first of the month as `dd-mm-yyyy`, which survives
    /// Excel, or `YYYY-MM` (DOMAIN §2.4).
    ///
    /// # Errors
    /// `month.invalid`; of a text like `maj-26` the rule says what Excel did and what to write.
    pub fn from_sheet(text: &str) -> Result<Self, Invalid> {
        let cell = text.trim();
        if let Some(written) = made_text_by_excel(cell) {
            return Err(invalid(text, format!("Excel turned the month into text: write {written}")));
        }
        match date_form(cell) {
            DateForm::Danish { day, month, year } => match NaiveDate::from_ymd_opt(year, month, day) {
                None => Err(invalid(text, "there is no such date")),
                Some(_) if day != 1 => Err(invalid(text, "the date of a month is its first day")),
                Some(_) => Self::new(year, month).ok_or_else(|| invalid(text, OUT_OF_RANGE)),
            },
            DateForm::ShortYear => Err(invalid(text, "the year needs four digits")),
            DateForm::Iso { .. } | DateForm::Other => parse(text, "write 01-05-2026 or 2026-05"),
        }
    }

    /// The integer it is stored as: `202605`.
    pub fn yyyymm(self) -> i64 {
        i64::from(self.year()) * 100 + i64::from(self.month())
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month of the year, 1–12.
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// The month after; the last one is followed by itself.
    #[must_use]
    pub fn next(self) -> Self {
        self.0.checked_add_months(Months::new(1)).filter(|day| YEARS.contains(&day.year())).map_or(self, Self)
    }

    /// The month before; the first one is preceded by itself.
    #[must_use]
    pub fn prev(self) -> Self {
        self.0.checked_sub_months(Months::new(1)).filter(|day| YEARS.contains(&day.year())).map_or(self, Self)
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        self.0.checked_add_months(Months::new(1)).and_then(|day| day.pred_opt()).unwrap_or(self.0)
    }
}

impl FromStr for Month {
    type Err = Invalid;

    /// Reads `YYYY-MM`, trimmed.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse(text, "write it as YYYY-MM")
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

serde_as_text!(Month);

const OUT_OF_RANGE: &str = "the year must lie between 1990 and 2100";

fn invalid(text: &str, rule: impl Into<String>) -> Invalid {
    Invalid::new("month.invalid", "a month", text, rule, "2026-05")
}

/// Reads `YYYY-MM`; `how` is the rule of a text of another shape.
fn parse(text: &str, how: &str) -> Result<Month, Invalid> {
    let Some((year, month)) = text.trim().split_once('-') else {
        return Err(invalid(text, how));
    };
    let number = |part: &str, length: usize| -> Option<u32> {
        (part.len() == length && super::text::is_digits(part)).then(|| part.parse().ok())?
    };
    let (Some(year), Some(month)) = (number(year, 4), number(month, 2)) else {
        return Err(invalid(text, how));
    };
    if !(1..=12).contains(&month) {
        return Err(invalid(text, "the month must lie between 01 and 12"));
    }
    i32::try_from(year)
        .ok()
        .and_then(|year| Month::new(year, month))
        .ok_or_else(|| invalid(text, OUT_OF_RANGE))
}

/// The month (1–12) of a name in Danish, Norwegian or English, or of its first letters, three at least.
pub fn month_of_name(name: &str) -> Option<u32> {
    let name = name.to_lowercase();
    let fits = |full: &&str| name.len() >= 3 && full.starts_with(&name);
    (1..).zip(MONTHS).find(|(_, names)| names.iter().any(fits)).map(|(month, _)| month)
}

const MONTHS: [&[&str]; 12] = [
    &["januar", "january"],
    &["februar", "february"],
    &["marts", "mars", "march"],
    &["april"],
    &["maj", "mai", "may"],
    &["juni", "june"],
    &["juli", "july"],
    &["august"],
    &["september"],
    &["oktober", "october"],
    &["november"],
    &["december", "desember"],
];

/// Whether the cell is a month's name and a year, as Excel shows `05-2026` once it has taken it for a
/// date (`maj-26`); if so the date to write in its place.
fn made_text_by_excel(cell: &str) -> Option<String> {
    let name: String = cell.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    let rest = cell.trim_start_matches(char::is_alphabetic).trim_start_matches(['.', ' ', '-']);
    if name.chars().count() < 3 || !matches!(rest.len(), 2 | 4) || !super::text::is_digits(rest) {
        return None;
    }
    let month = month_of_name(&name)?;
    let century = if rest.len() == 2 { "20" } else { "" };
    Some(format!("01-{month:02}-{century}{rest}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn month(text: &str) -> String {
        text.parse::<Month>().map_or_else(|invalid| invalid.rule, |month| month.to_string())
    }

    fn cell(text: &str) -> String {
        Month::from_sheet(text).map_or_else(|invalid| invalid.rule, |month| month.to_string())
    }

    #[test]
    fn cli_1_a_month_is_written_year_and_month() {
        assert_eq!(month(" 2026-05 "), "2026-05");
        for (text, rule) in [
            ("2026-13", "the month must lie between 01 and 12"),
            ("2026-00", "the month must lie between 01 and 12"),
            ("1989-12", OUT_OF_RANGE),
            ("2101-01", OUT_OF_RANGE),
            ("26-05", "write it as YYYY-MM"),
            ("2026-5", "write it as YYYY-MM"),
            ("05-2026", "write it as YYYY-MM"),
            ("202605", "write it as YYYY-MM"),
            ("2026-05-01", "write it as YYYY-MM"),
            ("", "write it as YYYY-MM"),
        ] {
            assert_eq!(month(text), rule, "{text:?}");
        }
    }

    #[test]
    fn domain_2_4_a_sheet_gives_the_first_of_the_month() {
        assert_eq!(cell("01-05-2026"), "2026-05");
        assert_eq!(cell(" 2026-05 "), "2026-05");
        for (text, rule) in [
            ("02-05-2026", "the date of a month is its first day"),
            ("31-02-2026", "there is no such date"),
            ("01-05-26", "the year needs four digits"),
            ("01-05-1889", OUT_OF_RANGE),
            ("05-2026", "write 01-05-2026 or 2026-05"),
            ("2026-05-01", "write 01-05-2026 or 2026-05"),
            ("", "write 01-05-2026 or 2026-05"),
        ] {
            assert_eq!(cell(text), rule, "{text:?}");
        }
    }

    #[test]
    fn domain_2_4_a_month_that_excel_made_text_says_what_to_write() {
        for (text, date) in [
            ("maj-26", "01-05-2026"),
            ("Okt-25", "01-10-2025"),
            ("dec. 2025", "01-12-2025"),
            ("februar 2026", "01-02-2026"),
            ("May-26", "01-05-2026"),
        ] {
            assert_eq!(cell(text), format!("Excel turned the month into text: write {date}"));
        }
        assert_eq!(cell("xyz-26"), "write 01-05-2026 or 2026-05");
    }

    #[test]
    fn months_follow_each_other_and_stop_at_the_ends() {
        let december = Month::new(2025, 12).unwrap();
        assert_eq!(december.next(), Month::new(2026, 1).unwrap());
        assert_eq!(december.next().prev(), december);
        let (first, last) = (Month::new(1990, 1).unwrap(), Month::new(2100, 12).unwrap());
        assert_eq!((first.prev(), last.next()), (first, last));
        assert_eq!(last.last_day().to_string(), "2100-12-31");
        assert_eq!(Month::new(2024, 2).unwrap().last_day().to_string(), "2024-02-29");
    }

    #[test]
    fn a_stored_integer_that_is_no_month_is_none() {
        for wrong in [0, -1, 202_600, 202_613, 198_912, 210_101, i64::MAX, i64::MIN] {
            assert_eq!(Month::from_yyyymm(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_form_of_a_month_leads_back_to_it(year in 1990_i32..=2100, number in 1_u32..=12) {
            let month = Month::new(year, number).unwrap();
            prop_assert_eq!(month.to_string().parse(), Ok(month));
            prop_assert_eq!(Month::from_yyyymm(month.yyyymm()), Some(month));
            prop_assert_eq!(Month::from_sheet(&month.first_day().format("%d-%m-%Y").to_string()), Ok(month));
            prop_assert_eq!((month.year(), month.month()), (year, number));
            if month.next() != month {
                prop_assert_eq!(month.last_day().succ_opt(), Some(month.next().first_day()));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = text.parse::<Month>();
            let _ = Month::from_sheet(&text);
        }
    }
}
