//! `portalctl calendar …`

use chrono::{Datelike, NaiveDate};

use super::view::DAY;
use super::{YEARS, parse_day, service};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::i18n::format::local_date;
use crate::platform::ui::Answer;
use crate::portal::cli::{Page, line};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum CalendarCommand {
    /// List the holidays and closed days of a year
    List(ListArgs),
    /// Add a day on which the provider is closed
    Add(AddArgs),
    /// Remove a closed day
    Remove(DayArgs),
}

impl CalendarCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            CalendarCommand::List(args) => list(&args, ctx),
            CalendarCommand::Add(args) => add(&args, ctx),
            CalendarCommand::Remove(args) => remove(&args, ctx),
        }
    }
}

/// `calendar list`
#[derive(clap::Args)]
pub struct ListArgs {
    /// The year [default: the present one]
    #[arg(long, value_parser = clap::value_parser!(i32).range(i64::from(*YEARS.start())..=i64::from(*YEARS.end())))]
    year: Option<i32>,
    #[command(flatten)]
    page: Page,
}

fn list(args: &ListArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let actor = ctx.actor();
    let year = args.year.unwrap_or_else(|| local_date(ctx.env.clock.now()).year());
    Ok(Answer::list(&DAY, ctx.read(|conn| service::list(conn, &actor, year))?))
}

/// What names a day.
#[derive(clap::Args)]
pub struct DayArgs {
    /// The day, as in 2026-12-24 or 24-12-2026
    #[arg(value_name = "DATE", value_parser = parse_day)]
    date: NaiveDate,
}

/// `calendar add`
#[derive(clap::Args)]
pub struct AddArgs {
    #[command(flatten)]
    day: DayArgs,
    /// What people call it
    #[arg(long, value_parser = line)]
    name: String,
    /// Take a day that is there already under this name as it is
    #[arg(long)]
    if_not_exists: bool,
}

fn add(args: &AddArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let date = args.day.date;
    let (new, day) = ctx.write(|tx| service::add(tx, date, &args.name, args.if_not_exists))?;
    Ok(Answer::change(&DAY, if new { "created" } else { "unchanged" }, &day)?.warn(service::needless(date)))
}

fn remove(args: &DayArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    let day = ctx.write(|tx| service::remove(tx, args.date))?;
    Answer::change(&DAY, "deleted", &day)
}
