//! Which months a report is about.

use std::collections::BTreeSet;

use crate::values::Month;

/// The months that a report sums over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub year: i32,
    /// The latest closed month of the year.
    pub through: Month,
    /// The closed months from January to `through`.
    pub months: Vec<Month>,
    /// The months before `through` that are not closed.
    pub gaps: Vec<Month>,
}

/// The year asked for, or that of the latest closed month, up to its latest closed month (DOMAIN §2.2).
pub(super) fn period(closed: &BTreeSet<Month>, year: Option<i32>) -> Option<Period> {
    let year = year.or_else(|| closed.last().map(|month| month.year()))?;
    let through = closed.iter().rev().copied().find(|month| month.year() == year)?;
    Some(up_to(closed, through))
}

/// The same months of another year; `None` where none of them is closed.
pub(super) fn beside(closed: &BTreeSet<Month>, period: &Period, year: i32) -> Option<Period> {
    let through = Month::new(year, period.through.month())?;
    Some(up_to(closed, through)).filter(|period| !period.months.is_empty())
}

fn up_to(closed: &BTreeSet<Month>, through: Month) -> Period {
    let year = through.year();
    let all = (1..=through.month()).filter_map(|number| Month::new(year, number));
    let (months, gaps) = all.partition(|month| closed.contains(month));
    Period { year, through, months, gaps }
}
