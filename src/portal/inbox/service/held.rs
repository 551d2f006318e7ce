//! What the provider decides about mails that wait for it.

use super::act::{self, Prepared};
use super::{Arrival, Desk, as_sender, facts, found, raw_of};
use crate::platform::actor::Actor;
use crate::platform::db::{Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::filled;
use crate::platform::inmail::{self, Mail};
use crate::platform::outbox::bounced;
use crate::portal::inbox::rules::Authentication;
use crate::portal::inbox::store::{self, Settled};
use crate::portal::inbox::{Inbound, InboxState, Reason, actions, object};
use crate::portal::ticket::view::TicketDetail;
use crate::portal::user::{self, UserStatus};
use crate::values::Email;

/// How a held mail is let in.
#[derive(Debug, Clone, Default)]
pub struct Release {
    /// In whose name; the sender's where nothing is said.
    pub requester: Option<Email>,
    /// At which institution a ticket is opened; the requester's only one where nothing is said.
    pub tenant: Option<String>,
    /// The ticket that it is added to.
    pub ticket: Option<String>,
}

/// Lets a mail in that is held or was ignored: as a new ticket, or added to one. What someone writes who is no party of that
/// ticket becomes a note that only the provider sees, so that nothing is said in another's name; and whose sender is forged or
/// one of several is nobody's word, unless the provider says whose.
pub fn release(db: &mut Db, actor: &Actor, desk: Desk<'_>, id: i64, release: &Release) -> Result<Inbound> {
    let (mail, name) = db.read(|conn| {
        let inbound = can_be_released(found(conn, id)?)?;
        let mail = inmail::parse(&raw_of(conn, &inbound)?);
        let mail = mail.map_err(|_| Error::internal(format!("mail {id} is held and cannot be read")))?;
        let forged = matches!(facts::authentication(&mail.head), Authentication::Failed(_))
            || inbound.reason == Some(Reason::SenderForged);
        let written = match mail.head.from.as_slice() {
            [one] if !forged => one.parse::<Email>().ok(),
            _ => None,
        };
        Ok((mail, release.requester.clone().or(written)))
    })?;
    let known = match &name {
        Some(email) => db.read(|conn| user::store::find_by_email(conn, email))?,
        None => None,
    };
    let known = known.filter(|user| user.status != UserStatus::Disabled);
    if let (Some(email), None) = (&release.requester, &known) {
        return Err(Error::not_found("user", email)
            .hint("`portalctl user list` shows who has an account that is open"));
    }
    let prepared = act::prepare(db, desk, &mail)?;
    let arrival = Arrival { id, delivered_to: None };
    let party = match (&release.ticket, &known) {
        (Some(number), Some(user)) if user.staff.is_none() => {
            db.read(|conn| facts::sees(conn, &user.email, number))?.then(|| user.email.clone())
        }
        _ => None,
    };
    if let (Some(number), Some(email), None) = (&release.ticket, &release.requester, &party) {
        let what = format!("{email} is no party of {number}");
        return Err(Error::refused("mail.not-a-party", what)
            .hint("leave --requester away to add the mail as a note that only the provider sees"));
    }
    let acting = party.as_ref().map_or_else(|| actor.clone(), |email| as_sender(actor, email, id));
    db.write(&acting, |tx| {
        let before = can_be_released(found(tx, id)?)?;
        act::note_found(tx, id, &prepared)?;
        let ticket = match &release.ticket {
            Some(number) if party.is_some() => {
                act::reply(tx, desk, number, &prepared.post_of(Some(id)), false)?
            }
            Some(number) => add_note(tx, desk, number, arrival, &mail, &prepared)?,
            None => open(tx, desk, id, release, known.as_ref(), &prepared)?,
        };
        let number = &ticket.ticket.number;
        store::add_verdict(tx, id, "released", "taken", Some(number))?;
        let ticket = Some(ticket.ticket.id);
        store::settle(
            tx,
            id,
            Settled { state: InboxState::Taken, reason: Reason::Released, ticket, about: None },
        )?;
        let after = found(tx, id)?;
        tx.record(actions::RELEASE, object(id), Some(&before), Some(&after))?;
        Ok(after)
    })
}

fn open(
    tx: &Tx<'_>,
    desk: Desk<'_>,
    id: i64,
    release: &Release,
    known: Option<&user::User>,
    prepared: &Prepared,
) -> Result<TicketDetail> {
    let Some(user) = known.filter(|user| user.staff.is_none() || release.requester.is_some()) else {
        return Err(Error::usage(format!(
            "mail {id}: its sender cannot be told, or has no account that tickets can be opened for"
        ))
        .hint("say in whose name with --requester EMAIL, or name a ticket with --ticket NUMBER"));
    };
    let tenant = match &release.tenant {
        Some(tenant) => tenant.clone(),
        None => match facts::places(tx, user)?.as_slice() {
            [only] => only.clone(),
            places => {
                let places = if places.is_empty() { "none".to_owned() } else { places.join(", ") };
                return Err(Error::usage(format!(
                    "mail {id}: at which institution? {} is of: {places}",
                    user.email
                ))
                .hint("say which with --tenant T"));
            }
        },
    };
    act::create(tx, desk, (&tenant, &user.email), &prepared.subject, prepared.post_of(Some(id)), None)
}

/// Adds a mail as a note. It names the mail in its text alone: entries that came by mail are the requester's to see.
fn add_note(
    tx: &Tx<'_>,
    desk: Desk<'_>,
    number: &str,
    arrival: Arrival<'_>,
    mail: &Mail,
    prepared: &Prepared,
) -> Result<TicketDetail> {
    let mut post = prepared.post_of(None);
    let (id, from) = (arrival.id.to_string(), mail.head.from.join(", "));
    let heading = filled(desk.config.language, "inbox-note", &[("m", &id), ("f", &from)]);
    post.text = format!("{heading}\n\n{}", post.text);
    act::reply(tx, desk, number, &post, true)
}

/// Drops a held mail: nothing comes of it. It stays stored.
pub fn drop(tx: &Tx<'_>, id: i64) -> Result<Inbound> {
    let reason = tx.require_reason()?.to_owned();
    let before = is_held(found(tx, id)?)?;
    store::add_verdict(tx, id, "dropped", "by the provider", Some(&reason))?;
    let settled = Settled { state: InboxState::Dropped, reason: Reason::Dropped, ticket: None, about: None };
    store::settle(tx, id, settled)?;
    let after = found(tx, id)?;
    tx.record(actions::DROP, object(id), Some(&before), Some(&after))?;
    Ok(after)
}

/// Makes an unreadable mail one that nobody has looked at. Answers with whether it was one.
pub fn look_again(tx: &Tx<'_>, id: i64) -> Result<bool> {
    let before = found(tx, id)?;
    match before.state {
        InboxState::Received => return Ok(false),
        InboxState::Unreadable => {}
        other => {
            let what = format!("mail {id} is {other}; only what could not be understood is looked at again");
            return Err(
                Error::conflict("mail.state", what).hint("`portalctl mail unreadable list` shows what can")
            );
        }
    }
    store::unsettle(tx, id)?;
    store::add_verdict(tx, id, "retry", "by the provider", None)?;
    tx.record(actions::RETRY, object(id), Some(&before), Some(&found(tx, id)?))?;
    Ok(true)
}

/// Lets mail go again to an address that it came back from.
pub fn clear(tx: &Tx<'_>, email: &Email) -> Result<bounced::Bounced> {
    let Some(before) = bounced::find(tx, email.as_str())? else {
        return Err(
            Error::not_found("bounced address", email).hint("`portalctl mail bounced list` shows them all")
        );
    };
    bounced::clear(tx, email.as_str())?;
    tx.record(actions::CLEAR, format!("address:{}", before.email), Some(&before), None::<&()>)?;
    Ok(before)
}

/// What is held, and what was ignored: also a copy, or what was taken for automatic, may be a person's word. A mail of our own
/// is not.
fn can_be_released(inbound: Inbound) -> Result<Inbound> {
    match (inbound.state, inbound.reason) {
        (InboxState::Ignored, Some(Reason::Loop)) => {
            let what = format!("mail {} is a mail of our own; nothing comes of it", inbound.id);
            Err(Error::conflict("mail.loop", what)
                .hint(format!("`portalctl mail explain {}` tells why", inbound.id)))
        }
        (InboxState::Ignored, _) => Ok(inbound),
        _ => is_held(inbound),
    }
}

fn is_held(inbound: Inbound) -> Result<Inbound> {
    if inbound.state == InboxState::Held {
        return Ok(inbound);
    }
    let what = format!(
        "mail {} is {}; only mails that are held are released or dropped, and ignored ones released",
        inbound.id, inbound.state
    );
    Err(Error::conflict("mail.state", what)
        .hint(format!("`portalctl mail explain {}` tells why", inbound.id)))
}
