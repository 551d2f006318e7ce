//! The commands over mails in both directions, and what sends those that wait.

pub mod cli;

use crate::platform::actor::Actor;
use crate::platform::ctx::Ctx;
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::platform::outbox;
use crate::platform::outbox::send::{self, Sent};
use crate::portal::MessageSecrets;

/// Sends everything that waits, unless mail is held: for the command and for the job.
pub fn send_waiting(ctx: &Ctx<'_>, db: &mut Db, actor: &Actor) -> Result<Sent> {
    if ctx.config.mail_hold {
        return Ok(Sent::held(db.read(outbox::count_queued)?));
    }
    let key = ctx.key()?;
    let secrets = MessageSecrets { key: &key, base_url: &ctx.config.base_url, lang: ctx.config.language };
    send::send_all(db, actor, &ctx.config, &secrets.renderer())
}
