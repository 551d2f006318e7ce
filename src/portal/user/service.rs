//! Use cases of users.

use chrono::Duration;
use serde_json::json;

use super::store::{self, Filter};
use super::{NewUser, User, UserKind, UserPatch, UserStatus, actions, mail};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, label_of};
use crate::platform::outbox::{self, NewMail};
use crate::platform::settings;
use crate::platform::ui::answer::Warning;
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{self, Menu, Right};
use crate::portal::link::{self, Owner};
use crate::portal::tenant::service::{self as tenant_service, Created};
use crate::portal::tenant::store as tenant_store;
use crate::values::{BNumber, Email, nearest, prose};

/// The code of [`no_administrator`].
pub const NO_ADMINISTRATOR: &str = "tenant.no-administrator";

/// What a change led to, and what the user should know besides.
pub struct Outcome {
    /// `created`, `updated`, `unchanged` …
    pub result: &'static str,
    /// The user as it is now.
    pub user: User,
    /// What should be known besides.
    pub warnings: Vec<Warning>,
}

/// The user with this address.
pub fn resolve(conn: &Connection, email: &Email) -> Result<User> {
    store::find_by_email(conn, email)?.ok_or_else(|| {
        let emails = store::emails(conn).unwrap_or_default();
        Error::not_found("user", email)
            .hint("`portalctl user list` shows them all")
            .did_you_mean(nearest(email.as_str(), emails.iter().map(String::as_str)))
    })
}

/// Creates a user with rights, and queues the mail with the activation link unless `invite` is false.
pub fn create(
    tx: &Tx<'_>,
    new: NewUser,
    invite: bool,
    if_not_exists: bool,
    default: Lang,
) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    if let Some(present) = store::find_by_email(tx, &new.email)? {
        let differs = differences(tx, &present, &new)?;
        return match (if_not_exists, differs.as_slice()) {
            (true, []) => {
                Ok(Outcome { result: Created::Unchanged.word(), user: present, warnings: Vec::new() })
            }
            (true, fields) => Err(Error::conflict(
                "user.differs",
                format!("user {} exists and differs in: {}", present.email, fields.join(", ")),
            )
            .hint(format!(
                "`portalctl user update {0}` or `portalctl rights grant {0}` changes it",
                present.email
            ))),
            (false, _) => Err(exists(&present.email)),
        };
    }
    create_new(tx, new, invite, default)
}

/// Creates a user of whom it is known that there is none.
pub(super) fn create_new(tx: &Tx<'_>, new: NewUser, invite: bool, default: Lang) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    if new.staff.is_some() && !new.rights.is_empty() {
        return Err(Error::usage(
            "staff of the provider have no institution: --staff and --rights exclude each other",
        )
        .hint("leave --rights away"));
    }
    let warnings = check_b_number(tx, new.b_number.as_ref(), &new.email)?;
    let user = User {
        id: 0,
        email: new.email,
        name: new.name,
        b_number: new.b_number,
        phone: new.phone,
        title: new.title,
        language: new.language,
        kind: new.kind.unwrap_or(UserKind::Person),
        staff: new.staff,
        status: UserStatus::Invited,
        disabled_reason: None,
        rights: Vec::new(),
        mfa: None,
        last_login_at: None,
        created_at: tx.now_text(),
        activated: false,
    };
    let id = store::insert(tx, &user)?;
    let user = User { id, ..user };
    tx.record(actions::CREATE, object(&user), None::<&()>, Some(&user))?;
    for (name, rights) in &new.rights {
        let tenant = tenant_service::resolve(tx, name)?;
        tenant_service::require_active(&tenant)?;
        for right in rights {
            grants::grant(tx, user.holder(), Place { id: tenant.id, code: &tenant.code }, *right, false)?;
        }
    }
    let user = store::find(tx, id)?;
    if invite {
        send_activation(tx, &user, default)?;
    }
    Ok(Outcome { result: Created::New.word(), user, warnings })
}

