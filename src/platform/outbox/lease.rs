//! Who sends what: a run takes messages on with a lease, so that runs at the same time never send the same.
//!
//! A lease that ran out is free again. Right before a text leaves that cannot be called back, `leaving_at` is committed;
//! whoever dies from then on leaves it unknown whether the text went out, and a person decides.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;

use super::{Channel, Message, SELECT, State, from_row};
use crate::platform::db::{self, Connection, Tx};
use crate::platform::error::Result;
use crate::values::{Coded, utc_text};

/// How long messages are taken on for; a run that needs longer renews it.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);

/// What is still to be sent and nobody is at, at the time `?1`.
const FREE: &str = "state = 'queued' AND leaving_at IS NULL AND (lease IS NULL OR lease_ends <= ?1)
     AND (not_before IS NULL OR not_before <= ?1)";

/// Which messages a run takes on: a channel that does not work just now is left alone.
#[derive(Debug, Clone, Copy)]
pub struct Channels {
    /// Mails.
    pub mail: bool,
    /// SMS.
    pub sms: bool,
}

impl Channels {
    fn condition(self) -> &'static str {
        match (self.mail, self.sms) {
            (true, true) => "",
            (true, false) => " AND channel = 'mail'",
            (false, true) => " AND channel = 'sms'",
            (false, false) => " AND 0",
        }
    }
}

/// Whether anything is still to be sent, by whomever.
pub fn anything_queued(conn: &Connection) -> Result<bool> {
    Ok(db::scalar::<i64>(conn, "SELECT 1 FROM outbox WHERE state = 'queued' LIMIT 1", [])?.is_some())
}

/// Whether something is leaving, or was when its run died.
pub fn anything_lost(conn: &Connection) -> Result<bool> {
    let sql =
        "SELECT 1 FROM outbox WHERE leaving_at IS NOT NULL AND state IN ('queued', 'cancelled') LIMIT 1";
    Ok(db::scalar::<i64>(conn, sql, [])?.is_some())
}

/// Whether a mail waits that nobody is at.
pub fn mail_is_due(conn: &Connection, after: i64, now: DateTime<Utc>) -> Result<bool> {
    let sql = format!("SELECT 1 FROM outbox WHERE {FREE} AND channel = 'mail' AND id > ?2 LIMIT 1");
    Ok(db::scalar::<i64>(conn, &sql, params![utc_text(now), after])?.is_some())
}

