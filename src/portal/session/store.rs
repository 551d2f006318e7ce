//! SQL of sessions.

use super::{Method, Session, SessionState};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::{Error, Result};
use crate::values::Coded;

const SELECT: &str =
    "SELECT s.id, s.user_id, u.email AS user, s.state, s.method, s.created_at, s.seen_at, s.expires_at
     FROM session s JOIN user u ON u.id = s.user_id";
/// Two parameters: now, and the time since which an idle one ends.
const LIVE: &str = "s.ended_at IS NULL AND s.expires_at > ? AND s.seen_at > ?";

/// Adds a session; answers with the row.
pub fn insert(
    tx: &Tx<'_>,
    user: i64,
    token: &[u8; 32],
    state: SessionState,
    method: Option<Method>,
    expires_at: &str,
) -> Result<i64> {
    let now = tx.now_text();
    db::insert(
        tx,
        "INSERT INTO session (user_id, token, state, method, created_at, seen_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![user, token, state.code(), method.map(Coded::code), now, now, expires_at],
    )
}

/// The session of this row, ended or not.
pub fn find(conn: &Connection, id: i64) -> Result<Session> {
    db::optional(conn, &format!("{SELECT} WHERE s.id = ?"), [id], from_row)?
        .ok_or_else(|| Error::internal(format!("the database has no session number {id}")))
}

/// Whether a session, ended or not, is the one with this hash of a token.
pub fn is_of(conn: &Connection, id: i64, token: &[u8; 32]) -> Result<bool> {
    db::one(conn, "SELECT count(*) > 0 FROM session WHERE id = ? AND token = ?", params![id, token])
}

/// The session with this hash of a token, if it has not ended.
pub fn find_live(
    conn: &Connection,
    token: &[u8; 32],
    now: &str,
    idle_since: &str,
) -> Result<Option<Session>> {
    let sql = format!("{SELECT} WHERE s.token = ? AND {LIVE}");
    db::optional(conn, &sql, params![token, now, idle_since], from_row)
}

/// The session of this row, if it has not ended.
pub fn find_live_by_id(conn: &Connection, id: i64, now: &str, idle_since: &str) -> Result<Option<Session>> {
    let sql = format!("{SELECT} WHERE s.id = ? AND {LIVE}");
    db::optional(conn, &sql, params![id, now, idle_since], from_row)
}

/// The sessions that have not ended, the latest first.
pub fn list_live(conn: &Connection, user: Option<i64>, now: &str, idle_since: &str) -> Result<Vec<Session>> {
    match user {
        Some(user) => {
            let sql = format!("{SELECT} WHERE {LIVE} AND s.user_id = ? ORDER BY s.id DESC");
            db::list(conn, &sql, params![now, idle_since, user], from_row)
        }
        None => {
            let sql = format!("{SELECT} WHERE {LIVE} ORDER BY s.id DESC");
            db::list(conn, &sql, params![now, idle_since], from_row)
        }
    }
}

/// Sets how far a session has come.
pub fn set_state(
    tx: &Tx<'_>,
    id: i64,
    state: SessionState,
    method: Option<Method>,
    expires_at: &str,
) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE session SET state = ?, method = ?, expires_at = ?, seen_at = ? WHERE id = ?",
        params![state.code(), method.map(Coded::code), expires_at, tx.now_text(), id],
    )
}

/// Notes its use.
pub fn touch(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE session SET seen_at = ? WHERE id = ?", params![tx.now_text(), id])
}

/// Ends a session that has not been ended.
pub fn end(tx: &Tx<'_>, id: i64, why: &str) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE session SET ended_at = ?, ended_reason = ? WHERE id = ? AND ended_at IS NULL",
        params![tx.now_text(), why, id],
    )
}

/// Ends the sessions of a user, or of everyone, that have not been ended.
pub fn end_all(tx: &Tx<'_>, user: Option<i64>, why: &str, save: Option<i64>) -> Result<usize> {
    const END: &str =
        "UPDATE session SET ended_at = ?1, ended_reason = ?2 WHERE ended_at IS NULL AND id IS NOT ?3";
    match user {
        Some(user) => {
            db::execute(tx, &format!("{END} AND user_id = ?4"), params![tx.now_text(), why, save, user])
        }
        None => db::execute(tx, END, params![tx.now_text(), why, save]),
    }
}

/// Ends the sessions of a user, or of everyone, whose time is over.
pub fn end_expired(tx: &Tx<'_>, user: Option<i64>, why: &str, idle_since: &str) -> Result<usize> {
    const END: &str = "UPDATE session SET ended_at = ?1, ended_reason = ?2
         WHERE ended_at IS NULL AND NOT (expires_at > ?1 AND seen_at > ?3)";
    match user {
        Some(user) => {
            db::execute(tx, &format!("{END} AND user_id = ?4"), params![tx.now_text(), why, idle_since, user])
        }
        None => db::execute(tx, END, params![tx.now_text(), why, idle_since]),
    }
}

/// Deletes a user's sessions that ended before a time.
pub fn delete_over(tx: &Tx<'_>, user: i64, since: &str) -> Result<usize> {
    let sql = "DELETE FROM session WHERE user_id = ? AND coalesce(ended_at, expires_at) < ?";
    db::execute(tx, sql, params![user, since])
}

fn from_row(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        user: row.get("user")?,
        state: row.coded("state")?,
        method: row.coded_opt("method")?,
        created_at: row.get("created_at")?,
        seen_at: row.get("seen_at")?,
        expires_at: row.get("expires_at")?,
    })
}
