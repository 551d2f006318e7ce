//! One run of sending: what it has taken on, and what of that is still to be noted.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;

use super::outcome::{self, Noted, Outcome};
use super::{SEND, Sent};
use crate::platform::actor::Actor;
use crate::platform::config::{Config, MailTransport, Program, SmsTransport, Smtp};
use crate::platform::db::{Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::interrupt;
use crate::platform::outbox::lease::{self, Channels};
use crate::platform::outbox::notices::{self, Group};
use crate::platform::outbox::render::Renderer;
use crate::platform::outbox::smtp::Server;
use crate::platform::outbox::{Channel, Message, Template};

/// How many messages are taken on at a time: where files are written, and where each needs a write of its own.
const FILES: usize = 200;
const LETTERS: usize = 25;

pub struct Run<'a> {
    pub(super) db: &'a mut Db,
    pub(super) actor: &'a Actor,
    pub(super) config: &'a Config,
    pub(super) renderer: &'a Renderer<'a>,
    pub(super) sent: Sent,
    /// What is to be noted with the next write.
    pub(super) pending: Vec<Noted>,
    /// Whether something of that cannot be called back.
    pub(super) urgent: bool,
    /// The mail server, once a mail goes there.
    pub(super) server: Option<Server<'a>>,
    /// How many mails in a row broke their connection.
    pub(super) breaks: usize,
    /// Why no further mail, or SMS, is tried in this run.
    pub(super) mail_stopped: Option<Error>,
    pub(super) sms_stopped: Option<Error>,
    /// By what this run's leases are known.
    token: String,
    /// What was taken on and is not settled, and when that was last said.
    holding: HashSet<i64>,
    renewed_at: DateTime<Utc>,
    /// Everything up to here was looked at.
    after: i64,
    /// In a dry run, what was looked at: its leases are rolled back.
    seen: HashSet<i64>,
}

/// What a run takes on next.
struct Wanted<'a> {
    token: &'a str,
    after: i64,
    seen: &'a HashSet<i64>,
    channels: Channels,
    limit: usize,
    templates: &'a [&'static Template],
}

/// What it took on.
#[derive(Default)]
struct Claimed {
    groups: Vec<Group>,
    held: Vec<Noted>,
    /// The last message that was looked at; `None` at the end of the queue.
    last: Option<i64>,
}

