//! `portalctl user …`

mod create;
mod me;

use chrono::Duration;

use super::import::{self, UserImport};
use super::life;
use super::locks::{self, Locks};
use super::service::{self, Outcome};
use super::store::Filter;
use super::view::{AT_THE_DESK, USER};
use super::{Staff, User, UserKind, UserPatch, UserStatus};
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, parse_coded};
use crate::platform::ui::Answer;
use crate::portal::access::{self, Menu, Right};
use crate::portal::cli::import::ImportArgs;
use crate::portal::cli::{Emptied, Page, emptied, line, line_or_empty, or_empty};
use crate::values::{BNumber, DanishPhone, Email, Invalid, utc_text};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum UserCommand {
    /// Create a user and queue the mail with the activation link
    Create(create::CreateArgs),
    /// List users
    List(ListArgs),
    /// Show a user
    Show(NameArgs),
    /// Change a user's data; the address never changes
    Update(UpdateArgs),
    /// Send a new activation link; the old one ends
    Invite(NameArgs),
    /// Shut an account (needs --reason)
    Disable(NameArgs),
    /// Open an account again
    Enable(NameArgs),
    /// Take a user out of one institution, at once and for good
    Remove(RemoveArgs),
    /// Show or change one's own account, when logged in; never the address
    Me(me::MeArgs),
    /// Create or change users, and set their rights, from a CSV file
    Import(ImportUsersArgs),
}

impl UserCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            UserCommand::Create(args) => create::run(args, ctx),
            UserCommand::List(args) => list(&args, ctx),
            UserCommand::Show(args) => show(&args, ctx),
            UserCommand::Update(args) => update(args, ctx),
            UserCommand::Invite(args) => {
                let lang = ctx.lang();
                changed(ctx.write(|tx| service::invite(tx, &args.email, lang))?)
            }
            UserCommand::Disable(args) => disable(&args, ctx),
            UserCommand::Enable(args) => changed(ctx.write(|tx| service::enable(tx, &args.email))?),
            UserCommand::Remove(args) => remove(&args, ctx),
            UserCommand::Me(args) => args.run(ctx),
            UserCommand::Import(args) => import_users(args, ctx),
        }
    }
}

fn changed(outcome: Outcome) -> Result<Answer> {
    Ok(Answer::change(&USER, outcome.result, &outcome.user)?.warn(outcome.warnings))
}

/// What names a user.
#[derive(clap::Args)]
pub struct NameArgs {
    /// The user's e-mail address
    #[arg(value_name = "EMAIL")]
    email: Email,
}

/// `user list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only users with a right at this institution
    #[arg(long)]
    tenant: Option<String>,
    /// Only users with this right
    #[arg(long, value_parser = parse_coded::<Right>)]
    right: Option<Right>,
    /// Only users in this state: invited, active or disabled
    #[arg(long, value_parser = parse_coded::<UserStatus>)]
    status: Option<UserStatus>,
    /// Only users without a second step
    #[arg(long)]
    missing_mfa: bool,
    /// Only users who have not logged in for so many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    inactive_days: Option<u32>,
    #[command(flatten)]
    page: Page,
}

fn list(args: &ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let now = ctx.env.clock.now();
    let filter = Filter {
        tenants: None,
        right: args.right,
        status: args.status,
        staff: false,
        missing_mfa: args.missing_mfa,
        inactive_since: args.inactive_days.map(|days| utc_text(now - Duration::days(i64::from(days)))),
    };
    let tenant = args.tenant.as_deref();
    let (users, warning) = ctx.read(|conn| {
        Ok((service::list(conn, &actor, tenant, filter)?, service::lacking(conn, &actor, tenant)?))
    })?;
    Ok(Answer::list(&USER, users).warn(warning))
}

fn show(args: &NameArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let now = ctx.env.clock.now();
    let (user, locks) = ctx.read(|conn| {
        let user = service::show(conn, &actor, &args.email)?;
        let locks = actor.is_provider().then(|| locks::locks(conn, user.id, now)).transpose()?;
        Ok((user, locks))
    })?;
    match locks {
        Some(locks) => Answer::show(&AT_THE_DESK, &Desk { user, locks }),
        None => Answer::show(&USER, &user),
    }
}

