//! Use cases of institutions.

use super::store::{self, related};
use super::unit;
use super::view::TenantDetail;
use super::{NewTenant, Status, Tenant, TenantPatch, actions};
use crate::platform::actor::Actor;
use crate::platform::bulk::Mode;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::ui::answer::Warning;
use crate::portal::access::{self, Menu};
use crate::values::{Cvr, UnitNumber, nearest, tenant_code, tenant_code_taken};

/// The code of [`no_administrator`].
pub const NO_ADMINISTRATOR: &str = "tenant.no-administrator";

/// What a `create` led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is new.
    New,
    /// It was there, alike in all that was asked for (`--if-not-exists`).
    Unchanged,
}

impl Created {
    /// The `result` of the answer.
    pub fn word(self) -> &'static str {
        match self {
            Created::New => "created",
            Created::Unchanged => "unchanged",
        }
    }
}

/// The institution that a user named: by code, by CVR where that names only one, by its whole name, or by one of its
/// units as `kind:number` (K-071, K-072).
///
/// For what only the provider does, behind its gate; anyone else's names go through [`resolve_for`].
pub fn resolve(conn: &Connection, name: &str) -> Result<Tenant> {
    resolve_among(conn, name, None)
}

/// As [`resolve`], among the institutions where the actor has any right. Others do not exist to them: not in "did you
/// mean", not in an ambiguous CVR, not through a unit.
pub fn resolve_known(conn: &Connection, actor: &Actor, name: &str) -> Result<Tenant> {
    resolve_among(conn, name, access::known_places(conn, actor)?.as_deref())
}

/// The institution that somebody named, where the actor may open this menu. Unknown to them: 4; known but closed: 6.
pub fn resolve_for(conn: &Connection, actor: &Actor, menu: Menu, name: &str) -> Result<Tenant> {
    let tenant = resolve_known(conn, actor, name)?;
    access::authorise(conn, actor, menu, (tenant.id, &tenant.code))?;
    Ok(tenant)
}

/// As [`resolve_known`], for one name of the many in a file: the likest code is not looked for, since that is a look at
/// every code there is.
pub fn resolve_in_file(conn: &Connection, actor: &Actor, name: &str) -> Result<Tenant> {
    let places = access::known_places(conn, actor)?;
    named(conn, name, places.as_deref())?.ok_or_else(|| not_found(name.trim(), places.as_deref()))
}

fn resolve_among(conn: &Connection, name: &str, places: Option<&[i64]>) -> Result<Tenant> {
    named(conn, name, places)?.ok_or_else(|| unknown(conn, name.trim(), places))
}

fn named(conn: &Connection, name: &str, places: Option<&[i64]>) -> Result<Option<Tenant>> {
    let name = name.trim();
    let known = |id: &i64| places.is_none_or(|places| places.contains(id));
    if let Some(tenant) = store::find_by_code(conn, &name.to_lowercase())?.filter(|found| known(&found.id)) {
        return Ok(Some(tenant));
    }
    if let Ok(number) = name.parse::<UnitNumber>() {
        let unit = unit::store::find(conn, &number)?.filter(|unit| known(&unit.tenant_id));
        let unit = unit.ok_or_else(|| Error::not_found("unit", number))?;
        return store::find(conn, unit.tenant_id).map(Some);
    }
    let (mut found, what) = match name.parse::<Cvr>() {
        Ok(cvr) => (store::list_by_cvr(conn, cvr.as_str())?, format!("CVR {cvr}")),
        Err(_) => (store::list_by_name(conn, name)?, format!("the name {name}")),
    };
    found.retain(|tenant| known(&tenant.id));
    if found.len() > 1 {
        let codes: Vec<_> = found.iter().map(|tenant| tenant.code.as_str()).collect();
        return Err(Error::conflict(
            "tenant.ambiguous",
            format!("{} institutions have {what}: {}", found.len(), codes.join(", ")),
        )
        .hint("name the one you mean by its code"));
    }
    Ok(found.into_iter().next())
}

fn not_found(name: &str, places: Option<&[i64]>) -> Error {
    Error::not_found("tenant", name).hint(match places {
        None => "`portalctl tenant list` shows them all",
        Some(_) => "`portalctl tenant list` shows all that you may see",
    })
}

fn unknown(conn: &Connection, name: &str, places: Option<&[i64]>) -> Error {
    let mut tenants = store::list(conn).unwrap_or_default();
    tenants.retain(|tenant| places.is_none_or(|places| places.contains(&tenant.id)));
    let codes: Vec<_> = tenants.into_iter().map(|tenant| tenant.code).collect();
    let wanted = tenant_code(name);
    not_found(name, places).did_you_mean(nearest(&wanted, codes.iter().map(String::as_str)))
}

