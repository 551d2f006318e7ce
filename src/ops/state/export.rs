//! The declarable world as it is, as a state file that would make it so again.

use std::collections::{BTreeMap, HashSet};

use super::model::{
    ClosedDay, Contact, Measure, Role, SCHEMA, Signatory, State, Target, Tenant, TicketType, Unit, User,
};
use super::scalar::{Field, List, Map, Text};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::settings;
use crate::platform::ui::foreign::safe_json;
use crate::portal::calendar;
use crate::portal::contact::role::{RoleStatus, store as role_store};
use crate::portal::contact::{self, store as contact_store};
use crate::portal::kpi::{self, Direction, MeasureStatus};
use crate::portal::signatory::{self, store as signatory_store};
use crate::portal::tenant::unit::{self, store as unit_store};
use crate::portal::tenant::{self, Status, store as tenant_store};
use crate::portal::ticket::kind::{self, TypeStatus};
use crate::portal::user::store::Filter;
use crate::portal::user::{self, UserKind, UserStatus, store as user_store};

/// The whole declarable world, always in the same order.
pub fn all(conn: &Connection) -> Result<State> {
    let state = of(conn, tenant_store::list(conn)?, None)?;
    let days = calendar::service::all(conn)?.into_iter();
    let targets = kpi::store::targets(conn)?;
    Ok(State {
        settings: changed_settings(conn)?,
        closed_days: List::some(
            days.map(|day| ClosedDay { date: Text::new(day.date.to_string()), name: Text::new(day.name) })
                .collect(),
        ),
        roles: List::some(role_store::list(conn)?.into_iter().map(role).collect()),
        ticket_types: List::some(kind::list(conn)?.into_iter().map(ticket_type).collect()),
        measures: List::some(
            kpi::store::measures(conn)?.into_iter().map(|one| measure(one, &targets)).collect(),
        ),
        ..state
    })
}

/// Some institutions, with the users who have rights there, and only their rights there.
pub fn some(conn: &Connection, tenants: Vec<tenant::Tenant>) -> Result<State> {
    let codes = tenants.iter().map(|tenant| tenant.code.clone()).collect();
    of(conn, tenants, Some(&codes))
}

/// A state file as YAML.
pub fn yaml(state: &State) -> Result<String> {
    // One line a value: what is long or has line breaks stands in quotes, and differences between two exports are whole.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false, compact_list_indent: true };
    let text = serde_saphyr::to_string_with_options(state, options);
    // Texts with such characters stand in double quotes, where they are escaped as in JSON.
    text.map(|text| safe_json(&text))
        .map_err(|e| Error::internal(format!("the export cannot be written as YAML: {e}")))
}

/// A state file as JSON.
pub fn json(state: &State) -> Result<String> {
    let text = serde_json::to_string_pretty(state);
    text.map(|text| format!("{}\n", safe_json(&text)))
        .map_err(|e| Error::internal(format!("the export cannot be written as JSON: {e}")))
}

fn of(conn: &Connection, mut tenants: Vec<tenant::Tenant>, only: Option<&HashSet<String>>) -> Result<State> {
    tenants.sort_by(|a, b| a.code.cmp(&b.code));
    tenants.dedup_by(|a, b| a.code == b.code);
    let mut units = grouped(unit_store::list(conn, None, None)?, |unit| &unit.tenant);
    let mut signatories = grouped(signatory_store::list(conn, None, false)?, |one| &one.tenant);
    let mut contacts = grouped(contact_store::list(conn, None, None, None)?, |contact| &contact.tenant);
    let tenants = tenants.into_iter().map(|tenant| {
        let mut contacts = contacts.remove(&tenant.code).unwrap_or_default();
        contacts.sort_by(|a, b| a.key.cmp(&b.key));
        Tenant {
            units: List::some(units.remove(&tenant.code).unwrap_or_default().into_iter().map(unit).collect()),
            signatories: List::some(
                signatories.remove(&tenant.code).unwrap_or_default().into_iter().map(signatory).collect(),
            ),
            contacts: List::some(contacts.into_iter().map(contact).collect()),
            status: Field::text(Some(tenant.status).filter(|status| *status != Status::Active)),
            ..institution(tenant)
        }
    });
    let users = user_store::list(conn, &Filter::default())?.into_iter().filter_map(|mut user| {
        if let Some(codes) = only {
            user.rights.retain(|held| codes.contains(&held.tenant));
        }
        (only.is_none() || !user.rights.is_empty()).then(|| account(user))
    });
    Ok(State {
        schema: Text::new(SCHEMA),
        tenants: List::some(tenants.collect()),
        users: List::some(users.collect()),
        ..State::default()
    })
}

fn grouped<T>(rows: Vec<T>, tenant: impl Fn(&T) -> &String) -> BTreeMap<String, Vec<T>> {
    let mut groups: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for row in rows {
        match groups.get_mut(tenant(&row)) {
            Some(group) => group.push(row),
            None => drop(groups.insert(tenant(&row).clone(), vec![row])),
        }
    }
    groups
}

