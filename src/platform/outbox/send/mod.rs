//! Sending what is queued, by any number of runs at once; what one message does wrong does not stop the next.
//!
//! A run takes on a few messages at a time ([`lease`](super::lease)). The file of transport `dir` is named by the
//! message's number, so a run that dies before it could note what it sent has the same file written again. What a mail
//! server or a program took cannot be called back: before each such text leaves that is committed, in the same write that
//! notes how the one before it went.

mod hand_over;
mod outcome;
mod run;

use serde_json::Value;

pub use self::hand_over::came_back;
use self::run::Run;
use super::render::Renderer;
use crate::platform::actor::Actor;
use crate::platform::config::Config;
use crate::platform::db::{Action, Db};
use crate::platform::error::Result;
use crate::platform::ui::answer::Warning;

/// What can be recorded: one row per batch, naming what was sent.
pub const SEND: Action = Action("mail.send");

/// The job's name.
pub const JOB: &str = "mail-send";

/// What a run did.
#[derive(Debug, Default)]
pub struct Sent {
    /// How many were handed to the transport.
    pub sent: usize,
    /// How many were refused for good, or may or may not have left.
    pub failed: usize,
    /// How many could not be taken just now, or wait for the hour's end; they stay queued.
    pub deferred: usize,
    /// One object a message: `key`, `to`, `result`, `errors`.
    pub items: Vec<Value>,
    /// Of those deferred, how many were SMS.
    later_sms: usize,
    /// And how many wait because their address has had its share.
    capped: usize,
    /// From where on something has to be sent again in this run.
    again_from: Option<i64>,
    /// Where mail is held: how many wait.
    held: i64,
    /// For one mail that is looked after: each stage, and what was heard there.
    stages: Option<Vec<(&'static str, String)>>,
}

impl Sent {
    /// Nothing was sent, since mail is held; so many messages wait.
    pub fn held(waiting: i64) -> Sent {
        Sent { held: waiting, ..Sent::default() }
    }

    fn is_looked_after(&self) -> bool {
        self.stages.is_some()
    }

    /// Notes a stage, where somebody asked for them.
    fn stage(&mut self, stage: &'static str, heard: &str) {
        if let Some(stages) = &mut self.stages {
            stages.push((stage, heard.to_owned()));
        }
    }

    /// What is to be known of the messages that stay queued.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |n: usize, code: &str, text: &str| {
            if n > 0 {
                warnings.push(Warning::new(code, format!("{n} {text}")));
            }
        };
        let later = self.deferred - self.later_sms - self.capped;
        warn(
            usize::try_from(self.held).unwrap_or_default(),
            "mail.held",
            "messages wait: mail.hold is set in the configuration",
        );
        warn(self.later_sms, "sms.deferred", "SMS could not be taken just now and stay queued");
        warn(
            later,
            "mail.deferred",
            "mails were refused for now and stay queued; `portalctl mail list` shows until when",
        );
        warn(
            self.capped,
            "mail.loop-cap",
            "notices wait: their addresses have had as many mails within an hour as the setting mail.loop-cap lets through",
        );
        warnings
    }
}

/// Sends everything that is queued and that no other run is at. A dry run writes no file, connects nowhere, starts no
/// program and keeps nothing.
///
/// Where the mail server is out of reach or the program for SMS cannot be started, the others are sent, these stay queued,
/// and that is the error.
pub fn send_all(db: &mut Db, actor: &Actor, config: &Config, renderer: &Renderer<'_>) -> Result<Sent> {
    let mut run = Run::new(db, actor, config, renderer)?;
    run.everything()?;
    run.finish()
}

/// Sends just these messages, right after the transaction that queued them. What another run is at, held mail and a dry
/// run are no error: then nothing is done here.
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
    let actor = actor.job(JOB);
    let mut run = Run::new(db, &actor, config, renderer)?;
    run.just(ids)?;
    run.finish()
}

/// How a mail fared that was looked after.
#[derive(Debug)]
pub struct Trial {
    /// Its number.
    pub id: i64,
    /// What became of it.
    pub state: super::State,
    /// Each stage, and what was heard there.
    pub stages: Vec<(&'static str, String)>,
}

/// Sends one message that was queued with this lease and tells each stage that it came through.
pub(super) fn look_after(
    db: &mut Db,
    actor: &Actor,
    config: &Config,
    renderer: &Renderer<'_>,
    (id, token): (i64, &str),
) -> Result<Vec<(&'static str, String)>> {
    let mut run = Run::new(db, actor, config, renderer)?.known_by(token);
    run.sent.stages = Some(Vec::new());
    run.just(&[id])?;
    Ok(run.finish()?.stages.unwrap_or_default())
}