/// Creates an institution. With `if_not_exists` one that is there already and does not differ is taken as it is.
pub fn create(tx: &Tx<'_>, new: NewTenant, if_not_exists: bool) -> Result<(Created, Tenant)> {
    access::provider_only(tx.actor())?;
    if let Some(present) = present(tx, &new)? {
        let differs = differences(&present, &new);
        return match (if_not_exists, differs.as_slice()) {
            (true, []) => Ok((Created::Unchanged, present)),
            (true, fields) => Err(Error::conflict(
                "tenant.differs",
                format!("institution {} exists and differs in: {}", present.code, fields.join(", ")),
            )
            .hint(format!("`portalctl tenant update {}` changes it", present.code))),
            (false, _) => Err(exists(&present)),
        };
    }
    let code = match new.code {
        Some(code) => code,
        None => free_code(tx, &new.name)?,
    };
    let tenant = Tenant {
        id: 0,
        code,
        cvr: new.cvr,
        name: new.name,
        ministry: new.ministry,
        se_numbers: new.se_numbers,
        glns: new.glns,
        account_manager: new.account_manager,
        status: Status::Active,
        created_at: tx.now_text(),
    };
    let id = store::insert(tx, &tenant)?;
    let tenant = Tenant { id, ..tenant };
    tx.record(actions::CREATE, object(&tenant), None::<&()>, Some(&tenant))?;
    Ok((Created::New, tenant))
}

/// Refuses a code that an institution has already.
pub fn check_free(conn: &Connection, code: &str) -> Result<()> {
    store::find_by_code(conn, code)?.map_or(Ok(()), |present| Err(exists(&present)))
}

fn exists(present: &Tenant) -> Error {
    Error::conflict("tenant.exists", format!("institution {} exists already", present.code))
        .hint("give another --code, or say --if-not-exists")
}

/// The institution that is there already where this one would be: of that code, or of that name and CVR.
fn present(conn: &Connection, new: &NewTenant) -> Result<Option<Tenant>> {
    if let Some(code) = &new.code {
        return store::find_by_code(conn, code);
    }
    let same_cvr = store::list_by_cvr(conn, new.cvr.as_str())?;
    Ok(same_cvr.into_iter().find(|tenant| tenant.name == new.name))
}

/// The fields that were asked for and are otherwise.
fn differences(present: &Tenant, new: &NewTenant) -> Vec<&'static str> {
    let pairs = [
        ("cvr", present.cvr == new.cvr),
        ("name", present.name == new.name),
        ("ministry", new.ministry.is_none() || present.ministry == new.ministry),
        ("se_numbers", new.se_numbers.is_empty() || present.se_numbers == new.se_numbers),
        ("glns", new.glns.is_empty() || present.glns == new.glns),
        ("account_manager", new.account_manager.is_none() || present.account_manager == new.account_manager),
    ];
    pairs.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
}

fn free_code(conn: &Connection, name: &str) -> Result<String> {
    let base = tenant_code(name);
    let mut code = base.clone();
    let mut n = 2;
    while store::find_by_code(conn, &code)?.is_some() {
        code = tenant_code_taken(&base, n);
        n += 1;
    }
    Ok(code)
}

/// Changes an institution's data, takes it out of use or back into it. Answers with whether anything changed.
pub fn update(tx: &Tx<'_>, name: &str, patch: TenantPatch) -> Result<(bool, Tenant)> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, name)?;
    let after = Tenant {
        cvr: patch.cvr.unwrap_or_else(|| before.cvr.clone()),
        name: patch.name.unwrap_or_else(|| before.name.clone()),
        ministry: patch.ministry.unwrap_or_else(|| before.ministry.clone()),
        se_numbers: patch.se_numbers.unwrap_or_else(|| before.se_numbers.clone()),
        glns: patch.glns.unwrap_or_else(|| before.glns.clone()),
        account_manager: patch.account_manager.unwrap_or_else(|| before.account_manager.clone()),
        status: patch.status.unwrap_or(before.status),
        ..before.clone()
    };
    if after == before {
        return Ok((false, before));
    }
    store::update(tx, &after)?;
    let archived = before.status != after.status && after.status == Status::Archived;
    let action = if archived { actions::ARCHIVE } else { actions::UPDATE };
    tx.record(action, object(&after), Some(&before), Some(&after))?;
    Ok((true, after))
}

/// Brings the institution with this code to what a file says of it, as far as `mode` allows. Answers with `result`.
pub fn put(tx: &Tx<'_>, mode: Mode, code: &str, patch: TenantPatch) -> Result<(&'static str, Tenant)> {
    access::provider_only(tx.actor())?;
    let present = store::find_by_code(tx, code)?;
    match present {
        Some(_) if mode.updates() => {
            let (changed, tenant) = update(tx, code, patch)?;
            Ok((if changed { "updated" } else { "unchanged" }, tenant))
        }
        None if !mode.creates() => Err(not_found(code, None)),
        _ => {
            let (Some(cvr), Some(name)) = (patch.cvr, patch.name) else {
                return Err(incomplete("tenant", code, "a CVR and a name"));
            };
            let new = NewTenant {
                cvr,
                name,
                code: Some(code.to_owned()),
                ministry: patch.ministry.flatten(),
                se_numbers: patch.se_numbers.unwrap_or_default(),
                glns: patch.glns.unwrap_or_default(),
                account_manager: patch.account_manager.flatten(),
            };
            let (created, tenant) = create(tx, new, false)?;
            Ok((created.word(), tenant))
        }
    }
}

