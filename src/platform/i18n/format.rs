//! Dates, times and numbers as people read them. Times are UTC inside and Copenhagen outside.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use chrono_tz::Europe::Copenhagen;

use super::{Lang, text};
use crate::values::Month;

/// The calendar day in Copenhagen.
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Copenhagen).date_naive()
}

/// When a calendar day begins in Copenhagen.
pub fn start_of_day(date: NaiveDate) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    // Danish clocks never skip midnight, so the second arm is never taken.
    let local = midnight.and_local_timezone(Copenhagen).earliest();
    local.map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
}

/// `22-04-2024 10.06`.
pub fn short_time(at: DateTime<Utc>) -> String {
    at.with_timezone(&Copenhagen).format("%d-%m-%Y %H.%M").to_string()
}

/// `22. april 2024 kl. 10.06`, as the portals write it (S-007).
pub fn long_time(lang: Lang, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&Copenhagen);
    let date = long_date(lang, local.date_naive());
    let at = text(lang, "time-at").unwrap_or_default();
    format!("{date} {at} {}", local.format("%H.%M"))
}

/// `22. april 2024`.
pub fn long_date(lang: Lang, date: NaiveDate) -> String {
    let month = text(lang, &format!("month-{}", date.month())).unwrap_or_default();
    match lang {
        Lang::En => format!("{} {month} {}", date.day(), date.year()),
        Lang::Da | Lang::Nb => format!("{}. {month} {}", date.day(), date.year()),
    }
}

/// `april 2024`.
pub fn month(lang: Lang, month: Month) -> String {
    format!("{} {}", month_name(lang, month), month.year())
}

/// `april`.
pub fn month_name(lang: Lang, month: Month) -> String {
    text(lang, &format!("month-{}", month.month())).unwrap_or_default()
}

/// `22-04-2024`.
pub fn short_date(date: NaiveDate) -> String {
    date.format("%d-%m-%Y").to_string()
}

/// A whole number with its groups of three: `1.234.567`, in English `1,234,567`.
pub fn integer(lang: Lang, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(if lang == Lang::En { ',' } else { '.' });
        }
        grouped.push(digit);
    }
    if number < 0 { format!("-{grouped}") } else { grouped }
}

/// An amount in øre as kroner: `1.234,50`.
pub fn ore(lang: Lang, ore: i64) -> String {
    let comma = if lang == Lang::En { '.' } else { ',' };
    let sign = if ore < 0 { "-" } else { "" };
    let kroner = i64::try_from(ore.unsigned_abs() / 100).unwrap_or(i64::MAX);
    format!("{sign}{}{comma}{:02}", integer(lang, kroner), ore.unsigned_abs() % 100)
}

/// Basis points as a percentage with two decimals: `99,33 %`.
pub fn percent(lang: Lang, bp: i64) -> String {
    let comma = if lang == Lang::En { '.' } else { ',' };
    format!("{}{comma}{:02} %", bp / 100, bp % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::parse_utc_text;

    fn at(text: &str) -> DateTime<Utc> {
        parse_utc_text(text).unwrap()
    }

    #[test]
    fn s_007_times_are_shown_in_copenhagen_in_the_portals_wording() {
        assert_eq!(long_time(Lang::Da, at("2024-04-22T08:06:00Z")), "22. april 2024 kl. 10.06");
        assert_eq!(long_time(Lang::Da, at("2024-03-26T09:54:00Z")), "26. marts 2024 kl. 10.54");
        assert_eq!(short_time(at("2024-12-31T23:30:00Z")), "01-01-2025 00.30");
        assert_eq!(local_date(at("2026-03-31T22:30:00Z")).to_string(), "2026-04-01");
    }

    #[test]
    fn numbers_have_danish_groups_and_commas() {
        assert_eq!(integer(Lang::Da, 1_234_567), "1.234.567");
        assert_eq!(integer(Lang::En, 1_000), "1,000");
        assert_eq!(integer(Lang::Da, -999), "-999");
        assert_eq!(ore(Lang::Da, 2_121_816_140), "21.218.161,40");
        assert_eq!(percent(Lang::Nb, 9933), "99,33 %");
        assert_eq!(percent(Lang::Da, 10000), "100,00 %");
    }
}
