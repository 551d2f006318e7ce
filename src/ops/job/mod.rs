//! Jobs: what cron runs. Each looks at the state, not at its last run, so that late, repeated and overlapping runs end
//! the same (DESIGN §1 rule 8).

pub mod cli;
mod run;
mod store;
mod work;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::platform::actor::Actor;
use crate::platform::ctx::Ctx;
use crate::platform::db::{Connection, Db};
use crate::platform::error::{Error, Result};
use crate::platform::ui::answer::Warning;
use crate::portal::agreement::service::{certificate, expiry};
use crate::portal::digest::service as digest;
use crate::portal::inbox;
use crate::portal::ticket::due;
use crate::values::nearest;

/// A job.
#[derive(Debug)]
pub struct Job {
    /// Its name, by which it is run, locked and recorded.
    pub name: &'static str,
    /// Does what there is to do, in writes of its own. Its lock is held.
    run: fn(&mut Ctx<'_>, &mut Db, &Actor) -> Result<Done>,
    /// How much there is to do.
    due: fn(&Connection, DateTime<Utc>) -> Result<i64>,
}

/// Every job, in the order in which `--all` runs them: what came in is understood before a ticket closes over it, and
/// what queues mail comes before what sends it.
pub const ALL: &[Job] = &[
    Job { name: inbox::service::JOB, run: work::mail_understand, due: work::mails_waiting },
    Job { name: expiry::JOB, run: work::agreement_expiry, due: expiry::count },
    Job { name: certificate::JOB, run: work::agreement_certificates, due: certificate::count },
    Job { name: due::JOB, run: work::ticket_close_due, due: due::count },
    Job { name: digest::JOB, run: work::mail_digest, due: digest::count },
    Job { name: work::MAIL_SEND, run: work::mail_send, due: work::mails_queued },
];

/// What a run did.
#[derive(Debug, Default)]
struct Done {
    /// What it counted, in order.
    counts: Map<String, Value>,
    /// Whether there was nothing to do.
    nothing: bool,
    /// Whether something of it could not be done.
    partial: bool,
    /// What should be known besides.
    warnings: Vec<Warning>,
}

crate::coded! {
    /// What became of a run.
    pub enum Outcome("job-result") {
        /// It did something.
        Done => "done",
        /// There was nothing to do.
        Nothing => "nothing",
        /// It failed.
        Failed => "failed",
        /// It has no end and does not go on: it was killed.
        Interrupted => "interrupted",
    }
}

/// The job of this name, or "not found" with the nearest.
fn find(name: &str) -> Result<&'static Job> {
    ALL.iter().find(|job| job.name == name.trim().to_lowercase()).ok_or_else(|| {
        Error::not_found("job", name)
            .hint("`portalctl job list` shows them all")
            .did_you_mean(nearest(name, ALL.iter().map(|job| job.name)))
    })
}
