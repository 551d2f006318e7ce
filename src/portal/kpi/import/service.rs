//! The use case: prepare outside any write, then merge.

use serde_json::{Value, json};

use super::{
    Basis, Catalogue, Comparison, Fact, ImportOptions, Key, PROVISIONAL, Parsed, Standing, compare, read,
    store,
};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::sheet::Sheet;
use crate::platform::ui::answer::{Bulk, Warning};
use crate::portal::access;
use crate::portal::kpi::{MonthState, actions, store as kpi_store};
use crate::portal::tenant::unit::{NewUnit, UnitPatch, service as unit_service};
use crate::values::{Month, UnitNumber};

/// A file that was parsed, checked and compared, ready to be merged.
pub struct Prepared {
    file: String,
    sha256: String,
    encoding: String,
    delimiter: String,
    options: ImportOptions,
    catalogue: Catalogue,
    data_version: i64,
    parsed: Parsed,
    comparison: Comparison,
}

/// What a merge did.
pub struct Imported {
    /// Counts and facts, and what was created or closed besides (CLI.md §4).
    pub bulk: Bulk,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// Parses and checks a file against one consistent state; every fault of the file is told at once (65).
pub fn prepare(
    conn: &Connection,
    actor: &Actor,
    sheet: &Sheet,
    file: &str,
    options: ImportOptions,
) -> Result<Prepared> {
    access::provider_only(actor)?;
    let catalogue = store::catalogue(conn)?;
    let data_version = store::data_version(conn)?;
    let mut parsed = read::parse(sheet, &catalogue, options)?;
    let comparison = compare::compare(conn, &mut parsed.facts)?;
    compare::judge(&parsed, &comparison, &catalogue, options)?;
    Ok(Prepared {
        file: file.to_owned(),
        sha256: sheet.sha256().to_owned(),
        encoding: sheet.encoding.to_string(),
        delimiter: sheet.delimiter_text(),
        options,
        catalogue,
        data_version,
        parsed,
        comparison,
    })
}

/// Merges what was prepared: one import, one record in the audit.
pub fn merge(tx: &Tx<'_>, mut prepared: Prepared) -> Result<Imported> {
    access::provider_only(tx.actor())?;
    recheck(tx, &mut prepared)?;
    let Prepared { options, catalogue, parsed, comparison, .. } = &prepared;
    let to_close: Vec<Month> = parsed
        .months
        .iter()
        .filter(|(month, all_say_so)| **all_say_so && !catalogue.closed.contains(month))
        .map(|(month, _)| *month)
        .collect();
    let closing = if options.close { to_close.as_slice() } else { &[] };
    let mut items: Vec<Value> = Vec::new();
    let updated = comparison.differences.len() as u64;
    if comparison.created + updated > 0 {
        write_facts(tx, &prepared, &mut items)?;
    }
    for month in closing {
        kpi_store::set_month_state(tx, *month, MonthState::Closed)?;
        items.push(json!({"key": month.to_string(), "result": "closed"}));
    }
    let months: Vec<_> = parsed.months.keys().map(Month::to_string).collect();
    let bulk = Bulk { items, ..Bulk::default() }
        .with("rows", parsed.facts.len() as u64)
        .with("created", comparison.created)
        .with("updated", updated)
        .with("unchanged", comparison.unchanged)
        .with("failed", 0)
        .with("months", months)
        .with("sha256", prepared.sha256.as_str())
        .with("encoding", prepared.encoding.as_str())
        .with("delimiter", prepared.delimiter.as_str());
    if comparison.created + updated > 0 || !closing.is_empty() {
        let closed: Vec<_> = closing.iter().map(Month::to_string).collect();
        let after = json!({"file": prepared.file, "summary": bulk.summary, "closed": closed});
        tx.record(actions::IMPORT, format!("kpi-import:{}", prepared.sha256), None::<&()>, Some(&after))?;
    }
    let left_open = if options.close { &[] } else { to_close.as_slice() };
    Ok(Imported { bulk, warnings: warnings(parsed, left_open) })
}

/// What was prepared may have been overtaken by another command; then it is compared again, under the lock.
fn recheck(tx: &Tx<'_>, prepared: &mut Prepared) -> Result<()> {
    if store::data_version(tx)? == prepared.data_version {
        return Ok(());
    }
    if store::catalogue(tx)? != prepared.catalogue {
        return Err(Error::busy(
            "kpi.overtaken",
            "another command changed units, institutions, measures or months while the file was read; nothing was taken",
        )
        .hint("run the import again"));
    }
    prepared.comparison = compare::compare(tx, &mut prepared.parsed.facts)?;
    compare::judge(&prepared.parsed, &prepared.comparison, &prepared.catalogue, prepared.options)
}

fn write_facts(tx: &Tx<'_>, prepared: &Prepared, items: &mut Vec<Value>) -> Result<()> {
    let Prepared { catalogue, parsed, .. } = prepared;
    let mut units = Vec::with_capacity(parsed.missing_units.len());
    for missing in &parsed.missing_units {
        let number = UnitNumber::parse(missing.kind, &missing.number)?;
        let new = NewUnit { tenant: missing.tenant.code.clone(), number, data: UnitPatch::default() };
        let (_, unit) = unit_service::create(tx, new, false)?;
        items.push(json!({"key": unit.key(), "result": "created"}));
        units.push(u32::try_from(unit.id).unwrap_or_default());
    }
    let mut areas = Vec::with_capacity(parsed.missing_areas.len());
    for name in &parsed.missing_areas {
        areas.push(store::area(tx, name)?);
    }
    let settled = |fact: &Fact| {
        let Key { unit, area, .. } = fact.key;
        let key = Key { unit: settle(unit, &units), area: settle(area, &areas), ..fact.key };
        Fact { key, ..*fact }
    };
    let import = store::insert_import(tx, &prepared.file, &prepared.sha256, parsed.facts.len())?;
    let fresh = parsed.facts.iter().filter(|fact| fact.standing == Standing::New);
    let mut known: Option<(u32, Basis)> = None;
    let mut basis = |fact: &Fact| match known {
        Some((measure, basis)) if measure == fact.key.measure => basis,
        _ => {
            let basis = basis_of(catalogue, fact);
            known = Some((fact.key.measure, basis));
            basis
        }
    };
    store::insert_facts(tx, import, fresh.map(|fact| (settled(fact), basis(fact))))?;
    for fact in prepared.comparison.differences.iter().filter_map(|d| parsed.facts.get(d.fact)) {
        store::correct(tx, import, fact, basis_of(catalogue, fact))?;
    }
    Ok(())
}

/// The row behind a provisional number.
fn settle(number: u32, created: &[u32]) -> u32 {
    match number.checked_sub(PROVISIONAL) {
        Some(index) => created.get(index as usize).copied().unwrap_or_default(),
        None => number,
    }
}

fn basis_of(catalogue: &Catalogue, fact: &Fact) -> Basis {
    let measure = catalogue.measures.iter().find(|measure| measure.id == i64::from(fact.key.measure));
    measure.map_or(Basis::NotLost, |measure| measure.basis)
}

fn warnings(parsed: &Parsed, left_open: &[Month]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !left_open.is_empty() {
        let months: Vec<_> = left_open.iter().map(Month::to_string).collect();
        warnings.push(Warning::new(
            "kpi.month-open",
            format!(
                "the file says that {} is final, but no month was closed; import with --close, or `portalctl kpi close`",
                months.join(", ")
            ),
        ));
    }
    if let Some((rows, first)) = parsed.unused {
        warnings.push(Warning::new(
            "value.unused",
            format!(
                "{rows} rows have values in columns that their measure does not use, first in line {first}"
            ),
        ));
    }
    if !parsed.padded.is_empty() {
        let circles: Vec<_> = parsed.padded.iter().map(String::as_str).collect();
        warnings.push(Warning::new(
            "unit.padded",
            format!("accounting circles had lost the zeros they begin with: {}", circles.join(", ")),
        ));
    }
    warnings
}
