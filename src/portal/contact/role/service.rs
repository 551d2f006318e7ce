//! Use cases of roles.

use super::seed::ROLES;
use super::{Role, RolePatch, RoleStatus, store};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::portal::access;
use crate::portal::contact::actions;
use crate::values::nearest;

/// Fills the catalogue of a new database.
pub fn seed(tx: &Tx<'_>) -> Result<()> {
    for seed in &ROLES {
        let role = Role {
            id: 0,
            code: seed.code.to_owned(),
            name: seed.name.to_owned(),
            managed_by: seed.managed_by,
            secure_email: seed.secure_email,
            tabs: seed.tabs.to_vec(),
            description: Some(seed.description.to_owned()),
            status: RoleStatus::Active,
        };
        store::insert(tx, &role)?;
    }
    Ok(())
}

/// The role that a user named by its code or its name.
pub fn resolve(conn: &Connection, name: &str) -> Result<Role> {
    if let Some(role) = store::find(conn, &name.trim().to_lowercase())? {
        return Ok(role);
    }
    let all = store::list(conn)?;
    let wanted = name.trim().to_lowercase();
    let near = nearest(&wanted, all.iter().map(|role| role.code.as_str())).map(str::to_owned);
    all.into_iter().find(|role| role.name.to_lowercase() == wanted).ok_or_else(|| {
        Error::not_found("role", name)
            .hint("`portalctl role list` shows them all")
            .did_you_mean(near.as_deref())
    })
}

/// Adds a role to the catalogue (K-197).
pub fn create(tx: &Tx<'_>, role: Role, if_not_exists: bool) -> Result<(&'static str, Role)> {
    access::provider_only(tx.actor())?;
    if let Some(present) = store::find(tx, &role.code)? {
        let alike = present.name == role.name
            && present.managed_by == role.managed_by
            && (!role.secure_email || present.secure_email)
            && (role.tabs.is_empty() || present.tabs == role.tabs)
            && (role.description.is_none() || present.description == role.description);
        if if_not_exists && alike {
            return Ok(("unchanged", present));
        }
        let code = if if_not_exists { "role.differs" } else { "role.exists" };
        let what = if if_not_exists { "exists and differs" } else { "exists already" };
        return Err(Error::conflict(code, format!("role {} {what}", present.code))
            .hint(format!("`portalctl role update {}` changes it", present.code)));
    }
    let id = store::insert(tx, &role)?;
    let role = Role { id, ..role };
    tx.record(actions::ROLE_CREATE, object(&role), None::<&()>, Some(&role))?;
    Ok(("created", role))
}

/// Changes a role, takes it out of use or back into it.
pub fn update(tx: &Tx<'_>, name: &str, patch: RolePatch) -> Result<(&'static str, Role)> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, name)?;
    let mut tabs = patch.tabs.unwrap_or_else(|| before.tabs.clone());
    tabs.sort_unstable();
    tabs.dedup();
    let after = Role {
        name: patch.name.unwrap_or_else(|| before.name.clone()),
        managed_by: patch.managed_by.unwrap_or(before.managed_by),
        secure_email: patch.secure_email.unwrap_or(before.secure_email),
        tabs,
        description: patch.description.unwrap_or_else(|| before.description.clone()),
        status: patch.status.unwrap_or(before.status),
        ..before.clone()
    };
    if after == before {
        return Ok(("unchanged", before));
    }
    if after.secure_email && !before.secure_email {
        let without = store::holders_without_secure_email(tx, before.id)?;
        if without > 0 {
            return Err(Error::conflict(
                "contact.secure-email-needed",
                format!("{without} contacts hold {} without a secure address", before.code),
            )
            .hint(
                "mark their addresses with `contact update N --secure-email`, or take the role from them",
            ));
        }
    }
    store::update(tx, &after)?;
    let retired = before.status != after.status && after.status == RoleStatus::Retired;
    let action = if retired { actions::ROLE_RETIRE } else { actions::ROLE_UPDATE };
    tx.record(action, object(&after), Some(&before), Some(&after))?;
    Ok(("updated", after))
}

/// Takes a role out of use: nobody receives it any more, who holds it keeps it.
pub fn retire(tx: &Tx<'_>, name: &str) -> Result<(&'static str, Role)> {
    let patch = RolePatch { status: Some(RoleStatus::Retired), ..RolePatch::default() };
    let (result, role) = update(tx, name, patch)?;
    Ok((if result == "unchanged" { result } else { "retired" }, role))
}

fn object(role: &Role) -> String {
    format!("role:{}", role.code)
}
