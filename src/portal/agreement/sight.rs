//! Who sees which agreements: the provider all, a customer those in force or ended, anyone else none.

use std::collections::HashMap;

use super::{Agreement, rules, store};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::portal::access::{self, Menu};
use crate::portal::tenant::{Tenant, service as tenant_service};

/// The institution of this name, where the actor may open its agreements.
pub fn tenant_for(conn: &Connection, actor: &Actor, name: &str) -> Result<Tenant> {
    tenant_service::resolve_for(conn, actor, Menu::Agreements, name)
}

/// Whom the actor sees the agreements of, asked once per institution.
#[derive(Default)]
pub struct Sight(HashMap<i64, Seen>);

/// Which agreements of one institution are seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// None.
    Nothing,
    /// Those in force or ended: a customer.
    InForce,
    /// All of them: the provider.
    All,
}

impl Sight {
    /// Whether the actor sees this agreement.
    pub fn sees(&mut self, conn: &Connection, actor: &Actor, agreement: &Agreement) -> Result<bool> {
        let seen = match self.0.get(&agreement.tenant_id) {
            Some(seen) => *seen,
            None => {
                let seen = match sight(conn, actor, agreement) {
                    Ok(seen) => seen,
                    Err(e) if matches!(e.exit(), Exit::NotFound | Exit::Refused) => Seen::Nothing,
                    Err(e) => return Err(e),
                };
                self.0.insert(agreement.tenant_id, seen);
                seen
            }
        };
        Ok(match seen {
            Seen::Nothing => false,
            Seen::InForce => rules::customer_sees(agreement.state),
            Seen::All => true,
        })
    }
}

fn sight(conn: &Connection, actor: &Actor, agreement: &Agreement) -> Result<Seen> {
    access::authorise(conn, actor, Menu::Agreements, (agreement.tenant_id, &agreement.tenant))?;
    let Principal::User(email) = &actor.effective else { return Ok(Seen::All) };
    let standing = access::standing(conn, email, agreement.tenant_id)?;
    let staff = standing.is_some_and(|standing| standing.staff.is_some());
    Ok(if staff { Seen::All } else { Seen::InForce })
}

/// An agreement that the actor may see. To anyone else it does not exist.
pub fn visible(conn: &Connection, actor: &Actor, id: i64) -> Result<Agreement> {
    let agreement = store::find(conn, id)?.ok_or_else(|| unknown(id))?;
    match sight(conn, actor, &agreement) {
        Ok(Seen::All) => Ok(agreement),
        Ok(Seen::InForce) if rules::customer_sees(agreement.state) => Ok(agreement),
        Ok(_) => Err(unknown(id)),
        Err(e) if e.exit() == Exit::NotFound => Err(unknown(id)),
        Err(e) => Err(e),
    }
}

/// There is no such agreement, or not for this actor.
pub fn unknown(id: i64) -> Error {
    Error::not_found("agreement", id).hint("`portalctl agreement list` shows them all")
}
