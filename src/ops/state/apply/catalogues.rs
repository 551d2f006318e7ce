//! Settings, closed days, roles, ticket types, measures and their targets.

use std::collections::HashMap;

use super::Run;
use crate::ops::state::wanted;
use crate::platform::error::{Error, Result};
use crate::platform::settings;
use crate::portal::calendar::service as calendar;
use crate::portal::contact::role::{
    Role, RolePatch, RoleStatus, service as role_service, store as role_store,
};
use crate::portal::kpi::{
    self, Direction, Measure, MeasurePatch, MeasureStatus, NewMeasure, TargetPatch, service as kpi_service,
};
use crate::portal::tenant::service::incomplete;
use crate::portal::ticket::kind::{self, TicketType, TypeStatus};

/// Puts everything but what goes out of use.
pub(super) fn settle(run: &mut Run<'_, '_>) -> Result<()> {
    let wanted = run.wanted;
    for (at, setting, value) in &wanted.settings {
        run.declare("setting", setting.key);
        let set = match value {
            Some(value) => settings::set(run.tx, setting, value),
            None => settings::reset(run.tx, setting),
        };
        run.attempt(at, set)?;
    }
    for day in wanted.closed_days.iter().flatten() {
        run.declare("closed-day", &day.date.to_string());
        let put = calendar::put(run.tx, day.date, &day.name);
        run.attempt(&day.at, put)?;
    }
    if wanted.closed_days.as_ref().is_some_and(Vec::is_empty) {
        for day in calendar::all(run.tx)? {
            calendar::remove(run.tx, day.date)?;
        }
    }
    for role in wanted.roles.iter().flatten() {
        run.declare("role", &role.code);
        let put = put_role(run, role);
        run.attempt(&role.at, put)?;
    }
    let types = kind::list(run.tx)?;
    let types: HashMap<_, _> = types.iter().map(|kind| (kind.code.as_str(), kind)).collect();
    for one in wanted.ticket_types.iter().flatten() {
        run.declare("ticket-type", &one.code);
        let put = put_type(run, one, types.get(one.code.as_str()).copied());
        run.attempt(&one.at, put)?;
    }
    for measure in wanted.measures.iter().flatten() {
        run.declare("measure", &measure.code);
        let put = put_measure(run, measure);
        if run.attempt(&measure.at, put)?.is_some() {
            put_targets(run, measure)?;
        }
    }
    Ok(())
}

/// A role that is to need a secure address waits until the contacts have theirs; one that goes out of use, until they
/// hold it.
fn put_role(run: &Run<'_, '_>, wanted: &wanted::Role) -> Result<()> {
    let patch = wanted.patch.clone();
    let Some(present) = role_store::find(run.tx, &wanted.code)? else {
        let (Some(name), Some(managed_by)) = (patch.name, patch.managed_by) else {
            return Err(incomplete("role", &wanted.code, "a name and managed_by"));
        };
        let mut tabs = patch.tabs.unwrap_or_default();
        tabs.sort_unstable();
        tabs.dedup();
        let role = Role {
            id: 0,
            code: wanted.code.clone(),
            name,
            managed_by,
            secure_email: patch.secure_email.unwrap_or(false),
            tabs,
            description: patch.description.flatten(),
            status: RoleStatus::Active,
        };
        return role_service::create(run.tx, role, false).map(drop);
    };
    let patch = RolePatch {
        secure_email: patch.secure_email.filter(|secure| !secure),
        status: wanted.status.filter(|status| *status == RoleStatus::Active),
        ..patch
    };
    role_service::update(run.tx, &present.code, patch).map(drop)
}

fn put_type(run: &Run<'_, '_>, wanted: &wanted::TicketType, present: Option<&TicketType>) -> Result<()> {
    if present.is_none() {
        let Some(name) = &wanted.name else { return Err(incomplete("ticket-type", &wanted.code, "a name")) };
        kind::create(run.tx, &wanted.code, name, false)?;
    }
    kind::update(run.tx, &wanted.code, wanted.name.clone(), wanted.status).map(drop)
}

