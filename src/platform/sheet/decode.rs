//! Which encoding a sheet has.

use std::io::{self, Read};

use super::Encoding;
use crate::platform::error::{Error, Result};

/// Reads on behalf of another and watches whether the bytes are UTF-8.
pub(super) struct Watch<R> {
    inner: R,
    /// The beginning of a character that the last block ended in.
    tail: Vec<u8>,
    seen: Seen,
}

/// What was seen of the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub utf8: bool,
    pub ends_with_newline: bool,
}

impl<R: Read> Watch<R> {
    pub fn new(inner: R) -> Watch<R> {
        Watch { inner, tail: Vec::new(), seen: Seen { utf8: true, ends_with_newline: false } }
    }

    pub fn finish(self) -> Seen {
        Seen { utf8: self.seen.utf8 && self.tail.is_empty(), ..self.seen }
    }

    fn watch(&mut self, block: &[u8]) {
        if !self.seen.utf8 {
            return;
        }
        let joined;
        let bytes = if self.tail.is_empty() {
            block
        } else {
            joined = [self.tail.as_slice(), block].concat();
            &joined
        };
        let rest = match std::str::from_utf8(bytes) {
            Ok(_) => Vec::new(),
            Err(e) if e.error_len().is_some() => {
                self.seen.utf8 = false;
                Vec::new()
            }
            Err(e) => bytes.get(e.valid_up_to()..).unwrap_or_default().to_vec(),
        };
        self.tail = rest;
    }
}

impl<R: Read> Read for Watch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let block = buffer.get(..n).unwrap_or_default();
        if let Some(last) = block.last() {
            self.seen.ends_with_newline = *last == b'\n';
            self.watch(block);
        }
        Ok(n)
    }
}

/// The encoding and the length of the byte-order mark.
pub(super) fn encoding(
    start: &[u8],
    utf8: bool,
    said: Option<Encoding>,
    name: &str,
) -> Result<(Encoding, u64)> {
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::invalid_file(format!("{name} is UTF-16 (\"Unicode text\")"))
            .hint("save it as CSV UTF-8, or as CSV (semicolon-delimited)"));
    }
    if start.starts_with(b"PK\x03\x04") {
        return Err(Error::invalid_file(format!("{name} is an Excel workbook, not a CSV file"))
            .hint("save it as CSV UTF-8, or as CSV (semicolon-delimited)"));
    }
    let mark = start.starts_with(&[0xEF, 0xBB, 0xBF]);
    let length = if mark { 3 } else { 0 };
    match said {
        Some(Encoding::Windows1252) if mark => {
            Err(Error::invalid_file(format!("{name} is not windows-1252: it begins with the mark of UTF-8"))
                .hint("leave --encoding away"))
        }
        Some(Encoding::Windows1252) => Ok((Encoding::Windows1252, 0)),
        _ if utf8 => Ok((Encoding::Utf8, length)),
        None if !mark => Ok((Encoding::Windows1252, 0)),
        _ => Err(Error::invalid_file(format!("{name} is not UTF-8 throughout, though it should be"))
            .hint("save it again as CSV UTF-8; without a byte-order mark, --encoding windows-1252 may fit")),
    }
}
