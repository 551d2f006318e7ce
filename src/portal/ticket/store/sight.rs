//! Who sees a ticket, and hears of it: one rule for lists, reminders and news (S-014).

use crate::platform::db::{self, Connection, params};
use crate::platform::error::Result;
use crate::portal::ticket::Ticket;
use crate::portal::user::{User, UserStatus};

/// In SQL: whether the user `u` may hear of the ticket `t` that they asked for or share. Nobody does whose account is
/// shut, and besides the provider's staff nobody without a right at its institution.
pub(super) const HEARS: &str = "u.status <> 'disabled' AND (u.staff IS NOT NULL OR EXISTS (
        SELECT 1 FROM user_right r WHERE r.user_id = u.id AND r.tenant_id = t.tenant_id))";

/// In SQL: whether the ticket `t` is one that this user, given twice as a value or twice by name, asked for or shares.
pub(super) fn own_or_shared(user: &str) -> String {
    format!(
        "t.id IN (SELECT id FROM ticket WHERE requester_id = {user}
                  UNION SELECT ticket_id FROM ticket_share WHERE user_id = {user})"
    )
}

/// Whether this user has a right at the institution of a ticket.
pub fn has_place(user: &User, ticket: &Ticket) -> bool {
    user.rights.iter().any(|held| held.tenant == ticket.tenant)
}

/// The same as [`HEARS`] of a user and a ticket that were read already.
pub fn hears(user: &User, ticket: &Ticket) -> bool {
    user.status != UserStatus::Disabled && (user.staff.is_some() || has_place(user, ticket))
}

/// The tickets that came to wait for this user's answer from `from` until before `to`.
pub fn waiting(conn: &Connection, user: i64, from: &str, to: &str) -> Result<Vec<String>> {
    let came = "(SELECT max(e.at) FROM ticket_entry e WHERE e.ticket_id = t.id AND e.kind = 'status')";
    let condition = format!("t.status = 'awaiting-requester' AND {came} >= ?2 AND {came} < ?3");
    numbers(conn, user, &condition, from, to)
}

/// The tickets of this user that became done from `from` until before `to`, and still are.
pub fn done_between(conn: &Connection, user: i64, from: &str, to: &str) -> Result<Vec<String>> {
    numbers(conn, user, "t.status = 'done' AND t.done_at >= ?2 AND t.done_at < ?3", from, to)
}

fn numbers(conn: &Connection, user: i64, condition: &str, from: &str, to: &str) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT t.number FROM user u CROSS JOIN ticket t
         WHERE u.id = ?1 AND {} AND {condition} AND {HEARS} ORDER BY t.yymm, t.sequence",
        own_or_shared("?1")
    );
    db::list(conn, &sql, params![user, from, to], |row| Ok(row.get(0)?))
}
