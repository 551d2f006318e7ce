//! Use cases of measures, targets, months, and the list of figures.

use serde_json::json;

use super::{
    Basis, Direction, FactFilter, Measure, MeasurePatch, MonthLine, MonthState, NewMeasure, Target,
    TargetPatch, actions, complete, store,
};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::portal::access::{self, Menu};
use crate::portal::tenant::unit::{service as unit_service, store as unit_store};
use crate::portal::tenant::{service as tenant_service, store as tenant_store};
use crate::values::{Month, UnitKind, UnitRef, nearest};

/// Fills the catalogue of a new database: the six measures (K-153..K-158) and their targets (DOMAIN §2.1).
pub fn seed(tx: &Tx<'_>) -> Result<()> {
    let (circle, group) = (Some(UnitKind::Accounting), Some(UnitKind::Payroll));
    let measures = [
        ("A1", "Behandling af købsfakturaer og -kreditnotaer", Basis::WithinLimit, circle),
        ("A2", "Rettidig behandling af salgsfakturaer og -kreditnotaer", Basis::WithinLimit, circle),
        ("A3", "Rettidig behandling af DDI-stamdata", Basis::WithinLimit, circle),
        ("B1", "Rettidig løn", Basis::WithoutError, group),
        ("B2", "Korrekt administration af løn", Basis::WithoutError, group),
        ("B3", "Korrekt refusionsbehandling", Basis::NotLost, None),
    ];
    for (code, name, basis, unit_kind) in measures {
        let new = NewMeasure { name: name.to_owned(), basis, unit_kind, direction: Direction::Higher };
        store::insert_measure(tx, &new.called(code))?;
    }
    // Percentages for A1–A3 are agreed nowhere that we know of (C-11).
    let targets = [
        ("A1", "2020-12-01", None, Some(3)),
        ("A1", "2026-01-01", None, Some(1)),
        ("A2", "2020-12-01", None, Some(3)),
        ("A2", "2026-01-01", None, Some(1)),
        ("A3", "2020-12-01", None, Some(2)),
        ("A3", "2026-01-01", None, Some(1)),
        ("B1", "2020-01-01", Some(10_000), None),
        ("B2", "2020-01-01", Some(9_850), None),
        ("B2", "2026-01-01", Some(9_900), None),
        ("B3", "2026-01-01", Some(9_990), None),
    ];
    for (code, from, target_bp, max_days) in targets {
        let measure = measure(tx, code)?;
        let target = Target { measure: code.to_owned(), from: from.to_owned(), target_bp, max_days };
        store::upsert_target(tx, measure.id, &target)?;
    }
    Ok(())
}

/// The measure that a user named by its code.
pub fn measure(conn: &Connection, code: &str) -> Result<Measure> {
    let code = code.trim().to_uppercase();
    if let Some(measure) = store::find_measure(conn, &code)? {
        return Ok(measure);
    }
    let measures = store::measures(conn)?;
    Err(Error::not_found("measure", &code)
        .hint("`portalctl kpi measure list` shows them all")
        .did_you_mean(nearest(&code, measures.iter().map(|measure| measure.code.as_str()))))
}

/// All measures.
pub fn measures(conn: &Connection, actor: &Actor) -> Result<Vec<Measure>> {
    access::provider_only(actor)?;
    store::measures(conn)
}

/// Adds a measure (K-170). With `if_not_exists` one that is there and the same is taken as it is. Answers with whether
/// it is new.
pub fn create_measure(
    tx: &Tx<'_>,
    code: &str,
    new: NewMeasure,
    if_not_exists: bool,
) -> Result<(bool, Measure)> {
    access::provider_only(tx.actor())?;
    let measure = new.called(code);
    if let Some(present) = store::find_measure(tx, code)? {
        let differs = [
            ("name", present.name != measure.name),
            ("basis", present.basis != measure.basis),
            ("unit_kind", present.unit_kind != measure.unit_kind),
            ("direction", present.direction != measure.direction),
            ("status", present.status != measure.status),
        ];
        let differs: Vec<_> = differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
        if if_not_exists && differs.is_empty() {
            return Ok((false, present));
        }
        let (reason, what) = if if_not_exists {
            ("measure.differs", format!("exists and differs in: {}", differs.join(", ")))
        } else {
            ("measure.exists", "exists already".to_owned())
        };
        return Err(Error::conflict(reason, format!("measure {code} {what}")));
    }
    let measure = Measure { id: store::insert_measure(tx, &measure)?, ..measure };
    tx.record(actions::MEASURE_CREATE, format!("measure:{code}"), None::<&()>, Some(&measure))?;
    Ok((true, measure))
}

/// Changes a measure.
pub fn update_measure(tx: &Tx<'_>, code: &str, patch: MeasurePatch) -> Result<(bool, Measure)> {
    access::provider_only(tx.actor())?;
    let before = measure(tx, code)?;
    let after = Measure {
        name: patch.name.unwrap_or_else(|| before.name.clone()),
        status: patch.status.unwrap_or(before.status),
        ..before.clone()
    };
    if after == before {
        return Ok((false, before));
    }
    store::update_measure(tx, &after)?;
    tx.record(actions::MEASURE_UPDATE, format!("measure:{}", after.code), Some(&before), Some(&after))?;
    Ok((true, after))
}

/// All targets.
pub fn targets(conn: &Connection, actor: &Actor) -> Result<Vec<Target>> {
    access::provider_only(actor)?;
    store::targets(conn)
}

