//! Use cases of units.

use super::{NewUnit, Unit, UnitPatch, store};
use crate::platform::actor::Actor;
use crate::platform::bulk::Mode;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::ui::answer::Warning;
use crate::portal::access::{self, Menu};
use crate::portal::tenant::service::{self as tenant_service, Created};
use crate::portal::tenant::store::{self as tenant_store, related};
use crate::portal::tenant::{Status, actions};
use crate::values::{Month, UnitKind, UnitNumber, UnitRef, nearest};

/// The unit that a user named, `kind:number` or, where it names only one, the bare number.
///
/// For what only the provider does, behind its gate; anyone else's names go through [`resolve_known`].
pub fn resolve(conn: &Connection, name: &UnitRef) -> Result<Unit> {
    resolve_among(conn, name, |_| Ok(true), None)
}

/// As [`resolve`], among the units of the institutions where the actor has any right. Others do not exist to them.
pub fn resolve_known(conn: &Connection, actor: &Actor, name: &UnitRef) -> Result<Unit> {
    let places = access::known_places(conn, actor)?;
    let known = |unit: &Unit| Ok(places.as_ref().is_none_or(|places| places.contains(&unit.tenant_id)));
    resolve_among(conn, name, known, places.as_deref())
}

/// As [`resolve_known`], and those too that were such an institution's in earlier months: their figures still are.
pub fn resolve_once_known(conn: &Connection, actor: &Actor, name: &UnitRef) -> Result<Unit> {
    let places = access::known_places(conn, actor)?;
    let known = |unit: &Unit| match &places {
        Some(places) => Ok(store::holders(conn, unit.id)?.iter().any(|holder| places.contains(holder))),
        None => Ok(true),
    };
    resolve_among(conn, name, known, places.as_deref())
}

/// As [`resolve_known`], for one name of the many in a file: the likest number is not looked for.
pub fn resolve_in_file(conn: &Connection, actor: &Actor, name: &UnitRef) -> Result<Unit> {
    let places = access::known_places(conn, actor)?;
    let known = |unit: &Unit| Ok(places.as_ref().is_none_or(|places| places.contains(&unit.tenant_id)));
    named(conn, name, known)?.ok_or_else(|| not_found(name, places.as_deref()))
}

fn resolve_among(
    conn: &Connection,
    name: &UnitRef,
    known: impl Fn(&Unit) -> Result<bool>,
    places: Option<&[i64]>,
) -> Result<Unit> {
    named(conn, name, known)?.ok_or_else(|| unknown(conn, name, places))
}

fn named(conn: &Connection, name: &UnitRef, known: impl Fn(&Unit) -> Result<bool>) -> Result<Option<Unit>> {
    let mut found = Vec::new();
    for number in name.candidates() {
        if let Some(unit) = store::find(conn, &number)?
            && known(&unit)?
        {
            found.push(unit);
        }
    }
    if found.len() > 1 {
        let keys: Vec<_> = found.iter().map(Unit::key).collect();
        return Err(Error::conflict(
            "unit.ambiguous",
            format!("\"{name}\" names more than one unit: {}", keys.join(", ")),
        )
        .hint("put the kind in front, as in accounting:12345"));
    }
    Ok(found.pop())
}

fn unknown(conn: &Connection, name: &UnitRef, places: Option<&[i64]>) -> Error {
    let units = store::list(conn, places, None).unwrap_or_default();
    let keys: Vec<_> = units.iter().map(Unit::key).collect();
    not_found(name, places).did_you_mean(nearest(&name.to_string(), keys.iter().map(String::as_str)))
}

fn not_found(name: &UnitRef, places: Option<&[i64]>) -> Error {
    Error::not_found("unit", name).hint(match places {
        None => "`portalctl unit list` shows them all",
        Some(_) => "`portalctl unit list` shows all that you may see",
    })
}

