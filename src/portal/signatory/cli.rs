//! `portalctl signatory …`

use super::view::SIGNATORY;
use super::{Person, Scope, service};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::cli::{Page, line};
use crate::values::{DanishPhone, Email};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum SignatoryCommand {
    /// Make someone signatory; the present one's time ends
    Set(SetArgs),
    /// List signatories
    List(ListArgs),
    /// End the present signatory's time
    Remove(PlaceArgs),
}

impl SignatoryCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            SignatoryCommand::Set(args) => set(args, ctx),
            SignatoryCommand::List(args) => list(&args, ctx),
            SignatoryCommand::Remove(args) => remove(&args, ctx),
        }
    }
}

/// An institution and a scope.
#[derive(clap::Args)]
pub struct PlaceArgs {
    /// The institution
    #[arg(long)]
    tenant: String,
    /// customer (with add-ons and dispensations), data-processing, or other
    #[arg(long, value_parser = parse_coded::<Scope>)]
    scope: Scope,
}

/// `signatory set`
#[derive(clap::Args)]
pub struct SetArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The name
    #[arg(long, value_parser = line)]
    name: String,
    /// The address
    #[arg(long)]
    email: Email,
    /// The title or function
    #[arg(long, value_parser = line)]
    title: String,
    /// The phone, 8 digits
    #[arg(long)]
    phone: DanishPhone,
}

fn set(args: SetArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let person = Person { name: args.name, email: args.email, title: args.title, phone: args.phone };
    let lang = ctx.lang();
    let (result, signatory) =
        ctx.write(|tx| service::set(tx, &args.place.tenant, args.place.scope, person, lang))?;
    Answer::change(&SIGNATORY, result, &signatory)
}

/// `signatory list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only of this institution
    #[arg(long)]
    tenant: Option<String>,
    /// The former ones too
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    page: Page,
}

fn list(args: &ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let signatories = ctx.read(|conn| service::list(conn, &actor, args.tenant.as_deref(), args.history))?;
    Ok(Answer::list(&SIGNATORY, signatories))
}

fn remove(args: &PlaceArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    let present = ctx.open()?.read(|conn| service::find_present(conn, &args.tenant, args.scope))?;
    ctx.confirm(&format!(
        "End {}'s time as signatory of {} ({})?",
        present.name, present.tenant, args.scope
    ))?;
    let ended = ctx.write(|tx| service::remove(tx, &args.tenant, args.scope, &present))?;
    Answer::change(&SIGNATORY, "deleted", &ended)
}
