//! Use cases of coming in.

pub mod login;
pub mod mfa;
pub mod password;
pub mod sessions;
pub mod step;

use chrono::{DateTime, Duration, Utc};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::rules::{Refusal, Standing};
use super::{Channel, actions, mail, store};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::outbox::{self, NewMail, Template};
use crate::platform::secret::Key;
use crate::platform::secret::lockout::{Door, Lockout};
use crate::platform::secret::password::{Hasher, Params};
use crate::platform::settings;
use crate::portal::user::{User, UserStatus};
use crate::values::{Coded, Email, utc_text};

/// What everyone is told to whom a password or a code does not open: one text for every reason.
pub fn refused() -> Error {
    Error::refused("auth.refused", "the user name, the password or the code is not right, or the account cannot be used now")
        .hint("after some failures wait a while before the next attempt; `portalctl auth forgot EMAIL` sends a link to a new password")
}

/// Hashes with the parameters in force.
pub fn hasher(conn: &Connection) -> Result<Hasher> {
    Ok(Hasher::new(settings::PASSWORD_ARGON2.get(conn)?.parse::<Params>()?))
}

/// Whether two steps are required.
pub fn requires_mfa(conn: &Connection) -> Result<bool> {
    Ok(settings::LOGIN_REQUIRE_MFA.get(conn)? == "true")
}

pub(super) use crate::portal::user::locks::lockout;

pub(super) fn door(conn: &Connection, user: i64, channel: Channel, now: DateTime<Utc>) -> Result<Door> {
    let (failures, last) = store::failures(conn, user, channel)?;
    Ok(lockout(conn)?.door(failures, last, now))
}

/// Remembers a refusal: in the audit, and where it counts among the failures. Answers with what the user is told, which
/// commits it.
pub(super) fn refuse(
    tx: &Tx<'_>,
    user: &User,
    channel: Channel,
    why: Refusal,
    default: Lang,
) -> Result<Error> {
    let after = json!({"channel": channel.code(), "why": why.word()});
    tx.record(actions::REFUSED, object(user), None::<&()>, Some(&after))?;
    if why.counts() && user.status != UserStatus::Disabled {
        let lockout = lockout(tx)?;
        let (failures, last) = store::failures(tx, user.id, channel)?;
        let failures = lockout.after_failure(failures, last, tx.now());
        store::put_failures(tx, user.id, channel, failures)?;
        if failures == lockout.max_failures {
            lock(tx, user, channel, lockout, default)?;
        }
    }
    Ok(refused().committed())
}

/// Tells the user that a way in is shut for a while. Once a lock: what is tried meanwhile does not count.
fn lock(tx: &Tx<'_>, user: &User, channel: Channel, lockout: Lockout, default: Lang) -> Result<()> {
    let until = tx.now() + Duration::minutes(i64::from(lockout.lock_minutes));
    let after =
        json!({"channel": channel.code(), "failures": lockout.max_failures, "until": utc_text(until)});
    tx.record(actions::LOCK, object(user), None::<&()>, Some(&after))?;
    let minutes = lockout.lock_minutes;
    let failures = lockout.max_failures;
    let params = json!({"name": user.name, "minutes": minutes, "failures": failures});
    match channel {
        Channel::Password => write_to(tx, user, &mail::LOCKED, params, default),
        channel => {
            let params = json!({
                "name": user.name, "minutes": minutes, "failures": failures, "channel": channel.code()
            });
            write_to(tx, user, &mail::CODE_LOCKED, params, default)
        }
    }
}

/// Remembers an attempt at an address that nobody has: a digest that only the holder of the key can make, since what
/// is typed there by mistake may be a password.
pub(super) fn refuse_unknown(tx: &Tx<'_>, key: &Key, email: &Email) -> Result<Error> {
    let after = json!({"channel": Channel::Password.code(), "why": Refusal::Unknown.word()});
    tx.record(actions::REFUSED, unknown_object(key, email)?, None::<&()>, Some(&after))?;
    Ok(refused().committed())
}

pub(super) fn unknown_object(key: &Key, email: &Email) -> Result<String> {
    let digest = key.derive("unknown-address/1", &[email.key().as_bytes()])?;
    Ok(format!(
        "address:{}",
        HEXLOWER.encode(digest.first_chunk::<8>().map_or(&[], |bytes| bytes.as_slice()))
    ))
}

/// What decides how far a right password leads this user.
pub(super) fn standing(conn: &Connection, user: i64, initial: bool) -> Result<Standing> {
    let has_factor = !store::factor::list(conn, user)?.is_empty();
    Ok(Standing { initial, has_factor, require_mfa: requires_mfa(conn)? })
}

/// Queues a mail to a user, in their language.
pub(super) fn write_to(
    tx: &Tx<'_>,
    user: &User,
    template: &'static Template,
    params: Value,
    default: Lang,
) -> Result<()> {
    let language = user.language.unwrap_or(default);
    let mail = NewMail {
        template,
        to: &user.email,
        language,
        cause: object(user),
        params,
        link: None,
        reply_tag: None,
    };
    outbox::queue(tx, &mail)?;
    Ok(())
}

pub(super) fn object(user: &User) -> String {
    format!("user:{}", user.email)
}
