//! Files that people get: written beside their place and renamed, never half there, never over another unasked.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;

/// Creates an empty file only its owner can read. It must not exist.
pub fn create_private(path: &Path) -> Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|e| cannot_write(path, &e))
}

/// Creates a folder only its owner can enter, unless it is there.
pub fn create_private_dir(path: &Path) -> Result<()> {
    match std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path) {
        Ok(()) => Ok(()),
        Err(e) => Err(cannot_write(path, &e)),
    }
}

/// Opens an input file, or says that it is not there (4).
pub fn open_input(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::not_found("file", path.display()),
        _ => Error::io(format_args!("cannot read {}", path.display()), &e),
    })?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(Error::new(
            Exit::NotFound,
            "file.not-found",
            format!("{} is a directory, not a file", path.display()),
        )),
        _ => Ok(file),
    }
}

/// The folder that a file lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file being written. Until [`OutputFile::finish`] nothing is at its place; dropped before, nothing remains.
pub struct OutputFile {
    temporary: NamedTempFile,
    path: PathBuf,
    force: bool,
    to_the_end: bool,
    _guard: interrupt::Graceful,
}

impl OutputFile {
    /// Begins to write the file at `path`. An existing one is only replaced with `force`.
    pub fn create(path: &Path, force: bool) -> Result<OutputFile> {
        if !force && path.exists() {
            return Err(exists(path));
        }
        if path.is_dir() {
            return Err(Error::conflict("file.exists", format!("{} is a directory", path.display()))
                .hint("name a file in it"));
        }
        let folder = folder_of(path);
        let guard = interrupt::graceful();
        let temporary = tempfile::Builder::new()
            .prefix(".portalctl-")
            .permissions(std::fs::Permissions::from_mode(0o600))
            .tempfile_in(folder)
            .map_err(|e| cannot_write(path, &e))?;
        Ok(OutputFile { temporary, path: path.to_owned(), force, to_the_end: false, _guard: guard })
    }

    /// Whether a file could be written at `path`. For what is written only after something else is done: it would be
    /// too late to learn then that the name is taken, and a file begun now would hold off Ctrl-C all the while.
    pub fn check(path: &Path, force: bool) -> Result<()> {
        drop(OutputFile::create(path, force)?);
        // A signal that came in that moment was noted and nothing more.
        if interrupt::pending() { Err(interrupt::error()) } else { Ok(()) }
    }

    /// As it is, but written to its end even if a signal comes: what it tells of has been done already.
    #[must_use]
    pub fn to_the_end(self) -> OutputFile {
        OutputFile { to_the_end: true, ..self }
    }

    /// Puts the file in its place, with its bytes on the disk.
    pub fn finish(self) -> Result<()> {
        self.close()?.place()
    }

    /// Its bytes on the disk, and nothing at its place yet. Of these there can be many: none keeps a file open.
    pub fn close(mut self) -> Result<ClosedFile> {
        self.temporary
            .flush()
            .and_then(|()| self.temporary.as_file().sync_all())
            .map_err(|e| cannot_write(&self.path, &e))?;
        let OutputFile { temporary, path, force, _guard, .. } = self;
        Ok(ClosedFile { temporary: temporary.into_temp_path(), path, force, _guard })
    }

    /// The name it will have.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A file that is written and has still to take its place. Dropped before, nothing remains.
pub struct ClosedFile {
    temporary: TempPath,
    path: PathBuf,
    force: bool,
    _guard: interrupt::Graceful,
}

impl ClosedFile {
    /// Puts the file in its place.
    pub fn place(self) -> Result<()> {
        let ClosedFile { temporary, path, force, _guard } = self;
        let placed = if force { temporary.persist(&path) } else { temporary.persist_noclobber(&path) };
        placed.map_err(|e| match e.error.kind() {
            io::ErrorKind::AlreadyExists => exists(&path),
            _ => cannot_write(&path, &e.error),
        })
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.to_the_end {
            interrupt::check()?;
        }
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

impl io::Seek for OutputFile {
    fn seek(&mut self, position: io::SeekFrom) -> io::Result<u64> {
        self.temporary.seek(position)
    }
}

/// Why a file could not be written, with the exit code that fits.
pub fn cannot_write(path: &Path, source: &io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        io::ErrorKind::NotFound => Error::new(
            Exit::NotFound,
            "file.not-found",
            format!("cannot write {}: its folder does not exist", path.display()),
        ),
        io::ErrorKind::StorageFull => Error::new(
            Exit::Failure,
            "disk.full",
            format!("cannot write {}: the disk is full", path.display()),
        )
        .hint("make room and run the command again; nothing was left behind"),
        // What `interrupt::check` fails with; a disk fails in other ways, whatever signal has come.
        io::ErrorKind::Other if interrupt::pending() => interrupt::error(),
        _ => Error::io(format_args!("cannot write {}", path.display()), source),
    }
}

/// Reads at most `limit` bytes; more is an error that names the file.
pub fn read_limited(mut reader: impl Read, limit: u64, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = reader
        .by_ref()
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io(format_args!("cannot read {name}"), &e))?;
    if read as u64 > limit {
        return Err(Error::invalid_file(format!("{name} is larger than {limit} bytes")));
    }
    Ok(bytes)
}

fn exists(path: &Path) -> Error {
    Error::conflict("file.exists", format!("{} exists already", path.display()))
        .hint("choose another name, or replace it with --force")
}
