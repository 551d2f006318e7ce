//! Who sees and maintains which users: the provider all, a local administrator those of their own institutions
//! (K-020, K-040), everyone themselves.

use super::User;
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

    /// Whether this actor sees all of a user: a local administrator only of those who are nobody else's too.
    pub fn is_whole(&self, user: &User) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Places { own, .. } if user.email.key() == *own => true,
            Sight::Places { codes, .. } => {
                user.staff.is_none() && user.rights.iter().all(|held| codes.contains(&held.tenant))
            }
        }
    }

    /// The user as this actor sees them; `None` for whom they do not see at all. Of users who have rights elsewhere too
    /// a local administrator sees the address, the name, the status and the rights here.
    pub fn seen(&self, user: User) -> Option<User> {
        match self {
            Sight::Everything => Some(user),
            Sight::Places { own, .. } if user.email.key() == *own => Some(user),
            Sight::Places { codes, .. } => {
                let rights: Vec<_> =
                    user.rights.iter().filter(|held| codes.contains(&held.tenant)).cloned().collect();
                if rights.is_empty() {
                    return None;
                }
                if self.is_whole(&user) {
                    return Some(User { rights, ..user });
                }
                Some(User {
                    rights,
                    b_number: None,
                    phone: None,
                    title: None,
                    language: None,
                    disabled_reason: None,
                    mfa: None,
                    last_login_at: None,
                    created_at: None,
                    ..user
                })
            }
        }
    }

    /// Whether this actor maintains a user's data: the provider everyone's, a local administrator those of users whose
    /// every right is at their own institutions. What belongs to others too is the provider's to change.
    pub fn require_maintained(&self, user: &User) -> Result<()> {
        let Sight::Places { codes, .. } = self else { return Ok(()) };
        let known = user.rights.iter().any(|held| codes.contains(&held.tenant));
        if !known {
            return Err(unknown(user));
        }
        if user.staff.is_none() && user.rights.iter().all(|held| codes.contains(&held.tenant)) {
            return Ok(());
        }
        Err(Error::refused(
            "rights.refused",
            format!("the data of {} are the provider's to change", user.email),
        )
        .hint("ask the provider, or grant and take rights at your own institution"))
    }
}

/// To someone without access a user does not exist.
pub fn unknown(user: &User) -> Error {
    Error::not_found("user", &user.email).hint("`portalctl user list` shows all that you may see")
}
