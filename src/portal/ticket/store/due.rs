//! SQL of closing what is due: three statements for a whole chunk.

use crate::platform::db::{self, Connection, Row, Tx, params};
use crate::platform::error::Result;

/// A ticket that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneTicket {
    /// The row.
    pub id: i64,
    /// Its number.
    pub number: String,
    /// Since when it is done, UTC text.
    pub done_at: String,
}

/// The next tickets that are done since `cutoff` or longer, oldest first, after the last one seen.
pub fn next(
    conn: &Connection,
    cutoff: &str,
    after: Option<&DoneTicket>,
    limit: usize,
) -> Result<Vec<DoneTicket>> {
    let (done_at, id) = after.map_or(("", 0), |last| (last.done_at.as_str(), last.id));
    db::list(
        conn,
        "SELECT id, number, done_at FROM ticket
         WHERE status = 'done' AND done_at <= ?1 AND done_at >= ?2 AND (done_at > ?2 OR id > ?3)
         ORDER BY done_at, id LIMIT ?4",
        params![cutoff, done_at, id, limit as i64],
        from_row,
    )
}

/// How many tickets are done since `cutoff` or longer.
pub fn count(conn: &Connection, cutoff: &str) -> Result<i64> {
    db::one(conn, "SELECT count(*) FROM ticket WHERE status = 'done' AND done_at <= ?", [cutoff])
}

/// The tickets that are done since after `cutoff`, oldest first.
pub fn list_kept(conn: &Connection, cutoff: &str) -> Result<Vec<DoneTicket>> {
    db::list(
        conn,
        "SELECT id, number, done_at FROM ticket WHERE status = 'done' AND done_at > ? ORDER BY done_at, id",
        [cutoff],
        from_row,
    )
}

/// Closes these tickets, given as a JSON array of rows, as far as they are done since `cutoff` or longer.
pub fn close(tx: &Tx<'_>, ids: &str, cutoff: &str) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE ticket SET status = 'closed', closed_at = ?1, updated_at = ?1
         WHERE id IN (SELECT value FROM json_each(?2)) AND status = 'done' AND done_at <= ?3",
        params![tx.now_text(), ids, cutoff],
    )
}

/// Adds to the threads of these tickets that the system closed them.
pub fn insert_entries(tx: &Tx<'_>, ids: &str) -> Result<usize> {
    db::execute(
        tx,
        "INSERT INTO ticket_entry (ticket_id, at, kind, author_id, author, internal, text)
         SELECT value, ?1, 'status', NULL, 'system', 0, 'closed' FROM json_each(?2)",
        params![tx.now_text(), ids],
    )
}

fn from_row(row: &Row<'_>) -> Result<DoneTicket> {
    Ok(DoneTicket { id: row.get(0)?, number: row.get(1)?, done_at: row.get(2)? })
}
