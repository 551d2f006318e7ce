//! What people decide about messages that did not leave by themselves: send again, or not at all.

use rusqlite::params;

use super::render::Renderer;
use super::{Message, State, bounced, find, not_found, send};
use crate::platform::db::{self, Action, Tx};
use crate::platform::error::{Error, Result};
use crate::values::{Coded, utc_text};

/// What can be recorded.
pub const RETRY: Action = Action("mail.retry");
/// What can be recorded.
pub const CANCEL: Action = Action("mail.cancel");

/// Queues a message anew that failed, was cancelled, or may or may not have left. It keeps its number and its
/// Message-ID, so that whoever has it already can tell. Answers with whether there was anything to do.
pub fn retry(tx: &Tx<'_>, renderer: &Renderer<'_>, id: i64) -> Result<(bool, Message)> {
    let before = find(tx, id)?.ok_or_else(|| not_found(id))?;
    match before.state {
        State::Failed | State::Unknown | State::Cancelled => {}
        // It would be tried later: now it is tried with the next run.
        State::Queued if before.not_before.is_some() => {}
        State::Queued => return Ok((false, before)),
        State::Sent => {
            return Err(Error::conflict("mail.sent", format!("mail {id} was sent already"))
                .hint("only what failed, was cancelled or is unknown can be sent again"));
        }
    }
    not_leaving(tx, &before)?;
    if bounced::find(tx, &before.to)?.is_some() {
        return Err(send::came_back(&before.to));
    }
    // What it would say now: a link or a code that is no longer valid is not sent again.
    renderer.render(tx, &before, &tx.now_text())?;
    db::execute_one(
        tx,
        "UPDATE outbox SET state = 'queued', attempts = 0, last_error = NULL, not_before = NULL, lease = NULL,
             lease_ends = NULL, leaving_at = NULL, merged_into = NULL WHERE id = ?",
        [id],
    )?;
    changed(tx, RETRY, &before)
}

/// Takes a message back that waits, or that may or may not have left. Answers with whether there was anything to do.
pub fn cancel(tx: &Tx<'_>, id: i64) -> Result<(bool, Message)> {
    let before = find(tx, id)?.ok_or_else(|| not_found(id))?;
    match before.state {
        State::Queued | State::Unknown => {}
        State::Cancelled => return Ok((false, before)),
        State::Sent | State::Failed => {
            let state = before.state.code();
            return Err(Error::conflict("mail.state", format!("mail {id} is {state}"))
                .hint("only what is queued or unknown can be cancelled"));
        }
    }
    not_leaving(tx, &before)?;
    db::execute_one(
        tx,
        "UPDATE outbox SET state = 'cancelled', not_before = NULL, leaving_at = NULL WHERE id = ?",
        [id],
    )?;
    changed(tx, CANCEL, &before)
}

/// Ends a message that was tried just now with this lease and shall not be tried again by itself; not where another run is
/// at it. Answers with whether it ended.
pub fn give_up(tx: &Tx<'_>, id: i64, token: &str, why: &str) -> Result<bool> {
    let before = find(tx, id)?.ok_or_else(|| not_found(id))?;
    let sql =
        "UPDATE outbox SET state = 'failed', last_error = ?1, not_before = NULL, lease = NULL, lease_ends = NULL
         WHERE id = ?2 AND state = 'queued' AND leaving_at IS NULL AND (lease IS NULL OR lease = ?3 OR lease_ends <= ?4)";
    if db::execute(tx, sql, params![why, id, token, tx.now_text()])? == 0 {
        return Ok(false);
    }
    changed(tx, CANCEL, &before).map(|(changed, _)| changed)
}

fn changed(tx: &Tx<'_>, action: Action, before: &Message) -> Result<(bool, Message)> {
    let after = find(tx, before.id)?.ok_or_else(|| not_found(before.id))?;
    tx.record(action, format!("mail:{}", before.id), Some(&before), Some(&after))?;
    Ok((true, after))
}

/// Refuses while its text may be on the way at this moment.
fn not_leaving(tx: &Tx<'_>, message: &Message) -> Result<()> {
    let sql = "SELECT 1 FROM outbox WHERE id = ? AND leaving_at IS NOT NULL AND lease_ends > ?";
    match db::scalar::<i64>(tx, sql, params![message.id, utc_text(tx.now())])? {
        None => Ok(()),
        Some(_) => {
            Err(Error::conflict("mail.leaving", format!("mail {} is being sent at this moment", message.id))
                .hint("see what became of it with `portalctl mail show N`"))
        }
    }
}
