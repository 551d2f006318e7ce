//! SQL of units.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::Unit;
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::portal::tenant::Status;
use crate::values::{Coded, Month, UnitKind, UnitNumber};

const SELECT: &str = "SELECT u.id, u.tenant_id, t.code AS tenant, u.kind, u.number, u.name, u.server, u.database, u.ldv, u.status
     FROM unit u JOIN tenant t ON t.id = u.tenant_id";

/// The unit of this kind and number.
pub fn find(conn: &Connection, number: &UnitNumber) -> Result<Option<Unit>> {
    let sql = format!("{SELECT} WHERE u.kind = ? AND u.number = ?");
    db::optional(conn, &sql, params![number.kind().code(), number.number_text()], from_row)
}

/// The unit of this row.
pub fn find_by_id(conn: &Connection, id: i64) -> Result<Unit> {
    db::optional(conn, &format!("{SELECT} WHERE u.id = ?"), [id], from_row)?
        .ok_or_else(|| Error::internal(format!("the database has no unit number {id}")))
}

/// The units of these institutions, or of all, by institution, kind and number.
pub fn list(conn: &Connection, tenants: Option<&[i64]>, kind: Option<UnitKind>) -> Result<Vec<Unit>> {
    let mut conditions = Where::default();
    conditions.among("u.tenant_id", tenants);
    conditions.equals("u.kind = ?", kind.map(|kind| kind.code().to_owned()));
    let sql = format!("{SELECT}{} ORDER BY t.code, u.kind, length(u.number), u.number", conditions.sql());
    db::list(conn, &sql, conditions.params(), from_row)
}

/// The institutions whose the unit is or was in some month.
pub fn holders(conn: &Connection, unit: i64) -> Result<Vec<i64>> {
    let sql =
        "SELECT tenant_id FROM unit_period WHERE unit_id = ?1 UNION SELECT tenant_id FROM unit WHERE id = ?1";
    db::list(conn, sql, [unit], |row| Ok(row.get(0)?))
}

/// Which months of a unit figures can be waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The row.
    pub id: i64,
    /// `kind:number`.
    pub key: String,
    /// In which month it went out of use; `None`: it is in use.
    pub archived: Option<Month>,
}

/// All units by kind and number.
pub fn lives(conn: &Connection) -> Result<Vec<Life>> {
    let sql = "SELECT id, kind || ':' || number AS key, status, created_at, coalesce(archived_at, created_at) AS archived
         FROM unit ORDER BY kind, length(number), number";
    db::list(conn, sql, [], |row| {
        let archived = match row.coded("status")? {
            Status::Active => None,
            Status::Archived => row.time_opt("archived")?.and_then(|at| Month::of(local_date(at))),
        };
        Ok(Life { id: row.get("id")?, key: row.get("key")?, archived })
    })
}

/// SQL of whose figures a unit's are in a month, from SQL of both: the row of the institution.
pub fn holder_sql(unit: &str, month: &str) -> String {
    format!(
        "(SELECT p.tenant_id FROM unit_period p WHERE p.unit_id = {unit} AND p.from_month <= {month}
          ORDER BY p.from_month DESC LIMIT 1)"
    )
}

/// Adds that a unit is one of these institutions' in a month, from SQL of both; `None` for all institutions.
pub fn held_by(conditions: &mut Where, tenants: Option<&[i64]>, unit: &str, month: &str) {
    if let Some(tenants) = tenants {
        // First the few units that ever were theirs, which an index finds.
        let marks = vec!["?"; tenants.len()].join(", ");
        let theirs = format!("{unit} IN (SELECT unit_id FROM unit_period WHERE tenant_id IN ({marks}))");
        conditions.all(&theirs, tenants.iter().map(|tenant| (*tenant).into()));
        conditions.among(&holder_sql(unit, month), Some(tenants));
    }
}

/// Whose figures a unit's are in a month: the row of the institution.
pub fn holder_in(conn: &Connection, unit: i64, month: Month) -> Result<Option<i64>> {
    let sql = format!("SELECT {}", holder_sql("?1", "?2"));
    Ok(db::scalar::<Option<i64>>(conn, &sql, params![unit, month.yyyymm()])?.flatten())
}

