//! What a local administrator may do when creating users (K-020, K-028, K-040..K-044).

use super::service::{self, Outcome};
use super::sight::Sight;
use super::{NewUser, User, UserKind, UserPatch, UserStatus, store};
use crate::platform::bulk::Mode;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::ui::answer::Warning;
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{self, Menu, Right};
use crate::portal::tenant::Tenant;
use crate::portal::tenant::service as tenant_service;
use crate::values::Email;

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

/// Brings a user to what a file of a local administrator says, as [`put`](super::put) does for the provider: only users
/// and rights of their own institutions are seen and touched.
pub(super) fn put(
    tx: &Tx<'_>,
    mode: Mode,
    email: &Email,
    patch: UserPatch,
    rights: Option<&[(String, Vec<Right>)]>,
) -> Result<Outcome> {
    let sight = Sight::of(tx, tx.actor())?;
    let seen = store::find_by_email(tx, email)?.and_then(|user| sight.seen(user));
    let Some(before) = seen else {
        if !mode.creates() {
            return Err(
                Error::not_found("user", email).hint("`portalctl user list` shows all that you may see")
            );
        }
        let new =
            NewUser { rights: rights.unwrap_or_default().to_vec(), ..super::put::new_user(email, patch)? };
        return service::create(tx, new, false, false, Lang::Da);
    };
    if !mode.updates() {
        return Err(service::exists(email));
    }
    let current = store::find(tx, before.id)?;
    let mut outcome = match sight.require_maintained(&current) {
        Ok(()) => service::update(tx, email, patch)?,
        // Whoever is someone else's too keeps their data, so that a file that gave a right here can be read again.
        Err(refusal) => {
            let hint = "ask the provider to change them";
            let warning = Warning::new("user.not-maintained", format!("{}; {hint}", refusal.message()));
            let warnings = if changes(&before, &patch) { vec![warning] } else { Vec::new() };
            Outcome { result: "unchanged", user: before.clone(), warnings }
        }
    };
    if let Some(rights) = rights
        && super::put::set_rights(tx, &before, rights)?
    {
        outcome.result = "updated";
    }
    let after = sight.seen(store::find(tx, before.id)?);
    Ok(Outcome { user: after.unwrap_or(User { rights: Vec::new(), ..before }), ..outcome })
}

/// Whether a patch says anything of a user that is not so already, or not seen.
fn changes(seen: &User, patch: &UserPatch) -> bool {
    let UserPatch { name, b_number, phone, title, language, kind, staff } = patch;
    name.as_ref().is_some_and(|name| *name != seen.name)
        || kind.is_some_and(|kind| kind != seen.kind)
        || matches!(b_number, Some(Some(_)))
        || matches!(phone, Some(Some(_)))
        || matches!(title, Some(Some(_)))
        || matches!(language, Some(Some(_)))
        || staff.is_some()
}

/// An address that is known, but not to this administrator, just receives the rights. The answer is what it would be for
/// a new address, so that nothing is learned of the person. An account that is shut receives them too, and they count once
/// the provider enables it. Only that the provider's staff cannot be given rights is told: they have no institution, and
/// write to institutions under their addresses.
pub(super) fn create_known_elsewhere(tx: &Tx<'_>, new: &NewUser) -> Result<Option<Outcome>> {
    if tx.actor().is_provider() {
        return Ok(None);
    }
    let Some(present) = store::find_by_email(tx, &new.email)? else { return Ok(None) };
    if Sight::of(tx, tx.actor())?.seen(present.clone()).is_some() {
        return Ok(None);
    }
    if present.staff.is_some() {
        return Err(Error::refused("rights.refused", format!("{} cannot be given rights here", new.email))
            .hint("ask the provider"));
    }
    let warnings = service::check_b_number(tx, tx.actor(), new.b_number.as_ref(), &new.email)?;
    for ((_, rights), tenant) in new.rights.iter().zip(places(tx, new)?) {
        for right in rights {
            grants::declare(tx, present.holder(), Place { id: tenant.id, code: &tenant.code }, *right)?;
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
        staff_since: None,
        status: UserStatus::Invited,
        disabled_reason: None,
        disabled_at: None,
        rights,
        mfa: None,
        last_login_at: None,
        created_at: Some(tx.now_text()),
        activated: false,
    };
    Ok(Some(Outcome { result: "created", user, warnings }))
}
