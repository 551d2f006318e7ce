//! `agreement terminate` and `agreement replace`.

use chrono::NaiveDate;

use super::NumberArgs;
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::portal::access;
use crate::portal::agreement::service;
use crate::portal::agreement::view::AGREEMENT;
use crate::values::parse_date;

/// `agreement terminate`
#[derive(clap::Args)]
pub struct TerminateArgs {
    #[command(flatten)]
    name: NumberArgs,
    /// The last day that it holds
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    on: NaiveDate,
}

pub(super) fn terminate(args: &TerminateArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    ctx.require_reason()?;
    let agreement = ctx.open()?.read(|conn| service::find(conn, args.name.number))?;
    ctx.confirm(&format!(
        "Terminate agreement {} of {} ({}) on {}?",
        agreement.id, agreement.tenant, agreement.title, args.on
    ))?;
    let item = ctx.write(|tx| service::ending::terminate(tx, agreement.id, args.on))?;
    Answer::change(&AGREEMENT, "terminated", &item)
}

/// `agreement replace`
#[derive(clap::Args)]
pub struct ReplaceArgs {
    #[command(flatten)]
    name: NumberArgs,
    /// The agreement in force that takes its place
    #[arg(long, value_name = "M")]
    with: i64,
}

pub(super) fn replace(args: &ReplaceArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    access::provider_only(&ctx.actor())?;
    let (old, new) = ctx
        .open()?
        .read(|conn| Ok((service::find(conn, args.name.number)?, service::find(conn, args.with)?)))?;
    ctx.confirm(&format!(
        "Replace agreement {} of {} ({}) with {} ({})?",
        old.id, old.tenant, old.title, new.id, new.title
    ))?;
    let item = ctx.write(|tx| service::ending::replace(tx, old.id, new.id))?;
    Answer::change(&AGREEMENT, "replaced", &item)
}
