//! Running jobs one after the other, each the only run of its kind, each run noted.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Done, Job, Outcome, store};
use crate::platform::actor::Actor;
use crate::platform::ctx::Ctx;
use crate::platform::db::{Db, Turn};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::ui::answer::Warning;

/// How often, and after what pause, a lock is asked for: `job list` holds it for a moment to see whether it is free.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(10);

/// What became of the jobs that were to run.
#[derive(Debug, Default)]
pub struct Report {
    /// One object each: `key`, `result`, counts or `errors`.
    pub items: Vec<Value>,
    /// Why jobs failed.
    pub failures: Vec<Error>,
    /// Whether something of a job that ran could not be done.
    pub partial: bool,
    /// What should be known besides.
    pub warnings: Vec<Warning>,
}

/// Runs these jobs. One that fails does not stop the next. With `skip` one that runs already is passed over.
pub fn run_all(ctx: &mut Ctx<'_>, db: &mut Db, jobs: &[&'static Job], skip: bool) -> Result<Report> {
    let mut report = Report::default();
    for job in jobs {
        match run_one(ctx, db, job) {
            Ok(done) => {
                let result = if done.nothing { Outcome::Nothing } else { Outcome::Done };
                report.items.push(item(job, &result.to_string(), done.counts));
                report.partial |= done.partial;
                report.warnings.extend(done.warnings);
            }
            // A signal, or a reader who went away, is about the whole program.
            Err(error) if matches!(error.exit(), Exit::Interrupted | Exit::Terminated | Exit::Success) => {
                return Err(error);
            }
            Err(error) if skip && error.code() == "job.busy" => {
                report.items.push(item(job, "skipped", Map::new()));
            }
            Err(error) => {
                let errors = Map::from_iter([("errors".to_owned(), json!([error.to_item()]))]);
                report.items.push(item(job, "failed", errors));
                report.failures.push(error);
            }
        }
    }
    Ok(report)
}

fn item(job: &Job, result: &str, more: Map<String, Value>) -> Value {
    let mut item = Map::from_iter([
        ("key".to_owned(), Value::from(job.name)),
        ("result".to_owned(), Value::from(result)),
    ]);
    item.extend(more);
    Value::Object(item)
}

fn run_one(ctx: &mut Ctx<'_>, db: &mut Db, job: &Job) -> Result<Done> {
    let _only_run = lock(db, job)?;
    let actor = ctx.actor().job(job.name);
    let id = db.write(&actor, |tx| tx.unrecorded(|tx| store::start(tx, job.name)))?;
    let done = (job.run)(ctx, db, &actor);
    note(db, &actor, id, &done)?;
    done
}

/// Notes how a run ended. A dry run left no trace of its beginning either, and what a signal ends has no end.
fn note(db: &mut Db, actor: &Actor, id: i64, done: &Result<Done>) -> Result<()> {
    let killed = |error: &Error| matches!(error.exit(), Exit::Interrupted | Exit::Terminated);
    if db.is_dry_run() || done.as_ref().is_err_and(killed) {
        return Ok(());
    }
    let (result, detail) = match done {
        Ok(done) if done.nothing => (Outcome::Nothing, Value::Object(done.counts.clone())),
        Ok(done) => (Outcome::Done, Value::Object(done.counts.clone())),
        Err(error) => (Outcome::Failed, error.to_item()),
    };
    // Whoever was shut out meanwhile: what ended has ended.
    let noted = db.note(actor, |tx| tx.unrecorded(|tx| store::finish(tx, id, result, &detail.to_string())));
    // Why the job failed is worth more than that this could not be noted.
    if done.is_err() { Ok(()) } else { noted }
}

fn lock(db: &Db, job: &Job) -> Result<Option<Turn>> {
    for _ in 1..TRIES {
        match db.job_lock(job.name) {
            Err(error) if error.code() == "job.busy" => std::thread::sleep(PAUSE),
            taken => return taken,
        }
    }
    db.job_lock(job.name)
}