/// A user as the help desk sees them.
#[derive(serde::Serialize)]
struct Desk {
    #[serde(flatten)]
    user: User,
    #[serde(flatten)]
    locks: Locks,
}

/// `user update`
#[derive(clap::Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    name_args: NameArgs,
    /// The name
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// The B-number; '' empties it
    #[arg(long, value_parser = or_empty::<BNumber>)]
    b_number: Option<Emptied<BNumber>>,
    /// The phone, 8 digits; '' empties it
    #[arg(long, value_parser = or_empty::<DanishPhone>)]
    phone: Option<Emptied<DanishPhone>>,
    /// The title; '' empties it
    #[arg(long, value_parser = line_or_empty)]
    title: Option<String>,
    /// The language of mails; '' follows the installation
    #[arg(long, value_parser = code_or_empty::<Lang>)]
    language: Option<Emptied<Lang>>,
    /// person or shared-mailbox
    #[arg(long, value_parser = parse_coded::<UserKind>)]
    kind: Option<UserKind>,
    /// Told why it is refused, where otherwise the likest flag would be named.
    #[arg(id = "new_email", long = "email", hide = true, value_name = "EMAIL")]
    new_email: Option<String>,
    /// The staff role; '' takes it away
    #[arg(long, value_parser = code_or_empty::<Staff>)]
    staff: Option<Emptied<Staff>>,
}

fn code_or_empty<T: crate::values::Coded>(text: &str) -> Result<Emptied<T>, Invalid> {
    if text.trim().is_empty() {
        Ok(Emptied(None))
    } else {
        parse_coded(text).map(|value| Emptied(Some(value)))
    }
}

fn update(args: UpdateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    if args.new_email.is_some() {
        return Err(Error::usage("--email: the address is the user name and never changes")
            .hint("create a user with the new address, then take the rights of the old one with `portalctl user remove`"));
    }
    let patch = UserPatch {
        name: args.name,
        b_number: args.b_number.map(|given| given.0),
        phone: args.phone.map(|given| given.0),
        title: emptied(args.title),
        language: args.language.map(|given| given.0),
        kind: args.kind,
        staff: args.staff.map(|given| given.0),
    };
    changed(ctx.write(|tx| service::update(tx, &args.name_args.email, patch))?)
}

fn disable(args: &NameArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    life::reason(&ctx.actor())?;
    let (user, places) = ctx.open()?.read(|conn| {
        let user = service::resolve(conn, &args.email)?;
        let places = life::only_administrator_of(conn, &user)?;
        Ok((user, places))
    })?;
    let only = match places.as_slice() {
        [] => String::new(),
        places => format!(", the only administrator of {}", places.join(", ")),
    };
    ctx.confirm(&format!("Disable {} ({}){only}?", user.name, user.email))?;
    changed(ctx.write(|tx| service::disable(tx, &args.email))?)
}

/// `user remove`
#[derive(clap::Args)]
pub struct RemoveArgs {
    #[command(flatten)]
    name: NameArgs,
    /// The institution
    #[arg(long)]
    tenant: String,
}

fn remove(args: &RemoveArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let leaving = ctx.open()?.read(|conn| service::leaving(conn, &actor, &args.name.email, &args.tenant))?;
    let (user, tenant) = (&leaving.user, &leaving.tenant.code);
    let last = if leaving.last_administrator { ", its only administrator," } else { "" };
    ctx.confirm(&format!("Take {} ({}){last} out of {tenant}, for good?", user.name, user.email))?;
    changed(ctx.write(|tx| service::remove(tx, &args.name.email, &args.tenant))?)
}

/// `user import`
#[derive(clap::Args)]
pub struct ImportUsersArgs {
    #[command(flatten)]
    import: ImportArgs,
    /// Queue the mail with the activation link for every user that is created; without it nobody is written to
    #[arg(long)]
    invite: bool,
}

fn import_users(args: ImportUsersArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    if !args.import.is_template() {
        let actor = ctx.actor();
        ctx.open()?.read(|conn| access::places(conn, &actor, Menu::Users))?;
    }
    let lang = ctx.lang();
    args.import.run(ctx, &import::SHAPE, |mode| UserImport { mode, invite: args.invite.then_some(lang) })
}
