//! `portalctl report late`

use super::{LATE, each, wanted};
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::platform::ui::Answer;
use crate::platform::ui::answer::to_value;
use crate::portal::cli::Page;
use crate::portal::kpi::service::Asked;
use crate::values::{Month, UnitRef};

/// `report late`
#[derive(clap::Args)]
pub struct LateArgs {
    /// Of this measure
    #[arg(long)]
    measure: String,
    /// Of this institution [default: all]
    #[arg(long, conflicts_with = "unit")]
    tenant: Option<String>,
    /// Of this unit
    #[arg(long)]
    unit: Option<UnitRef>,
    /// Handled in this year; what is open counts as of today
    #[arg(long, conflicts_with_all = ["from", "to"], value_parser = clap::value_parser!(i32).range(1990..=2100))]
    year: Option<i32>,
    /// Handled in this month or later
    #[arg(long, value_name = "MONTH")]
    from: Option<Month>,
    /// Handled in this month or earlier
    #[arg(long, value_name = "MONTH")]
    to: Option<Month>,
    #[command(flatten)]
    page: Page,
}

impl LateArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_dry_run()?;
        let period = match self.year {
            Some(year) => (Month::new(year, 1), Month::new(year, 12)),
            None => (self.from, self.to),
        };
        if let (Some(from), Some(to)) = period
            && to < from
        {
            return Err(Error::usage(format!("--to {to} lies before --from {from}")));
        }
        let actor = ctx.actor();
        let asked = Asked { tenant: self.tenant, unit: self.unit, measure: Some(self.measure) };
        let db = ctx.open()?;
        let today = local_date(db.now());
        let wanted = db.read(|conn| wanted(conn, &actor, &asked, period, today))?;
        Ok(Answer::stream(&LATE, move |sink| {
            db.read(|conn| each(conn, &wanted, |case| sink(to_value(&case)?)))
        }))
    }
}
