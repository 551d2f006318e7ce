//! `mail bounced …`: addresses that mail came back from.

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::outbox::bounced;
use crate::platform::ui::answer::to_value;
use crate::platform::ui::{Answer, Bulk};
use crate::portal::cli::Page;
use crate::portal::inbox::service::held;
use crate::portal::inbox::view::BOUNCED;
use crate::values::Email;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum BouncedCommand {
    /// List the addresses that nothing is sent to any more
    List(Page),
    /// Let mail go to addresses again
    Clear(ClearArgs),
}

/// `mail bounced clear`
#[derive(clap::Args)]
pub struct ClearArgs {
    /// The addresses
    #[arg(value_name = "EMAIL", required = true)]
    emails: Vec<Email>,
}

impl BouncedCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            BouncedCommand::List(_) => Ok(Answer::list(&BOUNCED, ctx.read(bounced::list)?)),
            BouncedCommand::Clear(args) => clear(&args, ctx),
        }
    }
}

fn clear(args: &ClearArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let mut db = ctx.open()?;
    let attempts = args.emails.iter().map(|email| {
        let cleared = ctx.write_to(&mut db, |tx| held::clear(tx, email));
        (email.to_string(), cleared.and_then(|address| Ok(("cleared", to_value(&address)?))))
    });
    Bulk::of_attempts(attempts.collect())
}
