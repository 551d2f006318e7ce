//! `mail unreadable …`: mails that nothing could be made of so far.

use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::ui::answer::to_value;
use crate::platform::ui::{Answer, Bulk};
use crate::portal::cli::Page;
use crate::portal::inbox::service::{self, Desk, held, story};
use crate::portal::inbox::store;
use crate::portal::inbox::view::INBOUND;
use crate::values::Coded;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum UnreadableCommand {
    /// List the mails that could not be understood, oldest first
    List(Page),
    /// Show one as far as it is text
    Show(ShowArgs),
    /// Try again to understand them [default: all]
    Retry(RetryArgs),
}

/// `mail unreadable show`
#[derive(clap::Args)]
pub struct ShowArgs {
    /// The number of the mail
    #[arg(value_name = "N")]
    id: i64,
}

/// `mail unreadable retry`
#[derive(clap::Args)]
pub struct RetryArgs {
    /// The numbers of the mails [default: all]
    #[arg(value_name = "N")]
    ids: Vec<i64>,
}

impl UnreadableCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            UnreadableCommand::List(_) => Ok(Answer::list(&INBOUND, ctx.read(store::unreadable)?)),
            UnreadableCommand::Show(args) => {
                let shown = ctx.read(|conn| story::show(conn, service::found(conn, args.id)?))?;
                Answer::show(&INBOUND, &shown)
            }
            UnreadableCommand::Retry(args) => retry(args, ctx),
        }
    }
}

fn retry(args: RetryArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let key = ctx.key()?;
    let mut db = ctx.open()?;
    let ids = match args.ids.is_empty() {
        true => db.read(store::unreadable)?.into_iter().map(|mail| mail.id).collect(),
        false => args.ids,
    };
    let desk = Desk { key: &key, config: &ctx.config };
    let mut attempts = Vec::new();
    let mut waits = false;
    for id in ids {
        if waits {
            let what = format!("mail {id} was not tried: the scanner is out of reach");
            let error = Error::busy("mail.not-tried", what).hint("try again when the scanner answers");
            attempts.push((id.to_string(), Err(error)));
            continue;
        }
        let again = ctx.write_to(&mut db, |tx| held::look_again(tx, id));
        let attempt =
            again.and_then(|_| service::understand(&mut db, &ctx.actor(), desk, id)).and_then(|done| {
                waits = done.ends_run();
                match done.failed {
                    Some(error) => Err(error),
                    None => Ok((done.mail.state.code(), to_value(&done.mail)?)),
                }
            });
        attempts.push((id.to_string(), attempt));
    }
    Bulk::of_attempts(attempts)
}
