//! `portalctl rights …`

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::view::{CHECK, GRANT, MATRIX, REACH, SHEET};
use super::{review, service, who as access_list};
use crate::platform::blob::hex_sha256;
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::files::{OutputFile, cannot_write};
use crate::platform::i18n::parse_coded;
use crate::platform::sheet::{Sheet, SheetOptions};
use crate::platform::ui::Answer;
use crate::platform::ui::render::cannot_print;
use crate::portal::access::{self, Access, Menu, Right, allows};
use crate::portal::cli::Page;
use crate::values::{Coded, Email};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum RightsCommand {
    /// Grant a right at an institution
    Grant(GrantArgs),
    /// Take a right at an institution
    Revoke(RightArgs),
    /// List who has which rights
    List(ListArgs),
    /// Show which right opens which menu
    Matrix(Page),
    /// May this user open this menu? 0 yes, 6 no
    Check(CheckArgs),
    /// List who has access to an institution, through what, since when and by whom
    Who(WhoArgs),
    /// The periodic review: is everyone's access still needed?
    #[command(subcommand)]
    Review(ReviewCommand),
}

impl RightsCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            RightsCommand::Grant(args) => grant(&args, ctx),
            RightsCommand::Revoke(args) => revoke(&args, ctx),
            RightsCommand::List(args) => list(&args, ctx),
            RightsCommand::Matrix(_) => matrix(ctx),
            RightsCommand::Check(args) => check(&args, ctx),
            RightsCommand::Who(args) => who(&args, ctx),
            RightsCommand::Review(ReviewCommand::Export(args)) => export(&args, ctx),
            RightsCommand::Review(ReviewCommand::Import(args)) => import(&args, ctx),
        }
    }
}

/// A right of a user at an institution.
#[derive(clap::Args)]
pub struct RightArgs {
    /// The user's e-mail address
    #[arg(value_name = "EMAIL")]
    email: Email,
    /// The institution
    #[arg(long)]
    tenant: String,
    /// administrator, editor, reader or reports
    #[arg(long, value_parser = parse_coded::<Right>)]
    right: Right,
}

/// `rights grant`
#[derive(clap::Args)]
pub struct GrantArgs {
    #[command(flatten)]
    right: RightArgs,
    /// Hand over the administrator's place from whoever holds it
    #[arg(long)]
    replace: bool,
}

fn grant(args: &GrantArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let RightArgs { email, tenant, right } = &args.right;
    let (new, grant) = ctx.write(|tx| service::grant(tx, email, tenant, *right, args.replace))?;
    Answer::change(&GRANT, if new { "created" } else { "unchanged" }, &grant)
}

fn revoke(args: &RightArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    if args.right == Right::Administrator {
        let actor = ctx.actor();
        let headless = ctx.open()?.read(|conn| service::headless(conn, &actor, &args.email, &args.tenant))?;
        if let Some(tenant) = headless {
            ctx.confirm(&format!("Take the right of {}, the only administrator of {tenant}?", args.email))?;
        }
    }
    let (taken, warnings) = ctx.write(|tx| service::revoke(tx, &args.email, &args.tenant, args.right))?;
    let answer = match taken {
        Some(grant) => Answer::change(&GRANT, "deleted", &grant)?,
        None => {
            let item = json!({
                "user": args.email.as_str(), "tenant": args.tenant, "right": args.right,
                "granted_at": null, "granted_by": null,
            });
            Answer::change(&GRANT, "unchanged", &item)?
        }
    };
    Ok(answer.warn(warnings))
}

/// `rights list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only at this institution
    #[arg(long)]
    tenant: Option<String>,
    /// Only of this user
    #[arg(long, value_name = "EMAIL")]
    user: Option<Email>,
    #[command(flatten)]
    page: Page,
}

fn list(args: &ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let grants = ctx.read(|conn| service::list(conn, &actor, args.tenant.as_deref(), args.user.as_ref()))?;
    Ok(Answer::list(&GRANT, grants))
}

fn matrix(ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let row = |menu: &Menu| {
        let mut row = json!({"menu": menu});
        for right in Right::all() {
            row[right.code()] = Value::Bool(allows(*right, *menu));
        }
        row
    };
    Ok(Answer::list(&MATRIX, Menu::all().iter().map(row).collect()))
}

/// `rights check`
#[derive(clap::Args)]
pub struct CheckArgs {
    /// The user's e-mail address
    #[arg(value_name = "EMAIL")]
    email: Email,
    /// The institution
    #[arg(long)]
    tenant: String,
    /// The menu, such as reports or contacts
    #[arg(long, value_parser = parse_coded::<Menu>)]
    menu: Menu,
}

