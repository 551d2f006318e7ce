//! Checking the ZIP around a bundle: nothing but what the writer writes, so that not one byte of it can be changed.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::container::{CENTRAL_LEN, Directory, END_64_LEN, END_LEN, Entry, Limits, get16, get32, get64};

/// What is wrong with the ZIP, in one sentence; `None` where each byte of it, other than of the files themselves, is
/// what the writer writes.
pub fn fault<R: Read + Seek>(reader: &mut R, limits: Limits) -> io::Result<Option<String>> {
    match check(reader, limits) {
        Ok(()) => Ok(None),
        Err(Fault::Wrong(what)) => Ok(Some(what)),
        Err(Fault::Io(e)) if e.kind() == io::ErrorKind::UnexpectedEof => {
            Ok(Some("the ZIP ends too early".to_owned()))
        }
        Err(Fault::Io(e)) => Err(e),
    }
}

enum Fault {
    Wrong(String),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(source: io::Error) -> Fault {
        Fault::Io(source)
    }
}

fn wrong<T>(what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Wrong(what.into()))
}

fn check<R: Read + Seek>(reader: &mut R, limits: Limits) -> Result<(), Fault> {
    let directory = directory(reader, limits)?;
    let entries = entries(reader, directory, limits)?;
    for entry in &entries {
        let expected = entry.local(limits);
        reader.seek(SeekFrom::Start(entry.at))?;
        if read(reader, expected.len())? != expected {
            return wrong(format!(
                "{}: the header before it is not what the directory of the ZIP makes it",
                entry.name
            ));
        }
    }
    Ok(())
}

/// Where the directory is, from the end of the file.
fn directory<R: Read + Seek>(reader: &mut R, limits: Limits) -> Result<Directory, Fault> {
    let len = reader.seek(SeekFrom::End(0))?;
    let mut tail = last(reader, len, END_LEN)?;
    if Directory::is_large(&tail) {
        tail = last(reader, len, END_64_LEN + END_LEN)?;
    }
    let Some(directory) = Directory::parse(&tail) else { return wrong("the ZIP has no end") };
    if directory.end(limits) != tail {
        return wrong("the record at the end of the ZIP is not what the writer writes");
    }
    match directory.at.checked_add(directory.size).and_then(|end| end.checked_add(tail.len() as u64)) {
        Some(end) if end == len => Ok(directory),
        _ => wrong("there are bytes between the directory of the ZIP and its end"),
    }
}

/// The lines of the directory, which follow each other as their files do, from the first byte of the ZIP on.
fn entries<R: Read + Seek>(
    reader: &mut R,
    directory: Directory,
    limits: Limits,
) -> Result<Vec<Entry>, Fault> {
    reader.seek(SeekFrom::Start(directory.at))?;
    let mut reader = BufReader::with_capacity(128 * 1024, reader.take(directory.size));
    let (mut entries, mut at, mut left) = (Vec::new(), 0_u64, directory.size);
    while left > 0 {
        let mut line = read(&mut reader, CENTRAL_LEN)?;
        let length = |at: usize| usize::from(get16(&line, at).unwrap_or_default());
        let (name, extra) = (length(28), length(30));
        let (name, extra) = (read(&mut reader, name)?, read(&mut reader, extra)?);
        let size = match get32(&line, 24) {
            Some(u32::MAX) => get64(&extra, 4),
            size => size.map(u64::from),
        };
        let (Some(size), Some(crc)) = (size, get32(&line, 16)) else {
            return wrong("a line of the directory of the ZIP has no size");
        };
        line.extend(name.iter().chain(&extra));
        let Ok(name) = String::from_utf8(name) else { return wrong("a name in the ZIP is not UTF-8") };
        let entry = Entry { name, size, crc, at };
        if entry.central(limits) != line {
            return wrong(format!(
                "{}: its line in the directory of the ZIP is not what the writer writes",
                entry.name
            ));
        }
        let next = at.checked_add(entry.local(limits).len() as u64).and_then(|at| at.checked_add(size));
        let Some(next) = next.filter(|next| *next <= directory.at) else {
            return wrong(format!("{}: it does not end before the directory of the ZIP", entry.name));
        };
        at = next;
        left = left.saturating_sub(line.len() as u64);
        entries.push(entry);
    }
    if at != directory.at {
        return wrong("there are bytes between the last file of the ZIP and its directory");
    }
    if entries.len() as u64 != directory.files {
        return wrong(format!("the ZIP has {} files and says it has {}", entries.len(), directory.files));
    }
    Ok(entries)
}

fn last<R: Read + Seek>(reader: &mut R, len: u64, count: usize) -> Result<Vec<u8>, Fault> {
    let Some(begin) = len.checked_sub(count as u64) else { return wrong("the ZIP ends too early") };
    reader.seek(SeekFrom::Start(begin))?;
    read(reader, count)
}

/// Exactly so many bytes.
fn read<R: Read>(reader: &mut R, count: usize) -> Result<Vec<u8>, Fault> {
    let mut bytes = vec![0; count];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}
