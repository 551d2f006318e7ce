//! SQL of second steps and emergency codes.

use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::portal::session::Method;
use crate::values::{Coded, E164};

/// A second step, in use or pending.
#[derive(Clone)]
pub struct Factor {
    /// The row.
    pub id: i64,
    /// App or SMS.
    pub method: Method,
    /// The app's secret, sealed.
    pub secret: Option<Vec<u8>>,
    /// The step of the last code that was taken.
    pub last_step: Option<i64>,
    /// The number.
    pub phone: Option<E164>,
}

/// An emergency code's row.
pub struct Emergency {
    /// The keyed hash.
    pub hash: Vec<u8>,
    /// Its owner said that it is kept safe.
    pub confirmed: bool,
    /// It was used.
    pub used: bool,
}

const SELECT: &str = "SELECT id, method, secret, last_step, phone FROM factor WHERE user_id = ?";

/// The second steps that a user has in use, the app first.
pub fn list(conn: &Connection, user: i64) -> Result<Vec<Factor>> {
    db::list(conn, &format!("{SELECT} AND confirmed_at IS NOT NULL ORDER BY method"), [user], from_row)
}

/// The one that is being set up.
pub fn find_pending(conn: &Connection, user: i64) -> Result<Option<Factor>> {
    db::optional(conn, &format!("{SELECT} AND confirmed_at IS NULL"), [user], from_row)
}

/// Begins to set one up, in place of what was pending.
pub fn put_pending(
    tx: &Tx<'_>,
    user: i64,
    method: Method,
    secret: Option<&[u8]>,
    phone: Option<&E164>,
) -> Result<i64> {
    db::execute(tx, "DELETE FROM factor WHERE user_id = ? AND confirmed_at IS NULL", [user])?;
    db::insert(
        tx,
        "INSERT INTO factor (user_id, method, secret, phone, created_at) VALUES (?, ?, ?, ?, ?)",
        params![user, method.code(), secret, phone.map(E164::as_str), tx.now_text()],
    )
}

/// Takes what was pending into use, in place of the one of the same method.
pub fn confirm(tx: &Tx<'_>, user: i64, factor: &Factor, step: Option<i64>) -> Result<()> {
    delete(tx, user, Some(factor.method))?;
    db::execute_one(
        tx,
        "UPDATE factor SET confirmed_at = ?, last_step = ? WHERE id = ?",
        params![tx.now_text(), step, factor.id],
    )
}

/// Notes the step of a code that was taken.
pub fn set_last_step(tx: &Tx<'_>, id: i64, step: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE factor SET last_step = ? WHERE id = ?", params![step, id])
}

/// Takes away those in use: of one method, or all.
pub fn delete(tx: &Tx<'_>, user: i64, method: Option<Method>) -> Result<usize> {
    db::execute(
        tx,
        "DELETE FROM factor WHERE user_id = ?1 AND confirmed_at IS NOT NULL AND (?2 IS NULL OR method = ?2)",
        params![user, method.map(Coded::code)],
    )
}

/// Takes away what is pending.
pub fn delete_pending(tx: &Tx<'_>, user: i64) -> Result<usize> {
    db::execute(tx, "DELETE FROM factor WHERE user_id = ? AND confirmed_at IS NULL", [user])
}

/// A user's emergency code.
pub fn emergency(conn: &Connection, user: i64) -> Result<Option<Emergency>> {
    db::optional(
        conn,
        "SELECT hash, confirmed_at, used_at FROM emergency_code WHERE user_id = ?",
        [user],
        |row| {
            Ok(Emergency {
                hash: row.get(0)?,
                confirmed: row.get::<_, Option<String>>(1)?.is_some(),
                used: row.get::<_, Option<String>>(2)?.is_some(),
            })
        },
    )
}

/// Sets a new emergency code in place of the old one. It opens nothing before it is confirmed.
pub fn put_emergency(tx: &Tx<'_>, user: i64, hash: &[u8; 32]) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO emergency_code (user_id, hash, created_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (user_id) DO UPDATE SET hash = ?2, created_at = ?3, confirmed_at = NULL, used_at = NULL",
        params![user, hash, tx.now_text()],
    )
}

/// Its owner says that this very code is kept safe. Answers with how many rows that was true of.
pub fn confirm_emergency(tx: &Tx<'_>, user: i64, hash: &[u8; 32]) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE emergency_code SET confirmed_at = ? WHERE user_id = ? AND hash = ? AND used_at IS NULL",
        params![tx.now_text(), user, hash],
    )
}

/// Uses the emergency code up.
pub fn use_emergency(tx: &Tx<'_>, user: i64) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE emergency_code SET used_at = ? WHERE user_id = ?",
        params![tx.now_text(), user],
    )
}

/// Takes the emergency code away.
pub fn delete_emergency(tx: &Tx<'_>, user: i64) -> Result<usize> {
    db::execute(tx, "DELETE FROM emergency_code WHERE user_id = ?", [user])
}

/// Forgets the emergency code of which this is the hash, where its owner has not saved it.
pub fn delete_unconfirmed(tx: &Tx<'_>, user: i64, hash: &[u8; 32]) -> Result<usize> {
    db::execute(
        tx,
        "DELETE FROM emergency_code WHERE user_id = ? AND hash = ? AND confirmed_at IS NULL",
        params![user, hash],
    )
}

fn from_row(row: &Row<'_>) -> Result<Factor> {
    Ok(Factor {
        id: row.get("id")?,
        method: row.coded("method")?,
        secret: row.get("secret")?,
        last_step: row.get("last_step")?,
        phone: row.parsed_opt("phone")?,
    })
}
