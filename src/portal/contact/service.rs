//! Use cases of contacts.

use serde::Serialize;

use super::role::{Role, Tab, service as role_service, store as role_store};
use super::{Contact, ContactPatch, NewContact, actions, rules, store};
use crate::platform::actor::Actor;
use crate::platform::bulk::Mode;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, OrNotFound, Result};
use crate::platform::exit::Exit;
use crate::portal::access::{self, Menu};
use crate::portal::tenant::service as tenant_service;
use crate::portal::tenant::unit::{self, Unit};
use crate::values::{UnitNumber, UnitRef, tenant_code, tenant_code_taken};

/// Creates a contact at an institution or at one of its units (K-181). With `if_not_exists` one of that key that is
/// there already and does not differ is taken as it is.
pub fn create(tx: &Tx<'_>, new: NewContact, if_not_exists: bool) -> Result<(&'static str, Contact)> {
    let tenant = tenant_service::resolve_for(tx, tx.actor(), Menu::Contacts, &new.tenant)?;
    tenant_service::require_active(&tenant)?;
    let unit = new.unit.map(|name| unit_of(tx, &name, tenant.id, &tenant.code)).transpose()?;
    let data = new.data;
    let asked = data.clone();
    let roles = resolve_roles(tx, data.roles.unwrap_or_default())?;
    let wanted_key = new.key.clone().unwrap_or_else(|| tenant_code(&new.name));
    let contact = Contact {
        id: 0,
        key: wanted_key,
        tenant_id: tenant.id,
        unit_id: unit.as_ref().map(|unit| unit.id),
        tenant: tenant.code,
        unit: unit.as_ref().map(Unit::key),
        title: data.title.flatten(),
        name: new.name,
        email: data.email.flatten(),
        secure_email: data.secure_email.unwrap_or(false),
        shared_email: data.shared_email.flatten(),
        phone: data.phone.flatten(),
        remarks: data.remarks.flatten(),
        roles: codes(&roles),
        updated_at: tx.now_text(),
    };
    let contact = match store::find_by_key(tx, tenant.id, &contact.key)? {
        Some(present) if if_not_exists => {
            let differs = differences(&present, &contact, &asked);
            return if differs.is_empty() {
                Ok(("unchanged", present))
            } else {
                Err(exists(&present, &differs))
            };
        }
        Some(present) if new.key.is_some() => return Err(exists(&present, &[])),
        Some(_) => Contact { key: free_key(tx, tenant.id, &contact.name)?, ..contact },
        None => contact,
    };
    check(tx.actor(), &contact, &[], &roles)?;
    let id = store::insert(tx, &contact, &ids(&roles))?;
    let contact = Contact { id, ..contact };
    tx.record(actions::CREATE, object(&contact), None::<&()>, Some(&contact))?;
    Ok(("created", contact))
}

/// The fields that were asked for and are otherwise. What was not asked for may be what it is.
fn differences(present: &Contact, wanted: &Contact, asked: &ContactPatch) -> Vec<&'static str> {
    let pairs = [
        ("name", true, present.name == wanted.name),
        ("unit", asked.unit.is_some(), present.unit == wanted.unit),
        ("title", asked.title.is_some(), present.title == wanted.title),
        ("email", asked.email.is_some(), present.email == wanted.email),
        ("secure_email", asked.secure_email.is_some(), present.secure_email == wanted.secure_email),
        ("shared_email", asked.shared_email.is_some(), present.shared_email == wanted.shared_email),
        ("phone", asked.phone.is_some(), present.phone == wanted.phone),
        ("remarks", asked.remarks.is_some(), present.remarks == wanted.remarks),
        ("roles", asked.roles.is_some(), present.roles == wanted.roles),
    ];
    pairs.into_iter().filter(|(_, asked, same)| *asked && !same).map(|(field, ..)| field).collect()
}

fn exists(present: &Contact, differs: &[&str]) -> Error {
    let (code, how) = match differs {
        [] => ("contact.exists", "already".to_owned()),
        fields => ("contact.differs", format!("that differs in: {}", fields.join(", "))),
    };
    Error::conflict(code, format!("{} has a contact with the key {} {how}", present.tenant, present.key))
        .hint(format!(
            "choose another --key, or change that one with `portalctl contact update {}`",
            present.id
        ))
}

