//! What SQLite's failures mean to a person.

use rusqlite::ErrorCode;

use crate::platform::error::Error;
use crate::platform::exit::Exit;

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Error {
        let rusqlite::Error::SqliteFailure(failure, ref text) = source else {
            return Error::internal(format!("database: {source}"));
        };
        let text = text.clone().unwrap_or_else(|| failure.to_string());
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => busy(),
            ErrorCode::NotADatabase => {
                Error::config("db.not-a-database", "the file is not a SQLite database")
                    .hint("name the database with --db FILE, or create one with `portalctl init`")
            }
            ErrorCode::ReadOnly => Error::config(
                "db.read-only",
                "the database can only be read: the file, or the folder it lies in, is write-protected",
            )
            .hint("mend the permissions, or run as the user who owns the file"),
            ErrorCode::CannotOpen => {
                Error::config("db.cannot-open", format!("the database cannot be opened: {text}"))
                    .hint("the file and the folder it lies in must be readable and writable for you")
            }
            ErrorCode::DiskFull => {
                Error::new(Exit::Failure, "disk.full", "the disk is full; nothing was changed")
                    .hint("make room and run the command again")
            }
            ErrorCode::DatabaseCorrupt => Error::new(
                Exit::Failure,
                "db.corrupt",
                format!("the database is damaged: {text}"),
            )
            .hint(
                "run `portalctl db check`; restore a copy from your backups. Nothing was repaired or deleted",
            ),
            ErrorCode::SystemIoFailure => Error::new(
                Exit::Failure,
                "io",
                format!("the disk did not do what it was asked: {text}; nothing was changed"),
            ),
            ErrorCode::OperationInterrupted => {
                Error::new(Exit::Interrupted, "interrupted", "interrupted; nothing was changed")
            }
            _ => Error::internal(format!("database: {text}")),
        }
    }
}

/// Somebody else is writing and did not finish in the time given.
pub fn busy() -> Error {
    Error::busy("db.busy", "the database is busy: another command is writing to it")
        .hint("try again, or wait longer with --wait SECONDS")
}
