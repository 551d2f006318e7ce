//! Sending what is queued. One run at a time; what one mail does wrong does not stop the next.
//!
//! A mail's file is named by its number, so a run that dies before it could note what it sent writes the same file again.

use serde_json::{Value, json};

use super::render::Renderer;
use super::{Message, mark_failed, mark_sent, queued_after, transport};
use crate::platform::actor::Actor;
use crate::platform::config::Config;
use crate::platform::db::{Action, Db};
use crate::platform::error::Result;
use crate::values::utc_text;

/// What can be recorded: one row per batch, naming what was sent.
pub const SEND: Action = Action("mail.send");

const BATCH: usize = 200;

/// What a run did.
#[derive(Debug, Default)]
pub struct Sent {
    /// How many were handed to the transport.
    pub sent: usize,
    /// How many were refused for good.
    pub failed: usize,
    /// One object a mail: `key`, `to`, `result`, `errors`.
    pub items: Vec<Value>,
}

/// Sends everything that is queued, in batches. A dry run writes no file and keeps nothing.
pub fn send_queued(db: &mut Db, actor: &Actor, config: &Config, renderer: &Renderer<'_>) -> Result<Sent> {
    let _only_run = db.job_lock("mail-send")?;
    let mut run = Sent::default();
    let mut after = 0;
    loop {
        let batch = render_batch(db, config, renderer, after)?;
        let Some((last, _)) = batch.last() else { break };
        after = last.id;
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut stopped = None;
        for (message, mail) in batch {
            let outcome = match mail {
                Ok(_) if db.is_dry_run() => Ok(()),
                Ok(bytes) => match transport::write(&config.mail_dir, message.id, &bytes) {
                    Ok(()) => Ok(()),
                    // The disk, not the mail: what was written so far is noted, the rest waits.
                    Err(error) => {
                        stopped = Some(error);
                        break;
                    }
                },
                Err(error) => Err(error),
            };
            outcomes.push((message, outcome));
        }
        note_batch(db, actor, config, outcomes, &mut run)?;
        if let Some(error) = stopped {
            return Err(error);
        }
    }
    Ok(run)
}

/// The next mails with what they say. Outside any write: rendering takes its time.
fn render_batch(
    db: &Db,
    config: &Config,
    renderer: &Renderer<'_>,
    after: i64,
) -> Result<Vec<(Message, Result<Vec<u8>>)>> {
    let now = db.now();
    db.read(|conn| {
        let messages = queued_after(conn, after, BATCH)?;
        let render = |message: Message| {
            let body = renderer.body(conn, &message, &utc_text(now));
            let mail = body.and_then(|body| transport::compose(config, &message, &body, now));
            (message, mail)
        };
        Ok(messages.into_iter().map(render).collect())
    })
}

/// Notes what became of a batch, in one write. What was taken back meanwhile is not sent: its file goes again.
fn note_batch(
    db: &mut Db,
    actor: &Actor,
    config: &Config,
    outcomes: Vec<(Message, Result<()>)>,
    run: &mut Sent,
) -> Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let results = db.write(actor, |tx| {
        let (mut sent, mut failed, mut results) = (Vec::new(), Vec::new(), Vec::new());
        for (message, outcome) in &outcomes {
            let result = match outcome {
                Ok(()) if mark_sent(tx, message.id)? == 1 => {
                    sent.push(message.id);
                    "sent"
                }
                Err(error) if mark_failed(tx, message.id, error.message())? == 1 => {
                    failed.push(message.id);
                    "failed"
                }
                _ => "cancelled",
            };
            results.push(result);
        }
        tx.record(SEND, "mail:batch", None::<&()>, Some(&json!({"sent": sent, "failed": failed})))?;
        Ok(results)
    })?;
    for ((message, outcome), result) in outcomes.into_iter().zip(results) {
        let key = message.id.to_string();
        let mut item = json!({"key": key, "to": message.to, "subject": message.subject, "result": result});
        match (result, outcome) {
            ("sent", _) => run.sent += 1,
            ("failed", outcome) => {
                run.failed += 1;
                item["errors"] =
                    json!(outcome.err().map(|error| error.to_item()).into_iter().collect::<Vec<_>>());
            }
            _ if db.is_dry_run() => {}
            _ => transport::take_back(&config.mail_dir, message.id),
        }
        run.items.push(item);
    }
    Ok(())
}
