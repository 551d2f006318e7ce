//! Whether a month has all the figures that it should have.
//!
//! A unit is waited for while it is in use and had figures in one of the twelve months before; so is each measure that
//! it had in the latest of them. One that never had any is told of once, at the latest month: it may be the one that
//! nobody thought of, but the months before its first are no gap.

use std::collections::{BTreeMap, BTreeSet};

use super::{MeasureStatus, MonthContent, MonthLine, MonthState, store};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::ui::answer::Warning;
use crate::portal::tenant::unit::store::{self as unit_store, Life};
use crate::values::Month;

/// For how many months behind its latest figures a unit is waited for.
const MONTHS: usize = 12;

/// How many names a warning tells.
const NAMES: usize = 10;

fn year_before(month: Month) -> Month {
    (0..MONTHS).fold(month, |month, _| month.prev())
}

/// What the lines of months are made of.
struct Known {
    contents: BTreeMap<Month, MonthContent>,
    states: BTreeMap<Month, MonthState>,
    units: Vec<Life>,
    /// The codes of the measures in use, by row.
    measures: BTreeMap<i64, String>,
}

impl Known {
    /// All of it, or as much as these months need.
    fn read(conn: &Connection, months: Option<(Month, Month)>) -> Result<Known> {
        let measures = store::measures(conn)?.into_iter();
        let in_use = measures.filter(|measure| measure.status == MeasureStatus::Active);
        Ok(Known {
            contents: store::month_contents(conn, months.map(|(from, to)| (year_before(from), to)))?,
            states: store::month_states(conn)?,
            units: unit_store::lives(conn)?,
            measures: in_use.map(|measure| (measure.id, measure.code)).collect(),
        })
    }

    fn line(&self, month: Month) -> MonthLine {
        let nothing = MonthContent::default();
        let content = self.contents.get(&month).unwrap_or(&nothing);
        // Of each unit the measures of its latest month before.
        let mut latest: BTreeMap<i64, &BTreeSet<i64>> = BTreeMap::new();
        for (_, before) in self.contents.range(year_before(month)..month) {
            latest.extend(before.units.iter().map(|(unit, measures)| (*unit, measures)));
        }
        let (mut missing_units, mut missing_measures) = (Vec::new(), Vec::new());
        for unit in &self.units {
            let Some(before) = latest.get(&unit.id) else { continue };
            match content.units.get(&unit.id) {
                None if unit.archived.is_none_or(|archived| month < archived) => {
                    missing_units.push(unit.key.clone());
                }
                None => {}
                Some(present) => {
                    let missing = before.difference(present).filter_map(|id| self.measures.get(id));
                    missing_measures.extend(missing.map(|code| format!("{}:{code}", unit.key)));
                }
            }
        }
        MonthLine {
            month,
            state: self.states.get(&month).copied().unwrap_or(MonthState::Open),
            rows: content.rows,
            missing_units,
            missing_measures,
            unused_units: Vec::new(),
        }
    }
}

/// The months with figures, or that were closed at some time.
pub fn months(conn: &Connection) -> Result<Vec<MonthLine>> {
    let known = Known::read(conn, None)?;
    let months: BTreeSet<Month> = known.contents.keys().chain(known.states.keys()).copied().collect();
    let mut lines: Vec<_> = months.into_iter().map(|month| known.line(month)).collect();
    if let Some(latest) = lines.last_mut() {
        let used: BTreeSet<i64> =
            known.contents.values().flat_map(|content| content.units.keys()).copied().collect();
        let unused = known.units.iter().filter(|unit| unit.archived.is_none() && !used.contains(&unit.id));
        latest.unused_units = unused.map(|unit| unit.key.clone()).collect();
    }
    Ok(lines)
}

/// One month, also where nothing is known of it.
pub fn month(conn: &Connection, month: Month) -> Result<MonthLine> {
    Ok(Known::read(conn, Some((month, month)))?.line(month))
}

/// What somebody should know who makes these months final.
pub fn warnings(conn: &Connection, months: &[Month]) -> Result<Vec<Warning>> {
    let (Some(first), Some(last)) = (months.iter().min(), months.iter().max()) else { return Ok(Vec::new()) };
    let known = Known::read(conn, Some((*first, *last)))?;
    Ok(months.iter().filter_map(|month| warning(&known.line(*month))).collect())
}

/// What somebody should know who makes this month final.
pub fn warning(line: &MonthLine) -> Option<Warning> {
    let month = line.month;
    if line.rows == 0 {
        return Some(Warning::new("kpi.month-empty", format!("{month} has no figures")));
    }
    let told = |names: &[String], what: &str| {
        let shown = names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if names.len() > NAMES { ", …" } else { "" };
        (!names.is_empty()).then(|| format!("{} {what} ({shown}{more})", names.len()))
    };
    let missing = [
        told(&line.missing_units, "units that had some before"),
        told(&line.missing_measures, "measures that a unit had before"),
    ];
    let missing: Vec<_> = missing.into_iter().flatten().collect();
    let message =
        format!("{month} has no figures of {}; `portalctl kpi months` names all", missing.join(" and of "));
    (!missing.is_empty()).then(|| Warning::new("kpi.month-incomplete", message))
}
