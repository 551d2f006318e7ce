//! The rows that were not taken, as they were, with the reason behind them: ready to be mended and imported again.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::cells::REASON;
use crate::platform::error::Result;
use crate::platform::files::{OutputFile, cannot_write};
use crate::platform::sheet::{Cell, Record, Sheet, SheetWriter};

/// Writes the rows of these lines, in the sheet's own encoding and with its own delimiter.
pub fn write(sheet: &Sheet, rejected: &BTreeMap<u64, String>, file: OutputFile) -> Result<()> {
    let path = file.path().to_owned();
    let failed = |e: io::Error| cannot_write(&path, &e);
    let mut writer = SheetWriter::like(sheet, file);
    let kept = kept(sheet);
    heading(&mut writer, sheet, &kept).map_err(failed)?;
    sheet.each(|record| match rejected.get(&record.line) {
        Some(reason) => row(&mut writer, sheet, &kept, record, reason).map_err(failed),
        None => Ok(()),
    })?;
    writer.finish().map_err(failed)?.finish()
}

/// The columns that are written again. A file that was rejected before has reasons already: they go.
fn kept(sheet: &Sheet) -> Vec<usize> {
    let is_reason = |heading: &String| heading.trim().eq_ignore_ascii_case(REASON);
    let headings = sheet.header.iter().enumerate();
    headings.filter(|(_, heading)| !is_reason(heading)).map(|(place, _)| place).collect()
}

fn heading<W: Write>(writer: &mut SheetWriter<W>, sheet: &Sheet, kept: &[usize]) -> io::Result<()> {
    let headings = kept.iter().filter_map(|place| sheet.header.get(*place)).map(String::as_str);
    writer.row(headings.chain([REASON]).map(|heading| Cell::Value(heading.into())))
}

/// A row as it stood, filled up so that the reason stands under its heading.
fn row<W: Write>(
    writer: &mut SheetWriter<W>,
    sheet: &Sheet,
    kept: &[usize],
    record: &Record<'_>,
    reason: &str,
) -> io::Result<()> {
    let width = sheet.header.len();
    let cells = kept.iter().map(|place| Cell::Raw(record.raw(*place)));
    // What stands beyond the heading is part of what is wrong, and must not be lost.
    let beyond = (width..record.len()).any(|place| !record.cell(place).is_empty());
    let beyond = (width..record.len()).filter(|_| beyond).map(|place| Cell::Raw(record.raw(place)));
    writer.row(cells.chain([Cell::Text(reason.into())]).chain(beyond))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::sheet::{Encoding, Form, SheetOptions};

    /// A sheet of these cells, whatever the form.
    fn sheet(form: Form, rows: &[&[&str]]) -> Sheet {
        let mut writer = SheetWriter::new(Vec::new(), form);
        for row in rows {
            writer.row(row.iter().map(|cell| Cell::Value((*cell).into()))).unwrap();
        }
        Sheet::open(writer.finish().unwrap().as_slice(), "t", SheetOptions::default()).unwrap()
    }

    #[test]
    fn rejected_rows_are_written_as_they_stood_with_the_reason_behind() {
        for (mark, encoding) in
            [(false, Encoding::Windows1252), (true, Encoding::Utf16Le), (true, Encoding::Utf8)]
        {
            let form = Form { encoding, delimiter: b',', mark, says_delimiter: true, guarded: false };
            let rows: [&[&str]; 5] = [
                &["E-mail", "fejl ", "Navn"],
                &[" x@", "old", "Åse, \"A\""],
                &["b"],
                &["c", "", "d", "", "e"],
                &["f", "", "g", "", " "],
            ];
            let sheet = sheet(form, &rows);
            let (kept, mut writer) = (kept(&sheet), SheetWriter::like(&sheet, Vec::new()));
            heading(&mut writer, &sheet, &kept).unwrap();
            sheet
                .each(|record| {
                    row(&mut writer, &sheet, &kept, record, "forkert – æ").unwrap();
                    Ok(())
                })
                .unwrap();
            let out = writer.finish().unwrap();
            let again = Sheet::open(out.as_slice(), "t", SheetOptions::default()).unwrap();
            assert_eq!((again.encoding, again.delimiter, again.header_line), (encoding, b',', 2));
            assert_eq!(again.header, ["E-mail", "Navn", "Fejl"]);
            let mut found: Vec<Vec<String>> = Vec::new();
            again
                .each(|record| {
                    let cells = (0..record.len()).map(|place| again.text(record.raw(place)).into_owned());
                    found.push(cells.collect());
                    Ok(())
                })
                .unwrap();
            let expected: [&[&str]; 4] = [
                &[" x@", "Åse, \"A\"", "forkert – æ"],
                &["b", "", "forkert – æ"],
                &["c", "d", "forkert – æ", "", "e"],
                &["f", "g", "forkert – æ"],
            ];
            assert_eq!(found, expected);
        }
    }
}
