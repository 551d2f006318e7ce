//! Who sees which agreements: the provider all, a customer those in force or ended, a signatory also what was sent to be
//! signed, anyone else none.

use std::collections::HashMap;

use super::{Agreement, State, rules, store};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::portal::access::{self, Menu};
use crate::portal::signatory::{Signatory, store as signatories};
use crate::portal::tenant::{Tenant, service as tenant_service};
use crate::portal::user::{UserStatus, store as users};
use crate::values::Email;

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
    Ok(if actor.is_provider() { Seen::All } else { Seen::InForce })
}

/// An agreement that the actor may see. To anyone else it does not exist.
pub fn visible(conn: &Connection, actor: &Actor, id: i64) -> Result<Agreement> {
    let agreement = store::find(conn, id)?.ok_or_else(|| unknown(id))?;
    if agreement.state != State::Draft && signatory(conn, actor, &agreement)?.is_some() {
        return Ok(agreement);
    }
    match sight(conn, actor, &agreement) {
        Ok(Seen::All) => Ok(agreement),
        Ok(Seen::InForce) if rules::customer_sees(agreement.state) => Ok(agreement),
        Ok(_) => Err(unknown(id)),
        Err(e) if e.exit() == Exit::NotFound => Err(unknown(id)),
        Err(e) => Err(e),
    }
}

/// The signatory of this agreement, where the actor is that person: whoever brought the link of one, at the link's
/// institution, or is logged in with the address of one (K-054).
pub fn signatory(conn: &Connection, actor: &Actor, agreement: &Agreement) -> Result<Option<Signatory>> {
    let scope = agreement.kind.scope();
    let held = held(conn, actor)?.unwrap_or_default();
    Ok(held.into_iter().find(|held| held.tenant_id == agreement.tenant_id && held.scope == scope))
}

/// What the actor may sign at present; `None` where the actor is no person. Whose account is disabled signs nothing.
pub fn held(conn: &Connection, actor: &Actor) -> Result<Option<Vec<Signatory>>> {
    let (email, tenant) = match &actor.effective {
        Principal::Operator | Principal::Job(_) => return Ok(None),
        Principal::Provider(email) | Principal::User(email) => (email.parse::<Email>()?, None),
        Principal::Signatory(holder) => {
            let own = signatories::find(conn, holder.signatory)?;
            (own.email, Some(own.tenant_id))
        }
    };
    match is_shut(conn, &email)? {
        true => Ok(Some(Vec::new())),
        false => signatories::held_by(conn, &email, tenant).map(Some),
    }
}

/// Whether somebody has an account that is disabled.
pub fn is_shut(conn: &Connection, email: &Email) -> Result<bool> {
    let user = users::find_by_email(conn, email)?;
    Ok(user.is_some_and(|user| user.status == UserStatus::Disabled))
}

/// There is no such agreement, or not for this actor.
pub fn unknown(id: i64) -> Error {
    Error::not_found("agreement", id).hint("`portalctl agreement list` shows them all")
}