/// Creates a unit.
pub fn create(tx: &Tx<'_>, new: NewUnit, if_not_exists: bool) -> Result<(Created, Unit)> {
    access::provider_only(tx.actor())?;
    let tenant = tenant_service::resolve(tx, &new.tenant)?;
    if let Some(present) = store::find(tx, &new.number)? {
        let mut differs = differences(&present, &new.data);
        if present.tenant_id != tenant.id {
            differs.insert(0, "tenant");
        }
        return match (if_not_exists, differs.as_slice()) {
            (true, []) => Ok((Created::Unchanged, present)),
            (true, fields) => Err(Error::conflict(
                "unit.differs",
                format!("unit {} exists and differs in: {}", present.key(), fields.join(", ")),
            )
            .hint(format!(
                "`portalctl unit update {0}` changes it, `portalctl unit move {0}` moves it",
                present.key()
            ))),
            (false, _) => Err(Error::conflict(
                "unit.exists",
                format!("unit {} exists already; it belongs to {}", present.key(), present.tenant),
            )),
        };
    }
    tenant_service::require_active(&tenant)?;
    let unit = Unit {
        id: 0,
        tenant_id: tenant.id,
        tenant: tenant.code,
        kind: new.number.kind(),
        number: new.number.number_text(),
        name: new.data.name.flatten(),
        server: new.data.server.flatten(),
        database: new.data.database.flatten(),
        ldv: new.data.ldv.flatten(),
        status: new.data.status.unwrap_or(Status::Active),
    };
    let id = store::insert(tx, &unit)?;
    let unit = Unit { id, ..unit };
    tx.record(actions::UNIT_CREATE, object(&unit), None::<&()>, Some(&unit))?;
    Ok((Created::New, unit))
}

fn differences(present: &Unit, asked: &UnitPatch) -> Vec<&'static str> {
    let pairs = [
        ("name", &present.name, &asked.name),
        ("server", &present.server, &asked.server),
        ("database", &present.database, &asked.database),
        ("ldv", &present.ldv, &asked.ldv),
    ];
    pairs
        .into_iter()
        .filter(|(_, is, asked)| asked.as_ref().is_some_and(|asked| asked != *is))
        .map(|(field, _, _)| field)
        .chain(asked.status.filter(|status| *status != present.status).map(|_| "status"))
        .collect()
}

/// Changes a unit's data, takes it out of use or back into it. What somebody takes back into use is no longer what
/// `state apply` made, and never pruned.
pub fn update(tx: &Tx<'_>, name: &UnitRef, patch: UnitPatch) -> Result<(bool, Unit)> {
    let in_use = patch.status == Some(Status::Active);
    let was_out = in_use && resolve(tx, name)?.status == Status::Archived;
    let (changed, unit) = change(tx, name, patch)?;
    if was_out {
        store::unstamp(tx, unit.id)?;
    }
    Ok((changed, unit))
}

fn change(tx: &Tx<'_>, name: &UnitRef, patch: UnitPatch) -> Result<(bool, Unit)> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, name)?;
    let after = Unit {
        name: patch.name.unwrap_or_else(|| before.name.clone()),
        server: patch.server.unwrap_or_else(|| before.server.clone()),
        database: patch.database.unwrap_or_else(|| before.database.clone()),
        ldv: patch.ldv.unwrap_or_else(|| before.ldv.clone()),
        status: patch.status.unwrap_or(before.status),
        ..before.clone()
    };
    if after == before {
        return Ok((false, before));
    }
    let turned = before.status != after.status;
    if turned && after.status == Status::Active {
        tenant_service::require_active(&tenant_store::find(tx, after.tenant_id)?)?;
    }
    store::update(tx, &after)?;
    let archived = turned && after.status == Status::Archived;
    let action = if archived { actions::UNIT_ARCHIVE } else { actions::UNIT_UPDATE };
    tx.record(action, object(&after), Some(&before), Some(&after))?;
    Ok((true, after))
}