/// The next free messages after `after`, oldest first.
pub fn free(
    conn: &Connection,
    after: i64,
    channels: Channels,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Message>> {
    let channel = channels.condition();
    let sql = format!("{SELECT} WHERE {FREE}{channel} AND id > ?2 ORDER BY id LIMIT ?3");
    db::list(conn, &sql, params![utc_text(now), after, limit as i64], from_row)
}

/// This message, if nobody but the run of this token is at it.
pub fn free_one(conn: &Connection, id: i64, token: &str, now: DateTime<Utc>) -> Result<Option<Message>> {
    let sql = format!(
        "{SELECT} WHERE id = ?2 AND ({FREE} OR (lease = ?3 AND state = 'queued' AND leaving_at IS NULL))"
    );
    db::optional(conn, &sql, params![utc_text(now), id, token], from_row)
}

/// The free mails to exactly this address, from this number on, oldest first.
pub fn free_to(
    conn: &Connection,
    recipient: &str,
    from: i64,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Message>> {
    let sql = format!(
        "{SELECT} WHERE {FREE} AND recipient = ?2 AND channel = 'mail' AND id >= ?3 ORDER BY id LIMIT ?4"
    );
    db::list(conn, &sql, params![utc_text(now), recipient, from, limit as i64], from_row)
}

/// Takes these messages on, or keeps them for longer.
pub fn take(tx: &Tx<'_>, token: &str, ids: &[i64]) -> Result<()> {
    let ends = utc_text(tx.now() + LEASE);
    for id in ids {
        let sql = "UPDATE outbox SET lease = ?1, lease_ends = ?2
                   WHERE id = ?3 AND state = 'queued' AND leaving_at IS NULL";
        db::execute(tx, sql, params![token, ends, id])?;
    }
    Ok(())
}

/// Keeps what this run still holds of these messages for longer.
pub fn renew(tx: &Tx<'_>, token: &str, ids: &HashSet<i64>) -> Result<()> {
    let ends = utc_text(tx.now() + LEASE);
    for id in ids {
        let sql = "UPDATE outbox SET lease_ends = ?
                   WHERE id = ? AND lease = ? AND state = 'queued' AND leaving_at IS NULL";
        db::execute(tx, sql, params![ends, id, token])?;
    }
    Ok(())
}

/// Gives back what this run holds and did not send.
pub fn release(tx: &Tx<'_>, token: &str, ids: &[i64]) -> Result<()> {
    for id in ids {
        let sql =
            "UPDATE outbox SET lease = NULL, lease_ends = NULL, leaving_at = NULL WHERE id = ? AND lease = ?";
        db::execute(tx, sql, params![id, token])?;
    }
    Ok(())
}

/// Marks that the text of these messages is on its way, for at most so long. Only where all of them are still this run's
/// and still to be sent; otherwise nothing is marked, and those are the answer that could be.
pub fn leave(tx: &Tx<'_>, token: &str, ids: &[i64], at_most: TimeDelta) -> Result<Vec<i64>> {
    let mut ours = Vec::with_capacity(ids.len());
    for id in ids {
        let sql =
            "SELECT 1 FROM outbox WHERE id = ? AND lease = ? AND state = 'queued' AND leaving_at IS NULL";
        if db::scalar::<i64>(tx, sql, params![id, token])?.is_some() {
            ours.push(*id);
        }
    }
    if ours.len() == ids.len() {
        let ends = utc_text(tx.now() + at_most);
        for id in ids {
            let sql = "UPDATE outbox SET leaving_at = ?, lease_ends = ? WHERE id = ?";
            db::execute_one(tx, sql, params![tx.now_text(), ends, id])?;
        }
    }
    Ok(ours)
}

/// What was leaving when its run died, be it cancelled meanwhile: nobody knows whether it left. Answers with these messages, which end so.
pub fn give_up_lost(tx: &Tx<'_>) -> Result<Vec<Message>> {
    let sql = format!(
        "{SELECT} WHERE leaving_at IS NOT NULL AND state IN ('queued', 'cancelled') AND lease_ends <= ? ORDER BY id"
    );
    let lost = db::list(tx, &sql, [tx.now_text()], from_row)?;
    for message in &lost {
        let since = message.leaving_at.as_deref().unwrap_or_default();
        let said = format!("the run that was sending it at {since} did not come to its end");
        // The lease stays: should that run be alive after all, it knows better.
        let sql = "UPDATE outbox SET state = 'unknown', attempts = attempts + 1, last_error = ? WHERE id = ?";
        db::execute_one(tx, sql, params![said, message.id])?;
    }
    Ok(lost)
}

/// What is put down at the end of an attempt.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// In which state the message is from now on.
    pub state: State,
    /// What went wrong.
    pub error: Option<&'a str>,
    /// Before when it is not tried again.
    pub not_before: Option<&'a str>,
    /// The mail that said this too.
    pub merged_into: Option<i64>,
}

/// Notes that a message was handed over. What can still be called back (`recallable`) is not sent where it was cancelled
/// meanwhile; what cannot has left whatever was said meanwhile. Answers with whether that is so.
pub fn note_sent(tx: &Tx<'_>, token: &str, id: i64, recallable: bool, merged: Option<i64>) -> Result<bool> {
    let states = if recallable { "('queued')" } else { "('queued', 'cancelled', 'unknown')" };
    let sql = format!(
        "UPDATE outbox SET state = 'sent', sent_at = ?1, attempts = attempts + 1, last_error = NULL, not_before = NULL,
             lease = NULL, lease_ends = NULL, leaving_at = NULL, merged_into = ?2
         WHERE id = ?3 AND state IN {states} AND (lease = ?4 OR lease IS NULL)"
    );
    Ok(db::execute(tx, &sql, params![tx.now_text(), merged, id, token])? == 1)
}

/// Notes how an attempt ended that sent nothing, or perhaps: what perhaps left is so even where it was cancelled while it
/// left. Answers with whether the message was still waiting for that.
pub fn note_end(tx: &Tx<'_>, token: &str, id: i64, end: End<'_>) -> Result<bool> {
    let sql = "UPDATE outbox SET state = ?1, attempts = attempts + 1, last_error = ?2, not_before = ?3,
             lease = NULL, lease_ends = NULL, leaving_at = NULL, merged_into = ?4
         WHERE id = ?5 AND (state IN ('queued', 'unknown') OR (state = 'cancelled' AND ?1 = 'unknown')) AND (lease = ?6 OR (lease IS NULL AND state = 'queued'))";
    let values = params![end.state.code(), end.error, end.not_before, end.merged_into, id, token];
    Ok(db::execute(tx, sql, values)? == 1)
}

/// Lets a message wait that was not tried.
pub fn hold_back(tx: &Tx<'_>, id: i64, until: &str, why: &str) -> Result<bool> {
    let sql = "UPDATE outbox SET not_before = ?, last_error = ? WHERE id = ? AND state = 'queued' AND leaving_at IS NULL";
    Ok(db::execute(tx, sql, params![until, why, id])? == 1)
}

/// Whether what could not be noted was cancelled.
pub fn is_cancelled(conn: &Connection, id: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM outbox WHERE id = ? AND state = 'cancelled'";
    Ok(db::scalar::<i64>(conn, sql, [id])?.is_some())
}

/// How many of these templates' mails left to an address since a time, and how many more are under way now.
pub fn recent(
    conn: &Connection,
    recipient: &str,
    templates: &[&str],
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(Vec<String>, i64)> {
    let marks = vec!["?"; templates.len()].join(", ");
    let with = |more: [String; 2]| {
        let named = templates.iter().map(|name| (*name).to_owned());
        rusqlite::params_from_iter(more.into_iter().chain(named))
    };
    let sql = format!(
        "SELECT sent_at FROM outbox WHERE recipient = ? AND sent_at > ? AND merged_into IS NULL
         AND channel = '{}' AND template IN ({marks}) ORDER BY sent_at DESC",
        Channel::Mail.code()
    );
    let sent = db::list(conn, &sql, with([recipient.to_owned(), utc_text(since)]), |row| Ok(row.get(0)?))?;
    let sql = format!(
        "SELECT count(DISTINCT lease) FROM outbox WHERE state = 'queued' AND recipient = ? AND lease_ends > ?
         AND channel = '{}' AND template IN ({marks})",
        Channel::Mail.code()
    );
    Ok((sent, db::one(conn, &sql, with([recipient.to_owned(), utc_text(now)]))?))
}
