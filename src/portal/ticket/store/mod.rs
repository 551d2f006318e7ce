//! SQL of tickets and their numbers.

pub mod due;
pub mod kind;
pub mod thread;

use std::ops::ControlFlow;

use super::{Filter, Ticket, TicketStatus, rules};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::Result;
use crate::values::Coded;

const SELECT: &str = "SELECT t.id, t.number, t.subject, k.code AS kind, i.code AS tenant, r.email AS requester,
        t.requester_id, a.email AS assignee, t.assignee_id, t.status, t.created_at, t.updated_at, t.done_at, t.closed_at
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
    /// The row of the ticket that it goes on from.
    pub follows: Option<i64>,
}

/// The ticket with this number.
pub fn find_by_number(conn: &Connection, number: &str) -> Result<Option<Ticket>> {
    db::optional(conn, &format!("{SELECT} WHERE t.number = ?"), [number], from_row)
}

/// Hands on the tickets of a filter, last changed first.
pub fn each(
    conn: &Connection,
    filter: &Filter,
    mut receive: impl FnMut(Ticket) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut conditions = Where::default();
    match filter.open {
        Some(true) => conditions.always("t.status <> 'closed'"),
        Some(false) => conditions.always("t.status = 'closed'"),
        None => {}
    }
    let statuses: Vec<_> = filter.statuses.iter().map(|status| status.code()).collect();
    conditions.any_of("t.status", &statuses);
    conditions.equals("t.type_id = ?", filter.kind);
    conditions.equals("t.tenant_id = ?", filter.tenant);
    conditions.among("t.tenant_id", filter.places.as_deref());
    conditions.equals("t.requester_id = ?", filter.requester);
    conditions.equals("t.assignee_id = ?", filter.assignee);
    conditions.equals("t.updated_at >= ?", filter.updated_since.clone());
    conditions.equals(
        "EXISTS (SELECT 1 FROM (SELECT ? AS wanted) WHERE t.subject LIKE wanted ESCAPE '\\'
         OR EXISTS (SELECT 1 FROM ticket_entry e WHERE e.ticket_id = t.id AND e.internal = 0
                    AND e.kind IN ('message', 'mail') AND e.text LIKE wanted ESCAPE '\\'))",
        filter.text.as_deref().map(like),
    );
    let sql = format!("{SELECT}{} ORDER BY t.updated_at DESC, t.id DESC", conditions.sql());
    db::each(conn, &sql, conditions.params(), |row| receive(from_row(row)?))
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
            refs.follows,
        ],
    )
}

/// Writes where a ticket stands now, and with whom.
pub fn update(tx: &Tx<'_>, ticket: &Ticket) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE ticket SET status = ?, assignee_id = ?, updated_at = ?, done_at = ?, closed_at = ? WHERE id = ?",
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

/// A text as a pattern for LIKE that finds it anywhere.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
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
    })
}
