//! Use cases of tickets.

pub mod moves;
pub mod posting;
pub mod sharing;

use std::ops::ControlFlow;

use chrono::Datelike;

use super::TicketStatus::Registered;
use super::party::{Party, acting};
use super::store::{self, Refs, share, thread};
use super::view::TicketDetail;
use super::{EntryKind, Filter, NewTicket, Sight, Ticket, actions, kind, notify, rules, tag_of};
use crate::platform::actor::Actor;
use crate::platform::blob::{self, Blob};
use crate::platform::ctx::Ctx;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, OrNotFound, Result};
use crate::platform::i18n::{Lang, format};
use crate::platform::settings;
use crate::portal::access;
use crate::portal::tenant;
use crate::portal::user::{self, User, UserStatus};
use crate::values::{Email, TicketNumber};

pub use moves::{Advanced, advance, assign, close, reopen};
pub use posting::{address_refused, reply};
pub use sharing::{share, unshare};

/// How the provider writes about tickets.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The language of whoever has chosen none.
    pub lang: Lang,
    /// What the addresses of tickets begin with.
    pub base_url: String,
}

impl Desk {
    /// As this machine's configuration says.
    pub fn of(ctx: &Ctx<'_>) -> Desk {
        Desk { lang: ctx.lang(), base_url: ctx.config.base_url.clone() }
    }

    /// Where a ticket is opened in the portal (S-010).
    pub fn address(&self, number: &str) -> String {
        format!("{}/tickets/{}", self.base_url.trim_end_matches('/'), tag_of(number))
    }
}

/// The ticket of this number, whose prefix may be left out. To who may not see it it does not exist.
pub fn resolve(conn: &Connection, actor: &Actor, number: &str) -> Result<(Party, Ticket)> {
    let prefix = settings::TICKET_PREFIX.get(conn)?;
    let typed = TicketNumber::parse_with_prefix(number, &prefix)?;
    let missing = || {
        Error::not_found("ticket", &typed).hint("`portalctl ticket list --all` shows all that you may see")
    };
    let ticket = find(conn, number, &typed)?.ok_or_else(missing)?;
    let party = acting(conn, actor)?;
    if party.may_see(conn, &ticket)? { Ok((party, ticket)) } else { Err(missing()) }
}

/// The ticket of a number as it was typed. Month and running number name one ticket alone; so one that is typed without a
/// prefix is found, too, where the prefix has been another when it was opened.
fn find(conn: &Connection, typed: &str, number: &TicketNumber) -> Result<Option<Ticket>> {
    match store::find_by_number(conn, &number.to_string())? {
        None if !typed.trim_start().starts_with(|c: char| c.is_ascii_alphabetic()) => {
            store::find_by_place(conn, number.year * 100 + number.month, number.sequence)
        }
        found => Ok(found),
    }
}

/// A ticket with its thread, as far as this actor may see it.
pub fn show(conn: &Connection, actor: &Actor, number: &str) -> Result<TicketDetail> {
    let (party, ticket) = resolve(conn, actor, number)?;
    detail(conn, &party, ticket)
}

/// A ticket with its thread; a requester does not see what is internal.
pub fn detail(conn: &Connection, party: &Party, ticket: Ticket) -> Result<TicketDetail> {
    let seen = |other: Ticket| Ok(party.may_see(conn, &other)?.then_some(other.number));
    let follows = ticket.follows_id.map(|id| store::find(conn, id)).transpose()?.flatten();
    let followed_by = store::following(conn, ticket.id)?.into_iter().map(seen);
    Ok(TicketDetail {
        follows: follows.map(seen).transpose()?.flatten(),
        followed_by: followed_by.filter_map(Result::transpose).collect::<Result<_>>()?,
        shared_with: share::shared_with(conn, ticket.id)?,
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

/// Narrows a filter to what this actor may see: users see their own tickets and those shared with them (S-001, S-014),
/// at institutions where they have a right.
pub fn scoped(conn: &Connection, actor: &Actor, filter: Filter) -> Result<Filter> {
    let Party::Requester(user) = acting(conn, actor)? else { return Ok(filter) };
    let places = access::known_places(conn, actor)?.unwrap_or_default();
    if places.is_empty() {
        let message = format!("{} has no right at any institution", user.email);
        return Err(Error::refused("rights.refused", message));
    }
    // Of others' tickets those are listed that they share; who shares none is not told apart from who does not exist.
    if let Some(other) = filter.requester
        && other != user.id
        && !share::is_from(conn, user.id, other)?
    {
        let message = "you can list your own tickets and those shared with you only";
        return Err(Error::refused("rights.refused", message));
    }
    Ok(Filter { sight: Some(Sight { user: user.id, places }), ..filter })
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

/// Creates a ticket in the name of its requester, who must belong to the institution or to the provider. Who asked by
/// mail is told that it has come in, and so is in whose name somebody else asked.
pub fn create(tx: &Tx<'_>, new: NewTicket, desk: &Desk) -> Result<TicketDetail> {
    let party = acting(tx, tx.actor())?;
    let subject = subject(&new.subject)?;
    let tenant = tenant::service::resolve_known(tx, tx.actor(), &new.tenant)?;
    if tenant.status != tenant::Status::Active {
        return Err(Error::conflict("tenant.archived", format!("institution {} is archived", tenant.code)));
    }
    let requester = requester(tx, tx.actor(), &new.requester, &tenant.code)?;
    let kind = new.kind.as_deref().map(|code| kind::resolve_active(tx, code)).transpose()?;
    let follows = new.follows.as_deref().map(|number| followed(tx, number, &tenant.code)).transpose()?;
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
        follows_id: follows.map(|old| old.id),
    };
    let refs = Refs { yymm, sequence, tenant: tenant.id, kind: kind.map(|kind| kind.id) };
    let ticket = Ticket { id: store::insert(tx, &ticket, refs)?, ..ticket };
    let asking = Party::Requester(requester);
    posting::post(tx, &ticket, &asking, EntryKind::Message, &new.post)?;
    tx.record(actions::CREATE, ticket.object(), None::<&()>, Some(&ticket))?;
    notify::created(tx, &party, &ticket, new.post.mail.is_some(), desk)?;
    detail(tx, &party, ticket)
}

/// The ticket that a new one of this institution goes on from: one that is over for good, because it is closed or has
/// been done so long that it cannot be taken up again.
fn followed(tx: &Tx<'_>, number: &str, tenant: &str) -> Result<Ticket> {
    let (_, old) = resolve(tx, tx.actor(), number)?;
    if old.tenant != tenant {
        return Err(Error::conflict(
            "ticket.other-tenant",
            format!("{} is a ticket of {}, not of {tenant}", old.number, old.tenant),
        )
        .hint("--follows names a ticket of the same institution"));
    }
    if rules::is_over(&old, settings::TICKET_CLOSE_AFTER_HOURS.int(tx)?, tx.now()) {
        return Ok(old);
    }
    Err(Error::conflict("ticket.not-closed", format!("{} is {}, not closed", old.number, old.status))
        .hint(format!("add to it with `portalctl ticket reply \"{}\"`", old.number)))
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
