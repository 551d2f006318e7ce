//! What became of the rows, as an answer: counts, changes field by field, faults, warnings said once.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Applied, Column, OnError, Shape};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::sheet::Fault;
use crate::platform::ui::answer::{Bulk, Warning, to_value};

/// How many faults an error lists; the rest is counted.
const LISTED: usize = 1000;

/// How many warnings of a kind are told in full.
const TOLD: usize = 3;

/// Something wrong with a row.
#[derive(Debug, Serialize)]
pub(super) struct RowFault {
    pub line: u64,
    pub column: Option<String>,
    pub value: String,
    pub code: String,
    /// Shared by the rows that it is said of.
    #[serde(serialize_with = "as_text")]
    pub message: Rc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// With what the use case refused it; `None` where the file itself is wrong.
    #[serde(skip)]
    pub refused: Option<Exit>,
    /// The cell that is to blame, whose text is the value.
    #[serde(skip)]
    pub place: Option<usize>,
}

fn as_text<S: Serializer>(text: &Rc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// What became of one row.
pub(super) enum Fate {
    Done(Applied),
    Failed { key: String, faults: Vec<RowFault> },
}

/// What became of all of them, by line.
#[derive(Default)]
pub(super) struct Report {
    fates: BTreeMap<u64, Fate>,
    /// How many faults were found in cells so far, and how many of them nobody keeps.
    found: usize,
    dropped: usize,
    warnings: Vec<Warning>,
}

impl From<Fault> for RowFault {
    fn from(fault: Fault) -> RowFault {
        let Fault { line, column, value, code, message } = fault;
        let (code, message) = (code.to_owned(), message.into());
        RowFault { line, column, value, code, message, hint: None, refused: None, place: None }
    }
}

impl Report {
    pub fn set(&mut self, line: u64, fate: Fate) {
        self.fates.insert(line, fate);
    }

    pub fn warn(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        self.warnings.extend(warnings);
    }

    /// What is kept of the faults of a row: once as many are known as an error lists, only the first of each row.
    pub fn within_limit(&mut self, mut faults: Vec<Fault>) -> Vec<RowFault> {
        if self.found >= LISTED && faults.len() > 1 {
            let more = faults.len() - 1;
            self.dropped += more;
            faults.truncate(1);
            faults.shrink_to_fit();
            let errors = if more == 1 { "error" } else { "errors" };
            for fault in &mut faults {
                fault.message.push_str(&format!("; {more} more {errors} in this row"));
            }
        }
        self.found += faults.len();
        faults.into_iter().map(RowFault::from).collect()
    }

    /// The faults that are at a cell other than the key, each with the line of its row.
    pub fn placed(&mut self) -> impl Iterator<Item = (u64, &mut RowFault)> {
        self.fates.iter_mut().flat_map(|(line, fate)| {
            let faults = match fate {
                Fate::Failed { faults, .. } => faults.as_mut_slice(),
                Fate::Done(_) => &mut [],
            };
            faults.iter_mut().filter(|fault| fault.place.is_some()).map(|fault| (*line, fault))
        })
    }

    fn failed(&self) -> impl Iterator<Item = &Vec<RowFault>> {
        self.fates.values().filter_map(|fate| match fate {
            Fate::Failed { faults, .. } => Some(faults),
            Fate::Done(_) => None,
        })
    }

    fn done(&self) -> impl Iterator<Item = &Applied> {
        self.fates.values().filter_map(|fate| match fate {
            Fate::Done(applied) => Some(applied),
            Fate::Failed { .. } => None,
        })
    }

    pub fn rows(&self) -> usize {
        self.fates.len()
    }

    /// Whether any row did something.
    pub fn changed(&self) -> bool {
        self.done().any(|applied| applied.states.is_some())
    }

    pub fn failures(&self) -> usize {
        self.failed().count()
    }

    /// Why each row that failed did, by line.
    pub fn reasons(&self) -> BTreeMap<u64, String> {
        // By the line of the row: a fault may name another, as of a quote that opens further down.
        self.fates
            .iter()
            .filter_map(|(line, fate)| {
                let Fate::Failed { faults, .. } = fate else { return None };
                let told: Vec<_> =
                    faults.iter().map(|fault| format!("{}: {}", fault.code, fault.message)).collect();
                Some((*line, told.join(" | ")))
            })
            .collect()
    }

    /// The refusal of the whole file. Where the others would be taken, no row could be: if all for one reason, which is
    /// not what the file says but what there is, the refusal is that one's own (CLI.md §2).
    pub fn refusal(&self, file: &str, on_error: OnError, conflicts: &[&'static str]) -> Result<Error> {
        let total = self.failed().map(Vec::len).sum::<usize>() + self.dropped;
        let listed: Vec<_> = self.failed().flatten().take(LISTED).map(to_value).collect::<Result<_>>()?;
        let more = match total - listed.len() {
            0 => String::new(),
            more => format!(", of which {more} more are not listed"),
        };
        let errors = if total == 1 { "error" } else { "errors" };
        let (failures, rows) = (self.failures(), self.rows());
        if on_error == OnError::Continue
            && let Some((first, exit)) = self.one_reason()
        {
            let more = if rows == 1 { String::new() } else { format!(", and the other rows alike{more}") };
            let message = format!("{file}: {}{more}; nothing of the file was taken", first.message);
            let error = Error::new(exit, first.code.as_str(), message).details(listed);
            return Ok(match &first.hint {
                Some(hint) => error.hint(hint.as_str()),
                None => error,
            });
        }
        let hint = match on_error {
            OnError::Stop => {
                "mend them and import the file again; `--errors-to FILE` sets the wrong rows aside, \
                 `--on-error continue` takes the others"
            }
            OnError::Continue => {
                "mend them and import the file again; `--errors-to FILE` sets the wrong rows aside"
            }
        };
        let message = format!(
            "{file}: {total} {errors} in {failures} of {rows} rows{more}; nothing of the file was taken"
        );
        // Rows that are right and only known otherwise are no wrong file.
        let first = self.failed().flatten().next();
        let known_otherwise = |fault: &RowFault| conflicts.contains(&fault.code.as_str());
        let error = match first {
            Some(first) if self.failed().flatten().all(known_otherwise) => {
                let (code, first_hint) = (first.code.as_str(), first.hint.as_deref());
                Error::conflict(code, message).hint(first_hint.unwrap_or(hint))
            }
            _ => Error::invalid_file(message).hint(hint),
        };
        Ok(error.details(listed))
    }

    /// The reason for which use cases refused every row, if it is one.
    fn one_reason(&self) -> Option<(&RowFault, Exit)> {
        let mut faults = self.failed().flatten();
        let first = faults.next()?;
        let exit = first.refused.filter(|exit| !matches!(exit, Exit::Usage | Exit::InvalidFile))?;
        let alike = |fault: &RowFault| fault.refused == Some(exit) && fault.code == first.code;
        faults.all(alike).then_some((first, exit))
    }

    /// The counts, in the order of CLI.md §2.
    pub fn summary(&self, counts: &[&'static str]) -> Bulk {
        let of = |result: &str| self.done().filter(|applied| applied.result == result).count() as u64;
        let mut bulk = Bulk::default()
            .with("rows", self.rows() as u64)
            .with("created", of("created"))
            .with("updated", of("updated"))
            .with("unchanged", of("unchanged"))
            .with("failed", self.failures() as u64);
        for name in counts {
            let counted = self.done().filter(|applied| applied.counted == Some(*name)).count();
            bulk = bulk.with(name, counted as u64);
        }
        bulk
    }

    /// What changed, and what failed, line by line; what is unchanged is left out.
    pub fn items(&mut self, shape: &Shape) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        for (line, fate) in &mut self.fates {
            match fate {
                Fate::Failed { key, faults } => {
                    items.push(json!({"key": key, "line": line, "result": "failed", "errors": faults}));
                }
                Fate::Done(Applied { key, result, states, .. }) => {
                    // Taken out: of many rows, what was and what is need not be kept beside what changed.
                    let Some((before, after)) = states.take() else { continue };
                    let changes = changes(shape, before.as_ref(), &after);
                    items.push(json!({"key": key, "line": line, "result": result, "changes": changes}));
                }
            }
        }
        Ok(items)
    }

    /// The warnings, each once, and of each kind only the first few in full.
    pub fn warnings(&mut self) -> Vec<Warning> {
        let mut kinds: Vec<Kind> = Vec::new();
        let of_rows = self.fates.values_mut().flat_map(|fate| match fate {
            Fate::Done(applied) => std::mem::take(&mut applied.warnings),
            Fate::Failed { .. } => Vec::new(),
        });
        for warning in std::mem::take(&mut self.warnings).into_iter().chain(of_rows) {
            let known = kinds.iter().position(|kind| kind.code == warning.code);
            let place = known.unwrap_or_else(|| {
                kinds.push(Kind { code: warning.code.clone(), told: Vec::new(), more: 0 });
                kinds.len() - 1
            });
            let Some(kind) = kinds.get_mut(place) else { continue };
            let room = kind.told.len() < TOLD;
            match kind.told.iter_mut().find(|(known, _)| *known == warning) {
                Some((_, times)) => *times += 1,
                None if room => kind.told.push((warning, 1)),
                None => kind.more += 1,
            }
        }
        kinds.into_iter().flat_map(Kind::into_warnings).collect()
    }
}

/// The warnings of one code.
struct Kind {
    code: String,
    /// Those told in full, and how often each was given.
    told: Vec<(Warning, usize)>,
    more: usize,
}

impl Kind {
    fn into_warnings(self) -> impl Iterator<Item = Warning> {
        let more = (self.more > 0)
            .then(|| Warning::new(self.code, format!("there are {} more warnings of that kind", self.more)));
        let told = self.told.into_iter().map(|(warning, times)| match times {
            1 => warning,
            times => Warning::new(warning.code, format!("{} ({times} rows)", warning.message)),
        });
        told.chain(more)
    }
}

/// The columns whose values differ; of something new those that are not empty. The key is named anyway.
fn changes(shape: &Shape, before: Option<&Value>, after: &Value) -> Vec<Value> {
    let fields = shape.columns.iter().map(Column::field).filter(|field| !shape.key.contains(field));
    fields
        .filter_map(|field| {
            let was = before.and_then(|before| before.get(field)).unwrap_or(&Value::Null);
            let is = after.get(field).unwrap_or(&Value::Null);
            let same = if before.is_some() { was == is } else { is_empty(is) };
            (!same).then(|| json!({"field": field, "before": was, "after": is}))
        })
        .collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}
