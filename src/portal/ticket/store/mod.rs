//! SQL of tickets and their numbers.

pub mod due;
pub mod kind;
pub mod share;
pub mod sight;
pub mod text;
pub mod thread;

use std::ops::ControlFlow;

use serde_json::json;

use super::words::Words;
use super::{Filter, Ticket, TicketStatus, rules};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::Result;
use crate::values::Coded;

const SELECT: &str = "SELECT t.id, t.number, t.subject, k.code AS kind, i.code AS tenant, r.email AS requester,
        t.requester_id, a.email AS assignee, t.assignee_id, t.status, t.created_at, t.updated_at, t.done_at, t.closed_at,
        t.follows_id
     FROM ticket t
     JOIN tenant i ON i.id = t.tenant_id
     JOIN user r ON r.id = t.requester_id
     LEFT JOIN user a ON a.id = t.assignee_id
     LEFT JOIN ticket_type k ON k.id = t.type_id";

/// The rows a new ticket refers to, and the place of its number.
#[derive(Debug, Clone, Copy)]
pub struct Refs {
    /// The month of its number, `yymm`.
    pub yymm: u32,
    /// Its running number in that month.
    pub sequence: u32,
    /// The institution's row.
    pub tenant: i64,
    /// The type's row.
    pub kind: Option<i64>,
}

/// The ticket with this number.
pub fn find_by_number(conn: &Connection, number: &str) -> Result<Option<Ticket>> {
    db::optional(conn, &format!("{SELECT} WHERE t.number = ?"), [number], from_row)
}

/// The ticket with this running number of a month, whatever its prefix.
pub fn find_by_place(conn: &Connection, yymm: u32, sequence: u32) -> Result<Option<Ticket>> {
    let sql = format!("{SELECT} WHERE t.yymm = ? AND t.sequence = ?");
    db::optional(conn, &sql, params![yymm, sequence], from_row)
}

/// The ticket in this row.
pub fn find(conn: &Connection, id: i64) -> Result<Option<Ticket>> {
    db::optional(conn, &format!("{SELECT} WHERE t.id = ?"), [id], from_row)
}

/// The tickets that go on from this one, oldest first.
pub fn following(conn: &Connection, id: i64) -> Result<Vec<Ticket>> {
    db::list(conn, &format!("{SELECT} WHERE t.follows_id = ? ORDER BY t.id"), [id], from_row)
}

/// Hands on the tickets of a filter, last changed first.
pub fn each(
    conn: &Connection,
    filter: &Filter,
    mut receive: impl FnMut(Ticket) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let words = filter.text.as_deref().and_then(Words::new);
    // What one user may see is less than what the index would name.
    let likely = match &words {
        Some(words) if filter.sight.is_none() => text::candidates(conn, words)?,
        _ => None,
    };
    let (sql, conditions) = list_query(filter, likely.as_deref());
    let with_internal = filter.sight.is_none();
    db::each(conn, &sql, conditions.params(), |row| {
        let ticket = from_row(row)?;
        match &words {
            Some(words) if !text::holds(conn, &ticket, words, with_internal)? => {
                Ok(ControlFlow::Continue(()))
            }
            _ => receive(ticket),
        }
    })
}

/// The statement of a list and its values; of those rows alone, where they are known.
///
/// A condition with a plus is looked at, not looked up: few tickets fit the others, or all are read last changed first.
pub(super) fn list_query(filter: &Filter, rows: Option<&[i64]>) -> (String, Where) {
    let mut conditions = Where::default();
    match filter.open {
        Some(true) => conditions.always("t.status <> 'closed'"),
        Some(false) => conditions.always("t.status = 'closed'"),
        None => {}
    }
    let statuses: Vec<_> = filter.statuses.iter().map(|status| status.code()).collect();
    conditions.any_of("t.status", &statuses);
    conditions.equals("t.type_id = ?", filter.kind);
    if let Some(sight) = &filter.sight {
        conditions.all(&sight::own_or_shared("?"), [sight.user.into(), sight.user.into()].into_iter());
        conditions.among("+t.tenant_id", Some(&sight.places));
    }
    conditions.equals("t.tenant_id = ?", filter.tenant);
    conditions.equals("t.requester_id = ?", filter.requester);
    conditions.equals("t.assignee_id = ?", filter.assignee);
    conditions.equals("t.updated_at >= ?", filter.updated_since.clone());
    if let Some(rows) = rows {
        conditions.equals("t.id IN (SELECT value FROM json_each(?))", Some(json!(rows).to_string()));
    }
    (format!("{SELECT}{} ORDER BY t.updated_at DESC, t.id DESC", conditions.sql()), conditions)
}

/// Takes the next running number of a month (S-005).
pub fn next_sequence(tx: &Tx<'_>, yymm: u32) -> Result<u32> {
    db::one(
        tx,
        "INSERT INTO ticket_counter (yymm, last) VALUES (?, 1)
         ON CONFLICT (yymm) DO UPDATE SET last = last + 1 RETURNING last",
        [yymm],
    )
}

/// Adds a ticket; answers with its row.
pub fn insert(tx: &Tx<'_>, ticket: &Ticket, refs: Refs) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO ticket (number, yymm, sequence, tenant_id, requester_id, assignee_id, type_id, subject, status,
                             created_at, updated_at, done_at, closed_at, follows_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            ticket.number,
            refs.yymm,
            refs.sequence,
            refs.tenant,
            ticket.requester_id,
            ticket.assignee_id,
            refs.kind,
            ticket.subject,
            ticket.status.code(),
            ticket.created_at,
            ticket.updated_at,
            ticket.done_at,
            ticket.closed_at,
            ticket.follows_id,
        ],
    )
}

/// Writes where a ticket stands now, and with whom.
pub fn update(tx: &Tx<'_>, ticket: &Ticket) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE ticket SET status = ?1, assignee_id = ?2, updated_at = ?3, done_at = ?4, closed_at = ?5,
             reminded_at = CASE WHEN ?1 = 'done' THEN reminded_at END
         WHERE id = ?6",
        params![
            ticket.status.code(),
            ticket.assignee_id,
            ticket.updated_at,
            ticket.done_at,
            ticket.closed_at,
            ticket.id,
        ],
    )
}

fn from_row(row: &Row<'_>) -> Result<Ticket> {
    let status: TicketStatus = row.coded("status")?;
    Ok(Ticket {
        id: row.get("id")?,
        number: row.get("number")?,
        subject: row.get("subject")?,
        kind: row.get("kind")?,
        tenant: row.get("tenant")?,
        requester: row.parsed("requester")?,
        requester_id: row.get("requester_id")?,
        assignee: row.parsed_opt("assignee")?,
        assignee_id: row.get("assignee_id")?,
        status,
        handled_by: rules::handled_by(status),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        done_at: row.get("done_at")?,
        closed_at: row.get("closed_at")?,
        follows_id: row.get("follows_id")?,
    })
}
