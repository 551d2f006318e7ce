//! The database: opening, reading, writing.
//!
//! A write is one `BEGIN IMMEDIATE` transaction behind the writers' queue; what it changes it must also record
//! (see [`Tx`]). A dry run is the same transaction, rolled back (DESIGN §1 rules 1–3).

pub mod check;
pub mod error;
pub mod migrations;
mod queue;
mod rows;
mod tx;
mod upkeep;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
pub use rusqlite::{Connection, Params, Row, named_params, params};
use rusqlite::{OpenFlags, TransactionBehavior};

use crate::platform::actor::Actor;
use crate::platform::env::{Clock, Entropy};
use crate::platform::error::{Error, Result};

pub use queue::{Turn, lock_path};
pub use rows::{RowExt, Where, each, execute, execute_one, insert, list, one, optional, scalar};
pub use tx::{Action, Tx};

/// Tells SQLite files of portalctl from others ("prtl").
pub const APPLICATION_ID: i32 = 0x7072_746C;

/// The current shape of the data.
pub const SCHEMA: &str = include_str!("../../../schema.sql");

const PAGE_SIZE: u32 = 4096;

/// What a database needs from outside.
#[derive(Clone)]
pub struct Options {
    /// Do everything, then roll back.
    pub dry_run: bool,
    /// How long to wait for other writers.
    pub wait: Duration,
    /// The clock of every transaction.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
}

/// Refuses who may do nothing any more: asked at the time given, in the state that a write finds.
pub type StillIn = Box<dyn Fn(&Connection, DateTime<Utc>) -> Result<()>>;

/// An open database.
pub struct Db {
    conn: Connection,
    path: Option<PathBuf>,
    options: Options,
    still_in: Option<StillIn>,
}

impl Db {
    /// Opens an existing database of exactly this schema version.
    pub fn open(path: &Path, options: Options) -> Result<Db> {
        let conn = open_existing(path)?;
        migrations::require_current(&conn, path)?;
        Db::with(conn, Some(path.to_owned()), options)
    }

    /// Opens an existing database of any version, to look at it or to migrate it.
    pub fn open_any_version(path: &Path, options: Options) -> Result<Db> {
        let conn = open_existing(path)?;
        Db::with(conn, Some(path.to_owned()), options)
    }

    /// Between two of many writes in a row: lets others write who wait for it.
    pub fn let_others_in(&self) {
        if self.path.is_some() {
            queue::stand_back();
        }
    }

    /// A new database in memory, for tests.
    pub fn in_memory(options: Options) -> Result<Db> {
        let conn = Connection::open_in_memory()?;
        build(&conn, &options.clock)?;
        Db::with(conn, None, options)
    }

    /// A new, empty database in the file at `path`, which must be empty too.
    pub fn build_at(path: &Path, options: Options) -> Result<Db> {
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        build(&conn, &options.clock)?;
        Db::with(conn, Some(path.to_owned()), options)
    }

    fn with(conn: Connection, path: Option<PathBuf>, options: Options) -> Result<Db> {
        configure(&conn, options.wait)?;
        if !options.clock.is_system() && !is_demo(&conn)? {
            return Err(Error::internal("a clock that is not the system's only works on an example world"));
        }
        Ok(Db { conn, path, options, still_in: None })
    }

    /// Asks this before every write, so that who was shut out since the command began changes nothing any more.
    pub fn guarded(self, still_in: StillIn) -> Db {
        Db { still_in: Some(still_in), ..self }
    }

    /// Refuses who was shut out since the command began, as every write does.
    pub fn require_still_in(&self) -> Result<()> {
        let now = self.now();
        self.still_in.as_ref().map_or(Ok(()), |still_in| self.read(|conn| still_in(conn, now)))
    }

    /// Where the file lies; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// For many small statements in one transaction: what undoes a statement is kept in memory. Else it goes to a file
    /// from the first large statement on, which costs a seventh of the time. Not for statements that change a great deal.
    pub fn undo_in_memory(&self) -> Result<()> {
        Ok(self.conn.execute_batch("PRAGMA temp_store = MEMORY")?)
    }

    /// Whether writes are rolled back.
    pub fn is_dry_run(&self) -> bool {
        self.options.dry_run
    }

