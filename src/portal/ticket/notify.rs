//! Telling the parties of a ticket what happened: each once, in their language, never what was written.

use chrono::Duration;
use serde_json::{Value, json};

use super::party::Party;
use super::service::Desk;
use super::store::share;
use super::store::sight::hears;
use super::{EntryKind, Ticket, TicketStatus, mail};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, format, label_of};
use crate::platform::outbox::{self, NewMail, Template};
use crate::platform::settings;
use crate::portal::user::{self, User, UserStatus};
use crate::values::parse_utc_text;

/// On which side of a ticket someone is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Who asked, or whom it is shared with.
    Asking,
    /// Who has just been given it.
    Receiving,
    /// Who handles it, or has until now.
    Working,
}

/// Tells the parties of a ticket what someone did to it: a change of status, something written, or both in one mail
/// (S-015, S-024). Not who did it, nor who may not see it; of notes only the one of the staff who handles it.
pub fn tell(
    tx: &Tx<'_>,
    by: &Party,
    (before, after): (&Ticket, &Ticket),
    written: Option<EntryKind>,
    desk: &Desk,
) -> Result<()> {
    let moved = before.status != after.status;
    let note = written == Some(EntryKind::Note);
    let facts = json!({"moved": moved, "written": written.is_some() && !note, "note": note});
    for (user, side) in parties(tx, before, after)? {
        if by.id() == Some(user.id) {
            continue;
        }
        let template = match side {
            Side::Receiving => &mail::ASSIGNED,
            Side::Working => &mail::WORK,
            Side::Asking if moved => of_status(after.status),
            Side::Asking if written.is_some() && !note => &mail::REPLY,
            Side::Asking => continue,
        };
        queue(tx, template, after, &user, &facts, desk)?;
    }
    Ok(())
}

/// Tells the requester that a ticket has come in: by mail, or by somebody else in the requester's name.
pub fn created(tx: &Tx<'_>, by: &Party, ticket: &Ticket, by_mail: bool, desk: &Desk) -> Result<()> {
    let template = match by_mail {
        true => &mail::RECEIVED,
        false if by.asked(ticket) => return Ok(()),
        false => &mail::OPENED,
    };
    let user = user::store::find(tx, ticket.requester_id)?;
    if hears(&user, ticket) {
        queue(tx, template, ticket, &user, &json!({}), desk)?;
    }
    Ok(())
}

/// Tells someone that a ticket is shared with them (S-018).
pub fn shared(tx: &Tx<'_>, by: &Party, ticket: &Ticket, user: &User, desk: &Desk) -> Result<()> {
    if by.id() == Some(user.id) {
        return Ok(());
    }
    queue(tx, &mail::SHARED, ticket, user, &json!({}), desk)
}

/// The mail to those who asked that says where a ticket stands now.
pub fn of_status(status: TicketStatus) -> &'static Template {
    match status {
        TicketStatus::AwaitingRequester => &mail::AWAITING,
        TicketStatus::Done => &mail::DONE,
        TicketStatus::Closed => &mail::CLOSED,
        _ => &mail::STATUS,
    }
}

/// Whom it is to be told, each once: who asked, whom it is shared with, who handles it and who did before.
fn parties(conn: &Connection, before: &Ticket, after: &Ticket) -> Result<Vec<(User, Side)>> {
    let mut rows = vec![(after.requester_id, Side::Asking)];
    rows.extend(share::users(conn, after.id)?.into_iter().map(|id| (id, Side::Asking)));
    let given = before.assignee_id != after.assignee_id;
    let now = if given { Side::Receiving } else { Side::Working };
    rows.extend(after.assignee_id.map(|id| (id, now)));
    rows.extend(before.assignee_id.map(|id| (id, Side::Working)));
    let mut parties: Vec<(User, Side)> = Vec::new();
    for (id, side) in rows {
        if parties.iter().any(|(known, _)| known.id == id) {
            continue;
        }
        let user = user::store::find(conn, id)?;
        let told = match side {
            Side::Asking => hears(&user, after),
            Side::Receiving | Side::Working => user.staff.is_some() && in_use(&user),
        };
        if told {
            parties.push((user, side));
        }
    }
    Ok(parties)
}

fn in_use(user: &User) -> bool {
    user.status != UserStatus::Disabled
}

fn queue(
    tx: &Tx<'_>,
    template: &'static Template,
    ticket: &Ticket,
    user: &User,
    facts: &Value,
    desk: &Desk,
) -> Result<()> {
    let language = user.language.unwrap_or(desk.lang);
    let hours = settings::TICKET_CLOSE_AFTER_HOURS.int(tx)?;
    let mut params = params(ticket, language, &user.name, desk, hours);
    if let (Value::Object(params), Value::Object(facts)) = (&mut params, facts.clone()) {
        params.extend(facts);
        // A note leaves the ticket's own time as it is.
        params.insert("at".to_owned(), format::long_time(language, tx.now()).into());
    }
    let mail = NewMail {
        template,
        to: &user.email,
        language,
        cause: ticket.object(),
        params,
        link: None,
        reply_tag: Some(ticket.tag().to_owned()),
    };
    outbox::queue(tx, &mail)?;
    Ok(())
}

/// What every mail about a ticket shows: when something last happened to it, where it stands, and, while it is done, until
/// when it can be taken up again. Neither what it is about nor what was written.
pub fn params(ticket: &Ticket, lang: Lang, name: &str, desk: &Desk, hours: i64) -> Value {
    let time = |text: &str, hours: i64| {
        parse_utc_text(text).map(|at| format::long_time(lang, at + Duration::hours(hours)))
    };
    let done_at = ticket.done_at.as_deref().filter(|_| ticket.status == TicketStatus::Done);
    json!({
        "number": ticket.number,
        "name": name,
        "status": label_of(lang, ticket.status),
        "at": time(&ticket.updated_at, 0),
        "until": done_at.and_then(|at| time(at, hours)),
        "url": desk.address(&ticket.number),
    })
}
