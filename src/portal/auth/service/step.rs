//! The second step: the code of the app, an SMS, or the emergency code.

use serde_json::json;

use super::{door, object, refuse, refused, standing, write_to};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::outbox::{self, NewSms, State};
use crate::platform::secret::Key;
use crate::platform::secret::codes::EmergencyCode;
use crate::platform::secret::lockout::Door;
use crate::platform::secret::totp::TotpSecret;
use crate::portal::auth::rules::{self, Refusal};
use crate::portal::auth::service::login::not_set_up;
use crate::portal::auth::store::{self, factor};
use crate::portal::auth::{Channel, actions, mail};
use crate::portal::code::{self, CodePurpose};
use crate::portal::session::{self, Ending, Method, Session, SessionState};
use crate::portal::user::{User, UserStatus, account, store as user_store};
use crate::values::{E164, utc_text};

/// No SMS can go out before some time.
pub const SMS_WAIT: &str = "auth.sms-wait";
/// What helps where a code is refused.
const CODE_CURE: &str = "wait for the app's next code and check that the clock of its phone is right; of several SMS the last one counts. After some failures wait a while, and if the session has ended log in again with `portalctl auth login`";
/// What the sealed secrets of apps are sealed for.
const SEAL: &str = "totp/1";

/// An SMS with a code, queued or just sent.
#[derive(Debug, Clone)]
pub struct SmsSent {
    /// The message; `None` where the last one still holds.
    pub message: Option<i64>,
    /// The last digits of its number (V-025).
    pub phone: String,
    /// What tells it from other SMS (V-025).
    pub reference: String,
    /// How far it has come.
    pub delivery: Delivery,
}

/// How far an SMS has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It has left, or is just about to.
    Sent,
    /// It waits in the queue.
    Queued,
    /// It may or may not have left.
    Unknown,
}

impl Delivery {
    /// How far the SMS with this code has come, which was sent earlier.
    fn of(conn: &Connection, code: i64) -> Result<Delivery> {
        Ok(match outbox::state_by_code(conn, &code::mail::SMS, code)? {
            Some(State::Queued) => Delivery::Queued,
            Some(State::Unknown) => Delivery::Unknown,
            _ => Delivery::Sent,
        })
    }
}

/// The method of a login: the one asked for, or the usual one. One that is not set up is refused.
pub fn method(conn: &Connection, user: i64, wanted: Option<Method>) -> Result<Method> {
    let set_up: Vec<_> = factor::list(conn, user)?.iter().map(|factor| factor.method).collect();
    match wanted {
        Some(Method::Emergency) => Ok(Method::Emergency),
        Some(method) if set_up.contains(&method) => Ok(method),
        Some(method) => Err(not_set_up(method)),
        None => rules::usual_method(&set_up).ok_or_else(refused),
    }
}

/// The method asked for, where it is set up.
pub fn wanted(conn: &Connection, user: i64, wanted: Option<Method>) -> Result<Option<Method>> {
    let set_up = factor::list(conn, user)?;
    let is_there = |method: &Method| {
        *method == Method::Emergency || set_up.iter().any(|factor| factor.method == *method)
    };
    Ok(wanted.filter(is_there))
}

/// Queues the SMS of a login to the number that was verified. One that was just sent stands.
pub fn send_login_sms(tx: &Tx<'_>, key: &Key, user: &User, default: Lang) -> Result<SmsSent> {
    let factors = factor::list(tx, user.id)?;
    let phone = factors.into_iter().find_map(|factor| factor.phone).ok_or_else(|| not_set_up(Method::Sms))?;
    send_sms(tx, key, user, CodePurpose::Login, &phone, default)
}

/// The SMS whose code a login awaits, while that can still be taken.
pub fn awaited_sms(conn: &Connection, key: &Key, user: i64, now: &str) -> Result<Option<SmsSent>> {
    let Some(row) = code::store::find_open(conn, user, CodePurpose::Login, now)? else { return Ok(None) };
    let reference = code::sms(conn, key, row.id, now)?.map(|sms| sms.reference()).unwrap_or_default();
    let phone = rules::last_three(row.phone.as_deref().unwrap_or_default());
    Ok(Some(SmsSent { message: None, phone, reference, delivery: Delivery::of(conn, row.id)? }))
}

