//! Which encoding a sheet has, and UTF-16 made into UTF-8.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use encoding_rs::{DecoderResult, UTF_16BE, UTF_16LE};

use super::Encoding;
use crate::platform::blob::Spooled;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;

const CHUNK: usize = 64 * 1024;

/// Reads on behalf of another and watches whether the bytes are UTF-8.
pub(super) struct Watch<R> {
    inner: R,
    /// The encoding that was said to be that of the file.
    said: Option<Encoding>,
    /// How many bytes may come.
    limit: u64,
    size: u64,
    /// The beginning of a character that the last block ended in.
    tail: Vec<u8>,
    seen: Seen,
}

/// How many bytes at the beginning tell what kind of file it is.
const START: usize = 1024;

/// Why reading ended before the file did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// There is a NUL, which no text has; UTF-16 is told before.
    NotText,
    /// There is more than may come.
    TooLarge,
}

/// What was seen of the bytes.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// The first bytes.
    pub start: Vec<u8>,
    pub stop: Option<Stop>,
    nul: bool,
    pub utf8: bool,
    /// Whether there is a quote anywhere.
    pub quotes: bool,
    pub ends_with_newline: bool,
}

/// The text of a sheet as the reader wants it: UTF-8 or a code page of single bytes.
pub(super) struct Body {
    /// A file of its own, where the text had to be made into UTF-8.
    pub file: Option<File>,
    /// How many bytes, a mark included.
    pub length: u64,
    /// How many of them are a mark.
    pub mark: u64,
    pub ends_with_newline: bool,
}

impl<R: Read> Watch<R> {
    pub fn new(inner: R, said: Option<Encoding>, limit: u64) -> Watch<R> {
        let seen = Seen {
            start: Vec::new(),
            stop: None,
            nul: false,
            utf8: true,
            quotes: false,
            ends_with_newline: false,
        };
        Watch { inner, said, limit, size: 0, tail: Vec::new(), seen }
    }

    pub fn finish(mut self) -> Seen {
        if self.seen.stop.is_none() && self.is_not_text() {
            self.seen.stop = Some(Stop::NotText);
        }
        Seen { utf8: self.seen.utf8 && self.tail.is_empty(), ..self.seen }
    }

    /// Whether there was a NUL in what is not UTF-16.
    fn is_not_text(&self) -> bool {
        let utf16 = |encoding: &Encoding| matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        self.seen.nul
            && !self
                .said
                .or_else(|| marked(&self.seen.start).map(|(encoding, _)| encoding))
                .or_else(|| unmarked_utf16(&self.seen.start))
                .is_some_and(|encoding| utf16(&encoding))
    }

    /// Whether a block may be handed on.
    fn stop(&mut self, block: &[u8]) -> Option<Stop> {
        self.size += block.len() as u64;
        let missing = START.saturating_sub(self.seen.start.len()).min(block.len());
        self.seen.start.extend_from_slice(block.get(..missing).unwrap_or_default());
        self.seen.nul = self.seen.nul || block.contains(&0);
        self.seen.quotes = self.seen.quotes || block.contains(&b'"');
        // A short beginning may yet turn out to be that of UTF-16.
        if self.seen.nul && self.seen.start.len() >= START && self.is_not_text() {
            return Some(Stop::NotText);
        }
        (self.size > self.limit).then_some(Stop::TooLarge)
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
        self.seen.stop = self.stop(block);
        if self.seen.stop.is_some() {
            return Ok(0);
        }
        if let Some(last) = block.last() {
            self.seen.ends_with_newline = *last == b'\n';
            self.watch(block);
        }
        Ok(n)
    }
}

/// The encoding that a file says it has, and its mark.
fn marked(start: &[u8]) -> Option<(Encoding, &'static [u8])> {
    Encoding::marked().find(|(_, mark)| start.starts_with(mark))
}

/// Refuses what was not read to its end.
fn refuse(stop: Option<Stop>, limit: u64, name: &str) -> Result<()> {
    match stop {
        None => Ok(()),
        Some(Stop::NotText) => Err(Error::invalid_file(format!(
            "{name} is not text: it holds bytes of zero (NUL), which no CSV file has"
        ))
        .hint("see whether it is the right file, and save it as CSV UTF-8")),
        Some(Stop::TooLarge) => Err(Error::new(
            Exit::InvalidFile,
            "file.too-large",
            format!("{name} is larger than {} MiB, which is the most that one import takes", limit >> 20),
        )
        .hint("divide the file, and import its parts one by one")),
    }
}

/// The encoding and the length of the byte-order mark.
pub(super) fn encoding(
    seen: &Seen,
    said: Option<Encoding>,
    limit: u64,
    name: &str,
) -> Result<(Encoding, u64)> {
    let (start, utf8) = (seen.start.as_slice(), seen.utf8);
    // A ZIP file (.xlsx) and a compound file (.xls).
    if start.starts_with(b"PK\x03\x04") || start.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Error::invalid_file(format!("{name} is an Excel workbook, not a CSV file"))
            .hint("save it as CSV UTF-8, or as CSV (semicolon-delimited)"));
    }
    let (found, length) = marked(start).map_or((None, 0), |(found, mark)| (Some(found), mark.len() as u64));
    if let (Some(said), Some(found)) = (said, found)
        && said != found
    {
        return Err(Error::invalid_file(format!("{name} is not {said}: it begins with the mark of {found}"))
            .hint("leave --encoding away"));
    }
    refuse(seen.stop, limit, name)?;
    let guess = || if utf8 { Encoding::Utf8 } else { Encoding::Windows1252 };
    let encoding = said.or(found).or_else(|| unmarked_utf16(start)).unwrap_or_else(guess);
    if encoding == Encoding::Utf8 && !utf8 {
        return Err(Error::invalid_file(format!("{name} is not UTF-8 throughout, though it should be"))
            .hint("save it again as CSV UTF-8; without a byte-order mark, --encoding windows-1252 may fit"));
    }
    Ok((encoding, length))
}

