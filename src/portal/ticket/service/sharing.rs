//! Sharing a ticket inside its institution (S-013..S-018).

use serde_json::json;

use super::posting::entry;
use super::{Desk, belongs, detail, resolve};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::portal::ticket::TicketStatus::Closed;
use crate::portal::ticket::store::{self, share as sql};
use crate::portal::ticket::view::TicketDetail;
use crate::portal::ticket::{EntryKind, Ticket, actions, notify, rules};
use crate::portal::user::{self, User, UserStatus};
use crate::values::Email;

/// What sharing a ticket would do.
#[derive(Debug)]
pub struct Plan {
    /// The ticket.
    pub ticket: Ticket,
    /// With whom it would be shared, who do not see it yet.
    pub new: Vec<User>,
}

/// Looks at whom a ticket is to be shared with, before anyone is asked to confirm it (S-016).
pub fn plan(conn: &Connection, actor: &Actor, number: &str, with: &[Email]) -> Result<Plan> {
    let (party, ticket) = resolve(conn, actor, number)?;
    party.require_own(&ticket, "shares")?;
    let shared = sql::users(conn, ticket.id)?;
    let mut new: Vec<User> = Vec::new();
    for email in with {
        let user = colleague(conn, email, &ticket.tenant)?;
        let sees = user.id == ticket.requester_id || shared.contains(&user.id);
        if !sees && !new.iter().any(|other| other.id == user.id) {
            new.push(user);
        }
    }
    if ticket.status == Closed && !new.is_empty() {
        return Err(rules::closed(&ticket.number));
    }
    Ok(Plan { ticket, new })
}

/// Shares a ticket with users of its institution, who then see it and add to it (S-014) and are told (S-018). A closed
/// one is shared no more (C-13). Answers with whether anything changed.
pub fn share(tx: &Tx<'_>, number: &str, with: &[Email], desk: &Desk) -> Result<(bool, TicketDetail)> {
    let (party, before) = resolve(tx, tx.actor(), number)?;
    let Plan { new, .. } = plan(tx, tx.actor(), number, with)?;
    if new.is_empty() {
        return Ok((false, detail(tx, &party, before)?));
    }
    let shared = sql::shared_with(tx, before.id)?;
    let after = Ticket { updated_at: tx.now_text(), ..before.clone() };
    store::update(tx, &after)?;
    for user in &new {
        sql::insert(tx, after.id, user.id)?;
        entry(tx, &after, &party, EntryKind::Sharing, user.email.as_str())?;
        notify::shared(tx, &party, &after, user, desk)?;
    }
    record(tx, &after, &shared, true)?;
    Ok((true, detail(tx, &party, after)?))
}

/// Shares a ticket with these users no longer. Whom it is shared with can leave it. A closed one keeps its thread as it
/// is. Answers with whether anything changed.
pub fn unshare(tx: &Tx<'_>, number: &str, with: &[Email]) -> Result<(bool, TicketDetail)> {
    let (party, before) = resolve(tx, tx.actor(), number)?;
    let mut leaving: Vec<User> = Vec::new();
    for email in with {
        let Some(user) = user::store::find_by_email(tx, email)? else { continue };
        if sql::is_shared(tx, before.id, user.id)? && !leaving.iter().any(|other| other.id == user.id) {
            leaving.push(user);
        }
    }
    if leaving.iter().any(|user| party.id() != Some(user.id)) {
        party.require_own(&before, "shares")?;
    }
    if leaving.is_empty() {
        return Ok((false, detail(tx, &party, before)?));
    }
    let shared = sql::shared_with(tx, before.id)?;
    let open = before.status != Closed;
    let after = if open { Ticket { updated_at: tx.now_text(), ..before } } else { before };
    if open {
        store::update(tx, &after)?;
    }
    for user in &leaving {
        sql::delete(tx, after.id, user.id)?;
        if open {
            entry(tx, &after, &party, EntryKind::Sharing, &format!("-{}", user.email))?;
        }
    }
    record(tx, &after, &shared, false)?;
    Ok((true, detail(tx, &party, after)?))
}

/// The user of this address, where the institution has one who can see tickets. About anyone else nothing is told, be
/// they unknown, disabled or another institution's.
fn colleague(conn: &Connection, email: &Email, tenant: &str) -> Result<User> {
    let user = user::store::find_by_email(conn, email)?;
    user.filter(|user| user.status != UserStatus::Disabled && user.staff.is_none() && belongs(user, tenant))
        .ok_or_else(|| {
            Error::refused("ticket.share", format!("{email} is not one of {tenant}'s users"))
                .hint("a ticket is shared with users of its own institution only")
        })
}

fn record(tx: &Tx<'_>, ticket: &Ticket, before: &[String], shared: bool) -> Result<()> {
    let now = sql::shared_with(tx, ticket.id)?;
    let action = if shared { actions::SHARE } else { actions::UNSHARE };
    let (before, after) = (json!({"shared_with": before}), json!({"shared_with": now}));
    tx.record(action, ticket.object(), Some(&before), Some(&after))
}
