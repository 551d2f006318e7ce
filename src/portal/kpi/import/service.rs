//! The use case: prepare outside any write, then merge.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::failures::{Failures, Obstacles};
use super::rows::Known;
use super::settled::Settled;
use super::{Comparison, Content, ImportOptions, Line, STEP, Writing, store};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt::{self, Graceful};
use crate::platform::sheet::Sheet;
use crate::platform::spill::{Sequence, Stream};
use crate::platform::ui::answer::{Bulk, Warning};
use crate::platform::ui::progress::Progress;
use crate::portal::access;
use crate::portal::kpi::{MonthState, actions, complete, store as kpi_store};
use crate::values::Month;

/// A file that was parsed, checked and compared, ready to be merged.
pub(super) struct Prepared<'s, C: Content> {
    sheet: &'s Sheet,
    file: String,
    options: ImportOptions,
    basics: C::Basics,
    data_version: i64,
    months: BTreeMap<Month, bool>,
    unused: Option<(u64, u64)>,
    known: Known,
    comparison: Comparison<C>,
    refusal: Option<Error>,
    /// The rows that are not taken; of a file that is refused those for which it is.
    failed: Failures,
}

/// What a merge did.
pub struct Imported {
    /// Counts and facts, and what was created or closed besides (CLI.md §4).
    pub bulk: Bulk,
    /// Whether all was taken, or some.
    pub exit: Exit,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// The lines of the rows that were not taken, each with the reason.
    pub rejected: BTreeMap<u64, String>,
    /// Until this is dropped a signal waits, so that what was rejected can be written down.
    pub held: Option<Graceful>,
}

impl<C: Content> Prepared<'_, C> {
    /// Why the file is refused, if it is: then nothing of it is taken.
    pub fn take_refusal(&mut self) -> Option<Error> {
        self.refusal.take()
    }

    /// The lines of the rows that are not taken, each with the reason.
    pub fn rejected(&self) -> BTreeMap<u64, String> {
        self.failed.reasons()
    }
}

/// Parses and checks a file on this day against one consistent state; every fault of the file is told at once.
pub(super) fn prepare<'s, C: Content>(
    conn: &Connection,
    actor: &Actor,
    sheet: &'s Sheet,
    file: &str,
    options: ImportOptions,
    today: NaiveDate,
    progress: &Progress,
) -> Result<Prepared<'s, C>> {
    access::provider_only(actor)?;
    let basics = C::basics(conn)?;
    let data_version = store::data_version(conn)?;
    let mut parsed = C::parse(sheet, &basics, options, today, progress)?;
    let wrong = &mut parsed.known.failures;
    let comparison = C::compare(conn, &basics, options, &mut parsed.rows, wrong)?;
    let mut prepared = Prepared {
        sheet,
        file: file.to_owned(),
        options,
        basics,
        data_version,
        months: parsed.months,
        unused: parsed.unused,
        known: parsed.known,
        comparison,
        refusal: None,
        failed: Failures::new(true),
    };
    prepared.judge()?;
    Ok(prepared)
}

impl<C: Content> Prepared<'_, C> {
    /// Whether the file is refused, and which of its rows are not taken.
    fn judge(&mut self) -> Result<()> {
        let none = || Failures::new(self.options.keeps_failures());
        let wrong = std::mem::replace(&mut self.known.failures, none());
        let against = std::mem::replace(&mut self.comparison.against, Obstacles::new("", self.options));
        (self.refusal, self.failed) = against.judge(wrong, self.known.count, self.options.on_error)?;
        Ok(())
    }

    /// What was prepared may have been overtaken by another command; then it is compared again, under the lock.
    fn recheck(&mut self, tx: &Tx<'_>) -> Result<()> {
        if store::data_version(tx)? == self.data_version {
            return Ok(());
        }
        if C::basics(tx)? != self.basics {
            return Err(overtaken());
        }
        // What is wrong in the file still is; what is known otherwise or closed may not be.
        self.known.failures = self.failed.of_file();
        let rows = &mut self.comparison.rows.read()?;
        self.comparison = C::compare(tx, &self.basics, self.options, rows, &mut self.known.failures)?;
        self.judge()
    }

    /// The months that are to be closed: whose rows all say so. Where rows are not taken it cannot be told of any.
    fn final_months(&self) -> Vec<Month> {
        let open = |month: &Month| !C::catalogue(&self.basics).closed.contains(month);
        let all = self.months.iter().filter(|(month, all_say_so)| **all_say_so && open(month));
        all.map(|(month, _)| *month).collect()
    }
}

/// Something that the check looked at was changed meanwhile.
fn overtaken() -> Error {
    Error::busy(
        "kpi.overtaken",
        "another command changed units, institutions, measures or months while the file was read; nothing was taken",
    )
    .hint("run the import again")
}

