//! Writing sheets: plain CSV, CSV that Danish Excel opens as it is meant, and CSV like a sheet that was read.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Encoding, Sheet, excel};

crate::coded! {
    /// For whom CSV is written.
    pub enum Dialect("csv-dialect") {
        /// RFC 4180 in UTF-8: for programs.
        Plain => "plain",
        /// A byte-order mark, `;`, decimal commas, and nothing that Excel would run or turn into something else.
        ExcelDa => "excel-da",
    }
}

/// How a sheet is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// How characters become bytes.
    pub encoding: Encoding,
    /// What parts the cells.
    pub delimiter: u8,
    /// Whether a byte-order mark comes first, where the encoding has one.
    pub mark: bool,
    /// Whether a line `sep=;` comes next.
    pub says_delimiter: bool,
    /// Whether texts are kept from being formulas, and from being turned into something else.
    pub guarded: bool,
}

/// A cell to be written.
#[derive(Debug, Clone)]
pub enum Cell<'a> {
    /// A text, perhaps from outside: guarded where the form says so.
    Text(Cow<'a, str>),
    /// A number, a date, nothing: never guarded.
    Value(Cow<'a, str>),
    /// The bytes of a cell of a sheet of the same form ([`Record::raw`]).
    Raw(&'a [u8]),
}

/// Writes a sheet row by row.
pub struct SheetWriter<W: Write> {
    out: W,
    form: Form,
    begun: bool,
    row: Vec<u8>,
}

impl From<Dialect> for Form {
    fn from(dialect: Dialect) -> Form {
        let excel = dialect == Dialect::ExcelDa;
        let delimiter = if excel { b';' } else { b',' };
        Form { encoding: Encoding::Utf8, delimiter, mark: excel, says_delimiter: false, guarded: excel }
    }
}

impl Form {
    /// What comes before the heading.
    pub fn opening(&self) -> Vec<u8> {
        let mark = Encoding::marked().find(|(encoding, _)| *encoding == self.encoding);
        let mut opening = mark.filter(|_| self.mark).map(|(_, mark)| mark.to_vec()).unwrap_or_default();
        if self.says_delimiter {
            let line = [b"sep=", [self.delimiter].as_slice(), b"\r\n"].concat();
            self.append(&line, &mut opening);
        }
        opening
    }

    /// Appends a row, its end included.
    pub fn row<'a>(&self, cells: impl IntoIterator<Item = Cell<'a>>, out: &mut Vec<u8>) {
        let mut row = Vec::new();
        let mut count = 0_usize;
        for cell in cells {
            if count > 0 {
                row.push(self.delimiter);
            }
            count += 1;
            match cell {
                Cell::Raw(bytes) => self.quote(bytes, false, &mut row),
                Cell::Value(text) => self.quote(&self.encoding.bytes(&text), false, &mut row),
                Cell::Text(text) if self.guarded && excel::needs_guard(text.as_bytes()) => {
                    self.quote(&[b"\t", self.encoding.bytes(&text).as_ref()].concat(), true, &mut row);
                }
                Cell::Text(text) => self.quote(&self.encoding.bytes(&text), false, &mut row),
            }
        }
        // A row of one empty cell would be a blank line.
        if count == 1 && row.is_empty() {
            row.extend_from_slice(b"\"\"");
        }
        row.extend_from_slice(b"\r\n");
        self.append(&row, out);
    }

    /// Appends a cell, in quotes where it must be (RFC 4180).
    fn quote(&self, cell: &[u8], always: bool, row: &mut Vec<u8>) {
        let special = |byte: &u8| *byte == self.delimiter || matches!(byte, b'"' | b'\r' | b'\n');
        if !always && !cell.iter().any(special) {
            row.extend_from_slice(cell);
            return;
        }
        row.push(b'"');
        for part in cell.split_inclusive(|byte| *byte == b'"') {
            row.extend_from_slice(part);
            if part.ends_with(b"\"") {
                row.push(b'"');
            }
        }
        row.push(b'"');
    }

    /// Appends bytes as the reader sees them, in the encoding of the file.
    fn append(&self, bytes: &[u8], out: &mut Vec<u8>) {
        let to_bytes = match self.encoding {
            Encoding::Utf8 | Encoding::Windows1252 => return out.extend_from_slice(bytes),
            Encoding::Utf16Le => u16::to_le_bytes,
            Encoding::Utf16Be => u16::to_be_bytes,
        };
        out.extend(String::from_utf8_lossy(bytes).encode_utf16().flat_map(to_bytes));
    }
}

impl<W: Write> SheetWriter<W> {
    /// Writes a sheet of this form.
    pub fn new(out: W, form: impl Into<Form>) -> SheetWriter<W> {
        SheetWriter { out, form: form.into(), begun: false, row: Vec::new() }
    }

    /// Writes a sheet of the encoding and delimiter of one that was read: what was rejected from it, to be mended.
    pub fn like(sheet: &Sheet, out: W) -> SheetWriter<W> {
        SheetWriter::new(out, sheet.form())
    }

    /// Writes a row, the heading first.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
        self.row.clear();
        if !std::mem::replace(&mut self.begun, true) {
            self.row = self.form.opening();
        }
        self.form.row(cells, &mut self.row);
        self.out.write_all(&self.row)
    }

    /// Writes a row of texts.
    pub fn texts<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        let cells = cells.into_iter().map(|cell| Cell::Text(Cow::Owned(cell.as_ref().to_owned())));
        self.row(cells)
    }

    /// Flushes, and gives the writer back.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.begun {
            self.out.write_all(&self.form.opening())?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}
