//! `portalctl unit …`

use super::import::{self, UnitImport};
use super::view::UNIT;
use super::{NewUnit, UnitPatch, service};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::cli::import::ImportArgs;
use crate::portal::cli::{Page, emptied, line_or_empty};
use crate::portal::tenant::Status;
use crate::values::{Invalid, Month, UnitKind, UnitNumber, UnitRef};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum UnitCommand {
    /// Create an accounting circle or a pay group
    Create(CreateArgs),
    /// List units
    List(ListArgs),
    /// Show a unit
    Show(NameArgs),
    /// Change a unit's data
    Update(UpdateArgs),
    /// Take a unit out of use; its figures are kept
    Archive(NameArgs),
    /// Move a unit to another institution from a month on
    Move(MoveArgs),
    /// Create or change units from a CSV file
    Import(ImportArgs),
}

impl UnitCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            UnitCommand::Create(args) => create(args, ctx),
            UnitCommand::List(args) => list(&args, ctx),
            UnitCommand::Show(args) => show(&args, ctx),
            UnitCommand::Update(args) => update(args, ctx),
            UnitCommand::Archive(args) => archive(&args, ctx),
            UnitCommand::Move(args) => move_to(&args, ctx),
            UnitCommand::Import(args) => import_file(args, ctx),
        }
    }
}

/// What names a unit.
#[derive(clap::Args)]
pub struct NameArgs {
    /// The unit: accounting:12345, payroll:999, or the number where it names only one
    #[arg(value_name = "UNIT")]
    unit: UnitRef,
}

/// A unit's name and technical master data.
#[derive(clap::Args)]
pub struct DataArgs {
    /// The name
    #[arg(long, value_parser = line_or_empty)]
    name: Option<String>,
    /// The server's name
    #[arg(long, value_parser = technical)]
    server: Option<String>,
    /// The database's name
    #[arg(long, value_parser = technical)]
    database: Option<String>,
    /// The LDV name
    #[arg(long, value_parser = technical)]
    ldv: Option<String>,
}

/// A name of a server or database: one line without `;`, which parts the columns of the files that carry it.
pub(super) fn technical(text: &str) -> Result<String, Invalid> {
    if text.contains(';') {
        return Err(Invalid::new("text.invalid", "a technical name", text, "it holds a semicolon", "SQL-01"));
    }
    line_or_empty(text)
}

impl DataArgs {
    fn patch(self) -> UnitPatch {
        UnitPatch {
            name: emptied(self.name),
            server: emptied(self.server),
            database: emptied(self.database),
            ldv: emptied(self.ldv),
            status: None,
        }
    }
}

/// `unit create`
#[derive(clap::Args)]
pub struct CreateArgs {
    /// The institution it belongs to
    #[arg(long)]
    tenant: String,
    /// accounting or payroll
    #[arg(long, value_parser = parse_coded::<UnitKind>)]
    kind: UnitKind,
    /// The number: five digits, or a pay group of 1 to 10 digits
    #[arg(long)]
    number: String,
    #[command(flatten)]
    data: DataArgs,
    /// Take a unit that is there already and does not differ as it is
    #[arg(long)]
    if_not_exists: bool,
}

fn create(args: CreateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let number = UnitNumber::parse(args.kind, &args.number)?;
    let new = NewUnit { tenant: args.tenant, number, data: args.data.patch() };
    let (created, unit) = ctx.write(|tx| service::create(tx, new, args.if_not_exists))?;
    Answer::change(&UNIT, created.word(), &unit)
}

/// `unit list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only of this institution
    #[arg(long)]
    tenant: Option<String>,
    /// Only accounting or payroll
    #[arg(long, value_parser = parse_coded::<UnitKind>)]
    kind: Option<UnitKind>,
    #[command(flatten)]
    page: Page,
}

fn list(args: &ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let units = ctx.read(|conn| service::list(conn, &actor, args.tenant.as_deref(), args.kind))?;
    Ok(Answer::list(&UNIT, units))
}

fn show(args: &NameArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let unit = ctx.read(|conn| service::show(conn, &actor, &args.unit))?;
    Answer::show(&UNIT, &unit)
}

/// `unit update`
#[derive(clap::Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    name: NameArgs,
    #[command(flatten)]
    data: DataArgs,
    /// active or archived
    #[arg(long, value_parser = parse_coded::<Status>)]
    status: Option<Status>,
}

fn update(args: UpdateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let patch = UnitPatch { status: args.status, ..args.data.patch() };
    if args.status == Some(Status::Archived) {
        confirm_archiving(&args.name.unit, ctx)?;
    }
    let (changed, unit) = ctx.write(|tx| service::update(tx, &args.name.unit, patch))?;
    Answer::change(&UNIT, if changed { "updated" } else { "unchanged" }, &unit)
}

fn archive(args: &NameArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    confirm_archiving(&args.unit, ctx)?;
    let (changed, unit) = ctx.write(|tx| service::archive(tx, &args.unit))?;
    Answer::change(&UNIT, if changed { "archived" } else { "unchanged" }, &unit)
}

fn confirm_archiving(name: &UnitRef, ctx: &mut Ctx<'_>) -> Result<()> {
    access::provider_only(&ctx.actor())?;
    let unit = ctx.open()?.read(|conn| service::resolve(conn, name))?;
    ctx.confirm(&format!("Archive unit {} of {}?", unit.key(), unit.tenant))
}

/// `unit move`
#[derive(clap::Args)]
pub struct MoveArgs {
    #[command(flatten)]
    name: NameArgs,
    /// The institution it goes to
    #[arg(long, value_name = "TENANT")]
    to: String,
    /// The first month whose figures are the new institution's
    #[arg(long, value_name = "MONTH")]
    from: Month,
}

fn move_to(args: &MoveArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    let unit = ctx.open()?.read(|conn| service::resolve(conn, &args.name.unit))?;
    ctx.confirm(&format!(
        "Move unit {} from {} to {} from {} on?",
        unit.key(),
        unit.tenant,
        args.to,
        args.from
    ))?;
    let (changed, unit, warnings) =
        ctx.write(|tx| service::move_to(tx, &args.name.unit, &args.to, args.from))?;
    Ok(Answer::change(&UNIT, if changed { "moved" } else { "unchanged" }, &unit)?.warn(warnings))
}

fn import_file(args: ImportArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    if !args.is_template() {
        access::provider_only(&ctx.actor())?;
    }
    args.run(ctx, &import::SHAPE, |mode| UnitImport { mode })
}