impl<'a> Run<'a> {
    pub fn new(
        db: &'a mut Db,
        actor: &'a Actor,
        config: &'a Config,
        renderer: &'a Renderer<'a>,
    ) -> Result<Run<'a>> {
        let token = HEXLOWER.encode(&db.entropy().bytes::<16>()?);
        let renewed_at = db.now();
        Ok(Run {
            db,
            actor,
            config,
            renderer,
            sent: Sent::default(),
            pending: Vec::new(),
            urgent: false,
            server: None,
            breaks: 0,
            mail_stopped: None,
            sms_stopped: None,
            token,
            holding: HashSet::new(),
            renewed_at,
            after: 0,
            seen: HashSet::new(),
        })
    }

    /// The same run, with the leases of this token.
    pub fn known_by(self, token: &str) -> Run<'a> {
        Run { token: token.to_owned(), ..self }
    }

    /// Sends all that is free.
    pub fn everything(&mut self) -> Result<()> {
        let done = self.batches();
        self.settle(done)
    }

    /// Sends these.
    pub fn just(&mut self, ids: &[i64]) -> Result<()> {
        let done = self.these(ids);
        self.settle(done)
    }

    pub fn finish(self) -> Result<Sent> {
        match self.mail_stopped.or(self.sms_stopped) {
            None => Ok(self.sent),
            Some(error) if self.sent.sent == 0 => Err(error),
            Some(error) => {
                let message = format!("{}; {} messages left before that", error.message(), self.sent.sent);
                let hint = error.hint_text().map(str::to_owned);
                let told = Error::new(error.exit(), error.code(), message);
                Err(hint.into_iter().fold(told, Error::hint))
            }
        }
    }

    fn batches(&mut self) -> Result<()> {
        if !self.db.read(|conn| Ok(lease::anything_queued(conn)? || lease::anything_lost(conn)?))? {
            return Ok(());
        }
        self.give_up_lost()?;
        loop {
            self.connect_where_due()?;
            // From the first lease until the last is settled, a signal must wait.
            let _whole = interrupt::graceful();
            let claimed = self.claim()?;
            let Some(last) = claimed.last else {
                // What was put back meanwhile.
                let Some(again) = self.sent.again_from.take() else { return Ok(()) };
                self.after = again - 1;
                continue;
            };
            self.after = last;
            self.pending.extend(claimed.held);
            self.send(claimed.groups)?;
        }
    }

    fn these(&mut self, ids: &[i64]) -> Result<()> {
        let (now, token) = (self.db.now(), self.token.clone());
        let found = self.db.read(|conn| {
            ids.iter().map(|id| lease::free_one(conn, *id, &token, now)).collect::<Result<Vec<_>>>()
        })?;
        if found.iter().flatten().any(|message| message.channel == Channel::Mail) {
            self.connect_where_due()?;
        }
        let _whole = interrupt::graceful();
        let groups = self.step(|tx| {
            let mut groups = Vec::with_capacity(ids.len());
            for id in ids {
                groups
                    .extend(lease::free_one(tx, *id, &token, tx.now())?.map(|message| Group(vec![message])));
            }
            take(tx, &token, &groups)?;
            Ok(groups)
        })?;
        self.hold(&groups);
        self.send(groups)
    }

    /// At the end, however it came: what left is noted, and what did not is given back.
    fn settle(&mut self, done: Result<()>) -> Result<()> {
        let _whole = interrupt::graceful();
        self.server = None;
        let (token, left): (_, Vec<i64>) = (self.token.clone(), self.holding.drain().collect());
        if self.pending.is_empty() && left.is_empty() {
            return done;
        }
        let noted: HashSet<i64> = self.pending.iter().map(|noted| noted.message.id).collect();
        let left: Vec<i64> = left.into_iter().filter(|id| !noted.contains(id)).collect();
        let settled = self.step_unasked(|tx| tx.unrecorded(|tx| lease::release(tx, &token, &left)));
        done.and(settled)
    }

    /// One write: notes what is pending, then does `more`. Who was shut out meanwhile takes nothing more on.
    pub(super) fn step<T>(&mut self, more: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.db.require_still_in()?;
        self.step_unasked(more)
    }

    fn step_unasked<T>(&mut self, more: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let noted = std::mem::take(&mut self.pending);
        let (token, secrets, holding) = (&self.token, self.renderer.secrets, &self.holding);
        let stale = self.db.now() - self.renewed_at > lease::LEASE / 3;
        let written = self.db.note(self.actor, |tx| {
            let results = outcome::put_all(tx, token, &noted, secrets)?;
            if stale {
                tx.unrecorded(|tx| lease::renew(tx, token, holding))?;
            }
            Ok((results, tx.unrecorded(more)?))
        });
        let (results, answer) = match written {
            Ok(written) => written,
            // What left has left: at the end it is noted once more.
            Err(error) => {
                self.pending = noted;
                return Err(error);
            }
        };
        if stale {
            self.renewed_at = self.db.now();
        }
        self.urgent = false;
        for one in &noted {
            self.holding.remove(&one.message.id);
        }
        outcome::tell(&mut self.sent, self.db, self.config, &noted, &results);
        Ok(answer)
    }

    /// Marks that these leave now, and for how long at most. Answers with those that were still this run's to send:
    /// only if these are all of them may they go.
    pub(super) fn leave(&mut self, ids: &[i64], at_most: chrono::TimeDelta) -> Result<Vec<i64>> {
        let token = self.token.clone();
        let ours = self.step(|tx| lease::leave(tx, &token, ids, at_most))?;
        for id in ids.iter().filter(|id| !ours.contains(id)) {
            self.holding.remove(id);
        }
        Ok(ours)
    }

    /// What was leaving when its run died: a person decides.
    fn give_up_lost(&mut self) -> Result<()> {
        if !self.db.read(lease::anything_lost)? {
            return Ok(());
        }
        let secrets = self.renderer.secrets;
        let lost = self.db.note(self.actor, |tx| {
            let lost = lease::give_up_lost(tx)?;
            for message in &lost {
                secrets.noted(tx, message, "unknown")?;
            }
            let ids: Vec<i64> = lost.iter().map(|message| message.id).collect();
            if !ids.is_empty() {
                let after = serde_json::json!({"sent": [], "failed": [], "unknown": ids});
                tx.record(SEND, "mail:batch", None::<&()>, Some(&after))?;
            }
            Ok(lost)
        })?;
        self.sent.failed += lost.len();
        self.sent.items.extend(lost.iter().map(outcome::lost));
        Ok(())
    }

    fn claim(&mut self) -> Result<Claimed> {
        let (token, seen) = (self.token.clone(), std::mem::take(&mut self.seen));
        let by_itself = matches!(self.config.mail, MailTransport::Dir) && self.program().is_none();
        let wanted = Wanted {
            token: &token,
            after: self.after,
            seen: &seen,
            channels: Channels { mail: self.mail_stopped.is_none(), sms: self.sms_stopped.is_none() },
            limit: if by_itself { FILES } else { LETTERS },
            templates: self.renderer.templates,
        };
        let claimed = self.step(|tx| wanted.claim(tx));
        self.seen = seen;
        let claimed = claimed?;
        self.hold(&claimed.groups);
        if self.db.is_dry_run() {
            let held = claimed.held.iter().map(|noted| noted.message.id);
            self.seen.extend(claimed.groups.iter().flat_map(Group::ids).chain(held));
        }
        Ok(claimed)
    }

    fn hold(&mut self, groups: &[Group]) {
        self.holding.extend(groups.iter().flat_map(Group::ids));
    }

    /// The mail server, where mails go there.
    pub(super) fn smtp(&self) -> Option<&'a Smtp> {
        match &self.config.mail {
            MailTransport::Smtp(smtp) => Some(smtp),
            MailTransport::Dir => None,
        }
    }

    /// The program that SMS go to. A test system, where mails are redirected, sends none to real numbers.
    pub(super) fn program(&self) -> Option<&'a Program> {
        match &self.config.sms {
            SmsTransport::Command(program) if self.config.mail_redirect_to.is_none() => Some(program),
            _ => None,
        }
    }

    /// Connects before anything is taken on, so that nothing is held up by a server that does not answer.
    fn connect_where_due(&mut self) -> Result<()> {
        let (after, now) = (self.after, self.db.now());
        let wanted = self.mail_stopped.is_none() && self.smtp().is_some() && !self.db.is_dry_run();
        if wanted && self.db.read(|conn| lease::mail_is_due(conn, after, now))? {
            self.connected()?;
        }
        Ok(())
    }
}

