//! The use case: prepare outside any write, then merge.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::failures::{Failures, Obstacles};
use super::rows::Known;
use super::store::{self, Inserting};
use super::{
    Basis, Catalogue, Comparison, Fact, ImportKind, ImportOptions, Key, MissingUnit, Needed, PROVISIONAL,
    Standing, compare, read,
};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt::{self, Graceful};
use crate::platform::sheet::Sheet;
use crate::platform::spill::Stream;
use crate::platform::ui::answer::{Bulk, Warning};
use crate::platform::ui::progress::Progress;
use crate::portal::access;
use crate::portal::kpi::{MonthState, actions, complete, store as kpi_store};
use crate::portal::tenant::unit::{NewUnit, UnitPatch, service as unit_service};
use crate::values::{Month, UnitNumber};

/// How many figures are written between two steps of the bar.
pub(super) const STEP: u64 = 4096;

/// A file that was parsed, checked and compared, ready to be merged.
pub struct Prepared<'s> {
    sheet: &'s Sheet,
    file: String,
    options: ImportOptions,
    catalogue: Catalogue,
    data_version: i64,
    months: BTreeMap<Month, bool>,
    unused: Option<(u64, u64)>,
    known: Known,
    comparison: Comparison,
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

impl Prepared<'_> {
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
pub fn prepare<'s>(
    conn: &Connection,
    actor: &Actor,
    sheet: &'s Sheet,
    file: &str,
    options: ImportOptions,
    today: NaiveDate,
    progress: &Progress,
) -> Result<Prepared<'s>> {
    access::provider_only(actor)?;
    let catalogue = store::catalogue(conn)?;
    let data_version = store::data_version(conn)?;
    let mut parsed = read::parse(sheet, &catalogue, options, today, progress)?;
    let wrong = &mut parsed.known.failures;
    let comparison = compare::compare(conn, &catalogue, options, &mut parsed.facts, wrong)?;
    let mut prepared = Prepared {
        sheet,
        file: file.to_owned(),
        options,
        catalogue,
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

impl Prepared<'_> {
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
        if store::catalogue(tx)? != self.catalogue {
            return Err(overtaken());
        }
        // What is wrong in the file still is; what is known otherwise or closed may not be.
        self.known.failures = self.failed.of_file();
        let facts = &mut self.comparison.facts.read()?;
        self.comparison =
            compare::compare(tx, &self.catalogue, self.options, facts, &mut self.known.failures)?;
        self.judge()
    }

    /// The months that are to be closed: whose rows all say so. Where rows are not taken it cannot be told of any.
    fn final_months(&self) -> Vec<Month> {
        let open = |month: &Month| !self.catalogue.closed.contains(month);
        let all = self.months.iter().filter(|(month, all_say_so)| **all_say_so && open(month));
        all.map(|(month, _)| *month).collect()
    }
}

/// Something that the check looked at was changed meanwhile.
pub(super) fn overtaken() -> Error {
    Error::busy(
        "kpi.overtaken",
        "another command changed units, institutions, measures or months while the file was read; nothing was taken",
    )
    .hint("run the import again")
}

