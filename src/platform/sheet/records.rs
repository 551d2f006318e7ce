//! From the file to records, with a limit to what one record may be.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::decode::unreadable;
use super::{Fault, Faults, Record, Sheet};
use crate::platform::error::{Error, Result};

/// How many bytes a record may have. More is a quote that was never closed, or no sheet at all.
pub(super) const LIMIT: u64 = 1024 * 1024;

const BUFFER: usize = 256 * 1024;

/// Hands on the file, but for one record no more than the limit and what is in the buffer anyway: the reader behind
/// it would otherwise take a record into memory however long it is.
struct Guard<'f> {
    file: &'f File,
    left: u64,
    spent: bool,
}

impl Read for Guard<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            self.spent = true;
            return Err(io::Error::other("the record is too long"));
        }
        let n = Read::take(&mut self.file, self.left).read(buffer)?;
        self.left -= n as u64;
        Ok(n)
    }
}

/// A place in the file.
#[derive(Clone, Copy)]
struct At {
    byte: u64,
    line: u64,
}

impl At {
    fn behind(self, bytes: u64, lines: u64) -> At {
        At { byte: self.byte + bytes, line: self.line + lines }
    }
}

impl Sheet {
    /// Hands on records until the receiver says `false`.
    pub(super) fn records(&self, mut receive: impl FnMut(&Record<'_>) -> Result<bool>) -> Result<()> {
        let mut at = Some(At { byte: self.start, line: 1 + self.lines_before });
        while let Some(from) = at {
            at = self.records_from(from, &mut receive)?;
        }
        Ok(())
    }

    /// As [`Sheet::records`], from here on; answers with where to begin anew, where a flood of blank lines used up
    /// what one record may have.
    fn records_from(
        &self,
        from: At,
        receive: &mut impl FnMut(&Record<'_>) -> Result<bool>,
    ) -> Result<Option<At>> {
        // The terminator is the line feed alone, so that lines are counted right; `cell` trims the carriage return.
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER)
            .from_reader(Guard { file: self.file(from.byte)?, left: 0, spent: false });
        let mut cells = ByteRecord::new();
        loop {
            reader.get_mut().left = LIMIT + 1;
            let (byte, line) = (reader.position().byte(), reader.position().line());
            let read = reader.read_byte_record(&mut cells);
            let size = reader.position().byte() - byte;
            let lines = reader.position().line() - line;
            let begin = from.behind(byte, line - 1);
            if size > LIMIT {
                // Blank lines are passed over within the reading of one record.
                let blank = self.blank_lines(begin)?;
                if size.saturating_sub(blank) > LIMIT {
                    return Err(self.too_long(begin.behind(blank, blank))?);
                }
                if read.is_err() && reader.get_ref().spent {
                    return Ok(Some(begin.behind(blank, blank)));
                }
            }
            if !read.map_err(cannot_read)? {
                return Ok(None);
            }
            let at_end = begin.byte + size >= self.length;
            let line = if lines <= 1 {
                begin.line
            } else {
                let breaks = cells.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
                let ended = u64::from(!at_end || self.ends_with_newline);
                (begin.line + lines).saturating_sub(breaks + ended).max(1)
            };
            let unclosed = if at_end { self.open_quote(begin, size)? } else { None };
            let line = unclosed.map_or(line, |(line, _)| line);
            let unclosed = unclosed.map(|(_, quote)| quote);
            let record = Record { line, cells: &cells, encoding: self.encoding, unclosed };
            if !record.is_empty() && !receive(&record)? {
                return Ok(None);
            }
        }
    }

    /// How many line feeds stand here.
    fn blank_lines(&self, at: At) -> Result<u64> {
        self.aside(at, |file| {
            let mut blank = 0_u64;
            loop {
                let block = file.fill_buf()?;
                let n = block.iter().take_while(|byte| **byte == b'\n').count();
                let all = n == block.len() && n > 0;
                file.consume(n);
                blank += n as u64;
                if !all {
                    return Ok(blank);
                }
            }
        })
    }

    /// If a quote is still open behind so many bytes: the line on which its record begins, and that on which it opens.
    fn open_quote(&self, begin: At, size: u64) -> Result<Option<(u64, u64)>> {
        self.aside(begin, |file| {
            let mut scan = Scan::new(begin.line);
            for byte in file.take(size).bytes() {
                scan.byte(byte?, self.delimiter);
            }
            Ok((scan.place == Place::Quoted).then_some((scan.record, scan.quote)))
        })
    }

    /// The lines of the first records in which text stands behind a closing quote (`"x"foo`), at most so many.
    pub fn misplaced_quotes(&self, most: usize) -> Result<BTreeSet<u64>> {
        if !self.quotes {
            return Ok(BTreeSet::new());
        }
        let begin = At { byte: self.start, line: 1 + self.lines_before };
        self.aside(begin, |file| {
            let mut scan = Scan::new(begin.line);
            let mut lines = BTreeSet::new();
            loop {
                let block = file.fill_buf()?;
                for byte in block {
                    let behind = scan.place == Place::Ending;
                    scan.byte(*byte, self.delimiter);
                    // Blanks behind the quote mean nothing, and the carriage return ends the line.
                    if behind && scan.place == Place::Plain && !matches!(byte, b' ' | b'\t' | b'\r') {
                        lines.insert(scan.record);
                    }
                    if *byte == b'\n' && scan.place == Place::CellBegins {
                        scan.record = scan.line;
                    }
                }
                let n = block.len();
                file.consume(n);
                if n == 0 || lines.len() >= most {
                    return Ok(lines);
                }
            }
        })
    }

    fn too_long(&self, begin: At) -> Result<Error> {
        let line = begin.line;
        let quote = self.open_quote(begin, LIMIT)?.map(|(_, quote)| quote);
        let advice = match quote {
            Some(quote) => format!("; the quote (\") that opens in line {quote} may not be closed"),
            None => String::new(),
        };
        let message = format!("the record that begins in line {line} is longer than 1 MiB{advice}");
        let mut faults = Faults::default();
        let code = "record.too-long";
        faults.push(Fault { line, column: None, value: String::new(), code, message: message.clone() });
        let (_, details) = faults.into_details("")?;
        Ok(Error::invalid_file(message).hint("mend that line, and import the file again").details(details))
    }

    /// Reads elsewhere in the file and comes back.
    fn aside<T>(&self, at: At, read: impl FnOnce(&mut BufReader<&File>) -> io::Result<T>) -> Result<T> {
        let mut file = self.body();
        let back = file.stream_position().map_err(|e| unreadable(&e))?;
        let found = read(&mut BufReader::new(self.file(at.byte)?)).map_err(|e| unreadable(&e))?;
        file.seek(SeekFrom::Start(back)).map_err(|e| unreadable(&e))?;
        Ok(found)
    }
}

/// Where in a record the scan is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellBegins,
    Plain,
    Quoted,
    /// Behind a quote within quotes: the end of the cell, or half of a doubled quote.
    Ending,
}

