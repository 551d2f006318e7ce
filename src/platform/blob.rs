//! Content-addressed files inside the database, in rows of 256 KiB.
//!
//! A file is read, hashed and spooled before the transaction begins ([`Spooled`]), copied in within it ([`store`])
//! and streamed out ([`copy_to`]); it is never held whole in memory. The same bytes are stored once.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::platform::audit::hex;
use crate::platform::db::{self, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;

const CHUNK: usize = 256 * 1024;

/// A file read to its end, hashed, and waiting in an unnamed temporary file, which copies of this share.
#[derive(Clone)]
pub struct Spooled {
    file: Arc<File>,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
    /// The first bytes, enough to tell what kind of file it is.
    pub start: Vec<u8>,
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The row.
    pub id: i64,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
}

/// The SHA-256 of bytes in hand, as it is written everywhere.
pub fn hex_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

impl Spooled {
    /// Reads `reader` to its end. More than `limit` bytes are refused, naming the file and the limit.
    pub fn read(mut reader: impl Read, name: &str, limit: u64) -> Result<Spooled> {
        let mut file = tempfile::tempfile().map_err(|e| Error::io("cannot make a temporary file", &e))?;
        let mut hash = Sha256::new();
        let mut size = 0_u64;
        let mut start = Vec::new();
        let mut buffer = vec![0_u8; CHUNK];
        loop {
            let n =
                reader.read(&mut buffer).map_err(|e| Error::io(format_args!("cannot read {name}"), &e))?;
            let Some(bytes) = buffer.get(..n).filter(|bytes| !bytes.is_empty()) else { break };
            size += n as u64;
            if size > limit {
                return Err(Error::invalid_file(format!("{name} is larger than the {limit} bytes allowed"))
                    .hint("the limit is a setting; see `portalctl setting list`"));
            }
            if start.len() < 1024 {
                start.extend_from_slice(bytes.get(..n.min(1024)).unwrap_or(bytes));
            }
            hash.update(bytes);
            file.write_all(bytes).map_err(|e| Error::io("cannot write a temporary file", &e))?;
        }
        Ok(Spooled { file: Arc::new(file), sha256: hex(&hash.finalize()), size, start })
    }

    /// The file itself, wherever it stands.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The file itself, from its beginning.
    pub fn rewound(&self) -> Result<&File> {
        self.file().seek(SeekFrom::Start(0)).map_err(|e| Error::io("cannot read a temporary file", &e))?;
        Ok(&self.file)
    }
}

/// Copies a spooled file into the database, unless its bytes are there already.
pub fn store(tx: &Tx<'_>, spooled: &Spooled) -> Result<Blob> {
    if let Some(present) = find_by_hash(tx, &spooled.sha256)? {
        return Ok(present);
    }
    let id = db::insert(
        tx,
        "INSERT INTO blob (sha256, size, created_at) VALUES (?, ?, ?)",
        params![spooled.sha256, spooled.size as i64, tx.now_text()],
    )?;
    let mut file = spooled.rewound()?;
    let mut chunk = Vec::with_capacity(CHUNK);
    for n in 0_i64.. {
        chunk.clear();
        let read = Read::take(&mut file, CHUNK as u64)
            .read_to_end(&mut chunk)
            .map_err(|e| Error::io("cannot read a temporary file", &e))?;
        if read == 0 {
            break;
        }
        db::insert(tx, "INSERT INTO blob_chunk (blob_id, n, data) VALUES (?, ?, ?)", params![id, n, chunk])?;
    }
    Ok(Blob { id, sha256: spooled.sha256.clone(), size: spooled.size })
}

/// A stored file by its id.
pub fn find(conn: &Connection, id: i64) -> Result<Blob> {
    db::optional(conn, "SELECT id, sha256, size FROM blob WHERE id = ?", [id], from_row)?
        .ok_or_else(|| Error::internal(format!("the database has no file number {id}")))
}

/// Streams a stored file out, checking its hash on the way.
pub fn copy_to(conn: &Connection, blob: &Blob, out: &mut dyn Write) -> Result<()> {
    let mut statement = conn.prepare_cached("SELECT data FROM blob_chunk WHERE blob_id = ? ORDER BY n")?;
    let mut rows = statement.query([blob.id])?;
    let mut hash = Sha256::new();
    while let Some(row) = rows.next()? {
        let data = row.get_ref(0)?.as_blob().map_err(|e| Error::internal(e.to_string()))?;
        hash.update(data);
        out.write_all(data).map_err(|e| cannot_write_out(&e))?;
    }
    if hex(&hash.finalize()) != blob.sha256 {
        return Err(damaged(blob));
    }
    Ok(())
}

fn cannot_write_out(source: &std::io::Error) -> Error {
    match source.kind() {
        _ if interrupt::pending() => interrupt::error(),
        std::io::ErrorKind::BrokenPipe => Error::new(Exit::Success, "stdout.closed", "the reader went away"),
        std::io::ErrorKind::StorageFull => Error::new(Exit::Failure, "disk.full", "the disk is full")
            .hint("make room and run the command again; nothing was left behind"),
        _ => Error::io("cannot write the file", source),
    }
}

/// Reads every stored file and compares its hash; the numbers of those that do not fit.
pub fn check_all(conn: &Connection) -> Result<Vec<String>> {
    let blobs = db::list(conn, "SELECT id, sha256, size FROM blob ORDER BY id", [], from_row)?;
    let mut wrong = Vec::new();
    for blob in &blobs {
        match copy_to(conn, blob, &mut std::io::sink()) {
            Ok(()) => {}
            Err(e) if e.code() == "blob.damaged" => wrong.push(e.message().to_owned()),
            Err(e) => return Err(e),
        }
    }
    Ok(wrong)
}

fn find_by_hash(conn: &Connection, sha256: &str) -> Result<Option<Blob>> {
    db::optional(conn, "SELECT id, sha256, size FROM blob WHERE sha256 = ?", [sha256], from_row)
}

fn from_row(row: &rusqlite::Row<'_>) -> Result<Blob> {
    Ok(Blob { id: row.get(0)?, sha256: row.get(1)?, size: row.get::<_, i64>(2)?.unsigned_abs() })
}

fn damaged(blob: &Blob) -> Error {
    Error::new(
        Exit::Failure,
        "blob.damaged",
        format!("the stored file {} (number {}) does not fit its hash any more", blob.sha256, blob.id),
    )
    .hint("the database is damaged; restore a backup and compare")
}
