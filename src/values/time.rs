//! Dates and times as they are typed and stored (CLI §1, DESIGN §3).

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::{Invalid, text::is_digits};

/// The shape of a text that may be a date; the numbers are not yet checked against a calendar.
pub(super) enum DateForm {
    /// `YYYY-MM-DD`
    Iso { year: i32, month: u32, day: u32 },
    /// `dd-mm-yyyy`
    Danish { day: u32, month: u32, year: i32 },
    /// `dd-mm-yy`: a date that nobody can be sure of.
    ShortYear,
    /// Something else.
    Other,
}

/// Reads a date: `YYYY-MM-DD`, or `dd-mm-yyyy`; white space around it is stripped.
///
/// # Errors
/// `date.invalid`: another form, a year of two digits, or a day that does not exist.
pub fn parse_date(text: &str) -> Result<NaiveDate, Invalid> {
    let invalid = |rule: &str| Invalid::new("date.invalid", "a date", text, rule, "2026-05-31");
    let (year, month, day) = match date_form(text.trim()) {
        DateForm::Iso { year, month, day } | DateForm::Danish { day, month, year } => (year, month, day),
        DateForm::ShortYear => return Err(invalid("the year needs four digits")),
        DateForm::Other => return Err(invalid("write it as YYYY-MM-DD or dd-mm-yyyy")),
    };
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| invalid("there is no such day"))
}

/// Reads a point in time in RFC 3339, with its offset from UTC; fractions of a second are dropped.
///
/// # Errors
/// `time.invalid`: another form, a time that does not exist, or a year outside 0–9999 in UTC.
pub fn parse_timestamp(text: &str) -> Result<DateTime<Utc>, Invalid> {
    let invalid =
        |rule: &str| Invalid::new("time.invalid", "a time", text, rule, "2026-05-31T14:00:00+02:00");
    let time = DateTime::parse_from_rfc3339(text.trim())
        .map_err(|_| invalid("write date, time and offset as RFC 3339 has them"))?;
    DateTime::from_timestamp(time.timestamp(), 0)
        .filter(|time| (0..=9999).contains(&time.year()))
        .ok_or_else(|| invalid("the year must lie between 0000 and 9999"))
}

/// The text a time is stored and answered as: `2026-05-01T08:00:00Z`.
pub fn utc_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Reads exactly what [`utc_text`] writes.
pub fn parse_utc_text(text: &str) -> Option<DateTime<Utc>> {
    // chrono takes more than it writes, such as single digits, so the form is checked by writing it again.
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok()?.and_utc();
    (utc_text(time) == text).then_some(time)
}

/// Tells the forms of a date apart by the lengths of its three numbers.
pub(super) fn date_form(text: &str) -> DateForm {
    let mut parts = text.split('-');
    let (Some(first), Some(second), Some(third), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return DateForm::Other;
    };
    if ![first, second, third].into_iter().all(is_digits) {
        return DateForm::Other;
    }
    let number = |part: &str| part.parse::<u32>().unwrap_or(u32::MAX);
    let year = |part: &str| part.parse::<i32>().unwrap_or(i32::MAX);
    match (first.len(), second.len(), third.len()) {
        (4, 2, 2) => DateForm::Iso { year: year(first), month: number(second), day: number(third) },
        (2, 2, 4) => DateForm::Danish { day: number(first), month: number(second), year: year(third) },
        (2, 2, 2) => DateForm::ShortYear,
        _ => DateForm::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> String {
        parse_date(text).map_or_else(|invalid| invalid.rule, |date| date.to_string())
    }

    fn time(text: &str) -> String {
        parse_timestamp(text).map_or_else(|invalid| invalid.rule, utc_text)
    }

    #[test]
    fn cli_1_a_date_is_written_in_either_order() {
        assert_eq!(date("2026-05-31"), "2026-05-31");
        assert_eq!(date(" 31-05-2026 "), "2026-05-31");
        assert_eq!(date("29-02-2024"), "2024-02-29");
    }

    #[test]
    fn domain_2_4_a_date_that_cannot_be_is_refused() {
        for (text, rule) in [
            ("31-02-2026", "there is no such day"),
            ("2026-13-01", "there is no such day"),
            ("31-05-26", "the year needs four digits"),
            ("1-5-2026", "write it as YYYY-MM-DD or dd-mm-yyyy"),
            ("2026/05/31", "write it as YYYY-MM-DD or dd-mm-yyyy"),
            ("20260531", "write it as YYYY-MM-DD or dd-mm-yyyy"),
            ("+026-05-31", "write it as YYYY-MM-DD or dd-mm-yyyy"),
            ("2026-05-31-", "write it as YYYY-MM-DD or dd-mm-yyyy"),
            ("", "write it as YYYY-MM-DD or dd-mm-yyyy"),
        ] {
            assert_eq!(date(text), rule, "{text:?}");
        }
    }

    #[test]
    fn cli_1_a_time_is_rfc_3339_and_kept_in_whole_seconds_of_utc() {
        assert_eq!(time("2026-05-31T14:00:00+02:00"), "2026-05-31T12:00:00Z");
        assert_eq!(time("2026-05-31T14:00:00.999Z"), "2026-05-31T14:00:00Z");
        for wrong in ["2026-05-31", "2026-05-31T14:00", "2026-05-31T14:00:00", "2026-05-31T25:00:00Z", ""] {
            assert!(time(wrong).contains("RFC 3339"), "{wrong:?}");
        }
        assert!(time("9999-12-31T23:59:59-01:00").contains("between 0000 and 9999"));
    }

    #[test]
    fn only_the_stored_form_of_a_time_is_read_back() {
        assert!(parse_utc_text("2026-05-01T08:00:00Z").is_some());
        for wrong in [
            "2026-5-1T8:0:0Z",
            "2026-05-01T08:00:00+00:00",
            " 2026-05-01T08:00:00Z",
            "2026-05-01 08:00:00Z",
            "",
        ] {
            assert_eq!(parse_utc_text(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn parse_after_display_is_the_identity(seconds in -62_167_219_200_i64..253_402_300_800) {
            let time = DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(parse_utc_text(&utc_text(time)), Some(time));
            prop_assert_eq!(parse_timestamp(&utc_text(time)), Ok(time));
            let day = time.date_naive();
            prop_assert_eq!(parse_date(&day.to_string()), Ok(day));
            prop_assert_eq!(parse_date(&day.format("%d-%m-%Y").to_string()), Ok(day));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), dated in "[0-9TZ:+ -]{0,30}") {
            for text in [text, dated] {
                let _ = parse_date(&text);
                let _ = parse_timestamp(&text);
                let _ = parse_utc_text(&text);
            }
        }
    }
}
