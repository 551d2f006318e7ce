//! `portalctl mail …`

mod bounced;
mod decide;
mod explain;
mod held;
mod ingest;
mod outbox;
mod unreadable;

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::portal::access;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum MailCommand {
    /// List mails and SMS, newest first
    List(outbox::ListArgs),
    /// Show a mail or SMS with its text, in whichever direction it goes
    Show(outbox::ShowArgs),
    /// Send what is queued; any number of runs at once send nothing twice
    Send,
    /// Queue mails anew that failed, were cancelled, or may or may not have left
    Retry(decide::Numbers),
    /// Take mails back that wait, or that may or may not have left
    Cancel(decide::Numbers),
    /// Send one mail right away, and tell how far it came
    Test(decide::TestArgs),
    /// Take in mails: stored first, understood second
    Ingest(ingest::IngestArgs),
    /// Tell what happened to a mail, step by step
    Explain(explain::ExplainArgs),
    /// The mails that wait for a decision
    #[command(subcommand)]
    Held(held::HeldCommand),
    /// The addresses that mail came back from
    #[command(subcommand)]
    Bounced(bounced::BouncedCommand),
    /// The mails that could not be understood
    #[command(subcommand)]
    Unreadable(unreadable::UnreadableCommand),
}

impl MailCommand {
    /// Whether someone hands a mail over who keeps it until it is stored: whatever is in the way of that is 75.
    pub fn takes_over(&self) -> bool {
        matches!(self, MailCommand::Ingest(_))
    }

    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        // What came in about a ticket is for everyone who handles tickets.
        if let MailCommand::Show(args) = &self {
            return explain::show(args, ctx);
        }
        access::provider_only(&ctx.actor())?;
        match self {
            MailCommand::List(args) => outbox::list(&args, ctx),
            MailCommand::Show(args) => explain::show(&args, ctx),
            MailCommand::Send => outbox::send_queued(ctx),
            MailCommand::Retry(args) => decide::retry(&args, ctx),
            MailCommand::Cancel(args) => decide::cancel(&args, ctx),
            MailCommand::Test(args) => decide::test(&args, ctx),
            MailCommand::Ingest(args) => ingest::run(&args, ctx),
            MailCommand::Explain(args) => explain::explain(&args, ctx),
            MailCommand::Held(command) => command.run(ctx),
            MailCommand::Bounced(command) => command.run(ctx),
            MailCommand::Unreadable(command) => command.run(ctx),
        }
    }
}
