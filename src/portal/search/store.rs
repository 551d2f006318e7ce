//! SQL of search.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::Kind;
use crate::platform::db::{self, Connection, Row, params};
use crate::platform::error::Result;

/// A row that can be found.
pub struct Entry {
    /// The row.
    pub id: i64,
    /// The institution's row.
    pub tenant: Option<i64>,
    /// How commands name it.
    pub key: String,
    /// How people name it.
    pub label: String,
    /// What else finds it, a line each.
    pub more: String,
}

/// The row with this id.
pub fn find(conn: &Connection, id: i64) -> Result<Option<Entry>> {
    db::optional(
        conn,
        "SELECT id, tenant_id, key, label, more FROM search_entry WHERE id = ?",
        [id],
        from_row,
    )
}

/// Hands on the rows with ids up to the highest, downwards, that are wanted and hold the trigrams of all these pieces
/// (not necessarily side by side). Answers with whether there was a trigram to look for.
pub fn each(
    conn: &Connection,
    pieces: &[String],
    sieve: Sieve,
    highest: i64,
    mut wanted: impl FnMut(i64) -> bool,
    mut receive: impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<bool> {
    let Some(pattern) = pattern(pieces, sieve) else { return Ok(false) };
    let sql = "SELECT e.id, e.tenant_id, e.key, e.label, e.more
         FROM search_index i CROSS JOIN search_entry e ON e.id = i.rowid
         WHERE i.search_index MATCH ? AND i.rowid <= ? ORDER BY i.rowid DESC";
    db::each(conn, sql, params![pattern, highest], |row| {
        Ok(if wanted(row.get(0)?) { receive(from_row(row)?) } else { ControlFlow::Continue(()) })
    })?;
    Ok(true)
}

/// The first ids of what [`each`] hands on.
pub fn first(
    conn: &Connection,
    pieces: &[String],
    sieve: Sieve,
    highest: i64,
    limit: i64,
) -> Result<Vec<i64>> {
    let Some(pattern) = pattern(pieces, sieve) else { return Ok(Vec::new()) };
    db::list(
        conn,
        "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid <= ? ORDER BY rowid DESC LIMIT ?",
        params![pattern, highest, limit],
        |row| Ok(row.get(0)?),
    )
}

/// The codes of the institutions.
pub fn tenant_codes(conn: &Connection) -> Result<HashMap<i64, String>> {
    let codes = db::list(conn, "SELECT id, code FROM tenant", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(codes.into_iter().collect())
}

/// How many trigrams of a piece are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sieve {
    /// All of them.
    Fine,
    /// Every other: quicker where each is in very many rows.
    Coarse,
}

/// A pattern of FTS5. `None` if nothing is as long as a trigram.
fn pattern(pieces: &[String], sieve: Sieve) -> Option<String> {
    let mut quoted = Vec::new();
    for piece in pieces {
        let letters: Vec<_> = piece.chars().collect();
        let last = letters.len().saturating_sub(3);
        let taken = |n: usize| sieve == Sieve::Fine || n.is_multiple_of(2) || n == last;
        let trigrams = letters.windows(3).enumerate().filter(|(n, _)| taken(*n));
        let trigrams = trigrams.map(|(_, three)| three.iter().collect::<String>());
        quoted.extend(trigrams.map(|trigram| match trigram.strip_prefix(' ') {
            // A word begins after a blank or, as the first of a field, after a bar.
            Some(rest) if !rest.starts_with('|') => format!("(\"{trigram}\" OR \"|{rest}\")"),
            _ => format!("\"{trigram}\""),
        }));
    }
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
        "SELECT t.id FROM ticket t
         WHERE t.id IN (SELECT id FROM ticket WHERE requester_id = ?1
                        UNION SELECT ticket_id FROM ticket_share WHERE user_id = ?1)
           AND +t.tenant_id IN (SELECT tenant_id FROM user_right WHERE user_id = ?1)",
        [user],
        |row| Ok(row.get(0)?),
    )
}

fn from_row(row: &Row<'_>) -> Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        tenant: row.get(1)?,
        key: row.get(2)?,
        label: row.get(3)?,
        more: row.get(4)?,
    })
}
