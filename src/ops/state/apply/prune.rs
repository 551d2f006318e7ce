//! What `--prune` takes away: what an earlier `apply` created, in the institutions that the files name, of the lists
//! that the files have, and that they declare no more. And what `rights: []` takes.

use std::collections::HashSet;

use super::Run;
use crate::platform::error::Result;
use crate::portal::access::Right;
use crate::portal::access::grants::{self, Place};
use crate::portal::contact::{service as contact_service, store as contact_store};
use crate::portal::signatory::{service as signatory_service, store as signatory_store};
use crate::portal::tenant::unit::{service as unit_service, store as unit_store};
use crate::portal::user::{User, service as user_service, store as user_store};
use crate::values::Email;

/// Takes rights, before any are given, so that an administrator's place is free.
pub(super) fn rights(run: &mut Run<'_, '_>) -> Result<()> {
    for wanted in run.wanted.users.iter().flatten() {
        if !wanted.rights.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        if let Some(user) = user_store::find_by_email(run.tx, &wanted.email)? {
            for held in user.rights.clone() {
                revoke(run, &user, &held.tenant, held.right)?;
            }
        }
    }
    if run.options.prune && run.wanted.users.is_some() { prune_rights(run) } else { Ok(()) }
}

fn prune_rights(run: &mut Run<'_, '_>) -> Result<()> {
    let mut declared = HashSet::new();
    for wanted in run.wanted.users.iter().flatten() {
        for right in wanted.rights.iter().flatten() {
            // A name that is none is told of when the right is to be given.
            if let Ok(tenant) = run.tenant(&right.tenant) {
                declared.insert((wanted.email.key(), tenant.code.clone(), right.right));
            }
        }
    }
    for (_, row) in run.put_tenants() {
        for held in grants::list_applied(run.tx, row.id)? {
            let Ok(email) = held.user.parse::<Email>() else { continue };
            let silent = run.people.get(&email.key()).is_some_and(|wanted| wanted.rights.is_none());
            if silent || declared.contains(&(email.key(), row.code.clone(), held.right)) {
                continue;
            }
            let user = user_service::resolve(run.tx, &email)?;
            revoke(run, &user, &row.code, held.right)?;
        }
    }
    Ok(())
}

fn revoke(run: &mut Run<'_, '_>, user: &User, tenant: &str, right: Right) -> Result<()> {
    let tenant = run.tenant(tenant)?;
    let place = Place { id: tenant.id, code: &tenant.code };
    if grants::revoke(run.tx, user.holder(), place, right)?.is_some() && right == Right::Administrator {
        run.lost.insert(tenant.code.clone());
    }
    Ok(())
}

/// Prunes units, signatories and contacts.
pub(super) fn rest(run: &mut Run<'_, '_>) -> Result<()> {
    if !run.options.prune {
        return Ok(());
    }
    for (tenant, row) in run.put_tenants() {
        if let Some(declared) = &tenant.contacts {
            for contact in contact_store::list_applied(run.tx, row.id)? {
                if !declared.iter().any(|wanted| wanted.key == contact.key) {
                    contact_service::remove(run.tx, contact.id)?;
                }
            }
        }
        if let Some(declared) = &tenant.signatories {
            for present in signatory_store::list_applied(run.tx, row.id)? {
                if !declared.iter().any(|wanted| wanted.scope == present.scope) {
                    signatory_service::remove(run.tx, &row.code, present.scope, &present)?;
                }
            }
        }
        if let Some(declared) = &tenant.units {
            for unit in unit_store::list_applied(run.tx, row.id)? {
                let key = unit.key();
                if !declared.iter().any(|wanted| wanted.number.to_string() == key)
                    && let Ok(name) = key.parse()
                {
                    unit_service::archive(run.tx, &name)?;
                }
            }
        }
    }
    Ok(())
}
