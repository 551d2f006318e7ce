//! Use cases of tickets.

use std::ops::ControlFlow;

use chrono::Datelike;
use serde_json::json;

use super::TicketStatus::{AwaitingRequester, Closed, Done, Registered};
use super::party::{Party, acting, of_provider};
use super::rules::{self, By};
use super::store::{self, Refs, thread};
use super::view::TicketDetail;
use super::{
    Attachment, EntryKind, Filter, NewEntry, NewTicket, Post, Ticket, TicketStatus, actions, kind, mail,
    notify,
};
use crate::platform::actor::Actor;
use crate::platform::blob::{self, Blob};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, OrNotFound, Result};
use crate::platform::i18n::{Lang, format};
use crate::platform::settings;
use crate::portal::access;
use crate::portal::tenant;
use crate::portal::user::{self, User, UserStatus};
use crate::values::{Email, TicketNumber};

/// The ticket of this number, whose prefix may be left out. To who may not see it it does not exist.
pub fn resolve(conn: &Connection, actor: &Actor, number: &str) -> Result<(Party, Ticket)> {
    let prefix = settings::TICKET_PREFIX.get(conn)?;
    let number = TicketNumber::parse_with_prefix(number, &prefix)?.to_string();
    let missing = || {
        Error::not_found("ticket", &number).hint("`portalctl ticket list --all` shows all that you may see")
    };
    let ticket = store::find_by_number(conn, &number)?.ok_or_else(missing)?;
    let party = acting(conn, actor)?;
    if party.may_see(&ticket) { Ok((party, ticket)) } else { Err(missing()) }
}

/// A ticket with its thread, as far as this actor may see it.
pub fn show(conn: &Connection, actor: &Actor, number: &str) -> Result<TicketDetail> {
    let (party, ticket) = resolve(conn, actor, number)?;
    detail(conn, &party, ticket)
}

/// A ticket with its thread; a requester does not see what is internal.
pub fn detail(conn: &Connection, party: &Party, ticket: Ticket) -> Result<TicketDetail> {
    Ok(TicketDetail {
        shared_with: thread::shared_with(conn, ticket.id)?,
        thread: thread::list(conn, ticket.id, party.is_provider())?,
        ticket,
    })
}

/// Someone by whom tickets are chosen. Only the provider learns here whether an address is known; to others one that is
/// not has no tickets.
pub fn person(conn: &Connection, actor: &Actor, email: &Email) -> Result<i64> {
    if acting(conn, actor)?.is_provider() {
        return Ok(user::service::resolve(conn, email)?.id);
    }
    Ok(user::store::find_by_email(conn, email)?.map(|user| user.id).unwrap_or_default())
}

/// Narrows a filter to what this actor may see: users see their own tickets (S-001), at institutions where they have a
/// right.
pub fn scoped(conn: &Connection, actor: &Actor, filter: Filter) -> Result<Filter> {
    match acting(conn, actor)? {
        Party::Requester(user) => {
            let places = access::known_places(conn, actor)?;
            if places.as_ref().is_some_and(Vec::is_empty) {
                let message = format!("{} has no right at any institution", user.email);
                return Err(Error::refused("rights.refused", message));
            }
            if filter.requester.is_some_and(|other| other != user.id) {
                return Err(Error::refused("rights.refused", "you can list your own tickets only"));
            }
            Ok(Filter { requester: Some(user.id), places, ..filter })
        }
        _ => Ok(filter),
    }
}

/// Hands on the tickets of a filter that was [`scoped`], last changed first.
pub fn each(
    conn: &Connection,
    filter: &Filter,
    receive: impl FnMut(Ticket) -> Result<ControlFlow<()>>,
) -> Result<()> {
    store::each(conn, filter, receive)
}

