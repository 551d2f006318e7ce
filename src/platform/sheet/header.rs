//! The heading of a sheet: its delimiter, and which column is which.

use super::{Fault, Faults, Sheet};
use crate::platform::error::Result;
use crate::values::nearest;

/// A column that a sheet may have.
#[derive(Debug)]
pub struct Heading {
    /// What it may be called, without regard to case; the first is how messages name it.
    pub names: &'static [&'static str],
    /// Whether it must be there.
    pub required: bool,
}

impl Sheet {
    /// Where each heading stands. Unknown, doubled and missing columns are refused by name, all of them at once.
    pub fn columns(&self, headings: &[Heading]) -> Result<Vec<Option<usize>>> {
        let mut places: Vec<Option<usize>> = vec![None; headings.len()];
        let mut faults = Faults::default();
        let mut fault = |column: &str, code: &'static str, message: String| {
            let (column, value) = (column.to_owned(), column.to_owned());
            faults.push(Fault { line: self.header_line, column: Some(column), value, code, message });
        };
        for (place, column) in self.header.iter().enumerate() {
            let wanted = normal(column);
            let known =
                headings.iter().position(|heading| heading.names.iter().any(|name| normal(name) == wanted));
            match known.and_then(|known| places.get_mut(known)) {
                Some(slot @ None) => *slot = Some(place),
                Some(Some(_)) => {
                    fault(column, "column.doubled", format!("the column \"{column}\" is there twice"));
                }
                None => {
                    let names = headings.iter().flat_map(|heading| heading.names.iter().copied());
                    let near = nearest(column, names)
                        .map(|near| format!("; did you mean \"{near}\"?"))
                        .unwrap_or_default();
                    fault(column, "column.unknown", format!("there is no column \"{column}\"{near}"));
                }
            }
        }
        for (heading, place) in headings.iter().zip(&places) {
            if heading.required && place.is_none() {
                let name = heading.names.first().copied().unwrap_or_default();
                fault(name, "column.missing", format!("the column \"{name}\" is missing"));
            }
        }
        faults.into_result(
            "the heading is not right",
            "the columns may stand in any order; `--delimiter` says what parts them",
        )?;
        Ok(places)
    }

    /// What the file calls a column.
    pub fn heading(&self, place: Option<usize>) -> Option<String> {
        place.and_then(|place| self.header.get(place)).cloned()
    }
}

fn normal(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The delimiter that a first line `sep=;` names, and how many bytes that line has.
pub(super) fn said_delimiter(opening: &[u8]) -> (Option<u8>, usize) {
    let length = opening.iter().position(|byte| *byte == b'\n').map_or(opening.len(), |end| end + 1);
    let line = opening.get(..length).unwrap_or_default();
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    match line.strip_suffix(b"\r").unwrap_or(line) {
        [s, e, p, b'=', delimiter @ (b';' | b',' | b'\t')] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
            (Some(*delimiter), length)
        }
        _ => (None, 0),
    }
}

/// The delimiter that the heading has most of, outside quotes.
pub(super) fn detect_delimiter(opening: &[u8]) -> u8 {
    let opening = opening.trim_ascii_start();
    let line = opening.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut counts = [(b';', 0_usize), (b',', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in line {
        quoted ^= *byte == b'"';
        if let Some((_, n)) = counts.iter_mut().find(|(delimiter, _)| !quoted && delimiter == byte) {
            *n += 1;
        }
    }
    // The earlier of equals wins: the semicolon is what Danish spreadsheets write.
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b';', |(delimiter, _)| *delimiter)
}
