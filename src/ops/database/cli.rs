//! `portalctl db …`

use serde_json::{Value, json};

use crate::platform::audit::{self, Verdict};
use crate::platform::blob;
use crate::platform::ctx::Ctx;
use crate::platform::db::{self, Db, check, migrations};
use crate::platform::error::Result;
use crate::platform::exit::Exit;
use crate::platform::ui::Answer;
use crate::platform::ui::view::{Column, Kind, View, col};
use crate::portal::access;
use crate::portal::agreement;
use crate::portal::inbox;

/// The verbs.
#[derive(clap::Subcommand)]
pub enum DbCommand {
    /// Schema version, size and counts
    Status,
    /// Bring an older database up to date, after a copy
    Migrate,
    /// Check integrity, references, stored files and the audit chain
    Check,
}

impl DbCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        access::provider_only(&ctx.actor())?;
        match self {
            DbCommand::Status => status(ctx),
            DbCommand::Migrate => migrate(ctx),
            DbCommand::Check => check_all(ctx),
        }
    }
}

const TABLES: &[Column] = &[col("table", Kind::Text), col("rows", Kind::Int)];

static STATUS: View = View {
    noun: "database",
    columns: &[
        col("path", Kind::Text),
        col("schema_version", Kind::Int),
        col("size", Kind::Int),
        col("demo", Kind::Bool),
        col("created_at", Kind::Time),
        col("mails_held", Kind::Int),
        col("mails_unreadable", Kind::Int),
        col("mails_waiting", Kind::Int),
        col("tables", Kind::Rows(TABLES)),
    ],
    details: &[],
    key: &["path"],
};

fn status(ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let path = ctx.config.database.clone();
    let db = Db::open_any_version(&path, ctx.options())?;
    let size = std::fs::metadata(&path).map(|metadata| metadata.len()).unwrap_or(0);
    let item = db.read(|conn| {
        let tables: Vec<Value> = check::counts(conn)?
            .into_iter()
            .map(|(table, rows)| json!({"table": table, "rows": rows}))
            .collect();
        let created_at: Option<String> =
            db::scalar(conn, "SELECT value FROM meta WHERE key = 'created_at'", [])?;
        // An older file has no mails that came in.
        let work = tables.iter().any(|table| table["table"] == "inbox");
        let [held, unreadable, waiting] = match work {
            true => inbox::store::count_work(conn)?.map(Some),
            false => [None; 3],
        };
        Ok(json!({
            "path": path.display().to_string(),
            "schema_version": migrations::version(conn)?,
            "supported_version": migrations::VERSION,
            "size": size,
            "demo": db::is_demo(conn)?,
            "created_at": created_at,
            "mails_held": held,
            "mails_unreadable": unreadable,
            "mails_waiting": waiting,
            "tables": tables,
        }))
    })?;
    Answer::show(&STATUS, &item)
}

static MIGRATION: View = View {
    noun: "database",
    columns: &[
        col("path", Kind::Text),
        col("from", Kind::Int),
        col("to", Kind::Int),
        col("copy", Kind::Text),
    ],
    details: &[],
    key: &["path"],
};

fn migrate(ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_fields()?;
    let path = ctx.config.database.clone();
    let dry_run = ctx.global.dry_run;
    let mut db = Db::open_any_version(&path, ctx.options())?;
    let done = db.migrate(migrations::STEPS, dry_run)?;
    let item = json!({
        "path": path.display().to_string(),
        "from": done.from,
        "to": done.to,
        "copy": done.copy.as_ref().map(|copy| copy.display().to_string()),
    });
    Answer::change(&MIGRATION, if done.from == done.to { "unchanged" } else { "migrated" }, &item)
}

static CHECK: View = View {
    noun: "database",
    columns: &[
        col("result", Kind::Text),
        col("path", Kind::Text),
        col("entries", Kind::Int),
        col("head", Kind::Text),
        col("problems", Kind::List),
    ],
    details: &[],
    key: &["path"],
};

fn check_all(ctx: &mut Ctx<'_>) -> Result<Answer> {
    let path = ctx.config.database.clone();
    let found = ctx.read(|conn| {
        // A check that cannot even be made is a finding too, and does not hide those of the others.
        let mut problems = Vec::new();
        for found in [
            check::integrity(conn),
            check::foreign_keys(conn),
            blob::check_all(conn),
            agreement::evidence::check_all(conn),
        ] {
            match found {
                Ok(found) => problems.extend(found),
                Err(error) => problems.push(error.message().to_owned()),
            }
        }
        let verdict = match audit::verify(conn, None) {
            Ok(verdict) => verdict,
            Err(error) => Verdict::Broken { seq: 0, why: error.message().to_owned() },
        };
        if let Verdict::Broken { seq, why } = &verdict {
            problems.push(format!("audit entry {seq}: {why}"));
        }
        Ok((problems, verdict))
    });
    let (problems, verdict) = match found {
        // Too damaged to be read at all: that is what was asked for, and no failure of the check.
        Err(error) if error.code() == "db.corrupt" => {
            (vec![error.message().to_owned()], Verdict::Broken { seq: 0, why: error.message().to_owned() })
        }
        found => found?,
    };
    let verdict = verdict.to_json();
    let sound = problems.is_empty();
    let item = json!({
        "result": if sound { "sound" } else { "broken" },
        "path": path.display().to_string(),
        "entries": verdict.get("entries"),
        "head": verdict.get("head"),
        "problems": problems,
    });
    Ok(Answer::show(&CHECK, &item)?.exit(if sound { Exit::Success } else { Exit::Refused }))
}
