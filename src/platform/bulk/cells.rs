//! One row's cells as values: an absent column leaves alone, an empty cell empties.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;

use super::{Mode, Shape};
use crate::platform::error::Result;
use crate::platform::sheet::{Fault, Faults, Heading, Record, Sheet, cell, shown};
use crate::platform::ui::answer::Warning;
use crate::values::Invalid;

/// The column of reasons in a file of rejected rows; ignored when that file is imported again, but for [`CUT_OFF`].
pub static REASON: &str = "Fejl";

/// Reasons that cells may be missing. In the file of rejected rows such a row is filled up, and its empty cells would
/// empty fields: it stays refused until somebody has looked at it and taken the reason away.
const CUT_OFF: [&str; 3] = ["row.too-short", "quote.unclosed", MISPLACED];

/// Text behind a closing quote. Written anew, the row looks well.
const MISPLACED: &str = "quote.misplaced";

/// How many faults of one cell are told; the rest is counted.
const TOLD: usize = 20;

/// Where the columns of a file stand.
pub(super) struct Places {
    /// One for each column of the shape.
    columns: Vec<Option<usize>>,
    /// That of the reasons.
    reason: Option<usize>,
    /// Columns that are shown in lists and cannot be set.
    pub ignored: Vec<String>,
    /// Those of them that may say what somebody would miss ([`Shape::missed`]), and what they may say.
    missed: Vec<(usize, &'static [&'static str])>,
}

/// The cells of one row. What cannot be read is noted, and the row counts as failed.
pub struct Cells<'a> {
    shape: &'static Shape,
    places: &'a Places,
    sheet: &'a Sheet,
    record: &'a Record<'a>,
    /// How the room names what the row is about.
    pub(super) key: Option<String>,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Warning>,
}

impl Places {
    /// Finds the columns; unknown, doubled and missing ones are refused.
    pub fn find(sheet: &Sheet, shape: &'static Shape, mode: Mode) -> Result<Places> {
        let known = shape
            .columns
            .iter()
            .map(|column| Heading { names: column.names, required: column.need.modes().contains(&mode) });
        let others = shape
            .read_only
            .iter()
            .chain([&REASON])
            .map(|name| Heading { names: std::slice::from_ref(name), required: false });
        let headings: Vec<_> = known.chain(others).collect();
        let mut columns = sheet.columns(&headings)?;
        let reason = columns.pop().flatten();
        let read_only = columns.split_off(shape.columns.len());
        let missed = shape.missed.iter().filter_map(|(field, harmless)| {
            let known = shape.read_only.iter().position(|name| name == field)?;
            Some((read_only.get(known).copied().flatten()?, *harmless))
        });
        let missed = missed.collect();
        let ignored = read_only.into_iter().filter_map(|place| sheet.heading(Some(place?))).collect();
        Ok(Places { columns, reason, ignored, missed })
    }

    /// Where a field stands.
    pub fn of(&self, shape: &Shape, field: &str) -> Option<usize> {
        let column = shape.columns.iter().position(|column| column.field() == field)?;
        self.columns.get(column).copied().flatten()
    }

    /// What a row says where an import cannot set it, and somebody would miss it: `status: disabled`.
    pub fn missed(&self, sheet: &Sheet, record: &Record<'_>) -> Option<String> {
        self.missed.iter().find_map(|(place, harmless)| {
            let text = record.text(*place);
            let says = !text.is_empty() && !harmless.iter().any(|word| text.eq_ignore_ascii_case(word));
            let heading = sheet.heading(Some(*place)).unwrap_or_default();
            says.then(|| format!("{heading}: {}", shown(text.into_owned())))
        })
    }
}

