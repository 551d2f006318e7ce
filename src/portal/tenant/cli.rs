//! `portalctl tenant …`

use super::import::{self, TenantImport};
use super::service;
use super::view::{TENANT, TenantDetail};
use super::{NewTenant, Status, Tenant, TenantPatch};
use crate::platform::ctx::Ctx;
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::cli::ask::{Asking, given, one_line, parsed};
use crate::portal::cli::import::ImportArgs;
use crate::portal::cli::{Emptied, Page, emptied, line, line_or_empty, or_empty};
use crate::values::{Cvr, Gln, SeNumber, TenantCode};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum TenantCommand {
    /// Create an institution
    Create(CreateArgs),
    /// List institutions
    List(ListArgs),
    /// Show an institution with its units, signatories and contacts
    Show(NameArgs),
    /// Change an institution's data
    Update(UpdateArgs),
    /// Take an institution out of use; everything of it is kept
    Archive(NameArgs),
    /// Create or change institutions from a CSV file
    Import(ImportArgs),
}

impl TenantCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            TenantCommand::Create(args) => create(args, ctx),
            TenantCommand::List(args) => list(&args, ctx),
            TenantCommand::Show(args) => show(&args, ctx),
            TenantCommand::Update(args) => update(args, ctx),
            TenantCommand::Archive(args) => archive(&args, ctx),
            TenantCommand::Import(args) => import_file(args, ctx),
        }
    }
}

/// What names an institution.
#[derive(clap::Args)]
pub struct NameArgs {
    /// The institution: its code, its CVR where that names only one, its name, or a unit as kind:number
    #[arg(value_name = "TENANT")]
    tenant: String,
}

/// `tenant create`
#[derive(clap::Args)]
pub struct CreateArgs {
    /// The company number, 8 digits (needed, or asked for)
    #[arg(long, value_name = "CVR")]
    cvr: Option<Cvr>,
    /// The name (needed, or asked for)
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// The code; made from the name if not given
    #[arg(long)]
    code: Option<TenantCode>,
    /// The ministry area
    #[arg(long, value_parser = line)]
    ministry: Option<String>,
    /// A further SE number (can be repeated)
    #[arg(long = "se-number", value_name = "SE")]
    se_numbers: Vec<SeNumber>,
    /// An EAN/GLN location number (can be repeated)
    #[arg(long = "gln", value_name = "GLN")]
    glns: Vec<Gln>,
    /// The Key Account Manager
    #[arg(long, value_name = "NAME", value_parser = line)]
    account_manager: Option<String>,
    /// Take an institution that is there already and does not differ as it is
    #[arg(long)]
    if_not_exists: bool,
}

fn create(mut args: CreateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    let wanted = [("--cvr <CVR>", args.cvr.is_none()), ("--name <NAME>", args.name.is_none())];
    if let Some(mut asking) = Asking::begin(ctx, &wanted)? {
        ask_for(&mut args, &mut asking)?;
        asking.finish();
    }
    let new = NewTenant {
        cvr: given(args.cvr, "--cvr <CVR>")?,
        name: given(args.name, "--name <NAME>")?,
        code: args.code.map(|code| code.to_string()),
        ministry: args.ministry,
        se_numbers: args.se_numbers,
        glns: args.glns,
        account_manager: args.account_manager,
    };
    let (created, detail) = ctx.write(|tx| {
        let (created, tenant) = service::create(tx, new, args.if_not_exists)?;
        Ok((created, service::detail(tx, tenant)?))
    })?;
    Answer::change(&TENANT, created.word(), &detail)
}

