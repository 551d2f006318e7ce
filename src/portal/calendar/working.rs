//! Working days: how old a case is (DOMAIN §2.3).

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::{Day, YEARS};
use crate::platform::calendar;

/// The working days of all [`YEARS`]: neither weekend nor statutory holiday nor closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingDays {
    /// The day before the first of `until`.
    begin: i32,
    /// How many working days there are up to each day.
    until: Vec<u32>,
}

impl WorkingDays {
    /// With these days closed besides.
    pub fn new(closed: &[Day]) -> WorkingDays {
        let mut free: BTreeSet<NaiveDate> = closed.iter().map(|day| day.date).collect();
        free.extend(YEARS.flat_map(calendar::statutory).map(|(date, _)| date));
        let first = NaiveDate::from_ymd_opt(*YEARS.start(), 1, 1).unwrap_or_default();
        let days = first.iter_days().take_while(|date| YEARS.contains(&date.year()));
        let mut count = 0;
        let until = days.map(|date| {
            count += u32::from(!calendar::is_weekend(date) && !free.contains(&date));
            count
        });
        WorkingDays { begin: first.num_days_from_ce() - 1, until: until.collect() }
    }

    /// How many working days there are up to the end of a day.
    fn until(&self, date: NaiveDate) -> u32 {
        let Ok(n) = usize::try_from(date.num_days_from_ce() - self.begin) else { return 0 };
        let found = n.checked_sub(1).map(|n| self.until.get(n).or_else(|| self.until.last()));
        found.flatten().copied().unwrap_or_default()
    }

    /// How many working days old a case is: day 0 is that of its receipt or, where nobody works then, the next one.
    pub fn age(&self, received: NaiveDate, handled: NaiveDate) -> u32 {
        // Up to the end of day 0: one more than before the day of receipt.
        let day_0 = received.pred_opt().map_or(0, |before| self.until(before)) + 1;
        self.until(handled).saturating_sub(day_0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn domain_2_3_the_vectors_of_working_day_age() {
        let statutory = WorkingDays::new(&[]);
        for (received, handled, age) in [
            ("2024-03-27", "2024-04-02", 1),
            ("2024-03-27", "2024-04-03", 2),
            ("2024-04-25", "2024-04-26", 1),
            ("2024-04-25", "2024-04-29", 2),
            ("2023-05-04", "2023-05-08", 1),
            ("2026-05-13", "2026-05-15", 1),
            ("2026-12-23", "2026-12-28", 2),
            ("2026-01-03", "2026-01-05", 0),
            ("2026-01-03", "2026-01-04", 0),
            ("2026-01-05", "2026-01-05", 0),
        ] {
            assert_eq!(statutory.age(date(received), date(handled)), age, "{received} {handled}");
        }
        let closed = WorkingDays::new(&[Day::closed(date("2026-12-24"), "Juleaftensdag")]);
        assert_eq!(closed.age(date("2026-12-23"), date("2026-12-28")), 1);
    }

    #[test]
    fn domain_2_3_the_age_is_what_counting_day_by_day_gives() {
        let closed = [Day::closed(date("2026-06-05"), "Grundlovsdag")];
        let working = WorkingDays::new(&closed);
        let works = |day: NaiveDate| {
            !calendar::is_weekend(day) && calendar::holiday(day).is_none() && day != closed[0].date
        };
        for received in date("2023-12-20").iter_days().take(900).step_by(3) {
            let day_0 = received.iter_days().find(|day| works(*day)).unwrap();
            for (days, handled) in received.iter_days().take(25).enumerate() {
                let counted = day_0.iter_days().skip(1).take_while(|day| *day <= handled);
                let counted = counted.filter(|day| works(*day)).count();
                assert_eq!(working.age(received, handled) as usize, counted, "{received} + {days}");
            }
        }
    }

    #[test]
    fn days_outside_the_calendar_do_no_harm() {
        let working = WorkingDays::new(&[]);
        assert_eq!(working.age(date("1800-01-01"), date("1800-02-01")), 0);
        assert_eq!(working.age(date("2300-01-01"), date("2300-02-01")), 0);
        assert_eq!(working.age(date("1900-01-01"), date("1900-01-02")), 0);
        assert_eq!(working.age(date("1900-01-01"), date("1900-01-03")), 1);
    }
}
