//! From a sheet to an answer: every row read first, then every row tried, each so that it can be undone alone.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use super::blame::Blame;
use super::cells::{Cells, Places};
use super::report::{Fate, Report, RowFault};
use super::same::mark_doubled;
use super::{Applied, Importer, Mode, OnError, ring};
use crate::platform::actor::Actor;
use crate::platform::db::{Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt::{self, Graceful};
use crate::platform::sheet::Sheet;
use crate::platform::ui::Answer;
use crate::platform::ui::answer::Warning;

/// How many rows a file may have; all of them are in memory at once.
const ROWS: usize = 200_000;

/// How many rows may be wrong before the rest is not worth reading.
pub const WRONG: usize = 10_000;

/// What is asked of an import.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// What the file is called in messages.
    pub file: &'a str,
    /// What its rows may do.
    pub mode: Mode,
    /// What a wrong row does to the others.
    pub on_error: OnError,
}

/// What an import led to.
pub struct Done {
    /// The answer, or the refusal of the whole file (65).
    pub answer: Result<Answer>,
    /// The lines of the rows that failed, each with the reason.
    pub rejected: BTreeMap<u64, String>,
    /// From just before the end of the transaction a signal waits until this is dropped, so that what was rejected
    /// can be written down. Before that it ends the process, and nothing was done.
    pub held: Option<Graceful>,
}

/// A row that was read.
pub(super) struct ReadRow<R> {
    pub line: u64,
    pub key: String,
    /// The key in the form in which two rows about the same thing are alike.
    pub identity: Option<String>,
    pub row: Option<R>,
    pub faults: Vec<RowFault>,
}

/// Imports a sheet in one transaction.
///
/// # Errors
/// The heading is wrong (65), or something that is no row's fault: then nothing was taken and no row is to blame.
pub fn run<I: Importer>(
    db: &mut Db,
    actor: &Actor,
    sheet: &Sheet,
    importer: &I,
    order: Order<'_>,
) -> Result<Done> {
    let shape = importer.shape();
    let places = Places::find(sheet, shape, order.mode)?;
    let mut report = Report::default();
    let mut rows = read(sheet, &places, importer, &mut report, order.file)?;
    let blame = Blame::new(shape, &places, sheet);
    let (mut held, mut refused) = (None, false);
    let written = db.write(actor, |tx| {
        identify(tx, importer, &mut rows)?;
        mark_doubled(&mut rows, blame.key.as_deref());
        attempt_all(tx, importer, rows, &blame, &mut report)?;
        blame.fill_in(&mut report)?;
        let failures = report.failures();
        let undone = match order.on_error {
            OnError::Stop => failures > 0,
            OnError::Continue => failures > 0 && failures == report.rows(),
        };
        if undone {
            let refusal = report.refusal(order.file, order.on_error, shape.conflicts)?;
            refused = true;
            return Err(refusal);
        }
        let bulk = report.summary(importer.counts());
        if report.changed() {
            let summary = &bulk.summary;
            let after = json!({"file": order.file, "mode": order.mode, "summary": summary});
            tx.record(
                shape.action,
                format!("{}-import:{}", shape.noun, sheet.sha256()),
                None::<&()>,
                Some(&after),
            )?;
        }
        held = Some(interrupt::graceful());
        Ok(bulk)
    });
    let rejected = report.reasons();
    let answer = match written {
        Ok(bulk) => {
            let mut bulk = bulk
                .with("sha256", sheet.sha256())
                .with("encoding", sheet.encoding.to_string())
                .with("delimiter", sheet.delimiter_text());
            bulk.items = report.items(shape)?;
            let exit = if rejected.is_empty() { Exit::Success } else { Exit::Partial };
            Ok(Answer::bulk(bulk).exit(exit).warn(report.warnings()))
        }
        Err(refusal) if refused => Err(refusal),
        Err(error) => return Err(error),
    };
    Ok(Done { answer, rejected, held })
}

