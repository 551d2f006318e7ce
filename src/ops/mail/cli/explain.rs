//! `mail explain`, and `mail show` of what came in: a number names one mail, in whichever direction it goes.

use super::outbox;
use crate::platform::ctx::Ctx;
use crate::platform::error::{OrNotFound, Result};
use crate::platform::outbox::find;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::inbox::service::story;
use crate::portal::inbox::store;
use crate::portal::inbox::view::{INBOUND, STORY_IN, STORY_OUT};
use crate::portal::ticket::party;

/// `mail explain`
#[derive(clap::Args)]
pub struct ExplainArgs {
    /// The number of the mail
    #[arg(value_name = "N")]
    id: i64,
}

pub(super) fn explain(args: &ExplainArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let id = args.id;
    let db = ctx.open()?;
    db.read(|conn| {
        if let Some(inbound) = store::find(conn, id)? {
            return Answer::show(&STORY_IN, &story::of_inbound(conn, inbound)?);
        }
        let message = find(conn, id)?.or_not_found("mail", id)?;
        Answer::show(&STORY_OUT, &story::of_outgoing(conn, message)?)
    })
}

pub(super) fn show(args: &outbox::ShowArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let (actor, db) = (ctx.actor(), ctx.open()?);
    let shown = db.read(|conn| {
        let inbound = store::find(conn, args.id)?;
        match inbound.as_ref().and_then(|inbound| inbound.ticket.as_ref()) {
            Some(_) => party::of_provider(conn, &actor).map(drop)?,
            None => access::provider_only(&actor)?,
        }
        inbound.map(|inbound| story::show(conn, inbound)).transpose()
    })?;
    match shown {
        Some(shown) => Answer::show(&INBOUND, &shown),
        None => outbox::show(args, ctx),
    }
}
