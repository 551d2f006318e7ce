//! Sessions: seen, ended by their user, ended from outside.

use serde::Serialize;
use serde_json::json;

use super::object;
use crate::platform::actor::Actor;
use crate::platform::ctx::Identity;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::portal::access;
use crate::portal::auth::actions;
use crate::portal::auth::identity::own_session;
use crate::portal::session::{self, Ending, Session};
use crate::portal::user::User;
use crate::portal::user::service as users;
use crate::values::Email;

/// A session as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// The session.
    #[serde(flatten)]
    pub session: Session,
    /// It is the one that asks.
    pub current: bool,
}

/// The sessions that have not ended: one's own; of anyone, or of all, to the provider.
pub fn list(
    conn: &Connection,
    actor: &Actor,
    identity: &Identity,
    email: Option<&Email>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<Listed>> {
    let user = match email {
        Some(email) => Some(seen(conn, actor, email)?.id),
        None if identity.session.is_some() => Some(own_session(conn, identity)?.1.id),
        None => {
            access::provider_only(actor)?;
            None
        }
    };
    let sessions = session::list_live(conn, user, now)?;
    let current = |session: &Session| identity.session == Some(session.id);
    Ok(sessions.into_iter().map(|session| Listed { current: current(&session), session }).collect())
}

/// Someone whose sessions the actor may see and end: oneself, or anyone to the provider.
fn seen(conn: &Connection, actor: &Actor, email: &Email) -> Result<User> {
    if actor.user().is_none_or(|own| own.to_lowercase() != email.key()) {
        access::provider_only(actor)?;
    }
    users::resolve(conn, email)
}

/// Ends the session that asks.
pub fn logout(tx: &Tx<'_>, identity: &Identity) -> Result<Session> {
    let (session, user) = own_session(tx, identity)?;
    session::end(tx, session.id, Ending::Logout)?;
    tx.record(actions::LOGOUT, object(&user), None::<&()>, Some(&json!({"session": session.id})))?;
    Ok(session)
}

/// Ends every session of a user: one's own, or anyone's to the provider. Answers with how many ended.
pub fn revoke(tx: &Tx<'_>, email: &Email) -> Result<(usize, User)> {
    let user = seen(tx, tx.actor(), email)?;
    let ended = session::end_all(tx, user.id, Ending::Revoked, None)?;
    if ended > 0 {
        tx.record(actions::REVOKE, object(&user), None::<&()>, Some(&json!({"sessions_ended": ended})))?;
    }
    Ok((ended, user))
}

/// Ends every session of everyone (P), save the one that asks.
pub fn revoke_all(tx: &Tx<'_>, save: Option<i64>) -> Result<usize> {
    access::provider_only(tx.actor())?;
    let ended = session::end_everyones(tx, Ending::Revoked, save)?;
    if ended > 0 {
        tx.record(actions::REVOKE, "session:all", None::<&()>, Some(&json!({"sessions_ended": ended})))?;
    }
    Ok(ended)
}
