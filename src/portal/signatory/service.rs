//! Use cases of signatories.

use chrono::Duration;
use serde_json::{Value, json};

use super::{Person, Scope, Signatory, actions, mail, store};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, label_of};
use crate::platform::outbox::{self, NewMail};
use crate::platform::settings;
use crate::portal::access::{self, Menu};
use crate::portal::link::{self, Owner};
use crate::portal::tenant::service as tenant_service;
use crate::portal::user::store as user_store;

/// Makes someone signatory of a scope, and sends them the mail with the link to the dashboard, whether or not something
/// waits (K-200). Answers with `result`.
pub fn set(
    tx: &Tx<'_>,
    tenant: &str,
    scope: Scope,
    person: Person,
    default: Lang,
) -> Result<(&'static str, Signatory)> {
    let (result, signatory) = appoint(tx, tenant, scope, person)?;
    if result != "unchanged" {
        let tenant = tenant_service::resolve(tx, &signatory.tenant)?;
        send_dashboard(tx, &signatory, &tenant.name, None, default)?;
    }
    Ok((result, signatory))
}

/// Makes someone signatory of a scope without writing to them. The present one's time ends and stays in the history.
pub fn appoint(tx: &Tx<'_>, tenant: &str, scope: Scope, person: Person) -> Result<(&'static str, Signatory)> {
    access::provider_only(tx.actor())?;
    let tenant = tenant_service::resolve(tx, tenant)?;
    let before = store::present(tx, tenant.id, scope)?;
    if let Some(present) = &before {
        let same = present.name == person.name
            && present.email == person.email
            && present.title == person.title
            && present.phone == person.phone;
        if same {
            return Ok(("unchanged", present.clone()));
        }
    }
    tenant_service::require_active(&tenant)?;
    if let Some(present) = &before {
        end(tx, present)?;
    }
    let signatory = Signatory {
        id: 0,
        tenant_id: tenant.id,
        tenant: tenant.code,
        scope,
        name: person.name,
        email: person.email,
        title: person.title,
        phone: person.phone,
        since: tx.now_text(),
        until: None,
    };
    let id = store::insert(tx, &signatory)?;
    let signatory = Signatory { id, ..signatory };
    tx.record(actions::SET, object(&signatory), before.as_ref(), Some(&signatory))?;
    Ok((if before.is_some() { "updated" } else { "created" }, signatory))
}

/// Marks a signatory as appointed by `state apply`, which alone may prune it.
pub fn stamp(tx: &Tx<'_>, signatory: &Signatory) -> Result<()> {
    access::provider_only(tx.actor())?;
    store::stamp(tx, signatory.id)
}

/// Ends the time of the present signatory of a scope, who must still be the one that was confirmed. History stays.
pub fn remove(tx: &Tx<'_>, tenant: &str, scope: Scope, confirmed: &Signatory) -> Result<Signatory> {
    access::provider_only(tx.actor())?;
    let present = find_present(tx, tenant, scope)?;
    if present.id != confirmed.id {
        return Err(Error::conflict(
            "signatory.changed",
            format!("{} is signatory now, and no longer {}", present.name, confirmed.name),
        )
        .hint("look again with `portalctl signatory list`"));
    }
    end(tx, &present)?;
    let ended = Signatory { until: Some(tx.now_text()), ..present.clone() };
    tx.record(actions::REMOVE, object(&present), Some(&present), Some(&ended))?;
    Ok(ended)
}

/// The present signatory of a scope, or "not found".
pub fn find_present(conn: &Connection, tenant: &str, scope: Scope) -> Result<Signatory> {
    let tenant = tenant_service::resolve(conn, tenant)?;
    store::present(conn, tenant.id, scope)?.ok_or_else(|| {
        let code = "signatory.not-found";
        let message = format!("{} has no signatory for the scope {scope}", tenant.code);
        Error::new(crate::platform::exit::Exit::NotFound, code, message)
    })
}

fn end(tx: &Tx<'_>, signatory: &Signatory) -> Result<()> {
    link::revoke_all(tx, Owner::Signatory(signatory.id))?;
    store::end(tx, signatory.id)
}

/// Makes a new dashboard link for a signatory, ends the older one, and queues the mail that carries it (K-200). It names
/// what waits for them, and which agreement was `changed` since they last heard. Answers with the mail's number.
pub fn send_dashboard(
    tx: &Tx<'_>,
    signatory: &Signatory,
    tenant_name: &str,
    changed: Option<&str>,
    default: Lang,
) -> Result<i64> {
    let held = store::held_by(tx, &signatory.email, Some(signatory.tenant_id))?;
    let scopes: Vec<Scope> = held.iter().map(|held| held.scope).collect();
    let waiting: Vec<Value> = store::waiting(tx, signatory.tenant_id, &scopes)?
        .into_iter()
        .map(|(id, title)| json!({"id": id, "title": title}))
        .collect();
    let days = settings::AGREEMENT_LINK_DAYS.int(tx)?;
    let link = link::issue(tx, Owner::Signatory(signatory.id), Duration::days(days))?;
    let known = user_store::find_by_email(tx, &signatory.email)?;
    let language = known.and_then(|user| user.language).unwrap_or(default);
    let params = json!({
        "name": signatory.name,
        "tenant": tenant_name,
        "scope": label_of(language, signatory.scope),
        "days": days,
        "waiting": waiting,
        "changed": changed,
    });
    let mail = NewMail {
        template: &mail::DASHBOARD,
        to: &signatory.email,
        language,
        cause: object(signatory),
        params,
        link: Some(link),
        reply_tag: None,
    };
    outbox::queue(tx, &mail)
}

/// The signatories of an institution, or of all.
pub fn list(conn: &Connection, actor: &Actor, tenant: Option<&str>, history: bool) -> Result<Vec<Signatory>> {
    let tenants = tenant_service::scope(conn, actor, Menu::MasterData, tenant)?;
    store::list(conn, tenants.as_deref(), history)
}

fn object(signatory: &Signatory) -> String {
    format!("signatory:{}:{}", signatory.tenant, signatory.scope)
}
