//! What is wrong with a sheet, cell by cell, all of it in one run.

use serde::Serialize;
use serde_json::Value;

use crate::platform::error::{Error, Result};
use crate::values::Invalid;

/// How many faults are listed; the rest is counted.
const LISTED: usize = 1000;

/// How many characters of a cell a fault shows.
const SHOWN: usize = 200;

/// A cell as a fault shows it: a long one is cut.
pub fn shown(mut cell: String) -> String {
    if let Some((end, _)) = cell.char_indices().nth(SHOWN) {
        cell.truncate(end);
        cell.push('…');
        cell.shrink_to_fit();
    }
    cell
}

/// Something wrong in a sheet (CLI.md §4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line; the first of the file is 1.
    pub line: u64,
    /// The column as the file heads it; `None` where it is about the whole row.
    pub column: Option<String>,
    /// What stands there.
    pub value: String,
    /// A stable code.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
}

/// The faults of a sheet.
#[derive(Debug, Default)]
pub struct Faults {
    listed: Vec<Fault>,
    total: usize,
}

impl Fault {
    /// A value that cannot be.
    pub fn invalid(line: u64, column: Option<String>, invalid: &Invalid) -> Fault {
        Fault { line, column, value: invalid.value.clone(), code: invalid.code, message: invalid.to_string() }
    }
}

impl Faults {
    /// Adds a fault.
    pub fn push(&mut self, mut fault: Fault) {
        self.total += 1;
        // Twice as many are kept as are listed, since they do not arrive in the order of lines.
        if self.listed.len() < 2 * LISTED {
            fault.value = shown(std::mem::take(&mut fault.value));
            self.listed.push(fault);
        }
    }

    /// Adds those of another.
    pub fn extend(&mut self, other: Faults) {
        self.total += other.total;
        let room = (2 * LISTED).saturating_sub(self.listed.len());
        self.listed.extend(other.listed.into_iter().take(room));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.total
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The faults in the order of lines.
    pub fn listed(mut self) -> Vec<Fault> {
        self.listed.sort_by_key(|fault| fault.line);
        self.listed.truncate(LISTED);
        self.listed
    }

    /// All well, or the file is refused with every fault (65).
    pub fn into_result(self, what: &str, hint: &str) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let (message, details) = self.into_details(what)?;
        Err(Error::invalid_file(message).hint(hint).details(details))
    }

    /// The sentence with the number of faults, and the faults themselves.
    pub fn into_details(self, what: &str) -> Result<(String, Vec<Value>)> {
        let total = self.total;
        let listed = self.listed();
        let more = match total - listed.len().min(total) {
            0 => String::new(),
            more => format!(", of which {more} more are not listed"),
        };
        let faults = if total == 1 { "error" } else { "errors" };
        let details = listed
            .iter()
            .map(|fault| serde_json::to_value(fault).map_err(|e| Error::internal(e.to_string())))
            .collect::<Result<Vec<_>>>()?;
        Ok((format!("{what}: {total} {faults}{more}"), details))
    }
}
