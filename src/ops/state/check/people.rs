//! Institutions with what belongs to them, and users.

use super::{Check, add, truth};
use crate::ops::state::model::{self, State};
use crate::ops::state::scalar::Text;
use crate::ops::state::wanted::{Contact, Signatory, Tenant, TenantRight, Unit, User, Wanted};
use crate::platform::i18n::parse_coded;
use crate::portal::access::Right;
use crate::portal::cli::line;
use crate::portal::contact::ContactPatch;
use crate::portal::signatory::Scope;
use crate::portal::tenant::TenantPatch;
use crate::portal::tenant::unit::UnitPatch;
use crate::portal::user::UserPatch;
use crate::values::{Email, Invalid, TenantCode, UnitKind, UnitNumber, prose};

pub(super) fn check(check: &mut Check, wanted: &mut Wanted, state: &State) {
    if let Some(tenants) = state.tenants.get() {
        let found: Vec<_> = tenants.iter().enumerate().filter_map(|(n, one)| tenant(check, n, one)).collect();
        add(&mut wanted.tenants, found);
    }
    if let Some(users) = state.users.get() {
        let found: Vec<_> = users.iter().enumerate().filter_map(|(n, one)| user(check, n, one)).collect();
        add(&mut wanted.users, found);
    }
}

fn tenant(check: &mut Check, n: usize, tenant: &model::Tenant) -> Option<Tenant> {
    let path = format!("tenants[{n}]");
    let code = check.value(&format!("{path}.code"), &tenant.code, str::parse::<TenantCode>);
    let code = code.map(|code| code.to_string());
    let patch = TenantPatch {
        cvr: check.set(&path, "cvr", &tenant.cvr, str::parse),
        name: check.set(&path, "name", &tenant.name, line),
        ministry: check.optional(&path, "ministry", &tenant.ministry, line),
        se_numbers: check.values(&path, "se_numbers", &tenant.se_numbers, str::parse),
        glns: check.values(&path, "glns", &tenant.glns, str::parse),
        account_manager: check.optional(&path, "account_manager", &tenant.account_manager, line),
        ..TenantPatch::default()
    };
    let status = check.set(&path, "status", &tenant.status, parse_coded);
    if let Some(code) = &code {
        check.once("tenant", code, &tenant.code, &path);
    }
    // What belongs to it is looked at in any case, so that all that is wrong is told at once.
    let named = code.clone().unwrap_or_default();
    let units = tenant.units.get().map(|units| {
        units
            .iter()
            .enumerate()
            .filter_map(|(n, one)| unit(check, &format!("{path}.units[{n}]"), one))
            .collect()
    });
    let signatories = tenant.signatories.get().map(|signatories| {
        let all = signatories.iter().enumerate();
        all.filter_map(|(n, one)| signatory(check, &format!("{path}.signatories[{n}]"), &named, one))
            .collect()
    });
    let contacts = tenant.contacts.get().map(|contacts| {
        let all = contacts.iter().enumerate();
        all.filter_map(|(n, one)| contact(check, &format!("{path}.contacts[{n}]"), &named, one)).collect()
    });
    let at = check.at(&tenant.code, &path);
    Some(Tenant { at, code: code?, patch, status, units, signatories, contacts })
}

fn unit(check: &mut Check, path: &str, unit: &model::Unit) -> Option<Unit> {
    let kind = check.value(&format!("{path}.kind"), &unit.kind, parse_coded::<UnitKind>);
    let number = kind.and_then(|kind| {
        check.value(&format!("{path}.number"), &unit.number, |text| UnitNumber::parse(kind, text))
    });
    let patch = UnitPatch {
        name: check.optional(path, "name", &unit.name, line),
        server: check.optional(path, "server", &unit.server, line),
        database: check.optional(path, "database", &unit.database, line),
        ldv: check.optional(path, "ldv", &unit.ldv, line),
        ..UnitPatch::default()
    };
    let status = check.set(path, "status", &unit.status, parse_coded);
    let number = number?;
    check.once("unit", &number.to_string(), &unit.number, path);
    Some(Unit { at: check.at(&unit.number, path), number, patch, status })
}

