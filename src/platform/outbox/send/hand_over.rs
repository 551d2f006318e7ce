//! Making a message ready and handing it to its transport, outside any write: both take their time.

use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use super::outcome::{Noted, Outcome};
use super::run::Run;
use crate::platform::config::{Limits, Program, Smtp};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;
use crate::platform::outbox::command::{self, Ended};
use crate::platform::outbox::notices::{self, Group};
use crate::platform::outbox::render::Rendered;
use crate::platform::outbox::smtp::{PIECE, Server, Taken, Version, out_of_reach};
use crate::platform::outbox::{Channel, Message, State, bounced, compose, dir};
use crate::values::utc_text;

/// After so many broken connections in a row, each with another mail, it is the server and not the mails.
const BREAKS: usize = 3;

/// How much longer than its stages a message may take before it counts as lost.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// Messages that leave as one, ready to go.
pub struct Ready {
    group: Group,
    subject: String,
    rendered: Rendered,
}

impl<'a> Run<'a> {
    /// Sends what was taken on. An error ends the run; what was sent so far is then noted.
    pub(super) fn send(&mut self, groups: Vec<Group>) -> Result<()> {
        // All is made ready first, so that between what leaves and the note of it there is nothing else.
        let mut ready = Vec::with_capacity(groups.len());
        for group in groups {
            ready.extend(self.prepare(group)?);
        }
        for one in ready {
            self.hand_over(one)?;
            if interrupt::pending() {
                return Err(interrupt::error());
            }
        }
        Ok(())
    }

