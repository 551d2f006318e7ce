//! Sessions of logged-in users: who holds a session file, how far they have come, and when it ends.
//!
//! The file holds a random token, the row its hash. A session ends when it is not used for a while, after a set time,
//! and whenever its user logs out, changes the password, is shut out or loses the second step.

pub mod store;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::secret::codes::SessionToken;
use crate::platform::settings;
use crate::portal::link;
use crate::values::utc_text;

crate::coded! {
    /// How far a session has come; all but an active one can do nothing but what leads on.
    pub enum SessionState("session-state") {
        /// Logged in.
        Active => "active",
        /// The password was right; the code is awaited.
        CodeRequired => "code-required",
        /// Two steps are required and not set up yet.
        EnrolmentRequired => "enrolment-required",
        /// The password is an initial one and must be changed first.
        PasswordChangeRequired => "password-change-required",
    }
}

crate::coded! {
    /// A second step.
    pub enum Method("method") {
        /// An authenticator app.
        App => "app",
        /// A code by SMS.
        Sms => "sms",
        /// The emergency code.
        Emergency => "emergency",
    }
}

/// Why sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The user logged out.
    Logout,
    /// Someone ended it from outside.
    Revoked,
    /// The password was changed or reset.
    PasswordChanged,
    /// The second step was reset by the provider.
    MfaReset,
    /// The second step was switched off with the emergency code, and another one is required.
    MfaOff,
    /// A second step was set up in another session, and this one knows the password alone.
    MfaOn,
    /// A new invitation took the old one's place.
    Invited,
    /// The account was shut.
    Disabled,
    /// The code that was to finish the login was wrong.
    WrongCode,
}

impl Ending {
    /// The word that is kept.
    pub fn word(self) -> &'static str {
        match self {
            Ending::Logout => "logout",
            Ending::Revoked => "revoked",
            Ending::PasswordChanged => "password-changed",
            Ending::MfaReset => "mfa-reset",
            Ending::MfaOff => "mfa-off",
            Ending::MfaOn => "mfa-on",
            Ending::Invited => "invited",
            Ending::Disabled => "disabled",
            Ending::WrongCode => "wrong-code",
        }
    }
}

/// A session, ended or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// The row.
    pub id: i64,
    /// Whose it is.
    #[serde(skip)]
    pub user_id: i64,
    /// The user's address.
    pub user: String,
    /// How far it has come.
    pub state: SessionState,
    /// The second step that is awaited or was taken.
    pub method: Option<Method>,
    /// When it began, UTC.
    pub created_at: String,
    /// Its last use, UTC, to the minute.
    pub seen_at: String,
    /// When it ends whatever happens, UTC.
    pub expires_at: String,
}

/// How long a session lasts that has not come all the way.
const LIMITED: Duration = Duration::minutes(30);
/// How often its use is noted.
const NOTED_EVERY: Duration = Duration::minutes(1);

/// Begins a session; answers with its row and the token for the session file.
pub fn issue(
    tx: &Tx<'_>,
    user: i64,
    state: SessionState,
    method: Option<Method>,
) -> Result<(Session, SessionToken)> {
    tx.unrecorded(|tx| store::delete_over(tx, user, &utc_text(tx.now() - link::KEPT)))?;
    let token = SessionToken::from_bytes(tx.random()?);
    let expires_at = end_of(tx, state)?;
    let id = store::insert(tx, user, &token.stored(), state, method, &utc_text(expires_at))?;
    Ok((store::find(tx, id)?, token))
}

/// Brings a session on: to the next thing that is required, or all the way. Answers with it as it is now.
pub fn advance(tx: &Tx<'_>, id: i64, state: SessionState, method: Option<Method>) -> Result<Session> {
    store::set_state(tx, id, state, method, &utc_text(end_of(tx, state)?))?;
    store::find(tx, id)
}

fn end_of(tx: &Tx<'_>, state: SessionState) -> Result<DateTime<Utc>> {
    let whole = Duration::hours(settings::SESSION_HOURS.int(tx)?);
    Ok(tx.now() + if state == SessionState::Active { whole } else { LIMITED.min(whole) })
}

/// A session by its row, ended or not.
pub fn read(conn: &Connection, id: i64) -> Result<Session> {
    store::find(conn, id)
}

