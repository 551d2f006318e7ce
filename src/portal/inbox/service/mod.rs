//! Use cases of mails that come in: stored first, understood second, each in a transaction of its own.

mod act;
mod facts;
pub mod held;
pub mod story;

use std::io::Read;

use serde_json::json;

use super::rules::{self, Act};
use super::store::{self, Settled};
use super::{Inbound, InboxState, Reason, actions, object};
use crate::platform::actor::{Actor, Principal};
use crate::platform::blob::{self, Spooled};
use crate::platform::config::Config;
use crate::platform::db::{Connection, Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::inmail::{self, Mail, Unreadable};
use crate::platform::outbox;
use crate::platform::scanner;
use crate::platform::secret::Key;
use crate::portal::ticket;
use crate::values::Email;

/// The job that tries again to understand what could not be understood.
pub const JOB: &str = "mail-understand";

/// What understanding a mail needs besides the database.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The key that reply addresses are signed with.
    pub key: &'a Key,
    /// Our own address, the scanner, and the language of what is written for people without one.
    pub config: &'a Config,
}

impl Desk<'_> {
    /// How it is written about tickets.
    fn tickets(&self) -> ticket::service::Desk {
        ticket::service::Desk { lang: self.config.language, base_url: self.config.base_url.clone() }
    }
}

/// What became of a mail.
#[derive(Debug)]
pub struct Done {
    /// The mail as it is now.
    pub mail: Inbound,
    /// Why it could not be understood this time.
    pub failed: Option<Error>,
}

impl Done {
    /// Whether other mails would fare the same: the scanner is out of reach, which to find out takes its time. A run over
    /// several mails ends here; the rest waits.
    pub fn ends_run(&self) -> bool {
        self.failed.as_ref().is_some_and(|error| error.code() == scanner::OUT_OF_REACH)
    }
}

/// Stores a mail as it came; answers with its number.
pub fn receive(tx: &Tx<'_>, raw: &Spooled, delivered_to: Option<&str>) -> Result<i64> {
    let id = outbox::next_number(tx)?;
    let stored = blob::store(tx, raw)?;
    store::insert(tx, id, stored.id, delivered_to)?;
    let detail = format!("{} bytes, SHA-256 {}", raw.size, raw.sha256);
    store::add_verdict(tx, id, "stored", "ok", Some(&detail))?;
    let after = json!({"size": raw.size, "sha256": raw.sha256, "delivered_to": delivered_to});
    tx.record(actions::RECEIVE, object(id), None::<&()>, Some(&after))?;
    Ok(id)
}

/// Understands a mail that was stored. What is in the way of that is noted, and no error: the mail is safe.
pub fn understand(db: &mut Db, actor: &Actor, desk: Desk<'_>, id: i64) -> Result<Done> {
    let tried = try_to_understand(db, actor, desk, id);
    let Err(error) = tried else { return Ok(Done { mail: db.read(|conn| found(conn, id))?, failed: None }) };
    if matches!(error.exit(), Exit::Interrupted | Exit::Terminated) {
        return Err(error);
    }
    let said = format!("{}: {}", error.code(), error.message());
    // Where not even this can be written, the mail waits all the same.
    let _ = db.note(actor, |tx| tx.unrecorded(|tx| store::note_failure(tx, id, &said)));
    Ok(Done { mail: db.read(|conn| found(conn, id))?, failed: Some(error) })
}

fn try_to_understand(db: &mut Db, actor: &Actor, desk: Desk<'_>, id: i64) -> Result<()> {
    let (inbound, bytes) = db.read(|conn| {
        let inbound = found(conn, id)?;
        let bytes = raw_of(conn, &inbound)?;
        Ok((inbound, bytes))
    })?;
    if inbound.state != InboxState::Received {
        return Ok(());
    }
    let arrival = Arrival { id, delivered_to: inbound.to.as_deref() };
    let readied = Readied::of(db, desk, arrival, inmail::parse(&bytes))?;
    let acting = readied.actor(actor, id);
    db.write(&acting, |tx| {
        // Another process may have been quicker.
        let now = found(tx, id)?;
        if now.state == InboxState::Received { settle(tx, desk, arrival, &readied) } else { Ok(()) }
    })
}

