//! One-time codes: the digits of an SMS, and the initial password of a mail.
//!
//! The row is all there is; the code is derived from it and the key file when its message is rendered and when it is
//! checked. Once it can serve no more, its nonce is erased, and nobody can derive it again.

pub mod mail;
pub mod store;

use chrono::{DateTime, Duration, Utc};

use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::platform::outbox::{self, Template};
use crate::platform::secret::Key;
use crate::platform::secret::codes::{SmsCode, initial_password};
use crate::platform::secret::password::Password;
use crate::portal::link;
use crate::values::{Coded, E164, utc_text};

crate::coded! {
    /// What a code is for.
    pub enum CodePurpose("code-purpose") {
        /// The second step of a login.
        Login => "login",
        /// Proves that a number is the user's.
        Enrolment => "enrolment",
        /// The password with which a new user first comes in (K-033, K-065).
        InitialPassword => "initial-password",
    }
}

/// A code's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The row.
    pub id: i64,
    /// What it is for.
    pub purpose: CodePurpose,
    /// Whose it is.
    pub user: i64,
    /// What it is derived from; `None` once that was erased.
    pub nonce: Option<Vec<u8>>,
    /// To which number, for an SMS.
    pub phone: Option<String>,
    /// How many wrong ones were typed.
    pub tries: i64,
}

/// How many wrong ones end a code.
pub const TRIES: i64 = 5;
/// How long the code of an SMS stands.
pub const SMS_VALID: Duration = Duration::minutes(5);
/// How soon the next SMS may follow.
pub const SMS_PAUSE: Duration = Duration::seconds(60);
/// How many SMS an hour a user, and a number, is sent for one purpose.
pub const SMS_PER_HOUR: i64 = 5;

/// Makes a new code; the user's older ones of that purpose end, and their messages are taken back.
pub fn issue(
    tx: &Tx<'_>,
    user: i64,
    purpose: CodePurpose,
    phone: Option<&E164>,
    valid: Duration,
) -> Result<i64> {
    revoke_all(tx, user, purpose)?;
    tx.unrecorded(|tx| store::delete_over(tx, user, &utc_text(tx.now() - link::KEPT)))?;
    let nonce: [u8; 16] = tx.random()?;
    store::insert(tx, user, purpose, phone, &nonce, &utc_text(tx.now() + valid))
}

impl CodePurpose {
    /// The message that carries such a code.
    pub fn template(self) -> &'static Template {
        match self {
            CodePurpose::Login | CodePurpose::Enrolment => &mail::SMS,
            CodePurpose::InitialPassword => &mail::INITIAL_PASSWORD,
        }
    }
}

/// Ends a user's codes of a purpose and takes back the messages that would still hand them out.
pub fn revoke_all(tx: &Tx<'_>, user: i64, purpose: CodePurpose) -> Result<usize> {
    let live = store::list_open(tx, user, purpose)?;
    for id in &live {
        store::revoke(tx, *id)?;
        outbox::cancel_by_code(tx, purpose.template(), *id)?;
    }
    Ok(live.len())
}

/// Ends every code of a user, an initial password among them; answers with how many ended.
pub fn end_all(tx: &Tx<'_>, user: i64) -> Result<usize> {
    CodePurpose::all().iter().try_fold(0, |ended, purpose| Ok(ended + revoke_all(tx, user, *purpose)?))
}

/// The digits of an SMS, while they open something.
pub fn sms(conn: &Connection, key: &Key, id: i64, now: &str) -> Result<Option<SmsCode>> {
    let Some(code) = store::find_live(conn, id, now)? else { return Ok(None) };
    let Some(nonce) = code.nonce.filter(|_| code.purpose != CodePurpose::InitialPassword) else {
        return Ok(None);
    };
    SmsCode::derive(key, id, &nonce).map(Some)
}

/// An initial password, while it has not been sent and is valid.
pub fn initial(conn: &Connection, key: &Key, id: i64, now: &str) -> Result<Option<Password>> {
    let Some(code) = store::find_live(conn, id, now)? else { return Ok(None) };
    let Some(nonce) = code.nonce.filter(|_| code.purpose == CodePurpose::InitialPassword) else {
        return Ok(None);
    };
    initial_password(key, id, &nonce).map(Some)
}

/// When the next SMS of a purpose may go to this user and this number; `None` where it may now. Logins and enrolments
/// are counted apart: a number can be enrolled by anyone, and that must not shut out whose login it is for.
pub fn sms_wait(
    conn: &Connection,
    user: i64,
    purpose: CodePurpose,
    phone: &E164,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let hour = utc_text(now - Duration::hours(1));
    let mut until: Option<DateTime<Utc>> = None;
    for sent in
        [store::sent_to_user(conn, user, purpose, &hour)?, store::sent_to_phone(conn, phone, purpose, &hour)?]
    {
        let last = sent.first().map(|last| *last + SMS_PAUSE);
        // With as many as an hour holds, the oldest of them must be an hour old.
        let oldest = sent.get((SMS_PER_HOUR - 1) as usize).map(|oldest| *oldest + Duration::hours(1));
        until = until.max(last).max(oldest);
    }
    Ok(until.filter(|until| *until > now))
}