/// The session of a token, if it has not ended.
pub fn find(conn: &Connection, token: &SessionToken, now: DateTime<Utc>) -> Result<Option<Session>> {
    store::find_live(conn, &token.stored(), &utc_text(now), &idle_since(conn, now)?)
}

/// A session by its row, if it has not ended.
pub fn find_live(conn: &Connection, id: i64, now: DateTime<Utc>) -> Result<Option<Session>> {
    store::find_live_by_id(conn, id, &utc_text(now), &idle_since(conn, now)?)
}

/// The sessions that have not ended, of a user or of everyone, the latest first.
pub fn list_live(conn: &Connection, user: Option<i64>, now: DateTime<Utc>) -> Result<Vec<Session>> {
    store::list_live(conn, user, &utc_text(now), &idle_since(conn, now)?)
}

/// Whether a session's use has to be noted again.
pub fn wants_touch(session: &Session, now: DateTime<Utc>) -> bool {
    utc_text(now - NOTED_EVERY) >= session.seen_at
}

/// Notes that a session was used. That is no business, and leaves no record.
pub fn touch(tx: &Tx<'_>, id: i64) -> Result<()> {
    tx.unrecorded(|tx| store::touch(tx, id))
}

/// Ends one session; answers with whether it was there to end. The caller records why.
pub fn end(tx: &Tx<'_>, id: i64, why: Ending) -> Result<bool> {
    Ok(store::end(tx, id, why.word())? > 0)
}

/// Ends every session of a user, save one if asked to; answers with how many ended. The caller records why.
pub fn end_all(tx: &Tx<'_>, user: i64, why: Ending, save: Option<i64>) -> Result<usize> {
    bury(tx, Some(user))?;
    store::end_all(tx, Some(user), why.word(), save)
}

/// Ends a user's sessions that have not come all the way with a second step, save one; answers with how many ended. The
/// caller records why.
pub fn end_unstepped(tx: &Tx<'_>, user: i64, save: i64) -> Result<usize> {
    bury(tx, Some(user))?;
    let mut ended = 0;
    for session in list_live(tx, Some(user), tx.now())? {
        let stepped = session.state == SessionState::Active && session.method.is_some();
        if session.id != save && !stepped {
            ended += store::end(tx, session.id, Ending::MfaOn.word())?;
        }
    }
    Ok(ended)
}

/// Takes a session back to where a second step is to be set up: one is required by now, and it was begun without. It
/// lasts no longer than it would have. The caller records why.
pub fn limit(tx: &Tx<'_>, session: &Session) -> Result<()> {
    let state = SessionState::EnrolmentRequired;
    let end = utc_text(end_of(tx, state)?).min(session.expires_at.clone());
    store::set_state(tx, session.id, state, None, &end)
}

/// Notes by which second step a session has shown whose it is; how far it has come and when it ends stay.
pub fn note_step(tx: &Tx<'_>, session: &Session, method: Method) -> Result<Session> {
    store::set_state(tx, session.id, session.state, Some(method), &session.expires_at)?;
    store::find(tx, session.id)
}

/// Ends every session there is, save one if asked to; answers with how many ended. The caller records why.
pub fn end_everyones(tx: &Tx<'_>, why: Ending, save: Option<i64>) -> Result<usize> {
    bury(tx, None)?;
    store::end_all(tx, None, why.word(), save)
}

/// Notes the end of sessions that had ended by themselves, so that no later setting brings them back to life.
fn bury(tx: &Tx<'_>, user: Option<i64>) -> Result<()> {
    let idle_since = idle_since(tx, tx.now())?;
    tx.unrecorded(|tx| store::end_expired(tx, user, "expired", &idle_since)).map(drop)
}

/// A session last used before this has been idle for too long.
fn idle_since(conn: &Connection, now: DateTime<Utc>) -> Result<String> {
    Ok(utc_text(now - Duration::minutes(settings::SESSION_IDLE_MINUTES.int(conn)?)))
}

/// A command for somebody who is logged in, without a session.
pub fn needed() -> Error {
    Error::usage("this is for somebody who is logged in, and no session is named")
        .hint("name the session file with --session FILE; `portalctl auth login EMAIL --out FILE` writes one")
}
