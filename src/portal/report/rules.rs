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
    let all = (1..=through.month()).filter_map(|number| Month::new(year, number));
    let (months, gaps) = all.partition(|month| closed.contains(month));
    Some(Period { year, through, months, gaps })
}
