//! Which months a report is about, which measures it shows, and what it says of a sum.

use std::collections::BTreeSet;

use super::Sums;
use crate::portal::kpi::{Measure, MeasureStatus, Target};
use crate::values::{Month, UnitKind};

/// The months that a report sums over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub year: i32,
    /// The latest closed month of the year; of a year beside another the latest that both have closed.
    pub through: Month,
    /// The closed months up to `through`, in order.
    pub months: Vec<Month>,
    /// The months before `through` that are not counted.
    pub gaps: Vec<Month>,
}

impl Period {
    /// Whether a month counts.
    pub fn has(&self, month: Month) -> bool {
        self.months.binary_search(&month).is_ok()
    }
}

/// The year asked for, or that of the latest closed month, up to its latest closed month (DOMAIN §2.2).
pub(super) fn period(closed: &BTreeSet<Month>, year: Option<i32>) -> Option<Period> {
    let year = year.or_else(|| closed.last().map(|month| month.year()))?;
    of_months(year, closed.iter().copied().filter(|month| month.year() == year).collect())
}

/// A period and another year, both narrowed to the months that both have closed: only these can be compared (DOMAIN
/// §2.2). `None` where there is none.
pub(super) fn alike(closed: &BTreeSet<Month>, period: &Period, year: i32) -> Option<(Period, Period)> {
    let pairs = period.months.iter().filter_map(|month| {
        let other = Month::new(year, month.month()).filter(|other| closed.contains(other))?;
        Some((*month, other))
    });
    let (own, other) = pairs.unzip();
    Some((of_months(period.year, own)?, of_months(year, other)?))
}

fn of_months(year: i32, months: Vec<Month>) -> Option<Period> {
    let through = *months.last()?;
    let before = (1..through.month()).filter_map(|number| Month::new(year, number));
    let gaps = before.filter(|month| !months.contains(month)).collect();
    Some(Period { year, through, months, gaps })
}

/// Which months of a period have no figures: of anything, and of single measures that have some in others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Missing {
    pub all: Vec<Month>,
    /// The place of the measure among those that were asked about, and its months.
    pub of_measure: Vec<(usize, Vec<Month>)>,
}

/// Compares the months of a period with those in which each measure has figures.
pub(super) fn missing(period: &Period, present: &[BTreeSet<Month>]) -> Missing {
    let without = |found: &BTreeSet<Month>| -> Vec<Month> {
        period.months.iter().copied().filter(|month| !found.contains(month)).collect()
    };
    let all = without(&present.iter().flatten().copied().collect());
    let here = |found: &BTreeSet<Month>| -> Vec<Month> {
        without(found).into_iter().filter(|month| !all.contains(month)).collect()
    };
    let of_measure = present
        .iter()
        .enumerate()
        .filter(|(_, found)| period.months.iter().any(|month| found.contains(month)))
        .map(|(place, found)| (place, here(found)))
        .filter(|(_, months)| !months.is_empty())
        .collect();
    Missing { all, of_measure }
}

/// Whether a report says anything of a measure: where it has figures, or where a target waits for some.
pub(super) fn is_shown(
    measure: &Measure,
    has_figures: bool,
    has_target: bool,
    unit: Option<UnitKind>,
) -> bool {
    let fits = measure.unit_kind.is_none_or(|kind| unit.is_none_or(|unit| unit == kind));
    has_figures || (measure.status == MeasureStatus::Active && has_target && fits)
}

/// A measure's target on the last day of a period.
pub(super) fn target_of<'a>(targets: &'a [Target], period: &Period) -> Option<&'a Target> {
    let day = period.through.last_day().to_string();
    targets.iter().filter(|target| target.from <= day).max_by(|a, b| a.from.cmp(&b.from))
}