    /// Reads one consistent state.
    pub fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let snapshot = self.conn.unchecked_transaction()?;
        let answer = read(&snapshot)?;
        drop(snapshot);
        Ok(answer)
    }

    /// The time now, for reads that depend on it.
    pub fn now(&self) -> DateTime<Utc> {
        self.options.clock.now()
    }

    /// Where randomness comes from, for what is made outside a transaction.
    pub fn entropy(&self) -> &Entropy {
        &self.options.entropy
    }

    /// Brings an older database up to date (see [`migrations::migrate`]).
    pub fn migrate(&mut self, steps: &[migrations::Step], rehearse: bool) -> Result<migrations::Migrated> {
        let path = self.path.clone().unwrap_or_default();
        let turn = queue::take_turn(&path, self.options.wait)?;
        let done = migrations::migrate(&mut self.conn, &path, steps, rehearse)?;
        drop(turn);
        Ok(done)
    }

    /// Makes sure that this is the only run of a job; hold what it gives until the run ends.
    pub fn job_lock(&self, job: &str) -> Result<Option<Turn>> {
        self.path.as_deref().map(|path| queue::take_job(path, job)).transpose()
    }

    /// Whether a run of a job goes on now.
    pub fn job_runs(&self, job: &str) -> Result<bool> {
        match self.job_lock(job) {
            Ok(_) => Ok(false),
            Err(error) if error.code() == "job.busy" => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Writes: everything that `write` does stands or falls together. See [`Tx`].
    ///
    /// An error rolls back, unless it is a committed refusal. With dry run, so does success.
    pub fn write<T>(&mut self, actor: &Actor, write: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.transact(actor, true, write)
    }

    /// As [`Db::write`], to note what happened outside already: that is true whoever was shut out meanwhile.
    pub fn note<T>(&mut self, actor: &Actor, write: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.transact(actor, false, write)
    }

    fn transact<T>(
        &mut self,
        actor: &Actor,
        asked: bool,
        write: impl FnOnce(&Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let turn = match &self.path {
            Some(path) => Some(queue::take_turn(path, self.options.wait)?),
            None => None,
        };
        let transaction = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now = self.options.clock.now();
        if let Some(still_in) = self.still_in.as_ref().filter(|_| asked) {
            still_in(&transaction, now)?;
        }
        let tx = Tx::begin(transaction, actor, now, self.options.entropy.clone());
        let answer = write(&tx);
        let keep = match &answer {
            Ok(_) => !self.options.dry_run,
            Err(refusal) => refusal.is_committed() && !self.options.dry_run,
        };
        tx.end(keep)?;
        drop(turn);
        answer
    }
}

/// A file's companion: the same path with something appended.
pub fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether the database is an example world.
pub fn is_demo(conn: &Connection) -> Result<bool> {
    Ok(scalar::<String>(conn, "SELECT value FROM meta WHERE key = 'demo'", [])?.is_some())
}

fn open_existing(path: &Path) -> Result<Connection> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::config("db.missing", format!("there is no database at {}", path.display()))
                .hint("create one with `portalctl init`, or name yours with --db FILE"));
        }
        Err(e) => {
            return Err(Error::config("db.cannot-open", format!("cannot look at {}: {e}", path.display())));
        }
    };
    if metadata.is_dir() {
        return Err(not_a_database(path, "it is a directory").hint("name the database's file with --db FILE"));
    }
    if metadata.len() == 0 {
        return Err(not_a_database(path, "the file is empty")
            .hint("remove it and create a database with `portalctl init`"));
    }
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let id: i32 = conn
        .query_row("SELECT application_id FROM pragma_application_id", [], |row| row.get(0))
        .map_err(|e| match Error::from(e) {
            e if e.code() == "db.not-a-database" => not_a_database(path, "it is not a SQLite file"),
            e => e,
        })?;
    if id != APPLICATION_ID {
        return Err(not_a_database(path, "it is a SQLite file of another program"));
    }
    Ok(conn)
}

fn not_a_database(path: &Path, why: &str) -> Error {
    Error::config("db.not-a-database", format!("{} is not a portalctl database: {why}", path.display()))
        .hint("name the right file with --db FILE, or create one elsewhere with `portalctl init --db FILE`")
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens a database file")]
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

fn configure(conn: &Connection, wait: Duration) -> Result<()> {
    conn.busy_timeout(wait)?;
    conn.set_prepared_statement_cache_capacity(128);
    // Without it SQLite plans a cached statement anew whenever a bound value might make another plan better, which
    // costs bulk changes a fifth of their time. So what a partial index asks for is written out, never bound.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // FULL: what a person was told is done survives a power cut.
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = FILE;
         PRAGMA cache_size = -16000;",
    )?;
    Ok(())
}

/// Makes an empty file into a database of the current shape.
fn build(conn: &Connection, clock: &Clock) -> Result<()> {
    conn.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_SIZE};
         PRAGMA auto_vacuum = INCREMENTAL;
         PRAGMA journal_mode = WAL;
         PRAGMA foreign_keys = ON;"
    ))?;
    let created_at = crate::values::utc_text(clock.now());
    let tx = conn.unchecked_transaction()?;
    tx.execute_batch(SCHEMA)?;
    tx.execute("INSERT INTO meta (key, value) VALUES ('created_at', ?)", [&created_at])?;
    if !clock.is_system() {
        tx.execute("INSERT INTO meta (key, value) VALUES ('demo', '1')", [])?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", migrations::VERSION)?;
    tx.commit()?;
    Ok(())
}
