//! On whose side of a ticket someone acts, and under which name.

use super::Ticket;
use super::rules::By;
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::portal::access;
use crate::portal::user::{self, User};
use crate::values::Email;

/// How the portals call the provider's people in a thread (S-007).
const RESPONSIBLE: &str = "Ansvarlig";

/// Who acts on a ticket.
#[derive(Debug, Clone)]
pub enum Party {
    /// The provider's operator.
    Operator,
    /// A job.
    System,
    /// One of the provider's staff.
    Staff(User),
    /// Someone of an institution.
    Requester(User),
}

/// On whose side this actor stands.
pub fn acting(conn: &Connection, actor: &Actor) -> Result<Party> {
    match &actor.effective {
        Principal::Operator => Ok(Party::Operator),
        Principal::Job(_) => Ok(Party::System),
        Principal::Signatory(_) => Err(access::dashboard_only()),
        Principal::Provider(email) | Principal::User(email) => {
            let email: Email = email.parse().map_err(Error::from)?;
            let user = user::service::resolve(conn, &email)?;
            Ok(if user.staff.is_some() { Party::Staff(user) } else { Party::Requester(user) })
        }
    }
}

/// The provider's side: the operator, jobs and all of the staff. Anyone else is refused (6).
pub fn of_provider(conn: &Connection, actor: &Actor) -> Result<Party> {
    let party = acting(conn, actor)?;
    match &party {
        Party::Requester(user) => Err(Error::refused(
            "rights.refused",
            format!("{} may not do this: it is for the provider's staff", user.email),
        )),
        _ => Ok(party),
    }
}

impl Party {
    /// Whether this is the provider's side.
    pub fn is_provider(&self) -> bool {
        !matches!(self, Party::Requester(_))
    }

    /// Whose steps of the table these are.
    pub fn by(&self) -> By {
        if self.is_provider() { By::Provider } else { By::Requester }
    }

    /// Whether the ticket is there for this one: to a requester their own, while they have any right at its institution.
    pub fn may_see(&self, ticket: &Ticket) -> bool {
        match self {
            Party::Requester(user) => {
                user.id == ticket.requester_id && user.rights.iter().any(|held| held.tenant == ticket.tenant)
            }
            _ => true,
        }
    }

    /// The author's row; `None` for the operator and jobs.
    pub fn id(&self) -> Option<i64> {
        match self {
            Party::Staff(user) | Party::Requester(user) => Some(user.id),
            Party::Operator | Party::System => None,
        }
    }

    /// The author as the thread shows it.
    pub fn author(&self) -> &str {
        match self {
            Party::Operator | Party::Staff(_) => RESPONSIBLE,
            Party::System => "system",
            Party::Requester(user) => &user.name,
        }
    }
}
