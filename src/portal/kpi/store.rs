//! SQL of measures, targets, months, and the list of figures.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::{Basis, FactFilter, Measure, MonthContent, MonthState, Target};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::Result;
use crate::portal::tenant::unit::store as unit_store;
use crate::values::{Coded, Month};

const MEASURE: &str = "SELECT id, code, name, direction, status, basis, unit_kind FROM kpi_measure";

/// All measures by code.
pub fn measures(conn: &Connection) -> Result<Vec<Measure>> {
    db::list(conn, &format!("{MEASURE} ORDER BY code"), [], measure_from_row)
}

/// The measure with this code.
pub fn find_measure(conn: &Connection, code: &str) -> Result<Option<Measure>> {
    db::optional(conn, &format!("{MEASURE} WHERE code = ?"), [code], measure_from_row)
}

/// Adds a measure; answers with its row.
pub fn insert_measure(tx: &Tx<'_>, measure: &Measure) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO kpi_measure (code, name, basis, unit_kind, direction, status) VALUES (?, ?, ?, ?, ?, ?)",
        params![
            measure.code,
            measure.name,
            measure.basis.code(),
            measure.unit_kind.map(Coded::code),
            measure.direction.code(),
            measure.status.code(),
        ],
    )
}

/// Writes a measure as it is now.
pub fn update_measure(tx: &Tx<'_>, measure: &Measure) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE kpi_measure SET name = ?, status = ? WHERE id = ?",
        params![measure.name, measure.status.code(), measure.id],
    )
}

fn measure_from_row(row: &Row<'_>) -> Result<Measure> {
    let basis: Basis = row.coded("basis")?;
    Ok(Measure {
        id: row.get("id")?,
        code: row.get("code")?,
        name: row.get("name")?,
        value_kind: basis.value_kind(),
        direction: row.coded("direction")?,
        status: row.coded("status")?,
        basis,
        unit_kind: row.coded_opt("unit_kind")?,
    })
}

const TARGET: &str = "SELECT m.code AS measure, t.from_date, t.target_bp, t.max_days
     FROM kpi_target t JOIN kpi_measure m ON m.id = t.measure_id";

/// All targets by measure and day.
pub fn targets(conn: &Connection) -> Result<Vec<Target>> {
    db::list(conn, &format!("{TARGET} ORDER BY m.code, t.from_date"), [], target_from_row)
}

/// The target that begins on this day.
pub fn find_target(conn: &Connection, measure: i64, from: &str) -> Result<Option<Target>> {
    let sql = format!("{TARGET} WHERE t.measure_id = ? AND t.from_date = ?");
    db::optional(conn, &sql, params![measure, from], target_from_row)
}

/// The target in force on a day.
pub fn target_on(conn: &Connection, measure: i64, day: &str) -> Result<Option<Target>> {
    let sql =
        format!("{TARGET} WHERE t.measure_id = ? AND t.from_date <= ? ORDER BY t.from_date DESC LIMIT 1");
    db::optional(conn, &sql, params![measure, day], target_from_row)
}

/// Writes a target.
pub fn upsert_target(tx: &Tx<'_>, measure: i64, target: &Target) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO kpi_target (measure_id, from_date, target_bp, max_days) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (measure_id, from_date) DO UPDATE SET target_bp = ?3, max_days = ?4",
        params![measure, target.from, target.target_bp, target.max_days],
    )
}

/// Removes the target that begins on this day.
pub fn delete_target(tx: &Tx<'_>, measure: i64, from: &str) -> Result<()> {
    db::execute_one(
        tx,
        "DELETE FROM kpi_target WHERE measure_id = ? AND from_date = ?",
        params![measure, from],
    )
}

fn target_from_row(row: &Row<'_>) -> Result<Target> {
    Ok(Target {
        measure: row.get("measure")?,
        from: row.get("from_date")?,
        target_bp: row.get("target_bp")?,
        max_days: row.get("max_days")?,
    })
}

/// The months that have been closed at some time, with their states.
pub fn month_states(conn: &Connection) -> Result<BTreeMap<Month, MonthState>> {
    let rows = db::list(conn, "SELECT month, state FROM kpi_month", [], |row| {
        Ok((row.month("month")?, row.coded("state")?))
    })?;
    Ok(rows.into_iter().collect())
}

