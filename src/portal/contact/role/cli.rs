//! `portalctl role …`

use super::view::ROLE;
use super::{ManagedBy, Role, RolePatch, RoleStatus, Tab, service, store};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::cli::{Emptied, Page, emptied, line, line_or_empty};
use crate::values::{Invalid, TenantCode};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum RoleCommand {
    /// List the roles that contacts can hold
    List(Page),
    /// Add a role
    Create(CreateArgs),
    /// Change a role
    Update(UpdateArgs),
    /// Take a role out of use; who holds it keeps it
    Retire(NameArgs),
}

impl RoleCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            RoleCommand::List(_) => Ok(Answer::list(&ROLE, ctx.read(store::list)?)),
            RoleCommand::Create(args) => create(args, ctx),
            RoleCommand::Update(args) => update(args, ctx),
            RoleCommand::Retire(args) => retire(&args, ctx),
        }
    }
}

/// What names a role.
#[derive(clap::Args)]
pub struct NameArgs {
    /// The role's code or name
    #[arg(value_name = "ROLE")]
    role: String,
}

/// `role create`
#[derive(clap::Args)]
pub struct CreateArgs {
    /// The code: a–z, 0–9 and hyphens
    #[arg(long)]
    code: TenantCode,
    /// The name in the portal's words
    #[arg(long, value_parser = line)]
    name: String,
    /// tenant or provider
    #[arg(long, value_parser = parse_coded::<ManagedBy>)]
    managed_by: ManagedBy,
    /// Only contacts with a secure address may hold it
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    secure_email: bool,
    /// A tab on which its holders are shown: general, accounting or payroll (can be repeated)
    #[arg(long = "tab", value_name = "TAB", value_parser = parse_coded::<Tab>)]
    tabs: Vec<Tab>,
    /// What it is for
    #[arg(long, value_parser = line)]
    description: Option<String>,
    /// Take a role that is there already and does not differ as it is
    #[arg(long)]
    if_not_exists: bool,
}

fn create(args: CreateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let mut tabs = args.tabs;
    tabs.sort_unstable();
    tabs.dedup();
    let role = Role {
        id: 0,
        code: args.code.to_string(),
        name: args.name,
        managed_by: args.managed_by,
        secure_email: args.secure_email,
        tabs,
        description: args.description,
        status: RoleStatus::Active,
    };
    let (result, role) = ctx.write(|tx| service::create(tx, role, args.if_not_exists))?;
    Answer::change(&ROLE, result, &role)
}

/// `role update`
#[derive(clap::Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    name_args: NameArgs,
    /// The name in the portal's words
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// tenant or provider
    #[arg(long, value_parser = parse_coded::<ManagedBy>)]
    managed_by: Option<ManagedBy>,
    /// Only contacts with a secure address may hold it
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    secure_email: Option<bool>,
    /// All its tabs (can be repeated); '' empties the list
    #[arg(long = "tab", value_name = "TAB", value_parser = tab_or_empty)]
    tabs: Option<Vec<Emptied<Tab>>>,
    /// What it is for; '' empties it
    #[arg(long, value_parser = line_or_empty)]
    description: Option<String>,
    /// active or retired
    #[arg(long, value_parser = parse_coded::<RoleStatus>)]
    status: Option<RoleStatus>,
}

fn tab_or_empty(text: &str) -> Result<Emptied<Tab>, Invalid> {
    if text.is_empty() { Ok(Emptied(None)) } else { parse_coded(text).map(|tab| Emptied(Some(tab))) }
}

fn update(args: UpdateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let patch = RolePatch {
        name: args.name,
        managed_by: args.managed_by,
        secure_email: args.secure_email,
        tabs: args.tabs.map(|tabs| tabs.into_iter().filter_map(|tab| tab.0).collect()),
        description: emptied(args.description),
        status: args.status,
    };
    if args.status == Some(RoleStatus::Retired) {
        confirm_retiring(&args.name_args.role, ctx)?;
    }
    let (result, role) = ctx.write(|tx| service::update(tx, &args.name_args.role, patch))?;
    Answer::change(&ROLE, result, &role)
}

fn retire(args: &NameArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    confirm_retiring(&args.role, ctx)?;
    let (result, role) = ctx.write(|tx| service::retire(tx, &args.role))?;
    Answer::change(&ROLE, result, &role)
}

fn confirm_retiring(name: &str, ctx: &mut Ctx<'_>) -> Result<()> {
    let role = ctx.open()?.read(|conn| service::resolve(conn, name))?;
    ctx.confirm(&format!("Retire the role {} ({})?", role.name, role.code))
}