impl<'a> Cells<'a> {
    pub(super) fn new(
        shape: &'static Shape,
        places: &'a Places,
        sheet: &'a Sheet,
        record: &'a Record<'a>,
    ) -> Cells<'a> {
        Cells { shape, places, sheet, record, key: None, faults: Vec::new(), warnings: Vec::new() }
    }

    /// Whether the record is one that can be told cell from cell; else nothing of it is read.
    pub(super) fn check(&mut self, misplaced: bool) -> bool {
        let mut faults = Faults::default();
        if misplaced {
            faults.push(damaged(self.record.line, self.raw_key()));
        }
        self.sheet.check_whole(self.record, &mut faults);
        self.faults = faults.listed();
        if self.faults.is_empty() {
            self.faults.extend(self.was_cut_off());
        }
        self.faults.is_empty()
    }

    /// Whether the row comes from a file of rejected rows, where it stands as one that was cut off.
    fn was_cut_off(&self) -> Option<Fault> {
        cut_off(self.sheet, self.record, self.places.reason?)
    }

    /// The key as it stands in the file.
    pub(super) fn raw_key(&self) -> String {
        let parts: Vec<_> = self.shape.key.iter().filter_map(|field| self.text(field)).collect();
        shown(parts.join(":"))
    }

    /// What the file calls the first column of the key.
    pub(super) fn key_heading(shape: &Shape, places: &Places, sheet: &Sheet) -> Option<String> {
        shape.key.iter().find_map(|field| sheet.heading(Some(places.of(shape, field)?)))
    }

    /// Says what the row is about, in the form in which two rows about the same are alike.
    pub fn is_about(&mut self, key: impl Into<String>) {
        self.key = Some(key.into());
    }

    /// The text of a cell; `None` where there is no such column.
    pub fn text(&self, field: &str) -> Option<Cow<'a, str>> {
        self.place(field).map(|place| self.record.text(place))
    }

    /// A value that cannot be empty.
    pub fn filled<T>(&mut self, field: &str, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        let text = self.text(field)?;
        if text.is_empty() {
            let heading = self.heading(field).unwrap_or_default();
            self.fault(field, "cell.empty", format!("{heading} must not be empty"));
            return None;
        }
        self.read(field, &text, parse)
    }

    /// A value that an empty cell empties.
    pub fn optional<T>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        let text = self.text(field)?;
        if text.is_empty() {
            return Some(None);
        }
        self.read(field, &text, parse).map(Some)
    }

    /// A code or a name, and nothing that Excel makes of something else: of those, all too many can be read. A cell with
    /// a tab in front was kept from Excel.
    pub fn untouched<T, P: FnOnce(&str) -> Result<T, Invalid>>(
        &self,
        field: &str,
        parse: P,
    ) -> impl FnOnce(&str) -> Result<T, Invalid> + use<T, P> {
        let guarded = self.place(field).is_some_and(|place| self.record.raw(place).starts_with(b"\t"));
        move |text| {
            if !guarded {
                cell::never_excel(text)?;
            }
            parse(text)
        }
    }

    /// Yes or no, in Danish, Norwegian or English; an empty cell is no.
    pub fn yes_or_no(&mut self, field: &str) -> Option<bool> {
        let parse = |text: &str| match text.to_lowercase().as_str() {
            "ja" | "yes" | "true" | "sand" | "sandt" => Ok(true),
            "nej" | "nei" | "no" | "false" | "falsk" => Ok(false),
            _ => Err(Invalid::new("boolean.invalid", "yes or no", text, "it must be Ja or Nej", "Ja")),
        };
        Some(self.optional(field, parse)?.unwrap_or(false))
    }

    /// A list parted by commas, or by blanks where what stands between commas is not one value. The whole list is
    /// replaced; an empty cell empties it.
    pub fn list<T: Clone + Eq + Hash>(
        &mut self,
        field: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<Vec<T>> {
        let text = self.text(field)?;
        // Before it is divided: a number that Excel shortened has a comma in it.
        if let Some(broken) = cell::broken_by_excel(&text) {
            self.invalid(field, broken);
            return None;
        }
        let (mut values, mut known) = (Vec::new(), HashSet::new());
        let mut wrong = 0_usize;
        for piece in pieces(&text) {
            let read = match parse(piece) {
                Err(_) if piece.contains(char::is_whitespace) => {
                    piece.split_whitespace().map(&parse).collect()
                }
                read => read.map(|value| vec![value]),
            };
            match read {
                Ok(read) => values.extend(read.into_iter().filter(|value: &T| known.insert(value.clone()))),
                Err(invalid) => {
                    wrong += 1;
                    if wrong <= TOLD {
                        self.invalid(field, invalid);
                    }
                }
            }
        }
        if let (more @ 1.., Some(last)) = (wrong.saturating_sub(TOLD), self.faults.last_mut()) {
            let values = if more == 1 { "value of this cell is" } else { "values of this cell are" };
            last.message.push_str(&format!("; {more} more {values} wrong too"));
        }
        (wrong == 0).then_some(values)
    }

    /// Adds something the user should know.
    pub fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// Notes that a cell is wrong.
    pub fn fault(&mut self, field: &str, code: &'static str, message: String) {
        let value = shown(self.text(field).unwrap_or_default().into_owned());
        self.faults.push(Fault { line: self.record.line, column: self.heading(field), value, code, message });
    }

    fn read<T>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.invalid(field, invalid);
                None
            }
        }
    }

    fn invalid(&mut self, field: &str, invalid: Invalid) {
        let invalid = cell::explain(invalid);
        self.fault(field, invalid.code, invalid.to_string());
    }

    fn place(&self, field: &str) -> Option<usize> {
        self.places.of(self.shape, field)
    }

    fn heading(&self, field: &str) -> Option<String> {
        self.sheet.heading(self.place(field))
    }
}

/// What is wrong with a row that stands in a file of rejected rows as one that was cut off or damaged, for which its
/// cell of reasons is asked: written anew, it looks well.
pub fn cut_off(sheet: &Sheet, record: &Record<'_>, place: usize) -> Option<Fault> {
    let reason = record.text(place);
    let of = |code: &&str| reason.strip_prefix(*code).is_some_and(|rest| rest.starts_with(':'));
    let code = CUT_OFF.into_iter().find(of)?;
    let message = if code == MISPLACED {
        format!(
            "the quotes of the row were damaged when it was set aside: see that its cells are right, and then empty the cell {REASON}"
        )
    } else {
        format!(
            "the row was cut off when it was set aside, and was filled up with empty cells: see that none is missing, \
             and then empty the cell {REASON}"
        )
    };
    let column = sheet.heading(Some(place));
    Some(Fault { line: record.line, column, value: shown(reason.into_owned()), code, message })
}

/// What is wrong with a row whose quotes are damaged.
pub fn damaged(line: u64, value: String) -> Fault {
    let message =
        "text stands behind a closing quote (\"): the row is damaged; quotes within a cell are doubled"
            .to_owned();
    Fault { line, column: None, value, code: MISPLACED, message }
}

/// What stands between the commas and line breaks of a cell.
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n']).map(str::trim).filter(|piece| !piece.is_empty())
}
