//! SQL of reports.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Figure, Split, Sums};
use crate::platform::db::{self, Connection, Where};
use crate::platform::error::{Error, Result};
use crate::portal::kpi::FactFilter;
use crate::portal::tenant::unit::store as unit_store;
use crate::values::Month;

/// Figures summed by measure and, where asked, by what the report is split by.
pub type Summed = BTreeMap<(i64, Part), Sums>;

/// A part of a split report, in the order in which it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Not split.
    Whole,
    /// A service area.
    Area(String),
    /// A unit: kind, length of the number, number.
    Unit(String, usize, String),
    /// A month.
    Month(Month),
}

/// Where the figures of closed months stand: all customers' are summed when a month is closed (`schema.sql`).
fn table(filter: &FactFilter) -> &'static str {
    if filter.is_everyone() { "kpi_closed_sum" } else { "kpi_fact" }
}

/// Sums the figures of these closed months for a selection.
pub fn sums(
    conn: &Connection,
    filter: &FactFilter,
    months: &[Month],
    split: Option<Split>,
) -> Result<Summed> {
    let conditions = selected(filter, months);
    match split {
        Some(Split::Unit) => sums_by_unit(conn, filter, months),
        None => summed(conn, table(filter), "NULL", &conditions, |_| Ok(Part::Whole)),
        Some(Split::ServiceArea) => {
            summed(conn, table(filter), "f.area_id", &conditions, |id| Ok(Part::Area(area_called(conn, id)?)))
        }
        Some(Split::Month) => {
            summed(conn, table(filter), "f.month", &conditions, |month| Ok(Part::Month(month_of(month)?)))
        }
    }
}

/// By unit. All customers' units of a whole year are summed when its months are closed, too.
fn sums_by_unit(conn: &Connection, filter: &FactFilter, months: &[Month]) -> Result<Summed> {
    let year = if filter.is_everyone() { whole_year(conn, months)? } else { None };
    let (table, conditions) = match year {
        Some(year) => ("kpi_closed_unit", of_year(filter, year)),
        None => ("kpi_fact", selected(filter, months)),
    };
    let mut units = HashMap::new();
    db::each(conn, "SELECT id, kind, number FROM unit", [], |row| {
        let number: String = row.get(2)?;
        units.insert(row.get::<_, i64>(0)?, Part::Unit(row.get(1)?, number.len(), number));
        Ok(ControlFlow::Continue(()))
    })?;
    summed(conn, table, "f.unit_id", &conditions, |id| {
        units.get(&id).cloned().ok_or_else(|| Error::internal(format!("there is no unit {id}")))
    })
}

/// The year whose closed months these are, all of them.
fn whole_year(conn: &Connection, months: &[Month]) -> Result<Option<i32>> {
    let Some(year) = months.first().map(|month| month.year()) else { return Ok(None) };
    let closed: i64 =
        db::one(conn, "SELECT count(*) FROM kpi_month WHERE state = 'closed' AND month / 100 = ?", [year])?;
    let is_whole = months.iter().all(|month| month.year() == year) && months.len() as i64 == closed;
    Ok(is_whole.then_some(year))
}