fn check(args: &CheckArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let (tenant, access) =
        ctx.read(|conn| service::check(conn, &actor, &args.email, &args.tenant, args.menu))?;
    let (allowed, because, via) = match access {
        Access::Allowed { via } => {
            let names: Vec<_> = via.iter().map(|right| right.code()).collect();
            let through = if names.is_empty() { "the staff role".to_owned() } else { names.join(", ") };
            (true, format!("{} is open to {} at {tenant} through {through}", args.menu, args.email), via)
        }
        Access::Denied(denial) => {
            (false, denial.sentence(args.email.as_str(), &tenant, args.menu), Vec::new())
        }
    };
    let answer = Answer::show(&CHECK, &json!({"allowed": allowed, "because": because, "via": via}))?;
    Ok(answer.exit(if allowed { Exit::Success } else { Exit::Refused }))
}

/// `rights who`
#[derive(clap::Args)]
pub struct WhoArgs {
    /// The institution
    #[arg(long)]
    tenant: String,
    /// Only those to whom this menu is open
    #[arg(long, value_parser = parse_coded::<Menu>)]
    menu: Option<Menu>,
    #[command(flatten)]
    page: Page,
}

fn who(args: &WhoArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let (rows, warning) = ctx.read(|conn| access_list::who(conn, &actor, &args.tenant, args.menu))?;
    ctx.note(access_list::note(&actor));
    Ok(Answer::list(&REACH, rows).warn(warning))
}

/// The verbs of `rights review`.
#[derive(clap::Subcommand)]
pub enum ReviewCommand {
    /// Write everyone's rights to a sheet, to be decided upon
    Export(ExportArgs),
    /// Read the sheet back: take what is to go, record who certified what
    Import(ImportArgs),
}

/// `rights review export`
#[derive(clap::Args)]
pub struct ExportArgs {
    /// Only of this institution [default: all]
    #[arg(long)]
    tenant: Option<String>,
    /// The CSV file to write; - is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

fn export(args: &ExportArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let (actor, lang) = (ctx.actor(), ctx.lang());
    let sheet = ctx.read(|conn| review::export::export(conn, &actor, args.tenant.as_deref(), lang))?;
    if args.out == Path::new("-") {
        let out = &mut ctx.env.stdout.writer;
        out.write_all(&sheet.bytes).and_then(|()| out.flush()).map_err(|e| cannot_print(&e))?;
        return Ok(Answer::nothing());
    }
    let path = ctx.path(&args.out);
    let mut out = OutputFile::create(&path, args.force)?;
    std::io::Write::write_all(&mut out, &sheet.bytes).map_err(|e| cannot_write(&path, &e))?;
    out.finish()?;
    let written = json!({
        "path": args.out.display().to_string(),
        "rows": sheet.rows,
        "sha256": hex_sha256(&sheet.bytes),
    });
    Answer::change(&SHEET, "written", &written)
}

/// `rights review import`
#[derive(clap::Args)]
pub struct ImportArgs {
    /// The CSV file, with `behold` or `fjern` in the column Beslutning; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

fn import(args: &ImportArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    ctx.open()?.read(|conn| access::places(conn, &actor, Menu::Users))?;
    let name = args.file.display().to_string();
    let sheet = Sheet::open(ctx.input(&args.file)?, &name, SheetOptions::default())?;
    ctx.refuse_fields()?;
    let mut db = ctx.open()?;
    let ask = !ctx.global.yes && !ctx.global.dry_run;
    let mut headless = Vec::new();
    let done = ctx.write_to(&mut db, |tx| {
        let done = review::import::import(tx, &sheet, &name)?;
        if ask && !done.headless.is_empty() {
            // Known only now; the error undoes it until somebody said yes.
            headless = done.headless;
            return Err(Error::internal("an unconfirmed review was kept"));
        }
        Ok(done)
    });
    let done = if headless.is_empty() {
        done?
    } else {
        ctx.confirm(&format!("Leave without an administrator: {}?", headless.join(", ")))?;
        ctx.write_to(&mut db, |tx| {
            let done = review::import::import(tx, &sheet, &name)?;
            if done.headless == headless {
                return Ok(done);
            }
            Err(Error::conflict("review.changed", "the data changed while the question stood")
                .hint("run it again"))
        })?
    };
    Ok(Answer::bulk(done.bulk).warn(done.warnings))
}