/// Sets what is to be reached from a day on. What is not given stays as it was on that day.
pub fn set_target(
    tx: &Tx<'_>,
    code: &str,
    from: chrono::NaiveDate,
    patch: &TargetPatch,
) -> Result<(&'static str, Target)> {
    access::provider_only(tx.actor())?;
    let measure = measure(tx, code)?;
    let from = from.to_string();
    let before = store::find_target(tx, measure.id, &from)?;
    let in_force = store::target_on(tx, measure.id, &from)?;
    let (bp, days) = in_force.map_or((None, None), |target| (target.target_bp, target.max_days));
    let after = Target {
        measure: measure.code.clone(),
        from,
        target_bp: patch.target_bp.unwrap_or(bp),
        max_days: patch.max_days.unwrap_or(days),
    };
    if before.as_ref() == Some(&after) {
        return Ok(("unchanged", after));
    }
    store::upsert_target(tx, measure.id, &after)?;
    tx.record(actions::TARGET_SET, target_object(&after), before.as_ref(), Some(&after))?;
    Ok((if before.is_some() { "updated" } else { "created" }, after))
}

/// Removes the target that begins on a day; the one before it, if there is one, holds on.
pub fn remove_target(tx: &Tx<'_>, code: &str, from: chrono::NaiveDate) -> Result<Target> {
    access::provider_only(tx.actor())?;
    let measure = measure(tx, code)?;
    let from = from.to_string();
    let Some(before) = store::find_target(tx, measure.id, &from)? else {
        return Err(Error::not_found("target", format!("{}:{from}", measure.code))
            .hint("`portalctl kpi target list` shows them all"));
    };
    store::delete_target(tx, measure.id, &from)?;
    tx.record(actions::TARGET_REMOVE, target_object(&before), Some(&before), None::<&()>)?;
    Ok(before)
}

fn target_object(target: &Target) -> String {
    format!("target:{}:{}", target.measure, target.from)
}

/// The months with figures, or that were closed at some time.
pub fn months(conn: &Connection, actor: &Actor) -> Result<Vec<MonthLine>> {
    access::provider_only(actor)?;
    complete::months(conn)
}

/// One month, also where nothing is known of it.
pub fn month(conn: &Connection, actor: &Actor, month: Month) -> Result<MonthLine> {
    access::provider_only(actor)?;
    complete::month(conn, month)
}

/// Makes a month's figures final (K-165), which those of a month to come cannot be. Answers with whether that changed
/// anything.
pub fn close(tx: &Tx<'_>, which: Month) -> Result<bool> {
    access::provider_only(tx.actor())?;
    which
        .not_after(Month::of(local_date(tx.now())), "kpi.month-future")
        .map_err(|invalid| Error::conflict(invalid.code, invalid.to_string()))?;
    turn(tx, which, MonthState::Closed)
}

/// Opens a closed month again; needs a reason. Answers with whether that changed anything.
pub fn reopen(tx: &Tx<'_>, which: Month) -> Result<bool> {
    access::provider_only(tx.actor())?;
    tx.require_reason()?;
    turn(tx, which, MonthState::Open)
}

/// Under the lock, only what has to be known there is looked at.
fn turn(tx: &Tx<'_>, which: Month, to: MonthState) -> Result<bool> {
    let from = store::month_state(tx, which)?;
    if from == to {
        return Ok(false);
    }
    let rows = store::month_rows(tx, which)?;
    store::set_month_state(tx, which, to)?;
    let action = if to == MonthState::Closed { actions::CLOSE } else { actions::REOPEN };
    let told = |state: MonthState| json!({"month": which, "state": state, "rows": rows});
    tx.record(action, format!("month:{which}"), Some(&told(from)), Some(&told(to)))?;
    Ok(true)
}

/// Which figures somebody asks for, by name.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The institution, by code or CVR.
    pub tenant: Option<String>,
    /// The unit.
    pub unit: Option<UnitRef>,
    /// The measure's code.
    pub measure: Option<String>,
}

/// The rows that were asked for by name, if the actor may see their figures (K-046, K-151).
///
/// A user sees of a unit only the months in which it was their institution's.
pub fn authorised(conn: &Connection, actor: &Actor, asked: &Asked) -> Result<FactFilter> {
    let mut filter = FactFilter::default();
    if let Some(name) = &asked.tenant {
        filter.tenants = Some(vec![tenant_service::resolve_for(conn, actor, Menu::Reports, name)?.id]);
    }
    if let Some(name) = &asked.unit {
        let unit = unit_service::resolve_once_known(conn, actor, name)?;
        if filter.tenants.is_none() {
            filter.tenants = holders(conn, actor, unit.id)?;
        }
        filter.unit = Some(unit.id);
    }
    if asked.tenant.is_none() && asked.unit.is_none() {
        filter.tenants = access::places(conn, actor, Menu::Reports)?;
    }
    if let Some(code) = &asked.measure {
        filter.measure = Some(measure(conn, code)?.id);
    }
    Ok(filter)
}

/// The institutions whose the unit is or was, as far as the actor may see their reports; `None` for whoever may see all.
/// Refused where there is none.
fn holders(conn: &Connection, actor: &Actor, unit: i64) -> Result<Option<Vec<i64>>> {
    let Some(known) = access::known_places(conn, actor)? else { return Ok(None) };
    let (mut open, mut refused) = (Vec::new(), None);
    for holder in unit_store::holders(conn, unit)?.into_iter().filter(|holder| known.contains(holder)) {
        let tenant = tenant_store::find(conn, holder)?;
        match access::authorise(conn, actor, Menu::Reports, (tenant.id, &tenant.code)) {
            Ok(()) => open.push(holder),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match refused {
        Some(refusal) if open.is_empty() => Err(refusal),
        _ => Ok(Some(open)),
    }
}