/// Merges what was prepared: one import, one record in the audit.
pub fn merge(tx: &Tx<'_>, mut prepared: Prepared<'_>, progress: &Progress) -> Result<Imported> {
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
        write_facts(tx, &mut prepared, progress, &mut items)?;
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
    let mut bulk = Bulk::default()
        .with("rows", prepared.known.count)
        .with("created", created)
        .with("updated", updated)
        .with("unchanged", unchanged)
        .with("failed", failed)
        .with("months", months)
        .with("sha256", prepared.sheet.sha256())
        .with("encoding", prepared.sheet.encoding.to_string())
        .with("delimiter", prepared.sheet.delimiter_text());
    if created + updated > 0 || !closing.is_empty() {
        let closed: Vec<_> = closing.iter().map(Month::to_string).collect();
        let after = json!({"file": prepared.file, "summary": bulk.summary, "closed": closed});
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

fn write_facts(
    tx: &Tx<'_>,
    prepared: &mut Prepared<'_>,
    progress: &Progress,
    items: &mut Vec<Value>,
) -> Result<()> {
    let Prepared { catalogue, known, comparison, options, .. } = prepared;
    let settled = Settled::create(tx, &comparison.needed, known, items)?;
    let (taken, count) = (comparison.created + comparison.updated, comparison.facts.len());
    let rows = taken + comparison.unchanged;
    let import =
        store::insert_import(tx, &prepared.file, prepared.sheet.sha256(), rows, ImportKind::Figures)?;
    let mut inserting = Inserting::new(tx, import)?;
    let mut last: Option<(u32, u32, Basis, bool)> = None;
    progress.begin("writing", count);
    let mut facts = comparison.facts.read()?;
    let mut n = 0;
    while let Some(fact) = facts.next()? {
        n += 1;
        if n % STEP == 0 {
            progress.advance(STEP);
        }
        let Key { measure, month, .. } = fact.key;
        let (basis, closed) = match last {
            Some((of, on, basis, closed)) if (of, on) == (measure, month) => (basis, closed),
            _ => {
                let basis = basis_of(catalogue, &fact);
                let month = Month::from_yyyymm(i64::from(month));
                (basis, month.is_some_and(|month| catalogue.closed.contains(&month)))
            }
        };
        last = Some((measure, month, basis, closed));
        match fact.standing {
            _ if closed => {}
            Standing::New => inserting.add(settled.fact(&fact), basis)?,
            Standing::Different if options.correct => store::correct(tx, import, &fact, basis)?,
            Standing::Different | Standing::Same | Standing::Broken => {}
        }
    }
    inserting.finish()
}

/// The rows behind provisional numbers.
pub(super) struct Settled {
    units: Vec<u32>,
    areas: Vec<u32>,
}

impl Settled {
    /// Creates the units and areas that are needed.
    pub fn create(tx: &Tx<'_>, needed: &Needed, known: &Known, items: &mut Vec<Value>) -> Result<Settled> {
        let (units, areas) = (vec![0; known.missing_units.len()], vec![0; known.missing_areas.len()]);
        let mut settled = Settled { units, areas };
        for number in &needed.units {
            let Some(missing) = known.missing_units.get((number - PROVISIONAL) as usize) else { continue };
            let MissingUnit { kind, number: text, tenant } = missing;
            let new = NewUnit {
                tenant: tenant.code.clone(),
                number: UnitNumber::parse(*kind, text)?,
                data: UnitPatch::default(),
            };
            let (_, unit) = unit_service::create(tx, new, false)?;
            items.push(json!({"key": unit.key(), "result": "created"}));
            if let Some(row) = settled.units.get_mut((number - PROVISIONAL) as usize) {
                *row = u32::try_from(unit.id).unwrap_or_default();
            }
        }
        for number in &needed.areas {
            let place = (number - PROVISIONAL) as usize;
            if let (Some(name), Some(row)) = (known.missing_areas.get(place), settled.areas.get_mut(place)) {
                *row = store::area(tx, name)?;
            }
        }
        Ok(settled)
    }

    pub fn unit(&self, number: u32) -> u32 {
        row_behind(number, &self.units)
    }

    pub fn area(&self, number: u32) -> u32 {
        row_behind(number, &self.areas)
    }

    fn fact(&self, fact: &Fact) -> Fact {
        let Key { unit, area, .. } = fact.key;
        Fact { key: Key { unit: self.unit(unit), area: self.area(area), ..fact.key }, ..*fact }
    }
}

fn row_behind(number: u32, created: &[u32]) -> u32 {
    match number.checked_sub(PROVISIONAL) {
        Some(place) => created.get(place as usize).copied().unwrap_or_default(),
        None => number,
    }
}

fn basis_of(catalogue: &Catalogue, fact: &Fact) -> Basis {
    let measure = catalogue.measures.iter().find(|measure| measure.id == i64::from(fact.key.measure));
    measure.map_or(Basis::NotLost, |measure| measure.basis)
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
pub(super) fn padded_warning(known: &Known) -> Option<Warning> {
    let circles: Vec<_> = known.padded.iter().map(String::as_str).collect();
    let message = format!("accounting circles had lost the zeros they begin with: {}", circles.join(", "));
    (!circles.is_empty()).then(|| Warning::new("unit.padded", message))
}
