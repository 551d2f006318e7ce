//! SQL of cases.

use super::{Change, Course, Item};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::portal::kpi::import::Key;

/// What is known of a case.
pub(super) fn find(conn: &Connection, item: &Item) -> Result<Option<Course>> {
    db::optional(
        conn,
        "SELECT area_id, received, handled, working_days, max_days FROM kpi_item
         WHERE measure_id = ? AND unit_id = ? AND case_number = ?",
        params![item.measure, item.unit, item.case],
        |row| {
            Ok(Course {
                area: row.get("area_id")?,
                received: row.date("received")?,
                handled: row.date_opt("handled")?.zip(row.get::<_, Option<u32>>("working_days")?),
                limit: row.get("max_days")?,
            })
        },
    )
}

/// How many of the stored cases behind a figure were handled in time, and of how many.
pub(super) fn sums(conn: &Connection, key: Key) -> Result<(i64, i64)> {
    let Key { measure, month, unit, area } = key;
    let sql = "SELECT coalesce(sum(working_days <= max_days), 0), count(*) FROM kpi_item
         WHERE measure_id = ? AND month = ? AND unit_id = ? AND area_id = ?";
    let found =
        db::optional(conn, sql, params![measure, month, unit, area], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.unwrap_or_default())
}

/// A stored figure, and whether it came from cases.
pub(super) fn figure(conn: &Connection, key: Key) -> Result<Option<((i64, i64), bool)>> {
    let Key { measure, month, unit, area } = key;
    db::optional(
        conn,
        "SELECT f.numerator, f.denominator, i.kind = 'items' FROM kpi_fact f JOIN kpi_import i ON i.id = f.import_id
         WHERE f.measure_id = ? AND f.month = ? AND f.unit_id = ? AND f.area_id = ?",
        params![measure, month, unit, area],
        |row: &Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)),
    )
}

/// Adds a case, or writes it as it is now. Its unit and service area are settled.
pub(super) fn put(tx: &Tx<'_>, import: i64, item: &Item) -> Result<()> {
    let Course { area, received, handled, limit } = item.course;
    db::execute_one(
        tx,
        "INSERT INTO kpi_item (measure_id, unit_id, case_number, area_id, received, handled, month, working_days,
            max_days, import_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (measure_id, unit_id, case_number) DO UPDATE SET area_id = ?4, received = ?5, handled = ?6,
            month = ?7, working_days = ?8, max_days = ?9, import_id = ?10",
        params![
            item.measure,
            item.unit,
            item.case,
            area,
            received.to_string(),
            handled.map(|(date, _)| date.to_string()),
            item.course.counted().map(|(month, _)| month),
            handled.map(|(_, days)| days),
            limit,
            import,
        ],
    )
}

/// Keeps what a case was before it is put right.
pub(super) fn keep(tx: &Tx<'_>, import: i64, item: &Item) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO kpi_item_history (measure_id, unit_id, case_number, area_id, received, handled, working_days,
            max_days, import_id, replaced_by, replaced_at)
         SELECT measure_id, unit_id, case_number, area_id, received, handled, working_days, max_days, import_id, ?4, ?5
         FROM kpi_item WHERE measure_id = ?1 AND unit_id = ?2 AND case_number = ?3",
        params![item.measure, item.unit, item.case, import, tx.now_text()],
    )
}

/// Writes a figure as its cases add up to; one without cases goes.
pub(super) fn put_figure(tx: &Tx<'_>, import: i64, key: Key, change: &Change) -> Result<()> {
    let Key { measure, month, unit, area } = key;
    let (numerator, denominator) = change.becomes;
    if denominator == 0 {
        let sql = "DELETE FROM kpi_fact WHERE measure_id = ? AND month = ? AND unit_id = ? AND area_id = ?";
        return db::execute(tx, sql, params![measure, month, unit, area]).map(drop);
    }
    db::execute_one(
        tx,
        "INSERT INTO kpi_fact (measure_id, month, unit_id, area_id, numerator, denominator, within_limit, over_limit,
            errors, import_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6 - ?5, NULL, ?7)
         ON CONFLICT (measure_id, month, unit_id, area_id) DO UPDATE SET numerator = ?5, denominator = ?6,
            within_limit = ?5, over_limit = ?6 - ?5, import_id = ?7",
        params![measure, month, unit, area, numerator, denominator, import],
    )
}
