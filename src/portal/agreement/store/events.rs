//! SQL of what happened to agreements.

use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::portal::agreement::{Event, EventKind};
use crate::values::Coded;

/// What happened to an agreement, oldest first.
pub fn list(conn: &Connection, agreement: i64) -> Result<Vec<Event>> {
    db::list(conn, "SELECT * FROM agreement_event WHERE agreement_id = ? ORDER BY id", [agreement], from_row)
}

/// Adds an event; [`super::super::evidence::add`] alone knows how it is chained.
pub fn insert(tx: &Tx<'_>, agreement: i64, event: &Event) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO agreement_event (agreement_id, at, kind, actor, sha256, detail, version, real_actor, previous, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            agreement,
            event.at,
            event.kind.code(),
            event.actor,
            event.sha256,
            event.detail,
            event.version,
            event.real_actor,
            event.previous,
            event.hash,
        ],
    )
}

/// Agreements with events that should have a hash and have none: only those from before the chain do without.
pub fn stripped(conn: &Connection) -> Result<Vec<i64>> {
    db::list(
        conn,
        "SELECT DISTINCT agreement_id FROM agreement_event WHERE hash IS NULL AND id >
             coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'agreement_events_unchained'), 0) ORDER BY 1",
        [],
        |row| Ok(row.get(0)?),
    )
}

/// Whether this was noted of this actor and version already.
pub fn is_noted(
    conn: &Connection,
    agreement: i64,
    version: i64,
    kind: EventKind,
    actor: &str,
    detail: Option<&str>,
) -> Result<bool> {
    db::one(
        conn,
        "SELECT EXISTS (SELECT 1 FROM agreement_event
                        WHERE agreement_id = ? AND version = ? AND kind = ? AND actor = ? AND detail IS ?)",
        params![agreement, version, kind.code(), actor, detail],
    )
}

fn from_row(row: &Row<'_>) -> Result<Event> {
    Ok(Event {
        at: row.get("at")?,
        kind: row.coded("kind")?,
        actor: row.get("actor")?,
        sha256: row.get("sha256")?,
        detail: row.get("detail")?,
        version: row.get("version")?,
        real_actor: row.get("real_actor")?,
        previous: row.get("previous")?,
        hash: row.get("hash")?,
    })
}