/// The file with this place among the files of a ticket, counted from 1 in the order of its thread.
pub fn attachment(conn: &Connection, actor: &Actor, number: &str, place: usize) -> Result<(String, Blob)> {
    let (party, ticket) = resolve(conn, actor, number)?;
    let files = thread::attachments(conn, ticket.id, party.is_provider())?;
    let count = files.len();
    let file = place
        .checked_sub(1)
        .and_then(|index| files.into_iter().nth(index))
        .or_not_found("attachment", format_args!("{} {place}", ticket.number))
        .map_err(|error| error.hint(format!("{} has {count} attachments", ticket.number)))?;
    Ok((file.name, blob::find(conn, file.blob)?))
}

/// Creates a ticket in the name of its requester, who must belong to the institution or to the provider.
pub fn create(tx: &Tx<'_>, new: NewTicket) -> Result<TicketDetail> {
    let party = acting(tx, tx.actor())?;
    let subject = subject(&new.subject)?;
    let tenant = tenant::service::resolve_known(tx, tx.actor(), &new.tenant)?;
    if tenant.status != tenant::Status::Active {
        return Err(Error::conflict("tenant.archived", format!("institution {} is archived", tenant.code)));
    }
    let requester = requester(tx, tx.actor(), &new.requester, &tenant.code)?;
    let kind = new.kind.as_deref().map(|code| kind::resolve_active(tx, code)).transpose()?;
    let today = format::local_date(tx.now());
    let yymm = today.year().rem_euclid(100).unsigned_abs() * 100 + today.month();
    let sequence = store::next_sequence(tx, yymm)?;
    let prefix = settings::TICKET_PREFIX.get(tx)?;
    let number = TicketNumber { prefix, year: yymm / 100, month: yymm % 100, sequence };
    let ticket = Ticket {
        id: 0,
        number: number.to_string(),
        subject,
        kind: kind.as_ref().map(|kind| kind.code.clone()),
        tenant: tenant.code,
        requester: requester.email.clone(),
        requester_id: requester.id,
        assignee: None,
        assignee_id: None,
        status: Registered,
        handled_by: rules::handled_by(Registered),
        created_at: tx.now_text(),
        updated_at: tx.now_text(),
        done_at: None,
        closed_at: None,
    };
    let follows = new.follows.as_deref().map(|number| resolve(tx, tx.actor(), number)).transpose()?;
    let follows = follows.map(|(_, ticket)| ticket.id);
    let refs = Refs { yymm, sequence, tenant: tenant.id, kind: kind.map(|kind| kind.id), follows };
    let ticket = Ticket { id: store::insert(tx, &ticket, refs)?, ..ticket };
    post(tx, &ticket, &Party::Requester(requester), EntryKind::Message, &new.post)?;
    tx.record(actions::CREATE, ticket.object(), None::<&()>, Some(&ticket))?;
    detail(tx, &party, ticket)
}

/// Adds a reply to a thread (S-011), or with `internal` a note that the requester never sees.
///
/// The provider's reply keeps the status and tells the requester; the requester's brings a ticket that waits for
/// it, or is done since less than the hours of the setting, back to the provider (C-13).
pub fn reply(tx: &Tx<'_>, number: &str, added: &Post, internal: bool, lang: Lang) -> Result<TicketDetail> {
    let (party, before) = resolve(tx, tx.actor(), number)?;
    if before.status == Closed {
        return Err(rules::closed(&before.number));
    }
    if internal && !party.is_provider() {
        return Err(Error::refused("rights.refused", "internal notes are for the provider alone"));
    }
    if added.is_empty() {
        return Err(
            Error::usage("the reply is empty").hint("give a text with --body-file, or --attach a file")
        );
    }
    let comes_back = !party.is_provider() && matches!(before.status, AwaitingRequester | Done);
    let after = if comes_back {
        taken_up(tx, &before)?
    } else {
        Ticket { updated_at: tx.now_text(), ..before.clone() }
    };
    store::update(tx, &after)?;
    let kind = if internal { EntryKind::Note } else { EntryKind::Message };
    post(tx, &after, &party, kind, added)?;
    if comes_back {
        entry(tx, &after, &party, EntryKind::Status, after.status.to_string())?;
    }
    record_reply(tx, &before, &after, kind, added)?;
    if party.is_provider() && !internal {
        notify::requester(tx, &after, &mail::REPLY, lang)?;
    }
    detail(tx, &party, after)
}

