//! Passwords that are chosen: by a link, in place of a forgotten one, in place of the present one.

use chrono::Duration;
use serde_json::json;

use super::login::initial_is_over;
use super::{door, object, refuse, refused, standing, unknown_object, write_to};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::outbox::{self, NewMail};
use crate::platform::secret::Key;
use crate::platform::secret::lockout::Door;
use crate::platform::secret::password::Password;
use crate::platform::secret::rule::{self, Policy, Reason};
use crate::platform::settings;
use crate::portal::auth::rules::{self, Refusal};
use crate::portal::auth::store::{self, Credential};
use crate::portal::auth::{Channel, actions, mail};
use crate::portal::code::{self, CodePurpose};
use crate::portal::link::{self, Owner, Purpose};
use crate::portal::session::{self, Ending, Session, SessionState};
use crate::portal::user::{User, UserStatus, account, onboarding, store as user_store};
use crate::values::{Email, utc_text};

/// How many links an hour one address is sent.
const LINKS_PER_HOUR: i64 = 3;

/// A link that opens nothing; why, is not told.
fn link_refused() -> Error {
    Error::refused("auth.refused", "this link cannot be used: it has expired, was used already, or a newer one took its place")
        .hint("ask for a new one with `portalctl auth forgot EMAIL`, or the administrator sends one with `portalctl user invite EMAIL`")
}

/// Whose link this token is, as long as it opens something.
pub fn opened_by(conn: &Connection, key: &Key, token: &str, purpose: Purpose, now: &str) -> Result<User> {
    open(conn, key, token, purpose, now).map(|(_, user)| user)
}

fn open(conn: &Connection, key: &Key, token: &str, purpose: Purpose, now: &str) -> Result<(i64, User)> {
    let (link, owner) = link::opened_by(conn, key, token, purpose, now)?.ok_or_else(link_refused)?;
    let (Owner::User(user) | Owner::Reset(user)) = owner else { return Err(link_refused()) };
    let user = user_store::find(conn, user)?;
    if user.status == UserStatus::Disabled {
        return Err(link_refused());
    }
    Ok((link, user))
}

/// Refuses a password that the rule does not allow this user (V-004).
pub fn require_good(conn: &Connection, user: &User, password: &Password) -> Result<()> {
    let policy = Policy {
        min_length: usize::try_from(settings::PASSWORD_MIN_LENGTH.int(conn)?).unwrap_or(8),
        min_score: u8::try_from(settings::PASSWORD_MIN_SCORE.int(conn)?).unwrap_or(3),
    };
    rule::check(password, &policy, &user.name, user.email.as_str()).map_err(|reasons| rule::refusal(&reasons))
}

/// Uses a link up and sets the password whose hash this is. An activation link opens the account; the user's other
/// links, initial passwords and sessions end.
pub fn set_by_link(
    tx: &Tx<'_>,
    key: &Key,
    token: &str,
    purpose: Purpose,
    phc: &str,
    default: Lang,
) -> Result<User> {
    let (link, user) = open(tx, key, token, purpose, &tx.now_text())?;
    link::store::mark_used(tx, link)?;
    // Its mail may still be queued where somebody read the link before it left.
    outbox::cancel_by_link(tx, link)?;
    link::revoke_all(tx, Owner::User(user.id))?;
    code::revoke_all(tx, user.id, CodePurpose::InitialPassword)?;
    store::put_credential(tx, user.id, phc, None)?;
    store::clear_failures(tx, user.id, Channel::Password)?;
    let sessions = session::end_all(tx, user.id, Ending::PasswordChanged, None)?;
    if purpose == Purpose::Activation {
        account::activate(tx, &user)?;
    }
    let after = json!({"link": link, "sessions_ended": sessions});
    let action = if purpose == Purpose::Activation { actions::ACTIVATE } else { actions::RESET };
    tx.record(action, object(&user), None::<&()>, Some(&after))?;
    // Whoever activates has had no password that someone else might have changed.
    if purpose == Purpose::Reset {
        write_to(tx, &user, &mail::PASSWORD_CHANGED, json!({"name": user.name}), default)?;
    }
    user_store::find(tx, user.id)
}

/// Queues a link to a new password (K-060, V-003). Whether there is such an account, the answer does not tell; beyond
/// three an hour nothing is sent.
pub fn forgot(tx: &Tx<'_>, key: &Key, email: &Email, default: Lang) -> Result<()> {
    let user = user_store::find_by_email(tx, email)?.filter(|user| user.status != UserStatus::Disabled);
    let Some(user) = user else {
        return tx.record(
            actions::FORGOT,
            unknown_object(key, email)?,
            None::<&()>,
            Some(&json!({"sent": false})),
        );
    };
    let hour = utc_text(tx.now() - Duration::hours(1));
    let has_place = !user.rights.is_empty() || user.staff.is_some();
    let sent = link::store::count_since(tx, user.id, &hour)? < LINKS_PER_HOUR
        && (user.status != UserStatus::Invited || has_place);
    match user.status {
        _ if !sent => {}
        // Whoever has not come in yet gets the invitation anew, in place of the one that was lost: that is what they need
        // (V-003, A-016).
        UserStatus::Invited => onboarding::send_link(tx, &user, default)?,
        UserStatus::Active | UserStatus::Disabled => send_reset(tx, &user, default)?,
    }
    tx.record(actions::FORGOT, object(&user), None::<&()>, Some(&json!({"sent": sent})))
}

