//! Sheets: CSV files as spreadsheets write them (DOMAIN §2.4).
//!
//! A sheet is spooled and hashed once, then read record by record, never held whole in memory. Cells are handed on
//! as bytes; what is not ASCII is decoded where somebody needs it as text.

mod decode;
mod fault;
mod header;
pub mod number;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use crate::platform::blob::Spooled;
use crate::platform::error::{Error, Result};

pub use fault::{Fault, Faults};
pub use header::Heading;

crate::coded! {
    /// How the bytes of a sheet stand for characters.
    pub enum Encoding("encoding") {
        /// UTF-8, with or without a byte-order mark.
        Utf8 => "utf-8",
        /// What Danish Excel writes unasked.
        Windows1252 => "windows-1252",
    }
}

/// What the user said about a sheet; the rest is detected.
#[derive(Debug, Clone, Copy, Default)]
pub struct SheetOptions {
    /// The encoding.
    pub encoding: Option<Encoding>,
    /// The delimiter.
    pub delimiter: Option<u8>,
}

/// A sheet, spooled, hashed and with its heading read.
pub struct Sheet {
    spooled: Spooled,
    /// Where the heading begins, behind a byte-order mark and a `sep=` line.
    start: u64,
    /// The lines before it.
    lines_before: u64,
    ends_with_newline: bool,
    /// How its bytes stand for characters.
    pub encoding: Encoding,
    /// What parts its cells.
    pub delimiter: u8,
    /// The line of the heading.
    pub header_line: u64,
    /// The headings as they stand in the file, trimmed.
    pub header: Vec<String>,
}

/// One record of a sheet.
pub struct Record<'a> {
    /// The line it begins on; the first of the file is 1.
    pub line: u64,
    cells: &'a ByteRecord,
}

impl<'a> Record<'a> {
    /// A cell without the blanks around it; empty where the record has no such cell.
    pub fn cell(&self, index: usize) -> &'a [u8] {
        self.cells.get(index).unwrap_or_default().trim_ascii()
    }

    /// How many cells the record has.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim_ascii().is_empty())
    }
}

impl Sheet {
    /// Reads a sheet to its end, and its heading.
    pub fn open(reader: impl Read, name: &str, options: SheetOptions) -> Result<Sheet> {
        let mut watch = decode::Watch::new(reader);
        let spooled = Spooled::read(&mut watch, name, u64::MAX)?;
        let seen = watch.finish();
        let (encoding, mark) = decode::encoding(&spooled.start, seen.utf8, options.encoding, name)?;
        let mut sheet = Sheet {
            start: mark,
            lines_before: 0,
            ends_with_newline: seen.ends_with_newline,
            encoding,
            delimiter: b';',
            header_line: 1,
            header: Vec::new(),
            spooled,
        };
        let mut opening = Vec::new();
        sheet
            .file(mark)?
            .take(64 * 1024)
            .read_to_end(&mut opening)
            .map_err(|e| Error::io("cannot read a temporary file", &e))?;
        let (said, first) = header::said_delimiter(&opening);
        if said.is_some() {
            sheet.lines_before = 1;
            sheet.start += first as u64;
        }
        let rest = opening.get(first..).unwrap_or_default();
        sheet.delimiter = options.delimiter.or(said).unwrap_or_else(|| header::detect_delimiter(rest));
        sheet.read_header(name)?;
        Ok(sheet)
    }

    /// SHA-256 of the file's bytes.
    pub fn sha256(&self) -> &str {
        &self.spooled.sha256
    }

    /// A cell as text.
    pub fn text<'a>(&self, cell: &'a [u8]) -> Cow<'a, str> {
        match self.encoding {
            Encoding::Utf8 => String::from_utf8_lossy(cell),
            Encoding::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0,
        }
    }

    /// The delimiter as people name it.
    pub fn delimiter_text(&self) -> String {
        char::from(self.delimiter).to_string()
    }

    /// Hands on every record behind the heading that is not empty.
    pub fn each(&self, mut receive: impl FnMut(&Record<'_>) -> Result<()>) -> Result<()> {
        let mut first = true;
        self.records(|record| {
            if std::mem::take(&mut first) {
                return Ok(true);
            }
            receive(record).map(|()| true)
        })
    }

    fn read_header(&mut self, name: &str) -> Result<()> {
        let mut found = None;
        self.records(|record| {
            let cells: Vec<_> = record.cells.iter().map(|cell| self.text(cell).trim().to_owned()).collect();
            found = Some((record.line, cells));
            Ok(false)
        })?;
        let (line, mut cells) = found.ok_or_else(|| {
            Error::invalid_file(format!("{name} is empty")).hint("the first line must be the heading")
        })?;
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        self.header_line = line;
        self.header = cells;
        Ok(())
    }

    /// Hands on records until the receiver says `false`.
    fn records(&self, mut receive: impl FnMut(&Record<'_>) -> Result<bool>) -> Result<()> {
        // The terminator is the line feed alone, so that lines are counted right; `cell` trims the carriage return.
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(256 * 1024)
            .from_reader(self.file(self.start)?);
        let mut cells = ByteRecord::new();
        let length = self.spooled.size - self.start;
        while reader.read_byte_record(&mut cells).map_err(unreadable)? {
            let position = reader.position();
            let at_end = !self.ends_with_newline && position.byte() >= length;
            let breaks = cells.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
            let behind = position.line() + self.lines_before;
            let line = behind.saturating_sub(breaks + u64::from(!at_end)).max(1);
            let record = Record { line, cells: &cells };
            if !record.is_empty() && !receive(&record)? {
                break;
            }
        }
        Ok(())
    }

    fn file(&self, at: u64) -> Result<&File> {
        let mut file = self.spooled.rewound()?;
        file.seek(SeekFrom::Start(at)).map_err(|e| Error::io("cannot read a temporary file", &e))?;
        Ok(file)
    }
}

fn unreadable(source: csv::Error) -> Error {
    match source.into_kind() {
        csv::ErrorKind::Io(e) => Error::io("cannot read a temporary file", &e),
        other => Error::invalid_file(format!("the sheet cannot be read: {other:?}")),
    }
}