/// Refuses an address that someone has already.
pub fn check_free(conn: &Connection, email: &Email) -> Result<()> {
    store::find_by_email(conn, email)?.map_or(Ok(()), |present| Err(exists(&present.email)))
}

/// There is such a user already.
pub(super) fn exists(email: &Email) -> Error {
    Error::conflict("user.exists", format!("user {email} exists already"))
        .hint(format!("`portalctl rights grant {email} …` gives rights at one more institution"))
}

/// The fields that were asked for and are otherwise.
fn differences(conn: &Connection, present: &User, new: &NewUser) -> Result<Vec<&'static str>> {
    let mut wanted = Vec::new();
    for (name, rights) in &new.rights {
        let code = tenant_service::resolve(conn, name)?.code;
        wanted.extend(rights.iter().map(|right| (code.clone(), *right)));
    }
    let has = |(code, right): &(String, Right)| {
        present.rights.iter().any(|held| held.tenant == *code && held.right == *right)
    };
    let pairs = [
        ("name", present.name == new.name),
        ("b_number", new.b_number.is_none() || present.b_number == new.b_number),
        ("phone", new.phone.is_none() || present.phone == new.phone),
        ("title", new.title.is_none() || present.title == new.title),
        ("language", new.language.is_none() || present.language == new.language),
        ("kind", new.kind.is_none() || new.kind == Some(present.kind)),
        ("staff", new.staff.is_none() || present.staff == new.staff),
        ("rights", wanted.iter().all(has)),
    ];
    Ok(pairs.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect())
}

/// A B-number is one person's; an unusual one is taken with a warning (DOMAIN §1.6).
pub fn check_b_number(conn: &Connection, b_number: Option<&BNumber>, owner: &Email) -> Result<Vec<Warning>> {
    let Some(b_number) = b_number else { return Ok(Vec::new()) };
    if let Some(holder) = store::find_by_b_number(conn, b_number)?
        && holder.to_lowercase() != owner.key()
    {
        return Err(Error::conflict("user.b-number-taken", format!("B-number {b_number} is {holder}'s")));
    }
    let pattern = settings::B_NUMBER_PATTERN.get(conn)?;
    if b_number.matches(&pattern) {
        return Ok(Vec::new());
    }
    let message =
        format!("B-number {b_number} does not look like the usual ones ({pattern}); it was taken as it is");
    Ok(vec![Warning::new("b-number.unusual", message)])
}

/// Makes a new activation link, ends older ones, and queues the mail that carries it (V-002, V-003).
pub(super) fn send_activation(tx: &Tx<'_>, user: &User, default: Lang) -> Result<()> {
    let hours = settings::ONBOARDING_LINK_HOURS.int(tx)?;
    let link = link::issue(tx, Owner::User(user.id), Duration::hours(hours))?;
    let language = user.language.unwrap_or(default);
    let mut tenants: Vec<(String, Vec<String>)> = Vec::new();
    for held in &user.rights {
        let name = tenant_service::resolve(tx, &held.tenant)?.name;
        let right = label_of(language, held.right);
        match tenants.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rights)) => rights.push(right),
            None => tenants.push((name, vec![right])),
        }
    }
    let tenants: Vec<_> = tenants
        .into_iter()
        .map(|(name, rights)| json!({"name": name, "rights": rights.join(", ")}))
        .collect();
    let params = json!({"name": user.name, "email": user.email.as_str(), "hours": hours, "tenants": tenants});
    let mail = NewMail {
        template: &mail::ACTIVATION,
        to: &user.email,
        language,
        cause: object(user),
        params,
        link: Some(link),
    };
    outbox::queue(tx, &mail)?;
    Ok(())
}

/// Sends a new activation link; the old one ends.
pub fn invite(tx: &Tx<'_>, email: &Email, default: Lang) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let user = resolve(tx, email)?;
    match user.status {
        UserStatus::Invited => {}
        UserStatus::Active => {
            return Err(Error::conflict(
                "user.active",
                format!("{email} has come in already and needs no invitation"),
            ));
        }
        UserStatus::Disabled => return Err(disabled(&user)),
    }
    send_activation(tx, &user, default)?;
    tx.record(actions::INVITE, object(&user), None::<&()>, Some(&json!({"email": user.email})))?;
    Ok(Outcome { result: "invited", user, warnings: Vec::new() })
}