/// Follows the quotes of one record as the reader understands them.
struct Scan {
    place: Place,
    line: u64,
    /// The line on which the record begins.
    record: u64,
    /// The line on which the last quote opened.
    quote: u64,
}

impl Scan {
    /// At the beginning of the record of that line.
    fn new(line: u64) -> Scan {
        Scan { place: Place::CellBegins, line, record: line, quote: 0 }
    }

    fn byte(&mut self, byte: u8, delimiter: u8) {
        let blank_so_far = self.record == self.line && self.place == Place::CellBegins;
        self.place = match (self.place, byte) {
            (Place::CellBegins, b'"') => {
                self.quote = self.line;
                Place::Quoted
            }
            (Place::Quoted, b'"') => Place::Ending,
            (Place::Quoted, _) | (Place::Ending, b'"') => Place::Quoted,
            (_, b'\n') => Place::CellBegins,
            (_, byte) if byte == delimiter => Place::CellBegins,
            _ => Place::Plain,
        };
        if byte == b'\n' {
            self.line += 1;
            if blank_so_far {
                self.record = self.line;
            }
        }
    }
}

fn cannot_read(source: csv::Error) -> Error {
    match source.into_kind() {
        csv::ErrorKind::Io(e) => unreadable(&e),
        other => Error::invalid_file(format!("the sheet cannot be read: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::sheet::{Sheet, SheetOptions};

    #[test]
    fn domain_2_4_text_behind_a_closing_quote_is_found() {
        let text = b"\xef\xbb\xbfsep=;\r\na;b\r\n\"x\";\"y\"\r\n\r\n\"x\"foo;y\r\n\"1\n\"\"2\";\"z\"\"\"\r\n1;\"u\" \r\n\"v\"\n3;\"x\"y";
        let sheet = Sheet::open(&text[..], "t", SheetOptions::default()).unwrap();
        assert_eq!(sheet.misplaced_quotes(10).unwrap().into_iter().collect::<Vec<_>>(), [5, 10]);
    }
}