/// Changes a contact. Answers with whether anything changed.
pub fn update(tx: &Tx<'_>, id: i64, patch: ContactPatch) -> Result<(bool, Contact)> {
    let before = find(tx, tx.actor(), id, Menu::Contacts)?;
    let held = role_store::list_of_contact(tx, id)?;
    let roles = match patch.roles {
        Some(names) => resolve_roles(tx, names)?,
        None => held.clone(),
    };
    let unit = match patch.unit {
        Some(Some(name)) => Some(unit_of(tx, &name, before.tenant_id, &before.tenant)?),
        Some(None) => None,
        None => before.unit_id.map(|id| unit::store::find_by_id(tx, id)).transpose()?,
    };
    let email = patch.email.unwrap_or_else(|| before.email.clone());
    // Another address is not secure because the old one was; whoever changes it must say so.
    let kept_secure = before.secure_email && email == before.email;
    let after = Contact {
        key: patch.key.unwrap_or_else(|| before.key.clone()),
        unit_id: unit.as_ref().map(|unit| unit.id),
        unit: unit.as_ref().map(Unit::key),
        title: patch.title.unwrap_or_else(|| before.title.clone()),
        name: patch.name.unwrap_or_else(|| before.name.clone()),
        secure_email: patch.secure_email.unwrap_or(kept_secure),
        email,
        shared_email: patch.shared_email.unwrap_or_else(|| before.shared_email.clone()),
        phone: patch.phone.unwrap_or_else(|| before.phone.clone()),
        remarks: patch.remarks.unwrap_or_else(|| before.remarks.clone()),
        roles: codes(&roles),
        ..before.clone()
    };
    if after == before {
        return Ok((false, before));
    }
    if after.key != before.key && store::find_by_key(tx, before.tenant_id, &after.key)?.is_some() {
        return Err(exists(&after, &[]));
    }
    check(tx.actor(), &after, &held, &roles)?;
    let after = Contact { updated_at: tx.now_text(), ..after };
    store::update(tx, &after, &ids(&roles))?;
    tx.record(actions::UPDATE, object(&after), Some(&before), Some(&after))?;
    Ok((true, after))
}

/// Brings the contact with this key to what a file says of it, as far as `mode` allows. Answers with `result`.
pub fn put(
    tx: &Tx<'_>,
    mode: Mode,
    tenant: &str,
    key: &str,
    patch: ContactPatch,
) -> Result<(&'static str, Contact)> {
    let place = tenant_service::resolve_in_file(tx, tx.actor(), tenant)?;
    access::authorise(tx, tx.actor(), Menu::Contacts, (place.id, &place.code))?;
    if let Some(Some(unit)) = &patch.unit {
        unit::service::resolve_in_file(tx, tx.actor(), unit)?;
    }
    let present = store::find_by_key(tx, place.id, key)?;
    match present {
        Some(present) if mode.updates() => {
            let (changed, contact) = update(tx, present.id, patch)?;
            Ok((if changed { "updated" } else { "unchanged" }, contact))
        }
        None if !mode.creates() => Err(Error::not_found("contact", format_args!("{}:{key}", place.code))
            .hint(format!("`portalctl contact list --tenant {}` shows them all", place.code))),
        _ => {
            let Some(name) = patch.name.clone() else {
                return Err(tenant_service::incomplete("contact", key, "a name"));
            };
            let unit = patch.unit.clone().flatten();
            let new = NewContact { tenant: place.code, unit, name, key: Some(key.to_owned()), data: patch };
            create(tx, new, false)
        }
    }
}

/// Marks a contact as created by `state apply`, which alone may prune it.
pub fn stamp(tx: &Tx<'_>, contact: &Contact) -> Result<()> {
    access::provider_only(tx.actor())?;
    store::stamp(tx, contact.id)
}

/// Removes a contact.
pub fn remove(tx: &Tx<'_>, id: i64) -> Result<Contact> {
    let before = find(tx, tx.actor(), id, Menu::Contacts)?;
    let held = role_store::list_of_contact(tx, id)?;
    rules::check_roles(&held, &[], true, tx.actor().is_provider())?;
    store::delete(tx, id)?;
    tx.record(actions::REMOVE, object(&before), Some(&before), None::<&()>)?;
    Ok(before)
}

/// A contact, if the actor may see it. One of another institution is as unknown as one that is not there.
pub fn find(conn: &Connection, actor: &Actor, id: i64, menu: Menu) -> Result<Contact> {
    let contact = store::find(conn, id)?.or_not_found("contact", id)?;
    match access::authorise(conn, actor, menu, (contact.tenant_id, &contact.tenant)) {
        Ok(()) => Ok(contact),
        Err(error) if error.exit() == Exit::NotFound => Err(Error::not_found("contact", id)),
        Err(error) => Err(error),
    }
}