    /// Renders what leaves as one. What cannot be sent ends here and does not hold up the others.
    fn prepare(&mut self, group: Group) -> Result<Option<Ready>> {
        self.db.require_still_in()?;
        let now = utc_text(self.db.now());
        let several = group.0.len() > 1;
        let mut messages = Vec::with_capacity(group.0.len());
        for message in group.0 {
            let error = self.db.read(|conn| {
                if message.channel == Channel::Mail && bounced::find(conn, &message.to)?.is_some() {
                    return Ok(Some(came_back(&message.to)));
                }
                // One that cannot be rendered must not hold up those that would leave with it.
                Ok(if several { self.renderer.render(conn, &message, &now).err() } else { None })
            })?;
            match error {
                None => messages.push(message),
                Some(error) => self.settled(message, None, failed(error)),
            }
        }
        let group = Group(messages);
        let Some(message) = group.leader() else { return Ok(None) };
        let rendered = self.db.read(|conn| Ok(notices::render(self.renderer, conn, &group, &now)))?;
        let (subject, rendered) = match rendered {
            Ok(rendered) => rendered,
            Err(error) => {
                self.all_settled(group, &failed(error));
                return Ok(None);
            }
        };
        if message.holds_secret() && !self.db.is_dry_run() {
            let secrets = self.renderer.secrets;
            match secrets.before_sending(self.db, self.actor, message, &rendered.secrets) {
                Ok(()) => {}
                Err(error) if error.exit() == Exit::Refused => {
                    // Where it was the sender who was refused, nothing is wrong with the message.
                    self.db.require_still_in()?;
                    self.all_settled(group, &Outcome::Ended(State::Failed, error));
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(Ready { group, subject, rendered }))
    }

    fn settled(&mut self, message: Message, leader: Option<i64>, outcome: Outcome) {
        self.pending.push(Noted { message, leader, outcome });
    }

    /// The same becomes of all that leave as one.
    fn all_settled(&mut self, group: Group, outcome: &Outcome) {
        let leader = group.leader().map(|message| message.id);
        for message in group.0 {
            let leader = leader.filter(|leader| *leader != message.id);
            self.settled(message, leader, outcome.again());
        }
    }

    fn hand_over(&mut self, ready: Ready) -> Result<()> {
        let is_sms = ready.group.leader().is_some_and(|message| message.channel == Channel::Sms);
        match (is_sms, self.program(), self.smtp()) {
            _ if self.db.is_dry_run() => {
                let outcome = self.compose(&ready, false).map_or_else(failed, |_| Outcome::Written);
                self.all_settled(ready.group, &outcome);
                Ok(())
            }
            (true, Some(program), _) => self.by_program(ready, program),
            (false, _, Some(smtp)) => self.by_server(ready, smtp),
            _ => self.by_file(ready),
        }
    }

    fn compose(&self, ready: &Ready, ascii: bool) -> Result<Zeroizing<Vec<u8>>> {
        let Some(message) = ready.group.leader() else {
            return Err(Error::internal("a mail of no messages"));
        };
        if message.channel == Channel::Sms {
            return compose::sms(message, &ready.rendered.text);
        }
        let mail = compose::Mail {
            message,
            subject: &ready.subject,
            body: &ready.rendered.text,
            reply_tag: ready.group.reply_tag(),
        };
        compose::mail(self.config, self.renderer.key, &mail, ascii, self.db.now())
    }

    fn by_file(&mut self, ready: Ready) -> Result<()> {
        if self.urgent {
            self.step(|_| Ok(()))?;
        }
        let outcome = match self.compose(&ready, false) {
            Ok(bytes) => {
                let Some(message) = ready.group.leader() else { return Ok(()) };
                // That the folder cannot be written to is no message's fault: they wait.
                dir::write(&self.config.mail_dir, message, &bytes)?;
                let file = dir::file_of(&self.config.mail_dir, message);
                self.sent.stage("written", &file.display().to_string());
                Outcome::Written
            }
            Err(error) => failed(error),
        };
        self.all_settled(ready.group, &outcome);
        Ok(())
    }

    /// Commits that this leaves now. `None` where it is not this run's to send any more; what was taken back of several
    /// is left out.
    fn leaving(&mut self, ready: Ready, at_most: TimeDelta) -> Result<Option<Ready>> {
        let mut ready = ready;
        loop {
            let ids = ready.group.ids();
            let ours = self.leave(&ids, at_most)?;
            if ours.len() == ids.len() {
                return Ok(Some(ready));
            }
            let mut group = ready.group;
            group.0.retain(|message| ours.contains(&message.id));
            match self.prepare(group)? {
                Some(fewer) => ready = fewer,
                None => return Ok(None),
            }
        }
    }

    fn by_program(&mut self, ready: Ready, program: &Program) -> Result<()> {
        if self.sms_stopped.is_some() {
            self.all_settled(ready.group, &Outcome::Back);
            return Ok(());
        }
        if let Err(error) = self.compose(&ready, false) {
            self.all_settled(ready.group, &failed(error));
            return Ok(());
        }
        let at_most = TimeDelta::from_std(program.limit).unwrap_or(MARGIN) + MARGIN;
        let Some(ready) = self.leaving(ready, at_most)? else { return Ok(()) };
        let Some(message) = ready.group.leader() else { return Ok(()) };
        let kept = |said: String| command::readable(&ready.rendered.secrets.mask(&said));
        let outcome = match command::run(program, &message.to, &ready.rendered.text) {
            Err(error) => {
                self.sms_stopped = Some(error);
                Outcome::Back
            }
            Ok(Ended::Sent) => Outcome::Gone,
            Ok(Ended::Later(said)) => Outcome::Later(kept(said)),
            Ok(Ended::Failed(said)) => failed(
                Error::refused("sms.failed", kept(said)).hint("so says the program that sms.command names"),
            ),
            Ok(Ended::TimedOut(said)) => Outcome::Ended(
                State::Unknown,
                Error::refused("sms.time-limit", kept(said))
                    .hint("whether it was sent, the operator of the gateway can tell"),
            ),
        };
        self.all_settled(ready.group, &outcome);
        self.urgent = true;
        Ok(())
    }

    /// Makes sure that there is a connection; `false` where there can be none in this run.
    pub(super) fn connected(&mut self) -> Result<bool> {
        let Some(smtp) = self.smtp() else { return Ok(false) };
        if self.mail_stopped.is_some() {
            return Ok(false);
        }
        if self.server.as_ref().is_some_and(Server::is_connected) {
            return Ok(true);
        }
        // It may take a while: what left before it is noted first.
        if self.urgent {
            self.step(|_| Ok(()))?;
        }
        let reached = match self.server.take() {
            Some(server) => Ok(server),
            None => Server::new(smtp, self.config.sender_address.domain(), Version::Tls12),
        }
        .and_then(|mut server| server.connect().map(|()| server));
        match reached {
            Ok(server) => {
                self.tell_of_connection(&server, smtp);
                self.server = Some(server);
                Ok(true)
            }
            Err(error) => {
                self.mail_stopped = Some(error);
                Ok(false)
            }
        }
    }

    /// What somebody who tests the connection wants to know of it.
    fn tell_of_connection(&mut self, server: &Server<'_>, smtp: &Smtp) {
        if !self.sent.is_looked_after() {
            return;
        }
        self.sent.stage("connected", &format!("{}:{}", smtp.host, smtp.port));
        match server.is_encrypted() {
            false => self.sent.stage("tls", "none"),
            true => {
                let version = Server::version(smtp, self.config.sender_address.domain());
                self.sent.stage("tls", version);
            }
        }
        if let Some(login) = &smtp.login {
            self.sent.stage("login", &login.user);
        }
    }

    fn by_server(&mut self, ready: Ready, smtp: &Smtp) -> Result<()> {
        if !self.connected()? {
            self.all_settled(ready.group, &Outcome::Back);
            return Ok(());
        }
        let attempt = attempt(&smtp.limits, ready.rendered.text.len());
        let at_most = attempt + connecting(&smtp.limits) + MARGIN;
        let Some(ready) = self.leaving(ready, at_most)? else { return Ok(()) };
        // From then on others may say that nobody knows: by then nothing of it is on the way any more.
        let last_start = self.db.now() + at_most - attempt - MARGIN / 2;
        let outcome = self.over_the_wire(&ready, smtp, last_start)?;
        self.all_settled(ready.group, &outcome);
        self.urgent = true;
        Ok(())
    }

    /// Sends it, on a new connection where the old one is gone, but begins nothing after `last_start`.
    fn over_the_wire(&mut self, ready: &Ready, smtp: &Smtp, last_start: DateTime<Utc>) -> Result<Outcome> {
        let Some(message) = ready.group.leader() else { return Ok(Outcome::Back) };
        let to = compose::recipient(self.config, message).to_owned();
        loop {
            let Some(server) = self.server.as_mut().filter(|server| server.is_connected()) else {
                // The note of the one before is written already, with the mark that this one leaves.
                if self.connected()? {
                    continue;
                }
                return Ok(Outcome::Back);
            };
            let (again, ascii) = (server.is_used(), !server.takes_8bit());
            let text = match self.compose(ready, ascii) {
                Ok(text) => text,
                Err(error) => return Ok(failed(error)),
            };
            if self.db.now() > last_start {
                return Ok(Outcome::TryAgain(
                    "connecting took longer than a mail may be on its way".to_owned(),
                ));
            }
            let Some(server) = self.server.as_mut() else { return Ok(Outcome::Back) };
            let taken = server.send(self.config.sender_address.as_str(), &to, &text);
            if !matches!(taken, Taken::Broken(_) | Taken::Unknown(_)) {
                self.breaks = 0;
            }
            return Ok(match taken {
                // The server had closed it meanwhile, or so it seems: once more on a new one.
                Taken::Broken(_) if again => continue,
                Taken::Accepted(reply) => {
                    self.sent.stage("accepted", &reply.to_string());
                    Outcome::Gone
                }
                Taken::Refused { reply, recipient } if reply.is_final() => {
                    let error =
                        Error::refused("smtp.refused", format!("the mail server refuses it: {reply}"))
                            .hint("correct what it names, then `portalctl mail retry N`");
                    match recipient && reply.is_bad_address() && self.config.mail_redirect_to.is_none() {
                        true => Outcome::NoSuchAddress(reply, error),
                        false => failed(error),
                    }
                }
                Taken::Refused { reply, .. } => Outcome::TryAgain(reply.to_string()),
                Taken::Impossible(error) => failed(error),
                Taken::Stopped(error) => {
                    self.mail_stopped = Some(error);
                    Outcome::Back
                }
                Taken::Broken(said) => {
                    self.broke(smtp, &said);
                    Outcome::TryAgain(format!("the connection broke: {said}"))
                }
                Taken::Unknown(said) => {
                    self.broke(smtp, &said);
                    let error = Error::refused("mail.unknown", said);
                    Outcome::Ended(State::Unknown, error.hint(WHO_DECIDES))
                }
            });
        }
    }

    fn broke(&mut self, smtp: &Smtp, said: &str) {
        self.breaks += 1;
        if self.breaks >= BREAKS {
            self.mail_stopped = Some(out_of_reach(&format!("{}:{}", smtp.host, smtp.port), said));
        }
    }
}

/// What a person does about a message that may or may not have left.
pub const WHO_DECIDES: &str = "ask who it was for; then `portalctl mail retry N` sends it again, and `portalctl mail cancel N` leaves it at that";

fn failed(error: Error) -> Outcome {
    Outcome::Ended(State::Failed, error)
}

/// Mail to this address came back.
pub fn came_back(to: &str) -> Error {
    Error::refused("mail.bounced", format!("mail to {to} came back, so nothing is sent there"))
        .hint(format!("`portalctl mail bounced clear {to}`, then `portalctl mail retry N`"))
}

/// How long connecting may take: to one address after the other, then greeting, encryption and login.
fn connecting(limits: &Limits) -> TimeDelta {
    TimeDelta::from_std(limits.connect * 4 + limits.command * 6).unwrap_or(TimeDelta::hours(1))
}

/// How long one attempt may take on a connection that is there: four commands, the text piece by piece, its end. Encoded
/// the text is three times as long at most; its header is small.
fn attempt(limits: &Limits, text: usize) -> TimeDelta {
    let pieces = u32::try_from(text * 3 / PIECE).unwrap_or(u32::MAX).saturating_add(2);
    let all = limits.command * 4 + limits.end_of_text.saturating_mul(pieces);
    TimeDelta::from_std(all).unwrap_or(TimeDelta::hours(1))
}
