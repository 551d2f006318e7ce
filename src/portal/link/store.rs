//! SQL of links.

use super::{Owner, Purpose};
use crate::platform::db::{self, Connection, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::values::{Coded, Email};

fn columns(owner: Owner) -> (Option<i64>, Option<i64>) {
    match owner {
        Owner::User(id) | Owner::Reset(id) => (Some(id), None),
        Owner::Signatory(id) => (None, Some(id)),
    }
}

/// Adds a link; answers with its row.
pub fn insert(
    tx: &Tx<'_>,
    owner: Owner,
    purpose: Purpose,
    nonce: &[u8; 16],
    expires_at: &str,
) -> Result<i64> {
    let (user, signatory) = columns(owner);
    db::insert(
        tx,
        "INSERT INTO link (purpose, user_id, signatory_id, nonce, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        params![purpose.code(), user, signatory, nonce, tx.now_text(), expires_at],
    )
}

/// Each kind of owner by its own index: SQLite would take the other one, where all of them are NULL.
fn column(owner: Owner) -> (&'static str, i64) {
    match owner {
        Owner::User(id) | Owner::Reset(id) => ("user_id", id),
        Owner::Signatory(id) => ("signatory_id", id),
    }
}

/// The owner's links that have opened nothing since a time.
pub fn list_over(conn: &Connection, owner: Owner, since: &str) -> Result<Vec<i64>> {
    let (column, id) = column(owner);
    let sql =
        format!("SELECT id FROM link WHERE {column} = ? AND coalesce(used_at, revoked_at, expires_at) < ?");
    db::list(conn, &sql, params![id, since], |row| Ok(row.get(0)?))
}

/// Deletes a link that no message names.
pub fn delete_unnamed(tx: &Tx<'_>, id: i64) -> Result<()> {
    let sql = "DELETE FROM link WHERE id = ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE link_id = link.id)";
    db::execute(tx, sql, [id]).map(drop)
}

/// The owner's links that were neither used nor ended.
pub fn list_live(conn: &Connection, owner: Owner) -> Result<Vec<i64>> {
    let (column, id) = column(owner);
    let sql = format!("SELECT id FROM link WHERE {column} = ? AND used_at IS NULL AND revoked_at IS NULL");
    db::list(conn, &sql, [id], |row| Ok(row.get(0)?))
}

/// The rows of whoever is or was signatory with this address.
pub fn signatories_of(conn: &Connection, email: &Email) -> Result<Vec<i64>> {
    db::list(conn, "SELECT id FROM signatory WHERE email_key = ?", [email.key()], |row| Ok(row.get(0)?))
}

/// The purpose and nonce of a link that still opens something.
pub fn find_live(conn: &Connection, id: i64, now: &str) -> Result<Option<(Purpose, Vec<u8>)>> {
    db::optional(
        conn,
        "SELECT purpose, nonce FROM link WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?",
        params![id, now],
        |row| Ok((row.coded("purpose")?, row.get("nonce")?)),
    )
}

/// Ends a link.
pub fn revoke(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE link SET revoked_at = ? WHERE id = ?", params![tx.now_text(), id])
}

/// Uses a link up.
pub fn mark_used(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE link SET used_at = ? WHERE id = ?", params![tx.now_text(), id])
}

/// Whose link it is.
pub fn owner(conn: &Connection, id: i64) -> Result<Option<Owner>> {
    db::optional(conn, "SELECT purpose, user_id, signatory_id FROM link WHERE id = ?", [id], |row| {
        let (user, signatory): (Option<i64>, Option<i64>) = (row.get("user_id")?, row.get("signatory_id")?);
        Ok(match (row.coded::<Purpose>("purpose")?, user, signatory) {
            (Purpose::Reset, Some(user), _) => Some(Owner::Reset(user)),
            (_, Some(user), _) => Some(Owner::User(user)),
            (_, None, signatory) => signatory.map(Owner::Signatory),
        })
    })
    .map(Option::flatten)
}

/// How many links a user was given since a time.
pub fn count_since(conn: &Connection, user: i64, since: &str) -> Result<i64> {
    db::one(conn, "SELECT count(*) FROM link WHERE user_id = ? AND created_at > ?", params![user, since])
}
