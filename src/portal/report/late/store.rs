//! SQL of late cases.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::LateCase;
use crate::platform::db::{self, Connection, Row, RowExt, Where};
use crate::platform::error::Result;
use crate::portal::kpi::FactFilter;
use crate::portal::tenant::unit::store as unit_store;
use crate::values::Month;

/// Hands on the cases that were handled late, and all that are open, which count in the month of `today`.
pub fn each(
    conn: &Connection,
    filter: &FactFilter,
    today: Option<Month>,
    mut receive: impl FnMut(LateCase) -> Result<ControlFlow<()>>,
) -> Result<()> {
    // A number, written out.
    let today = today.map_or(0, Month::yyyymm);
    let month = format!("coalesce(i.month, {today})");
    let mut conditions = Where::default();
    conditions.always("(i.handled IS NULL OR i.working_days > i.max_days)");
    conditions.equals("i.measure_id = ?", filter.measure);
    conditions.equals("i.unit_id = ?", filter.unit);
    unit_store::held_by(&mut conditions, filter.tenants.as_deref(), UNIT, &month);
    conditions.equals(&format!("{month} >= ?"), filter.from.map(Month::yyyymm));
    conditions.equals(&format!("{month} <= ?"), filter.to.map(Month::yyyymm));
    let sql = format!("{}{} {ORDER}", select(&month), conditions.sql());
    db::each(conn, &sql, conditions.params(), |row| receive(late_case(row)?))
}

/// The late cases of a measure and year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The measure's row.
    pub measure: i64,
    /// The year.
    pub year: i32,
    /// The first of them by unit, day of receipt and case number.
    pub cases: Vec<LateCase>,
    /// How many there are in all.
    pub total: i64,
}

/// The cases that were handled late in these months, by measure and year: at most so many of each, and how many there
/// are. What is open is none of them. Measures and years without any are left out.
pub fn missed(conn: &Connection, filter: &FactFilter, months: &[Month], limit: u32) -> Result<Vec<Missed>> {
    let mut years: BTreeMap<i32, Vec<Month>> = BTreeMap::new();
    months.iter().for_each(|month| years.entry(month.year()).or_default().push(*month));
    let mut missed = Vec::new();
    for (year, months) in years {
        let conditions = handled_late(filter, &months);
        let sql = format!("SELECT i.measure_id, count(*) FROM kpi_item i{} GROUP BY 1", conditions.sql());
        let counts: Vec<(i64, i64)> =
            db::list(conn, &sql, conditions.params(), |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (measure, total) in counts {
            let filter = FactFilter { measure: Some(measure), ..filter.clone() };
            let conditions = handled_late(&filter, &months);
            let sql = format!("{}{} {ORDER} LIMIT {limit}", select(MONTH), conditions.sql());
            let cases = db::list(conn, &sql, conditions.params(), late_case)?;
            missed.push(Missed { measure, year, cases, total });
        }
    }
    missed.sort_by_key(|missed| (missed.measure, missed.year));
    Ok(missed)
}

/// Numbers are written out, which lets the index of measure and month be used.
fn handled_late(filter: &FactFilter, months: &[Month]) -> Where {
    let mut conditions = Where::default();
    match filter.measure {
        Some(_) => conditions.equals("i.measure_id = ?", filter.measure),
        None => conditions.always("i.measure_id IN (SELECT id FROM kpi_measure)"),
    }
    let months: Vec<_> = months.iter().map(|month| month.yyyymm().to_string()).collect();
    conditions.always(&format!("i.month IN ({}) AND i.working_days > i.max_days", months.join(", ")));
    conditions.equals("i.unit_id = ?", filter.unit);
    unit_store::held_by(&mut conditions, filter.tenants.as_deref(), UNIT, MONTH);
    conditions
}

const ORDER: &str = "ORDER BY m.code, u.kind, length(u.number), u.number, i.received, i.case_number";

const UNIT: &str = "i.unit_id";
const MONTH: &str = "i.month";

/// Cases, each of whose its unit is in a month, from SQL of that.
fn select(month: &str) -> String {
    let holder = unit_store::holder_sql(UNIT, month);
    format!(
        "SELECT m.code AS measure, (SELECT code FROM tenant WHERE id = {holder}) AS tenant,
                u.kind || ':' || u.number AS unit, a.name AS service_area, i.case_number, i.received, i.handled,
                coalesce(i.working_days, 0) AS working_days, i.max_days
         FROM kpi_item i JOIN kpi_measure m ON m.id = i.measure_id JOIN unit u ON u.id = i.unit_id
         JOIN service_area a ON a.id = i.area_id"
    )
}

fn late_case(row: &Row<'_>) -> Result<LateCase> {
    Ok(LateCase {
        measure: row.get("measure")?,
        tenant: row.get::<_, Option<String>>("tenant")?.unwrap_or_default(),
        unit: row.get("unit")?,
        service_area: Some(row.get::<_, String>("service_area")?).filter(|area| !area.is_empty()),
        case: row.get("case_number")?,
        received: row.date("received")?,
        handled: row.date_opt("handled")?,
        working_days: row.get("working_days")?,
        limit: row.get("max_days")?,
    })
}
