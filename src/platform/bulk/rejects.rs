//! The rows that were not taken, as they were, with the reason behind them: ready to be mended and imported again.

use std::collections::BTreeMap;

use super::cells::REASON;
use crate::platform::error::Result;
use crate::platform::files::{OutputFile, cannot_write};
use crate::platform::sheet::{Cell, Record, Sheet, SheetWriter};

/// Writes the rows of these lines, in the sheet's own encoding and with its own delimiter.
pub fn write(sheet: &Sheet, rejected: &BTreeMap<u64, String>, file: OutputFile) -> Result<()> {
    let path = file.path().to_owned();
    let failed = |e: std::io::Error| cannot_write(&path, &e);
    let mut writer = SheetWriter::like(sheet, file);
    // A file that was rejected before has the column already: its old reasons go.
    let is_reason = |heading: &&String| heading.trim().eq_ignore_ascii_case(REASON);
    let kept: Vec<usize> =
        (0..sheet.header.len()).filter(|place| !sheet.header.get(*place).iter().any(is_reason)).collect();
    let headings = kept.iter().filter_map(|place| sheet.header.get(*place)).map(String::as_str);
    writer.row(headings.chain([REASON]).map(|heading| Cell::Value(heading.into()))).map_err(failed)?;
    sheet.each(|record: &Record<'_>| {
        let Some(reason) = rejected.get(&record.line) else { return Ok(()) };
        let cells = kept.iter().map(|place| Cell::Raw(record.raw(*place)));
        // What stands beyond the heading is part of what is wrong, and must not be lost.
        let beyond = (sheet.header.len()..record.len()).map(|place| Cell::Raw(record.raw(place)));
        writer.row(cells.chain([Cell::Text(reason.into())]).chain(beyond)).map_err(failed)
    })?;
    writer.finish().map_err(failed)?.finish()
}
