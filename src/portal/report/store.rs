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
fn table(filter: &FactFilter, split: Option<Split>) -> &'static str {
    let everyone = filter.tenants.is_none() && filter.unit.is_none() && split != Some(Split::Unit);
    if everyone { "kpi_closed_sum" } else { "kpi_fact" }
}

/// Sums the figures of these closed months for a selection.
pub fn sums(
    conn: &Connection,
    filter: &FactFilter,
    months: &[Month],
    split: Option<Split>,
) -> Result<Summed> {
    let (part, join) = match split {
        None => ("NULL", ""),
        Some(Split::ServiceArea) => ("a.name", "JOIN service_area a ON a.id = f.area_id"),
        Some(Split::Unit) => ("u.kind || ':' || u.number", "JOIN unit u ON u.id = f.unit_id"),
        Some(Split::Month) => ("CAST(f.month AS TEXT)", ""),
    };
    let sql = format!(
        "SELECT f.measure_id, {part} AS part, sum(f.numerator), sum(f.denominator), sum(f.within_limit), sum(f.over_limit)
         FROM {} f {join}{} GROUP BY f.measure_id, part",
        table(filter, split),
        selected(filter, months).sql()
    );
    let mut summed = Summed::new();
    let conditions = selected(filter, months);
    db::each(conn, &sql, conditions.params(), |row| {
        let part = match (split, row.get::<_, Option<String>>(1)?) {
            (Some(Split::ServiceArea), Some(name)) => Part::Area(name),
            (Some(Split::Unit), Some(key)) => match key.split_once(':') {
                Some((kind, number)) => Part::Unit(kind.to_owned(), number.len(), number.to_owned()),
                None => Part::Unit(key, 0, String::new()),
            },
            (Some(Split::Month), Some(month)) => Part::Month(parse_month(&month)?),
            _ => Part::Whole,
        };
        let sums = Sums {
            numerator: row.get(2)?,
            denominator: row.get(3)?,
            within_limit: row.get(4)?,
            over_limit: row.get(5)?,
        };
        summed.insert((row.get(0)?, part), sums);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(summed)
}

/// In which of these closed months the selection has figures, by measure.
pub fn months_with_figures(
    conn: &Connection,
    filter: &FactFilter,
    months: &[Month],
) -> Result<BTreeMap<i64, BTreeSet<Month>>> {
    let conditions = selected(filter, months);
    let sql = format!(
        "SELECT DISTINCT f.measure_id, CAST(f.month AS TEXT) FROM {} f{}",
        table(filter, None),
        conditions.sql()
    );
    let mut found: BTreeMap<i64, BTreeSet<Month>> = BTreeMap::new();
    db::each(conn, &sql, conditions.params(), |row| {
        found.entry(row.get(0)?).or_default().insert(parse_month(&row.get::<_, String>(1)?)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// All figures of closed months of a selection, as a document adds them up.
///
/// All customers' are those of a service area, without the unit.
pub fn figures(conn: &Connection, filter: &FactFilter, months: &[Month]) -> Result<Vec<Figure>> {
    let conditions = selected(filter, months);
    let table = table(filter, None);
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
            area: known(&mut areas, row.get(2)?, |id| {
                db::one::<String>(conn, "SELECT name FROM service_area WHERE id = ?", [id])
            })?,
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

fn selected(filter: &FactFilter, months: &[Month]) -> Where {
    let mut conditions = Where::default();
    // The list of months is made of numbers alone; so is the list of measures, which lets the primary key be used.
    let numbers: Vec<_> = months.iter().map(|month| month.yyyymm().to_string()).collect();
    match filter.measure {
        Some(_) => conditions.equals("f.measure_id = ?", filter.measure),
        None => conditions.always("f.measure_id IN (SELECT id FROM kpi_measure)"),
    }
    conditions.always(&format!("f.month IN ({})", numbers.join(", ")));
    conditions.equals("f.unit_id = ?", filter.unit);
    unit_store::held_by(&mut conditions, filter.tenants.as_deref(), "f.unit_id", "f.month");
    conditions
}

fn parse_month(yyyymm: &str) -> Result<Month> {
    month_of(yyyymm.parse().unwrap_or_default())
}

fn month_of(yyyymm: i64) -> Result<Month> {
    Month::from_yyyymm(yyyymm)
        .ok_or_else(|| Error::internal(format!("the database holds the month {yyyymm}, which cannot be")))
}