/// Changes a user's data.
pub fn update(tx: &Tx<'_>, email: &Email, patch: UserPatch) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, email)?;
    change(tx, before, patch)
}

/// Changes the data of a user who was just read.
pub(super) fn change(tx: &Tx<'_>, before: User, patch: UserPatch) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let after = User {
        name: patch.name.unwrap_or_else(|| before.name.clone()),
        b_number: patch.b_number.unwrap_or_else(|| before.b_number.clone()),
        phone: patch.phone.unwrap_or_else(|| before.phone.clone()),
        title: patch.title.unwrap_or_else(|| before.title.clone()),
        language: patch.language.unwrap_or(before.language),
        kind: patch.kind.unwrap_or(before.kind),
        staff: patch.staff.unwrap_or(before.staff),
        ..before.clone()
    };
    if after == before {
        return Ok(Outcome { result: "unchanged", user: before, warnings: Vec::new() });
    }
    if after.staff.is_some() && !after.rights.is_empty() {
        return Err(Error::conflict(
            "user.has-rights",
            format!("{} has rights at institutions; staff have none", before.email),
        )
        .hint("take the rights first with `portalctl user remove`"));
    }
    let warnings = check_b_number(tx, after.b_number.as_ref(), &after.email)?;
    store::update(tx, &after)?;
    tx.record(actions::UPDATE, object(&after), Some(&before), Some(&after))?;
    Ok(Outcome { result: "updated", user: after, warnings })
}

/// Why an account is shut, in the words that are kept with it: what a state file can say again.
pub fn reason(actor: &Actor) -> Result<String> {
    prose(actor.require_reason()?).map_err(|invalid| {
        Error::usage(invalid.to_string()).hint("say why with --reason TEXT, in at most 2,000 characters")
    })
}

/// Shuts an account: its links end, its mails are taken back, its rights are kept for `enable`.
pub fn disable(tx: &Tx<'_>, email: &Email) -> Result<Outcome> {
    let reason = reason(tx.actor())?;
    access::provider_only(tx.actor())?;
    let before = resolve(tx, email)?;
    if before.status == UserStatus::Disabled {
        return Ok(Outcome { result: "unchanged", user: before, warnings: Vec::new() });
    }
    disable_because(tx, email, &reason)
}

/// As [`disable`], for a reason that a file gives. Of an account that is shut already the reason may change.
pub fn disable_because(tx: &Tx<'_>, email: &Email, reason: &str) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, email)?;
    if before.status == UserStatus::Disabled {
        if before.disabled_reason.as_deref() != Some(reason) {
            store::set_disabled_reason(tx, before.id, reason)?;
            let after = User { disabled_reason: Some(reason.to_owned()), ..before.clone() };
            tx.record(actions::UPDATE, object(&after), Some(&before), Some(&after))?;
            return Ok(Outcome { result: "updated", user: after, warnings: Vec::new() });
        }
        return Ok(Outcome { result: "unchanged", user: before, warnings: Vec::new() });
    }
    let ended = link::revoke_all(tx, Owner::User(before.id))?;
    store::set_status(tx, before.id, UserStatus::Disabled, Some(reason))?;
    let after = store::find(tx, before.id)?;
    tx.record(actions::DISABLE, object(&after), Some(&before), Some(&after))?;
    let mut warnings = Vec::new();
    if ended > 0 {
        warnings.push(Warning::new("user.links-ended", format!("the activation link of {email} was ended")));
    }
    for held in before.rights.iter().filter(|held| held.right == Right::Administrator) {
        let tenant = tenant_service::resolve(tx, &held.tenant)?;
        warnings.extend(no_administrator(tx, Place { id: tenant.id, code: &tenant.code })?);
    }
    Ok(Outcome { result: "disabled", user: after, warnings })
}

