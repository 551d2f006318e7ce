//! The writers' queue: an advisory lock on `FILE.lock` that a writer holds from before its transaction to its end.
//!
//! SQLite's own busy handler makes writers race; with many short writers some starve and fail. Waiting in one
//! queue, they do not (DESIGN §3). The kernel frees the lock when a process dies, so none is ever left behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::platform::db::error::busy;
use crate::platform::error::{Error, Result};

/// How long one who waits looks away at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(5);

/// Stands back so long that one of those who wait has its turn: for whoever writes many times in a row.
pub fn stand_back() {
    std::thread::sleep(LONGEST_PAUSE + Duration::from_millis(1));
}

/// The held lock; dropping it lets the next writer go.
pub struct Turn {
    _file: File,
}

/// Waits at most `wait` for this process's turn to write to the database at `database`.
pub fn take_turn(database: &Path, wait: Duration) -> Result<Turn> {
    take(&lock_path(database), wait, busy)
}

/// Takes the lock of a job, or says at once that it runs already (75).
pub fn take_job(database: &Path, job: &str) -> Result<Turn> {
    take(&super::beside(database, &format!(".job.{job}.lock")), Duration::ZERO, || {
        Error::busy("job.busy", format!("{job} runs already"))
            .hint("nothing is lost: that run does the work; try again later")
    })
}

fn take(path: &Path, wait: Duration, busy: impl Fn() -> Error) -> Result<Turn> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| cannot_lock(path, &e))?;
    let begun = monotonic();
    let mut pause = Duration::from_micros(200);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Turn { _file: file }),
            Err(TryLockError::WouldBlock) if begun.elapsed() < wait => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Err(busy()),
            Err(TryLockError::Error(e)) => return Err(cannot_lock(path, &e)),
        }
    }
}

/// The lock file of a database.
pub fn lock_path(database: &Path) -> PathBuf {
    super::beside(database, ".lock")
}

#[expect(clippy::disallowed_methods, reason = "measures waiting, never read as the time of day")]
fn monotonic() -> Instant {
    Instant::now()
}

fn cannot_lock(path: &Path, source: &std::io::Error) -> Error {
    Error::config("db.read-only", format!("cannot take the writers' lock {}: {source}", path.display()))
        .hint("the folder of the database must be writable for whoever changes it")
}