fn signatory(check: &mut Check, path: &str, tenant: &str, one: &model::Signatory) -> Option<Signatory> {
    let scope = check.value(&format!("{path}.scope"), &one.scope, parse_coded::<Scope>);
    let name = check.set(path, "name", &one.name, line);
    let email = check.set(path, "email", &one.email, str::parse);
    let title = check.set(path, "title", &one.title, line);
    let phone = check.set(path, "phone", &one.phone, str::parse);
    let scope = scope?;
    check.once("signatory", &format!("{tenant}:{scope}"), &one.scope, path);
    Some(Signatory { at: check.at(&one.scope, path), scope, name, email, title, phone })
}

fn contact(check: &mut Check, path: &str, tenant: &str, one: &model::Contact) -> Option<Contact> {
    let key = check.value(&format!("{path}.key"), &one.key, str::parse::<TenantCode>);
    let patch = ContactPatch {
        name: check.set(path, "name", &one.name, line),
        key: None,
        unit: check.optional(path, "unit", &one.unit, str::parse),
        title: check.optional(path, "title", &one.title, line),
        email: check.optional(path, "email", &one.email, str::parse),
        secure_email: check.set(path, "secure_email", &one.secure_email, truth),
        shared_email: check.optional(path, "shared_email", &one.shared_email, str::parse),
        phone: check.optional(path, "phone", &one.phone, str::parse),
        remarks: check.optional(path, "remarks", &one.remarks, prose),
        roles: check.values(path, "roles", &one.roles, |text| Ok(text.trim().to_owned())),
    };
    let key = key?.to_string();
    check.once("contact", &format!("{tenant}:{key}"), &one.key, path);
    Some(Contact { at: check.at(&one.key, path), key, patch })
}

fn user(check: &mut Check, n: usize, user: &model::User) -> Option<User> {
    let path = format!("users[{n}]");
    let email = check.value(&format!("{path}.email"), &user.email, str::parse::<Email>);
    let patch = UserPatch {
        name: check.set(&path, "name", &user.name, line),
        b_number: check.optional(&path, "b_number", &user.b_number, str::parse),
        phone: check.optional(&path, "phone", &user.phone, str::parse),
        title: check.optional(&path, "title", &user.title, line),
        language: check.optional(&path, "language", &user.language, parse_coded),
        kind: check.set(&path, "kind", &user.kind, parse_coded),
        staff: check.optional(&path, "staff", &user.staff, parse_coded),
    };
    let disabled = user.disabled.get().and_then(|text| {
        check.value(&format!("{path}.disabled"), text, |words| reason(words, text.is_bare()))
    });
    let rights = user.rights.get().map(|rights| {
        let all = rights.iter().enumerate();
        all.filter_map(|(n, text)| right(check, &format!("{path}.rights[{n}]"), text)).collect::<Vec<_>>()
    });
    let email = email?;
    check.once("user", &email.key(), &user.email, &path);
    Some(User { at: check.at(&user.email, &path), email, patch, disabled, rights })
}

/// Why an account is shut; nothing where it is open. Only what stands there without quotes opens it: `false` in quotes
/// is a reason, if an odd one.
fn reason(text: &str, bare: bool) -> Result<Option<String>, Invalid> {
    let rule = match (bare, text.trim()) {
        (true, "" | "false") => return Ok(None),
        (true, "true") => "an account is shut for a reason, which is kept with it: say it instead of true",
        (true, _) => "a reason that is a number stands in quotes",
        (false, "") => "it is empty; false opens the account",
        (false, reason) => return prose(reason).map(Some),
    };
    Err(Invalid::new("reason.invalid", "a reason", text, rule, "Fratrådt 1. maj"))
}

fn right(check: &mut Check, path: &str, text: &Text) -> Option<TenantRight> {
    let (tenant, right) = check.value(path, text, |text| {
        let parts = text.rsplit_once(':').map(|(tenant, right)| (tenant.trim(), right));
        let Some((tenant, right)) = parts.filter(|(tenant, _)| !tenant.is_empty()) else {
            let rule = "it must be the institution, a colon, and one right";
            let example = "oekonomistyrelsen:reader";
            return Err(Invalid::new("rights.invalid", "a right at an institution", text, rule, example));
        };
        Ok((tenant.to_owned(), parse_coded::<Right>(right)?))
    })?;
    Some(TenantRight { at: check.at(text, path), tenant, right })
}