/// By unit: from which month (yyyymm, 0 for the beginning) on whose its figures are, ascending.
pub fn all_periods(conn: &Connection) -> Result<HashMap<i64, Vec<(u32, i64)>>> {
    let mut periods: HashMap<i64, Vec<(u32, i64)>> = HashMap::new();
    let sql = "SELECT unit_id, from_month, tenant_id FROM unit_period ORDER BY unit_id, from_month";
    db::each(conn, sql, [], |row| {
        periods.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(periods)
}

/// Adds a unit, whose figures are the institution's from the beginning; answers with its row.
pub fn insert(tx: &Tx<'_>, unit: &Unit) -> Result<i64> {
    let id = db::insert(
        tx,
        "INSERT INTO unit (tenant_id, kind, number, name, server, database, ldv, status, created_at, archived_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, CASE WHEN ?8 = 'archived' THEN ?9 END)",
        params![
            unit.tenant_id,
            unit.kind.code(),
            unit.number,
            unit.name,
            unit.server,
            unit.database,
            unit.ldv,
            unit.status.code(),
            tx.now_text(),
        ],
    )?;
    db::execute_one(
        tx,
        "INSERT INTO unit_period (unit_id, from_month, tenant_id) VALUES (?, 0, ?)",
        params![id, unit.tenant_id],
    )?;
    Ok(id)
}

/// Writes a unit's data as they are now.
pub fn update(tx: &Tx<'_>, unit: &Unit) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE unit SET tenant_id = ?1, name = ?2, server = ?3, database = ?4, ldv = ?5, status = ?6,
            archived_at = CASE WHEN ?6 = 'archived' THEN coalesce(archived_at, ?7) END WHERE id = ?8",
        params![
            unit.tenant_id,
            unit.name,
            unit.server,
            unit.database,
            unit.ldv,
            unit.status.code(),
            tx.now_text(),
            unit.id
        ],
    )
}

/// Marks a unit as created by `state apply`, which alone may prune it.
pub fn stamp(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE unit SET applied_at = ? WHERE id = ?", params![tx.now_text(), id])
}

/// Takes the mark of [`stamp`] away.
pub fn unstamp(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE unit SET applied_at = NULL WHERE id = ?", [id])
}

/// The units in use of an institution that `state apply` created.
pub fn list_applied(conn: &Connection, tenant: i64) -> Result<Vec<Unit>> {
    let sql = format!(
        "{SELECT} WHERE u.tenant_id = ? AND u.applied_at IS NOT NULL AND u.status = 'active' ORDER BY u.kind, u.number"
    );
    db::list(conn, &sql, [tenant], from_row)
}

/// The month from which the unit's latest figures have been its institution's; `None` for the beginning.
pub fn latest_period(conn: &Connection, unit: i64) -> Result<Option<Month>> {
    let from: Option<i64> =
        db::scalar(conn, "SELECT max(from_month) FROM unit_period WHERE unit_id = ?", [unit])?;
    Ok(from.and_then(Month::from_yyyymm))
}

/// From this month on the unit's figures are the institution's.
pub fn insert_period(tx: &Tx<'_>, unit: i64, from: Month, tenant: i64) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO unit_period (unit_id, from_month, tenant_id) VALUES (?1, ?2, ?3)
         ON CONFLICT (unit_id, from_month) DO UPDATE SET tenant_id = ?3",
        params![unit, from.yyyymm(), tenant],
    )
}

fn from_row(row: &Row<'_>) -> Result<Unit> {
    Ok(Unit {
        id: row.get("id")?,
        tenant_id: row.get("tenant_id")?,
        tenant: row.get("tenant")?,
        kind: row.coded("kind")?,
        number: row.get("number")?,
        name: row.get("name")?,
        server: row.get("server")?,
        database: row.get("database")?,
        ldv: row.get("ldv")?,
        status: row.coded("status")?,
    })
}
