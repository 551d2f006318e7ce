//! SQL of cases.

use std::collections::VecDeque;

use rusqlite::Statement;

use super::{Change, Course, Item};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::portal::kpi::import::Key;
use crate::portal::kpi::import::store::Insert;

/// The stored cases, which are asked for in the order of their keys.
///
/// Several are fetched at once, the more of them the more of the last ones were asked for: a file of all cases is read
/// along the table, and one of a few does not drag the others along.
pub(super) struct Stored<'c> {
    conn: &'c Connection,
    /// Measure and unit of those at hand.
    of: Option<(u32, u32)>,
    fetched: VecDeque<(String, Course)>,
    /// Nothing more of that measure and unit is stored behind them.
    whole: bool,
    /// How many are fetched at once, and how many of those were asked for.
    size: usize,
    found: usize,
}

const FEW: usize = 4;
const MANY: usize = 1024;

impl<'c> Stored<'c> {
    pub fn new(conn: &'c Connection) -> Stored<'c> {
        Stored { conn, of: None, fetched: VecDeque::new(), whole: false, size: FEW, found: 0 }
    }

    /// What is known of a case.
    pub fn find(&mut self, item: &Item) -> Result<Option<Course>> {
        if self.of != Some((item.measure, item.unit)) {
            self.of = Some((item.measure, item.unit));
            self.fetch(item)?;
        }
        loop {
            while self.fetched.pop_front_if(|(case, _)| case.as_str() < &*item.case).is_some() {}
            match self.fetched.front() {
                Some((case, course)) if **case == *item.case => {
                    self.found += 1;
                    return Ok(Some(*course));
                }
                None if !self.whole => self.fetch(item)?,
                _ => return Ok(None),
            }
        }
    }

    /// The stored cases from this one on.
    fn fetch(&mut self, item: &Item) -> Result<()> {
        self.size = if self.found * 2 >= self.size { self.size * 2 } else { self.size / 2 };
        self.size = self.size.clamp(FEW, MANY);
        self.found = 0;
        let sql = "SELECT case_number, area_id, received, handled, working_days, max_days FROM kpi_item
             WHERE measure_id = ? AND unit_id = ? AND case_number >= ? ORDER BY case_number LIMIT ?";
        let wanted = params![item.measure, item.unit, item.case, self.size as i64];
        self.fetched = db::list(self.conn, sql, wanted, |row| {
            let course = Course {
                area: row.get("area_id")?,
                received: row.date("received")?,
                handled: row.date_opt("handled")?.zip(row.get::<_, Option<u32>>("working_days")?),
                limit: row.get("max_days")?,
            };
            Ok((row.get("case_number")?, course))
        })?
        .into();
        self.whole = self.fetched.len() < self.size;
        Ok(())
    }
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

impl Insert for Item {
    const INTO: &'static str =
        "kpi_item (measure_id, unit_id, case_number, area_id, received, handled, month,
        working_days, max_days, import_id)";
    const COLUMNS: usize = 10;

    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> Result<()> {
        let Course { area, received, handled, limit } = self.course;
        statement.raw_bind_parameter(first, self.measure)?;
        statement.raw_bind_parameter(first + 1, self.unit)?;
        statement.raw_bind_parameter(first + 2, &*self.case)?;
        statement.raw_bind_parameter(first + 3, area)?;
        statement.raw_bind_parameter(first + 4, received.to_string())?;
        statement.raw_bind_parameter(first + 5, handled.map(|(date, _)| date.to_string()))?;
        statement.raw_bind_parameter(first + 6, self.course.counted().map(|(month, _)| month))?;
        statement.raw_bind_parameter(first + 7, handled.map(|(_, days)| days))?;
        statement.raw_bind_parameter(first + 8, limit)?;
        Ok(())
    }
}

/// Writes a case as it is now.
pub(super) fn update(tx: &Tx<'_>, import: i64, item: &Item) -> Result<()> {
    let Course { area, received, handled, limit } = item.course;
    db::execute_one(
        tx,
        "UPDATE kpi_item SET area_id = ?4, received = ?5, handled = ?6, month = ?7, working_days = ?8, max_days = ?9,
            import_id = ?10 WHERE measure_id = ?1 AND unit_id = ?2 AND case_number = ?3",
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
pub(super) fn put_figure(tx: &Tx<'_>, import: i64, change: &Change) -> Result<()> {
    let Key { measure, month, unit, area } = change.key;
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
