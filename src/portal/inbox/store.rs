//! SQL of mails that come in and of what each step found.

use std::ops::ControlFlow;

use super::{Inbound, InboxState, Reason, Verdict};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::Result;
use crate::values::Coded;

const SELECT: &str =
    "SELECT m.id, m.state, m.reason, m.sender, m.delivered_to, m.subject, m.received_at, m.settled_at,
        t.number AS ticket, m.about, m.attempts, m.last_error, m.raw
     FROM inbox m LEFT JOIN ticket t ON t.id = m.ticket_id";

/// Adds a mail as it came.
pub fn insert(tx: &Tx<'_>, id: i64, raw: i64, delivered_to: Option<&str>) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO inbox (id, received_at, raw, delivered_to, state) VALUES (?, ?, ?, ?, 'received')",
        params![id, tx.now_text(), raw, delivered_to],
    )
}

/// The mail of this number.
pub fn find(conn: &Connection, id: i64) -> Result<Option<Inbound>> {
    db::optional(conn, &format!("{SELECT} WHERE m.id = ?"), [id], from_row)
}

/// The mails that wait for the provider, oldest first.
pub fn held(conn: &Connection) -> Result<Vec<Inbound>> {
    db::list(conn, &format!("{SELECT} WHERE m.state = 'held' ORDER BY m.id"), [], from_row)
}

/// The mails that nothing could be made of so far, oldest first: unreadable ones, and those that something was in the way
/// of.
pub fn unreadable(conn: &Connection) -> Result<Vec<Inbound>> {
    let sql = format!(
        "{SELECT} WHERE m.state IN ('received', 'unreadable') AND (m.state = 'unreadable' OR m.attempts > 0) ORDER BY m.id"
    );
    db::list(conn, &sql, [], from_row)
}

/// Hands on all mails that came in, or those in one state, newest first.
pub fn each(
    conn: &Connection,
    state: Option<InboxState>,
    mut receive: impl FnMut(Inbound) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut conditions = Where::default();
    if let Some(state) = state {
        // Written out, so that the partial index of what is to be done can serve.
        conditions.always(&format!("m.state = '{}'", state.code()));
    }
    let sql = format!("{SELECT}{} ORDER BY m.id DESC", conditions.sql());
    db::each(conn, &sql, conditions.params(), |row| receive(from_row(row)?))
}

/// How many mails there are in each state in which something is to be done: held, unreadable, received.
pub fn count_work(conn: &Connection) -> Result<[i64; 3]> {
    let count =
        |state: &str| db::one(conn, &format!("SELECT count(*) FROM inbox WHERE state = '{state}'"), []);
    Ok([count("held")?, count("unreadable")?, count("received")?])
}

/// The numbers of the mails that nobody has looked at yet.
pub fn waiting(conn: &Connection) -> Result<Vec<i64>> {
    db::list(conn, "SELECT id FROM inbox WHERE state = 'received' ORDER BY id", [], |row| Ok(row.get(0)?))
}

/// How many mails nobody has looked at yet.
pub fn count_waiting(conn: &Connection) -> Result<i64> {
    db::one(conn, "SELECT count(*) FROM inbox WHERE state = 'received'", [])
}

/// The numbers of the mails that answer or report on a mail of ours.
pub fn about(conn: &Connection, outgoing: i64) -> Result<Vec<Inbound>> {
    db::list(conn, &format!("{SELECT} WHERE m.about = ? ORDER BY m.id"), [outgoing], from_row)
}

/// What is known of a mail once it was read.
#[derive(Debug, Clone, Default)]
pub struct Read<'a> {
    /// By what a second copy is known.
    pub fingerprint: Option<&'a str>,
    /// Its Message-ID.
    pub message_id: Option<&'a str>,
    /// Who wrote it.
    pub sender: Option<&'a str>,
    /// What it is about.
    pub subject: Option<&'a str>,
}

/// What was decided of a mail.
#[derive(Debug, Clone, Copy)]
pub struct Settled {
    /// What becomes of it.
    pub state: InboxState,
    /// Why.
    pub reason: Reason,
    /// The row of the ticket.
    pub ticket: Option<i64>,
    /// The mail of ours that it is about.
    pub about: Option<i64>,
}

