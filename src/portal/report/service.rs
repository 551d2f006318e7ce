//! Use cases of reports.

use std::collections::BTreeSet;

use super::rules::{Period, period};
use super::store::{self, Part, Summed};
use super::{KpiLine, Split, Sums};
use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::ui::answer::Warning;
use crate::portal::kpi::service::{self as kpi_service, Asked};
use crate::portal::kpi::store as kpi_store;
use crate::portal::kpi::{FactFilter, Measure, MonthState, ValueKind};
use crate::values::{Month, floor_bp, meets};

/// How the targets were reached, year to the latest closed month (K-162, K-165, K-166).
pub fn kpi(
    conn: &Connection,
    actor: &Actor,
    asked: &Asked,
    year: Option<i32>,
    split: Option<Split>,
) -> Result<(Vec<KpiLine>, Vec<Warning>)> {
    let filter = kpi_service::authorised(conn, actor, asked)?;
    let states = kpi_store::month_states(conn)?;
    let closed: BTreeSet<Month> = states
        .into_iter()
        .filter(|(_, state)| *state == MonthState::Closed)
        .map(|(month, _)| month)
        .collect();
    let Some(period) = period(&closed, year) else {
        let when = year.map(|year| format!(" of {year}")).unwrap_or_default();
        let warning = Warning::new(
            "kpi.no-closed-month",
            format!("no month{when} is closed; there is nothing to report"),
        );
        return Ok((Vec::new(), vec![warning]));
    };
    let own = store::sums(conn, &filter, &period.months, split)?;
    let everyone = FactFilter { measure: filter.measure, ..FactFilter::default() };
    // What all customers reached is told for the same service area or month, but never for one unit.
    let all_split = split.filter(|split| *split != Split::Unit);
    let all = store::sums(conn, &everyone, &period.months, all_split)?;
    let mut lines = Vec::new();
    for measure in kpi_store::measures(conn)? {
        if filter.measure.is_some_and(|wanted| wanted != measure.id) {
            continue;
        }
        let day = period.through.last_day().to_string();
        let target = kpi_store::target_on(conn, measure.id, &day)?;
        let target_bp = target.as_ref().and_then(|target| target.target_bp);
        let mut parts: Vec<_> = own
            .iter()
            .filter(|((id, _), _)| *id == measure.id)
            .map(|((_, part), sums)| (part, *sums))
            .collect();
        if parts.is_empty() && target_bp.is_some() {
            parts.push((&Part::Whole, Sums::default()));
        }
        for (part, sums) in parts {
            let shared = all_sums(&all, measure.id, part);
            lines.push(line(&measure, &period, part, sums, shared, target_bp));
        }
    }
    Ok((lines, warnings(conn, &filter, &period)?))
}

fn all_sums(all: &Summed, measure: i64, part: &Part) -> Sums {
    let whole = Part::Whole;
    let part = if matches!(part, Part::Unit(..)) { &whole } else { part };
    all.get(&(measure, part.clone())).copied().unwrap_or_default()
}

fn line(
    measure: &Measure,
    period: &Period,
    part: &Part,
    own: Sums,
    all: Sums,
    target_bp: Option<i64>,
) -> KpiLine {
    let met = |sums: Sums| {
        target_bp
            .filter(|_| sums.denominator > 0)
            .map(|target| meets(sums.numerator, sums.denominator, target))
    };
    let (mut service_area, mut unit, mut month) = (None, None, None);
    match part {
        Part::Whole => {}
        Part::Area(name) => service_area = Some(name.clone()).filter(|name| !name.is_empty()),
        Part::Unit(kind, _, number) => unit = Some(format!("{kind}:{number}")),
        Part::Month(of) => month = Some(*of),
    }
    KpiLine {
        measure: measure.code.clone(),
        description: measure.name.clone(),
        service_area,
        unit,
        month,
        year: period.year,
        through: period.through,
        value_kind: measure.value_kind,
        numerator: own.numerator,
        denominator: own.denominator,
        attainment_bp: floor_bp(own.numerator, own.denominator),
        count: (measure.value_kind == ValueKind::Count).then_some(own.denominator),
        within_limit: own.within_limit,
        over_limit: own.over_limit,
        target_bp,
        met: met(own),
        all_attainment_bp: floor_bp(all.numerator, all.denominator),
        all_met: met(all),
    }
}

/// A gap is told, not silently summed over (DOMAIN §2.2).
fn warnings(conn: &Connection, filter: &FactFilter, period: &Period) -> Result<Vec<Warning>> {
    let mut warnings = Vec::new();
    let names = |months: &[Month]| months.iter().map(Month::to_string).collect::<Vec<_>>().join(", ");
    if !period.gaps.is_empty() {
        let message = format!("not closed, and so not counted: {}", names(&period.gaps));
        warnings.push(Warning::new("kpi.month-open", message));
    }
    let present = store::months_with_figures(conn, filter, &period.months)?;
    let empty: Vec<_> = period.months.iter().copied().filter(|month| !present.contains(month)).collect();
    if !empty.is_empty() {
        let message = format!("closed, but without figures for this selection: {}", names(&empty));
        warnings.push(Warning::new("kpi.month-empty", message));
    }
    Ok(warnings)
}
