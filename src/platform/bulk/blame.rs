//! Which cell a refusal of a use case is about.

use std::collections::HashMap;

use super::Shape;
use super::cells::{Cells, Places};
use super::report::{Report, RowFault};
use super::run::ReadRow;
use crate::platform::error::{Error, Result};
use crate::platform::sheet::{Sheet, shown};

/// Says of refusals where in the file they belong.
pub(super) struct Blame<'a> {
    shape: &'static Shape,
    places: &'a Places,
    sheet: &'a Sheet,
    /// What the file calls the key.
    pub key: Option<String>,
}

impl<'a> Blame<'a> {
    pub fn new(shape: &'static Shape, places: &'a Places, sheet: &'a Sheet) -> Blame<'a> {
        Blame { shape, places, sheet, key: Cells::key_heading(shape, places, sheet) }
    }

    /// What a use case refused: at the cell that it is about where the file has that column, else at the key.
    pub fn refused<R>(&self, row: &ReadRow<R>, error: &Error) -> RowFault {
        let blamed = self.shape.blames.iter().find(|(beginning, _)| error.code().starts_with(beginning));
        let place = blamed.and_then(|(_, field)| self.places.of(self.shape, field));
        RowFault {
            line: row.line,
            column: if place.is_some() { self.sheet.heading(place) } else { self.key.clone() },
            value: row.key.clone(),
            code: error.code().to_owned(),
            message: error.message().into(),
            hint: error.hint_text().map(str::to_owned),
            refused: Some(error.exit()),
            place,
        }
    }

    /// Fills in what stands in the cells that are to blame; until they are known to be, nobody keeps them.
    pub fn fill_in(&self, report: &mut Report) -> Result<()> {
        let mut wanted: HashMap<u64, Vec<&mut RowFault>> = HashMap::new();
        for (line, fault) in report.placed() {
            wanted.entry(line).or_default().push(fault);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        self.sheet.each(|record| {
            for fault in wanted.remove(&record.line).into_iter().flatten() {
                if let Some(place) = fault.place {
                    fault.value = shown(record.text(place).into_owned());
                }
            }
            Ok(())
        })
    }
}
