//! One mail that shows whether mail gets out, and how far it comes.

use data_encoding::HEXLOWER;
use serde_json::json;

use super::render::Renderer;
use super::send::{self, Trial};
use super::{Class, NewMail, State, Template, decide, find, lease, not_found, queue};
use crate::platform::actor::Actor;
use crate::platform::config::Config;
use crate::platform::db::{Action, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::values::Email;

/// What can be recorded.
pub const TEST: Action = Action("mail.test");

/// The mail that shows whether mail gets out.
pub static MAIL: Template = Template {
    name: "mail.test",
    class: Class::Letter,
    da: include_str!("mail/test.da.txt"),
    nb: include_str!("mail/test.nb.txt"),
    en: include_str!("mail/test.en.txt"),
};

/// Queues the mail and sends it at once. What goes wrong is the error, and the mail is not tried again by itself.
pub fn send(
    db: &mut Db,
    actor: &Actor,
    config: &Config,
    renderer: &Renderer<'_>,
    (to, language): (&Email, Lang),
) -> Result<Trial> {
    let token = HEXLOWER.encode(&db.entropy().bytes::<16>()?);
    let id = db.write(actor, |tx| {
        let mail = NewMail {
            template: &MAIL,
            to,
            language,
            cause: "mail:test".to_owned(),
            params: json!({"sender": config.sender_name}),
            link: None,
            reply_tag: None,
        };
        let id = queue(tx, &mail)?;
        // With a lease from the beginning: no other run takes it first.
        lease::take(tx, &token, &[id])?;
        tx.record(TEST, format!("mail:{id}"), None::<&()>, Some(&json!({"to": to})))?;
        Ok(id)
    })?;
    if db.is_dry_run() {
        return Ok(Trial { id, state: State::Queued, stages: Vec::new() });
    }
    let run = send::look_after(db, actor, config, renderer, (id, &token));
    let message = db.read(|conn| find(conn, id))?.ok_or_else(|| not_found(id))?;
    if message.state == State::Queued {
        let why = match &run {
            Err(error) => error.message().to_owned(),
            Ok(_) => message.last_error.clone().unwrap_or_else(|| "it was not taken".to_owned()),
        };
        if !db.note(actor, |tx| decide::give_up(tx, id, &token, &why))? {
            return Err(Error::busy("mail.elsewhere", format!("mail {id} is with another run: {why}"))
                .hint(format!("see what became of it with `portalctl mail show {id}`")));
        }
    }
    let run = run?;
    let said = message.last_error.unwrap_or_default();
    match message.state {
        State::Sent => Ok(Trial { id, state: State::Sent, stages: run }),
        State::Queued => Err(Error::busy("mail.deferred", format!("mail {id} was refused for now: {said}"))
            .hint("the server may take it later: try again in a few minutes")),
        State::Unknown => Err(Error::busy("mail.unknown", format!("mail {id}: {said}"))
            .hint(format!("look whether it came to {to}"))),
        State::Failed | State::Cancelled => {
            Err(Error::refused("mail.failed", format!("mail {id} was refused: {said}"))
                .hint("`portalctl mail show N` shows it"))
        }
    }
}