fn ask_for(args: &mut CreateArgs, asking: &mut Asking<'_, '_>) -> Result<()> {
    asking.needed(&mut args.cvr, ("--cvr", "CVR number"), parsed)?;
    asking.needed(&mut args.name, ("--name", "Name"), one_line)?;
    let may_exist = args.if_not_exists;
    asking.optional(&mut args.code, ("--code", "Code (else made from the name)"), |conn, text| {
        let code: TenantCode = text.parse()?;
        if !may_exist {
            service::check_free(conn, code.as_str())?;
        }
        Ok(code)
    })?;
    asking.optional(&mut args.ministry, ("--ministry", "Ministry area"), one_line)?;
    asking.several(&mut args.se_numbers, ("--se-number", "A further SE number"), parsed)?;
    asking.several(&mut args.glns, ("--gln", "An EAN/GLN location number"), parsed)?;
    asking.optional(&mut args.account_manager, ("--account-manager", "Key Account Manager"), one_line)
}

/// `tenant list`
#[derive(clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    page: Page,
}

fn list(_args: &ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let (tenants, warning) =
        ctx.read(|conn| Ok((service::list(conn, &actor)?, service::without_administrator(conn, &actor)?)))?;
    Ok(Answer::list(&TENANT, tenants).warn(warning))
}

fn show(args: &NameArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let detail = ctx.read(|conn| service::show(conn, &actor, &args.tenant))?;
    Ok(Answer::show(&TENANT, &detail)?.warn(detail.warnings))
}

/// `tenant update`
#[derive(clap::Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    name_args: NameArgs,
    /// A new company number
    #[arg(long, value_name = "CVR")]
    cvr: Option<Cvr>,
    /// A new name; the code stays
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// The ministry area; '' empties it
    #[arg(long, value_parser = line_or_empty)]
    ministry: Option<String>,
    /// All further SE numbers (can be repeated); '' empties the list
    #[arg(long = "se-number", value_name = "SE", value_parser = or_empty::<SeNumber>)]
    se_numbers: Option<Vec<Emptied<SeNumber>>>,
    /// All EAN/GLN location numbers (can be repeated); '' empties the list
    #[arg(long = "gln", value_name = "GLN", value_parser = or_empty::<Gln>)]
    glns: Option<Vec<Emptied<Gln>>>,
    /// The Key Account Manager; '' empties it
    #[arg(long, value_name = "NAME", value_parser = line_or_empty)]
    account_manager: Option<String>,
    /// active or archived
    #[arg(long, value_parser = parse_coded::<Status>)]
    status: Option<Status>,
}

fn update(args: UpdateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let patch = TenantPatch {
        cvr: args.cvr,
        name: args.name,
        ministry: emptied(args.ministry),
        se_numbers: args.se_numbers.map(|list| list.into_iter().filter_map(|given| given.0).collect()),
        glns: args.glns.map(|list| list.into_iter().filter_map(|given| given.0).collect()),
        account_manager: emptied(args.account_manager),
        status: args.status,
    };
    if args.status == Some(Status::Archived) {
        confirm_archiving(&args.name_args.tenant, ctx)?;
    }
    let (changed, detail) =
        ctx.write(|tx| with_detail(tx, service::update(tx, &args.name_args.tenant, patch)?))?;
    Answer::change(&TENANT, if changed { "updated" } else { "unchanged" }, &detail)
}

fn archive(args: &NameArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    confirm_archiving(&args.tenant, ctx)?;
    let (changed, detail) = ctx.write(|tx| with_detail(tx, service::archive(tx, &args.tenant)?))?;
    Answer::change(&TENANT, if changed { "archived" } else { "unchanged" }, &detail)
}

fn confirm_archiving(name: &str, ctx: &mut Ctx<'_>) -> Result<()> {
    access::provider_only(&ctx.actor())?;
    let tenant = ctx.open()?.read(|conn| service::resolve(conn, name))?;
    ctx.confirm(&format!("Archive {} ({})?", tenant.name, tenant.code))
}

fn with_detail(tx: &Tx<'_>, (changed, tenant): (bool, Tenant)) -> Result<(bool, TenantDetail)> {
    Ok((changed, service::detail(tx, tenant)?))
}

fn import_file(args: ImportArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    if !args.is_template() {
        access::provider_only(&ctx.actor())?;
    }
    args.run(ctx, &import::SHAPE, |mode| TenantImport { mode })
}
