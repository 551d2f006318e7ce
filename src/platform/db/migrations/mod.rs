//! Schema versions: one step at a time from an older shape to that of `schema.sql`, after a backup copy.
//!
//! A new file runs `schema.sql`; an older one runs the steps from its version on, in one transaction. A newer one
//! is refused. To change the shape: change `schema.sql`, raise [`VERSION`], add a step `v00N.sql` here and freeze
//! the old schema in `fixtures/schema/`; `tests/it/schema.rs` holds that both ways lead to the same shape.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use crate::platform::db::beside;
use crate::platform::error::{Error, Result};
use crate::platform::files::{cannot_write, folder_of};

/// The version of `schema.sql`.
pub const VERSION: u32 = 5;

/// One step: brings a database of `to - 1` to `to`.
pub struct Step {
    /// The version it leads to.
    pub to: u32,
    /// What it runs.
    pub sql: &'static str,
}

/// Every step since version 1, in order.
pub const STEPS: &[Step] = &[
    Step { to: 2, sql: include_str!("v002.sql") },
    Step { to: 3, sql: include_str!("v003.sql") },
    Step { to: 4, sql: include_str!("v004.sql") },
    Step { to: 5, sql: include_str!("v005.sql") },
];

/// What a migration did.
#[derive(Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The version before.
    pub from: u32,
    /// The version now.
    pub to: u32,
    /// The copy made first; `None` when there was nothing to do.
    pub copy: Option<PathBuf>,
}

/// The schema version of a database.
pub fn version(conn: &Connection) -> Result<u32> {
    Ok(conn.query_row("SELECT user_version FROM pragma_user_version", [], |row| row.get(0))?)
}

/// Refuses a database of another version than this program's, naming both.
pub fn require_current(conn: &Connection, path: &Path) -> Result<()> {
    let found = version(conn)?;
    if found > VERSION {
        return Err(newer(path, found, VERSION));
    }
    if found < VERSION {
        return Err(Error::config(
            "db.older",
            format!("{} has schema version {found}; this portalctl needs {VERSION}", path.display()),
        )
        .hint("bring it up to date with `portalctl db migrate`; a copy is made first"));
    }
    Ok(())
}

/// Brings the database to the last of `steps`, in one transaction, after a copy beside the file. With `rehearse`
/// the steps run and are rolled back, and no copy is made.
pub fn migrate(conn: &mut Connection, path: &Path, steps: &[Step], rehearse: bool) -> Result<Migrated> {
    let from = version(conn)?;
    let target = steps.last().map_or(VERSION, |step| step.to);
    if from > target {
        return Err(newer(path, from, target));
    }
    if from == target {
        return Ok(Migrated { from, to: target, copy: None });
    }
    let copy = if rehearse { None } else { Some(copy_first(conn, path, from)?) };
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in steps.iter().filter(|step| step.to > from) {
        tx.execute_batch(step.sql)?;
        tx.pragma_update(None, "user_version", step.to)?;
    }
    let dangling: i64 =
        tx.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
    if dangling > 0 {
        return Err(Error::internal(format!(
            "the migration would leave {dangling} dangling references; it was undone"
        )));
    }
    if rehearse {
        tx.rollback()?;
    } else {
        tx.commit()?;
    }
    Ok(Migrated { from, to: target, copy })
}

/// A complete copy of the live database, checked before it counts.
fn copy_first(conn: &Connection, path: &Path, from: u32) -> Result<PathBuf> {
    let copy = beside(path, &format!(".v{from}"));
    if copy.exists() {
        return Err(Error::conflict("backup.exists", format!("the copy {} exists already", copy.display()))
            .hint("move it away, then run `portalctl db migrate` again"));
    }
    let begun = tempfile::Builder::new()
        .prefix(".portalctl-copy-")
        .tempfile_in(folder_of(path))
        .map_err(|e| cannot_write(&copy, &e))?;
    conn.execute("VACUUM INTO ?", [begun.path().to_string_lossy()])?;
    let problems = super::check::integrity_of_file(begun.path())?;
    if let Some(problem) = problems.first() {
        return Err(Error::internal(format!("the copy made before migrating is not sound: {problem}")));
    }
    begun.as_file().sync_all().map_err(|e| cannot_write(&copy, &e))?;
    begun.persist_noclobber(&copy).map_err(|e| cannot_write(&copy, &e.error))?;
    Ok(copy)
}

fn newer(path: &Path, found: u32, known: u32) -> Error {
    Error::config(
        "db.newer",
        format!("{} has schema version {found}; this portalctl knows up to {known}", path.display()),
    )
    .hint("use the portalctl that wrote it, or a newer one; nothing was touched")
}
