//! From a sheet to decisions: every row checked, every fault collected.

use std::collections::HashSet;

use super::{About, DATE, DECISION, Decided, Decision, EMAIL, HEADINGS, MARK, REVIEWER, RIGHT, TENANT};
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::sheet::{Fault, Faults, Record, Sheet};
use crate::portal::access::Right;
use crate::portal::cli::line;
use crate::portal::user::Staff;
use crate::values::{Email, Invalid, parse_date};

/// What a sheet says.
pub struct Parsed {
    /// The rows that somebody decided upon.
    pub decided: Vec<Decided>,
    /// The rows without a decision.
    pub undecided: u64,
}

/// Reads and checks a whole sheet. All faults are told at once (65).
pub fn parse(sheet: &Sheet) -> Result<Parsed> {
    let places = sheet.columns(HEADINGS)?;
    let mut reader = Reader { sheet, places, faults: Faults::default(), seen: HashSet::new() };
    let mut parsed = Parsed { decided: Vec::new(), undecided: 0 };
    sheet.each(|record| {
        if reader.text(record, DECISION).is_empty() {
            parsed.undecided += 1;
        } else if let Some(decided) = reader.row(record) {
            parsed.decided.push(decided);
        }
        Ok(())
    })?;
    reader.faults.into_result(
        "the review is not right; nothing of it was taken",
        "mend those lines; `portalctl rights review export` writes a fresh sheet",
    )?;
    Ok(parsed)
}

struct Reader<'a> {
    sheet: &'a Sheet,
    places: Vec<Option<usize>>,
    faults: Faults,
    seen: HashSet<String>,
}

impl Reader<'_> {
    fn place(&self, column: usize) -> Option<usize> {
        self.places.get(column).copied().flatten()
    }

    fn text(&self, record: &Record<'_>, column: usize) -> String {
        // An absent column lies behind the last cell, where every cell is empty.
        let cell = record.cell(self.place(column).unwrap_or(usize::MAX));
        self.sheet.text(cell).trim().to_owned()
    }

    fn parse<T>(
        &mut self,
        record: &Record<'_>,
        column: usize,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let text = self.text(record, column);
        match parse(&text) {
            Ok(value) => Some(value),
            Err(invalid) => {
                let heading = self.sheet.heading(self.place(column));
                self.faults.push(Fault::invalid(record.line, heading, &invalid));
                None
            }
        }
    }

    fn optional<T>(
        &mut self,
        record: &Record<'_>,
        column: usize,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        if self.text(record, column).is_empty() {
            return Some(None);
        }
        self.parse(record, column, parse).map(Some)
    }

    /// Where no institution stands the right is a staff role.
    fn about(&mut self, record: &Record<'_>) -> Option<About> {
        match self.optional(record, TENANT, line) {
            Some(None) => self.parse(record, RIGHT, parse_coded::<Staff>).map(About::Staff),
            tenant => {
                let right = self.parse(record, RIGHT, parse_coded::<Right>);
                Some(About::Right(tenant.flatten()?.to_lowercase(), right?))
            }
        }
    }

    fn row(&mut self, record: &Record<'_>) -> Option<Decided> {
        let email = self.parse(record, EMAIL, str::parse::<Email>);
        let about = self.about(record);
        let mark = self.parse(record, MARK, parse_mark);
        let decision = self.parse(record, DECISION, parse_coded::<Decision>);
        let reviewer = self.optional(record, REVIEWER, line);
        let on = self.optional(record, DATE, parse_date);
        let decided = Decided {
            line: record.line,
            email: email?,
            about: about?,
            mark: mark?,
            decision: decision?,
            reviewer: reviewer?,
            on: on?,
        };
        if self.seen.insert(decided.key().to_lowercase()) {
            return Some(decided);
        }
        let message = format!("{} stands there twice", decided.key());
        let (line, value) = (record.line, decided.key());
        self.faults.push(Fault { line, column: None, value, code: "row.duplicate", message });
        None
    }
}

fn parse_mark(text: &str) -> Result<String, Invalid> {
    let mark = text.to_lowercase();
    let hex = mark.strip_prefix("r-").unwrap_or_default();
    if hex.len() == 12 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(mark);
    }
    let rule = "it must stay as `rights review export` wrote it";
    Err(Invalid::new("mark.invalid", "the mark of a right", text, rule, "r-3f9a0c51d2e7"))
}
