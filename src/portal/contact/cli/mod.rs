//! `portalctl contact …`

mod create;

use super::ContactPatch;
use super::import::{self, ContactImport};
use super::role::Tab;
use super::service::{self, Filter};
use super::view::{CONTACT, RECIPIENT};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::access::{self, Menu};
use crate::portal::cli::import::ImportArgs;
use crate::portal::cli::{Emptied, Page, emptied, line, line_or_empty, or_empty, prose};
use crate::values::{DanishPhone, Email, TenantCode, UnitRef};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum ContactCommand {
    /// Create a contact at an institution or one of its units
    Create(create::CreateArgs),
    /// List contacts
    List(ListArgs),
    /// Show a contact
    Show(NumberArgs),
    /// Change a contact
    Update(UpdateArgs),
    /// Remove a contact
    Remove(NumberArgs),
    /// Create or change contacts from a CSV file
    Import(ImportArgs),
    /// List the addresses that mail to a role reaches, each once
    Recipients(RecipientsArgs),
}

impl ContactCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            ContactCommand::Create(args) => create::run(args, ctx),
            ContactCommand::List(args) => list(args, ctx),
            ContactCommand::Show(args) => show(&args, ctx),
            ContactCommand::Update(args) => update(args, ctx),
            ContactCommand::Remove(args) => remove(&args, ctx),
            ContactCommand::Import(args) => import_file(args, ctx),
            ContactCommand::Recipients(args) => recipients(&args, ctx),
        }
    }
}

/// What names a contact.
#[derive(clap::Args)]
pub struct NumberArgs {
    /// The contact's number
    #[arg(value_name = "N")]
    id: i64,
}

/// What a contact consists of besides its name.
#[derive(clap::Args)]
pub struct DataArgs {
    /// The key that files name it by; made from the name if not given
    #[arg(long)]
    key: Option<TenantCode>,
    /// The unit it is a contact of: accounting:12345, payroll:999; '' for the institution itself
    #[arg(long, value_parser = or_empty::<UnitRef>)]
    unit: Option<Emptied<UnitRef>>,
    /// The title
    #[arg(long, value_parser = line_or_empty)]
    title: Option<String>,
    /// The address
    #[arg(long, value_parser = or_empty::<Email>)]
    email: Option<Emptied<Email>>,
    /// The address of --email is a secure one
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    secure_email: Option<bool>,
    /// The shared mailbox (fællesmail)
    #[arg(long, value_name = "ADDRESS", value_parser = or_empty::<Email>)]
    shared_email: Option<Emptied<Email>>,
    /// The phone, 8 digits
    #[arg(long, value_parser = or_empty::<DanishPhone>)]
    phone: Option<Emptied<DanishPhone>>,
    /// Remarks, also of several lines
    #[arg(long, value_parser = prose)]
    remarks: Option<String>,
    /// A role it holds (can be repeated); '' for none
    #[arg(long = "role", value_name = "CODE")]
    roles: Option<Vec<String>>,
}

impl DataArgs {
    fn patch(self) -> ContactPatch {
        ContactPatch {
            name: None,
            key: self.key.map(|key| key.to_string()),
            unit: self.unit.map(|given| given.0),
            title: emptied(self.title),
            email: self.email.map(|given| given.0),
            secure_email: self.secure_email,
            shared_email: self.shared_email.map(|given| given.0),
            phone: self.phone.map(|given| given.0),
            remarks: emptied(self.remarks),
            roles: self.roles.map(|roles| roles.into_iter().filter(|role| !role.trim().is_empty()).collect()),
        }
    }
}

/// `contact list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only of this institution
    #[arg(long)]
    tenant: Option<String>,
    /// Only of this unit
    #[arg(long)]
    unit: Option<UnitRef>,
    /// Only holders of this role
    #[arg(long, value_name = "CODE")]
    role: Option<String>,
    /// Only those shown on this tab: general, accounting or payroll
    #[arg(long, value_parser = parse_coded::<Tab>)]
    tab: Option<Tab>,
    #[command(flatten)]
    page: Page,
}

fn list(args: ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let filter = Filter { tenant: args.tenant, unit: args.unit, role: args.role, tab: args.tab };
    let contacts = ctx.read(|conn| service::list(conn, &actor, &filter))?;
    Ok(Answer::list(&CONTACT, contacts))
}

fn show(args: &NumberArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let contact = ctx.read(|conn| service::find(conn, &actor, args.id, Menu::Contacts))?;
    Answer::show(&CONTACT, &contact)
}

/// `contact update`
#[derive(clap::Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    number: NumberArgs,
    /// The name
    #[arg(long, value_parser = line)]
    name: Option<String>,
    #[command(flatten)]
    data: DataArgs,
}

fn update(args: UpdateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let patch = ContactPatch { name: args.name, ..args.data.patch() };
    let (changed, contact) = ctx.write(|tx| service::update(tx, args.number.id, patch))?;
    Answer::change(&CONTACT, if changed { "updated" } else { "unchanged" }, &contact)
}

fn remove(args: &NumberArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let contact = ctx.open()?.read(|conn| service::find(conn, &actor, args.id, Menu::Contacts))?;
    ctx.confirm(&format!("Remove contact {} ({}) of {}?", contact.id, contact.name, contact.tenant))?;
    let contact = ctx.write(|tx| service::remove(tx, args.id))?;
    Answer::change(&CONTACT, "deleted", &contact)
}

/// `contact recipients`
#[derive(clap::Args)]
pub struct RecipientsArgs {
    /// The role
    #[arg(long, value_name = "CODE")]
    role: String,
    /// Only of this institution
    #[arg(long)]
    tenant: Option<String>,
    #[command(flatten)]
    page: Page,
}

fn recipients(args: &RecipientsArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let found = ctx.read(|conn| service::recipients(conn, &actor, &args.role, args.tenant.as_deref()))?;
    Ok(Answer::list(&RECIPIENT, found))
}

fn import_file(args: ImportArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    if !args.is_template() {
        let actor = ctx.actor();
        ctx.open()?.read(|conn| access::places(conn, &actor, Menu::Contacts))?;
    }
    args.run(ctx, &import::SHAPE, ContactImport::new)
}
