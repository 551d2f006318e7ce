//! Use cases of third-party tasks.

use super::{Patch, ThirdParty, actions, store};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::portal::access::{self, Menu};
use crate::portal::tenant::service as tenant_service;

/// Enters a task of an institution, or changes what is known of it: `created`, `updated` or `unchanged`. A new one
/// needs an authority.
pub fn set(tx: &Tx<'_>, tenant: &str, task: &str, patch: Patch) -> Result<(&'static str, ThirdParty)> {
    access::provider_only(tx.actor())?;
    let tenant = tenant_service::resolve(tx, tenant)?;
    let before = store::find(tx, tenant.id, &key(task))?;
    let Some(before) = before else {
        tenant_service::require_active(&tenant)?;
        let Some(authority) = patch.authority else {
            let what = format!("task \"{task}\" of {}", tenant.code);
            return Err(tenant_service::incomplete("third-party", &what, "an authority")
                .hint("--authority NAME says whom to contact"));
        };
        let new = ThirdParty {
            id: 0,
            tenant_id: tenant.id,
            tenant: tenant.code,
            task: task.to_owned(),
            authority,
            contact: patch.contact.flatten(),
            email: patch.email.flatten(),
            phone: patch.phone.flatten(),
            remarks: patch.remarks.flatten(),
            updated_at: tx.now_text(),
        };
        let new = ThirdParty { id: store::insert(tx, &new, &key(task))?, ..new };
        tx.record(actions::CREATE, object(&new), None::<&()>, Some(&new))?;
        return Ok(("created", new));
    };
    let after = ThirdParty {
        authority: patch.authority.unwrap_or_else(|| before.authority.clone()),
        contact: patch.contact.unwrap_or_else(|| before.contact.clone()),
        email: patch.email.unwrap_or_else(|| before.email.clone()),
        phone: patch.phone.unwrap_or_else(|| before.phone.clone()),
        remarks: patch.remarks.unwrap_or_else(|| before.remarks.clone()),
        ..before.clone()
    };
    if after == before {
        return Ok(("unchanged", before));
    }
    let after = ThirdParty { updated_at: tx.now_text(), ..after };
    store::update(tx, &after)?;
    tx.record(actions::UPDATE, object(&after), Some(&before), Some(&after))?;
    Ok(("updated", after))
}

/// The tasks of the institution named, or of all whose agreements the actor may open.
pub fn list(conn: &Connection, actor: &Actor, tenant: Option<&str>) -> Result<Vec<ThirdParty>> {
    let places = tenant_service::scope(conn, actor, Menu::Agreements, tenant)?;
    store::list(conn, places.as_deref())
}

/// Removes a task.
pub fn remove(tx: &Tx<'_>, tenant: &str, task: &str) -> Result<ThirdParty> {
    access::provider_only(tx.actor())?;
    let tenant = tenant_service::resolve(tx, tenant)?;
    let Some(before) = store::find(tx, tenant.id, &key(task))? else {
        let known = store::list(tx, Some(&[tenant.id]))?;
        let wanted = key(task);
        let near = crate::values::nearest(&wanted, known.iter().map(|known| known.task.as_str()));
        return Err(Error::not_found("third party", task)
            .hint(format!("`portalctl third-party list --tenant {}` shows them all", tenant.code))
            .did_you_mean(near));
    };
    store::delete(tx, before.id)?;
    tx.record(actions::REMOVE, object(&before), Some(&before), None::<&()>)?;
    Ok(before)
}

/// What a task is found by, however it is spelt.
fn key(task: &str) -> String {
    task.trim().to_lowercase()
}

fn object(task: &ThirdParty) -> String {
    format!("third-party:{}:{}", task.tenant, key(&task.task))
}
