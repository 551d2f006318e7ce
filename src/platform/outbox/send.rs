//! Sending what is queued. One run at a time; what one mail does wrong does not stop the next.

use serde_json::{Value, json};

use super::render::Renderer;
use super::{mark_failed, mark_sent, queued_after, transport};
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
    let mut run = Sent::default();
    let mut after = 0;
    loop {
        let now = db.now();
        // Outside the transaction: rendering and writing files take their time, and the file's name is the mail's
        // number, so that a run that dies before it could note what it sent writes the same file again.
        let batch = db.read(|conn| {
            let messages = queued_after(conn, after, BATCH)?;
            let rendered = messages
                .into_iter()
                .map(|message| {
                    let body = renderer.body(conn, &message, &utc_text(now));
                    let mail = body.and_then(|body| transport::compose(config, &message, &body, now));
                    (message, mail)
                })
                .collect::<Vec<_>>();
            Ok(rendered)
        })?;
        let Some((last, _)) = batch.last() else { break };
        after = last.id;
        let mut outcomes = Vec::with_capacity(batch.len());
        for (message, mail) in batch {
            let outcome = match mail {
                Ok(_) if db.is_dry_run() => Ok(()),
                Ok(bytes) => Ok(transport::write(&config.mail_dir, message.id, &bytes)?),
                Err(error) => Err(error),
            };
            outcomes.push((message, outcome));
        }
        db.write(actor, |tx| {
            let (mut sent, mut failed) = (Vec::new(), Vec::new());
            for (message, outcome) in &outcomes {
                match outcome {
                    Ok(()) => {
                        mark_sent(tx, message.id)?;
                        sent.push(message.id);
                    }
                    Err(error) => {
                        mark_failed(tx, message.id, error.message())?;
                        failed.push(message.id);
                    }
                }
            }
            tx.record(SEND, "mail:batch", None::<&()>, Some(&json!({"sent": sent, "failed": failed})))
        })?;
        for (message, outcome) in outcomes {
            let mut item =
                json!({"key": message.id.to_string(), "to": message.to, "subject": message.subject});
            match outcome {
                Ok(()) => {
                    run.sent += 1;
                    item["result"] = json!("sent");
                }
                Err(error) => {
                    run.failed += 1;
                    item["result"] = json!("failed");
                    item["errors"] = json!([error.to_item()]);
                }
            }
            run.items.push(item);
        }
    }
    Ok(run)
}
