//! SQL of passwords and failures; second steps are in [`factor`].

pub mod factor;

use chrono::{DateTime, Utc};

use super::Channel;
use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::Result;
use crate::portal::user::store as user_store;
use crate::values::Coded;

/// A user's password as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The PHC string.
    pub phc: String,
    /// The initial password that it is; `None` for one that the user chose.
    pub initial: Option<i64>,
}

/// The password of a user, if there is one.
pub fn credential(conn: &Connection, user: i64) -> Result<Option<Credential>> {
    db::optional(conn, "SELECT password, initial_id FROM credential WHERE user_id = ?", [user], |row| {
        Ok(Credential { phc: row.get(0)?, initial: row.get(1)? })
    })
}

/// With which parameters the passwords that there are were hashed, and how many with each.
pub fn params_in_use(conn: &Connection) -> Result<Vec<(String, u32)>> {
    db::list(
        conn,
        // Behind `$argon2id$v=19$`, up to the next `$`.
        "SELECT substr(password, 16, instr(substr(password, 16), '$') - 1) AS params, count(*)
         FROM credential GROUP BY params ORDER BY params",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Sets a user's password.
pub fn put_credential(tx: &Tx<'_>, user: i64, phc: &str, initial: Option<i64>) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO credential (user_id, password, set_at, initial_id) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (user_id) DO UPDATE SET password = ?2, set_at = ?3, initial_id = ?4",
        params![user, phc, tx.now_text(), initial],
    )
}

/// Hashes the same password anew.
pub fn upgrade_credential(tx: &Tx<'_>, user: i64, phc: &str) -> Result<()> {
    db::execute_one(tx, "UPDATE credential SET password = ? WHERE user_id = ?", params![phc, user])
}

/// How often a way in failed in a row, and when last.
pub fn failures(conn: &Connection, user: i64, channel: Channel) -> Result<(u32, Option<DateTime<Utc>>)> {
    user_store::failures(conn, user, channel.code())
}

/// Notes how often a way in has now failed in a row.
pub fn put_failures(tx: &Tx<'_>, user: i64, channel: Channel, failures: u32) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO login_failure (user_id, channel, failures, last_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (user_id, channel) DO UPDATE SET failures = ?3, last_at = ?4",
        params![user, channel.code(), failures, tx.now_text()],
    )
}

/// Forgets the failures of a way in.
pub fn clear_failures(tx: &Tx<'_>, user: i64, channel: Channel) -> Result<usize> {
    db::execute(
        tx,
        "DELETE FROM login_failure WHERE user_id = ? AND channel = ?",
        params![user, channel.code()],
    )
}
