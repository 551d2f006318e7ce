//! On whose side of a ticket someone acts, and under which name.

use super::Ticket;
use super::rules::By;
use super::store::{share, sight};
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

    /// Whether the ticket is there for this one: to people of an institution their own and those shared with them,
    /// while they have any right there (S-014).
    pub fn may_see(&self, conn: &Connection, ticket: &Ticket) -> Result<bool> {
        let Party::Requester(user) = self else { return Ok(true) };
        if !sight::has_place(user, ticket) {
            return Ok(false);
        }
        Ok(user.id == ticket.requester_id || share::is_shared(conn, ticket.id, user.id)?)
    }

    /// Whether this one asked for it, be it one of the staff.
    pub fn asked(&self, ticket: &Ticket) -> bool {
        self.id() == Some(ticket.requester_id)
    }

    /// Refuses whom a ticket is only shared with what is for who asked and for the provider: to close and to share it.
    pub fn require_own(&self, ticket: &Ticket, does: &str) -> Result<()> {
        if self.is_provider() || self.asked(ticket) {
            return Ok(());
        }
        Err(Error::refused(
            "rights.refused",
            format!("{} is shared with you; only its requester {does} it", ticket.number),
        )
        .hint("reply to it, and say what you wish"))
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
