//! Two steps: setting them up, switching them off, the emergency code (V-008..V-017, A-010..A-018).

use serde::Serialize;
use serde_json::json;

use super::step::{self, SmsSent, sealed_for, take_sms, tell_emergency_used, unseal, with_cure};
use super::{object, refuse, refused, requires_mfa, write_to};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::secret::Key;
use crate::platform::secret::codes::EmergencyCode;
use crate::platform::secret::totp::TotpSecret;
use crate::portal::access;
use crate::portal::auth::rules::{self, Refusal};
use crate::portal::auth::store::factor;
use crate::portal::auth::{Channel, actions, mail, store};
use crate::portal::code::{self, CodePurpose};
use crate::portal::session::{self, Ending, Method, Session, SessionState};
use crate::portal::user::service as users;
use crate::portal::user::{User, account, store as user_store};
use crate::values::{Coded, E164, Email};

/// How a user's second step stands.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The user's address.
    pub email: Email,
    /// What is in use.
    pub methods: Vec<Method>,
    /// What waits for its first code.
    pub pending: Option<Method>,
    /// The last digits of the number for SMS.
    pub phone: Option<String>,
    /// Whether there is an emergency code that can be used.
    pub emergency_code: bool,
    /// Whether two steps are required.
    pub required: bool,
}

/// Begins to set up an app: its secret is sealed, and nothing is on until one code was right (V-010). Whoever has a
/// second step already shows that with a code of it.
pub fn enrol_app(
    tx: &Tx<'_>,
    key: &Key,
    id: i64,
    secret: &TotpSecret,
    present: Option<&str>,
    default: Lang,
) -> Result<Session> {
    let (session, user) = setting_up(tx, id)?;
    prove(tx, key, &user, present, default)?;
    let (purpose, place) = sealed_for(user.id);
    let sealed = key.seal(tx.entropy(), purpose, place.as_bytes(), secret.bytes())?;
    code::revoke_all(tx, user.id, CodePurpose::Enrolment)?;
    factor::put_pending(tx, user.id, Method::App, Some(&sealed), None)?;
    tx.record(actions::MFA_ENROL, object(&user), None::<&()>, Some(&json!({"method": Method::App})))?;
    Ok(session)
}

/// Begins to set up SMS: a code goes to the number, which is on once that was right (V-011, V-012). Whoever has a second
/// step already shows that with a code of it.
pub fn enrol_sms(
    tx: &Tx<'_>,
    key: &Key,
    id: i64,
    phone: &E164,
    present: Option<&str>,
    default: Lang,
) -> Result<SmsSent> {
    let (_, user) = setting_up(tx, id)?;
    prove(tx, key, &user, present, default)?;
    factor::put_pending(tx, user.id, Method::Sms, None, Some(phone))?;
    let after = json!({"method": Method::Sms, "phone": format!("…{}", rules::last_three(phone.as_str()))});
    tx.record(actions::MFA_ENROL, object(&user), None::<&()>, Some(&after))?;
    step::send_sms(tx, key, &user, CodePurpose::Enrolment, phone, default)
}

/// Takes into use what was being set up, with its first code, and lifts a session that waited for that: a login with the
/// same code would be no less. A new emergency code opens nothing before it is saved ([`saved_emergency`]). Whoever came
/// in with the password alone meanwhile is out: from now on a code is asked for.
pub fn confirm(
    tx: &Tx<'_>,
    key: &Key,
    id: i64,
    typed: &str,
    emergency: Option<&EmergencyCode>,
    default: Lang,
) -> Result<(Session, User)> {
    let (session, user) = setting_up(tx, id)?;
    let pending = factor::find_pending(tx, user.id)?.ok_or_else(nothing_pending)?;
    let step = match &pending.secret {
        Some(sealed) => unseal(key, user.id, sealed)?.verify(typed, tx.now(), None)?,
        // An SMS has no step; its code is used up.
        None => take_sms(tx, key, user.id, CodePurpose::Enrolment, typed, true)?.then_some(0),
    };
    let Some(step) = step else {
        // It guards nothing yet, so it locks nothing; an SMS counts its own tries.
        let after =
            json!({"channel": pending.method.code(), "why": Refusal::Wrong.word(), "enrolment": true});
        tx.record(actions::REFUSED, object(&user), None::<&()>, Some(&after))?;
        return Err(with_cure(refused().committed()));
    };
    factor::confirm(tx, user.id, &pending, (pending.method == Method::App).then_some(step))?;
    note_mfa(tx, &user)?;
    let ended = session::end_unstepped(tx, user.id, id)?;
    let session = session::note_step(tx, &session, session.method.unwrap_or(pending.method))?;
    if let Some(code) = emergency {
        put_emergency(tx, key, &user, code, default)?;
    }
    let session = lift(tx, session, &user)?;
    let after =
        json!({"method": pending.method, "emergency_code": emergency.is_some(), "sessions_ended": ended});
    tx.record(actions::MFA_CONFIRM, object(&user), None::<&()>, Some(&after))?;
    write_to(tx, &user, &mail::MFA_ON, json!({"name": user.name, "method": pending.method.code()}), default)?;
    Ok((session, user_store::find(tx, user.id)?))
}

