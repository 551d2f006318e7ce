//! Use cases of rights.

use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::platform::ui::answer::Warning;
use crate::portal::access::grants::{self, Grant, Place};
use crate::portal::access::{self, Access, Menu, Right, Standing};
use crate::portal::tenant::service as tenant_service;
use crate::portal::user::{UserStatus, service as user_service};
use crate::values::Email;

/// Grants a right at an institution; with `replace` the administrator's place is handed over.
pub fn grant(tx: &Tx<'_>, email: &Email, tenant: &str, right: Right, replace: bool) -> Result<(bool, Grant)> {
    let tenant = tenant_service::resolve_for(tx, tx.actor(), Menu::Users, tenant)?;
    tenant_service::require_active(&tenant)?;
    let user = user_service::show(tx, tx.actor(), email)?;
    let place = Place { id: tenant.id, code: &tenant.code };
    // To a local administrator an account that is shut is given rights as one is that is created: they open nothing
    // before the provider enables it, and nothing is told of why.
    if !tx.actor().is_provider() {
        return grants::declare(tx, user.holder(), place, right);
    }
    grants::grant(tx, user.holder(), place, right, replace)
}

/// Takes a right at an institution. Answers with what was taken, and what should be known besides.
pub fn revoke(
    tx: &Tx<'_>,
    email: &Email,
    tenant: &str,
    right: Right,
) -> Result<(Option<Grant>, Vec<Warning>)> {
    let tenant = tenant_service::resolve_for(tx, tx.actor(), Menu::Users, tenant)?;
    let user = user_service::show(tx, tx.actor(), email)?;
    let taken = grants::revoke(tx, user.holder(), Place { id: tenant.id, code: &tenant.code }, right)?;
    let lost = taken.is_some() && right == Right::Administrator;
    let warning = if lost { tenant_service::no_administrator(tx, tenant.id, &tenant.code)? } else { None };
    Ok((taken, warning.into_iter().collect()))
}

/// The institution that would be without an administrator if this user's right were taken; its code.
pub fn headless(conn: &Connection, actor: &Actor, email: &Email, tenant: &str) -> Result<Option<String>> {
    let tenant = tenant_service::resolve_for(conn, actor, Menu::Users, tenant)?;
    let user = user_service::show(conn, actor, email)?;
    access::provider_only(actor)?;
    let place = Place { id: tenant.id, code: &tenant.code };
    let held = grants::held(conn, user.holder(), place, Right::Administrator)?.is_some();
    let last = held && !grants::has_other_administrator(conn, tenant.id, user.id)?;
    Ok(last.then_some(tenant.code))
}

/// The grants of an institution, of a user, or all.
pub fn list(
    conn: &Connection,
    actor: &Actor,
    tenant: Option<&str>,
    user: Option<&Email>,
) -> Result<Vec<Grant>> {
    let tenants = tenant_service::scope(conn, actor, Menu::Users, tenant)?;
    let user = user.map(|email| user_service::show(conn, actor, email)).transpose()?.map(|user| user.id);
    grants::list(conn, tenants.as_deref(), user)
}

/// May this user open this menu at this institution, and why? The institution's code comes with it.
pub fn check(
    conn: &Connection,
    actor: &Actor,
    email: &Email,
    tenant: &str,
    menu: Menu,
) -> Result<(String, Access)> {
    let tenant = tenant_service::resolve_for(conn, actor, Menu::Users, tenant)?;
    let user = user_service::show(conn, actor, email)?;
    let standing = access::standing(conn, user.email.as_str(), tenant.id)?.unwrap_or_default();
    // Whether the account was shut elsewhere is not told here either: this is about what its rights open.
    let standing = Standing { disabled: user.status == UserStatus::Disabled, ..standing };
    Ok((tenant.code, access::decide(&standing, menu)))
}