/// Something new of which a file says too little.
pub fn incomplete(noun: &str, key: &str, needed: &str) -> Error {
    let message = format!("there is no {noun} {key} yet, and a new one needs {needed}");
    Error::new(crate::platform::exit::Exit::Usage, format!("{noun}.incomplete"), message)
        .hint(format!("say {needed}, or name one that exists"))
}

/// Takes an institution out of use. Everything of it is kept.
pub fn archive(tx: &Tx<'_>, name: &str) -> Result<(bool, Tenant)> {
    update(tx, name, TenantPatch { status: Some(Status::Archived), ..TenantPatch::default() })
}

/// An institution with what belongs to it, and what it lacks.
pub fn show(conn: &Connection, actor: &Actor, name: &str) -> Result<TenantDetail> {
    let tenant = resolve_for(conn, actor, Menu::MasterData, name)?;
    detail(conn, tenant)
}

/// An institution with what belongs to it, without asking who wants to know.
pub fn detail(conn: &Connection, tenant: Tenant) -> Result<TenantDetail> {
    let signatories = related::signatories(conn, tenant.id)?;
    let mut warnings = Vec::new();
    if tenant.status == Status::Active {
        warnings.extend(no_administrator(conn, tenant.id, &tenant.code)?);
        for (scope, what) in
            [("customer", "customer agreements"), ("data-processing", "data processing agreements")]
        {
            if !signatories.iter().any(|line| line.scope == scope) {
                warnings.push(Warning::new(
                    "tenant.no-signatory",
                    format!(
                        "{0} has no signatory for {what}: `portalctl signatory set --tenant {0} --scope {scope} …`",
                        tenant.code
                    ),
                ));
            }
        }
    }
    Ok(TenantDetail {
        units: unit::store::list(conn, Some(&[tenant.id]), None)?,
        contacts: related::contacts(conn, tenant.id)?,
        signatories,
        warnings,
        tenant,
    })
}

/// Whether an institution has an administrator who is not disabled.
pub fn has_administrator(conn: &Connection, id: i64) -> Result<bool> {
    store::has_administrator(conn, id)
}

/// The warning that an institution has no administrator, with the command that mends it: a sole user is to hold that
/// right.
pub fn no_administrator(conn: &Connection, id: i64, code: &str) -> Result<Option<Warning>> {
    if store::has_administrator(conn, id)? {
        return Ok(None);
    }
    let users = store::users(conn, id)?;
    let (who, sole) = match users.as_slice() {
        [only] => (only.as_str(), format!(", and {only} is its only user")),
        _ => ("EMAIL", String::new()),
    };
    let mend = format!("`portalctl rights grant {who} --tenant {code} --right administrator`");
    Ok(Some(Warning::new(NO_ADMINISTRATOR, format!("{code} has no administrator{sole}: {mend}"))))
}

/// The warning that institutions have users and no administrator, for whoever can mend it.
pub fn without_administrator(conn: &Connection, actor: &Actor) -> Result<Option<Warning>> {
    let codes = if actor.is_provider() { store::without_administrator(conn)? } else { Vec::new() };
    match codes.as_slice() {
        [] => Ok(None),
        [code] => {
            let id = store::find_by_code(conn, code)?.map(|tenant| tenant.id).unwrap_or_default();
            no_administrator(conn, id, code)
        }
        codes => {
            let message = format!(
                "{} institutions have users and no administrator: {}; `portalctl rights grant EMAIL --tenant T --right administrator` mends it",
                codes.len(),
                codes.join(", ")
            );
            Ok(Some(Warning::new(NO_ADMINISTRATOR, message)))
        }
    }
}

/// The institutions that the actor may see.
pub fn list(conn: &Connection, actor: &Actor) -> Result<Vec<Tenant>> {
    let places = access::known_places(conn, actor)?;
    let mut tenants = store::list(conn)?;
    tenants.retain(|tenant| places.as_ref().is_none_or(|places| places.contains(&tenant.id)));
    Ok(tenants)
}

/// The institutions that a list is limited to: the one that was named, once the gate has let the actor through, or
/// all whose menu the actor may open. `None` is all there are.
pub fn scope(conn: &Connection, actor: &Actor, menu: Menu, name: Option<&str>) -> Result<Option<Vec<i64>>> {
    let Some(name) = name else { return access::places(conn, actor, menu) };
    Ok(Some(vec![resolve_for(conn, actor, menu, name)?.id]))
}

/// Refuses new things for an institution that is out of use.
pub fn require_active(tenant: &Tenant) -> Result<()> {
    match tenant.status {
        Status::Active => Ok(()),
        Status::Archived => Err(Error::conflict(
            "tenant.archived",
            format!("institution {} is archived; nothing new can be added to it", tenant.code),
        )
        .hint(format!("`portalctl tenant update {} --status active` takes it back into use", tenant.code))),
    }
}

fn object(tenant: &Tenant) -> String {
    format!("tenant:{}", tenant.code)
}