fn put_measure(run: &Run<'_, '_>, wanted: &wanted::Measure) -> Result<()> {
    let present = match kpi::store::find_measure(run.tx, &wanted.code)? {
        Some(present) => present,
        None => {
            let (Some(name), Some(basis)) = (&wanted.name, wanted.basis) else {
                return Err(incomplete("measure", &wanted.code, "a name and a basis"));
            };
            let (name, unit_kind) = (name.clone(), wanted.unit_kind.flatten());
            let direction = wanted.direction.unwrap_or(Direction::Higher);
            let new = NewMeasure { name, basis, unit_kind, direction };
            kpi_service::create_measure(run.tx, &wanted.code, new, false)?.1
        }
    };
    unalterable(&present, wanted)?;
    let patch = MeasurePatch { name: wanted.name.clone(), status: wanted.status };
    kpi_service::update_measure(run.tx, &wanted.code, patch).map(drop)
}

fn unalterable(present: &Measure, wanted: &wanted::Measure) -> Result<()> {
    let basis = wanted.basis.is_some_and(|basis| basis != present.basis).then_some("basis");
    let kind = wanted.unit_kind.is_some_and(|kind| kind != present.unit_kind).then_some("unit_kind");
    let way = wanted.direction.is_some_and(|way| way != present.direction).then_some("direction");
    let Some(field) = basis.or(kind).or(way) else { return Ok(()) };
    let message = format!("measure {} has another {field}, and figures that follow from it", present.code);
    Err(Error::conflict("measure.differs", message).hint("add a measure with a code of its own"))
}

/// The list of targets is replaced as a whole, and so is each target.
fn put_targets(run: &mut Run<'_, '_>, measure: &wanted::Measure) -> Result<()> {
    let Some(targets) = &measure.targets else { return Ok(()) };
    for present in kpi::store::targets(run.tx)?.iter().filter(|target| target.measure == measure.code) {
        let stays = targets.iter().any(|target| target.from.to_string() == present.from);
        if !stays && let Ok(from) = present.from.parse() {
            let removed = kpi_service::remove_target(run.tx, &measure.code, from);
            run.attempt(&measure.at, removed)?;
        }
    }
    for target in targets {
        run.declare("target", &format!("{}:{}", measure.code, target.from));
        let patch = TargetPatch {
            target_bp: Some(target.patch.target_bp.flatten()),
            max_days: Some(target.patch.max_days.flatten()),
        };
        let set = kpi_service::set_target(run.tx, &measure.code, target.from, &patch);
        run.attempt(&target.at, set)?;
    }
    Ok(())
}

/// Takes out of use what is to be, once nobody needs it any more.
pub(super) fn retire(run: &mut Run<'_, '_>) -> Result<()> {
    let wanted = run.wanted;
    for role in wanted.roles.iter().flatten() {
        let patch =
            RolePatch { secure_email: role.patch.secure_email, status: role.status, ..RolePatch::default() };
        // One that could not be put has been told of already.
        if role_store::find(run.tx, &role.code)?.is_some() {
            let late = role_service::update(run.tx, &role.code, patch);
            run.attempt(&role.at, late)?;
        }
    }
    if wanted.roles.as_ref().is_some_and(Vec::is_empty) {
        for role in role_store::list(run.tx)? {
            role_service::retire(run.tx, &role.code)?;
        }
    }
    if wanted.ticket_types.as_ref().is_some_and(Vec::is_empty) {
        for one in kind::list(run.tx)? {
            kind::update(run.tx, &one.code, None, Some(TypeStatus::Retired))?;
        }
    }
    if wanted.measures.as_ref().is_some_and(Vec::is_empty) {
        for measure in kpi::store::measures(run.tx)? {
            let patch = MeasurePatch { status: Some(MeasureStatus::Retired), ..MeasurePatch::default() };
            kpi_service::update_measure(run.tx, &measure.code, patch)?;
        }
    }
    Ok(())
}
