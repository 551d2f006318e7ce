//! SQL of sharing (S-013).

use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::Result;

/// Shares a ticket with a user.
pub fn insert(tx: &Tx<'_>, ticket: i64, user: i64) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO ticket_share (ticket_id, user_id, shared_at) VALUES (?, ?, ?)",
        params![ticket, user, tx.now_text()],
    )
}

/// Shares it no longer.
pub fn delete(tx: &Tx<'_>, ticket: i64, user: i64) -> Result<()> {
    db::execute_one(tx, "DELETE FROM ticket_share WHERE ticket_id = ? AND user_id = ?", [ticket, user])
}

/// Whether a ticket is shared with a user.
pub fn is_shared(conn: &Connection, ticket: i64, user: i64) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM ticket_share WHERE ticket_id = ? AND user_id = ?)";
    db::one(conn, sql, [ticket, user])
}

/// The rows of those a ticket is shared with, in the order of their addresses.
pub fn users(conn: &Connection, ticket: i64) -> Result<Vec<i64>> {
    db::list(
        conn,
        "SELECT u.id FROM ticket_share s JOIN user u ON u.id = s.user_id WHERE s.ticket_id = ? ORDER BY u.email",
        [ticket],
        |row| Ok(row.get(0)?),
    )
}

/// The addresses of those a ticket is shared with.
pub fn shared_with(conn: &Connection, ticket: i64) -> Result<Vec<String>> {
    db::list(
        conn,
        "SELECT u.email FROM ticket_share s JOIN user u ON u.id = s.user_id WHERE s.ticket_id = ? ORDER BY u.email",
        [ticket],
        |row| Ok(row.get(0)?),
    )
}

/// Whether someone asked for a ticket that is shared with a user.
pub fn is_from(conn: &Connection, user: i64, requester: i64) -> Result<bool> {
    db::one(
        conn,
        "SELECT EXISTS (SELECT 1 FROM ticket_share s JOIN ticket t ON t.id = s.ticket_id
                        WHERE s.user_id = ? AND t.requester_id = ?)",
        [user, requester],
    )
}
