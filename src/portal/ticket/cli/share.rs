//! `ticket share` and `ticket unshare`

use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::ui::Answer;
use crate::portal::ticket::service::{self, Desk, sharing};
use crate::portal::ticket::view::TICKET;
use crate::values::Email;

/// `ticket share`, `ticket unshare`
#[derive(clap::Args)]
pub struct ShareArgs {
    /// The ticket: `SAM 2404-1030`, or without its prefix
    #[arg(value_name = "NUMBER", required_unless_present = "with")]
    number: Option<String>,
    /// Users of the ticket's institution
    #[arg(long, value_name = "EMAIL", required = true, num_args = 1.., value_delimiter = ',')]
    with: Vec<String>,
}

impl ShareArgs {
    /// The number and the addresses. Behind `--with` the number stands among the addresses, where the parser cannot tell
    /// it from them.
    fn parts(&self) -> Result<(String, Vec<Email>)> {
        let mut with: Vec<&str> = self.with.iter().map(String::as_str).collect();
        let number = match &self.number {
            Some(number) => number.clone(),
            None => {
                let place = with.iter().position(|value| !value.contains('@'));
                let place = place.ok_or_else(|| {
                    Error::usage("no ticket is named").hint("give its number, such as 2404-1030")
                })?;
                with.remove(place).to_owned()
            }
        };
        if with.is_empty() {
            return Err(Error::usage("--with names nobody").hint("give the addresses behind it"));
        }
        let with = with.into_iter().map(|email| Ok(email.parse::<Email>()?)).collect::<Result<_>>()?;
        Ok((number, with))
    }
}

pub(super) fn share(args: &ShareArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let (number, with) = args.parts()?;
    let (actor, desk) = (ctx.actor(), Desk::of(ctx));
    let mut db = ctx.open()?;
    let plan = db.read(|conn| sharing::plan(conn, &actor, &number, &with))?;
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
    let (changed, detail) = ctx.write_to(&mut db, |tx| service::share(tx, &number, &with, &desk))?;
    Answer::change(&TICKET, if changed { "shared" } else { "unchanged" }, &detail)
}

pub(super) fn unshare(args: &ShareArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let (number, with) = args.parts()?;
    let (changed, detail) = ctx.write(|tx| service::unshare(tx, &number, &with))?;
    Answer::change(&TICKET, if changed { "unshared" } else { "unchanged" }, &detail)
}
