//! SQL of the runs of jobs.

use super::Outcome;
use crate::platform::db::{self, Connection, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::values::Coded;

/// How many runs of a job are kept.
const KEPT: i64 = 100;

/// A run of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When it began, UTC.
    pub started_at: String,
    /// When it ended, UTC.
    pub finished_at: Option<String>,
    /// How.
    pub result: Option<Outcome>,
}

/// The last run of a job.
pub fn last(conn: &Connection, name: &str) -> Result<Option<Run>> {
    db::optional(
        conn,
        "SELECT started_at, finished_at, result FROM job_run WHERE name = ? ORDER BY id DESC LIMIT 1",
        [name],
        |row| {
            Ok(Run {
                started_at: row.get("started_at")?,
                finished_at: row.get("finished_at")?,
                result: row.coded_opt("result")?,
            })
        },
    )
}

/// Notes that a run began, and forgets the oldest; answers with its row.
pub fn start(tx: &Tx<'_>, name: &str) -> Result<i64> {
    db::execute(
        tx,
        "DELETE FROM job_run WHERE name = ?1
             AND id <= (SELECT id FROM job_run WHERE name = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        params![name, KEPT - 1],
    )?;
    db::insert(tx, "INSERT INTO job_run (name, started_at) VALUES (?, ?)", params![name, tx.now_text()])
}

/// Notes how a run ended.
pub fn finish(tx: &Tx<'_>, id: i64, result: Outcome, detail: &str) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE job_run SET finished_at = ?, result = ?, detail = ? WHERE id = ?",
        params![tx.now_text(), result.code(), detail, id],
    )
}