/// Whether a user has an emergency code that can be used.
pub fn has_emergency(conn: &Connection, user: i64) -> Result<bool> {
    Ok(factor::emergency(conn, user)?.is_some_and(|kept| kept.confirmed && !kept.used))
}

/// Sets a new emergency code, which opens nothing before it is saved; the old one is void at once (V-016). A code of the
/// second step is needed, save in the session that has just set that up.
pub fn replace_emergency(
    tx: &Tx<'_>,
    key: &Key,
    id: i64,
    new: &EmergencyCode,
    present: Option<&str>,
    default: Lang,
) -> Result<()> {
    let (session, user) = setting_up(tx, id)?;
    if factor::list(tx, user.id)?.is_empty() {
        return Err(not_on());
    }
    if session.state == SessionState::Active && !is_owed(tx, &session)? {
        prove(tx, key, &user, present, default)?;
    }
    put_emergency(tx, key, &user, new, default)?;
    tx.record(actions::EMERGENCY_CODE, object(&user), None::<&()>, Some(&json!({"saved": false})))
}

/// Sets the emergency code that follows the one with which this session came in.
pub fn follow_emergency(tx: &Tx<'_>, key: &Key, session: &Session, new: &EmergencyCode) -> Result<()> {
    let (session, user) = setting_up(tx, session.id)?;
    if session.method != Some(Method::Emergency) {
        return Err(refused());
    }
    // That the old one was used the user is told already.
    factor::put_emergency(tx, user.id, &new.stored(key, user.id)?)?;
    tx.record(actions::EMERGENCY_CODE, object(&user), None::<&()>, Some(&json!({"saved": false})))
}

/// Whether a session is still owed the emergency code that follows the one with which it came in: there was no place for
/// it then. What it took to come in is all that its owner may have left.
pub fn is_owed(conn: &Connection, session: &Session) -> Result<bool> {
    Ok(session.method == Some(Method::Emergency) && !has_emergency(conn, session.user_id)?)
}

/// The user has this emergency code safe (V-015): from now on it can be used, and a session that waited is lifted.
pub fn saved_emergency(tx: &Tx<'_>, key: &Key, id: i64, code: &EmergencyCode) -> Result<(Session, User)> {
    let (session, user) = setting_up(tx, id)?;
    if factor::confirm_emergency(tx, user.id, &code.stored(key, user.id)?)? == 0 {
        return Err(Error::conflict(
            "auth.emergency-code-replaced",
            "a newer emergency code took this one's place",
        ));
    }
    let session = lift(tx, session, &user)?;
    tx.record(actions::EMERGENCY_CODE, object(&user), None::<&()>, Some(&json!({"saved": true})))?;
    Ok((session, user))
}

/// The user has not saved this emergency code: it is not kept, and there is none.
pub fn decline_emergency(tx: &Tx<'_>, key: &Key, id: i64, code: &EmergencyCode) -> Result<()> {
    let (_, user) = owner(tx, id)?;
    if factor::delete_unconfirmed(tx, user.id, &code.stored(key, user.id)?)? == 1 {
        tx.record(
            actions::EMERGENCY_CODE,
            object(&user),
            None::<&()>,
            Some(&json!({"saved": false, "kept": false})),
        )?;
    }
    Ok(())
}

