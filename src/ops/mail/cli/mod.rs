//! `portalctl mail …`

mod outbox;

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::portal::access;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum MailCommand {
    /// List mails and SMS, newest first
    List(outbox::ListArgs),
    /// Show a mail or SMS with its text
    Show(outbox::ShowArgs),
    /// Send what is queued
    Send,
}

impl MailCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        access::provider_only(&ctx.actor())?;
        match self {
            MailCommand::List(args) => outbox::list(&args, ctx),
            MailCommand::Show(args) => outbox::show(&args, ctx),
            MailCommand::Send => outbox::send_queued(ctx),
        }
    }
}
