//! `mail held …`: mails that wait for the provider to decide.

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::answer::to_value;
use crate::platform::ui::{Answer, Bulk};
use crate::portal::cli::Page;
use crate::portal::inbox::service::Desk;
use crate::portal::inbox::service::held::{self, Release};
use crate::portal::inbox::store;
use crate::portal::inbox::view::INBOUND;
use crate::values::Email;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum HeldCommand {
    /// List the mails that wait for a decision, oldest first
    List(Page),
    /// Let a mail in: as a new ticket, or into one
    Release(ReleaseArgs),
    /// Decide that nothing comes of mails; needs --reason
    Drop(DropArgs),
}

impl HeldCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            HeldCommand::List(_) => {
                let rows = ctx.read(store::held)?;
                Ok(Answer::list(&INBOUND, rows))
            }
            HeldCommand::Release(args) => release(args, ctx),
            HeldCommand::Drop(args) => drop_mails(&args, ctx),
        }
    }
}

/// `mail held release`
#[derive(clap::Args)]
pub struct ReleaseArgs {
    /// The number of the mail
    #[arg(value_name = "N")]
    id: i64,
    /// In whose name [default: the sender]
    #[arg(long, value_name = "EMAIL")]
    requester: Option<Email>,
    /// At which institution a ticket is opened [default: the only one of the requester]
    #[arg(long, value_name = "TENANT", conflicts_with = "ticket")]
    tenant: Option<String>,
    /// Add it to this ticket: as a reply of one of its parties, else as a note for the provider alone
    #[arg(long, value_name = "NUMBER")]
    ticket: Option<String>,
}

fn release(args: ReleaseArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let key = ctx.key()?;
    let mut db = ctx.open()?;
    let desk = Desk { key: &key, config: &ctx.config };
    let release = Release { requester: args.requester, tenant: args.tenant, ticket: args.ticket };
    let released = held::release(&mut db, &ctx.actor(), desk, args.id, &release)?;
    let ticket = released.ticket.clone();
    Ok(Answer::change(&INBOUND, "released", &released)?.remark(ticket))
}

/// `mail held drop`
#[derive(clap::Args)]
pub struct DropArgs {
    /// The numbers of the mails
    #[arg(value_name = "N", required = true)]
    ids: Vec<i64>,
}

fn drop_mails(args: &DropArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    ctx.require_reason()?;
    let mut db = ctx.open()?;
    let attempts = args.ids.iter().map(|id| {
        let dropped = ctx.write_to(&mut db, |tx| held::drop(tx, *id));
        (id.to_string(), dropped.and_then(|mail| Ok(("dropped", to_value(&mail)?))))
    });
    Bulk::of_attempts(attempts.collect())
}