/// The limits of days that were in force in a period, each once; `None` where for a part of it none is known.
pub(super) fn limits_of(targets: &[Target], period: &Period) -> Vec<Option<i64>> {
    let (first, last) = match (period.months.first(), period.months.last()) {
        (Some(first), Some(last)) => (first.first_day().to_string(), last.last_day().to_string()),
        _ => return Vec::new(),
    };
    let mut limits: Vec<Option<i64>> = Vec::new();
    let before = targets.iter().filter(|target| target.from <= first).max_by(|a, b| a.from.cmp(&b.from));
    let mut within: Vec<&Target> =
        targets.iter().filter(|target| target.from > first && target.from <= last).collect();
    within.sort_by(|a, b| a.from.cmp(&b.from));
    for limit in std::iter::once(before.and_then(|target| target.max_days))
        .chain(within.into_iter().map(|target| target.max_days))
    {
        if !limits.contains(&limit) {
            limits.push(limit);
        }
    }
    limits
}

/// Whether sums reach a target; `None` without target or figures.
pub(super) fn reached(measure: &Measure, sums: &Sums, target: Option<i64>) -> Option<bool> {
    let target = target.filter(|_| sums.denominator > 0)?;
    Some(measure.direction.meets(sums.numerator, sums.denominator, target))
}

/// The share of a sum in basis points, rounded toward the miss; `None` where there is nothing to divide by.
pub(super) fn share(measure: &Measure, sums: &Sums) -> Option<i64> {
    measure.direction.share_bp(sums.numerator, sums.denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(texts: &[&str]) -> Vec<Month> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn target(from: &str, max_days: Option<i64>) -> Target {
        Target { measure: "A1".to_owned(), from: from.to_owned(), target_bp: None, max_days }
    }

    #[test]
    fn two_years_are_compared_over_the_months_that_both_have_closed() {
        let closed = months(&["2024-01", "2024-02", "2024-04", "2025-01", "2025-03", "2025-04", "2025-05"]);
        let closed: BTreeSet<Month> = closed.into_iter().collect();
        let this = period(&closed, None).unwrap();
        assert_eq!((this.through, &this.gaps), ("2025-05".parse().unwrap(), &months(&["2025-02"])));
        let (own, other) = alike(&closed, &this, 2024).unwrap();
        assert_eq!((own.months, own.through), (months(&["2025-01", "2025-04"]), "2025-04".parse().unwrap()));
        assert_eq!(
            (other.months, other.gaps),
            (months(&["2024-01", "2024-04"]), months(&["2024-02", "2024-03"]))
        );
        assert_eq!(alike(&closed, &this, 2023), None);
    }

    #[test]
    fn months_without_figures_are_told_once_for_all_measures_or_for_those_that_lack_them() {
        let closed: BTreeSet<Month> = months(&["2025-01", "2025-02", "2025-03"]).into_iter().collect();
        let this = period(&closed, None).unwrap();
        let set = |texts: &[&str]| -> BTreeSet<Month> { months(texts).into_iter().collect() };
        let found =
            missing(&this, &[set(&["2025-01", "2025-03"]), set(&["2025-03"]), set(&[]), set(&["2024-01"])]);
        assert_eq!(found, Missing { all: months(&["2025-02"]), of_measure: vec![(1, months(&["2025-01"]))] });
    }

    #[test]
    fn a_limit_that_changed_within_the_period_or_began_in_it_is_not_one_limit() {
        let closed: BTreeSet<Month> =
            months(&["2020-11", "2020-12", "2021-01", "2021-02"]).into_iter().collect();
        let (first, second) = (period(&closed, Some(2020)).unwrap(), period(&closed, Some(2021)).unwrap());
        let targets = [target("2020-12-01", Some(3)), target("2021-02-01", Some(1))];
        assert_eq!(limits_of(&targets, &first), [None, Some(3)]);
        assert_eq!(limits_of(&targets, &second), [Some(3), Some(1)]);
        assert_eq!(limits_of(&targets[..1], &second), [Some(3)]);
    }
}
