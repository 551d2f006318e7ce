//! How a new user first comes in: a link to choose a password, or the Kundeportal's own way, a user name and an initial
//! password in two separate mails (setting `onboarding.method`; K-033, K-065, V-002, C-07).

use chrono::Duration;
use serde_json::json;

use super::{User, mail};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, label_of};
use crate::platform::outbox::{self, NewMail};
use crate::platform::settings;
use crate::portal::code::{self, CodePurpose};
use crate::portal::link::{self, Owner};
use crate::portal::session::{self, Ending};
use crate::portal::tenant::service as tenant_service;

/// Writes to a new user in the way that the setting says. What was sent before ends.
pub fn send_activation(tx: &Tx<'_>, user: &User, default: Lang) -> Result<()> {
    match settings::ONBOARDING_METHOD.get(tx)?.as_str() {
        "initial-password" => send_initial_password(tx, user, default),
        _ => send_link(tx, user, default),
    }
}

/// Makes a new activation link, ends older ones, and queues the mail that carries it (V-002, V-003).
pub fn send_link(tx: &Tx<'_>, user: &User, default: Lang) -> Result<()> {
    code::revoke_all(tx, user.id, CodePurpose::InitialPassword)?;
    end_sessions(tx, user)?;
    let hours = settings::ONBOARDING_LINK_HOURS.int(tx)?;
    let link = link::issue(tx, Owner::User(user.id), Duration::hours(hours))?;
    let language = user.language.unwrap_or(default);
    let tenants = places(tx, user, language)?;
    let params = json!({"name": user.name, "email": user.email.as_str(), "hours": hours, "tenants": tenants});
    outbox::queue(tx, &to(user, &mail::ACTIVATION, language, params, Some(link)))?;
    Ok(())
}

/// Makes a new initial password, ends older ones and links, and queues two mails: the user name, and the password alone.
fn send_initial_password(tx: &Tx<'_>, user: &User, default: Lang) -> Result<()> {
    link::revoke_all(tx, Owner::User(user.id))?;
    end_sessions(tx, user)?;
    let days = settings::ONBOARDING_INITIAL_PASSWORD_DAYS.int(tx)?;
    let code = code::issue(tx, user.id, CodePurpose::InitialPassword, None, Duration::days(days))?;
    let language = user.language.unwrap_or(default);
    let tenants = places(tx, user, language)?;
    let params = json!({"name": user.name, "email": user.email.as_str(), "tenants": tenants});
    outbox::queue(tx, &to(user, &mail::USER_NAME, language, params, None))?;
    let params = json!({"name": user.name, "days": days});
    outbox::queue_with_code(tx, &to(user, &code::mail::INITIAL_PASSWORD, language, params, None), code)?;
    Ok(())
}

/// Ends what was begun with an earlier invitation: an initial password that is void now leads nowhere.
fn end_sessions(tx: &Tx<'_>, user: &User) -> Result<()> {
    session::end_all(tx, user.id, Ending::Invited, None).map(drop)
}

fn to<'a>(
    user: &'a User,
    template: &'static outbox::Template,
    language: Lang,
    params: serde_json::Value,
    link: Option<i64>,
) -> NewMail<'a> {
    NewMail {
        template,
        to: &user.email,
        language,
        cause: format!("user:{}", user.email),
        params,
        link,
        reply_tag: None,
    }
}

/// What the user may where, each institution once, in the words of a language.
fn places(tx: &Tx<'_>, user: &User, language: Lang) -> Result<Vec<serde_json::Value>> {
    let mut tenants: Vec<(String, Vec<String>)> = Vec::new();
    for held in &user.rights {
        let name = tenant_service::resolve(tx, &held.tenant)?.name;
        let right = label_of(language, held.right);
        match tenants.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rights)) => rights.push(right),
            None => tenants.push((name, vec![right])),
        }
    }
    let shown = |(name, rights): (String, Vec<String>)| json!({"name": name, "rights": rights.join(", ")});
    Ok(tenants.into_iter().map(shown).collect())
}
