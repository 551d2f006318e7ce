//! SQL of figures, as an import compares and writes them.

use rusqlite::{Rows, Statement};

use super::Fact;
use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::Result;
use crate::portal::kpi::Basis;
use crate::portal::kpi::import::Key;
use crate::portal::kpi::import::store::Insert;

/// Asks for the stored figures of a measure and month by unit and service area.
pub(super) fn stored(conn: &Connection) -> Result<Statement<'_>> {
    let sql =
        "SELECT unit_id, area_id, numerator, denominator FROM kpi_fact WHERE measure_id = ? AND month = ?
         ORDER BY unit_id, area_id";
    Ok(conn.prepare(sql)?)
}

/// The stored figures of one measure and month, one after the other.
pub(super) struct Stored<'s> {
    rows: Rows<'s>,
    next: Option<((u32, u32), (i64, i64))>,
}

impl<'s> Stored<'s> {
    pub fn of(statement: &'s mut Statement<'_>, measure: u32, month: u32) -> Result<Stored<'s>> {
        let mut stored = Stored { rows: statement.query(params![measure, month])?, next: None };
        stored.advance()?;
        Ok(stored)
    }

    fn advance(&mut self) -> Result<()> {
        self.next = match self.rows.next()? {
            Some(row) => Some(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))),
            None => None,
        };
        Ok(())
    }

    /// Numerator and denominator of a unit and service area, which are asked for in their order.
    pub fn find(&mut self, unit: u32, area: u32) -> Result<Option<(i64, i64)>> {
        loop {
            match self.next {
                Some((key, _)) if key < (unit, area) => self.advance()?,
                Some((key, figures)) if key == (unit, area) => return Ok(Some(figures)),
                _ => return Ok(None),
            }
        }
    }
}

impl Insert for (Fact, Basis) {
    const INTO: &'static str =
        "kpi_fact (measure_id, month, unit_id, area_id, numerator, denominator, within_limit,
        over_limit, errors, import_id)";
    const COLUMNS: usize = 10;

    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> Result<()> {
        let (fact, basis) = self;
        let behind = fact.behind(*basis);
        let key = fact.key;
        for (i, value) in [key.measure, key.month, key.unit, key.area].into_iter().enumerate() {
            statement.raw_bind_parameter(first + i, value)?;
        }
        statement.raw_bind_parameter(first + 4, fact.numerator)?;
        statement.raw_bind_parameter(first + 5, fact.denominator)?;
        statement.raw_bind_parameter(first + 6, behind.within_limit)?;
        statement.raw_bind_parameter(first + 7, behind.over_limit)?;
        statement.raw_bind_parameter(first + 8, behind.errors)?;
        Ok(())
    }
}

/// Keeps what a figure was before it is put right.
pub(in crate::portal::kpi::import) fn keep(tx: &Tx<'_>, import: i64, key: Key) -> Result<()> {
    let Key { measure, month, unit, area } = key;
    db::execute_one(
        tx,
        "INSERT INTO kpi_fact_history (measure_id, month, unit_id, area_id, numerator, denominator, within_limit,
            over_limit, errors, import_id, replaced_by, replaced_at)
         SELECT measure_id, month, unit_id, area_id, numerator, denominator, within_limit, over_limit, errors,
            import_id, ?5, ?6 FROM kpi_fact WHERE measure_id = ?1 AND month = ?2 AND unit_id = ?3 AND area_id = ?4",
        params![measure, month, unit, area, import, tx.now_text()],
    )
}

/// Puts a figure right; what it was goes into its history.
pub(super) fn correct(tx: &Tx<'_>, import: i64, fact: &Fact, basis: Basis) -> Result<()> {
    keep(tx, import, fact.key)?;
    let Key { measure, month, unit, area } = fact.key;
    let behind = fact.behind(basis);
    db::execute_one(
        tx,
        "UPDATE kpi_fact SET numerator = ?5, denominator = ?6, within_limit = ?7, over_limit = ?8, errors = ?9,
            import_id = ?10 WHERE measure_id = ?1 AND month = ?2 AND unit_id = ?3 AND area_id = ?4",
        params![
            measure,
            month,
            unit,
            area,
            fact.numerator,
            fact.denominator,
            behind.within_limit,
            behind.over_limit,
            behind.errors,
            import,
        ],
    )
}
