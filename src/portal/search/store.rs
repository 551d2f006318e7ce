//! SQL of search.

use std::ops::ControlFlow;

use super::{Hit, Kind};
use crate::platform::db::{self, Connection, Row, params};
use crate::platform::error::{Error, Result};

/// A row that can be found.
pub struct Entry {
    /// What it is shown as.
    pub hit: Hit,
    /// What else finds it, a line each.
    pub more: String,
}

/// The row with this id.
pub fn find(conn: &Connection, id: i64) -> Result<Option<Entry>> {
    db::optional(
        conn,
        "SELECT e.id, e.key, e.label, e.more, t.code AS tenant
         FROM search_entry e LEFT JOIN tenant t ON t.id = e.tenant_id WHERE e.id = ?",
        [id],
        from_row,
    )
}

/// Hands on the ids, up to the highest wanted and downwards, of the rows that hold all these pieces.
pub fn each(
    conn: &Connection,
    pieces: &[String],
    highest: i64,
    mut receive: impl FnMut(i64) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let Some(pattern) = pattern(pieces) else { return Ok(()) };
    db::each(conn, HOLDING, params![pattern, highest, -1], |row| receive(row.get(0)?))
}

/// The first of what [`each`] hands on.
pub fn first(conn: &Connection, pieces: &[String], highest: i64, limit: i64) -> Result<Vec<i64>> {
    let Some(pattern) = pattern(pieces) else { return Ok(Vec::new()) };
    db::list(conn, HOLDING, params![pattern, highest, limit], |row| Ok(row.get(0)?))
}

const HOLDING: &str = "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid <= ?
     ORDER BY rowid DESC LIMIT ?";

/// A pattern of FTS5. What is shorter than a trigram cannot be looked up; `None` if nothing else was asked for.
fn pattern(pieces: &[String]) -> Option<String> {
    let long = pieces.iter().filter(|piece| piece.chars().count() >= 3);
    let quoted: Vec<_> = long.map(|piece| format!("\"{}\"", piece.replace('"', " "))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" AND "))
}

/// The institutions at which a user has a right.
pub fn tenants_of_user(conn: &Connection, user: i64) -> Result<Vec<i64>> {
    db::list(conn, "SELECT DISTINCT tenant_id FROM user_right WHERE user_id = ?", [user], |row| {
        Ok(row.get(0)?)
    })
}

/// The users who have a right at an institution.
pub fn users_of_tenant(conn: &Connection, tenant: i64) -> Result<Vec<i64>> {
    db::list(conn, "SELECT DISTINCT user_id FROM user_right WHERE tenant_id = ?", [tenant], |row| {
        Ok(row.get(0)?)
    })
}

/// The ids of everything of an institution that can be found, but for its tickets.
pub fn entries_of_tenant(conn: &Connection, tenant: i64) -> Result<Vec<i64>> {
    db::list(
        conn,
        "SELECT id FROM search_entry WHERE tenant_id = ? AND id >= ?",
        params![tenant, Kind::Agreement.base()],
        |row| Ok(row.get(0)?),
    )
}

/// The tickets that a user asked for or that were shared with them (S-013).
pub fn tickets_of_user(conn: &Connection, user: i64) -> Result<Vec<i64>> {
    db::list(
        conn,
        "SELECT id FROM ticket WHERE requester_id = ?1
         UNION SELECT ticket_id FROM ticket_share WHERE user_id = ?1",
        [user],
        |row| Ok(row.get(0)?),
    )
}

fn from_row(row: &Row<'_>) -> Result<Entry> {
    let id: i64 = row.get("id")?;
    let kind = Kind::of(id).ok_or_else(|| Error::internal(format!("search row {id} is of no kind")))?;
    let hit = Hit { kind, key: row.get("key")?, label: row.get("label")?, tenant: row.get("tenant")? };
    Ok(Entry { hit, more: row.get("more")? })
}
