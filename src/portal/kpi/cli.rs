//! `portalctl kpi …`

use std::str::FromStr;

use super::import::cli::ImportArgs;
use super::service::{self, Asked};
use super::view::{FACT, MEASURE, MONTH, TARGET};
use super::{
    Basis, Direction, MeasurePatch, MeasureStatus, MonthLine, MonthState, NewMeasure, TargetPatch, complete,
    store,
};
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::cli::{Emptied, Page, line, or_empty};
use crate::values::{BasisPoints, Invalid, Month, UnitKind, UnitRef, parse_date};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum KpiCommand {
    /// Import a month's figures from a CSV file
    Import(ImportArgs),
    /// Make a month's figures final
    Close(MonthArgs),
    /// Open a closed month again; needs --reason
    Reopen(MonthArgs),
    /// List the months with their states
    Months(Page),
    /// List figures
    List(ListArgs),
    /// What is measured
    #[command(subcommand)]
    Measure(MeasureCommand),
    /// What is to be reached
    #[command(subcommand)]
    Target(TargetCommand),
}

impl KpiCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            KpiCommand::Import(args) => args.run(ctx),
            KpiCommand::Close(args) => close(&args, ctx),
            KpiCommand::Reopen(args) => reopen(&args, ctx),
            KpiCommand::Months(_) => months(ctx),
            KpiCommand::List(args) => list(args, ctx),
            KpiCommand::Measure(command) => command.run(ctx),
            KpiCommand::Target(command) => command.run(ctx),
        }
    }
}

/// What names a month.
#[derive(clap::Args)]
pub struct MonthArgs {
    /// The month, as in 2026-05
    #[arg(value_name = "MONTH")]
    month: Month,
}

fn close(args: &MonthArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let changed = ctx.write(|tx| service::close(tx, args.month))?;
    let line = turned(ctx, args.month, MonthState::Closed)?;
    let result = if changed { "closed" } else { "unchanged" };
    Ok(Answer::change(&MONTH, result, &line)?.warn(complete::warning(&line)))
}

fn reopen(args: &MonthArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    ctx.require_reason()?;
    ctx.confirm(&format!("Open {} again? Its figures leave the reports until it is closed.", args.month))?;
    let changed = ctx.write(|tx| service::reopen(tx, args.month))?;
    let line = turned(ctx, args.month, MonthState::Open)?;
    Answer::change(&MONTH, if changed { "reopened" } else { "unchanged" }, &line)
}

/// A month behind its change, which a dry run takes back.
fn turned(ctx: &mut Ctx<'_>, month: Month, state: MonthState) -> Result<MonthLine> {
    let actor = ctx.actor();
    let line = ctx.open()?.read(|conn| service::month(conn, &actor, month))?;
    Ok(MonthLine { state, ..line })
}

fn months(ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    Ok(Answer::list(&MONTH, ctx.read(|conn| service::months(conn, &actor))?))
}

/// `kpi list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only of this measure
    #[arg(long)]
    measure: Option<String>,
    /// Only of this institution
    #[arg(long)]
    tenant: Option<String>,
    /// Only of this unit
    #[arg(long)]
    unit: Option<UnitRef>,
    /// From this month on
    #[arg(long, value_name = "MONTH")]
    from: Option<Month>,
    /// Up to this month
    #[arg(long, value_name = "MONTH")]
    to: Option<Month>,
    #[command(flatten)]
    page: Page,
}

fn list(args: ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let actor = ctx.actor();
    let asked = Asked { tenant: args.tenant, unit: args.unit, measure: args.measure };
    let db = ctx.open()?;
    let mut filter = db.read(|conn| service::authorised(conn, &actor, &asked))?;
    (filter.from, filter.to) = (args.from, args.to);
    Ok(Answer::stream(&FACT, move |sink| db.read(|conn| store::facts(conn, &filter, sink))))
}

/// The verbs of `kpi measure`.
#[derive(clap::Subcommand)]
pub enum MeasureCommand {
    /// List what is measured
    List(Page),
    /// Add a measure
    Create(MeasureCreateArgs),
    /// Change a measure
    Update(MeasureUpdateArgs),
}

/// `kpi measure create`
#[derive(clap::Args)]
pub struct MeasureCreateArgs {
    /// Its code, as in A4
    #[arg(value_name = "CODE", value_parser = parse_code)]
    code: String,
    /// What it is called
    #[arg(long, value_parser = line)]
    name: String,
    /// Its formula: within-limit, without-error or not-lost
    #[arg(long, value_parser = parse_coded::<Basis>)]
    basis: Basis,
    /// The kind of unit that has figures: accounting or payroll [default: either]
    #[arg(long, value_parser = parse_coded::<UnitKind>)]
    unit_kind: Option<UnitKind>,
    /// lower-is-better where what counts is the share that was missed, and a target is the most that it may be
    #[arg(long, value_parser = parse_coded::<Direction>, default_value = "higher-is-better", hide_default_value = true)]
    direction: Direction,
    /// Take a measure that is there and the same as it is
    #[arg(long)]
    if_not_exists: bool,
}

