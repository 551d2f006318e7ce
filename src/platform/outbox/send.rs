//! Sending what is queued. One run at a time; what one message does wrong does not stop the next.
//!
//! The file of transport `dir` is named by the message's number, so a run that dies before it could note what it sent
//! writes the same file again. What a program took cannot be called back, so it is noted at once, one by one.

use std::time::Duration;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::command::{self, Ended};
use super::render::{Renderer, Secrets};
use super::{
    Channel, Message, State, find_queued, mark_attempt, mark_gone, mark_sent, queued_after, transport,
};
use crate::platform::actor::Actor;
use crate::platform::config::{Config, Program, SmsTransport};
use crate::platform::db::{Action, Db, Turn, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;
use crate::platform::ui::answer::Warning;
use crate::values::utc_text;

/// What can be recorded: one row per batch, naming what was sent.
pub const SEND: Action = Action("mail.send");

/// The job's name.
pub const JOB: &str = "mail-send";
const BATCH: usize = 200;

/// How often, and after what pause, [`send_now`] asks for the job's lock before it leaves the rest to the other run.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// What a run did.
#[derive(Debug, Default)]
pub struct Sent {
    /// How many were handed to the transport.
    pub sent: usize,
    /// How many were refused for good, or may or may not have left.
    pub failed: usize,
    /// How many the transport could not take just now; they stay queued.
    pub deferred: usize,
    /// One object a message: `key`, `to`, `result`, `errors`.
    pub items: Vec<Value>,
}

impl Sent {
    /// What is to be known of the messages that stay queued, if there are any.
    pub fn waiting(&self) -> Option<Warning> {
        let waits = format!("{} SMS could not be taken just now and stay queued", self.deferred);
        (self.deferred > 0).then(|| Warning::new("sms.deferred", waits))
    }
}

/// Sends everything that is queued, in batches. A dry run writes no file, starts no program and keeps nothing.
///
/// Where the program for SMS cannot be started, all mails are sent, the SMS stay queued, and that is the error.
pub fn send_queued(db: &mut Db, actor: &Actor, config: &Config, renderer: &Renderer<'_>) -> Result<Sent> {
    let _only_run = db.job_lock(JOB)?;
    send_all(db, actor, config, renderer)
}

/// As [`send_queued`], for whoever holds the job's lock.
pub fn send_all(db: &mut Db, actor: &Actor, config: &Config, renderer: &Renderer<'_>) -> Result<Sent> {
    let mut run = Run::new(db, actor, config, renderer);
    let mut after = 0;
    loop {
        let batch = run.db.read(|conn| queued_after(conn, after, BATCH))?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        run.send(batch)?;
    }
    run.finish()
}

/// Sends just these messages, right after the transaction that queued them. What another run is about to send, held
/// mail and a dry run are no error: then nothing is done here.
pub fn send_now(
    db: &mut Db,
    actor: &Actor,
    config: &Config,
    renderer: &Renderer<'_>,
    ids: &[i64],
) -> Result<Sent> {
    if config.mail_hold || db.is_dry_run() || ids.is_empty() {
        return Ok(Sent::default());
    }
    let Lock::Held(_only_run) = lock_unless_busy(db)? else { return Ok(Sent::default()) };
    let actor = actor.job(JOB);
    let mut run = Run::new(db, &actor, config, renderer);
    let mut batch = Vec::with_capacity(ids.len());
    for id in ids {
        batch.extend(run.db.read(|conn| find_queued(conn, *id))?);
    }
    run.send(batch)?;
    run.finish()
}

enum Lock {
    /// Nothing to lock where the database is in memory.
    Held(Option<Turn>),
    Busy,
}

/// Another run may just be ending, having looked for the last time: so it is worth asking more than once.
fn lock_unless_busy(db: &Db) -> Result<Lock> {
    for _ in 0..TRIES {
        match db.job_lock(JOB) {
            Ok(turn) => return Ok(Lock::Held(turn)),
            Err(error) if error.code() == "job.busy" => std::thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(Lock::Busy)
}

/// What became of one message.
enum Outcome {
    /// It lies in the folder of transport `dir`.
    Written,
    /// A program took it.
    Gone,
    /// The program asks to be called again later.
    Later(String),
    /// It ends in this state.
    Ended(State, Error),
}

struct Run<'a> {
    db: &'a mut Db,
    actor: &'a Actor,
    config: &'a Config,
    renderer: &'a Renderer<'a>,
    sent: Sent,
    /// Why no further SMS is tried in this run.
    sms_stopped: Option<Error>,
}

impl<'a> Run<'a> {
    fn new(db: &'a mut Db, actor: &'a Actor, config: &'a Config, renderer: &'a Renderer<'a>) -> Run<'a> {
        Run { db, actor, config, renderer, sent: Sent::default(), sms_stopped: None }
    }

    /// Sends a batch and notes what became of each. An error ends the run; what was sent so far is noted.
    fn send(&mut self, batch: Vec<Message>) -> Result<()> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for message in batch {
            let by_program = message.channel == Channel::Sms && self.program().is_some();
            if by_program && self.sms_stopped.is_some() {
                continue;
            }
            // From before a program takes a message until that is noted, a signal must wait.
            let _whole = by_program.then(interrupt::graceful);
            match self.hand_over(&message) {
                Ok(Some(outcome)) => outcomes.push((message, outcome)),
                Ok(None) => {}
                // The disk or who sends, not the message: it waits.
                Err(error) => {
                    self.note(outcomes)?;
                    return Err(error);
                }
            }
            if by_program {
                self.note(std::mem::take(&mut outcomes))?;
                if interrupt::pending() {
                    return Err(interrupt::error());
                }
            }
        }
        self.note(outcomes)
    }

    fn finish(self) -> Result<Sent> {
        match self.sms_stopped {
            None => Ok(self.sent),
            Some(error) => Err(error),
        }
    }

    /// The program that SMS go to. A test system, where mails are redirected, sends none to real numbers.
    fn program(&self) -> Option<&'a Program> {
        match &self.config.sms {
            SmsTransport::Command(program) if self.config.mail_redirect_to.is_none() => Some(program),
            _ => None,
        }
    }

    /// Renders a message and hands it to its transport, outside any write: both take their time. `None` where it was
    /// taken back meanwhile, or the program cannot be started.
    fn hand_over(&mut self, message: &Message) -> Result<Option<Outcome>> {
        self.db.require_still_in()?;
        let now = self.db.now();
        let rendered = self.db.read(|conn| {
            let Some(message) = find_queued(conn, message.id)? else { return Ok(None) };
            Ok(Some(self.renderer.render(conn, &message, &utc_text(now))))
        })?;
        let rendered = match rendered {
            None => return Ok(None),
            Some(Ok(rendered)) => rendered,
            Some(Err(error)) => return Ok(Some(Outcome::Ended(State::Failed, error))),
        };
        let composed = match message.channel {
            Channel::Mail => transport::compose(self.config, message, &rendered.text, now),
            Channel::Sms => transport::compose_sms(message, &rendered.text),
        };
        let bytes = match composed {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) => return Ok(Some(Outcome::Ended(State::Failed, error))),
        };
        if self.db.is_dry_run() {
            return Ok(Some(Outcome::Written));
        }
        if message.holds_secret() {
            match self.renderer.secrets.before_sending(self.db, self.actor, message, &rendered.secrets) {
                Ok(()) => {}
                Err(error) if error.exit() == Exit::Refused => {
                    // Where it was the sender who was refused, nothing is wrong with the message.
                    self.db.require_still_in()?;
                    return Ok(Some(Outcome::Ended(State::Failed, error)));
                }
                Err(error) => return Err(error),
            }
        }
        match self.program() {
            Some(program) if message.channel == Channel::Sms => {
                match by_program(program, message, &rendered.text, &rendered.secrets) {
                    Ok(outcome) => Ok(Some(outcome)),
                    Err(error) => {
                        self.sms_stopped = Some(error);
                        Ok(None)
                    }
                }
            }
            _ => {
                transport::write(&self.config.mail_dir, message, &bytes)?;
                Ok(Some(Outcome::Written))
            }
        }
    }

    /// Notes what became of some messages, in one write. What was taken back meanwhile is not sent: its file goes again.
    fn note(&mut self, outcomes: Vec<(Message, Outcome)>) -> Result<()> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let secrets = self.renderer.secrets;
        let results = self.db.note(self.actor, |tx| {
            let results = outcomes
                .iter()
                .map(|(message, outcome)| {
                    let result = outcome.note(tx, message.id)?;
                    if result != "cancelled" {
                        secrets.noted(tx, message, result)?;
                    }
                    Ok(result)
                })
                .collect::<Result<Vec<_>>>()?;
            let with = |result: &str| -> Vec<i64> {
                let all = outcomes.iter().zip(&results);
                all.filter(|(_, found)| **found == result).map(|((message, _), _)| message.id).collect()
            };
            let mut after = json!({"sent": with("sent"), "failed": with("failed")});
            for rare in ["unknown", "deferred"] {
                if results.contains(&rare) {
                    after[rare] = json!(with(rare));
                }
            }
            tx.record(SEND, "mail:batch", None::<&()>, Some(&after))?;
            Ok(results)
        })?;
        for ((message, outcome), result) in outcomes.into_iter().zip(results) {
            let key = message.id.to_string();
            let mut item =
                json!({"key": key, "to": message.to, "subject": message.subject, "result": result});
            match result {
                "sent" => self.sent.sent += 1,
                "deferred" => self.sent.deferred += 1,
                "cancelled" if self.db.is_dry_run() => {}
                "cancelled" => transport::take_back(&self.config.mail_dir, &message),
                _ => self.sent.failed += 1,
            }
            if result != "cancelled"
                && let Some(error) = outcome.error()
            {
                item["errors"] = json!([error.to_item()]);
            }
            self.sent.items.push(item);
        }
        Ok(())
    }
}

