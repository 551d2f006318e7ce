//! Mails of ours that others answer, or that come back.

use super::{Message, find};
use crate::platform::db::{self, Connection};
use crate::platform::error::Result;

/// How many characters of a Message-ID are of our making: 128 bits in hexadecimal.
const LENGTH: usize = 32;

/// The mail of ours with this Message-ID, given without angle brackets. What stands behind the @ changes with the
/// configuration; what stands before it is drawn by lot.
pub fn by_message_id(conn: &Connection, id: &str) -> Result<Option<Message>> {
    let local = id.split('@').next().unwrap_or_default().trim().to_ascii_lowercase();
    if local.len() != LENGTH || !local.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let row = db::scalar(conn, "SELECT id FROM outbox WHERE message_id = ? AND channel = 'mail'", [&local])?;
    row.map(|id| find(conn, id)).transpose().map(Option::flatten)
}

/// What a mail of ours was about: the object of its own, and of those whose news it brought too.
pub fn causes(conn: &Connection, id: i64) -> Result<Vec<String>> {
    db::list(
        conn,
        "SELECT cause FROM outbox WHERE id = ?1 UNION SELECT cause FROM outbox WHERE merged_into = ?1",
        [id],
        |row| Ok(row.get(0)?),
    )
}
