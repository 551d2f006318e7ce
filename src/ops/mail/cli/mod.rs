//! `portalctl mail …`

mod decide;
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
    /// Send what is queued; any number of runs at once send nothing twice
    Send,
    /// Queue mails anew that failed, were cancelled, or may or may not have left
    Retry(decide::Numbers),
    /// Take mails back that wait, or that may or may not have left
    Cancel(decide::Numbers),
    /// Send one mail right away, and tell how far it came
    Test(decide::TestArgs),
}

impl MailCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        access::provider_only(&ctx.actor())?;
        match self {
            MailCommand::List(args) => outbox::list(&args, ctx),
            MailCommand::Show(args) => outbox::show(&args, ctx),
            MailCommand::Send => outbox::send_queued(ctx),
            MailCommand::Retry(args) => decide::retry(&args, ctx),
            MailCommand::Cancel(args) => decide::cancel(&args, ctx),
            MailCommand::Test(args) => decide::test(&args, ctx),
        }
    }
}
