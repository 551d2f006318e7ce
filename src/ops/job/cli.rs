//! `portalctl job …`

use serde::Serialize;
use serde_json::Value;

use super::run::{self, Report};
use super::{ALL, Job, Outcome, store};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::exit::Exit;
use crate::platform::ui::render::Format;
use crate::platform::ui::view::{Kind, View, col, plain};
use crate::platform::ui::{Answer, Bulk};
use crate::portal::access;
use crate::portal::cli::Page;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum JobCommand {
    /// List the jobs, their last runs, and how much there is to do
    List(Page),
    /// Run jobs one after the other
    Run(RunArgs),
}

static JOB: View = View {
    noun: "job",
    columns: &[
        col("name", Kind::Text),
        col("last_started_at", Kind::Time),
        col("last_finished_at", Kind::Time),
        col("last_result", Kind::Code("job-result")),
        col("due", Kind::Int),
    ],
    details: &[],
    key: &["name"],
};

#[derive(Serialize)]
struct Row {
    name: &'static str,
    last_started_at: Option<String>,
    last_finished_at: Option<String>,
    /// `None` also while it runs.
    last_result: Option<Outcome>,
    due: i64,
}

impl JobCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        access::provider_only(&ctx.actor())?;
        match self {
            JobCommand::List(_) => list(ctx),
            JobCommand::Run(args) => run(&args, ctx),
        }
    }
}

fn list(ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let db = ctx.open()?;
    let now = db.now();
    let mut rows = Vec::new();
    for job in ALL {
        let (last, due) = db.read(|conn| Ok((store::last(conn, job.name)?, (job.due)(conn, now)?)))?;
        let ended = last.as_ref().is_none_or(|last| last.result.is_some());
        let last_result = match &last {
            Some(last) if ended => last.result,
            Some(_) if !db.job_runs(job.name)? => Some(Outcome::Interrupted),
            _ => None,
        };
        rows.push(Row {
            name: job.name,
            last_started_at: last.as_ref().map(|last| last.started_at.clone()),
            last_finished_at: last.and_then(|last| last.finished_at),
            last_result,
            due,
        });
    }
    Ok(Answer::list(&JOB, rows))
}

/// `job run`
#[derive(clap::Args)]
pub struct RunArgs {
    /// The jobs: see `job list`
    #[arg(value_name = "NAME", required_unless_present = "all")]
    names: Vec<String>,
    /// Every job
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Pass over a job that runs already, instead of failing (75)
    #[arg(long)]
    skip_if_running: bool,
}

fn run(args: &RunArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let mut jobs: Vec<&'static Job> = Vec::new();
    if args.all {
        jobs.extend(ALL);
    }
    for name in &args.names {
        let job = super::find(name)?;
        if !jobs.iter().any(|known| known.name == job.name) {
            jobs.push(job);
        }
    }
    let mut db = ctx.open()?;
    let report = run::run_all(ctx, &mut db, &jobs, args.skip_if_running)?;
    answer(report, ctx.global.manner.format)
}

/// The answer to many (CLI.md §2). People and cron hear only of what is noteworthy.
fn answer(report: Report, format: Format) -> Result<Answer> {
    let Report { mut items, failures, partial, warnings } = report;
    let failed = failures.len();
    let same = failures.windows(2).all(|pair| matches!(pair, [a, b] if a.code() == b.code()));
    if failed == items.len()
        && same
        && let Some(first) = failures.into_iter().next()
    {
        return Err(first);
    }
    let mut bulk = Bulk::default();
    for result in ["done", "nothing", "skipped", "failed"] {
        let n = items.iter().filter(|item| result_of(item) == result).count();
        if n > 0 || result == "failed" {
            bulk = bulk.with(result, n as u64);
        }
    }
    let exit = if failed > 0 || partial { Exit::Partial } else { Exit::Success };
    if format == Format::Table {
        items.retain(|item| !matches!(result_of(item), "nothing" | "skipped"));
        if items.is_empty() {
            return Ok(Answer::nothing().warn(warnings));
        }
        items.iter_mut().for_each(say_counts);
    }
    Ok(Answer::bulk(Bulk { items, ..bulk }).exit(exit).warn(warnings))
}

fn result_of(item: &Value) -> &str {
    item.get("result").and_then(Value::as_str).unwrap_or_default()
}

/// Puts the counts of a job into words, for those who read lines.
fn say_counts(item: &mut Value) {
    let Some(fields) = item.as_object_mut() else { return };
    let counted = fields.iter().filter(|(_, value)| value.is_number());
    let said: Vec<_> = counted.map(|(name, value)| format!("{name}: {}", plain(value))).collect();
    if !said.is_empty() {
        fields.insert("message".to_owned(), said.join(", ").into());
    }
}
