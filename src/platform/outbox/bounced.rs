//! Addresses that mail came back from: nothing is sent there until someone clears them.

use rusqlite::params;
use serde::Serialize;

use crate::platform::db::{self, Connection, Row, Tx};
use crate::platform::error::Result;

/// An address that mail came back from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bounced {
    /// The address in small letters.
    pub email: String,
    /// When mail first came back, UTC.
    pub since: String,
    /// When it last did, UTC.
    pub last_at: String,
    /// How often it did.
    pub times: i64,
    /// What the other server calls the reason, RFC 3463: `5.1.1`.
    pub status: Option<String>,
    /// What the other server said.
    pub said: Option<String>,
    /// The number of the mail that told so last; `None` where the other server refused it at once.
    pub mail: Option<i64>,
}

/// Why mail came back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Why<'a> {
    /// RFC 3463: `5.1.1`.
    pub status: Option<&'a str>,
    /// What the other server said.
    pub said: Option<&'a str>,
    /// The number of the mail that told so.
    pub mail: Option<i64>,
}

const SELECT: &str = "SELECT email_key, since, last_at, times, status, said, inbox_id FROM bounced_address";

/// Notes that mail to this address came back.
pub fn mark(tx: &Tx<'_>, email: &str, why: Why<'_>) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO bounced_address (email_key, since, last_at, times, status, said, inbox_id)
         VALUES (?1, ?2, ?2, 1, ?3, ?4, ?5)
         ON CONFLICT (email_key) DO UPDATE SET last_at = excluded.last_at, times = times + 1,
             status = excluded.status, said = excluded.said, inbox_id = excluded.inbox_id",
        params![email.trim().to_lowercase(), tx.now_text(), why.status, why.said, why.mail],
    )
}

/// Lets mail go to this address again. Answers with whether it was there.
pub fn clear(tx: &Tx<'_>, email: &str) -> Result<bool> {
    let sql = "DELETE FROM bounced_address WHERE email_key = ?";
    Ok(db::execute(tx, sql, [email.trim().to_lowercase()])? > 0)
}

/// Whether mail to this address came back.
pub fn find(conn: &Connection, email: &str) -> Result<Option<Bounced>> {
    let sql = format!("{SELECT} WHERE email_key = ?");
    db::optional(conn, &sql, [email.trim().to_lowercase()], from_row)
}

/// All of them by address.
pub fn list(conn: &Connection) -> Result<Vec<Bounced>> {
    db::list(conn, &format!("{SELECT} ORDER BY email_key"), [], from_row)
}

fn from_row(row: &Row<'_>) -> Result<Bounced> {
    Ok(Bounced {
        email: row.get(0)?,
        since: row.get(1)?,
        last_at: row.get(2)?,
        times: row.get(3)?,
        status: row.get(4)?,
        said: row.get(5)?,
        mail: row.get(6)?,
    })
}
