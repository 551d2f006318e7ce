//! `agreement dispensations` and `agreement addons`.

use chrono::NaiveDate;

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::{Answer, View};
use crate::portal::agreement::Kind;
use crate::portal::agreement::service::overview::{self, Wanted};
use crate::portal::agreement::view::{ADDONS, DISPENSATIONS};
use crate::portal::cli::Page;
use crate::values::parse_date;

/// `agreement dispensations` and `agreement addons`
#[derive(clap::Args)]
pub struct OverviewArgs {
    /// Only of this institution
    #[arg(long)]
    tenant: Option<String>,
    /// Only what still holds, and has its last day before this one
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    expires_before: Option<NaiveDate>,
    #[command(flatten)]
    page: Page,
}

pub(super) fn dispensations(args: OverviewArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    list(args, ctx, &[Kind::Dispensation], &DISPENSATIONS)
}

pub(super) fn addons(args: OverviewArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    list(args, ctx, &[Kind::Addon, Kind::Other], &ADDONS)
}

fn list(args: OverviewArgs, ctx: &mut Ctx<'_>, kinds: &[Kind], view: &'static View) -> Result<Answer> {
    let wanted = Wanted { tenant: args.tenant, expires_before: args.expires_before };
    let (actor, now) = (ctx.actor(), ctx.env.clock.now());
    let lines = ctx.read(|conn| overview::list(conn, &actor, kinds, &wanted, now))?;
    Ok(Answer::list(view, lines))
}
