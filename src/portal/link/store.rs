//! SQL of links.

use super::{Owner, Purpose};
use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::Result;
use crate::values::Coded;

fn columns(owner: Owner) -> (Option<i64>, Option<i64>) {
    match owner {
        Owner::User(id) => (Some(id), None),
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

/// The owner's links that were neither used nor ended.
pub fn list_live(conn: &Connection, owner: Owner) -> Result<Vec<i64>> {
    // Each kind of owner by its own index: SQLite would take the other one, where all of them are NULL.
    let (column, id) = match owner {
        Owner::User(id) => ("user_id", id),
        Owner::Signatory(id) => ("signatory_id", id),
    };
    let sql = format!("SELECT id FROM link WHERE {column} = ? AND used_at IS NULL AND revoked_at IS NULL");
    db::list(conn, &sql, [id], |row| Ok(row.get(0)?))
}

/// Ends a link.
pub fn revoke(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE link SET revoked_at = ? WHERE id = ?", params![tx.now_text(), id])
}
