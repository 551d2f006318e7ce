//! One record of a sheet, and what is asked of every record.

use std::borrow::Cow;

use csv::ByteRecord;

use super::{Encoding, Fault, Faults, Sheet, excel};

/// One record of a sheet.
pub struct Record<'a> {
    /// The line it begins on; the first of the file is 1.
    pub line: u64,
    pub(super) cells: &'a ByteRecord,
    pub(super) encoding: Encoding,
    /// The line on which a quote opens that is never closed.
    pub(super) unclosed: Option<u64>,
}

impl<'a> Record<'a> {
    /// A cell without the blanks around it, the unbreakable ones too; empty where the record has no such cell.
    pub fn cell(&self, index: usize) -> &'a [u8] {
        let cell = self.cells.get(index).unwrap_or_default().trim_ascii();
        match (cell.first(), cell.last()) {
            (Some(first), Some(last)) if !first.is_ascii() || !last.is_ascii() => {
                trim_wide(cell, self.encoding)
            }
            _ => cell,
        }
    }

    /// A cell as clean text: decoded, without the blanks around it.
    pub fn text(&self, index: usize) -> Cow<'a, str> {
        self.encoding.text(self.cell(index))
    }

    /// A cell as it stands in the file, with its blanks and with the tab that keeps Excel from reading it as
    /// something else (see [`super::SheetWriter`]): to be written to a sheet like this one.
    pub fn raw(&self, index: usize) -> &'a [u8] {
        let cell = self.cells.get(index).unwrap_or_default();
        // Lines are parted by the line feed alone, so the carriage return before it is still here.
        if index + 1 == self.cells.len() { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell }
    }

    /// A cell as it was before it was written: with its blanks, without the tab in front of what Excel would have
    /// read as something else.
    pub fn exact(&self, index: usize) -> Cow<'a, str> {
        self.encoding.text(excel::unguarded(self.raw(index)))
    }

    /// About how many bytes of the file it takes: quotes are not counted.
    pub fn size(&self) -> u64 {
        (self.cells.as_slice().len() + self.cells.len()) as u64
    }

    /// How many cells the record has.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        (0..self.len()).all(|index| self.cell(index).is_empty())
    }
}

impl Sheet {
    /// What every import asks of a record before it looks at the cells: that its quotes are closed, and that
    /// nothing stands beyond the last heading. Faults are noted; `false` says that the cells mean nothing.
    pub fn check(&self, record: &Record<'_>, faults: &mut Faults) -> bool {
        if !self.check_quotes(record, faults) {
            return false;
        }
        if (self.header.len()..record.len()).any(|index| !record.cell(index).is_empty()) {
            self.misses_heading(record, "row.too-long", faults);
        }
        true
    }

    /// Whether the quotes of a record are closed.
    pub(super) fn check_quotes(&self, record: &Record<'_>, faults: &mut Faults) -> bool {
        let Some(line) = record.unclosed else { return true };
        let place = record.len().saturating_sub(1);
        faults.push(Fault {
            line,
            column: self.heading(Some(place)),
            value: record.text(place).into_owned(),
            code: "quote.unclosed",
            message: format!(
                "the quote (\") that opens in line {line} is never closed; the lines behind it were taken for a \
                 part of this cell and not checked"
            ),
        });
        false
    }

    /// As [`Sheet::check`], and no cell may be missing: a row that was cut off must not be taken for another.
    pub fn check_whole(&self, record: &Record<'_>, faults: &mut Faults) -> bool {
        let readable = self.check(record, faults);
        if readable && record.len() < self.header.len() {
            self.misses_heading(record, "row.too-short", faults);
        }
        readable
    }

    fn misses_heading(&self, record: &Record<'_>, code: &'static str, faults: &mut Faults) {
        let (has, should) = (record.len(), self.header.len());
        let message = format!("the row has {has} cells where the heading has {should}");
        faults.push(Fault {
            line: record.line,
            column: None,
            value: record.text(0).into_owned(),
            code,
            message,
        });
    }
}

/// Trims blanks that are not ASCII: NBSP, thin space, narrow NBSP.
fn trim_wide(mut cell: &[u8], encoding: Encoding) -> &[u8] {
    let wide: &[&[u8]] = match encoding {
        Encoding::Windows1252 => &[&[0xA0]],
        _ => &["\u{a0}".as_bytes(), "\u{2009}".as_bytes(), "\u{202f}".as_bytes()],
    };
    loop {
        let before = cell.len();
        cell = wide.iter().fold(cell, |cell, blank| cell.strip_prefix(*blank).unwrap_or(cell));
        cell = wide.iter().fold(cell, |cell, blank| cell.strip_suffix(*blank).unwrap_or(cell));
        cell = cell.trim_ascii();
        if cell.len() == before {
            return cell;
        }
    }
}
