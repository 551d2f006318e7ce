//! Sheets: CSV files as spreadsheets write them (DOMAIN §2.4).
//!
//! A sheet is spooled and hashed once, then read record by record, never held whole in memory. Cells are handed on
//! as bytes; what is not ASCII is decoded where somebody needs it as text. UTF-16 is made into UTF-8 in a second
//! temporary file, so that all reading is of bytes in which a delimiter, a quote and a line feed are themselves.

pub mod cell;
mod decode;
mod excel;
mod fault;
mod header;
pub mod number;
mod record;
mod records;
#[cfg(test)]
mod tests;
mod write;

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use encoding_rs::WINDOWS_1252;

use crate::platform::blob::Spooled;
use crate::platform::error::{Error, Result};

pub use fault::{Fault, Faults, shown};
pub use header::Heading;
pub use record::Record;
pub use write::{Cell, Dialect, Form, SheetWriter};

crate::coded! {
    /// How the bytes of a sheet stand for characters.
    pub enum Encoding("encoding") {
        /// UTF-8, with or without a byte-order mark.
        Utf8 => "utf-8",
        /// What Danish Excel writes unasked.
        Windows1252 => "windows-1252",
        /// What Excel calls "Unicode text".
        Utf16Le => "utf-16le",
        /// The same with the bytes the other way round.
        Utf16Be => "utf-16be",
    }
}

impl Encoding {
    /// The encodings that may begin with a byte-order mark, and the marks.
    fn marked() -> impl Iterator<Item = (Encoding, &'static [u8])> {
        let marks: [(Encoding, &'static [u8]); 3] = [
            (Encoding::Utf8, &[0xEF, 0xBB, 0xBF]),
            (Encoding::Utf16Le, &[0xFF, 0xFE]),
            (Encoding::Utf16Be, &[0xFE, 0xFF]),
        ];
        marks.into_iter()
    }

    /// The text of a cell. UTF-16 is UTF-8 by the time that cells are read.
    fn text(self, cell: &[u8]) -> Cow<'_, str> {
        match self {
            Encoding::Windows1252 => WINDOWS_1252.decode_without_bom_handling(cell).0,
            Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be => String::from_utf8_lossy(cell),
        }
    }

    /// The bytes of a cell with this text; `?` for what the encoding does not have.
    fn bytes(self, text: &str) -> Cow<'_, [u8]> {
        if self != Encoding::Windows1252 {
            return Cow::Borrowed(text.as_bytes());
        }
        match WINDOWS_1252.encode(text) {
            (bytes, _, false) => bytes,
            _ => {
                let known = |c: char| !WINDOWS_1252.encode(c.encode_utf8(&mut [0; 4])).2;
                let text: String = text.chars().map(|c| if known(c) { c } else { '?' }).collect();
                Cow::Owned(WINDOWS_1252.encode(&text).0.into_owned())
            }
        }
    }
}

/// What the user said about a sheet; the rest is detected.
#[derive(Debug, Clone, Copy)]
pub struct SheetOptions {
    /// The encoding.
    pub encoding: Option<Encoding>,
    /// The delimiter.
    pub delimiter: Option<u8>,
    /// How many bytes the file may have; no more are spooled.
    pub limit: u64,
}

impl Default for SheetOptions {
    fn default() -> SheetOptions {
        SheetOptions { encoding: None, delimiter: None, limit: 64 << 20 }
    }
}

/// A sheet, spooled, hashed and with its heading read.
pub struct Sheet {
    spooled: Spooled,
    /// What is read, where it is not what was spooled.
    decoded: Option<File>,
    /// How many bytes are read.
    length: u64,
    /// Whether the file begins with a byte-order mark.
    marked: bool,
    /// Where the heading begins, behind a byte-order mark and a `sep=` line.
    start: u64,
    /// The lines before it.
    lines_before: u64,
    ends_with_newline: bool,
    /// Whether there is a quote anywhere.
    quotes: bool,
    /// How its bytes stand for characters.
    pub encoding: Encoding,
    /// What parts its cells.
    pub delimiter: u8,
    /// The line of the heading.
    pub header_line: u64,
    /// The headings as they stand in the file, trimmed.
    pub header: Vec<String>,
}

impl Sheet {
    /// Reads a sheet to its end, and its heading.
    pub fn open(reader: impl Read, name: &str, options: SheetOptions) -> Result<Sheet> {
        let mut watch = decode::Watch::new(reader, options.encoding, options.limit);
        let spooled = Spooled::read(&mut watch, name, u64::MAX)?;
        let seen = watch.finish();
        let (encoding, mark) = decode::encoding(&seen, options.encoding, options.limit, name)?;
        let body = decode::body(&spooled, encoding, mark, &seen, name)?;
        let mut sheet = Sheet {
            spooled,
            decoded: body.file,
            length: body.length,
            marked: mark > 0,
            start: body.mark,
            lines_before: 0,
            ends_with_newline: body.ends_with_newline,
            quotes: seen.quotes,
            encoding,
            delimiter: b';',
            header_line: 1,
            header: Vec::new(),
        };
        let mut opening = Vec::new();
        sheet
            .file(sheet.start)?
            .take(64 * 1024)
            .read_to_end(&mut opening)
            .map_err(|e| decode::unreadable(&e))?;
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
        self.encoding.text(cell)
    }

    /// The delimiter as people name it.
    pub fn delimiter_text(&self) -> String {
        char::from(self.delimiter).to_string()
    }

    /// How many bytes are read, for who shows how far it has come ([`Record::size`]).
    pub fn size(&self) -> u64 {
        self.length
    }

    /// How one like it is written.
    pub fn form(&self) -> Form {
        Form {
            encoding: self.encoding,
            delimiter: self.delimiter,
            // Without its mark, UTF-16 is only guessed at.
            mark: self.marked || self.decoded.is_some(),
            says_delimiter: self.lines_before > 0,
            guarded: false,
        }
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
        let mut faults = Faults::default();
        self.records(|record| {
            let cells: Vec<_> = (0..record.len()).map(|index| record.text(index).into_owned()).collect();
            self.check_quotes(record, &mut faults);
            found = Some((record.line, cells));
            Ok(false)
        })?;
        faults.into_result("the heading is not right", "close the quote, and import the file again")?;
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

    /// The file that is read, wherever it stands.
    fn body(&self) -> &File {
        self.decoded.as_ref().unwrap_or_else(|| self.spooled.file())
    }

    /// The file that is read, from there on.
    fn file(&self, at: u64) -> Result<&File> {
        let mut file = self.body();
        file.seek(SeekFrom::Start(at)).map_err(|e| decode::unreadable(&e))?;
        Ok(file)
    }
}
