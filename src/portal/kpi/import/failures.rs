//! The rows that are not taken, and why.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ImportOptions;
use super::rows::KEY;
use crate::platform::bulk::{OnError, WRONG};
use crate::platform::error::{Error, Result};
use crate::platform::sheet::{Fault, Faults, Sheet, shown};
use crate::platform::ui::answer::to_value;
use crate::values::Month;

const CLOSED: &str = "kpi.month-closed";
const DIFFERS: &str = "kpi.differs";
const MEND: &str = "mend the lines listed and import the file again; `--errors-to FILE` sets the wrong rows aside, \
                    `--on-error continue` takes the others";

/// Rows that are not taken.
#[derive(Debug)]
pub(super) struct Failures {
    /// Whether every one is kept: to be set aside, or because the others are taken. Else only the first are listed.
    keep: bool,
    listed: Faults,
    by_line: BTreeMap<u64, Vec<Fault>>,
}

impl Failures {
    pub fn new(keep: bool) -> Failures {
        Failures { keep, listed: Faults::default(), by_line: BTreeMap::new() }
    }

    /// A row, by its line, and what is wrong with it. What is wrong may stand in another line, as a quote that opens
    /// further down.
    pub fn row(&mut self, line: u64, faults: impl IntoIterator<Item = Fault>) -> Result<()> {
        for fault in faults {
            self.listed.push(fault.clone());
            self.set_aside(line, fault)?;
        }
        Ok(())
    }

    /// As [`Failures::row`], for a row of which the list of another one tells already.
    pub fn set_aside(&mut self, line: u64, fault: Fault) -> Result<()> {
        if !self.keep {
            return Ok(());
        }
        self.by_line.entry(line).or_default().push(fault);
        if self.by_line.len() <= WRONG {
            return Ok(());
        }
        let what = format!("more than 10,000 rows are wrong; reading stopped at line {line}");
        let (message, details) = std::mem::take(&mut self.listed).into_details(&what)?;
        Err(Error::invalid_file(message)
            .hint("nothing was taken; is it the right file? Without --on-error continue and --errors-to it is checked to its end")
            .details(details))
    }

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// What is listed as an error's details, behind a sentence.
    pub fn details(&mut self, what: &str) -> Result<(String, Vec<Value>)> {
        std::mem::take(&mut self.listed).into_details(what)
    }

    /// Adds the rows of another.
    pub fn extend(&mut self, other: Failures) {
        self.listed.extend(other.listed);
        for (line, faults) in other.by_line {
            self.by_line.entry(line).or_default().extend(faults);
        }
    }

    /// The rows that are wrong in themselves, whatever is stored.
    pub fn of_file(&self) -> Failures {
        let mut others = Failures::new(self.keep);
        for (line, faults) in &self.by_line {
            let of_file = |fault: &&Fault| ![CLOSED, DIFFERS].contains(&fault.code);
            let faults: Vec<_> = faults.iter().filter(of_file).cloned().collect();
            if !faults.is_empty() {
                faults.iter().for_each(|fault| others.listed.push(fault.clone()));
                others.by_line.insert(*line, faults);
            }
        }
        others
    }

    /// How many rows.
    pub fn rows(&self) -> u64 {
        self.by_line.len() as u64
    }

    /// Why each row is not taken, by line.
    pub fn reasons(&self) -> BTreeMap<u64, String> {
        let told = |fault: &Fault| format!("{}: {}", fault.code, fault.message);
        let reasons = self.by_line.iter();
        reasons
            .map(|(line, faults)| (*line, faults.iter().map(told).collect::<Vec<_>>().join(" | ")))
            .collect()
    }

    /// The rows as items of the answer (CLI.md §2). What a row is about is read from the sheet again.
    pub fn items(&self, sheet: &Sheet) -> Result<Vec<Value>> {
        let mut items = Vec::with_capacity(self.by_line.len());
        if self.by_line.is_empty() {
            return Ok(items);
        }
        let is_key = |heading: &String| KEY.iter().any(|name| name.eq_ignore_ascii_case(heading.trim()));
        let headings = sheet.header.iter().enumerate();
        let places: Vec<_> =
            headings.filter(|(_, heading)| is_key(heading)).map(|(place, _)| place).collect();
        sheet.each(|record| {
            if let Some(faults) = self.by_line.get(&record.line) {
                let cells = places.iter().map(|place| record.text(*place));
                let key: Vec<_> = cells.filter(|cell| !cell.is_empty()).collect();
                let errors = faults.iter().map(to_value).collect::<Result<Vec<_>>>()?;
                let key = shown(key.join(":"));
                items.push(json!({"key": key, "line": record.line, "result": "failed", "errors": errors}));
            }
            Ok(())
        })?;
        Ok(items)
    }
}

/// What the stored figures have against rows that are right in themselves.
#[derive(Debug)]
pub(super) struct Obstacles {
    /// What the rows are.
    noun: &'static str,
    /// Rows that would change what is closed, and the months.
    closed: Failures,
    months: BTreeSet<Month>,
    /// Rows that are known otherwise, where that may not be taken.
    differs: Failures,
}

impl Obstacles {
    pub fn new(noun: &'static str, options: ImportOptions) -> Obstacles {
        let none = || Failures::new(options.keeps_failures());
        Obstacles { noun, closed: none(), months: BTreeSet::new(), differs: none() }
    }

    /// A row would change a closed month.
    pub fn closed(&mut self, line: u64, month: Month) -> Result<()> {
        self.months.insert(month);
        let (value, message) = (month.to_string(), format!("{month} is closed"));
        self.closed.row(line, [Fault { line, column: None, value, code: CLOSED, message }])
    }

    /// A row is known otherwise.
    pub fn differs(&mut self, line: u64, value: String, message: String) -> Result<()> {
        self.differs.row(line, [Fault { line, column: None, value, code: DIFFERS, message }])
    }

    /// The refusal of a file of so many rows, if it is refused, and the rows that are not taken; of a file that is
    /// refused all that stand in its way, so that one round of mending is enough. What is wrong in the file itself is
    /// 65; what is closed, then what is known otherwise, is 5. Where the right rows are taken, only a file without any is
    /// refused.
    pub fn judge(self, wrong: Failures, rows: u64, on_error: OnError) -> Result<(Option<Error>, Failures)> {
        let Obstacles { noun, closed, months, differs } = self;
        let (is_wrong, is_known_otherwise) = (!wrong.is_empty(), !differs.is_empty());
        let mut failed = wrong;
        failed.extend(closed);
        failed.extend(differs);
        let refusal = if is_wrong {
            let (message, details) = failed.details("the file was not taken")?;
            Some(Error::invalid_file(message).hint(MEND).details(details))
        } else if let Some(month) = months.first() {
            let names: Vec<_> = months.iter().map(Month::to_string).collect();
            let what = format!("the file would change what is closed ({})", names.join(", "));
            let hint = format!("`portalctl kpi reopen {month} --reason TEXT` opens a month again");
            let (message, details) = failed.details(&what)?;
            Some(Error::conflict(CLOSED, message).hint(hint).details(details))
        } else if is_known_otherwise {
            let what = format!("{noun} are known otherwise; nothing was taken");
            let (message, details) = failed.details(&what)?;
            let hint = format!("--correct takes the file's {noun}; the old ones are kept in the history");
            Some(Error::conflict(DIFFERS, message).hint(hint).details(details))
        } else {
            None
        };
        let stands = on_error == OnError::Stop || failed.rows() == rows;
        Ok((refusal.filter(|_| stands), failed))
    }
}