fn take(tx: &Tx<'_>, token: &str, groups: &[Group]) -> Result<()> {
    groups.iter().try_for_each(|group| lease::take(tx, token, &group.ids()))
}

impl Wanted<'_> {
    fn claim(&self, tx: &Tx<'_>) -> Result<Claimed> {
        let free = lease::free(tx, self.after, self.channels, self.limit, tx.now())?;
        let mut claimed = Claimed { last: free.last().map(|message| message.id), ..Claimed::default() };
        let mut asked: HashSet<String> = HashSet::new();
        for message in free {
            if self.seen.contains(&message.id) {
                continue;
            }
            if message.channel == Channel::Sms || !notices::is_notice(self.templates, &message) {
                claimed.groups.push(Group(vec![message]));
            } else if asked.insert(message.to.clone()) {
                let sorted = notices::gather(tx, self.templates, &message, self.seen)?;
                claimed.groups.extend(sorted.groups);
                let held = |(waiting, until, why): (Vec<Message>, String, String)| {
                    waiting.into_iter().map(move |message| Noted {
                        message,
                        leader: None,
                        outcome: Outcome::Held(until.clone(), why.clone()),
                    })
                };
                claimed.held.extend(sorted.held.into_iter().flat_map(held));
            }
        }
        take(tx, self.token, &claimed.groups)?;
        Ok(claimed)
    }
}
