//! Sorting and keeping more than memory should hold: what does not fit goes to unnamed temporary files.
//!
//! A [`Sorter`] takes records in any order and gives them back in theirs: up to its limit from memory, beyond it from
//! sorted runs that are merged. A [`Sequence`] keeps records in the order in which they came, to be read again and
//! again. However many there are, neither holds more than its limit and a small buffer for each run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;

use crate::platform::error::{Error, Result};

/// How many bytes of records wait in memory.
pub const MEMORY: usize = 24 << 20;

/// The longest that a record may be when it is written.
const LONGEST: usize = 1024;

/// How much of a run is read at once.
const BLOCK: usize = 64 * 1024;

/// A record that can wait in a file.
pub trait Spill: Sized {
    /// Bytes that it takes in memory besides its own size.
    fn beside(&self) -> usize {
        0
    }

    /// Appends it, at most 1 KiB.
    fn write(&self, out: &mut Vec<u8>);

    /// Takes from the front what [`Spill::write`] appended; `None` where that is not what stands there.
    fn read(from: &mut &[u8]) -> Option<Self>;
}

/// Appends a number, the smaller the shorter: seven bits a byte, the lowest first, all but the last with the high bit.
pub fn put(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Takes from the front what [`put`] appended.
#[inline]
pub fn take(from: &mut &[u8]) -> Option<u64> {
    if let [byte @ 0..0x80, rest @ ..] = *from {
        *from = rest;
        return Some(u64::from(*byte));
    }
    let (mut number, mut shift) = (0_u64, 0);
    loop {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
    }
}

/// Takes a small number from the front.
#[inline]
pub fn take_small(from: &mut &[u8]) -> Option<u32> {
    take(from)?.try_into().ok()
}

/// Records in memory up to a limit, and a file behind them.
struct Store<T> {
    waiting: Vec<T>,
    bytes: usize,
    limit: usize,
    file: Option<BufWriter<File>>,
    /// How much of the file is written.
    length: u64,
    /// Room for one record as it is written.
    written: Vec<u8>,
}

impl<T: Spill> Store<T> {
    fn new(limit: usize) -> Store<T> {
        Store { waiting: Vec::new(), bytes: 0, limit, file: None, length: 0, written: Vec::new() }
    }

    /// Takes a record; `true` says that no more fit.
    fn push(&mut self, record: T) -> bool {
        if self.waiting.capacity() == 0 {
            // Once and whole: growing would hold it twice. What is never used takes no memory.
            self.waiting.reserve(self.limit / size_of::<T>().max(1) + 1);
        }
        self.bytes += size_of::<T>() + record.beside();
        self.waiting.push(record);
        self.bytes >= self.limit
    }

    /// Appends what waits to the file.
    fn spill(&mut self) -> Result<()> {
        if self.file.is_none() {
            let file = tempfile::tempfile().map_err(|e| Error::io("cannot make a temporary file", &e))?;
            self.file = Some(BufWriter::with_capacity(4 * BLOCK, file));
        }
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        for record in self.waiting.drain(..) {
            self.written.clear();
            record.write(&mut self.written);
            if self.written.len() > LONGEST {
                return Err(Error::internal("a record is too long to be set aside"));
            }
            file.write_all(&self.written).map_err(|e| unwritable(&e))?;
            self.length += self.written.len() as u64;
        }
        self.bytes = 0;
        Ok(())
    }

    /// The file with all of it on its way to the disk, if there is one.
    fn into_file(self) -> Result<Option<File>> {
        let Some(file) = self.file else { return Ok(None) };
        file.into_inner().map(Some).map_err(|e| unwritable(e.error()))
    }
}

fn unwritable(source: &io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::StorageFull => Error::new(
            crate::platform::exit::Exit::Failure,
            "disk.full",
            "the disk is full where temporary files lie",
        )
        .hint(
            "make room, or set TMPDIR to another folder, and run the command again; nothing was left behind",
        ),
        _ => Error::io("cannot write a temporary file", source),
    }
}

/// A stretch of a file, read record by record.
struct Run {
    at: u64,
    end: u64,
    block: Vec<u8>,
    used: usize,
}

impl Run {
    fn new(at: u64, end: u64) -> Run {
        Run { at, end, block: Vec::new(), used: 0 }
    }

