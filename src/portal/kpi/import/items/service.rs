//! The use case: prepare outside any write, then merge.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Basics, Comparison, Item, Standing, compare, read, store};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;
use crate::platform::sheet::Sheet;
use crate::platform::spill::Stream;
use crate::platform::ui::answer::Bulk;
use crate::platform::ui::progress::Progress;
use crate::portal::access;
use crate::portal::calendar::service as calendar_service;
use crate::portal::calendar::working::WorkingDays;
use crate::portal::kpi::import::failures::{Failures, Obstacles};
use crate::portal::kpi::import::rows::Known;
use crate::portal::kpi::import::service::{Imported, STEP, Settled, overtaken, padded_warning};
use crate::portal::kpi::import::{ImportKind, ImportOptions, Key, store as import_store};
use crate::portal::kpi::{actions, store as kpi_store};
use crate::values::{Month, parse_date};

/// A file of cases that was parsed, judged and compared, ready to be merged.
pub struct Prepared<'s> {
    sheet: &'s Sheet,
    file: String,
    options: ImportOptions,
    basics: Basics,
    data_version: i64,
    months: Vec<Month>,
    known: Known,
    comparison: Comparison,
    refusal: Option<Error>,
    failed: Failures,
}

fn basics(conn: &Connection) -> Result<Basics> {
    let catalogue = import_store::catalogue(conn)?;
    let working = WorkingDays::new(&calendar_service::all(conn)?);
    let targets = kpi_store::targets(conn)?;
    let of = |code: &str| {
        let targets = targets.iter().filter(|target| target.measure == code);
        let limit = |days: Option<i64>| days.and_then(|days| u32::try_from(days).ok());
        targets
            .map(|target| Ok((parse_date(&target.from)?, limit(target.max_days))))
            .collect::<Result<Vec<_>>>()
    };
    let limits = catalogue.measures.iter().map(|measure| Ok((measure.id, of(&measure.code)?)));
    let limits = limits.collect::<Result<_>>()?;
    Ok(Basics { catalogue, working, limits })
}

/// Parses, checks and judges a file on this day, against one consistent state.
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
    let basics = basics(conn)?;
    let data_version = import_store::data_version(conn)?;
    let mut parsed = read::parse(sheet, &basics, options, today, progress)?;
    let wrong = &mut parsed.known.failures;
    let comparison = compare::compare(conn, &basics, options, &mut parsed.items, wrong)?;
    let mut prepared = Prepared {
        sheet,
        file: file.to_owned(),
        options,
        basics,
        data_version,
        months: parsed.months.into_iter().collect(),
        known: parsed.known,
        comparison,
        refusal: None,
        failed: Failures::new(true),
    };
    prepared.judge()?;
    Ok(prepared)
}

impl Prepared<'_> {
    /// Why the file is refused, if it is, with the lines for which it is: then nothing of it is taken.
    pub fn take_refusal(&mut self) -> Option<Error> {
        self.refusal.take()
    }

    /// The lines of the rows that are not taken, each with the reason.
    pub fn rejected(&self) -> std::collections::BTreeMap<u64, String> {
        self.failed.reasons()
    }

    fn judge(&mut self) -> Result<()> {
        let none = Failures::new(self.options.keeps_failures());
        let wrong = std::mem::replace(&mut self.known.failures, none);
        let against = std::mem::replace(&mut self.comparison.against, Obstacles::new("", self.options));
        (self.refusal, self.failed) = against.judge(wrong, self.known.count, self.options.on_error)?;
        Ok(())
    }

    fn recheck(&mut self, tx: &Tx<'_>) -> Result<()> {
        if import_store::data_version(tx)? == self.data_version {
            return Ok(());
        }
        if basics(tx)? != self.basics {
            return Err(overtaken());
        }
        self.known.failures = self.failed.of_file();
        let items = &mut self.comparison.items.read()?;
        self.comparison = compare::compare(tx, &self.basics, self.options, items, &mut self.known.failures)?;
        self.judge()
    }
}

/// Merges what was prepared: one import, one record in the audit.
pub fn merge(tx: &Tx<'_>, mut prepared: Prepared<'_>, progress: &Progress) -> Result<Imported> {
    access::provider_only(tx.actor())?;
    prepared.recheck(tx)?;
    if let Some(refusal) = prepared.refusal {
        return Err(refusal);
    }
    let failed = prepared.failed.rows();
    let mut items: Vec<Value> = Vec::new();
    let Comparison { created, updated, unchanged, .. } = prepared.comparison;
    if created + updated > 0 {
        write(tx, &mut prepared, progress, &mut items)?;
    }
    let months: Vec<_> = prepared.months.iter().map(Month::to_string).collect();
    let mut bulk = Bulk::default()
        .with("rows", prepared.known.count)
        .with("created", created)
        .with("updated", updated)
        .with("unchanged", unchanged)
        .with("failed", failed)
        .with("figures", prepared.comparison.figures.len() as u64)
        .with("months", months)
        .with("sha256", prepared.sheet.sha256())
        .with("encoding", prepared.sheet.encoding.to_string())
        .with("delimiter", prepared.sheet.delimiter_text());
    if created + updated > 0 {
        let after = json!({"file": prepared.file, "items": true, "summary": bulk.summary});
        let object = format!("kpi-import:{}", prepared.sheet.sha256());
        tx.record(actions::IMPORT, object, None::<&()>, Some(&after))?;
    }
    items.extend(prepared.failed.items(prepared.sheet)?);
    bulk.items = items;
    let warnings = padded_warning(&prepared.known).into_iter().collect();
    let exit = if failed == 0 { Exit::Success } else { Exit::Partial };
    let held = (failed > 0).then(interrupt::graceful);
    Ok(Imported { bulk, exit, warnings, rejected: prepared.failed.reasons(), held })
}

fn write(
    tx: &Tx<'_>,
    prepared: &mut Prepared<'_>,
    progress: &Progress,
    items: &mut Vec<Value>,
) -> Result<()> {
    let Prepared { known, comparison, .. } = prepared;
    let settled = Settled::create(tx, &comparison.needed, known, items)?;
    let rows = comparison.created + comparison.updated + comparison.unchanged;
    let sha256 = prepared.sheet.sha256();
    let import = import_store::insert_import(tx, &prepared.file, sha256, rows, ImportKind::Items)?;
    progress.begin("writing", comparison.items.len());
    let mut reading = comparison.items.read()?;
    let mut n = 0;
    while let Some(item) = reading.next()? {
        n += 1;
        if n % STEP == 0 {
            progress.advance(STEP);
        }
        match item.standing {
            Standing::Same | Standing::Barred | Standing::Broken => continue,
            Standing::Corrected => store::keep(tx, import, &item)?,
            Standing::New | Standing::Handled => {}
        }
        let mut course = item.course;
        course.area = settled.area(course.area);
        store::put(tx, import, &Item { unit: settled.unit(item.unit), course, ..item })?;
    }
    for (key, change) in &comparison.figures {
        if change.exists && change.corrected {
            import_store::keep(tx, import, *key)?;
        }
        let key = Key { unit: settled.unit(key.unit), area: settled.area(key.area), ..*key };
        store::put_figure(tx, import, key, change)?;
    }
    Ok(())
}