/// Switches two steps off, or one method of two, with a code (V-016). While they are required only the emergency code
/// switches the last one off: for somebody who lost the phone. Then every session ends, and the next login sets up
/// another.
pub fn disable(
    tx: &Tx<'_>,
    key: &Key,
    id: i64,
    only: Option<Method>,
    typed: &str,
    default: Lang,
) -> Result<(Session, User)> {
    let (session, user) = owner(tx, id)?;
    if session.state != SessionState::Active {
        return Err(refused());
    }
    let leave = require_may_disable(tx, user.id, only)?;
    if leave == Leave::Emergency && EmergencyCode::parse(typed).is_none() {
        return Err(stays_on());
    }
    let asked = spend(tx, key, &user, typed, default)?;
    factor::delete(tx, user.id, only)?;
    if factor::list(tx, user.id)?.is_empty() {
        factor::delete_emergency(tx, user.id)?;
    }
    note_mfa(tx, &user)?;
    let ended = match leave {
        Leave::Emergency => session::end_all(tx, user.id, Ending::MfaOff, None)?,
        Leave::AnyCode => 0,
    };
    let after = json!({"method": only, "with": asked, "sessions_ended": ended});
    tx.record(actions::MFA_DISABLE, object(&user), None::<&()>, Some(&after))?;
    write_to(tx, &user, &mail::MFA_OFF, json!({"name": user.name}), default)?;
    Ok((session, user_store::find(tx, user.id)?))
}

/// With what a second step can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Any code of it, or the emergency code.
    AnyCode,
    /// The emergency code alone: it is the last one, and two steps are required.
    Emergency,
}

/// With what a second step can be switched off; refuses where it is not on.
pub fn require_may_disable(conn: &Connection, user: i64, only: Option<Method>) -> Result<Leave> {
    let factors = factor::list(conn, user)?;
    if !factors.iter().any(|factor| only.is_none_or(|only| factor.method == only)) {
        return Err(not_on());
    }
    let stays = factors.iter().any(|factor| only.is_some_and(|only| factor.method != only));
    Ok(if !stays && requires_mfa(conn)? { Leave::Emergency } else { Leave::AnyCode })
}

/// The last second step stays on while one is required.
pub fn stays_on() -> Error {
    Error::refused(
        "auth.mfa-required",
        "two steps are required here (setting login.require-mfa) and stay on",
    )
    .hint("to change to another app or number, set it up with `portalctl auth mfa enrol`; whoever lost the old one gives the emergency code")
}

/// By which method a code came that was typed without saying so.
pub fn code_method(conn: &Connection, user: i64, typed: &str) -> Result<Method> {
    match EmergencyCode::parse(typed) {
        Some(_) => Ok(Method::Emergency),
        None => step::method(conn, user, None),
    }
}

/// Refuses a reset to whoever may not do it: it is the provider's, and nobody's own. Otherwise a session file alone would
/// be enough to be rid of the second step.
pub fn require_may_reset(actor: &Actor, email: &Email) -> Result<()> {
    access::provider_only(actor)?;
    actor.require_reason()?;
    if actor.user().is_some_and(|own| own.to_lowercase() == email.key()) {
        return Err(Error::refused("user.self", "nobody takes their own second step away").hint(
            "another system administrator can; with the emergency code `portalctl auth mfa disable` does it",
        ));
    }
    Ok(())
}

/// Takes a user's second step away, for someone who lost it all (P). Their sessions end, and they are told.
pub fn reset(tx: &Tx<'_>, email: &Email, default: Lang) -> Result<(bool, User)> {
    require_may_reset(tx.actor(), email)?;
    let user = users::resolve(tx, email)?;
    let removed = factor::delete(tx, user.id, None)?
        + factor::delete_pending(tx, user.id)?
        + factor::delete_emergency(tx, user.id)?;
    for purpose in [CodePurpose::Login, CodePurpose::Enrolment] {
        code::revoke_all(tx, user.id, purpose)?;
    }
    let mut cleared = 0;
    for channel in [Channel::App, Channel::Sms, Channel::Emergency] {
        cleared += store::clear_failures(tx, user.id, channel)?;
    }
    // Whoever asks for this no longer trusts what is open, whether or not there was anything to take away.
    let ended = session::end_all(tx, user.id, Ending::MfaReset, None)?;
    if removed + cleared + ended == 0 {
        return Ok((false, user));
    }
    note_mfa(tx, &user)?;
    let after = json!({"mfa": null, "sessions_ended": ended});
    tx.record(actions::MFA_RESET, object(&user), Some(&json!({"mfa": user.mfa})), Some(&after))?;
    if removed + ended > 0 {
        write_to(tx, &user, &mail::MFA_RESET, json!({"name": user.name}), default)?;
    }
    Ok((true, user_store::find(tx, user.id)?))
}