/// UTF-16 without a mark, where it is plain to see: most characters are Latin, so every other byte is zero, and
/// hardly any of those between.
fn unmarked_utf16(start: &[u8]) -> Option<Encoding> {
    let (mut evens, mut odds, mut pairs) = (0_usize, 0_usize, 0_usize);
    for pair in start.chunks_exact(2) {
        if let [even, odd] = pair {
            pairs += 1;
            evens += usize::from(*even == 0);
            odds += usize::from(*odd == 0);
        }
    }
    let most = |n: usize| n * 4 >= pairs * 3;
    let few = |n: usize| n * 8 <= pairs;
    match (evens, odds) {
        _ if pairs < 4 => None,
        _ if few(evens) && most(odds) => Some(Encoding::Utf16Le),
        _ if most(evens) && few(odds) => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// The text of a spooled sheet; UTF-16 is made into UTF-8 block by block, in a temporary file of its own.
pub(super) fn body(
    spooled: &Spooled,
    encoding: Encoding,
    mark: u64,
    seen: &Seen,
    name: &str,
) -> Result<Body> {
    let mut decoder = match encoding {
        Encoding::Utf16Le => UTF_16LE.new_decoder_without_bom_handling(),
        Encoding::Utf16Be => UTF_16BE.new_decoder_without_bom_handling(),
        Encoding::Utf8 | Encoding::Windows1252 => {
            let ends_with_newline = seen.ends_with_newline;
            return Ok(Body { file: None, length: spooled.size, mark, ends_with_newline });
        }
    };
    if spooled.size % 2 == 1 {
        let message = format!(
            "{name} has an odd number of bytes ({}), which {encoding} cannot have: its end is cut off",
            spooled.size
        );
        return Err(Error::invalid_file(message).hint("save it again, or say what it is with --encoding"));
    }
    let mut from = spooled.rewound()?;
    from.seek(SeekFrom::Start(mark)).map_err(|e| unreadable(&e))?;
    let mut file = tempfile::tempfile().map_err(|e| Error::io("cannot make a temporary file", &e))?;
    let mut input = vec![0_u8; CHUNK];
    // As much as a block can become, whatever is in it.
    let room = decoder.max_utf8_buffer_length_without_replacement(CHUNK).unwrap_or(4 * CHUNK);
    let mut output = vec![0_u8; room];
    let (mut length, mut line, mut ends_with_newline) = (0_u64, 1_usize, false);
    loop {
        let n = from.read(&mut input).map_err(|e| unreadable(&e))?;
        let mut rest = input.get(..n).unwrap_or_default();
        loop {
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(rest, &mut output, n == 0);
            let text = output.get(..written).unwrap_or_default();
            file.write_all(text).map_err(|e| Error::io("cannot write a temporary file", &e))?;
            length += written as u64;
            line += text.iter().filter(|byte| **byte == b'\n').count();
            ends_with_newline = text.last().map_or(ends_with_newline, |byte| *byte == b'\n');
            rest = rest.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    let message = format!(
                        "{name} is not {encoding} throughout: line {line} has half of a character (an unpaired surrogate)"
                    );
                    return Err(Error::invalid_file(message).hint("save it again as CSV UTF-8"));
                }
            }
        }
        if n == 0 {
            return Ok(Body { file: Some(file), length, mark: 0, ends_with_newline });
        }
    }
}

pub(super) fn unreadable(source: &io::Error) -> Error {
    Error::io("cannot read a temporary file", source)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::platform::sheet::{Sheet, SheetOptions};

    #[test]
    fn lessons_limits_what_is_no_text_and_what_has_no_end_is_refused_at_once() {
        let refused = |reader: Box<dyn Read>, limit: u64| {
            let options = SheetOptions { limit, ..SheetOptions::default() };
            let Err(error) = Sheet::open(reader, "t.csv", options) else {
                return (String::new(), String::new());
            };
            assert_eq!(error.exit(), Exit::InvalidFile);
            (error.code().to_owned(), error.message().to_owned())
        };
        let whole = u64::MAX;
        // None of these ends: that the test does is what is tested.
        let (code, message) = refused(Box::new(io::repeat(0)), whole);
        assert_eq!(code, "file.invalid");
        assert!(message.contains("not text"), "{message}");
        let late = Cursor::new(vec![b'a'; 3_000_000]).chain(io::repeat(0));
        assert!(refused(Box::new(late), whole).1.contains("not text"));
        let (code, message) = refused(Box::new(io::repeat(b'y')), 2 << 20);
        assert_eq!(code, "file.too-large");
        assert_eq!(message, "t.csv is larger than 2 MiB, which is the most that one import takes");
        // A short one, a workbook, and UTF-16 that is only known from its second block.
        assert!(refused(Box::new(&b"a;b\n1;\0\n"[..]), whole).1.contains("not text"));
        assert!(refused(Box::new(&b"PK\x03\x04\0\0"[..]), whole).1.contains("workbook"));
        let text: Vec<u8> = "a;b\n1;2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (first, rest) = (text[..3].to_vec(), text[3..].to_vec());
        assert_eq!(refused(Box::new(Cursor::new(first).chain(Cursor::new(rest))), whole).0, "");
        assert_eq!(refused(Box::new(&b"a;b\n"[..]), 4).0, "");
        assert_eq!(refused(Box::new(&b"a;b\n"[..]), 3).0, "file.too-large");
    }
}
