//! SQL of one-time codes.

use chrono::{DateTime, Utc};

use super::{Code, CodePurpose};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::{Error, Result};
use crate::values::{Coded, E164};

/// Adds a code; answers with its row.
pub fn insert(
    tx: &Tx<'_>,
    user: i64,
    purpose: CodePurpose,
    phone: Option<&E164>,
    nonce: &[u8; 16],
    expires_at: &str,
) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO code (purpose, user_id, nonce, phone, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        params![purpose.code(), user, nonce, phone.map(E164::as_str), tx.now_text(), expires_at],
    )
}

const SELECT: &str = "SELECT id, purpose, user_id, nonce, phone, tries FROM code";

/// A code that still opens something.
pub fn find_live(conn: &Connection, id: i64, now: &str) -> Result<Option<Code>> {
    let sql = format!("{SELECT} WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?");
    db::optional(conn, &sql, params![id, now], from_row)
}

/// The user's code of a purpose that still opens something; there is at most one.
pub fn find_open(conn: &Connection, user: i64, purpose: CodePurpose, now: &str) -> Result<Option<Code>> {
    let sql = format!(
        "{SELECT} WHERE user_id = ? AND purpose = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?
         ORDER BY id DESC"
    );
    db::optional(conn, &sql, params![user, purpose.code(), now], from_row)
}

/// The user's codes of a purpose that were neither used nor ended.
pub fn list_open(conn: &Connection, user: i64, purpose: CodePurpose) -> Result<Vec<i64>> {
    db::list(
        conn,
        "SELECT id FROM code WHERE user_id = ? AND purpose = ? AND used_at IS NULL AND revoked_at IS NULL",
        params![user, purpose.code()],
        |row| Ok(row.get(0)?),
    )
}

/// When SMS of a purpose were sent to a user since a time, the latest first.
pub fn sent_to_user(
    conn: &Connection,
    user: i64,
    purpose: CodePurpose,
    since: &str,
) -> Result<Vec<DateTime<Utc>>> {
    let sql = "SELECT created_at FROM code WHERE user_id = ? AND purpose = ? AND phone IS NOT NULL AND created_at > ? ORDER BY id DESC";
    db::list(conn, sql, params![user, purpose.code(), since], time)
}

/// When SMS of a purpose were sent to a number since a time, the latest first.
pub fn sent_to_phone(
    conn: &Connection,
    phone: &E164,
    purpose: CodePurpose,
    since: &str,
) -> Result<Vec<DateTime<Utc>>> {
    let sql =
        "SELECT created_at FROM code WHERE phone = ? AND purpose = ? AND created_at > ? ORDER BY id DESC";
    db::list(conn, sql, params![phone.as_str(), purpose.code(), since], time)
}

/// Counts a wrong one.
pub fn add_try(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE code SET tries = tries + 1 WHERE id = ?", [id])
}

/// Uses a code up.
pub fn mark_used(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE code SET used_at = ?, nonce = NULL WHERE id = ?", params![tx.now_text(), id])
}

/// Ends a code.
pub fn revoke(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE code SET revoked_at = ?, nonce = NULL WHERE id = ?",
        params![tx.now_text(), id],
    )
}

/// Ends a code, where it still opens something.
pub fn void(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute(
        tx,
        "UPDATE code SET revoked_at = ?, nonce = NULL WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL",
        params![tx.now_text(), id],
    )
    .map(drop)
}

/// Deletes a user's codes that have opened nothing since a time, save an initial password that still is the user's.
pub fn delete_over(tx: &Tx<'_>, user: i64, since: &str) -> Result<usize> {
    db::execute(
        tx,
        "DELETE FROM code WHERE user_id = ? AND coalesce(used_at, revoked_at, expires_at) < ?
             AND NOT EXISTS (SELECT 1 FROM credential WHERE initial_id = code.id)",
        params![user, since],
    )
}

/// Takes away what the code is derived from; it stays what it is.
pub fn erase_nonce(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE code SET nonce = NULL WHERE id = ?", [id])
}

fn time(row: &Row<'_>) -> Result<DateTime<Utc>> {
    row.time_opt("created_at")?.ok_or_else(|| Error::internal("the database holds a code without a time"))
}

fn from_row(row: &Row<'_>) -> Result<Code> {
    Ok(Code {
        id: row.get("id")?,
        purpose: row.coded("purpose")?,
        user: row.get("user_id")?,
        nonce: row.get("nonce")?,
        phone: row.get("phone")?,
        tries: row.get("tries")?,
    })
}