/// Merges what was prepared: one import, one record in the audit.
pub(super) fn merge<C: Content>(
    tx: &Tx<'_>,
    mut prepared: Prepared<'_, C>,
    progress: &Progress,
) -> Result<Imported> {
    access::provider_only(tx.actor())?;
    prepared.recheck(tx)?;
    if let Some(refusal) = prepared.refusal {
        return Err(refusal);
    }
    let failed = prepared.failed.rows();
    let to_close = prepared.final_months();
    let closing = if prepared.options.close && failed == 0 { to_close.as_slice() } else { &[] };
    let mut items: Vec<Value> = Vec::new();
    let Comparison { created, updated, unchanged, .. } = prepared.comparison;
    if created + updated > 0 {
        write(tx, &mut prepared, progress, &mut items)?;
    }
    if !closing.is_empty() {
        // The sums of a month may be more than memory should hold.
        tx.sort_in_files()?;
    }
    for month in closing {
        kpi_store::set_month_state(tx, *month, MonthState::Closed)?;
        items.push(json!({"key": month.to_string(), "result": "closed"}));
    }
    let months: Vec<_> = prepared.months.keys().map(Month::to_string).collect();
    let bulk = Bulk::default()
        .with("rows", prepared.known.count)
        .with("created", created)
        .with("updated", updated)
        .with("unchanged", unchanged)
        .with("failed", failed);
    let mut bulk = C::tell(&prepared.comparison, bulk)
        .with("months", months)
        .with("sha256", prepared.sheet.sha256())
        .with("encoding", prepared.sheet.encoding.to_string())
        .with("delimiter", prepared.sheet.delimiter_text());
    if created + updated > 0 || !closing.is_empty() {
        let closed: Vec<_> = closing.iter().map(Month::to_string).collect();
        let after = json!({
            "file": prepared.file,
            "kind": C::KIND.code(),
            "summary": bulk.summary,
            "closed": closed,
        });
        let object = format!("kpi-import:{}", prepared.sheet.sha256());
        tx.record(actions::IMPORT, object, None::<&()>, Some(&after))?;
    }
    let incomplete = complete::warnings(tx, closing)?;
    let left_open = if closing.is_empty() { to_close.as_slice() } else { &[] };
    let mut warnings = incomplete;
    if !left_open.is_empty() {
        warnings.push(left_open_warning(left_open, failed));
    }
    warnings.extend(unused_warning(prepared.unused));
    warnings.extend(padded_warning(&prepared.known));
    items.extend(prepared.failed.items(prepared.sheet)?);
    bulk.items = items;
    let exit = if failed == 0 { Exit::Success } else { Exit::Partial };
    let held = (failed > 0).then(interrupt::graceful);
    Ok(Imported { bulk, exit, warnings, rejected: prepared.failed.reasons(), held })
}

/// Creates what the rows need, and writes them.
fn write<C: Content>(
    tx: &Tx<'_>,
    prepared: &mut Prepared<'_, C>,
    progress: &Progress,
    items: &mut Vec<Value>,
) -> Result<()> {
    let Prepared { basics, known, comparison, options, sheet, .. } = prepared;
    let settled = Settled::create(tx, &comparison.needed, known, items)?;
    let rows = comparison.created + comparison.updated + comparison.unchanged;
    let import = store::insert_import(tx, &prepared.file, sheet.sha256(), rows, C::KIND)?;
    let options = *options;
    C::write(Writing { tx, import, basics, options, comparison, settled: &settled, progress })
}

/// Hands on every row, and moves the bar along.
pub(super) fn each_row<L: Line>(
    rows: &mut Sequence<L>,
    progress: &Progress,
    mut write: impl FnMut(L) -> Result<()>,
) -> Result<()> {
    progress.begin("writing", rows.len());
    let mut reading = rows.read()?;
    let mut n = 0;
    while let Some(row) = reading.next()? {
        n += 1;
        if n % STEP == 0 {
            progress.advance(STEP);
        }
        write(row)?;
    }
    Ok(())
}

fn left_open_warning(months: &[Month], failed: u64) -> Warning {
    let months: Vec<_> = months.iter().map(Month::to_string).collect();
    let (months, why) = (months.join(", "), "no month was closed");
    let message = match failed {
        0 => format!(
            "the file says that {months} is final, but {why}; import with --close, or `portalctl kpi close`"
        ),
        _ => format!(
            "the file says that {months} is final, but {why}, since rows were not taken; see that they are, and then `portalctl kpi close`"
        ),
    };
    Warning::new("kpi.month-open", message)
}

fn unused_warning(unused: Option<(u64, u64)>) -> Option<Warning> {
    let (rows, first) = unused?;
    let message =
        format!("{rows} rows have values in columns that their measure does not use, first in line {first}");
    Some(Warning::new("value.unused", message))
}

/// What had lost zeros.
fn padded_warning(known: &Known) -> Option<Warning> {
    let circles: Vec<_> = known.padded.iter().map(String::as_str).collect();
    let message = format!("accounting circles had lost the zeros they begin with: {}", circles.join(", "));
    (!circles.is_empty()).then(|| Warning::new("unit.padded", message))
}
