//! Taking a ticket from one status to another.

use chrono::{DateTime, Utc};

use super::posting::{entry, post, reply};
use super::{Desk, detail, in_use, resolve};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::settings;
use crate::portal::ticket::TicketStatus::{self, Assigned, Closed, Done};
use crate::portal::ticket::party::of_provider;
use crate::portal::ticket::rules::{self, By};
use crate::portal::ticket::store;
use crate::portal::ticket::view::TicketDetail;
use crate::portal::ticket::{EntryKind, Post, Ticket, actions, notify};
use crate::portal::user;
use crate::values::{Coded, Email};

/// Gives a ticket to one of the staff (S-022). Answers with whether anything changed.
pub fn assign(tx: &Tx<'_>, number: &str, to: &Email, desk: &Desk) -> Result<(bool, TicketDetail)> {
    let party = of_provider(tx, tx.actor())?;
    let (_, before) = resolve(tx, tx.actor(), number)?;
    if before.status == Closed {
        return Err(rules::closed(&before.number));
    }
    let assignee = user::service::resolve(tx, to)?;
    if assignee.staff.is_none() {
        return Err(Error::refused(
            "ticket.assignee",
            format!("{} is not one of the provider's staff", assignee.email),
        )
        .hint("`portalctl user list --format json` shows who has a staff role"));
    }
    in_use(&assignee)?;
    let is_assigned = before.status == Assigned;
    if is_assigned && before.assignee_id == Some(assignee.id) {
        return Ok((false, detail(tx, &party, before)?));
    }
    if !is_assigned {
        rules::step(&before.number, before.status, Assigned, By::Provider)?;
    }
    let address = assignee.email.to_string();
    let after = Ticket {
        assignee: Some(assignee.email),
        assignee_id: Some(assignee.id),
        ..before.moved(Assigned, tx.now())
    };
    store::update(tx, &after)?;
    entry(tx, &after, &party, EntryKind::Assignment, &address)?;
    tx.record(actions::ASSIGN, after.object(), Some(&before), Some(&after))?;
    notify::tell(tx, &party, (&before, &after), None, desk)?;
    Ok((true, detail(tx, &party, after)?))
}

/// What an `advance` led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advanced {
    /// Another status.
    Moved,
    /// The same status; the text was added.
    Replied,
    /// Nothing.
    Unchanged,
}

/// Takes a ticket to another status (S-020..S-025), with a message where there is one.
pub fn advance(
    tx: &Tx<'_>,
    number: &str,
    to: TicketStatus,
    added: &Post,
    desk: &Desk,
) -> Result<(Advanced, TicketDetail)> {
    let party = of_provider(tx, tx.actor())?;
    let (_, before) = resolve(tx, tx.actor(), number)?;
    if before.status == Closed {
        return Err(rules::closed(&before.number));
    }
    if to == Closed {
        return Err(Error::conflict(
            "ticket.transition",
            format!("{} is not closed this way", before.number),
        )
        .hint(format!("use `portalctl ticket close \"{}\"`", before.number)));
    }
    if before.status == to {
        if added.is_empty() {
            return Ok((Advanced::Unchanged, detail(tx, &party, before)?));
        }
        return Ok((Advanced::Replied, reply(tx, number, added, false, desk)?));
    }
    rules::step(&before.number, before.status, to, By::Provider)?;
    if to == Assigned && before.assignee.is_none() {
        return Err(Error::conflict(
            "ticket.unassigned",
            format!("{} is assigned to nobody yet", before.number),
        )
        .hint(format!("say to whom with `portalctl ticket assign \"{}\" --to EMAIL`", before.number)));
    }
    let after = before.moved(to, tx.now());
    store::update(tx, &after)?;
    post(tx, &after, &party, EntryKind::Message, added)?;
    entry(tx, &after, &party, EntryKind::Status, to.code())?;
    tx.record(actions::ADVANCE, after.object(), Some(&before), Some(&after))?;
    let written = (!added.is_empty()).then_some(EntryKind::Message);
    notify::tell(tx, &party, (&before, &after), written, desk)?;
    Ok((Advanced::Moved, detail(tx, &party, after)?))
}

/// Closes a ticket for good: the requester regrets it (S-012), or the provider ends it. Not for those it is shared with.
pub fn close(tx: &Tx<'_>, number: &str, desk: &Desk) -> Result<(bool, TicketDetail)> {
    let (party, before) = resolve(tx, tx.actor(), number)?;
    if before.status == Closed {
        return Ok((false, detail(tx, &party, before)?));
    }
    party.require_own(&before, "closes")?;
    rules::step(&before.number, before.status, Closed, party.by())?;
    let after = before.moved(Closed, tx.now());
    store::update(tx, &after)?;
    entry(tx, &after, &party, EntryKind::Status, Closed.code())?;
    tx.record(actions::CLOSE, after.object(), Some(&before), Some(&after))?;
    notify::tell(tx, &party, (&before, &after), None, desk)?;
    Ok((true, detail(tx, &party, after)?))
}

/// Takes up a done ticket again (S-025), within the hours of the setting: the requester, whom it is shared with, or the
/// provider in the requester's name.
pub fn reopen(tx: &Tx<'_>, number: &str, desk: &Desk) -> Result<TicketDetail> {
    let (party, before) = resolve(tx, tx.actor(), number)?;
    match before.status {
        Closed => return Err(rules::closed(&before.number)),
        Done => {}
        other => {
            return Err(Error::conflict(
                "ticket.transition",
                format!("{} is {other}; only a done ticket can be reopened", before.number),
            ));
        }
    }
    let after = taken_up(tx, &before, tx.now())?;
    store::update(tx, &after)?;
    entry(tx, &after, &party, EntryKind::Status, after.status.code())?;
    tx.record(actions::REOPEN, after.object(), Some(&before), Some(&after))?;
    notify::tell(tx, &party, (&before, &after), None, desk)?;
    detail(tx, &party, after)
}

/// The ticket as it is when the requester's step, asked for at this time, brings it back to the provider (C-13).
pub(super) fn taken_up(conn: &Tx<'_>, before: &Ticket, asked_at: DateTime<Utc>) -> Result<Ticket> {
    rules::still_open(before, settings::TICKET_CLOSE_AFTER_HOURS.int(conn)?, asked_at)?;
    let to = rules::returns_to(before.assignee.is_some());
    rules::step(&before.number, before.status, to, By::Requester)?;
    Ok(before.moved(to, conn.now()))
}