/// Sums by measure and what a column tells apart, `name`d afterwards: there are far fewer names than figures.
fn summed(
    conn: &Connection,
    table: &str,
    column: &str,
    conditions: &Where,
    name: impl Fn(i64) -> Result<Part>,
) -> Result<Summed> {
    let sql = format!(
        "SELECT f.measure_id, {column} AS part, sum(f.numerator), sum(f.denominator), sum(f.within_limit), sum(f.over_limit)
         FROM {table} f{} GROUP BY f.measure_id, part",
        conditions.sql()
    );
    let mut found = Summed::new();
    db::each(conn, &sql, conditions.params(), |row| {
        let part = name(row.get::<_, Option<i64>>(1)?.unwrap_or_default())?;
        let sums = Sums {
            numerator: row.get(2)?,
            denominator: row.get(3)?,
            within_limit: row.get(4)?,
            over_limit: row.get(5)?,
        };
        found.insert((row.get(0)?, part), sums);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// In which of these closed months the selection has figures, by measure.
pub fn months_with_figures(
    conn: &Connection,
    filter: &FactFilter,
    months: &[Month],
) -> Result<BTreeMap<i64, BTreeSet<Month>>> {
    let conditions = selected(filter, months);
    let sql = format!("SELECT DISTINCT f.measure_id, f.month FROM {} f{}", table(filter), conditions.sql());
    let mut found: BTreeMap<i64, BTreeSet<Month>> = BTreeMap::new();
    db::each(conn, &sql, conditions.params(), |row| {
        found.entry(row.get(0)?).or_default().insert(month_of(row.get(1)?)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// All figures of closed months of a selection, as a document adds them up.
///
/// All customers' are those of a service area, without the unit.
pub fn figures(conn: &Connection, filter: &FactFilter, months: &[Month]) -> Result<Vec<Figure>> {
    let conditions = selected(filter, months);
    let table = table(filter);
    let unit = if table == "kpi_fact" { "f.unit_id" } else { "NULL" };
    let sql = format!(
        "SELECT f.measure_id, f.month, f.area_id, {unit}, f.numerator, f.denominator, f.within_limit, f.over_limit
         FROM {table} f{}",
        conditions.sql()
    );
    // There are far fewer names than figures: each is looked up and kept once.
    let (mut areas, mut units) = (HashMap::new(), HashMap::new());
    db::list(conn, &sql, conditions.params(), |row| {
        let unit: Option<i64> = row.get(3)?;
        Ok(Figure {
            measure: row.get(0)?,
            month: month_of(row.get(1)?)?,
            area: known(&mut areas, row.get(2)?, |id| area_called(conn, id))?,
            unit: unit.map(|id| known(&mut units, id, |id| unit_called(conn, id))).transpose()?,
            sums: Sums {
                numerator: row.get(4)?,
                denominator: row.get(5)?,
                within_limit: row.get(6)?,
                over_limit: row.get(7)?,
            },
        })
    })
}

fn area_called(conn: &Connection, id: i64) -> Result<String> {
    db::one(conn, "SELECT name FROM service_area WHERE id = ?", [id])
}

/// `accounting:12345`, and its name behind a blank where it has one.
fn unit_called(conn: &Connection, id: i64) -> Result<String> {
    db::one(
        conn,
        "SELECT kind || ':' || number || coalesce(' (' || name || ')', '') FROM unit WHERE id = ?",
        [id],
    )
}

fn known(
    names: &mut HashMap<i64, Arc<str>>,
    id: i64,
    find: impl FnOnce(i64) -> Result<String>,
) -> Result<Arc<str>> {
    if let Some(name) = names.get(&id) {
        return Ok(Arc::clone(name));
    }
    let name: Arc<str> = find(id)?.into();
    names.insert(id, Arc::clone(&name));
    Ok(name)
}

/// The measures asked for; a list of all of them lets the primary key be used.
fn of_measure(filter: &FactFilter) -> Where {
    let mut conditions = Where::default();
    match filter.measure {
        Some(_) => conditions.equals("f.measure_id = ?", filter.measure),
        None => conditions.always("f.measure_id IN (SELECT id FROM kpi_measure)"),
    }
    conditions
}

fn of_year(filter: &FactFilter, year: i32) -> Where {
    let mut conditions = of_measure(filter);
    conditions.equals("f.year = ?", Some(year));
    conditions
}

fn selected(filter: &FactFilter, months: &[Month]) -> Where {
    let mut conditions = of_measure(filter);
    // The list of months is made of numbers alone.
    let numbers: Vec<_> = months.iter().map(|month| month.yyyymm().to_string()).collect();
    conditions.always(&format!("f.month IN ({})", numbers.join(", ")));
    conditions.equals("f.unit_id = ?", filter.unit);
    unit_store::held_by(&mut conditions, filter.tenants.as_deref(), "f.unit_id", "f.month");
    conditions
}

fn month_of(yyyymm: i64) -> Result<Month> {
    Month::from_yyyymm(yyyymm)
        .ok_or_else(|| Error::internal(format!("the database holds the month {yyyymm}, which cannot be")))
}

/// Whether a selection has any figure in these months.
pub fn has_figures(conn: &Connection, filter: &FactFilter, months: &[Month]) -> Result<bool> {
    let conditions = selected(filter, months);
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {} f{})", table(filter), conditions.sql());
    db::one(conn, &sql, conditions.params())
}
