//! What is done with a mail once that is decided.

use super::facts::Gathered;
use super::{Arrival, Desk};
use crate::platform::blob::Spooled;
use crate::platform::db::{Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::{filled, text};
use crate::platform::inmail::{Mail, without_quotes};
use crate::platform::outbox;
use crate::platform::outbox::bounced::{self, Why};
use crate::platform::settings;
use crate::portal::agreement;
use crate::portal::inbox::rules::{self, Act, Judgement, Sender};
use crate::portal::inbox::store::{self, Settled};
use crate::portal::inbox::{InboxState, Reason};
use crate::portal::ticket::view::TicketDetail;
use crate::portal::ticket::{self, Looked, NewTicket, Post, PostFile};
use crate::values::{Coded, Email};

/// The entry that a mail becomes.
pub(super) struct Prepared {
    /// What it is about, as a ticket bears it.
    pub subject: String,
    /// Its text and files.
    pub post: Post,
    /// Whether the mail says more than the text: it quotes others, or is too long.
    pub shortened: bool,
    /// What was found of its files, in words.
    pub files: Vec<(&'static str, String)>,
}

/// Makes an entry of a mail: the text without what it quotes, and the files that are not too large and not infected. A
/// scanner that is out of reach is an error (75): the mail waits. Takes its time: never inside a transaction.
pub(super) fn prepare(db: &Db, desk: Desk<'_>, mail: &Mail) -> Result<Prepared> {
    let lang = desk.config.language;
    let (prefix, limit) = db.read(|conn| {
        let limit = settings::TICKET_ATTACHMENT_MAX_BYTES.int(conn)?.unsigned_abs();
        Ok((settings::TICKET_PREFIX.get(conn)?, limit))
    })?;
    let mut subject = rules::subject(&mail.head.subject, &prefix);
    if subject.is_empty() {
        subject = text(lang, "inbox-no-subject").unwrap_or_default();
    }
    let kept = without_quotes(&mail.text, rules::forwards(&mail.head.subject));
    let shortened = mail.cut || kept != without_quotes(&mail.text, true);
    let mut body = harmless(&kept);
    let mut remarks = Vec::new();
    if mail.cut {
        remarks.push(text(lang, "inbox-cut").unwrap_or_default());
    }
    let (mut files, mut told) = (Vec::new(), Vec::new());
    for file in &mail.files {
        let size = file.bytes.len() as u64;
        if size > limit {
            told.push(("left-out", format!("{}: {size} bytes, at most {limit}", file.name)));
            remarks.push(filled(lang, "inbox-file-too-large", &[("n", &file.name)]));
            continue;
        }
        let spooled = Spooled::read(file.bytes.as_slice(), &file.name, limit)?;
        match PostFile::looked_through(&desk.config.scanner, &file.name, spooled)? {
            Looked::Infected(malware) => {
                told.push(("infected", format!("{}: {malware}", file.name)));
                remarks.push(filled(lang, "inbox-file-infected", &[("n", &file.name)]));
            }
            Looked::Fit(taken) => {
                told.push((taken.scan.code(), format!("{}: {size} bytes", file.name)));
                files.push(taken);
            }
        }
    }
    if body.is_empty() && files.is_empty() && remarks.is_empty() {
        body = text(lang, "inbox-empty").unwrap_or_default();
    }
    for remark in remarks {
        if !body.is_empty() {
            body.push_str("\n\n");
        }
        body.push_str(&format!("[{remark}]"));
    }
    Ok(Prepared { subject, shortened, post: Post { text: body, files, mail: None }, files: told })
}

/// A text without characters that do something instead of saying it. The mail itself keeps them.
fn harmless(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

impl Prepared {
    /// The entry, as one that came by this mail; `None` for a note that names it in its text.
    pub fn post_of(&self, mail: Option<i64>) -> Post {
        Post { mail, ..self.post.clone() }
    }
}

/// Does what was decided. A refusal of the ticket's own rules holds the mail; any other error undoes the whole.
pub(super) fn carry_out(
    tx: &Tx<'_>,
    desk: Desk<'_>,
    arrival: Arrival<'_>,
    judged: &Judgement,
    gathered: &Gathered,
    prepared: Option<&Prepared>,
) -> Result<Settled> {
    let about = gathered.about.as_ref().map(|message| message.id);
    let settled = Settled { state: judged.state, reason: judged.reason, ticket: None, about };
    if judged.act == Act::Mark {
        return Ok(Settled { ticket: mark(tx, desk, arrival, gathered)?, ..settled });
    }
    let (Some(prepared), Sender::User(email, _)) = (prepared, &gathered.facts.sender) else {
        return Ok(settled);
    };
    note_found(tx, arrival.id, prepared)?;
    let done = tx.attempt(|tx| match &judged.act {
        Act::Reply(number) => reply(tx, desk, number, &prepared.post_of(Some(arrival.id)), false),
        Act::Create { tenant, follows } => {
            let post = prepared.post_of(Some(arrival.id));
            create(tx, desk, (tenant, email), &prepared.subject, post, follows.clone())
        }
        Act::Nothing | Act::Mark => Err(Error::internal("there is nothing to be done with this mail")),
    });
    match done {
        Ok(detail) => {
            let what = detail.ticket.number.clone();
            store::add_verdict(tx, arrival.id, "taken", judged.reason.code(), Some(&what))?;
            Ok(Settled { ticket: Some(detail.ticket.id), ..settled })
        }
        Err(error) if is_refusal(&error) => {
            store::add_verdict(tx, arrival.id, "taken", "refused", Some(error.message()))?;
            Ok(Settled { state: InboxState::Held, reason: Reason::Refused, ..settled })
        }
        Err(error) => Err(error),
    }
}

/// Notes what was found of the text and the files.
pub(super) fn note_found(tx: &Tx<'_>, id: i64, prepared: &Prepared) -> Result<()> {
    if prepared.shortened {
        store::add_verdict(tx, id, "text", "shortened", Some("the ticket does not repeat what it quotes"))?;
    }
    prepared
        .files
        .iter()
        .try_for_each(|(verdict, what)| store::add_verdict(tx, id, "files", verdict, Some(what)))
}

/// Whether the rules of tickets are against it, rather than the machine.
pub(super) fn is_refusal(error: &Error) -> bool {
    matches!(error.exit(), Exit::Refused | Exit::Conflict | Exit::Usage | Exit::NotFound)
}

/// Adds an entry to a ticket.
pub(super) fn reply(
    tx: &Tx<'_>,
    desk: Desk<'_>,
    number: &str,
    post: &Post,
    internal: bool,
) -> Result<TicketDetail> {
    ticket::service::reply(tx, number, post, internal, &desk.tickets())
}

/// Opens a ticket at an institution in someone's name.
pub(super) fn create(
    tx: &Tx<'_>,
    desk: Desk<'_>,
    (tenant, requester): (&str, &Email),
    subject: &str,
    post: Post,
    follows: Option<String>,
) -> Result<TicketDetail> {
    let new = NewTicket {
        tenant: tenant.to_owned(),
        requester: requester.clone(),
        subject: subject.to_owned(),
        kind: None,
        follows,
        post,
    };
    ticket::service::create(tx, new, &desk.tickets())
}

/// Marks the address that a mail of ours came back from, and tells whom it concerns, of all that the mail told of: tickets by
/// a note, the evidence of agreements by an event. Answers with the row of the ticket that the mail itself was about, else of
/// another.
fn mark(tx: &Tx<'_>, desk: Desk<'_>, arrival: Arrival<'_>, gathered: &Gathered) -> Result<Option<i64>> {
    let (Some(message), Some(told)) = (&gathered.about, &gathered.told_of) else { return Ok(None) };
    if told.is_lost() {
        let why = Why { status: told.status.as_deref(), said: told.said.as_deref(), mail: Some(arrival.id) };
        bounced::mark(tx, &message.to, why)?;
        store::add_verdict(tx, arrival.id, "mark", "bounced", Some(&message.to))?;
    } else {
        store::add_verdict(tx, arrival.id, "mark", "spared", Some(&message.to))?;
    }
    let mut messages = vec![message.clone()];
    for id in outbox::merged(tx, message.id)? {
        messages.extend(outbox::find(tx, id)?);
    }
    let said = [&told.status, &told.said].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    let mut tickets: Vec<i64> = Vec::new();
    for message in messages {
        agreement::service::mails::noted(tx, &message, "bounced")?;
        let Some(number) = message.cause.strip_prefix("ticket:") else { continue };
        let found = ticket::store::find_by_number(tx, number)?;
        let Some(found) = found.filter(|found| !tickets.contains(&found.id)) else { continue };
        tickets.push(found.id);
        let (mail, bounce) = (message.id.to_string(), arrival.id.to_string());
        let values =
            [("m", mail.as_str()), ("a", message.to.as_str()), ("b", bounce.as_str()), ("s", said.as_str())];
        let note = filled(desk.config.language, "inbox-bounced", &values);
        ticket::service::address_refused(tx, &message.cause, &note, &desk.tickets())?;
    }
    Ok(tickets.first().copied())
}
