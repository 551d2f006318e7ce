//! `portalctl ticket …`

mod create;
mod files;
mod list;
mod many;
mod types;

use std::path::PathBuf;

use super::Post;
use super::due;
use super::party;
use super::service;
use super::view::TICKET;
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::settings;
use crate::platform::ui::{Answer, Bulk};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum TicketCommand {
    /// Open a ticket in someone's name
    Create(create::CreateArgs),
    /// List tickets, last changed first
    List(list::ListArgs),
    /// Show a ticket with its thread
    Show(NameArgs),
    /// Add a reply, a file or an internal note to tickets
    Reply(many::ReplyArgs),
    /// Give tickets to one of the staff
    Assign(many::AssignArgs),
    /// Take tickets to another status
    Advance(many::AdvanceArgs),
    /// Close tickets for good
    Close(many::Numbers),
    /// Take up done tickets again
    Reopen(many::Numbers),
    /// Close what has been done long enough
    CloseDue(CloseDueArgs),
    /// Write a file of a ticket
    Attachment(files::AttachmentArgs),
    /// The types of tickets
    #[command(subcommand)]
    Type(types::TypeCommand),
}

impl TicketCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            TicketCommand::Create(args) => create::run(args, ctx),
            TicketCommand::List(args) => list::run(args, ctx),
            TicketCommand::Show(args) => show(&args, ctx),
            TicketCommand::Reply(args) => many::reply(&args, ctx),
            TicketCommand::Assign(args) => many::assign(&args, ctx),
            TicketCommand::Advance(args) => many::advance(&args, ctx),
            TicketCommand::Close(args) => many::close(&args, ctx),
            TicketCommand::Reopen(args) => many::reopen(&args, ctx),
            TicketCommand::CloseDue(args) => close_due(&args, ctx),
            TicketCommand::Attachment(args) => files::write(&args, ctx),
            TicketCommand::Type(command) => command.run(ctx),
        }
    }
}

/// What names a ticket.
#[derive(clap::Args)]
pub struct NameArgs {
    /// The ticket: `SAM 2404-1030`, or without its prefix
    #[arg(value_name = "NUMBER")]
    number: String,
}

fn show(args: &NameArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let detail = ctx.read(|conn| service::show(conn, &actor, &args.number))?;
    Answer::show(&TICKET, &detail)
}

/// `ticket close-due`
#[derive(clap::Args)]
pub struct CloseDueArgs {
    /// Say why of each, and list also what is done and not due yet
    #[arg(long)]
    explain: bool,
}

fn close_due(args: &CloseDueArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let actor = ctx.actor();
    let mut db = ctx.open()?;
    db.read(|conn| party::of_provider(conn, &actor))?;
    let actor = actor.job(due::JOB);
    let run = due::close_due(&mut db, &actor, args.explain)?;
    let bulk = Bulk { items: run.items, ..Bulk::default() };
    Ok(Answer::bulk(bulk.with("due", run.due).with("closed", run.closed)))
}

/// Reads a text and spools files before any transaction begins.
fn post(ctx: &mut Ctx<'_>, body: Option<&std::path::Path>, attach: &[PathBuf]) -> Result<Post> {
    let stdin = std::path::Path::new("-");
    if body.into_iter().chain(attach.iter().map(PathBuf::as_path)).filter(|path| *path == stdin).count() > 1 {
        return Err(Error::usage("standard input can be read only once").hint("give `-` to one flag alone"));
    }
    let text = body.map(|path| ctx.text(path)).transpose()?.unwrap_or_default();
    if attach.is_empty() {
        return Ok(Post { text, ..Post::default() });
    }
    let limit = ctx.open()?.read(|conn| settings::TICKET_ATTACHMENT_MAX_BYTES.int(conn))?.unsigned_abs();
    let files = attach
        .iter()
        .map(|path| Ok((files::name_of(path), ctx.spool(path, limit)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Post { text, files, mail: None })
}
