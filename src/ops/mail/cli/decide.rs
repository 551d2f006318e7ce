//! `portalctl mail retry|cancel|test`: what people do about mails that do not leave.

use serde_json::{Value, json};

use crate::platform::ctx::Ctx;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::outbox::{Message, decide, trial};
use crate::platform::ui::answer::to_value;
use crate::platform::ui::view::{Column, Kind, View, col};
use crate::platform::ui::{Answer, Bulk};
use crate::portal::MessageSecrets;
use crate::values::Email;

/// The mails that a command is about.
#[derive(clap::Args)]
pub struct Numbers {
    /// The numbers of the mails
    #[arg(value_name = "N", required = true)]
    numbers: Vec<i64>,
}

pub(super) fn retry(args: &Numbers, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let key = ctx.key()?;
    let base_url = ctx.config.base_url.clone();
    let secrets = MessageSecrets { key: &key, base_url: &base_url, lang: ctx.config.language };
    each(args, ctx, "queued", |tx, id| decide::retry(tx, &secrets.renderer(), id))
}

pub(super) fn cancel(args: &Numbers, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let question = match args.numbers.as_slice() {
        [only] => format!("Mail {only} will not be sent. Go on?"),
        several => format!("{} mails will not be sent. Go on?", several.len()),
    };
    ctx.confirm(&question)?;
    each(args, ctx, "cancelled", decide::cancel)
}

/// Does the same to each, each in a write of its own.
fn each(
    args: &Numbers,
    ctx: &mut Ctx<'_>,
    done: &'static str,
    act: impl Fn(&Tx<'_>, i64) -> Result<(bool, Message)>,
) -> Result<Answer> {
    ctx.refuse_fields()?;
    let word = |changed: bool| if changed { done } else { "unchanged" };
    let mut db = ctx.open()?;
    let mut numbers: Vec<i64> = Vec::new();
    for number in &args.numbers {
        if !numbers.contains(number) {
            numbers.push(*number);
        }
    }
    let attempts = numbers
        .into_iter()
        .map(|id| {
            let attempt = ctx.write_to(&mut db, |tx| act(tx, id));
            let attempt = attempt.and_then(|(changed, message)| Ok((word(changed), to_value(&message)?)));
            (id.to_string(), attempt)
        })
        .collect();
    Bulk::of_attempts(attempts)
}

/// `mail test`
#[derive(clap::Args)]
pub struct TestArgs {
    /// To whom
    #[arg(long, value_name = "EMAIL")]
    to: Email,
}

const STAGES: &[Column] = &[col("stage", Kind::Text), col("detail", Kind::Text)];

static TRIAL: View = View {
    noun: "mail",
    columns: &[
        col("id", Kind::Text),
        col("state", Kind::Code("mail-state")),
        col("to", Kind::Text),
        col("transport", Kind::Text),
        col("stages", Kind::Rows(STAGES)),
    ],
    details: &[],
    key: &["id"],
};

pub(super) fn test(args: &TestArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    if ctx.config.mail_hold {
        return Err(Error::refused("mail.held", "mail.hold is set in the configuration: nothing is sent")
            .hint("take `hold = true` out of [mail], then try again"));
    }
    let key = ctx.key()?;
    let mut db = ctx.open()?;
    let secrets = MessageSecrets { key: &key, base_url: &ctx.config.base_url, lang: ctx.config.language };
    let to = (&args.to, ctx.lang());
    let trial = trial::send(&mut db, &ctx.actor(), &ctx.config, &secrets.renderer(), to)?;
    let stages: Vec<Value> =
        trial.stages.iter().map(|(stage, detail)| json!({"stage": stage, "detail": detail})).collect();
    let redirected = ctx.config.mail_redirect_to.as_ref().unwrap_or(&args.to);
    let transport = ctx.config.mail.name();
    let (id, state) = (trial.id, trial.state);
    let item = json!({"id": id, "state": state, "to": redirected, "transport": transport, "stages": stages});
    Answer::change(&TRIAL, if db.is_dry_run() { "queued" } else { "sent" }, &item)
}
