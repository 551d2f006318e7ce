//! What a local administrator may do when creating users (K-020, K-028, K-040..K-044).

use super::service::Outcome;
use super::sight::Sight;
use super::{NewUser, User, UserKind, UserStatus, store};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{self, Menu};
use crate::portal::tenant::Tenant;
use crate::portal::tenant::service as tenant_service;

/// The gate: the provider creates anyone; a local administrator users with a right at their own institutions.
pub(super) fn require_creator(tx: &Tx<'_>, new: &NewUser) -> Result<()> {
    if tx.actor().is_provider() {
        return Ok(());
    }
    if new.staff.is_some() || new.rights.is_empty() {
        access::places(tx, tx.actor(), Menu::Users)?;
        access::provider_only(tx.actor()).map_err(|error| {
            error.hint("name a right at your own institution with --rights TENANT:RIGHT; staff are the provider's to create")
        })?;
    }
    places(tx, new).map(drop)
}

/// The institutions that the new user is to reach, each one of the actor's own.
fn places(tx: &Tx<'_>, new: &NewUser) -> Result<Vec<Tenant>> {
    let own = |name: &String| {
        let tenant = tenant_service::resolve_for(tx, tx.actor(), Menu::Users, name)?;
        tenant_service::require_active(&tenant)?;
        Ok(tenant)
    };
    new.rights.iter().map(|(name, _)| own(name)).collect()
}

/// An address that is known, but not to this administrator, just receives the rights. The answer is what it would be for
/// a new address, so that nothing is learned of the person.
pub(super) fn create_known_elsewhere(tx: &Tx<'_>, new: &NewUser) -> Result<Option<Outcome>> {
    if tx.actor().is_provider() {
        return Ok(None);
    }
    let Some(present) = store::find_by_email(tx, &new.email)? else { return Ok(None) };
    if Sight::of(tx, tx.actor())?.seen(present.clone()).is_some() {
        return Ok(None);
    }
    if present.staff.is_some() || present.status == UserStatus::Disabled {
        return Err(Error::refused("rights.refused", format!("{} cannot be given rights here", new.email))
            .hint("ask the provider"));
    }
    for ((_, rights), tenant) in new.rights.iter().zip(places(tx, new)?) {
        for right in rights {
            grants::grant(tx, present.holder(), Place { id: tenant.id, code: &tenant.code }, *right, false)?;
        }
    }
    let known = store::find(tx, present.id)?;
    let rights = Sight::of(tx, tx.actor())?.seen(known).map(|seen| seen.rights).unwrap_or_default();
    let user = User {
        id: present.id,
        email: new.email.clone(),
        name: new.name.clone(),
        b_number: new.b_number.clone(),
        phone: new.phone.clone(),
        title: new.title.clone(),
        language: new.language,
        kind: new.kind.unwrap_or(UserKind::Person),
        staff: None,
        status: UserStatus::Invited,
        disabled_reason: None,
        rights,
        mfa: None,
        last_login_at: None,
        created_at: tx.now_text(),
        activated: false,
    };
    Ok(Some(Outcome { result: "created", user, warnings: Vec::new() }))
}
