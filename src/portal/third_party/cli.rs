//! `portalctl third-party …`

use super::view::THIRD_PARTY;
use super::{Patch, service};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::cli::{Emptied, Page, emptied, line, line_or_empty, or_empty, prose};
use crate::values::{DanishPhone, Email};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum ThirdPartyCommand {
    /// Enter a task that a third party does, or change what is known of it
    Set(SetArgs),
    /// List the tasks that third parties do, and whom to contact
    List(ListArgs),
    /// Remove a task
    Remove(TaskArgs),
}

impl ThirdPartyCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            ThirdPartyCommand::Set(args) => set(args, ctx),
            ThirdPartyCommand::List(args) => list(&args, ctx),
            ThirdPartyCommand::Remove(args) => remove(&args, ctx),
        }
    }
}

/// What names a task.
#[derive(clap::Args)]
pub struct TaskArgs {
    /// The institution that the task is done for
    #[arg(long)]
    tenant: String,
    /// The task, without regard to case
    #[arg(long, value_name = "TEXT", value_parser = line)]
    task: String,
}

/// `third-party set`
#[derive(clap::Args)]
pub struct SetArgs {
    #[command(flatten)]
    name: TaskArgs,
    /// The authority to contact; a new task needs one
    #[arg(long, value_name = "NAME", value_parser = line)]
    authority: Option<String>,
    /// A person or an office there ('' for none)
    #[arg(long, value_name = "TEXT", value_parser = line_or_empty)]
    contact: Option<String>,
    /// Their address ('' for none)
    #[arg(long, value_parser = or_empty::<Email>)]
    email: Option<Emptied<Email>>,
    /// Their phone, 8 digits ('' for none)
    #[arg(long, value_parser = or_empty::<DanishPhone>)]
    phone: Option<Emptied<DanishPhone>>,
    /// Remarks, also of several lines ('' for none)
    #[arg(long, value_name = "TEXT", value_parser = prose)]
    remarks: Option<String>,
}

fn set(args: SetArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let patch = Patch {
        authority: args.authority,
        contact: emptied(args.contact),
        email: args.email.map(|given| given.0),
        phone: args.phone.map(|given| given.0),
        remarks: emptied(args.remarks),
    };
    let (result, item) = ctx.write(|tx| service::set(tx, &args.name.tenant, &args.name.task, patch))?;
    Answer::change(&THIRD_PARTY, result, &item)
}

/// `third-party list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only of this institution
    #[arg(long)]
    tenant: Option<String>,
    #[command(flatten)]
    page: Page,
}

fn list(args: &ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let tasks = ctx.read(|conn| service::list(conn, &actor, args.tenant.as_deref()))?;
    Ok(Answer::list(&THIRD_PARTY, tasks))
}

fn remove(args: &TaskArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    let item = ctx.write(|tx| service::remove(tx, &args.tenant, &args.task))?;
    Answer::change(&THIRD_PARTY, "deleted", &item)
}
