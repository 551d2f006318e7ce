//! `portalctl signatory …`

use std::path::{Path, PathBuf};

use super::view::SIGNATORY;
use super::{Person, Scope, service};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::platform::ui::answer::Warning;
use crate::portal::access;
use crate::portal::cli::ask::{self, Asking, given, one_line, parsed};
use crate::portal::cli::{Page, line};
use crate::portal::tenant::Tenant;
use crate::portal::user::request::places::{self, Place, named};
use crate::portal::user::request::{self, Field};
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
    /// The institution (needed, or asked for)
    #[arg(long)]
    tenant: Option<String>,
    /// customer (with add-ons and dispensations), data-processing, or other (needed, or asked for)
    #[arg(long, value_parser = parse_coded::<Scope>)]
    scope: Option<Scope>,
    /// The name (needed, or asked for)
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// The address (needed, or asked for)
    #[arg(long)]
    email: Option<Email>,
    /// The title or function (needed, or asked for)
    #[arg(long, value_parser = line)]
    title: Option<String>,
    /// The phone, 8 digits (needed, or asked for)
    #[arg(long)]
    phone: Option<DanishPhone>,
    /// A request by mail as plain text, to take from what no flag says; - is standard input
    #[arg(long, value_name = "FILE")]
    from_request: Option<PathBuf>,
}

fn set(mut args: SetArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    let mut warnings = Vec::new();
    if let Some(path) = args.from_request.take() {
        warnings = from_request(&mut args, ctx, &path)?;
    } else if let Some(mut asking) = Asking::begin(ctx, &needed(&args))? {
        ask_for(&mut args, &mut asking)?;
        asking.finish();
    }
    let tenant = given(args.tenant, "--tenant <TENANT>")?;
    let scope = given(args.scope, "--scope <SCOPE>")?;
    let person = Person {
        name: given(args.name, "--name <NAME>")?,
        email: given(args.email, "--email <EMAIL>")?,
        title: given(args.title, "--title <TITLE>")?,
        phone: given(args.phone, "--phone <PHONE>")?,
    };
    let lang = ctx.lang();
    let (result, signatory) = ctx.write(|tx| service::set(tx, &tenant, scope, person, lang))?;
    Ok(Answer::change(&SIGNATORY, result, &signatory)?.warn(warnings))
}

fn needed(args: &SetArgs) -> [(&'static str, bool); 6] {
    [
        ("--tenant <TENANT>", args.tenant.is_none()),
        ("--scope <SCOPE>", args.scope.is_none()),
        ("--name <NAME>", args.name.is_none()),
        ("--email <EMAIL>", args.email.is_none()),
        ("--title <TITLE>", args.title.is_none()),
        ("--phone <PHONE>", args.phone.is_none()),
    ]
}

/// Asks for everything that no flag says. Nothing of it may be left away (K-056).
fn ask_for(args: &mut SetArgs, asking: &mut Asking<'_, '_>) -> Result<Tenant> {
    let tenant = asking.tenant(&mut args.tenant)?;
    asking.coded(&mut args.scope, ("--scope", "What may be signed"), None)?;
    asking.needed(&mut args.name, ("--name", "Name"), one_line)?;
    asking.needed(&mut args.email, ("--email", "E-mail address"), parsed)?;
    asking.needed(&mut args.title, ("--title", "Title or function"), one_line)?;
    asking.needed(&mut args.phone, ("--phone", "Phone, 8 digits"), parsed)?;
    Ok(tenant)
}

/// Takes what no flag says from a request (K-056), shows what was understood, asks for the rest, and asks whether to
/// go on.
fn from_request(args: &mut SetArgs, ctx: &mut Ctx<'_>, path: &Path) -> Result<Vec<Warning>> {
    let request = request::read(ctx, path)?;
    if !ctx.can_ask() {
        request.refuse_unread(path, &overruled(args))?;
    }
    let mut asking = Asking::open(ctx)?;
    let cure = "name the one you mean by its code: `--tenant CODE`";
    let found = if args.tenant.is_none() { places::look_up(&asking, &request, cure)? } else { Vec::new() };
    asking.tell(&request.summary(&places::lines(&found), false));
    let warnings =
        places::warn_of_others(&mut asking, &request, "--tenant", args.tenant.as_deref().into_iter())?;
    if request.b_number.is_some() {
        asking.tell("The B-number was passed over: signatories have none (K-056).");
    }
    if let [Place::One(tenant)] = found.as_slice() {
        asking.take(&mut args.tenant, "--tenant", Some(tenant.code.clone()));
    }
    asking.take(&mut args.name, "--name", request.name.clone());
    asking.take(&mut args.email, "--email", request.email.clone());
    asking.take(&mut args.title, "--title", request.title.clone());
    asking.take(&mut args.phone, "--phone", request.phone.clone());
    ask::lacks(asking.ctx, &needed(args))?;
    // Where one of them is lost it may be the one that is meant, so the choice is not among the others.
    let is_clear = !found.is_empty() && !found.iter().any(|place| matches!(place, Place::Lost(..)));
    if args.tenant.is_none() && is_clear {
        let offered =
            found.iter().flat_map(Place::tenants).map(|tenant| (tenant.code.clone(), named(tenant)));
        args.tenant = asking.pick(("--tenant", "Signatory of which of them"), None, offered.collect())?;
    }
    let tenant = ask_for(args, &mut asking)?;
    asking.finish();
    let scope = given(args.scope, "--scope <SCOPE>")?;
    let name = args.name.as_deref().unwrap_or_default();
    let email = args.email.as_ref().map(Email::as_str).unwrap_or_default();
    ctx.confirm(&format!("Make {name} ({email}) signatory of {} ({scope})?", tenant.code))?;
    Ok(warnings)
}

/// The fields of a request that a flag overrules, and the one that signatories do not have.
fn overruled(args: &SetArgs) -> Vec<Field> {
    let fields = [
        (Field::Cvr, args.tenant.is_some()),
        (Field::Name, args.name.is_some()),
        (Field::Email, args.email.is_some()),
        (Field::BNumber, true),
        (Field::Phone, args.phone.is_some()),
        (Field::Title, args.title.is_some()),
    ];
    fields.into_iter().filter(|(_, given)| *given).map(|(field, _)| field).collect()
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