/// Reads every row before any is tried, so that every fault of the file is told at once.
fn read<I: Importer>(
    sheet: &Sheet,
    places: &Places,
    importer: &I,
    report: &mut Report,
    file: &str,
) -> Result<Vec<ReadRow<I::Row>>> {
    let mut rows = Vec::new();
    let (mut wrong, mut missed, mut example) = (0_usize, 0_usize, None);
    let misplaced = sheet.misplaced_quotes(WRONG + 1)?;
    sheet.each(|record| {
        if rows.len() == ROWS {
            return Err(too_many_rows(file));
        }
        let mut cells = Cells::new(importer.shape(), places, sheet, record);
        let row =
            if cells.check(misplaced.contains(&record.line)) { importer.read(&mut cells) } else { None };
        let key = cells.raw_key();
        let Cells { key: identity, faults, warnings, .. } = cells;
        report.warn(warnings);
        let row = row.filter(|_| faults.is_empty());
        let faults = report.within_limit(faults);
        wrong += usize::from(row.is_none());
        if wrong > WRONG {
            return Err(too_many_wrong(file, record.line));
        }
        if let Some(said) = places.missed(sheet, record) {
            missed += 1;
            example.get_or_insert_with(|| format!("line {} ({said})", record.line));
        }
        rows.push(ReadRow { line: record.line, key, identity, row, faults });
        Ok(())
    })?;
    if !places.ignored.is_empty() {
        let names = places.ignored.join(", ");
        let more = match (missed, example) {
            (1, Some(example)) => format!("; look at the row that says something there: {example}"),
            (rows, Some(example)) => {
                format!("; look at the {rows} rows that say something there, as {example}")
            }
            _ => String::new(),
        };
        let message = format!("an import cannot set {names}; what stands there was passed over{more}");
        report.warn([Warning::new("column.ignored", message)]);
    }
    Ok(rows)
}

fn too_many_rows(file: &str) -> Error {
    let message = format!("{file} has more than 200,000 rows, which is the most that one import takes");
    Error::new(Exit::InvalidFile, "file.too-large", message)
        .hint("divide the file, and import its parts one by one; nothing was taken")
}

fn too_many_wrong(file: &str, line: u64) -> Error {
    let message = format!(
        "{file}: more than 10,000 rows are wrong: is it the right file? Reading stopped at line {line}"
    );
    Error::invalid_file(message)
        .hint("nothing was taken; begin with the first rows of it, to see what is wrong")
}

/// Learns of every row what it is about, where that takes a look at what there is. A row that could not be read is about
/// the same as one that was read and says the same of itself.
fn identify<I: Importer>(tx: &Tx<'_>, importer: &I, rows: &mut [ReadRow<I::Row>]) -> Result<()> {
    let mut known: HashMap<String, String> = HashMap::new();
    for row in rows.iter() {
        let (Some(said), Some(identity)) = (&row.row, &row.identity) else { continue };
        if known.contains_key(identity) {
            continue;
        }
        match importer.identity(tx, said) {
            Ok(Some(found)) => {
                known.insert(identity.clone(), found);
            }
            Ok(None) => {}
            // What is refused here is refused when the row is tried, and told then.
            Err(error) if is_of_row(&error) => {}
            Err(error) => return Err(error),
        }
    }
    for identity in rows.iter_mut().filter_map(|row| row.identity.as_mut()) {
        if let Some(found) = known.get(identity) {
            identity.clone_from(found);
        }
    }
    Ok(())
}

/// Tries every row that could be read. Those that another row may make room for are tried again while that helps.
fn attempt_all<I: Importer>(
    tx: &Tx<'_>,
    importer: &I,
    rows: Vec<ReadRow<I::Row>>,
    blame: &Blame<'_>,
    report: &mut Report,
) -> Result<()> {
    let mut seen: HashMap<String, u64> = HashMap::with_capacity(rows.len());
    let mut waiting = rows;
    loop {
        let before = waiting.len();
        let mut again = Vec::new();
        for row in waiting {
            let Some(said) = &row.row else {
                report.set(row.line, Fate::Failed { key: row.key, faults: row.faults });
                continue;
            };
            match tx.attempt(|tx| unlike_others(importer.apply(tx, said)?, &seen, row.line)) {
                Ok(applied) => {
                    seen.insert(applied.key.clone(), row.line);
                    report.set(row.line, Fate::Done(applied));
                }
                Err(error) if !is_of_row(&error) => return Err(error),
                Err(error) => {
                    let faults = vec![blame.refused(&row, &error)];
                    report.set(row.line, Fate::Failed { key: row.key.clone(), faults });
                    if importer.shape().retried.contains(&error.code()) {
                        again.push(row);
                    }
                }
            }
        }
        if again.len() == before {
            again = ring::attempt(tx, importer, again, blame, report)?;
        }
        if again.is_empty() || again.len() == before {
            return Ok(());
        }
        // A row that waits for the one behind it, which waits for the next: the other way round they all fit at once.
        again.reverse();
        waiting = again;
    }
}

/// Should a row turn out to be about the same as one that was taken already, that one stands.
fn unlike_others(applied: Applied, seen: &HashMap<String, u64>, line: u64) -> Result<Applied> {
    match seen.get(&applied.key) {
        None => Ok(applied),
        Some(other) => Err(Error::conflict(
            "key.doubled",
            format!(
                "{} is in the file more than once: line {other} was taken, line {line} was not",
                applied.key
            ),
        )),
    }
}

/// Whether an error is about the row that was tried. A full disk or a bug is not.
pub(super) fn is_of_row(error: &Error) -> bool {
    matches!(error.exit(), Exit::Usage | Exit::NotFound | Exit::Conflict | Exit::Refused | Exit::InvalidFile)
}
