//! The rows of `setting`.

use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::Result;

/// The stored value of a setting, if somebody set one.
pub fn find(conn: &Connection, key: &str) -> Result<Option<String>> {
    db::scalar(conn, "SELECT value FROM setting WHERE key = ?", [key])
}

/// Stores a value.
pub fn upsert(tx: &Tx<'_>, key: &str, value: &str) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO setting (key, value, updated_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET value = ?2, updated_at = ?3",
        params![key, value, tx.now_text()],
    )
}

/// Removes a stored value.
pub fn delete(tx: &Tx<'_>, key: &str) -> Result<()> {
    db::execute_one(tx, "DELETE FROM setting WHERE key = ?", [key])
}
