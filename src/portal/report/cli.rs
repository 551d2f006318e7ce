//! `portalctl report …`

use super::late::cli::LateArgs;
use super::{Split, service, view};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::Answer;
use crate::portal::cli::Page;
use crate::portal::kpi::service::Asked;
use crate::values::UnitRef;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum ReportCommand {
    /// How the targets were reached, year to the latest closed month
    Kpi(KpiArgs),
    /// The cases that were not handled within the limit, and the open ones that are older
    Late(LateArgs),
}

impl ReportCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            ReportCommand::Kpi(args) => kpi(args, ctx),
            ReportCommand::Late(args) => args.run(ctx),
        }
    }
}

/// `report kpi`
#[derive(clap::Args)]
pub struct KpiArgs {
    /// Of this institution [default: all]
    #[arg(long, conflicts_with = "unit")]
    tenant: Option<String>,
    /// Of this unit
    #[arg(long)]
    unit: Option<UnitRef>,
    /// The year [default: that of the latest closed month]
    #[arg(long, value_parser = clap::value_parser!(i32).range(1990..=2100))]
    year: Option<i32>,
    /// Only this measure
    #[arg(long)]
    measure: Option<String>,
    /// A row for each service-area, unit or month
    #[arg(long, value_name = "WHAT", value_parser = parse_coded::<Split>)]
    by: Option<Split>,
    #[command(flatten)]
    page: Page,
}

fn kpi(args: KpiArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let asked = Asked { tenant: args.tenant, unit: args.unit, measure: args.measure };
    let (lines, warnings) = ctx.read(|conn| service::kpi(conn, &actor, &asked, args.year, args.by))?;
    Ok(Answer::list(view::kpi(args.by), lines).warn(warnings))
}
