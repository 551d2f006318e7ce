//! `portalctl service …`, `portalctl report service` and `portalctl information …`

use super::import::{SHAPE, ServiceImport};
use super::view::{INFORMATION, LINE, SERVICE};
use super::{Report, document, service, store};
use crate::platform::bulk::Mode;
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::platform::ui::Answer;
use crate::platform::ui::answer::Warning;
use crate::portal::access;
use crate::portal::cli::Page;
use crate::portal::cli::import::FileArgs;
use crate::portal::cli::output::{self, OutArgs};
use crate::values::{Month, UnitRef};

/// The verbs of `service`.
#[derive(clap::Subcommand)]
pub enum ServiceCommand {
    /// Import a month's figures of the services from a CSV file
    Import(ImportArgs),
    /// List the services of the report
    List(Page),
    /// Say up to how many days a service is in time
    Update(UpdateArgs),
}

impl ServiceCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            ServiceCommand::Import(args) => import(args, ctx),
            ServiceCommand::List(_) => {
                let actor = ctx.actor();
                Ok(Answer::list(&SERVICE, ctx.read(|conn| service::services(conn, &actor))?))
            }
            ServiceCommand::Update(args) => {
                let (changed, service) =
                    ctx.write(|tx| service::set_within_days(tx, &args.service, args.within_days))?;
                Answer::change(&SERVICE, if changed { "updated" } else { "unchanged" }, &service)
            }
        }
    }
}

/// `service import`
#[derive(clap::Args)]
pub struct ImportArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Take figures that differ from those known; the old ones are kept in the history
    #[arg(long)]
    correct: bool,
}

fn import(args: ImportArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    if args.file.is_template() {
        return args.file.template(ctx, &SHAPE);
    }
    let db = ctx.open()?;
    let (services, now) = (db.read(store::services)?, Month::of(local_date(db.now())));
    let importer = ServiceImport { services, correct: args.correct, now };
    args.file.run(ctx, Mode::Upsert, &importer)
}

/// `service update`
#[derive(clap::Args)]
pub struct UpdateArgs {
    /// Its code or name
    #[arg(value_name = "SERVICE")]
    service: String,
    /// Up to so many days is in time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=3))]
    within_days: i64,
}

/// `report service`
#[derive(clap::Args)]
pub struct ReportArgs {
    /// The institution
    #[arg(long)]
    tenant: String,
    /// Only of this unit
    #[arg(long)]
    unit: Option<UnitRef>,
    /// The month [default: the latest with figures]
    #[arg(long)]
    month: Option<Month>,
    #[command(flatten)]
    output: OutArgs,
    #[command(flatten)]
    page: Page,
}

impl ReportArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let actor = ctx.actor();
        let file = self.output.file()?;
        if file.is_none() {
            ctx.refuse_dry_run()?;
        }
        let report = ctx
            .open()?
            .read(|conn| service::report(conn, &actor, &self.tenant, self.unit.as_ref(), self.month))?;
        let Some(report) = report else {
            let missing = nothing(self.month);
            return match file {
                None => Ok(Answer::list(&LINE, Vec::<super::ServiceLine>::new()).warn([missing])),
                Some(_) => Err(without_figures(&missing)),
            };
        };
        if file.is_none() {
            return Ok(Answer::list(&LINE, report.lines));
        }
        write(ctx, &self.output, report)
    }
}

fn nothing(month: Option<Month>) -> Warning {
    let when = month.map(|month| format!(" of {month}")).unwrap_or_default();
    Warning::new("service.no-figures", format!("there are no figures{when}; there is nothing to report"))
}

fn without_figures(warning: &Warning) -> Error {
    Error::conflict(warning.code.as_str(), warning.message.as_str())
        .hint("`portalctl service import FILE` brings a month's figures")
}

fn write(ctx: &mut Ctx<'_>, output: &OutArgs, report: Report) -> Result<Answer> {
    let Some((path, form)) = output.file()? else { return Ok(Answer::nothing()) };
    let bytes = if form.is_document() {
        output::made(&document::document(&report, ctx.lang()), form)?
    } else {
        output::rows(&LINE, report.lines, form, &ctx.global.manner)?
    };
    output::write(ctx, &path, form, &bytes, output.force())
}

/// The verbs of `information`.
#[derive(clap::Subcommand)]
pub enum InformationCommand {
    /// What there is for an institution to know: the latest service-target report
    Show(ShowArgs),
}

/// `information show`
#[derive(clap::Args)]
pub struct ShowArgs {
    /// The institution
    #[arg(long)]
    tenant: String,
    #[command(flatten)]
    output: OutArgs,
}

impl InformationCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let InformationCommand::Show(args) = self;
        let actor = ctx.actor();
        let file = args.output.file()?;
        if file.is_none() {
            ctx.refuse_dry_run()?;
        }
        let (information, report) =
            ctx.open()?.read(|conn| service::information(conn, &actor, &args.tenant))?;
        match (file, report) {
            (None, report) => {
                let missing = report.is_none().then(|| nothing(None));
                Ok(Answer::show(&INFORMATION, &information)?.warn(missing))
            }
            (Some(_), Some(report)) => write(ctx, &args.output, report),
            (Some(_), None) => Err(without_figures(&nothing(None))),
        }
    }
}