impl Outcome {
    /// Puts it down; answers with what is true now.
    fn note(&self, tx: &Tx<'_>, id: i64) -> Result<&'static str> {
        let (changed, result) = match self {
            Outcome::Written => (mark_sent(tx, id)?, "sent"),
            Outcome::Gone => (mark_gone(tx, id)?, "sent"),
            Outcome::Later(said) => (mark_attempt(tx, id, State::Queued, said)?, "deferred"),
            Outcome::Ended(State::Unknown, error) => {
                (mark_attempt(tx, id, State::Unknown, error.message())?, "unknown")
            }
            Outcome::Ended(_, error) => (mark_attempt(tx, id, State::Failed, error.message())?, "failed"),
        };
        Ok(if changed == 1 { result } else { "cancelled" })
    }

    fn error(self) -> Option<Error> {
        match self {
            Outcome::Written | Outcome::Gone => None,
            Outcome::Later(said) => Some(
                Error::busy("sms.deferred", said)
                    .hint("it stays queued; the next `portalctl mail send` tries again"),
            ),
            Outcome::Ended(_, error) => Some(error),
        }
    }
}

/// Runs the program for one SMS. What it said is kept, without the secrets that it may have repeated.
fn by_program(program: &Program, message: &Message, text: &str, secrets: &Secrets) -> Result<Outcome> {
    let kept = |said: String| command::readable(&secrets.mask(&said));
    Ok(match command::run(program, &message.to, text)? {
        Ended::Sent => Outcome::Gone,
        Ended::Later(said) => Outcome::Later(kept(said)),
        Ended::Failed(said) => {
            let error = Error::refused("sms.failed", kept(said));
            Outcome::Ended(State::Failed, error.hint("so says the program that sms.command names"))
        }
        Ended::TimedOut(said) => {
            let error = Error::refused("sms.time-limit", kept(said));
            Outcome::Ended(
                State::Unknown,
                error.hint("whether it was sent, the operator of the gateway can tell"),
            )
        }
    })
}
