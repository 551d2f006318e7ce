//! Users from files: create, change or both, and rights as a whole list.

use super::service::{self, Outcome};
use super::{NewUser, User, UserPatch, store};
use crate::platform::bulk::Mode;
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{self, Menu, Right};
use crate::portal::tenant::service as tenant_service;
use crate::values::Email;

/// Brings a user to what a file says of them, as far as `mode` allows; rights are a matter of their own. Passwords,
/// codes and sessions are never touched. The mail with the activation link waits for the rights (see [`invite`]).
pub fn put(tx: &Tx<'_>, mode: Mode, email: &Email, patch: UserPatch) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let present = store::find_by_email(tx, email)?;
    match present {
        Some(present) if mode.updates() => return service::change(tx, present, patch),
        Some(_) => return Err(service::exists(email)),
        None if !mode.creates() => return Err(service::not_found(email)),
        None => {}
    }
    // Whose language and links the mail has is decided when it is queued, with the rights it names.
    service::create_new(tx, new_user(email, patch)?, false, Lang::Da)
}

/// The user whom a file describes, without rights so far. A new one needs a name.
pub(super) fn new_user(email: &Email, patch: UserPatch) -> Result<NewUser> {
    let Some(name) = patch.name else {
        return Err(tenant_service::incomplete("user", email.as_str(), "a name"));
    };
    Ok(NewUser {
        email: email.clone(),
        name,
        b_number: patch.b_number.flatten(),
        phone: patch.phone.flatten(),
        title: patch.title.flatten(),
        language: patch.language.flatten(),
        kind: patch.kind,
        staff: patch.staff.flatten(),
        rights: Vec::new(),
    })
}

/// Takes a user's B-number, for another whom the same file gives it.
pub fn give_up_b_number(tx: &Tx<'_>, user: User) -> Result<()> {
    service::change(tx, user, UserPatch { b_number: Some(None), ..UserPatch::default() }).map(|_| ())
}

/// Makes these the rights of a user: what is not among them is taken first, so that a place becomes free, then what is
/// missing is granted. Answers with whether anything changed.
pub fn set_rights(tx: &Tx<'_>, user: &User, wanted: &[(String, Vec<Right>)]) -> Result<bool> {
    let mut named = Vec::with_capacity(wanted.len());
    for (name, rights) in wanted {
        let tenant = tenant_service::resolve_in_file(tx, tx.actor(), name)?;
        access::authorise(tx, tx.actor(), Menu::Users, (tenant.id, &tenant.code))?;
        named.push((tenant, rights));
    }
    let mut changed = false;
    for held in &user.rights {
        let stays =
            named.iter().any(|(tenant, rights)| tenant.code == held.tenant && rights.contains(&held.right));
        if !stays {
            let tenant = tenant_service::resolve(tx, &held.tenant)?;
            let place = Place { id: tenant.id, code: &tenant.code };
            grants::revoke(tx, user.holder(), place, held.right)?;
            changed = true;
        }
    }
    for (tenant, rights) in &named {
        for right in rights.iter() {
            let held = user.rights.iter().any(|held| held.tenant == tenant.code && held.right == *right);
            if !held {
                tenant_service::require_active(tenant)?;
                let place = Place { id: tenant.id, code: &tenant.code };
                changed |= grants::grant(tx, user.holder(), place, *right, false)?.0;
            }
        }
    }
    Ok(changed)
}

/// Queues the mail with the activation link for a user who was just created.
pub fn invite(tx: &Tx<'_>, user: i64, default: Lang) -> Result<()> {
    service::send_activation(tx, &store::find(tx, user)?, default)
}