/// Which contacts to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Of this institution.
    pub tenant: Option<String>,
    /// Of this unit.
    pub unit: Option<UnitRef>,
    /// Holding this role.
    pub role: Option<String>,
    /// Shown on this tab.
    pub tab: Option<Tab>,
}

/// The contacts that match.
pub fn list(conn: &Connection, actor: &Actor, filter: &Filter) -> Result<Vec<Contact>> {
    // Contacts on a tab are master data (CLI.md §4).
    let menu = if filter.tab.is_some() { Menu::MasterData } else { Menu::Contacts };
    let tenants = tenant_service::scope(conn, actor, menu, filter.tenant.as_deref())?;
    let unit =
        filter.unit.as_ref().map(|name| unit::service::resolve_known(conn, actor, name)).transpose()?;
    let role = filter.role.as_ref().map(|name| role_service::resolve(conn, name)).transpose()?;
    let contacts = store::list(conn, tenants.as_deref(), unit.map(|unit| unit.id), role.map(|role| role.id))?;
    let Some(tab) = filter.tab else { return Ok(contacts) };
    let catalogue = role_store::list(conn)?;
    Ok(contacts
        .into_iter()
        .filter(|contact| {
            let kind = contact
                .unit
                .as_ref()
                .and_then(|unit| unit.parse::<UnitNumber>().ok())
                .map(|unit| unit.kind());
            let roles: Vec<_> =
                catalogue.iter().filter(|role| contact.roles.contains(&role.code)).cloned().collect();
            rules::on_tab(tab, kind, &roles)
        })
        .collect())
}

/// An address that mail to a role reaches.
#[derive(Debug, Clone, Serialize)]
pub struct Recipient {
    /// The address.
    pub address: String,
    /// Whose it is; the first, where several contacts share it.
    pub name: String,
    /// The institution.
    pub tenant: String,
}

/// The addresses that mail to a role reaches, each once: a contact's own, or the shared one where there is none. A
/// role that needs a secure address only ever reaches addresses marked as such.
pub fn recipients(
    conn: &Connection,
    actor: &Actor,
    role: &str,
    tenant: Option<&str>,
) -> Result<Vec<Recipient>> {
    let role = role_service::resolve(conn, role)?;
    let filter =
        Filter { tenant: tenant.map(str::to_owned), role: Some(role.code.clone()), ..Filter::default() };
    let mut recipients: Vec<Recipient> = Vec::new();
    for contact in list(conn, actor, &filter)? {
        let address = if role.secure_email {
            contact.email.filter(|_| contact.secure_email)
        } else {
            contact.email.or(contact.shared_email)
        };
        let Some(address) = address else { continue };
        if !recipients.iter().any(|known| known.address.eq_ignore_ascii_case(address.as_str())) {
            recipients.push(Recipient {
                address: address.to_string(),
                name: contact.name,
                tenant: contact.tenant,
            });
        }
    }
    Ok(recipients)
}

fn check(actor: &Actor, contact: &Contact, before: &[Role], after: &[Role]) -> Result<()> {
    if contact.secure_email && contact.email.is_none() {
        return Err(Error::usage(
            "--secure-email says of --email that it is a secure address, and there is none",
        )
        .hint("give --email ADDRESS too"));
    }
    rules::check_roles(before, after, contact.secure_email, actor.is_provider())
}

fn unit_of(tx: &Tx<'_>, name: &UnitRef, tenant: i64, code: &str) -> Result<Unit> {
    let unit = unit::service::resolve_known(tx, tx.actor(), name)?;
    if unit.tenant_id != tenant {
        return Err(Error::conflict(
            "contact.unit",
            format!("unit {} belongs to {}, not to {code}", unit.key(), unit.tenant),
        ));
    }
    Ok(unit)
}

fn resolve_roles(conn: &Connection, names: Vec<String>) -> Result<Vec<Role>> {
    let mut roles: Vec<Role> = Vec::new();
    for name in names {
        let role = role_service::resolve(conn, &name)?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    roles.sort_by_key(|role| role.id);
    Ok(roles)
}

fn free_key(conn: &Connection, tenant: i64, name: &str) -> Result<String> {
    let base = tenant_code(name);
    let mut key = base.clone();
    let mut n = 2;
    while store::find_by_key(conn, tenant, &key)?.is_some() {
        key = tenant_code_taken(&base, n);
        n += 1;
    }
    Ok(key)
}

fn codes(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.code.clone()).collect()
}

fn ids(roles: &[Role]) -> Vec<i64> {
    roles.iter().map(|role| role.id).collect()
}

fn object(contact: &Contact) -> String {
    format!("contact:{}:{}", contact.tenant, contact.key)
}
