//! Use cases of users.

use serde_json::json;

pub(super) use super::onboarding::send_activation;
use super::sight::Sight;
use super::store::{self, Filter};
use super::{NewUser, Staff, User, UserKind, UserPatch, UserStatus, actions};
use super::{life, local};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::settings;
use crate::platform::ui::answer::Warning;
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{self, Menu, Right};
use crate::portal::tenant::service::{self as tenant_service, Created};
use crate::values::{BNumber, Email, nearest};

pub use super::life::{disable, disable_because, enable, leaving, reason, remove};

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
///
/// For what only the provider does, behind its gate; anyone else's names go through [`show`].
pub fn resolve(conn: &Connection, email: &Email) -> Result<User> {
    store::find_by_email(conn, email)?.ok_or_else(|| {
        let emails = store::emails(conn).unwrap_or_default();
        not_found(email).did_you_mean(nearest(email.as_str(), emails.iter().map(String::as_str)))
    })
}

/// There is no such user. In a file of many the likest address is not looked for.
pub(super) fn not_found(email: &Email) -> Error {
    Error::not_found("user", email).hint("`portalctl user list` shows them all")
}

/// Creates a user with rights, and queues the mail with the activation link unless `invite` is false.
pub fn create(
    tx: &Tx<'_>,
    new: NewUser,
    invite: bool,
    if_not_exists: bool,
    default: Lang,
) -> Result<Outcome> {
    local::require_creator(tx, &new)?;
    if let Some(outcome) = local::create_known_elsewhere(tx, &new)? {
        return Ok(outcome);
    }
    if let Some(present) = store::find_by_email(tx, &new.email)? {
        // Who creates sees of the one that is there what they may see of it, and learns no more by guessing.
        let present = show(tx, tx.actor(), &present.email)?;
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

/// Creates a user of whom it is known that there is none, for whoever may create them.
pub(super) fn create_new(tx: &Tx<'_>, new: NewUser, invite: bool, default: Lang) -> Result<Outcome> {
    local::require_creator(tx, &new)?;
    if new.staff.is_some() && !new.rights.is_empty() {
        return Err(Error::usage(
            "staff of the provider have no institution: --staff and --rights exclude each other",
        )
        .hint("leave --rights away"));
    }
    let warnings = check_b_number(tx, tx.actor(), new.b_number.as_ref(), &new.email)?;
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
        staff_since: new.staff.map(|_| tx.now_text()),
        status: UserStatus::Invited,
        disabled_reason: None,
        disabled_at: None,
        rights: Vec::new(),
        mfa: None,
        last_login_at: None,
        created_at: Some(tx.now_text()),
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

/// The user with this address, if there is one that the actor may see: who is known elsewhere alone is to a local
/// administrator like someone new.
pub fn find_seen(conn: &Connection, actor: &Actor, email: &Email) -> Result<Option<User>> {
    let Some(user) = store::find_by_email(conn, email)? else { return Ok(None) };
    Ok(Sight::of(conn, actor)?.seen(user))
}

/// Refuses an address that someone has already, as far as the actor may know.
pub fn check_free(conn: &Connection, actor: &Actor, email: &Email) -> Result<()> {
    find_seen(conn, actor, email)?.map_or(Ok(()), |present| Err(exists(&present.email)))
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
pub fn check_b_number(
    conn: &Connection,
    actor: &Actor,
    b_number: Option<&BNumber>,
    owner: &Email,
) -> Result<Vec<Warning>> {
    let Some(b_number) = b_number else { return Ok(Vec::new()) };
    if let Some(holder) = store::find_by_b_number(conn, b_number)?
        && holder.to_lowercase() != owner.key()
    {
        let message = match actor.is_provider() {
            true => format!("B-number {b_number} is {holder}'s"),
            false => format!("B-number {b_number} is someone else's"),
        };
        return Err(Error::conflict("user.b-number-taken", message));
    }
    let pattern = settings::B_NUMBER_PATTERN.get(conn)?;
    if b_number.matches(&pattern) {
        return Ok(Vec::new());
    }
    let message =
        format!("B-number {b_number} does not look like the usual ones ({pattern}); it was taken as it is");
    Ok(vec![Warning::new("b-number.unusual", message)])
}

/// A user whose data the actor maintains.
fn maintained(tx: &Tx<'_>, email: &Email) -> Result<User> {
    if !tx.actor().is_provider() {
        access::places(tx, tx.actor(), Menu::Users)?;
        show(tx, tx.actor(), email)?;
    }
    let user = resolve(tx, email)?;
    Sight::of(tx, tx.actor())?.require_maintained(&user)?;
    Ok(user)
}

/// Sends a new activation link; the old one ends.
pub fn invite(tx: &Tx<'_>, email: &Email, default: Lang) -> Result<Outcome> {
    if !tx.actor().is_provider() {
        access::places(tx, tx.actor(), Menu::Users)?;
    }
    let user = show(tx, tx.actor(), email)?;
    match user.status {
        UserStatus::Invited => {}
        UserStatus::Active => {
            return Err(Error::conflict(
                "user.active",
                format!("{email} has come in already and needs no invitation"),
            )
            .hint(format!("`portalctl auth forgot {email}` sends a link to a new password")));
        }
        UserStatus::Disabled => return Err(disabled(&user)),
    }
    // Whoever came in elsewhere, or was shut there, is to a local administrator someone new, and gets no invitation.
    let known = store::find(tx, user.id)?;
    let queued = known.status == UserStatus::Invited;
    if queued {
        send_activation(tx, &known, default)?;
    }
    let after = json!({"email": user.email, "queued": queued});
    tx.record(actions::INVITE, object(&user), None::<&()>, Some(&after))?;
    Ok(Outcome { result: "invited", user, warnings: Vec::new() })
}

/// Changes a user's data.
pub fn update(tx: &Tx<'_>, email: &Email, patch: UserPatch) -> Result<Outcome> {
    if patch.staff.is_some() {
        access::provider_only(tx.actor())?;
    }
    let before = maintained(tx, email)?;
    change(tx, before, patch)
}

/// Changes the data of a user who was just read, and whom the actor maintains.
pub(super) fn change(tx: &Tx<'_>, before: User, patch: UserPatch) -> Result<Outcome> {
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
    let mut warnings = check_b_number(tx, tx.actor(), after.b_number.as_ref(), &after.email)?;
    if before.staff == Some(Staff::SystemAdministrator) && after.staff != before.staff {
        if life::is_self(tx.actor(), &before.email) {
            return Err(Error::refused("user.self", "nobody takes their own staff role")
                .hint("another system administrator can"));
        }
        warnings.extend(life::last_system_administrator(tx, &before)?);
    }
    store::update(tx, &after)?;
    tx.record(actions::UPDATE, object(&after), Some(&before), Some(&after))?;
    Ok(Outcome { result: "updated", user: after, warnings })
}

/// A user, if the actor may see it.
pub fn show(conn: &Connection, actor: &Actor, email: &Email) -> Result<User> {
    let hidden = || Error::not_found("user", email).hint("`portalctl user list` shows all that you may see");
    match Sight::of(conn, actor)? {
        Sight::Everything => resolve(conn, email),
        Sight::Places { .. } => find_seen(conn, actor, email)?.ok_or_else(hidden),
    }
}

/// The users that match.
pub fn list(conn: &Connection, actor: &Actor, tenant: Option<&str>, filter: Filter) -> Result<Vec<User>> {
    let tenants = tenant_service::scope(conn, actor, Menu::Users, tenant)?;
    let sight = Sight::of(conn, actor)?;
    let filter = Filter { tenants, ..filter };
    if matches!(sight, Sight::Everything) {
        return store::list(conn, &filter);
    }
    // What is not shown of a user is not found out by asking for it either: what is seen is what is asked about.
    let (places, person) = filter.split();
    let users = store::list(conn, &places)?.into_iter();
    Ok(users.filter_map(|user| sight.seen(user)).filter(|user| person.fits(user)).collect())
}

/// The warning that the institution that was named has users and no administrator.
pub fn lacking(conn: &Connection, actor: &Actor, tenant: Option<&str>) -> Result<Option<Warning>> {
    let Some(name) = tenant.filter(|_| actor.is_provider()) else { return Ok(None) };
    let tenant = tenant_service::resolve(conn, name)?;
    tenant_service::no_administrator(conn, tenant.id, &tenant.code)
}

fn disabled(user: &User) -> Error {
    Error::conflict("user.disabled", format!("{} is disabled", user.email))
        .hint(format!("`portalctl user enable {}` first", user.email))
}

pub(super) fn object(user: &User) -> String {
    format!("user:{}", user.email)
}
