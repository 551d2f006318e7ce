//! Adding to the thread of a ticket.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Desk, detail, moves, resolve};
use crate::platform::blob;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::portal::ticket::TicketStatus::{AwaitingRequester, Closed, Done};
use crate::portal::ticket::party::Party;
use crate::portal::ticket::store::{self, thread};
use crate::portal::ticket::view::TicketDetail;
use crate::portal::ticket::{Attachment, EntryKind, NewEntry, Post, Ticket, actions, notify, rules};
use crate::values::{Coded, parse_utc_text};

/// Adds a reply to a thread (S-011), or with `internal` a note that the requester never sees.
///
/// The provider's reply keeps the status; that of the requester, or of someone it is shared with, brings a ticket that
/// waits for it, or is done since less than the hours of the setting, back to the provider (C-13).
pub fn reply(tx: &Tx<'_>, number: &str, added: &Post, internal: bool, desk: &Desk) -> Result<TicketDetail> {
    let (party, before) = resolve(tx, tx.actor(), number)?;
    if before.status == Closed {
        return Err(rules::closed(&before.number));
    }
    if internal && !party.is_provider() {
        return Err(Error::refused("rights.refused", "internal notes are for the provider alone"));
    }
    if added.is_empty() && added.mail.is_none() {
        return Err(
            Error::usage("the reply is empty").hint("give a text with --body-file, or --attach a file")
        );
    }
    let asking = !internal && (!party.is_provider() || party.asked(&before));
    let comes_back = asking && matches!(before.status, AwaitingRequester | Done);
    let after = match (comes_back, internal) {
        (true, _) => moves::taken_up(tx, &before, asked_at(tx, added)?)?,
        // The requester must not notice a note, be it by its time.
        (false, true) => before.clone(),
        (false, false) => Ticket { updated_at: tx.now_text(), ..before.clone() },
    };
    store::update(tx, &after)?;
    let kind = match (internal, added.mail) {
        (true, _) => EntryKind::Note,
        (false, Some(_)) => EntryKind::Mail,
        (false, None) => EntryKind::Message,
    };
    post(tx, &after, &party, kind, added)?;
    if comes_back {
        entry(tx, &after, &party, EntryKind::Status, after.status.code())?;
    }
    record_reply(tx, &before, &after, kind, added)?;
    notify::tell(tx, &party, (&before, &after), Some(kind), desk)?;
    detail(tx, &party, after)
}

/// Adds a note to the ticket that a mail was about (`cause`, such as `ticket:SAM 2605-0001`): its address takes none.
/// Answers with the ticket's row, if there is one; a closed ticket takes no notes.
pub fn address_refused(tx: &Tx<'_>, cause: &str, note: &str, desk: &Desk) -> Result<Option<i64>> {
    let number = cause.strip_prefix("ticket:");
    let found = number.map(|number| store::find_by_number(tx, number)).transpose()?.flatten();
    let Some(ticket) = found else { return Ok(None) };
    let post = Post { text: note.to_owned(), ..Post::default() };
    match tx.attempt(|tx| reply(tx, &ticket.number, &post, true, desk)) {
        Err(error)
            if !matches!(error.exit(), Exit::Conflict | Exit::Refused | Exit::NotFound | Exit::Usage) =>
        {
            Err(error)
        }
        _ => Ok(Some(ticket.id)),
    }
}

/// When someone asked for something: what came by mail, when it came.
fn asked_at(tx: &Tx<'_>, added: &Post) -> Result<DateTime<Utc>> {
    let came = added.mail.map(|mail| thread::mail_came_at(tx, mail)).transpose()?.flatten();
    Ok(came.as_deref().and_then(parse_utc_text).unwrap_or_else(|| tx.now()))
}

/// Adds what someone wrote or attached, if anything. What came by mail is an entry of its own even when it is empty.
pub(super) fn post(tx: &Tx<'_>, ticket: &Ticket, party: &Party, kind: EntryKind, post: &Post) -> Result<()> {
    if post.is_empty() && post.mail.is_none() {
        return Ok(());
    }
    let kind = if post.mail.is_some() { EntryKind::Mail } else { kind };
    let new = NewEntry { mail: post.mail, ..NewEntry::of(party, kind, &post.text) };
    let row = thread::insert(tx, ticket.id, new)?;
    for (position, file) in post.files.iter().enumerate() {
        let stored = blob::store(tx, &file.bytes)?;
        let attachment = Attachment { name: file.name.clone(), blob: stored.id, scan: file.scan };
        thread::attach(tx, row, position + 1, &attachment)?;
    }
    Ok(())
}

/// Adds to a thread what someone did.
pub(super) fn entry(tx: &Tx<'_>, ticket: &Ticket, party: &Party, kind: EntryKind, text: &str) -> Result<()> {
    thread::insert(tx, ticket.id, NewEntry::of(party, kind, text))?;
    Ok(())
}

/// Records a reply: what kind it is and which files came with it, not what it says.
fn record_reply(tx: &Tx<'_>, before: &Ticket, after: &Ticket, kind: EntryKind, post: &Post) -> Result<()> {
    let files: Vec<_> = post
        .files
        .iter()
        .map(|file| json!({"name": file.name, "sha256": file.bytes.sha256, "scan": file.scan}))
        .collect();
    let state = |ticket: &Ticket| json!({"status": ticket.status, "updated_at": ticket.updated_at});
    let mut now = state(after);
    if let Some(fields) = now.as_object_mut() {
        fields.insert("added".to_owned(), json!({"kind": kind, "files": files}));
    }
    tx.record(actions::REPLY, after.object(), Some(&state(before)), Some(&now))
}