/// Notes what was read.
pub fn set_read(tx: &Tx<'_>, id: i64, read: &Read<'_>) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE inbox SET fingerprint = ?, message_id = ?, sender = ?, subject = ? WHERE id = ?",
        params![read.fingerprint, read.message_id, read.sender, read.subject, id],
    )
}

/// Notes what was decided.
pub fn settle(tx: &Tx<'_>, id: i64, settled: Settled) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE inbox SET state = ?, reason = ?, settled_at = ?, ticket_id = coalesce(?, ticket_id),
             about = coalesce(?, about), last_error = NULL WHERE id = ?",
        params![
            settled.state.code(),
            settled.reason.code(),
            tx.now_text(),
            settled.ticket,
            settled.about,
            id
        ],
    )
}

/// Makes it a mail that nobody has looked at.
pub fn unsettle(tx: &Tx<'_>, id: i64) -> Result<()> {
    let sql = "UPDATE inbox SET state = 'received', reason = NULL, settled_at = NULL WHERE id = ?";
    db::execute_one(tx, sql, [id])
}

/// Notes that it could not be understood this time.
pub fn note_failure(tx: &Tx<'_>, id: i64, error: &str) -> Result<usize> {
    let sql = "UPDATE inbox SET attempts = attempts + 1, last_error = ? WHERE id = ? AND state = 'received'";
    db::execute(tx, sql, params![error, id])
}

/// Adds what a step found, behind those before it.
pub fn add_verdict(tx: &Tx<'_>, id: i64, step: &str, verdict: &str, detail: Option<&str>) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO inbox_verdict (inbox_id, position, at, step, verdict, detail)
         VALUES (?1, (SELECT coalesce(max(position), 0) + 1 FROM inbox_verdict WHERE inbox_id = ?1), ?2, ?3, ?4, ?5)",
        params![id, tx.now_text(), step, verdict, detail],
    )
}

/// What the steps found, in order.
pub fn verdicts(conn: &Connection, id: i64) -> Result<Vec<Verdict>> {
    db::list(
        conn,
        "SELECT at, step, verdict, detail FROM inbox_verdict WHERE inbox_id = ? ORDER BY position",
        [id],
        |row| Ok(Verdict { at: row.get(0)?, step: row.get(1)?, verdict: row.get(2)?, detail: row.get(3)? }),
    )
}

/// Another mail with this fingerprint that is not itself a copy.
pub fn copy_of(conn: &Connection, id: i64, fingerprint: &str) -> Result<Option<i64>> {
    db::scalar(
        conn,
        "SELECT id FROM inbox WHERE fingerprint = ? AND id <> ? AND coalesce(reason, '') <> 'duplicate'
         AND state NOT IN ('received', 'unreadable') ORDER BY id LIMIT 1",
        params![fingerprint, id],
    )
}

/// How many mails of this sender were looked at since then, copies and automatic ones left out.
pub fn recent(conn: &Connection, id: i64, sender: &str, since: &str) -> Result<i64> {
    db::one(
        conn,
        "SELECT count(*) FROM inbox WHERE sender = ? AND received_at > ? AND id <> ? AND state IN ('taken', 'held')
         AND reason NOT IN ('sender-cap', 'sender-forged')",
        params![sender, since, id],
    )
}

/// The number of the ticket that the mail with this Message-ID is part of.
pub fn ticket_of_message(conn: &Connection, message_id: &str) -> Result<Option<String>> {
    db::scalar(
        conn,
        "SELECT t.number FROM inbox m JOIN ticket t ON t.id = m.ticket_id
         WHERE m.message_id = ? AND m.state = 'taken' ORDER BY m.id LIMIT 1",
        [message_id],
    )
}

fn from_row(row: &Row<'_>) -> Result<Inbound> {
    Ok(Inbound {
        id: row.get("id")?,
        state: row.coded("state")?,
        reason: row.coded_opt("reason")?,
        from: row.get("sender")?,
        to: row.get("delivered_to")?,
        subject: row.get("subject")?,
        received_at: row.get("received_at")?,
        settled_at: row.get("settled_at")?,
        ticket: row.get("ticket")?,
        about: row.get("about")?,
        attempts: row.get("attempts")?,
        last_error: row.get("last_error")?,
        raw: row.get("raw")?,
    })
}
