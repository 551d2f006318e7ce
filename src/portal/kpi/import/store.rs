//! SQL of the import.

use std::collections::HashMap;

use rusqlite::Statement;

use super::{Catalogue, ImportKind, TenantEntry, UnitEntry};
use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::{Error, Result};
use crate::portal::kpi::{MonthState, store};
use crate::portal::tenant::unit::{Unit, store as unit_store};
use crate::portal::tenant::{Tenant, store as tenant_store};

/// How many rows one statement inserts.
const BATCH: usize = 64;

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

/// A row of a table that an import fills.
pub(super) trait Insert {
    /// The table and its columns, the last of which is the import.
    const INTO: &'static str;
    /// How many columns that is.
    const COLUMNS: usize;

    /// Binds all but the import, from the first parameter on.
    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> Result<()>;
}

/// Adds rows, best in the order of their keys.
pub(super) struct Inserting<'t, T> {
    tx: &'t Tx<'t>,
    many: Statement<'t>,
    import: i64,
    batch: Vec<T>,
}

impl<'t, T: Insert> Inserting<'t, T> {
    pub fn new(tx: &'t Tx<'t>, import: i64) -> Result<Inserting<'t, T>> {
        let many = tx.prepare(&insert_sql::<T>(BATCH))?;
        Ok(Inserting { tx, many, import, batch: Vec::with_capacity(BATCH) })
    }

    pub fn add(&mut self, row: T) -> Result<()> {
        self.batch.push(row);
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
        insert_batch(&mut self.tx.prepare(&insert_sql::<T>(self.batch.len()))?, self.import, &self.batch)
    }
}

fn insert_sql<T: Insert>(rows: usize) -> String {
    let row = format!("({})", vec!["?"; T::COLUMNS].join(", "));
    format!("INSERT INTO {} VALUES {}", T::INTO, vec![row; rows].join(", "))
}

fn insert_batch<T: Insert>(statement: &mut Statement<'_>, import: i64, batch: &[T]) -> Result<()> {
    for (n, row) in batch.iter().enumerate() {
        row.bind(statement, n * T::COLUMNS + 1)?;
        statement.raw_bind_parameter((n + 1) * T::COLUMNS, import)?;
    }
    match statement.raw_execute()? {
        n if n == batch.len() => Ok(()),
        n => Err(Error::internal(format!("{n} of {} rows were added", batch.len()))),
    }
}

fn small(id: i64) -> Result<u32> {
    u32::try_from(id).map_err(|_| Error::internal(format!("the row number {id} is too large")))
}