/// Brings a unit to what a file says of it, as far as `mode` allows. Answers with `result`.
///
/// A unit never changes its institution so: whose a month's figures are hangs on it, and `unit move` asks for the month.
pub fn put(
    tx: &Tx<'_>,
    mode: Mode,
    tenant: Option<&str>,
    number: &UnitNumber,
    patch: UnitPatch,
) -> Result<(&'static str, Unit)> {
    access::provider_only(tx.actor())?;
    let Some(present) = store::find(tx, number)?.filter(|_| mode.updates()) else {
        if !mode.creates() {
            return Err(not_found(&UnitRef::Exact(number.clone()), None));
        }
        let Some(tenant) = tenant else {
            return Err(tenant_service::incomplete("unit", &number.to_string(), "an institution"));
        };
        let tenant = tenant_service::resolve_in_file(tx, tx.actor(), tenant)?.code;
        let new = NewUnit { tenant, number: number.clone(), data: patch };
        let (created, unit) = create(tx, new, false)?;
        return Ok((created.word(), unit));
    };
    if let Some(tenant) = tenant
        && tenant_service::resolve_in_file(tx, tx.actor(), tenant)?.id != present.tenant_id
    {
        return Err(Error::conflict(
            "unit.elsewhere",
            format!("unit {} belongs to {}, not to {tenant}", present.key(), present.tenant),
        )
        .hint(format!("`portalctl unit move {} --to {tenant} --from MONTH` moves it", present.key())));
    }
    let (changed, unit) = change(tx, &UnitRef::Exact(number.clone()), patch)?;
    Ok((if changed { "updated" } else { "unchanged" }, unit))
}

/// Marks a unit as created by `state apply`, which alone may prune it.
pub fn stamp(tx: &Tx<'_>, unit: &Unit) -> Result<()> {
    access::provider_only(tx.actor())?;
    store::stamp(tx, unit.id)
}

/// Takes a unit out of use. Its figures and contacts are kept.
pub fn archive(tx: &Tx<'_>, name: &UnitRef) -> Result<(bool, Unit)> {
    change(tx, name, UnitPatch { status: Some(Status::Archived), ..UnitPatch::default() })
}

/// Moves a unit to another institution. Its figures are that one's from `from` on; earlier ones stay where they were.
///
/// Its contacts are people of the institution it leaves; they stay there, as contacts of that institution itself.
pub fn move_to(tx: &Tx<'_>, name: &UnitRef, to: &str, from: Month) -> Result<(bool, Unit, Vec<Warning>)> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, name)?;
    let tenant = tenant_service::resolve(tx, to)?;
    tenant_service::require_active(&tenant)?;
    if before.tenant_id == tenant.id {
        return Ok((false, before, Vec::new()));
    }
    if let Some(latest) = store::latest_period(tx, before.id)?.filter(|latest| *latest >= from) {
        return Err(Error::conflict(
            "unit.moved-later",
            format!(
                "unit {} came to {} in {latest}; it cannot leave it from {from} on",
                before.key(),
                before.tenant
            ),
        )
        .hint(format!("give a month after {latest}")));
    }
    let mut warnings = Vec::new();
    let closed = related::closed_months_from(tx, from)?;
    if !closed.is_empty() {
        warnings.push(Warning::new(
            "unit.closed-months",
            format!(
                "{} closed months from {from} on are {}'s figures from now on",
                closed.len(),
                tenant.code
            ),
        ));
    }
    let left = related::detach_contacts(tx, before.id)?;
    if left > 0 {
        warnings.push(Warning::new(
            "unit.contacts-stay",
            format!("{left} contacts of the unit stay with {} as its own", before.tenant),
        ));
    }
    store::insert_period(tx, before.id, from, tenant.id)?;
    let after = Unit { tenant_id: tenant.id, tenant: tenant.code, ..before.clone() };
    store::update(tx, &after)?;
    let moved = serde_json::json!({"unit": after, "from": from.to_string(), "contacts_left": left});
    tx.record(actions::UNIT_MOVE, object(&after), Some(&before), Some(&moved))?;
    Ok((true, after, warnings))
}

/// One unit, if the actor may see it.
pub fn show(conn: &Connection, actor: &Actor, name: &UnitRef) -> Result<Unit> {
    let unit = resolve_known(conn, actor, name)?;
    access::authorise(conn, actor, Menu::MasterData, (unit.tenant_id, &unit.tenant))?;
    Ok(unit)
}

/// The units of an institution, or of all.
pub fn list(
    conn: &Connection,
    actor: &Actor,
    tenant: Option<&str>,
    kind: Option<UnitKind>,
) -> Result<Vec<Unit>> {
    let tenants = tenant_service::scope(conn, actor, Menu::MasterData, tenant)?;
    store::list(conn, tenants.as_deref(), kind)
}

fn object(unit: &Unit) -> String {
    format!("unit:{}", unit.key())
}