fn send_reset(tx: &Tx<'_>, user: &User, default: Lang) -> Result<()> {
    let hours = settings::ONBOARDING_LINK_HOURS.int(tx)?;
    let link = link::issue(tx, Owner::Reset(user.id), Duration::hours(hours))?;
    let mail = NewMail {
        template: &mail::RESET,
        to: &user.email,
        language: user.language.unwrap_or(default),
        cause: object(user),
        params: json!({"name": user.name, "email": user.email.as_str(), "hours": hours}),
        link: Some(link),
        reply_tag: None,
    };
    outbox::queue(tx, &mail)?;
    Ok(())
}

/// The password that a logged-in user has, to compare with.
pub fn present(conn: &Connection, session: &Session) -> Result<Option<Credential>> {
    store::credential(conn, session.user_id)
}

/// Refuses a new password that is the old one.
pub fn require_other(old: &Password, new: &Password) -> Result<()> {
    if old != new {
        return Ok(());
    }
    Err(rule::refusal(&[Reason {
        code: "password.unchanged",
        rule: "it is the present one".to_owned(),
        cure: "choose another".to_owned(),
    }]))
}

/// Changes the password of a logged-in user (K-062, A-081). Their other sessions end; an initial password is changed
/// for one of the user's own, which opens the account.
pub fn change(
    tx: &Tx<'_>,
    id: i64,
    compared: Option<&Credential>,
    right: bool,
    phc: &str,
    default: Lang,
) -> Result<(Session, User)> {
    let session = session::find_live(tx, id, tx.now())?.ok_or_else(refused)?;
    let user = user_store::find(tx, session.user_id)?;
    let credential = store::credential(tx, user.id)?;
    let why = match door(tx, user.id, Channel::Password, tx.now())? {
        _ if user.status == UserStatus::Disabled => Some(Refusal::Disabled),
        Door::Locked(_) => Some(Refusal::Locked),
        _ if credential.as_ref() != compared => Some(Refusal::Changed),
        _ if !right => Some(Refusal::Wrong),
        Door::Wait(_) => Some(Refusal::TooSoon),
        Door::Open if initial_is_over(tx, credential.as_ref(), &tx.now_text())? => Some(Refusal::InitialOver),
        Door::Open => None,
    };
    if let Some(why) = why {
        return Err(refuse(tx, &user, Channel::Password, why, default)?);
    }
    if let Some(initial) = credential.and_then(|credential| credential.initial) {
        code::store::mark_used(tx, initial)?;
    }
    store::put_credential(tx, user.id, phc, None)?;
    store::clear_failures(tx, user.id, Channel::Password)?;
    link::revoke_all(tx, Owner::User(user.id))?;
    account::activate(tx, &user)?;
    let ended = session::end_all(tx, user.id, Ending::PasswordChanged, Some(id))?;
    let session = match session.state {
        SessionState::PasswordChangeRequired => {
            let state = rules::after_step(standing(tx, user.id, false)?);
            if state == SessionState::Active {
                account::note_login(tx, user.id)?;
            }
            // Whoever is to set a second step up has none, whatever was taken before.
            let method = session.method.filter(|_| state != SessionState::EnrolmentRequired);
            session::advance(tx, id, state, method)?
        }
        _ => session,
    };
    let after = json!({"session": id, "sessions_ended": ended});
    tx.record(actions::CHANGE_PASSWORD, object(&user), None::<&()>, Some(&after))?;
    write_to(tx, &user, &mail::PASSWORD_CHANGED, json!({"name": user.name}), default)?;
    Ok((session, user_store::find(tx, user.id)?))
}

/// Keeps the hash of an initial password, right before the mail that carries it leaves. Refused where it is not the
/// user's way in any more.
pub fn keep_initial(tx: &Tx<'_>, initial: i64, phc: &str) -> Result<()> {
    let over = || Error::refused("mail.code-expired", "this initial password is no longer the way in");
    let row = code::store::find_live(tx, initial, &tx.now_text())?.ok_or_else(over)?;
    let user = user_store::find(tx, row.user)?;
    if user.status != UserStatus::Invited {
        return Err(over());
    }
    store::put_credential(tx, user.id, phc, Some(initial))?;
    tx.record(actions::INITIAL_PASSWORD, object(&user), None::<&()>, Some(&json!({"code": initial})))
}
