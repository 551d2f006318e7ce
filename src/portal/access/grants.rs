//! Granting and taking rights (K-020..K-030, C-01, C-03, C-04).

use super::{Right, provider_only, store};
use crate::platform::actor::Principal;
use crate::platform::db::{Action, Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::settings;

/// A right was granted.
pub const GRANT: Action = Action("rights.grant");
/// A right was taken.
pub const REVOKE: Action = Action("rights.revoke");

/// A rights group: one right of one user at one institution.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Grant {
    /// The user's address.
    pub user: String,
    /// The institution's code.
    pub tenant: String,
    /// The right.
    pub right: Right,
    /// When it was granted, UTC.
    pub granted_at: String,
    /// By whom.
    pub granted_by: String,
}

/// Who receives or loses a right.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// The user's row.
    pub id: i64,
    /// The user's address.
    pub email: &'a str,
    /// The account is disabled.
    pub disabled: bool,
    /// The user is one of the provider's staff, who have no institution.
    pub staff: bool,
}

/// The institution at which.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The institution's row.
    pub id: i64,
    /// Its code.
    pub code: &'a str,
}

/// Grants a right. Answers with the grant and whether it is new.
///
/// Administrator is granted by the provider alone (K-021), to at most as many as the setting says (K-030); with
/// `replace` the new one takes the present one's place.
pub fn grant(
    tx: &Tx<'_>,
    holder: Holder<'_>,
    place: Place<'_>,
    right: Right,
    replace: bool,
) -> Result<(bool, Grant)> {
    check(tx, holder, right)?;
    if holder.disabled {
        return Err(Error::conflict("user.disabled", format!("{} is disabled", holder.email))
            .hint(format!("`portalctl user enable {}` first", holder.email)));
    }
    if let Some(present) = held(tx, holder, place, right)? {
        return Ok((false, present));
    }
    if right == Right::Administrator {
        make_room(tx, place, replace)?;
    }
    give(tx, holder, place, right)
}

/// As [`grant`], also for someone whose account is shut: what is held then is what comes back with `user enable`, and
/// an administrator who is shut takes nobody's place.
pub fn declare(tx: &Tx<'_>, holder: Holder<'_>, place: Place<'_>, right: Right) -> Result<(bool, Grant)> {
    if holder.disabled { restore(tx, holder, place, right) } else { grant(tx, holder, place, right, false) }
}

/// As [`declare`], at an institution that is being made as it was elsewhere: who were its administrators there are so
/// here, whatever the limit is by now.
pub fn restore(tx: &Tx<'_>, holder: Holder<'_>, place: Place<'_>, right: Right) -> Result<(bool, Grant)> {
    check(tx, holder, right)?;
    match held(tx, holder, place, right)? {
        Some(present) => Ok((false, present)),
        None => give(tx, holder, place, right),
    }
}

/// Who may be given what by whom.
fn check(tx: &Tx<'_>, holder: Holder<'_>, right: Right) -> Result<()> {
    if right == Right::Administrator {
        provider_only(tx.actor())
            .map_err(|error| error.hint("administrator is granted by the provider alone (K-021)"))?;
    }
    if holder.staff {
        return Err(Error::conflict(
            "user.staff",
            format!("{} is one of the provider's staff and has no institution", holder.email),
        )
        .hint("staff reach every institution by their staff role"));
    }
    Ok(())
}

fn give(tx: &Tx<'_>, holder: Holder<'_>, place: Place<'_>, right: Right) -> Result<(bool, Grant)> {
    let by = match &tx.actor().effective {
        Principal::User(email) => email.clone(),
        _ => tx.actor().effective_text(),
    };
    store::insert_grant(tx, holder.id, place.id, right, &by)?;
    let grant = Grant {
        user: holder.email.to_owned(),
        tenant: place.code.to_owned(),
        right,
        granted_at: tx.now_text(),
        granted_by: by,
    };
    tx.record(GRANT, format!("user:{}", holder.email), None::<&()>, Some(&grant))?;
    Ok((true, grant))
}

