//! `portalctl mail list|show|send`: the outbox.

use serde::Serialize;

use crate::ops::mail::send_waiting;
use crate::platform::actor::Principal;
use crate::platform::ctx::Ctx;
use crate::platform::error::{OrNotFound, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::parse_coded;
use crate::platform::outbox::{self, Filter, Message, State, send};
use crate::platform::ui::answer::to_value;
use crate::platform::ui::view::{Kind, View, col, extra};
use crate::platform::ui::{Answer, Bulk};
use crate::portal::MessageSecrets;
use crate::portal::cli::Page;
use crate::portal::inbox::view::INBOUND;
use crate::portal::inbox::{self, InboxState};
use crate::values::{Coded, utc_text};

pub(super) static MAIL: View = View {
    noun: "mail",
    columns: &[
        col("id", Kind::Text),
        col("state", Kind::Code("mail-state")),
        extra("channel", Kind::Code("channel")),
        col("to", Kind::Text),
        col("subject", Kind::Text),
        extra("cause", Kind::Text),
        col("queued_at", Kind::Time),
        col("sent_at", Kind::Time),
        extra("attempts", Kind::Int),
        extra("last_error", Kind::Text),
        extra("not_before", Kind::Time),
        extra("merged_into", Kind::Int),
    ],
    details: &[col("language", Kind::Code("language")), col("merged", Kind::List), col("text", Kind::Text)],
    key: &["id"],
};

/// `mail list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// The mails that came in, instead of those that leave
    #[arg(long)]
    incoming: bool,
    /// Only mails in this state: one of outgoing mails, or with --incoming one of received, taken, held, dropped, ignored,
    /// bounce and unreadable
    #[arg(long)]
    state: Option<String>,
    /// Only to this address or number
    #[arg(long, value_name = "ADDRESS", conflicts_with = "incoming")]
    to: Option<String>,
    /// Only about this object, such as `ticket:SAM 2605-0001` or `user:anna@example.dk`
    #[arg(long, value_name = "OBJECT", conflicts_with = "incoming")]
    cause: Option<String>,
    #[command(flatten)]
    page: Page,
}

pub(super) fn list(args: &ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    if args.incoming {
        let state = state_of::<InboxState>(args)?;
        let db = ctx.open()?;
        return Ok(Answer::stream(&INBOUND, move |sink| {
            db.read(|conn| inbox::store::each(conn, state, |mail| sink(to_value(&mail)?)))
        }));
    }
    let filter = Filter { state: state_of::<State>(args)?, to: args.to.clone(), cause: args.cause.clone() };
    let db = ctx.open()?;
    Ok(Answer::stream(&MAIL, move |sink| {
        db.read(|conn| outbox::each(conn, &filter, |message| sink(to_value(&message)?)))
    }))
}

fn state_of<T: Coded>(args: &ListArgs) -> Result<Option<T>> {
    Ok(args.state.as_deref().map(parse_coded).transpose()?)
}

/// `mail show`
#[derive(clap::Args)]
pub struct ShowArgs {
    /// The number of the mail
    #[arg(value_name = "N")]
    pub(super) id: i64,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    message: Message,
    /// What left in it besides.
    merged: Vec<i64>,
    text: Option<String>,
}

pub(super) fn show(args: &ShowArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let key = ctx.key()?;
    let base_url = ctx.config.base_url.clone();
    let secrets = MessageSecrets { key: &key, base_url: &base_url, lang: ctx.config.language };
    let to_operator = ctx.actor().effective == Principal::Operator;
    let now = utc_text(ctx.env.clock.now());
    let shown = ctx.read(|conn| {
        let message = outbox::find(conn, args.id)?.or_not_found("mail", args.id)?;
        // The text is made anew.
        let text = secrets.renderer().shown(conn, &message, &now, to_operator)?;
        Ok(Shown { merged: outbox::merged(conn, args.id)?, message, text })
    })?;
    Answer::show(&MAIL, &shown)
}

pub(super) fn send_queued(ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let mut db = ctx.open()?;
    let actor = ctx.actor().job(send::JOB);
    let run = send_waiting(ctx, &mut db, &actor)?;
    let warnings = run.warnings();
    let exit = if run.failed > 0 { Exit::Partial } else { Exit::Success };
    let bulk = Bulk { items: run.items, ..Bulk::default() }.with("sent", run.sent).with("failed", run.failed);
    let bulk = if run.deferred == 0 { bulk } else { bulk.with("deferred", run.deferred) };
    Ok(Answer::bulk(bulk).exit(exit).warn(warnings))
}
