//! SQL of services and their figures.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::{Days, Service};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::Result;
use crate::portal::tenant::unit::store as unit_store;
use crate::values::{Month, UnitKind};

/// All services in the order of the report.
pub fn services(conn: &Connection) -> Result<Vec<Service>> {
    let sql = "SELECT id, code, within_days FROM service ORDER BY position";
    db::list(conn, sql, [], |row| {
        Ok(Service { id: row.get(0)?, service: row.get(1)?, within_days: row.get(2)? })
    })
}

/// Adds a service.
pub fn insert_service(tx: &Tx<'_>, code: &str, position: i64, within_days: i64) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO service (code, position, within_days) VALUES (?, ?, ?)",
        params![code, position, within_days],
    )
}

/// Writes up to how many days is in time.
pub fn set_within_days(tx: &Tx<'_>, id: i64, days: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE service SET within_days = ? WHERE id = ?", params![days, id])
}

/// A figure.
pub fn find(conn: &Connection, month: Month, service: i64, unit: i64) -> Result<Option<Days>> {
    db::optional(
        conn,
        "SELECT days_0, days_1, days_2, days_3, days_more FROM service_figure
         WHERE month = ? AND service_id = ? AND unit_id = ?",
        params![month.yyyymm(), service, unit],
        |row| days(row, 0),
    )
}

/// Adds a figure.
pub fn insert(tx: &Tx<'_>, month: Month, service: i64, unit: i64, days: &Days) -> Result<()> {
    let [d0, d1, d2, d3, more] = days.counts();
    db::execute_one(
        tx,
        "INSERT INTO service_figure (month, service_id, unit_id, days_0, days_1, days_2, days_3, days_more, imported_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![month.yyyymm(), service, unit, d0, d1, d2, d3, more, tx.now_text()],
    )
}

/// Replaces a figure; the old one is kept in the history.
pub fn correct(tx: &Tx<'_>, month: Month, service: i64, unit: i64, days: &Days) -> Result<()> {
    let [d0, d1, d2, d3, more] = days.counts();
    db::execute_one(
        tx,
        "INSERT INTO service_figure_history
             (month, service_id, unit_id, days_0, days_1, days_2, days_3, days_more, replaced_at)
         SELECT month, service_id, unit_id, days_0, days_1, days_2, days_3, days_more, ? FROM service_figure
         WHERE month = ? AND service_id = ? AND unit_id = ?",
        params![tx.now_text(), month.yyyymm(), service, unit],
    )?;
    db::execute_one(
        tx,
        "UPDATE service_figure SET days_0 = ?, days_1 = ?, days_2 = ?, days_3 = ?, days_more = ?,
             imported_at = ?
         WHERE month = ? AND service_id = ? AND unit_id = ?",
        params![d0, d1, d2, d3, more, tx.now_text(), month.yyyymm(), service, unit],
    )
}

fn days(row: &Row<'_>, first: usize) -> Result<Days> {
    Ok(Days {
        days_0: row.get(first)?,
        days_1: row.get(first + 1)?,
        days_2: row.get(first + 2)?,
        days_3: row.get(first + 3)?,
        days_more: row.get(first + 4)?,
    })
}

/// What was the institution's in its month, of one unit where one is named.
fn of(tenant: i64, unit: Option<i64>, month: Option<Month>) -> Where {
    let mut conditions = Where::default();
    conditions.equals("f.month = ?", month.map(Month::yyyymm));
    conditions.equals("f.unit_id = ?", unit);
    unit_store::held_by(&mut conditions, Some(&[tenant]), "f.unit_id", "f.month");
    conditions
}

/// The months in which an institution, or one unit of it, has figures; the latest first.
pub fn months(conn: &Connection, tenant: i64, unit: Option<i64>) -> Result<Vec<Month>> {
    let conditions = of(tenant, unit, None);
    let sql = format!("SELECT DISTINCT f.month FROM service_figure f{} ORDER BY 1 DESC", conditions.sql());
    db::list(conn, &sql, conditions.params(), |row| row.month("month"))
}

/// The figures of a month summed by service, by the service's row.
pub fn sums(conn: &Connection, tenant: i64, unit: Option<i64>, month: Month) -> Result<BTreeMap<i64, Days>> {
    let conditions = of(tenant, unit, Some(month));
    let sql = format!(
        "SELECT f.service_id, sum(f.days_0), sum(f.days_1), sum(f.days_2), sum(f.days_3), sum(f.days_more)
         FROM service_figure f{} GROUP BY f.service_id",
        conditions.sql()
    );
    let mut sums = BTreeMap::new();
    db::each(conn, &sql, conditions.params(), |row| {
        sums.insert(row.get(0)?, days(row, 1)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(sums)
}

/// An institution's units in a month, as the report's header names them (K-081): kind and number. What is archived is
/// named where it has figures.
pub fn units(
    conn: &Connection,
    tenant: i64,
    unit: Option<i64>,
    month: Month,
) -> Result<Vec<(UnitKind, String)>> {
    use crate::platform::db::RowExt;
    let holder = unit_store::holder_sql("u.id", "?2");
    let sql = format!(
        "SELECT u.kind, u.number FROM unit u
         WHERE u.id IN (SELECT unit_id FROM unit_period WHERE tenant_id = ?1) AND {holder} = ?1
           AND u.id = coalesce(?3, u.id)
           AND (u.status = 'active' OR EXISTS (SELECT 1 FROM service_figure f WHERE f.unit_id = u.id AND f.month = ?2))
         ORDER BY u.kind, length(u.number), u.number"
    );
    db::list(conn, &sql, params![tenant, month.yyyymm(), unit], |row| {
        Ok((row.coded("kind")?, row.get("number")?))
    })
}