    fn next<T: Spill>(&mut self, file: &File) -> Result<Option<T>> {
        if self.block.len() - self.used < LONGEST && self.at < self.end {
            self.block.drain(..self.used);
            self.used = 0;
            let kept = self.block.len();
            let wanted = (self.end - self.at).min(BLOCK as u64) as usize;
            self.block.resize(kept + wanted, 0);
            let room = self.block.get_mut(kept..).unwrap_or_default();
            file.read_exact_at(room, self.at).map_err(|e| Error::io("cannot read a temporary file", &e))?;
            self.at += wanted as u64;
        }
        let mut rest = self.block.get(self.used..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let before = rest.len();
        let record =
            T::read(&mut rest).ok_or_else(|| Error::internal("a temporary file is not what was written"))?;
        self.used += before - rest.len();
        Ok(Some(record))
    }
}

/// Takes records in any order.
pub struct Sorter<T> {
    store: Store<T>,
    runs: Vec<Run>,
}

impl<T: Spill + Ord> Sorter<T> {
    /// One that holds so many bytes of records in memory.
    pub fn new(limit: usize) -> Sorter<T> {
        Sorter { store: Store::new(limit), runs: Vec::new() }
    }

    /// Takes a record.
    pub fn push(&mut self, record: T) -> Result<()> {
        if self.store.push(record) { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<()> {
        self.store.waiting.sort_unstable();
        let begin = self.store.length;
        self.store.spill()?;
        self.runs.push(Run::new(begin, self.store.length));
        Ok(())
    }

    /// All of them in their order.
    pub fn finish(mut self) -> Result<Sorted<T>> {
        if self.runs.is_empty() {
            self.store.waiting.sort_unstable();
            return Ok(Sorted { records: std::mem::take(&mut self.store.waiting).into_iter(), merge: None });
        }
        if !self.store.waiting.is_empty() {
            self.spill()?;
        }
        let mut runs = std::mem::take(&mut self.runs);
        let file = self.store.into_file()?;
        let file = file.ok_or_else(|| Error::internal("a temporary file is missing"))?;
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (number, run) in runs.iter_mut().enumerate() {
            if let Some(record) = run.next(&file)? {
                heads.push(Reverse(Head { record, number }));
            }
        }
        Ok(Sorted { records: Vec::new().into_iter(), merge: Some(Merge { file, runs, heads }) })
    }
}

/// Records in their order, each once.
pub struct Sorted<T> {
    records: std::vec::IntoIter<T>,
    merge: Option<Merge<T>>,
}

struct Merge<T> {
    file: File,
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<Head<T>>>,
}

/// The first record of a run that has not been handed on.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Head<T> {
    record: T,
    number: usize,
}

/// Records one after the other, wherever they come from.
pub trait Stream<T> {
    /// The next one.
    fn next(&mut self) -> Result<Option<T>>;
}

impl<T: Spill + Ord> Stream<T> for Sorted<T> {
    fn next(&mut self) -> Result<Option<T>> {
        let Some(merge) = &mut self.merge else { return Ok(self.records.next()) };
        let Some(mut head) = merge.heads.peek_mut() else { return Ok(None) };
        let number = head.0.number;
        let following = match merge.runs.get_mut(number) {
            Some(run) => run.next(&merge.file)?,
            None => None,
        };
        Ok(Some(match following {
            Some(record) => std::mem::replace(&mut head.0.record, record),
            None => PeekMut::pop(head).0.record,
        }))
    }
}

/// Keeps records in the order in which they came.
pub struct Sequence<T> {
    store: Store<T>,
    len: u64,
}

impl<T: Spill> Sequence<T> {
    /// One that holds so many bytes of records in memory.
    pub fn new(limit: usize) -> Sequence<T> {
        Sequence { store: Store::new(limit), len: 0 }
    }

    /// Takes a record.
    pub fn push(&mut self, record: T) -> Result<()> {
        self.len += 1;
        if self.store.push(record) { self.store.spill() } else { Ok(()) }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All of them from the first on.
    pub fn read(&mut self) -> Result<Reading<'_, T>> {
        if let Some(file) = &mut self.store.file {
            file.flush().map_err(|e| unwritable(&e))?;
        }
        Ok(Reading {
            file: self.store.file.as_ref().map(BufWriter::get_ref),
            run: Run::new(0, self.store.length),
            waiting: self.store.waiting.iter(),
        })
    }
}

/// The records of a [`Sequence`], one after the other.
pub struct Reading<'s, T> {
    file: Option<&'s File>,
    run: Run,
    waiting: std::slice::Iter<'s, T>,
}

impl<T: Spill + Clone> Stream<T> for Reading<'_, T> {
    fn next(&mut self) -> Result<Option<T>> {
        if let Some(file) = self.file
            && let Some(record) = self.run.next(file)?
        {
            return Ok(Some(record));
        }
        Ok(self.waiting.next().cloned())
    }
}

#[cfg(test)]
mod tests;
