//! `ticket share` and `ticket unshare`

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::portal::ticket::service::{self, Desk, sharing};
use crate::portal::ticket::view::TICKET;
use crate::values::Email;

/// `ticket share`, `ticket unshare`
#[derive(clap::Args)]
pub struct ShareArgs {
    /// The ticket: `SAM 2404-1030`, or without its prefix
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Users of the ticket's institution
    #[arg(long, value_name = "EMAIL", required = true, num_args = 1.., value_delimiter = ',')]
    with: Vec<Email>,
}

pub(super) fn share(args: &ShareArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let (actor, desk) = (ctx.actor(), Desk::of(ctx));
    let mut db = ctx.open()?;
    let plan = db.read(|conn| sharing::plan(conn, &actor, &args.number, &args.with))?;
    if !plan.new.is_empty() {
        let names: Vec<_> = plan.new.iter().map(|user| format!("{} <{}>", user.name, user.email)).collect();
        let question = format!(
            "{} will be shared with {}: they see all that was written there, and the requester's contact details such as \
             name and address. Share it?",
            plan.ticket.number,
            names.join(", ")
        );
        ctx.confirm(&question)?;
    }
    let (changed, detail) =
        ctx.write_to(&mut db, |tx| service::share(tx, &args.number, &args.with, &desk))?;
    Answer::change(&TICKET, if changed { "shared" } else { "unchanged" }, &detail)
}

pub(super) fn unshare(args: &ShareArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let (changed, detail) = ctx.write(|tx| service::unshare(tx, &args.number, &args.with))?;
    Answer::change(&TICKET, if changed { "unshared" } else { "unchanged" }, &detail)
}
