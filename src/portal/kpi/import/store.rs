//! SQL of the import.

use std::collections::HashMap;

use rusqlite::{Rows, Statement};

use super::{Catalogue, Fact, ImportKind, Key, TenantEntry, UnitEntry};
use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::{Error, Result};
use crate::portal::kpi::{Basis, MonthState, store};
use crate::portal::tenant::unit::{Unit, store as unit_store};
use crate::portal::tenant::{Tenant, store as tenant_store};

/// How many figures one statement inserts.
const BATCH: usize = 64;
const COLUMNS: usize = 10;

/// Everything that the check of a file needs to know.
pub(super) fn catalogue(conn: &Connection) -> Result<Catalogue> {
    let (mut tenants, mut cvrs) = (HashMap::new(), HashMap::new());
    for Tenant { id, code, cvr, status, .. } in tenant_store::list(conn)? {
        cvrs.insert(id, (cvr.to_string(), code.clone()));
        let of_cvr: &mut Vec<_> = tenants.entry(cvr.to_string()).or_default();
        of_cvr.push(TenantEntry { id, code, status });
        of_cvr.sort_by(|a, b| a.code.cmp(&b.code));
    }
    let mut periods = unit_store::all_periods(conn)?;
    let mut units = HashMap::new();
    for Unit { id, kind, number, .. } in unit_store::list(conn, None, None)? {
        let periods = periods.remove(&id).unwrap_or_default();
        units.insert((kind, number), UnitEntry { id: small(id)?, periods });
    }
    let areas =
        db::list(conn, "SELECT name, id FROM service_area", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let states = store::month_states(conn)?.into_iter();
    let closed = states.filter(|(_, state)| *state == MonthState::Closed).map(|(month, _)| month);
    let measures = store::measures(conn)?;
    Ok(Catalogue {
        measures,
        units,
        tenants,
        cvrs,
        areas: areas.into_iter().collect(),
        closed: closed.collect(),
    })
}

/// Changes whenever another connection has committed something.
pub(super) fn data_version(conn: &Connection) -> Result<i64> {
    db::one(conn, "PRAGMA data_version", [])
}

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

/// Adds the import itself; answers with its row.
pub(super) fn insert_import(
    tx: &Tx<'_>,
    file: &str,
    sha256: &str,
    rows: u64,
    kind: ImportKind,
) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO kpi_import (at, file, sha256, rows, kind) VALUES (?, ?, ?, ?, ?)",
        params![tx.now_text(), file, sha256, rows as i64, kind.code()],
    )
}

/// The row of a service area, which is added if it is not there.
pub(super) fn area(tx: &Tx<'_>, name: &str) -> Result<u32> {
    match db::scalar(tx, "SELECT id FROM service_area WHERE name = ?", [name])? {
        Some(id) => Ok(id),
        None => small(db::insert(tx, "INSERT INTO service_area (name) VALUES (?)", [name])?),
    }
}

/// Adds figures, best in the order of their keys.
pub(super) struct Inserting<'t> {
    tx: &'t Tx<'t>,
    many: Statement<'t>,
    import: i64,
    batch: Vec<(Fact, Basis)>,
}

impl<'t> Inserting<'t> {
    pub fn new(tx: &'t Tx<'t>, import: i64) -> Result<Inserting<'t>> {
        Ok(Inserting { tx, many: tx.prepare(&insert_sql(BATCH))?, import, batch: Vec::with_capacity(BATCH) })
    }

    pub fn add(&mut self, fact: Fact, basis: Basis) -> Result<()> {
        self.batch.push((fact, basis));
        if self.batch.len() == BATCH {
            insert_batch(&mut self.many, self.import, &self.batch)?;
            self.batch.clear();
        }
        Ok(())
    }

    pub fn finish(self) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        insert_batch(&mut self.tx.prepare(&insert_sql(self.batch.len()))?, self.import, &self.batch)
    }
}

fn insert_sql(rows: usize) -> String {
    let marks = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"; rows].join(", ");
    format!(
        "INSERT INTO kpi_fact (measure_id, month, unit_id, area_id, numerator, denominator, within_limit, over_limit,
            errors, import_id) VALUES {marks}"
    )
}

fn insert_batch(statement: &mut Statement<'_>, import: i64, batch: &[(Fact, Basis)]) -> Result<()> {
    for (n, (fact, basis)) in batch.iter().enumerate() {
        let behind = fact.behind(*basis);
        let key = fact.key;
        let first = n * COLUMNS + 1;
        for (i, value) in [key.measure, key.month, key.unit, key.area].into_iter().enumerate() {
            statement.raw_bind_parameter(first + i, value)?;
        }
        statement.raw_bind_parameter(first + 4, fact.numerator)?;
        statement.raw_bind_parameter(first + 5, fact.denominator)?;
        statement.raw_bind_parameter(first + 6, behind.within_limit)?;
        statement.raw_bind_parameter(first + 7, behind.over_limit)?;
        statement.raw_bind_parameter(first + 8, behind.errors)?;
        statement.raw_bind_parameter(first + 9, import)?;
    }
    match statement.raw_execute()? {
        n if n == batch.len() => Ok(()),
        n => Err(Error::internal(format!("{n} of {} figures were added", batch.len()))),
    }
}

/// Keeps what a figure was before it is put right.
pub(super) fn keep(tx: &Tx<'_>, import: i64, key: Key) -> Result<()> {
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

fn small(id: i64) -> Result<u32> {
    u32::try_from(id).map_err(|_| Error::internal(format!("the row number {id} is too large")))
}
