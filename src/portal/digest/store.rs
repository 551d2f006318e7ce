//! SQL of reminders.

use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::Result;

/// Someone who may get a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The user's row.
    pub id: i64,
    /// Before when everything was told, UTC.
    pub last: Option<String>,
}

/// The next active users after `after` who want reminders and had none since `today`, the beginning of the day.
pub fn readers(conn: &Connection, after: i64, today: &str, limit: usize) -> Result<Vec<Reader>> {
    let sql = "SELECT id, digest_at FROM user
         WHERE id > ? AND status = 'active' AND notifications = 1 AND email_reminders = 1
             AND (digest_at IS NULL OR digest_at < ?)
         ORDER BY id LIMIT ?";
    db::list(conn, sql, params![after, today, limit as i64], |row| {
        Ok(Reader { id: row.get(0)?, last: row.get(1)? })
    })
}

/// Whether this user still is one of them.
pub fn is_reader(conn: &Connection, user: i64, today: &str) -> Result<bool> {
    let sql =
        "SELECT 1 FROM user WHERE id = ? AND status = 'active' AND notifications = 1 AND email_reminders = 1
             AND (digest_at IS NULL OR digest_at < ?)";
    Ok(db::scalar::<i64>(conn, sql, params![user, today])?.is_some())
}

/// The months that were closed, and when.
pub fn closed_months(conn: &Connection) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT month, changed_at FROM kpi_month WHERE state = 'closed' ORDER BY month";
    db::list(conn, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The months whose figures of services came in, for which institution and when; what came before that was noted is left
/// out.
pub fn reported_months(conn: &Connection) -> Result<Vec<(i64, i64, String)>> {
    let sql = "SELECT p.tenant_id, f.month, max(f.imported_at) FROM service_figure f
         JOIN unit_period p ON p.unit_id = f.unit_id
             AND p.from_month = (SELECT max(from_month) FROM unit_period
                                 WHERE unit_id = f.unit_id AND from_month <= f.month)
         WHERE f.imported_at IS NOT NULL GROUP BY p.tenant_id, f.month ORDER BY f.month";
    db::list(conn, sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Remembers until when everything was told.
pub fn set_reminded(tx: &Tx<'_>, user: i64, until: &str) -> Result<()> {
    db::execute_one(tx, "UPDATE user SET digest_at = ? WHERE id = ?", params![until, user])
}