/// Takes a right. Answers with what was taken; `None` if it was not there.
pub fn revoke(tx: &Tx<'_>, holder: Holder<'_>, place: Place<'_>, right: Right) -> Result<Option<Grant>> {
    if right == Right::Administrator {
        provider_only(tx.actor())?;
    }
    let Some(present) = held(tx, holder, place, right)? else { return Ok(None) };
    store::delete_grant(tx, holder.id, place.id, right)?;
    tx.record(REVOKE, format!("user:{}", holder.email), Some(&present), None::<&()>)?;
    Ok(Some(present))
}

/// The right, if it is held.
pub fn held(conn: &Connection, holder: Holder<'_>, place: Place<'_>, right: Right) -> Result<Option<Grant>> {
    let found = store::find_grant(conn, holder.id, place.id, right)?;
    Ok(found.map(|(granted_at, granted_by)| Grant {
        user: holder.email.to_owned(),
        tenant: place.code.to_owned(),
        right,
        granted_at,
        granted_by,
    }))
}

/// Sees to it that there is an administrator's place to give.
fn make_room(tx: &Tx<'_>, place: Place<'_>, replace: bool) -> Result<()> {
    let room = check_room(tx, place);
    if room.is_ok() || !replace {
        return room;
    }
    match store::administrators(tx, place.id)?.as_slice() {
        [(id, email)] => {
            let holder = Holder { id: *id, email, disabled: false, staff: false };
            revoke(tx, holder, place, Right::Administrator)?;
            Ok(())
        }
        several => {
            let names: Vec<_> = several.iter().map(|(_, email)| email.as_str()).collect();
            Err(Error::conflict(
                "rights.administrator-ambiguous",
                format!("{} has {} administrators: {}", place.code, names.len(), names.join(", ")),
            )
            .hint("take the right from the one who leaves with `portalctl rights revoke`, then grant it"))
        }
    }
}

/// Whether there is an administrator's place to give, told before anything is granted.
pub fn check_room(conn: &Connection, place: Place<'_>) -> Result<()> {
    let limit = usize::try_from(settings::ADMINISTRATORS_PER_TENANT.int(conn)?).unwrap_or(1);
    let present = store::administrators(conn, place.id)?;
    if present.len() < limit {
        return Ok(());
    }
    let names: Vec<_> = present.iter().map(|(_, email)| email.as_str()).collect();
    Err(taken(place, &names, limit))
}

fn taken(place: Place<'_>, names: &[&str], limit: usize) -> Error {
    Error::refused(
        "rights.administrator-taken",
        format!("{} is administrator of {} already, and there may be {limit}", names.join(", "), place.code),
    )
    .hint("say --replace to hand the place over; the limit is the setting rights.administrators-per-tenant")
}

/// Whether someone else holds every administrator's place of an institution.
pub fn administrators_full(conn: &Connection, tenant: i64, except: i64) -> Result<bool> {
    let limit = usize::try_from(settings::ADMINISTRATORS_PER_TENANT.int(conn)?).unwrap_or(1);
    let others = store::administrators(conn, tenant)?.into_iter().filter(|(id, _)| *id != except).count();
    Ok(others >= limit)
}

/// Whether someone else is administrator of an institution.
pub fn has_other_administrator(conn: &Connection, tenant: i64, except: i64) -> Result<bool> {
    Ok(store::administrators(conn, tenant)?.into_iter().any(|(id, _)| id != except))
}

/// The grants of an institution, of a user, or all.
pub fn list(conn: &Connection, tenants: Option<&[i64]>, user: Option<i64>) -> Result<Vec<Grant>> {
    store::list_grants(conn, tenants, user)
}

/// Marks a grant as given by `state apply`, which alone may prune it.
pub fn stamp(tx: &Tx<'_>, holder: Holder<'_>, place: Place<'_>, right: Right) -> Result<()> {
    store::stamp_grant(tx, holder.id, place.id, right)
}

/// The grants at an institution that `state apply` gave.
pub fn list_applied(conn: &Connection, tenant: i64) -> Result<Vec<Grant>> {
    store::list_applied_grants(conn, tenant)
}