/// Gives a ticket to one of the staff (S-022). Answers with whether anything changed.
pub fn assign(tx: &Tx<'_>, number: &str, to: &Email) -> Result<(bool, TicketDetail)> {
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
    let is_assigned = before.status == TicketStatus::Assigned;
    if is_assigned && before.assignee_id == Some(assignee.id) {
        return Ok((false, detail(tx, &party, before)?));
    }
    if !is_assigned {
        rules::step(&before.number, before.status, TicketStatus::Assigned, By::Provider)?;
    }
    let address = assignee.email.to_string();
    let after = Ticket {
        assignee: Some(assignee.email),
        assignee_id: Some(assignee.id),
        ..before.moved(TicketStatus::Assigned, tx.now())
    };
    store::update(tx, &after)?;
    entry(tx, &after, &party, EntryKind::Assignment, address)?;
    tx.record(actions::ASSIGN, after.object(), Some(&before), Some(&after))?;
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
    lang: Lang,
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
        return Ok((Advanced::Replied, reply(tx, number, added, false, lang)?));
    }
    rules::step(&before.number, before.status, to, By::Provider)?;
    if to == TicketStatus::Assigned && before.assignee.is_none() {
        return Err(Error::conflict(
            "ticket.unassigned",
            format!("{} is assigned to nobody yet", before.number),
        )
        .hint(format!("say to whom with `portalctl ticket assign \"{}\" --to EMAIL`", before.number)));
    }
    let after = before.moved(to, tx.now());
    store::update(tx, &after)?;
    post(tx, &after, &party, EntryKind::Message, added)?;
    entry(tx, &after, &party, EntryKind::Status, to.to_string())?;
    tx.record(actions::ADVANCE, after.object(), Some(&before), Some(&after))?;
    match to {
        AwaitingRequester => notify::requester(tx, &after, &mail::AWAITING, lang)?,
        Done => notify::requester(tx, &after, &mail::DONE, lang)?,
        _ if !added.is_empty() => notify::requester(tx, &after, &mail::REPLY, lang)?,
        _ => {}
    }
    Ok((Advanced::Moved, detail(tx, &party, after)?))
}

/// Closes a ticket for good: the requester regrets it (S-012), or the provider ends it.
pub fn close(tx: &Tx<'_>, number: &str) -> Result<(bool, TicketDetail)> {
    let (party, before) = resolve(tx, tx.actor(), number)?;
    if before.status == Closed {
        return Ok((false, detail(tx, &party, before)?));
    }
    rules::step(&before.number, before.status, Closed, party.by())?;
    let after = before.moved(Closed, tx.now());
    store::update(tx, &after)?;
    entry(tx, &after, &party, EntryKind::Status, Closed.to_string())?;
    tx.record(actions::CLOSE, after.object(), Some(&before), Some(&after))?;
    Ok((true, detail(tx, &party, after)?))
}

/// Takes up a done ticket again (S-025), within the hours of the setting.
pub fn reopen(tx: &Tx<'_>, number: &str) -> Result<TicketDetail> {
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
    let after = taken_up(tx, &before)?;
    store::update(tx, &after)?;
    entry(tx, &after, &party, EntryKind::Status, after.status.to_string())?;
    tx.record(actions::REOPEN, after.object(), Some(&before), Some(&after))?;
    detail(tx, &party, after)
}

/// The ticket as it is when the requester's step brings it back to the provider (C-13).
fn taken_up(conn: &Tx<'_>, before: &Ticket) -> Result<Ticket> {
    if before.status == Done {
        let hours = settings::TICKET_CLOSE_AFTER_HOURS.int(conn)?;
        rules::in_time(&before.number, before.done_since()?, hours, conn.now())?;
    }
    let to = rules::returns_to(before.assignee.is_some());
    rules::step(&before.number, before.status, to, By::Requester)?;
    Ok(before.moved(to, conn.now()))
}

