//! What each job does: the use case that a command of its own serves too.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::Done;
use crate::ops::mail::send_waiting;
use crate::platform::actor::Actor;
use crate::platform::ctx::Ctx;
use crate::platform::db::{Connection, Db};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::outbox::{self, send};
use crate::platform::ui::answer::Warning;
use crate::portal::agreement::service::{Desk, certificate, expiry};
use crate::portal::digest::service as digest;
use crate::portal::inbox;
use crate::portal::ticket::{self, due};

/// The job that sends what is queued.
pub(super) const MAIL_SEND: &str = send::JOB;

/// Warns of dispensations that end soon (K-097).
pub(super) fn agreement_expiry(ctx: &mut Ctx<'_>, db: &mut Db, actor: &Actor) -> Result<Done> {
    let desk = Desk::of(ctx);
    let run = expiry::warn(db, actor, &desk)?;
    let counts = counts([("warned", run.warned), ("mails", run.mails)]);
    Ok(Done { counts, nothing: run.warned == 0, warnings: run.warnings, ..Done::default() })
}

/// Makes the certificates that are missing: of what came into force while one could not be made.
pub(super) fn agreement_certificates(ctx: &mut Ctx<'_>, db: &mut Db, actor: &Actor) -> Result<Done> {
    let (mut made, mut warnings) = (0, Vec::new());
    let missing = db.read(certificate::missing)?;
    for id in &missing {
        match certificate::make(db, actor, *id, ctx.lang()) {
            Ok(new) => made += u64::from(new),
            Err(error) if ends_the_run(&error) => return Err(error),
            Err(error) => {
                let what =
                    format!("the certificate of agreement {id} could not be made: {}", error.message());
                warnings.push(Warning::new("agreement.certificate-missing", what));
            }
        }
    }
    let counts = counts([("certified", made), ("failed", warnings.len() as u64)]);
    Ok(Done { counts, nothing: missing.is_empty(), partial: !warnings.is_empty(), warnings })
}

/// Closes the tickets that have been done long enough (S-026).
pub(super) fn ticket_close_due(ctx: &mut Ctx<'_>, db: &mut Db, actor: &Actor) -> Result<Done> {
    let run = due::close_due(db, actor, &ticket::service::Desk::of(ctx), false, |_| Ok(()))?;
    let mut counts = counts([("due", run.due), ("closed", run.closed)]);
    let reminded = run.reminded.filter(|reminded| *reminded > 0);
    counts.extend(reminded.map(|reminded| ("reminded".to_owned(), json!(reminded))));
    Ok(Done { counts, nothing: run.due == 0 && reminded.is_none(), ..Done::default() })
}

/// Queues the day's reminders for who wants them.
pub(super) fn mail_digest(ctx: &mut Ctx<'_>, db: &mut Db, actor: &Actor) -> Result<Done> {
    let mails = digest::remind(db, actor, &ctx.config.base_url, ctx.lang())?;
    Ok(Done { counts: counts([("mails", mails)]), nothing: mails == 0, ..Done::default() })
}

/// Tries again to understand the mails that came in and that something was in the way of.
pub(super) fn mail_understand(ctx: &mut Ctx<'_>, db: &mut Db, actor: &Actor) -> Result<Done> {
    let waiting = db.read(inbox::store::waiting)?;
    if waiting.is_empty() {
        return Ok(Done {
            counts: counts([("understood", 0), ("failed", 0)]),
            nothing: true,
            ..Done::default()
        });
    }
    let key = ctx.key()?;
    let desk = inbox::service::Desk { key: &key, config: &ctx.config };
    let (mut understood, mut warnings) = (0, Vec::new());
    for id in waiting {
        let done = inbox::service::understand(db, actor, desk, id)?;
        let ends_run = done.ends_run();
        match done.failed {
            None => understood += 1,
            Some(error) => {
                let what = format!("mail {id} could not be understood yet: {}", error.message());
                warnings.push(Warning::new("mail.not-understood", what));
            }
        }
        if ends_run {
            break;
        }
    }
    let counts = counts([("understood", understood), ("failed", warnings.len() as u64)]);
    Ok(Done { counts, nothing: false, partial: !warnings.is_empty(), warnings })
}

/// How many mails nobody has looked at yet.
pub(super) fn mails_waiting(conn: &Connection, _: DateTime<Utc>) -> Result<i64> {
    inbox::store::count_waiting(conn)
}

/// Sends what is queued, unless mail is held.
pub(super) fn mail_send(ctx: &mut Ctx<'_>, db: &mut Db, actor: &Actor) -> Result<Done> {
    let sent = send_waiting(ctx, db, actor)?;
    let mut counted = counts([("sent", sent.sent as u64), ("failed", sent.failed as u64)]);
    let mut warnings = Vec::new();
    if sent.failed > 0 {
        let what = format!("{} messages could not be sent: `portalctl mail list` shows why", sent.failed);
        warnings.push(Warning::new("mail.failed", what));
    }
    if sent.deferred > 0 {
        counted.insert("deferred".to_owned(), json!(sent.deferred));
    }
    warnings.extend(sent.warnings());
    let nothing = sent.items.is_empty();
    Ok(Done { counts: counted, nothing, partial: sent.failed > 0, warnings })
}

/// Whether an error is about the run and not about one of many.
fn ends_the_run(error: &Error) -> bool {
    matches!(error.exit(), Exit::Busy | Exit::Refused | Exit::Interrupted | Exit::Terminated)
}

/// How many messages wait to be sent.
pub(super) fn mails_queued(conn: &Connection, _: DateTime<Utc>) -> Result<i64> {
    outbox::count_queued(conn)
}

fn counts<const N: usize>(counted: [(&str, u64); N]) -> Map<String, Value> {
    counted.into_iter().map(|(name, n)| (name.to_owned(), json!(n))).collect()
}