/// Writes a month's state.
pub fn set_month_state(tx: &Tx<'_>, month: Month, state: MonthState) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO kpi_month (month, state, changed_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (month) DO UPDATE SET state = ?2, changed_at = ?3",
        params![month.yyyymm(), state.code(), tx.now_text()],
    )
}

/// What each month has figures of; of these months, or of all.
pub fn month_contents(
    conn: &Connection,
    range: Option<(Month, Month)>,
) -> Result<BTreeMap<Month, MonthContent>> {
    let (from, to) = range.map_or((0, i64::MAX), |(from, to)| (from.yyyymm(), to.yyyymm()));
    let mut months: BTreeMap<Month, MonthContent> = BTreeMap::new();
    // Measure by measure in the order of the primary key, so that nothing is sorted.
    let sql =
        "SELECT month, unit_id, count(*) AS rows FROM kpi_fact WHERE measure_id = ? AND month BETWEEN ? AND ?
         GROUP BY month, unit_id";
    for measure in measures(conn)? {
        db::each(conn, sql, params![measure.id, from, to], |row| {
            let content = months.entry(row.month("month")?).or_default();
            content.rows += row.get::<_, i64>("rows")?;
            content.units.entry(row.get("unit_id")?).or_default().insert(measure.id);
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(months)
}

/// How many figures a month has.
pub fn month_rows(conn: &Connection, month: Month) -> Result<i64> {
    let sql = "SELECT count(*) FROM kpi_fact WHERE measure_id IN (SELECT id FROM kpi_measure) AND month = ?";
    db::one(conn, sql, [month.yyyymm()])
}

/// Whether a month's figures are final.
pub fn month_state(conn: &Connection, month: Month) -> Result<MonthState> {
    let sql = "SELECT state FROM kpi_month WHERE month = ?";
    let found = db::optional(conn, sql, [month.yyyymm()], |row| row.coded("state"))?;
    Ok(found.unwrap_or(MonthState::Open))
}

/// Hands on the figures by month, measure, unit and service area.
pub fn facts(
    conn: &Connection,
    filter: &FactFilter,
    mut receive: impl FnMut(Value) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut conditions = Where::default();
    conditions.equals("f.measure_id = ?", filter.measure);
    unit_store::held_by(&mut conditions, filter.tenants.as_deref(), "f.unit_id", "f.month");
    conditions.equals("f.unit_id = ?", filter.unit);
    conditions.equals("f.month >= ?", filter.from.map(Month::yyyymm));
    conditions.equals("f.month <= ?", filter.to.map(Month::yyyymm));
    let holder = unit_store::holder_sql("f.unit_id", "f.month");
    let sql = format!(
        "SELECT f.month, m.code AS measure, u.kind || ':' || u.number AS unit, a.name AS service_area,
                (SELECT code FROM tenant WHERE id = {holder}) AS tenant,
                f.numerator, f.denominator, f.within_limit, f.over_limit, f.errors, m.basis
         FROM kpi_fact f JOIN kpi_measure m ON m.id = f.measure_id JOIN unit u ON u.id = f.unit_id
         JOIN service_area a ON a.id = f.area_id{}
         ORDER BY f.month, m.code, u.kind, length(u.number), u.number, a.name",
        conditions.sql()
    );
    db::each(conn, &sql, conditions.params(), |row| {
        receive(json!({
            "month": row.month("month")?,
            "measure": row.get::<_, String>("measure")?,
            "tenant": row.get::<_, String>("tenant")?,
            "unit": row.get::<_, String>("unit")?,
            "service_area": Some(row.get::<_, String>("service_area")?).filter(|area| !area.is_empty()),
            "numerator": row.get::<_, i64>("numerator")?,
            "denominator": row.get::<_, i64>("denominator")?,
            "within_limit": row.get::<_, Option<i64>>("within_limit")?,
            "over_limit": row.get::<_, Option<i64>>("over_limit")?,
            "errors": row.get::<_, Option<i64>>("errors")?,
            "value_kind": row.coded::<Basis>("basis")?.value_kind(),
        }))
    })
}
