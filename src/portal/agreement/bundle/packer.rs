//! Writing the ZIP around a bundle, as [`super::container`] says.

use std::io::{self, Seek, SeekFrom, Write};

use super::container::{CRC_AT, Directory, Entry, Limits};
use super::crc::Crc;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;

/// How much is written at once.
const BUFFER: usize = 1024 * 1024;

/// A ZIP being written.
pub struct Packer<W> {
    out: Out<W>,
    entries: Vec<Entry>,
    limits: Limits,
}

impl<W: Write + Seek> Packer<W> {
    /// Begins a ZIP where `out` begins.
    pub fn new(out: W) -> Packer<W> {
        Packer::with_limits(out, Limits::ZIP)
    }

    pub(super) fn with_limits(out: W, limits: Limits) -> Packer<W> {
        let out = Out { inner: out, flushed: 0, buffer: Vec::with_capacity(BUFFER) };
        Packer { out, entries: Vec::new(), limits }
    }

    /// Adds a file of so many bytes, which `fill` writes.
    pub fn add(
        &mut self,
        name: &str,
        size: u64,
        fill: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        if name.len() > usize::from(u16::MAX) {
            return Err(Error::internal(format!("the name {name} is too long for a ZIP")));
        }
        let at = self.out.len();
        let mut entry = Entry { name: name.to_owned(), size, crc: 0, at };
        self.out.write(&entry.local(self.limits)).map_err(|e| cannot_write(&e))?;
        let mut content = Content { out: &mut self.out, crc: Crc::new(), size: 0 };
        fill(&mut content)?;
        if content.size != size {
            return Err(Error::internal(format!("{name} has {} bytes and not {size}", content.size)));
        }
        entry.crc = content.crc.value();
        self.out.patch(at + CRC_AT, &entry.crc.to_le_bytes()).map_err(|e| cannot_write(&e))?;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the directory and gives the writer back.
    pub fn finish(self) -> Result<W> {
        self.end().map_err(|e| cannot_write(&e))
    }

    fn end(mut self) -> io::Result<W> {
        let at = self.out.len();
        for entry in &self.entries {
            self.out.write(&entry.central(self.limits))?;
        }
        let directory = Directory { files: self.entries.len() as u64, at, size: self.out.len() - at };
        self.out.write(&directory.end(self.limits))?;
        self.out.flush()?;
        Ok(self.out.inner)
    }
}

/// The bytes of a file on their way.
struct Content<'p, W> {
    out: &'p mut Out<W>,
    crc: Crc,
    size: u64,
}

impl<W: Write> Write for Content<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.crc.update(bytes);
        self.size += bytes.len() as u64;
        self.out.write(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A large buffer, in which a checksum can mostly be put right before it is written.
struct Out<W> {
    inner: W,
    flushed: u64,
    buffer: Vec<u8>,
}

impl<W: Write> Out<W> {
    fn len(&self) -> u64 {
        self.flushed + self.buffer.len() as u64
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        // Only what is larger than the buffer makes it grow, and nobody hands over such pieces.
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.write_all(&self.buffer)?;
        self.flushed += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write + Seek> Out<W> {
    /// Puts other bytes in place of those at `at`.
    fn patch(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        // Written already, or cut in two by the edge of what was.
        if at < self.flushed {
            self.flush()?;
            self.inner.seek(SeekFrom::Start(at))?;
            self.inner.write_all(bytes)?;
            self.inner.seek(SeekFrom::Start(self.flushed))?;
            return Ok(());
        }
        let begin = usize::try_from(at - self.flushed).unwrap_or(usize::MAX);
        let place = self.buffer.get_mut(begin..).and_then(|rest| rest.get_mut(..bytes.len()));
        match place {
            Some(place) => place.copy_from_slice(bytes),
            None => return Err(io::Error::other("a place behind the end of the ZIP")),
        }
        Ok(())
    }
}

/// Why a bundle could not be written.
pub fn cannot_write(source: &io::Error) -> Error {
    match source.kind() {
        _ if interrupt::pending() => interrupt::error(),
        io::ErrorKind::StorageFull => {
            Error::new(Exit::Failure, "disk.full", "cannot write the bundle: the disk is full")
                .hint("make room and run the command again; nothing was left behind")
        }
        _ => Error::io("cannot write the bundle", source),
    }
}
