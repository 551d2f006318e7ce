//! Closing what has been done long enough (S-026, C-14). Looks at the state, not at the last run.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::store::due::{self as sql, DoneTicket};
use super::{actions, rules};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::settings;
use crate::portal::access;
use crate::values::{parse_utc_text, utc_text};

/// How many tickets one transaction closes.
const CHUNK: usize = 1000;

/// The job's name.
pub const JOB: &str = "ticket-close-due";

/// What a run did.
#[derive(Debug, Default)]
pub struct Run {
    /// How many were due.
    pub due: u64,
    /// How many were closed.
    pub closed: u64,
    /// One object for each, as CLI.md §4 has them.
    pub items: Vec<Value>,
}

/// Closes every ticket that is done since the hours of the setting or longer, in a series of transactions. With
/// `explain` each says why, and those that are done and not due are listed as `kept`.
pub fn close_due(db: &mut Db, actor: &Actor, explain: bool) -> Result<Run> {
    access::provider_only(actor)?;
    let mut run = Run::default();
    let mut last: Option<DoneTicket> = None;
    loop {
        let chunk = db.write(actor, |tx| close_chunk(tx, last.as_ref(), CHUNK))?;
        run.due += chunk.tickets.len() as u64;
        run.closed += chunk.closed as u64;
        for ticket in &chunk.tickets {
            let why = explain.then(|| format!("done for {} hours or more", chunk.hours));
            run.items.push(item(ticket, chunk.hours, "closed", why)?);
        }
        let is_last = chunk.tickets.len() < CHUNK;
        last = chunk.tickets.into_iter().next_back().or(last);
        if !is_last {
            continue;
        }
        if explain {
            for ticket in db.read(|conn| sql::list_kept(conn, &chunk.cutoff))? {
                let why = format!("done for less than {} hours", chunk.hours);
                run.items.push(item(&ticket, chunk.hours, "kept", Some(why))?);
            }
        }
        return Ok(run);
    }
}

/// How many tickets are due now.
pub fn count(conn: &Connection, now: DateTime<Utc>) -> Result<i64> {
    let hours = settings::TICKET_CLOSE_AFTER_HOURS.int(conn)?;
    sql::count(conn, &utc_text(now - Duration::hours(hours)))
}

/// What one transaction of the run did.
#[derive(Debug)]
struct Chunk {
    tickets: Vec<DoneTicket>,
    closed: usize,
    hours: i64,
    cutoff: String,
}

/// Closes the next tickets that are due. A dry run goes on behind the last one, so it sees each once, too.
fn close_chunk(tx: &Tx<'_>, after: Option<&DoneTicket>, limit: usize) -> Result<Chunk> {
    let hours = settings::TICKET_CLOSE_AFTER_HOURS.int(tx)?;
    let cutoff = utc_text(tx.now() - Duration::hours(hours));
    let tickets = sql::next(tx, &cutoff, after, limit)?;
    if tickets.is_empty() {
        return Ok(Chunk { tickets, closed: 0, hours, cutoff });
    }
    let ids = json!(tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>()).to_string();
    let closed = sql::close(tx, &ids, &cutoff)?;
    sql::insert_entries(tx, &ids)?;
    let numbers: Vec<_> = tickets.iter().map(|ticket| ticket.number.as_str()).collect();
    let after = json!({"closed": closed, "numbers": numbers});
    tx.record(actions::CLOSE_DUE, format!("job:{JOB}"), None::<&()>, Some(&after))?;
    Ok(Chunk { tickets, closed, hours, cutoff })
}

fn item(ticket: &DoneTicket, hours: i64, result: &str, why: Option<String>) -> Result<Value> {
    let done_at: DateTime<Utc> = parse_utc_text(&ticket.done_at)
        .ok_or_else(|| Error::internal(format!("{} is done at \"{}\"", ticket.number, ticket.done_at)))?;
    let mut item = json!({
        "key": ticket.number,
        "done_at": ticket.done_at,
        "due_at": utc_text(rules::due_at(done_at, hours)),
        "result": result,
    });
    if let (Some(why), Some(fields)) = (why, item.as_object_mut()) {
        fields.insert("why".to_owned(), why.into());
    }
    Ok(item)
}