fn changed_settings(conn: &Connection) -> Result<Map> {
    let mut entries = Vec::new();
    for setting in settings::ALL {
        if !setting.is_default(conn)? {
            entries.push((setting.key.to_owned(), Text::bare(setting.get(conn)?)));
        }
    }
    Ok(Map(entries))
}

/// Of a catalogue that every new database has, what is empty is said too: there it may not be.
fn role(role: contact::role::Role) -> Role {
    Role {
        code: Text::new(role.code),
        name: Field::text(Some(role.name)),
        managed_by: Field::text(Some(role.managed_by)),
        secure_email: Field::bare(Some(role.secure_email)),
        tabs: List::all(role.tabs.iter().map(|tab| Text::new(tab.to_string())).collect()),
        description: Field::or_null(role.description),
        status: Field::text(Some(role.status).filter(|status| *status != RoleStatus::Active)),
    }
}

fn ticket_type(one: kind::TicketType) -> TicketType {
    TicketType {
        code: Text::new(one.code),
        name: Field::text(Some(one.name)),
        status: Field::text(Some(one.status).filter(|status| *status != TypeStatus::Active)),
    }
}

fn measure(measure: kpi::Measure, targets: &[kpi::Target]) -> Measure {
    let own = targets.iter().filter(|target| target.measure == measure.code).map(|target| Target {
        from: Text::new(&target.from),
        target_bp: Field::bare(target.target_bp),
        max_days: Field::bare(target.max_days),
    });
    Measure {
        targets: List::all(own.collect()),
        code: Text::new(measure.code),
        name: Field::text(Some(measure.name)),
        basis: Field::text(Some(measure.basis)),
        unit_kind: Field::text(measure.unit_kind),
        direction: Field::text(Some(measure.direction).filter(|direction| *direction != Direction::Higher)),
        status: Field::text(Some(measure.status).filter(|status| *status != MeasureStatus::Active)),
    }
}

fn institution(tenant: tenant::Tenant) -> Tenant {
    Tenant {
        code: Text::new(tenant.code),
        cvr: Field::text(Some(tenant.cvr)),
        name: Field::text(Some(tenant.name)),
        ministry: Field::text(tenant.ministry),
        se_numbers: List::some(
            tenant.se_numbers.iter().map(|number| Text::new(number.to_string())).collect(),
        ),
        glns: List::some(tenant.glns.iter().map(|number| Text::new(number.to_string())).collect()),
        account_manager: Field::text(tenant.account_manager),
        status: Field::default(),
        units: List::default(),
        signatories: List::default(),
        contacts: List::default(),
    }
}

fn unit(unit: unit::Unit) -> Unit {
    Unit {
        kind: Text::new(unit.kind.to_string()),
        number: Text::new(unit.number),
        name: Field::text(unit.name),
        server: Field::text(unit.server),
        database: Field::text(unit.database),
        ldv: Field::text(unit.ldv),
        status: Field::text(Some(unit.status).filter(|status| *status != Status::Active)),
    }
}

fn signatory(signatory: signatory::Signatory) -> Signatory {
    Signatory {
        scope: Text::new(signatory.scope.to_string()),
        name: Field::text(Some(signatory.name)),
        email: Field::text(Some(signatory.email)),
        title: Field::text(Some(signatory.title)),
        phone: Field::text(Some(signatory.phone)),
    }
}

fn contact(contact: contact::Contact) -> Contact {
    Contact {
        key: Text::new(contact.key),
        name: Field::text(Some(contact.name)),
        unit: Field::text(contact.unit),
        title: Field::text(contact.title),
        email: Field::text(contact.email),
        secure_email: Field::bare(contact.secure_email.then_some(true)),
        shared_email: Field::text(contact.shared_email),
        phone: Field::text(contact.phone),
        remarks: Field::text(contact.remarks),
        roles: List::some(contact.roles.into_iter().map(Text::new).collect()),
    }
}

fn account(user: user::User) -> User {
    let shut = user.status == UserStatus::Disabled;
    let reason = shut.then(|| user.disabled_reason.unwrap_or_else(|| "disabled".to_owned()));
    let rights = user.rights.iter().map(|held| Text::new(format!("{}:{}", held.tenant, held.right)));
    User {
        rights: List::some(rights.collect()),
        email: Text::new(user.email.to_string()),
        name: Field::text(Some(user.name)),
        b_number: Field::text(user.b_number),
        phone: Field::text(user.phone),
        title: Field::text(user.title),
        language: Field::text(user.language),
        kind: Field::text(Some(user.kind).filter(|kind| *kind != UserKind::Person)),
        staff: Field::text(user.staff),
        disabled: Field::text(reason),
    }
}
