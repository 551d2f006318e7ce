//! The Danish calendar: weekends and the statutory holidays of a year, computed (DOMAIN §10).

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

crate::coded! {
    /// A statutory holiday.
    pub enum Holiday("holiday") {
        /// Nytårsdag, 1 January.
        NewYearsDay => "new-years-day",
        /// Skærtorsdag.
        MaundyThursday => "maundy-thursday",
        /// Langfredag.
        GoodFriday => "good-friday",
        /// Påskedag.
        EasterSunday => "easter-sunday",
        /// Anden påskedag.
        EasterMonday => "easter-monday",
        /// Store bededag; abolished from 2024 on.
        GreatPrayerDay => "great-prayer-day",
        /// Kristi himmelfartsdag.
        AscensionDay => "ascension-day",
        /// Pinsedag.
        WhitSunday => "whit-sunday",
        /// Anden pinsedag.
        WhitMonday => "whit-monday",
        /// Juledag, 25 December.
        ChristmasDay => "christmas-day",
        /// Anden juledag, 26 December.
        SecondChristmasDay => "second-christmas-day",
    }
}

/// The last year in which the great prayer day was a holiday.
const LAST_GREAT_PRAYER_DAY: i32 = 2023;

/// The statutory holidays of a year, by date.
pub fn statutory(year: i32) -> Vec<(NaiveDate, Holiday)> {
    let fixed = [
        (NaiveDate::from_ymd_opt(year, 1, 1), Holiday::NewYearsDay),
        (NaiveDate::from_ymd_opt(year, 12, 25), Holiday::ChristmasDay),
        (NaiveDate::from_ymd_opt(year, 12, 26), Holiday::SecondChristmasDay),
    ];
    let easter = easter(year);
    let movable = [
        (-3, Holiday::MaundyThursday),
        (-2, Holiday::GoodFriday),
        (0, Holiday::EasterSunday),
        (1, Holiday::EasterMonday),
        (26, Holiday::GreatPrayerDay),
        (39, Holiday::AscensionDay),
        (49, Holiday::WhitSunday),
        (50, Holiday::WhitMonday),
    ];
    let movable = movable
        .into_iter()
        .filter(|(_, holiday)| *holiday != Holiday::GreatPrayerDay || year <= LAST_GREAT_PRAYER_DAY)
        .map(|(days, holiday)| {
            (easter.and_then(|easter| easter.checked_add_signed(TimeDelta::days(days))), holiday)
        });
    let mut days: Vec<_> =
        fixed.into_iter().chain(movable).filter_map(|(date, holiday)| Some((date?, holiday))).collect();
    days.sort_unstable();
    days
}

/// The statutory holiday that a day is, if it is one.
pub fn holiday(date: NaiveDate) -> Option<Holiday> {
    statutory(date.year()).into_iter().find(|(day, _)| *day == date).map(|(_, holiday)| holiday)
}

/// Whether a day is a Saturday or a Sunday.
pub fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Easter Sunday in the Gregorian calendar, by the rule of Meeus, Jones and Butcher; the letters are theirs.
fn easter(year: i32) -> Option<NaiveDate> {
    let a = year.rem_euclid(19);
    let (b, c) = (year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(sum / 31).ok()?, u32::try_from(sum % 31 + 1).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(year: i32) -> Vec<String> {
        statutory(year).into_iter().map(|(date, _)| date.format("%d-%m").to_string()).collect()
    }

    #[test]
    fn domain_10_easter_falls_where_almanacs_have_it() {
        // The earliest and latest days that Easter can have are among them.
        for known in [
            "1818-03-22",
            "1943-04-25",
            "1954-04-18",
            "1981-04-19",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2019-04-21",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2038-04-25",
            "2049-04-18",
        ] {
            assert_eq!(easter(date(known).year()), Some(date(known)));
        }
    }

    #[test]
    fn domain_10_the_holidays_of_2026_and_2027() {
        assert_eq!(
            days(2026),
            ["01-01", "02-04", "03-04", "05-04", "06-04", "14-05", "24-05", "25-05", "25-12", "26-12"]
        );
        assert_eq!(
            days(2027),
            ["01-01", "25-03", "26-03", "28-03", "29-03", "06-05", "16-05", "17-05", "25-12", "26-12"]
        );
    }

    #[test]
    fn domain_10_the_great_prayer_day_was_abolished_from_2024_on() {
        assert_eq!(holiday(date("2023-05-05")), Some(Holiday::GreatPrayerDay));
        assert_eq!(holiday(date("2024-04-26")), None);
        assert_eq!((statutory(2023).len(), statutory(2024).len()), (11, 10));
    }

    #[test]
    fn holidays_fall_on_the_weekdays_that_their_names_say() {
        for year in 1900..=2200 {
            for (date, holiday) in statutory(year) {
                let weekday = match holiday {
                    Holiday::MaundyThursday | Holiday::AscensionDay => Weekday::Thu,
                    Holiday::GoodFriday | Holiday::GreatPrayerDay => Weekday::Fri,
                    Holiday::EasterSunday | Holiday::WhitSunday => Weekday::Sun,
                    Holiday::EasterMonday | Holiday::WhitMonday => Weekday::Mon,
                    Holiday::NewYearsDay | Holiday::ChristmasDay | Holiday::SecondChristmasDay => continue,
                };
                assert_eq!(date.weekday(), weekday, "{holiday} {date}");
            }
        }
    }

    #[test]
    fn saturday_and_sunday_are_the_weekend() {
        let week: Vec<_> = date("2026-05-04").iter_days().take(7).map(is_weekend).collect();
        assert_eq!(week, [false, false, false, false, false, true, true]);
    }

    #[test]
    fn every_holiday_has_a_name_in_every_language() {
        use crate::platform::i18n::{Lang, label_of};
        use crate::values::Coded;
        for lang in Lang::all() {
            for holiday in Holiday::all() {
                assert_ne!(label_of(*lang, *holiday), holiday.code(), "{lang}");
            }
        }
    }
}