/// Adds what someone wrote or attached, if anything.
fn post(tx: &Tx<'_>, ticket: &Ticket, party: &Party, kind: EntryKind, post: &Post) -> Result<()> {
    if post.is_empty() {
        return Ok(());
    }
    let kind = if post.mail.is_some() && kind == EntryKind::Message { EntryKind::Mail } else { kind };
    let row = entry_by(tx, ticket, party, kind, &post.text, post.mail)?;
    for (position, (name, spooled)) in post.files.iter().enumerate() {
        let stored = blob::store(tx, spooled)?;
        thread::attach(tx, row, position + 1, &Attachment { name: name.clone(), blob: stored.id })?;
    }
    Ok(())
}

fn entry(tx: &Tx<'_>, ticket: &Ticket, party: &Party, kind: EntryKind, text: String) -> Result<i64> {
    entry_by(tx, ticket, party, kind, &text, None)
}

fn entry_by(
    tx: &Tx<'_>,
    ticket: &Ticket,
    party: &Party,
    kind: EntryKind,
    text: &str,
    mail: Option<i64>,
) -> Result<i64> {
    let entry = NewEntry {
        kind,
        author_id: party.id(),
        author: party.author(),
        internal: kind == EntryKind::Note,
        text,
        mail,
    };
    thread::insert(tx, ticket.id, entry)
}

/// Records a reply: what kind it is and which files came with it, not what it says.
fn record_reply(tx: &Tx<'_>, before: &Ticket, after: &Ticket, kind: EntryKind, post: &Post) -> Result<()> {
    let files: Vec<_> =
        post.files.iter().map(|(name, file)| json!({"name": name, "sha256": file.sha256})).collect();
    let state = |ticket: &Ticket| json!({"status": ticket.status, "updated_at": ticket.updated_at});
    let mut now = state(after);
    if let Some(fields) = now.as_object_mut() {
        fields.insert("added".to_owned(), json!({"kind": kind, "files": files}));
    }
    tx.record(actions::REPLY, after.object(), Some(&state(before)), Some(&now))
}

/// The user of this address, who may ask something for this institution. Who is not of the provider asks in their own
/// name, and is not told of others.
pub fn requester(conn: &Connection, actor: &Actor, email: &Email, tenant: &str) -> Result<User> {
    if let Party::Requester(user) = acting(conn, actor)?
        && user.email.key() != email.key()
    {
        return Err(Error::refused("rights.refused", "you can open tickets in your own name only"));
    }
    let requester = user::service::resolve(conn, email)?;
    in_use(&requester)?;
    if requester.staff.is_none() && !belongs(&requester, tenant) {
        return Err(Error::refused(
            "ticket.requester",
            format!("{} has no right at institution {tenant}", requester.email),
        )
        .hint(format!(
            "grant one with `portalctl rights grant {} --tenant {tenant} --right reader`",
            requester.email
        )));
    }
    Ok(requester)
}

fn belongs(user: &User, tenant: &str) -> bool {
    user.rights.iter().any(|right| right.tenant == tenant)
}

fn in_use(user: &User) -> Result<()> {
    if user.status != UserStatus::Disabled {
        return Ok(());
    }
    Err(Error::conflict("user.disabled", format!("{} is disabled", user.email))
        .hint(format!("`portalctl user enable {}` first", user.email)))
}

/// A subject: 1–80 characters of one line (DOMAIN §4).
pub fn subject(text: &str) -> Result<String> {
    let subject = text.trim();
    let rule = match subject.chars().count() {
        0 => "it is empty",
        81.. => "it has more than 80 characters",
        _ if subject.chars().any(char::is_control) => "it holds a line break or another control character",
        _ => return Ok(subject.to_owned()),
    };
    Err(crate::values::Invalid::new("ticket.subject", "a subject", text, rule, "Adgang til rapporter").into())
}
