//! Who sees and maintains which users: the provider all, a local administrator those of their own institutions
//! (K-020, K-040), everyone themselves.

use super::{TenantRight, User, UserStatus};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::portal::access::{self, Menu};

/// How much of the users an actor sees.
pub enum Sight {
    /// All of everyone: the provider.
    Everything,
    /// Users with a right at one of these institutions (by code), and only their rights there; and oneself.
    Places {
        /// The codes.
        codes: Vec<String>,
        /// The actor's own address, folded.
        own: String,
    },
}

impl Sight {
    /// What this actor sees.
    pub fn of(conn: &Connection, actor: &Actor) -> Result<Sight> {
        let email = match &actor.effective {
            Principal::User(email) => email,
            Principal::Signatory(_) => return Err(access::dashboard_only()),
            _ => return Ok(Sight::Everything),
        };
        let places = match access::open_places(conn, actor, Menu::Users) {
            Ok(places) => places.unwrap_or_default(),
            Err(error) if error.exit() == Exit::Refused => Vec::new(),
            Err(error) => return Err(error),
        };
        let codes = places.into_iter().map(|(_, code)| code).collect();
        Ok(Sight::Places { codes, own: email.to_lowercase() })
    }

    /// Whether this actor sees all of a user: a local administrator only of those who are nobody else's too, and not of
    /// an account that was shut before it got a right here.
    fn is_whole(&self, user: &User) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Places { own, .. } if user.email.key() == *own => true,
            Sight::Places { codes, .. } => {
                // Times are whole seconds: what happened in the same one is taken to have been before.
                let shut_before = || user.disabled_at.as_deref() <= since(&user.rights);
                user.staff.is_none()
                    && user.rights.iter().all(|held| codes.contains(&held.tenant))
                    && !(user.status == UserStatus::Disabled && shut_before())
            }
        }
    }

    /// The user as this actor sees them; `None` for whom they do not see at all.
    pub fn seen(&self, user: User) -> Option<User> {
        match self {
            Sight::Everything => Some(user),
            Sight::Places { own, .. } if user.email.key() == *own => Some(user),
            Sight::Places { codes, .. } => {
                let here: Vec<_> =
                    user.rights.iter().filter(|held| codes.contains(&held.tenant)).cloned().collect();
                if here.is_empty() {
                    return None;
                }
                if self.is_whole(&user) {
                    return Some(User { rights: here, ..user });
                }
                Some(from_here(user, here))
            }
        }
    }

    /// Whether this actor maintains a user's data: the provider everyone's, a local administrator those of users of whom
    /// they see everything. What belongs to others too is the provider's to change.
    pub fn require_maintained(&self, user: &User) -> Result<()> {
        let Sight::Places { codes, .. } = self else { return Ok(()) };
        let known = user.rights.iter().any(|held| codes.contains(&held.tenant));
        if !known {
            return Err(unknown(user));
        }
        if self.is_whole(user) {
            return Ok(());
        }
        Err(Error::refused(
            "rights.refused",
            format!("the data of {} are the provider's to change", user.email),
        )
        .hint("ask the provider, or grant and take rights at your own institution"))
    }
}

/// A user who has rights elsewhere too, as a local administrator sees them: the address, the name, the rights here, and
/// what happened since the first of these was granted. What was before is told by nothing, so that whoever gives a right
/// to an address that is known elsewhere sees no more than of a new one: an account where nobody has come in so far.
fn from_here(user: User, here: Vec<TenantRight>) -> User {
    let first = since(&here).unwrap_or_default().to_owned();
    // Times are whole seconds: what happened in the same one is taken to have been before.
    let last_login_at = user.last_login_at.filter(|at| *at > first);
    let shut = user.disabled_at.filter(|at| *at > first);
    let status = match user.status {
        UserStatus::Disabled if shut.is_some() => UserStatus::Disabled,
        UserStatus::Active if last_login_at.is_some() => UserStatus::Active,
        UserStatus::Disabled | UserStatus::Active | UserStatus::Invited => UserStatus::Invited,
    };
    User {
        status,
        mfa: user.mfa.filter(|_| last_login_at.is_some()),
        last_login_at,
        created_at: Some(first),
        rights: here,
        b_number: None,
        phone: None,
        title: None,
        language: None,
        disabled_reason: None,
        disabled_at: shut,
        ..user
    }
}

/// When the first of these rights was granted.
fn since(rights: &[TenantRight]) -> Option<&str> {
    rights.iter().map(|held| held.granted_at.as_str()).min()
}

/// To someone without access a user does not exist.
pub fn unknown(user: &User) -> Error {
    Error::not_found("user", &user.email).hint("`portalctl user list` shows all that you may see")
}