/// Sends the code of a login once more, or by SMS where another way was asked for first (V-024).
pub fn resend(tx: &Tx<'_>, key: &Key, user: &User, default: Lang) -> Result<SmsSent> {
    if let Door::Locked(_) = door(tx, user.id, Channel::Sms, tx.now())? {
        return Err(refuse(tx, user, Channel::Sms, Refusal::Locked, default)?);
    }
    send_login_sms(tx, key, user, default)
}

/// Queues an SMS with a new code; the older ones end. Within a minute of the last one, that one stands; beyond the
/// hourly number, no more are sent.
pub fn send_sms(
    tx: &Tx<'_>,
    key: &Key,
    user: &User,
    purpose: CodePurpose,
    phone: &E164,
    default: Lang,
) -> Result<SmsSent> {
    let last = rules::last_three(phone.as_str());
    if let Some(until) = code::sms_wait(tx, user.id, purpose, phone, tx.now())? {
        let standing = code::store::find_open(tx, user.id, purpose, &tx.now_text())?
            .filter(|code| code.phone.as_deref() == Some(phone.as_str()));
        return match standing {
            Some(code) => {
                let reference = code::sms(tx, key, code.id, &tx.now_text())?.map(|sms| sms.reference());
                let delivery = Delivery::of(tx, code.id)?;
                Ok(SmsSent { message: None, phone: last, reference: reference.unwrap_or_default(), delivery })
            }
            None => Err(Error::refused(
                SMS_WAIT,
                format!(
                    "no SMS can be sent before {}: the last ones went out too shortly before",
                    utc_text(until)
                ),
            )
            .hint("wait, or use another method with --method")),
        };
    }
    let id = code::issue(tx, user.id, purpose, Some(phone), code::SMS_VALID)?;
    let message = outbox::queue_sms(
        tx,
        &NewSms {
            template: purpose.template(),
            to: phone,
            language: user.language.unwrap_or(default),
            cause: object(user),
            params: json!({}),
            code: Some(id),
        },
    )?;
    let after = json!({"purpose": purpose, "phone": format!("…{last}")});
    tx.record(actions::SMS, object(user), None::<&()>, Some(&after))?;
    let reference = code::sms(tx, key, id, &tx.now_text())?.map(|sms| sms.reference()).unwrap_or_default();
    Ok(SmsSent { message: Some(message), phone: last, reference, delivery: Delivery::Sent })
}

/// Finishes a login with a code. A wrong one is a committed refusal; with `last_chance` it ends the session too.
pub fn finish(
    tx: &Tx<'_>,
    key: &Key,
    id: i64,
    typed: &str,
    wanted: Option<Method>,
    last_chance: bool,
    default: Lang,
) -> Result<(Session, User)> {
    let session = session::find_live(tx, id, tx.now())?.ok_or_else(refused)?;
    if session.state != SessionState::CodeRequired {
        return Err(Error::conflict("auth.no-code-awaited", "this session awaits no code"));
    }
    let user = user_store::find(tx, session.user_id)?;
    let asked = match wanted {
        Some(method) => method,
        None if EmergencyCode::parse(typed).is_some() => Method::Emergency,
        None => session.method.unwrap_or(Method::App),
    };
    if let Err(why) = take(tx, key, &user, asked, typed)? {
        if last_chance {
            session::end(tx, id, Ending::WrongCode)?;
        }
        let refusal = refuse(tx, &user, asked.into(), why, default)?;
        // At the login itself a wrong code says what a wrong password says, to the last word.
        return Err(if last_chance { refusal } else { with_cure(refusal) });
    }
    if asked == Method::Emergency {
        tell_emergency_used(tx, &user, default)?;
    }
    let initial = store::credential(tx, user.id)?.is_some_and(|credential| credential.initial.is_some());
    let state = rules::after_step(standing(tx, user.id, initial)?);
    let session = session::advance(tx, id, state, Some(asked))?;
    store::clear_failures(tx, user.id, Channel::Password)?;
    store::clear_failures(tx, user.id, asked.into())?;
    if state == SessionState::Active {
        account::note_login(tx, user.id)?;
    }
    let after = json!({"session": id, "state": state, "method": asked});
    tx.record_by(&user.email, actions::LOGIN, object(&user), &after)?;
    Ok((session, user_store::find(tx, user.id)?))
}

