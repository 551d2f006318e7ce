//! SQL of reminding of and closing what is due: a few statements for a whole chunk.

use std::ops::ControlFlow;

use serde_json::json;

use super::sight::HEARS;
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

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

/// Someone who is told of a ticket of a chunk.
#[derive(Debug)]
pub struct Reader {
    /// Its place in the chunk.
    pub place: usize,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The language, of those who have chosen one.
    pub language: Option<Lang>,
    /// Whether this is only the one of the staff who handles it.
    pub works: bool,
}

/// Nothing that came in since the ticket `t` was done still waits to be understood that may be an answer to it: from one
/// of its parties, or from whom nobody knows yet. Such a ticket stays as it is until that is known.
const UNANSWERED: &str = "NOT EXISTS (
        SELECT 1 FROM inbox m WHERE m.state = 'received' AND m.received_at >= t.done_at AND (
            m.sender IS NULL OR EXISTS (
                SELECT 1 FROM user u WHERE u.email_key = lower(m.sender) AND (
                    u.id = t.requester_id
                    OR EXISTS (SELECT 1 FROM ticket_share s WHERE s.ticket_id = t.id AND s.user_id = u.id)))))";

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
        &format!(
            "SELECT t.id, t.number, t.done_at FROM ticket t
             WHERE t.status = 'done' AND t.done_at <= ?1 AND t.done_at >= ?2 AND (t.done_at > ?2 OR t.id > ?3)
               AND {UNANSWERED} ORDER BY t.done_at, t.id LIMIT ?4"
        ),
        params![cutoff, done_at, id, limit as i64],
        from_row,
    )
}

/// The next tickets to be reminded of: done since `from` or longer, but not since `cutoff`, and not reminded of since.
pub fn next_to_remind(
    conn: &Connection,
    (cutoff, from): (&str, &str),
    after: Option<&DoneTicket>,
    limit: usize,
) -> Result<Vec<DoneTicket>> {
    let (done_at, id) = after.map_or((cutoff, i64::MAX), |last| (last.done_at.as_str(), last.id));
    db::list(
        conn,
        "SELECT id, number, done_at FROM ticket
         WHERE status = 'done' AND done_at <= ?1 AND done_at >= ?2 AND (done_at > ?2 OR id > ?3) AND reminded_at IS NULL
         ORDER BY done_at, id LIMIT ?4",
        params![from, done_at, id, limit as i64],
        from_row,
    )
}

/// How many tickets are done since `cutoff` or longer and can be closed.
pub fn count(conn: &Connection, cutoff: &str) -> Result<i64> {
    let sql =
        format!("SELECT count(*) FROM ticket t WHERE t.status = 'done' AND t.done_at <= ? AND {UNANSWERED}");
    db::one(conn, &sql, [cutoff])
}

/// How many tickets are to be reminded of.
pub fn count_to_remind(conn: &Connection, cutoff: &str, from: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM ticket
               WHERE status = 'done' AND done_at > ? AND done_at <= ? AND reminded_at IS NULL";
    db::one(conn, sql, [cutoff, from])
}

/// Hands on the tickets that are done since after `cutoff`, oldest first.
pub fn each_kept(
    conn: &Connection,
    cutoff: &str,
    mut receive: impl FnMut(DoneTicket) -> Result<()>,
) -> Result<()> {
    db::each(
        conn,
        "SELECT id, number, done_at FROM ticket WHERE status = 'done' AND done_at > ? ORDER BY done_at, id",
        [cutoff],
        |row| receive(from_row(row)?).map(ControlFlow::Continue),
    )
}

/// The rows of these tickets as the other statements take them.
pub fn ids(tickets: &[DoneTicket]) -> String {
    json!(tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>()).to_string()
}

/// Closes these tickets as far as they are done since `cutoff` or longer.
pub fn close(tx: &Tx<'_>, ids: &str, cutoff: &str) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE ticket SET status = 'closed', closed_at = ?1, updated_at = ?1, reminded_at = NULL
         WHERE id IN (SELECT value FROM json_each(?2)) AND status = 'done' AND done_at <= ?3",
        params![tx.now_text(), ids, cutoff],
    )
}

/// Notes of these tickets that they were reminded of.
pub fn mark_reminded(tx: &Tx<'_>, ids: &str) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE ticket SET reminded_at = ?1
         WHERE id IN (SELECT value FROM json_each(?2)) AND status = 'done' AND reminded_at IS NULL",
        params![tx.now_text(), ids],
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

/// Hands on who is told of these tickets, each once for each: who asked and whom it is shared with, while they see it,
/// and who handles it. The same as `notify` finds for one ticket.
pub fn each_reader(
    conn: &Connection,
    ids: &str,
    mut receive: impl FnMut(Reader) -> Result<()>,
) -> Result<()> {
    db::each(
        conn,
        &format!("WITH told (place, ticket_id, user_id, works) AS (
             SELECT j.key, t.id, t.requester_id, 0 FROM json_each(?1) j JOIN ticket t ON t.id = j.value
             UNION ALL
             SELECT j.key, s.ticket_id, s.user_id, 0 FROM json_each(?1) j JOIN ticket_share s ON s.ticket_id = j.value
             UNION ALL
             SELECT j.key, t.id, t.assignee_id, 1 FROM json_each(?1) j JOIN ticket t ON t.id = j.value
             WHERE t.assignee_id IS NOT NULL)
         SELECT told.place, u.email, u.name, u.language, min(told.works) AS works
         FROM told CROSS JOIN user u ON u.id = told.user_id CROSS JOIN ticket t ON t.id = told.ticket_id
         WHERE {HEARS} AND (told.works = 0 OR u.staff IS NOT NULL)
         GROUP BY told.place, u.id ORDER BY told.place, u.id"),
        [ids],
        |row| {
            let reader = Reader {
                place: row.get::<_, i64>("place")?.unsigned_abs() as usize,
                email: row.get("email")?,
                name: row.get("name")?,
                language: row.coded_opt("language")?,
                works: row.get("works")?,
            };
            receive(reader).map(ControlFlow::Continue)
        },
    )
}

fn from_row(row: &Row<'_>) -> Result<DoneTicket> {
    Ok(DoneTicket { id: row.get(0)?, number: row.get(1)?, done_at: row.get(2)? })
}