/// Does everything to a mail that a dry run can show, in one transaction that is rolled back.
pub fn rehearse(
    db: &mut Db,
    actor: &Actor,
    desk: Desk<'_>,
    raw: &Spooled,
    delivered_to: Option<&str>,
) -> Result<Done> {
    let mut bytes = Vec::new();
    raw.rewound()?.read_to_end(&mut bytes).map_err(|e| Error::io("cannot read a temporary file", &e))?;
    let arrival = Arrival { id: 0, delivered_to };
    let readied = Readied::of(db, desk, arrival, inmail::parse(&bytes))?;
    let acting = readied.actor(actor, 0);
    let mail = db.write(&acting, |tx| {
        let id = receive(tx, raw, delivered_to)?;
        settle(tx, desk, Arrival { id, delivered_to }, &readied)?;
        found(tx, id)
    })?;
    Ok(Done { mail, failed: None })
}

/// A mail on its way in.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    id: i64,
    delivered_to: Option<&'a str>,
}

/// A mail that was read and, where it is to be taken, whose files were looked through: what takes its time and is done
/// outside the transaction.
struct Readied {
    mail: Result<Mail, Unreadable>,
    acts_as: Option<Email>,
    post: Option<act::Prepared>,
}

impl Readied {
    fn of(db: &Db, desk: Desk<'_>, arrival: Arrival<'_>, mail: Result<Mail, Unreadable>) -> Result<Readied> {
        let Ok(mail) = mail else { return Ok(Readied { mail, acts_as: None, post: None }) };
        let (judged, acts_as) = db.read(|conn| {
            let facts = facts::gather(conn, db.now(), desk, arrival, &mail)?.facts;
            let judged = rules::judge(&facts);
            let acts_as = judged.acts_as(&facts).cloned();
            Ok((judged, acts_as))
        })?;
        let takes = matches!(judged.act, Act::Reply(_) | Act::Create { .. });
        let post = takes.then(|| act::prepare(db, desk, &mail)).transpose()?;
        Ok(Readied { mail: Ok(mail), acts_as, post })
    }

    /// Who acts: whoever runs this, with the rights of the sender where the sender's word is to be written down.
    fn actor(&self, actor: &Actor, id: i64) -> Actor {
        match &self.acts_as {
            Some(email) => as_sender(actor, email, id),
            None => actor.clone(),
        }
    }
}

fn as_sender(actor: &Actor, email: &Email, id: i64) -> Actor {
    Actor {
        real: actor.real.clone(),
        effective: Principal::User(email.to_string()),
        // Where the provider says why, that is why.
        reason: actor.reason.clone().or_else(|| Some(format!("mail {id}"))),
    }
}

/// Decides in the state that the write finds, and does it.
fn settle(tx: &Tx<'_>, desk: Desk<'_>, arrival: Arrival<'_>, readied: &Readied) -> Result<()> {
    let id = arrival.id;
    let mail = match &readied.mail {
        Ok(mail) => mail,
        Err(why) => {
            let reason = Reason::from(*why);
            store::add_verdict(tx, id, "read", "unreadable", Some(&reason.to_string()))?;
            return finish(
                tx,
                id,
                Settled { state: InboxState::Unreadable, reason, ticket: None, about: None },
            );
        }
    };
    let gathered = facts::gather(tx, tx.now(), desk, arrival, mail)?;
    let judged = rules::judge(&gathered.facts);
    if judged.acts_as(&gathered.facts) != readied.acts_as.as_ref() {
        return Err(Error::busy("mail.changed", "what the mail meets has changed meanwhile")
            .hint("nothing is lost: it is looked at again by the next `portalctl job run mail-understand`"));
    }
    store::set_read(tx, id, &gathered.read())?;
    let what = format!("{} characters, {} files", mail.text.chars().count(), mail.files.len());
    store::add_verdict(tx, id, "read", "ok", Some(&what))?;
    for (step, verdict, detail) in &judged.found {
        store::add_verdict(tx, id, step, verdict, detail.as_deref())?;
    }
    let done = act::carry_out(tx, desk, arrival, &judged, &gathered, readied.post.as_ref())?;
    finish(tx, id, done)
}

fn finish(tx: &Tx<'_>, id: i64, settled: Settled) -> Result<()> {
    store::settle(tx, id, settled)?;
    let after = json!({"state": settled.state, "reason": settled.reason});
    tx.record(actions::SETTLE, object(id), None::<&()>, Some(&after))
}

/// The mail of this number, which must have come in.
pub fn found(conn: &Connection, id: i64) -> Result<Inbound> {
    store::find(conn, id)?.ok_or_else(|| Error::not_found("mail", id))
}

/// The bytes of a mail as they came.
pub fn raw_of(conn: &Connection, inbound: &Inbound) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    blob::copy_to(conn, &blob::find(conn, inbound.raw)?, &mut bytes)?;
    Ok(bytes)
}
