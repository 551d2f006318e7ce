//! SQL of the warnings that an end is near.

use chrono::NaiveDate;

use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::Result;

/// For which days before this date a warning was given.
pub fn given(conn: &Connection, agreement: i64, expires_on: NaiveDate) -> Result<Vec<i64>> {
    db::list(
        conn,
        "SELECT days FROM agreement_warning WHERE agreement_id = ? AND expires_on = ? ORDER BY days",
        params![agreement, expires_on.to_string()],
        |row| Ok(row.get(0)?),
    )
}

/// Notes that a warning was given.
pub fn insert(tx: &Tx<'_>, agreement: i64, expires_on: NaiveDate, days: i64) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO agreement_warning (agreement_id, expires_on, days, at) VALUES (?, ?, ?, ?)",
        params![agreement, expires_on.to_string(), days, tx.now_text()],
    )
}

/// Dispensations in force that end on one of these days, the first to end first.
pub fn ending(conn: &Connection, from: NaiveDate, to: NaiveDate) -> Result<Vec<i64>> {
    db::list(
        conn,
        "SELECT id FROM agreement WHERE state = 'in-force' AND expires_on IS NOT NULL AND kind = 'dispensation'
             AND expires_on BETWEEN ? AND ? ORDER BY expires_on, id",
        params![from.to_string(), to.to_string()],
        |row| Ok(row.get(0)?),
    )
}
