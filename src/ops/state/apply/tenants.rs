//! Institutions and their units.

use std::rc::Rc;

use super::Run;
use crate::platform::bulk::Mode;
use crate::platform::error::Result;
use crate::portal::tenant::unit::{UnitPatch, service as unit_service, store as unit_store};
use crate::portal::tenant::{Status, TenantPatch, service, store};
use crate::values::UnitRef;

/// Puts institutions and units, without taking any out of use.
pub(super) fn put(run: &mut Run<'_, '_>) -> Result<()> {
    for tenant in run.wanted.tenants.iter().flatten() {
        run.declare("tenant", &tenant.code);
        let status = back_in_use(tenant.status);
        let put =
            service::put(run.tx, Mode::Upsert, &tenant.code, TenantPatch { status, ..tenant.patch.clone() });
        match run.attempt(&tenant.at, put)? {
            Some((result, row)) => {
                if result == "created" {
                    run.created.insert(row.code.clone());
                }
                run.tenants.insert(tenant.code.clone(), Rc::new(row));
            }
            None => drop(run.failed.insert(tenant.code.clone())),
        }
    }
    for (tenant, _) in run.put_tenants() {
        for unit in tenant.units.iter().flatten() {
            run.declare("unit", &unit.number.to_string());
            let patch = UnitPatch { status: back_in_use(unit.status), ..unit.patch.clone() };
            let put = unit_service::put(run.tx, Mode::Upsert, Some(&tenant.code), &unit.number, patch);
            if let Some(("created", row)) = run.attempt(&unit.at, put)? {
                unit_service::stamp(run.tx, &row)?;
            }
        }
    }
    Ok(())
}

fn back_in_use(status: Option<Status>) -> Option<Status> {
    status.filter(|status| *status == Status::Active)
}

/// Takes units and institutions out of use: those declared so, and all where the list is empty.
pub(super) fn archive(run: &mut Run<'_, '_>) -> Result<()> {
    for (tenant, row) in run.put_tenants() {
        for unit in tenant.units.iter().flatten().filter(|unit| unit.status == Some(Status::Archived)) {
            // One that could not be put has been told of already.
            if unit_store::find(run.tx, &unit.number)?.is_some_and(|present| present.tenant_id == row.id) {
                let archived = unit_service::archive(run.tx, &UnitRef::Exact(unit.number.clone()));
                run.attempt(&unit.at, archived)?;
            }
        }
        if tenant.units.as_ref().is_some_and(Vec::is_empty) {
            for unit in unit_store::list(run.tx, Some(&[row.id]), None)? {
                if let Ok(name) = unit.key().parse() {
                    unit_service::archive(run.tx, &name)?;
                }
            }
        }
        if tenant.status == Some(Status::Archived) {
            let archived = service::archive(run.tx, &tenant.code);
            run.attempt(&tenant.at, archived)?;
        }
    }
    if run.wanted.tenants.as_ref().is_some_and(Vec::is_empty) {
        for tenant in store::list(run.tx)? {
            service::archive(run.tx, &tenant.code)?;
        }
    }
    Ok(())
}