/// How a user's second step stands.
pub fn status(conn: &Connection, user: &User) -> Result<Status> {
    let factors = factor::list(conn, user.id)?;
    let phone = factors.iter().find_map(|factor| factor.phone.as_ref());
    Ok(Status {
        email: user.email.clone(),
        methods: factors.iter().map(|factor| factor.method).collect(),
        pending: factor::find_pending(conn, user.id)?.map(|factor| factor.method),
        phone: phone.map(|phone| rules::last_three(phone.as_str())),
        emergency_code: has_emergency(conn, user.id)?,
        required: requires_mfa(conn)?,
    })
}

fn owner(tx: &Tx<'_>, id: i64) -> Result<(Session, User)> {
    let session = session::find_live(tx, id, tx.now())?.ok_or_else(refused)?;
    let user = user_store::find(tx, session.user_id)?;
    Ok((session, user))
}

/// The session that sets up a second step, and its user. One that knows no more than the password may do that only as
/// long as there is none: otherwise whoever logged in before its owner set it up could put another in its place.
fn setting_up(tx: &Tx<'_>, id: i64) -> Result<(Session, User)> {
    let (session, user) = owner(tx, id)?;
    let stepped = session.method.is_some();
    let may = match session.state {
        SessionState::Active => true,
        SessionState::EnrolmentRequired => stepped || factor::list(tx, user.id)?.is_empty(),
        SessionState::PasswordChangeRequired => stepped,
        SessionState::CodeRequired => false,
    };
    if !may {
        let after =
            json!({"channel": Channel::Password.code(), "why": Refusal::Changed.word(), "session": id});
        tx.record(actions::REFUSED, object(&user), None::<&()>, Some(&after))?;
        return Err(refused().committed());
    }
    Ok((session, user))
}

/// Whether a code of the present second step comes before a change to it.
pub fn needs_proof(conn: &Connection, user: i64) -> Result<bool> {
    Ok(!factor::list(conn, user)?.is_empty())
}

/// Takes a code of the second step that a user has, if they have one.
fn prove(tx: &Tx<'_>, key: &Key, user: &User, present: Option<&str>, default: Lang) -> Result<()> {
    if needs_proof(tx, user.id)? {
        spend(tx, key, user, present.unwrap_or_default(), default)?;
    }
    Ok(())
}

/// Uses up a code of a user's second step, or the emergency code; otherwise a committed refusal. By which it was.
fn spend(tx: &Tx<'_>, key: &Key, user: &User, typed: &str, default: Lang) -> Result<Method> {
    let asked = code_method(tx, user.id, typed)?;
    if let Err(why) = step::take(tx, key, user, asked, typed)? {
        return Err(with_cure(refuse(tx, user, asked.into(), why, default)?));
    }
    store::clear_failures(tx, user.id, asked.into())?;
    if asked == Method::Emergency {
        tell_emergency_used(tx, user, default)?;
    }
    Ok(asked)
}

/// Brings a session that waited for the second step all the way.
fn lift(tx: &Tx<'_>, session: Session, user: &User) -> Result<Session> {
    if session.state != SessionState::EnrolmentRequired {
        return Ok(session);
    }
    account::note_login(tx, user.id)?;
    session::advance(tx, session.id, SessionState::Active, session.method)
}

/// Puts a new emergency code in place of what there was; of that its owner is told.
fn put_emergency(tx: &Tx<'_>, key: &Key, user: &User, new: &EmergencyCode, default: Lang) -> Result<()> {
    let replaced = factor::emergency(tx, user.id)?.is_some();
    factor::put_emergency(tx, user.id, &new.stored(key, user.id)?)?;
    if replaced {
        write_to(tx, user, &mail::EMERGENCY_CODE, json!({"name": user.name}), default)?;
    }
    Ok(())
}

/// What `user list` shows: the method that is asked for.
fn note_mfa(tx: &Tx<'_>, user: &User) -> Result<()> {
    let methods: Vec<_> = factor::list(tx, user.id)?.iter().map(|factor| factor.method).collect();
    account::note_mfa(tx, user.id, rules::usual_method(&methods).map(Coded::code))
}

fn nothing_pending() -> Error {
    Error::conflict("auth.nothing-pending", "no second step is being set up")
        .hint("begin with `portalctl auth mfa enrol`")
}

fn not_on() -> Error {
    Error::conflict("auth.mfa-off", "this second step is not switched on")
        .hint("`portalctl auth mfa status` shows what is")
}