/// `kpi measure update`
#[derive(clap::Args)]
pub struct MeasureUpdateArgs {
    /// Its code
    #[arg(value_name = "CODE")]
    code: String,
    /// What it is called
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// active or retired
    #[arg(long, value_parser = parse_coded::<MeasureStatus>)]
    status: Option<MeasureStatus>,
}

impl MeasureCommand {
    fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            MeasureCommand::List(_) => {
                let actor = ctx.actor();
                Ok(Answer::list(&MEASURE, ctx.read(|conn| service::measures(conn, &actor))?))
            }
            MeasureCommand::Create(args) => {
                let MeasureCreateArgs { code, name, basis, unit_kind, direction, if_not_exists } = args;
                let new = NewMeasure { name, basis, unit_kind, direction };
                let (new, measure) =
                    ctx.write(|tx| service::create_measure(tx, &code, new, if_not_exists))?;
                Answer::change(&MEASURE, if new { "created" } else { "unchanged" }, &measure)
            }
            MeasureCommand::Update(args) => {
                let patch = MeasurePatch { name: args.name, status: args.status };
                let (changed, measure) = ctx.write(|tx| service::update_measure(tx, &args.code, patch))?;
                Answer::change(&MEASURE, if changed { "updated" } else { "unchanged" }, &measure)
            }
        }
    }
}

/// The verbs of `kpi target`.
#[derive(clap::Subcommand)]
pub enum TargetCommand {
    /// Set what is to be reached from a day on
    Set(TargetSetArgs),
    /// Remove the target that begins on a day; the one before it holds on
    Remove(TargetRemoveArgs),
    /// List the targets
    List(Page),
}

/// `kpi target set`
#[derive(clap::Args)]
pub struct TargetSetArgs {
    /// The measure
    #[arg(long)]
    measure: String,
    /// The first day
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: chrono::NaiveDate,
    /// The percentage, as in 99.9; '' for none
    #[arg(long, value_parser = or_empty::<BasisPoints>)]
    percent: Option<Emptied<BasisPoints>>,
    /// Working days within which a case is in time; '' for none
    #[arg(long, value_name = "N", value_parser = or_empty::<WorkingDays>)]
    max_days: Option<Emptied<WorkingDays>>,
}

/// A number of working days that a case may take, at most a year's.
#[derive(Debug, Clone)]
struct WorkingDays(i64);

impl FromStr for WorkingDays {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<WorkingDays, Invalid> {
        let days = text.trim().parse().ok().filter(|days| (0..=366).contains(days));
        let rule = "it must lie between 0 and 366";
        days.map(WorkingDays).ok_or_else(|| Invalid::new("days.invalid", "a number of days", text, rule, "1"))
    }
}

/// `kpi target remove`
#[derive(clap::Args)]
pub struct TargetRemoveArgs {
    /// The measure
    #[arg(long)]
    measure: String,
    /// The first day
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    from: chrono::NaiveDate,
}

impl TargetCommand {
    fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            TargetCommand::List(_) => {
                let actor = ctx.actor();
                Ok(Answer::list(&TARGET, ctx.read(|conn| service::targets(conn, &actor))?))
            }
            TargetCommand::Set(args) => {
                if args.percent.is_none() && args.max_days.is_none() {
                    return Err(Error::usage("a target needs --percent, --max-days or both"));
                }
                let patch = TargetPatch {
                    target_bp: args.percent.map(|percent| percent.0.map(BasisPoints::get)),
                    max_days: args.max_days.map(|days| days.0.map(|days| days.0)),
                };
                let (result, target) =
                    ctx.write(|tx| service::set_target(tx, &args.measure, args.from, &patch))?;
                Answer::change(&TARGET, result, &target)
            }
            TargetCommand::Remove(args) => {
                let target = ctx.write(|tx| service::remove_target(tx, &args.measure, args.from))?;
                Answer::change(&TARGET, "deleted", &target)
            }
        }
    }
}

/// The code of a measure: a letter and up to nine letters or digits.
pub fn parse_code(text: &str) -> Result<String, Invalid> {
    let code = text.trim().to_uppercase();
    let fits = (1..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits && code.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Ok(code);
    }
    let rule = "it must be a letter and up to nine letters or digits";
    Err(Invalid::new("measure.invalid", "a measure's code", text, rule, "A4"))
}