/// Opens an account again. All its rights are back, save an administrator's place that others hold by now.
pub fn enable(tx: &Tx<'_>, email: &Email) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, email)?;
    if before.status != UserStatus::Disabled {
        return Ok(Outcome { result: "unchanged", user: before, warnings: Vec::new() });
    }
    let mut warnings = Vec::new();
    for held in before.rights.iter().filter(|held| held.right == Right::Administrator) {
        let tenant = tenant_service::resolve(tx, &held.tenant)?;
        if grants::administrators_full(tx, tenant.id, before.id)? {
            let place = Place { id: tenant.id, code: &tenant.code };
            grants::revoke(tx, before.holder(), place, Right::Administrator)?;
            warnings.push(Warning::new(
                "rights.administrator-taken",
                format!(
                    "someone else is administrator of {} by now; {email} did not get that right back",
                    tenant.code
                ),
            ));
        }
    }
    let status = if before.activated { UserStatus::Active } else { UserStatus::Invited };
    store::set_status(tx, before.id, status, None)?;
    let after = store::find(tx, before.id)?;
    tx.record(actions::ENABLE, object(&after), Some(&before), Some(&after))?;
    if status == UserStatus::Invited {
        warnings.push(Warning::new(
            "user.not-invited",
            format!("{email} has never come in and has no link: `portalctl user invite {email}` sends one"),
        ));
    }
    Ok(Outcome { result: "enabled", user: after, warnings })
}

/// Takes a user out of one institution, at once and for good. Documents and tickets stay (A-093..A-095).
pub fn remove(tx: &Tx<'_>, email: &Email, tenant: &str) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, email)?;
    let tenant = tenant_service::resolve(tx, tenant)?;
    let held: Vec<_> =
        before.rights.iter().filter(|held| held.tenant == tenant.code).map(|held| held.right).collect();
    if held.is_empty() {
        return Err(Error::new(
            crate::platform::exit::Exit::NotFound,
            "rights.not-found",
            format!("{email} has no right at {}", tenant.code),
        ));
    }
    for right in &held {
        grants::revoke(tx, before.holder(), Place { id: tenant.id, code: &tenant.code }, *right)?;
    }
    let after = store::find(tx, before.id)?;
    tx.record(actions::REMOVE, object(&after), Some(&before), Some(&after))?;
    if after.rights.is_empty() && after.status == UserStatus::Invited {
        link::revoke_all(tx, Owner::User(after.id))?;
    }
    let lost = held.contains(&Right::Administrator);
    let warnings =
        if lost { no_administrator(tx, Place { id: tenant.id, code: &tenant.code })? } else { None };
    let warnings = warnings.into_iter().collect();
    Ok(Outcome { result: "removed", user: after, warnings })
}

/// A user, if the actor may see it.
pub fn show(conn: &Connection, actor: &Actor, email: &Email) -> Result<User> {
    access::provider_only(actor)?;
    resolve(conn, email)
}

/// The users that match.
pub fn list(conn: &Connection, actor: &Actor, tenant: Option<&str>, filter: Filter) -> Result<Vec<User>> {
    let tenant = tenant_service::scope(conn, actor, Menu::Users, tenant)?;
    store::list(conn, &Filter { tenant, ..filter })
}

/// The warning that an institution has no administrator any more, where that is so.
pub fn no_administrator(conn: &Connection, place: Place<'_>) -> Result<Option<Warning>> {
    if tenant_store::has_administrator(conn, place.id)? {
        return Ok(None);
    }
    let tenant = place.code;
    let message = format!(
        "{tenant} has no administrator now: `portalctl rights grant EMAIL --tenant {tenant} --right administrator`"
    );
    Ok(Some(Warning::new(NO_ADMINISTRATOR, message)))
}

fn disabled(user: &User) -> Error {
    Error::conflict("user.disabled", format!("{} is disabled", user.email))
        .hint(format!("`portalctl user enable {}` first", user.email))
}

fn object(user: &User) -> String {
    format!("user:{}", user.email)
}
