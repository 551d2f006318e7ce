//! Settings, closed days and the catalogues.

use super::{Check, add, number, truth};
use crate::ops::state::model::{self, State};
use crate::ops::state::wanted::{ClosedDay, Measure, Role, Target, TicketType, Wanted};
use crate::platform::i18n::parse_coded;
use crate::platform::settings;
use crate::portal::calendar::parse_day;
use crate::portal::cli::line;
use crate::portal::contact::role::RolePatch;
use crate::portal::kpi::cli::parse_code as measure_code;
use crate::portal::kpi::{Basis, Direction, MeasureStatus, TargetPatch};
use crate::portal::ticket::kind;
use crate::values::{TenantCode, nearest, parse_date, prose};

pub(super) fn check(check: &mut Check, wanted: &mut Wanted, state: &State) {
    settings(check, wanted, state);
    if let Some(days) = state.closed_days.get() {
        let found = days.iter().enumerate().filter_map(|(n, day)| closed_day(check, n, day));
        let found: Vec<_> = found.collect();
        add(&mut wanted.closed_days, found);
    }
    if let Some(roles) = state.roles.get() {
        let found: Vec<_> = roles.iter().enumerate().filter_map(|(n, one)| role(check, n, one)).collect();
        add(&mut wanted.roles, found);
    }
    if let Some(types) = state.ticket_types.get() {
        let found: Vec<_> =
            types.iter().enumerate().filter_map(|(n, one)| ticket_type(check, n, one)).collect();
        add(&mut wanted.ticket_types, found);
    }
    if let Some(measures) = state.measures.get() {
        let found: Vec<_> =
            measures.iter().enumerate().filter_map(|(n, one)| measure(check, n, one)).collect();
        add(&mut wanted.measures, found);
    }
}

fn settings(check: &mut Check, wanted: &mut Wanted, state: &State) {
    for (key, text) in &state.settings.0 {
        let path = format!("settings.{key}");
        let Some(setting) = settings::ALL.iter().copied().find(|setting| setting.key == key) else {
            // What is far longer than any setting is near to none.
            let key = if key.len() > 200 { "of this name" } else { key };
            let near = nearest(key, settings::ALL.iter().map(|setting| setting.key));
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            let message = format!("there is no setting {key}{near}");
            check.fault(text.at, &path, key, "setting.not-found", &message);
            continue;
        };
        check.once("setting", key, text, &path);
        let value = match text.as_str() {
            "" => None,
            value => match setting.check(value) {
                Ok(value) => Some(value),
                Err(error) => {
                    check.fault(text.at, &path, value, error.code(), error.message());
                    continue;
                }
            },
        };
        wanted.settings.push((check.at(text, &path), setting, value));
    }
}

fn closed_day(check: &mut Check, n: usize, day: &model::ClosedDay) -> Option<ClosedDay> {
    let path = format!("closed_days[{n}]");
    let date = check.value(&format!("{path}.date"), &day.date, parse_day);
    let name = check.value(&format!("{path}.name"), &day.name, line);
    let date = date?;
    check.once("closed day", &date.to_string(), &day.date, &path);
    Some(ClosedDay { at: check.at(&day.date, &path), date, name: name? })
}

fn role(check: &mut Check, n: usize, role: &model::Role) -> Option<Role> {
    let path = format!("roles[{n}]");
    let code = check.value(&format!("{path}.code"), &role.code, str::parse::<TenantCode>);
    let patch = RolePatch {
        name: check.set(&path, "name", &role.name, line),
        managed_by: check.set(&path, "managed_by", &role.managed_by, parse_coded),
        secure_email: check.set(&path, "secure_email", &role.secure_email, truth),
        tabs: check.values(&path, "tabs", &role.tabs, parse_coded),
        description: check.optional(&path, "description", &role.description, prose),
        ..RolePatch::default()
    };
    let status = check.set(&path, "status", &role.status, parse_coded);
    let code = code?.to_string();
    check.once("role", &code, &role.code, &path);
    Some(Role { at: check.at(&role.code, &path), code, patch, status })
}

fn ticket_type(check: &mut Check, n: usize, one: &model::TicketType) -> Option<TicketType> {
    let path = format!("ticket_types[{n}]");
    let code = check.value(&format!("{path}.code"), &one.code, kind::parse_code);
    let name = check.set(&path, "name", &one.name, line);
    let status = check.set(&path, "status", &one.status, parse_coded);
    let code = code?;
    check.once("ticket type", &code, &one.code, &path);
    Some(TicketType { at: check.at(&one.code, &path), code, name, status })
}

fn measure(check: &mut Check, n: usize, measure: &model::Measure) -> Option<Measure> {
    let path = format!("measures[{n}]");
    let code = check.value(&format!("{path}.code"), &measure.code, measure_code);
    let name = check.set(&path, "name", &measure.name, line);
    let basis = check.set(&path, "basis", &measure.basis, parse_coded::<Basis>);
    let unit_kind = check.optional(&path, "unit_kind", &measure.unit_kind, parse_coded);
    let direction = check.set(&path, "direction", &measure.direction, parse_coded::<Direction>);
    let status = check.set(&path, "status", &measure.status, parse_coded::<MeasureStatus>);
    let code = code?;
    check.once("measure", &code, &measure.code, &path);
    let targets = measure.targets.get().map(|targets| {
        let found = targets.iter().enumerate().filter_map(|(n, one)| target(check, &path, &code, n, one));
        found.collect()
    });
    let at = check.at(&measure.code, &path);
    Some(Measure { at, code, name, basis, unit_kind, direction, status, targets })
}

fn target(check: &mut Check, path: &str, measure: &str, n: usize, target: &model::Target) -> Option<Target> {
    let path = format!("{path}.targets[{n}]");
    let from = check.value(&format!("{path}.from"), &target.from, parse_date);
    let patch = TargetPatch {
        target_bp: check.optional(&path, "target_bp", &target.target_bp, number(0..=10_000)),
        max_days: check.optional(&path, "max_days", &target.max_days, number(0..=366)),
    };
    let from = from?;
    check.once("target", &format!("{measure}:{from}"), &target.from, &path);
    Some(Target { at: check.at(&target.from, &path), from, patch })
}