/// A refusal of a code with what helps, where the password was past already.
pub(super) fn with_cure(refusal: Error) -> Error {
    refusal.hint(CODE_CURE)
}

/// Tells a user that their emergency code was used: whoever did not do that has lost it, and the password too.
pub(super) fn tell_emergency_used(tx: &Tx<'_>, user: &User, default: Lang) -> Result<()> {
    write_to(tx, user, &mail::EMERGENCY_USED, json!({"name": user.name}), default)
}

/// Takes a code, if it is right and may be used now: then it is used up. The reason where it is not taken.
pub fn take(tx: &Tx<'_>, key: &Key, user: &User, method: Method, typed: &str) -> Result<Result<(), Refusal>> {
    if user.status == UserStatus::Disabled {
        return Ok(Err(Refusal::Disabled));
    }
    let door = door(tx, user.id, method.into(), tx.now())?;
    if let Door::Locked(_) = door {
        return Ok(Err(Refusal::Locked));
    }
    let open = door == Door::Open;
    let right = match method {
        Method::App => take_app(tx, key, user.id, typed, open)?,
        Method::Sms => take_sms(tx, key, user.id, CodePurpose::Login, typed, open)?,
        Method::Emergency => take_emergency(tx, key, user.id, typed, open)?,
    };
    Ok(match (right, open) {
        (false, _) => Err(Refusal::Wrong),
        (true, false) => Err(Refusal::TooSoon),
        (true, true) => Ok(()),
    })
}

fn take_app(tx: &Tx<'_>, key: &Key, user: i64, typed: &str, open: bool) -> Result<bool> {
    let factors = factor::list(tx, user)?;
    let Some(app) = factors.iter().find(|factor| factor.method == Method::App) else { return Ok(false) };
    let secret = unseal(key, user, app.secret.as_deref().unwrap_or_default())?;
    let Some(step) = secret.verify(typed, tx.now(), app.last_step)? else { return Ok(false) };
    if open {
        factor::set_last_step(tx, app.id, step)?;
    }
    Ok(true)
}

/// Takes the code of an SMS. After five wrong ones it is void.
pub fn take_sms(
    tx: &Tx<'_>,
    key: &Key,
    user: i64,
    purpose: CodePurpose,
    typed: &str,
    open: bool,
) -> Result<bool> {
    let now = tx.now_text();
    let Some(row) = code::store::find_open(tx, user, purpose, &now)? else { return Ok(false) };
    let right = code::sms(tx, key, row.id, &now)?.is_some_and(|sms| sms.matches(typed));
    match (right, open) {
        (true, true) => code::store::mark_used(tx, row.id)?,
        (true, false) => {}
        (false, _) if row.tries + 1 >= code::TRIES => {
            code::store::add_try(tx, row.id)?;
            code::store::revoke(tx, row.id)?;
        }
        (false, _) => code::store::add_try(tx, row.id)?,
    }
    Ok(right)
}

fn take_emergency(tx: &Tx<'_>, key: &Key, user: i64, typed: &str, open: bool) -> Result<bool> {
    let typed = EmergencyCode::parse(typed);
    let kept = factor::emergency(tx, user)?.filter(|kept| kept.confirmed && !kept.used);
    let right = match (&typed, &kept) {
        (Some(typed), Some(kept)) => typed.matches(key, user, &kept.hash)?,
        _ => false,
    };
    if right && open {
        factor::use_emergency(tx, user)?;
    }
    Ok(right)
}

/// The place that an app's secret is sealed for: it opens for no other user.
pub fn sealed_for(user: i64) -> (&'static str, String) {
    (SEAL, format!("user:{user}"))
}

/// Opens an app's sealed secret.
pub fn unseal(key: &Key, user: i64, sealed: &[u8]) -> Result<TotpSecret> {
    let (purpose, place) = sealed_for(user);
    TotpSecret::from_bytes(&key.open(purpose, place.as_bytes(), sealed)?)
}
