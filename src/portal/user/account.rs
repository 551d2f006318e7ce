//! What users do to their own account, and what logging in leaves behind in it.

use serde::Serialize;

use super::{User, UserStatus, actions, store};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::portal::session;

/// A user as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Me {
    /// The account.
    #[serde(flatten)]
    pub user: User,
    /// What the user wants to hear of.
    #[serde(flatten)]
    pub wishes: Wishes,
}

/// What a user wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Wishes {
    /// Notices inside the portal.
    pub notifications: bool,
    /// Reminders by e-mail.
    pub email_reminders: bool,
}

/// What to change; `None` leaves alone. The address is not among them.
#[derive(Debug, Clone, Default)]
pub struct MyPatch {
    /// The name.
    pub name: Option<String>,
    /// The language; an inner `None` follows the installation.
    pub language: Option<Option<Lang>>,
    /// Notices inside the portal.
    pub notifications: Option<bool>,
    /// Reminders by e-mail.
    pub email_reminders: Option<bool>,
}

/// The user whose session this is, as they see themselves.
pub fn mine(conn: &Connection, session: i64) -> Result<Me> {
    me(conn, session::read(conn, session)?.user_id)
}

fn me(conn: &Connection, id: i64) -> Result<Me> {
    Ok(Me { user: store::find(conn, id)?, wishes: store::wishes(conn, id)? })
}

/// Changes what users change themselves, in a session of their own. Answers with whether anything changed.
pub fn update_mine(tx: &Tx<'_>, session: i64, patch: MyPatch) -> Result<(bool, Me)> {
    let id = session::read(tx, session)?.user_id;
    let before = me(tx, id)?;
    let user = before.user.clone();
    let after = Me {
        user: User {
            name: patch.name.unwrap_or_else(|| user.name.clone()),
            language: patch.language.unwrap_or(user.language),
            ..user
        },
        wishes: Wishes {
            notifications: patch.notifications.unwrap_or(before.wishes.notifications),
            email_reminders: patch.email_reminders.unwrap_or(before.wishes.email_reminders),
        },
    };
    if after == before {
        return Ok((false, before));
    }
    store::update(tx, &after.user)?;
    store::set_wishes(tx, id, after.wishes)?;
    tx.record(actions::UPDATE, format!("user:{}", after.user.email), Some(&before), Some(&after))?;
    Ok((true, after))
}

/// Opens the account of a user who came in for the first time. The caller records how.
pub fn activate(tx: &Tx<'_>, user: &User) -> Result<()> {
    match user.status {
        UserStatus::Invited => store::activate(tx, user.id),
        UserStatus::Active | UserStatus::Disabled => Ok(()),
    }
}

/// Notes a login. The caller records it.
pub fn note_login(tx: &Tx<'_>, id: i64) -> Result<()> {
    store::set_last_login(tx, id)
}

/// Notes which second step is in use. The caller records it.
pub fn note_mfa(tx: &Tx<'_>, id: i64, mfa: Option<&str>) -> Result<()> {
    store::set_mfa(tx, id, mfa)
}
