//! Who may do what: rights, menus, the access matrix, and the one gate that every read and write passes.

pub mod grants;
mod rules;
mod store;

use crate::platform::actor::{Actor, Principal};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};

pub use rules::{Access, Denial, Standing, allows, decide};

crate::coded! {
    /// A right of a user at an institution (K-021..K-024).
    pub enum Right("right") {
        /// Creates and maintains users; everything else too. Granted by the provider alone (K-021).
        Administrator => "administrator",
        /// Edits contacts (K-023).
        Editor => "editor",
        /// Sees information (K-022).
        Reader => "reader",
        /// Sees KPI reports (K-024), given a B-number (K-151).
        Reports => "reports",
    }
}

crate::coded! {
    /// A menu of the portal, as the access matrix names them (K-046).
    pub enum Menu("menu") {
        /// Information.
        Information => "information",
        /// Kundeaftaler.
        Agreements => "agreements",
        /// Møder.
        Meetings => "meetings",
        /// Aktionslister.
        Actions => "actions",
        /// Drejebøger.
        Playbooks => "playbooks",
        /// Stamdata.
        MasterData => "master-data",
        /// Rapporter.
        Reports => "reports",
        /// Kontaktpersoner.
        Contacts => "contacts",
        /// Brugeradministration.
        Users => "users",
    }
}

/// The gate for what belongs to an institution: may this actor open this menu there?
///
/// To someone without any right there, the institution does not exist (4); with a right that does not open the
/// menu, the refusal says so (6).
pub fn authorise(conn: &Connection, actor: &Actor, menu: Menu, tenant: (i64, &str)) -> Result<()> {
    let (id, code) = tenant;
    let email = match &actor.effective {
        Principal::Operator | Principal::Job(_) | Principal::Provider(_) => return Ok(()),
        Principal::User(email) => email,
        Principal::Signatory(_) => return Err(Error::not_found("tenant", code)),
    };
    let standing = store::standing(conn, email, id)?.ok_or_else(|| Error::not_found("tenant", code))?;
    if standing.rights.is_empty() && standing.staff.is_none() {
        return Err(Error::not_found("tenant", code));
    }
    match decide(&standing, menu) {
        Access::Allowed { .. } => Ok(()),
        Access::Denied(denial) => Err(denial.error(email, code, menu)),
    }
}

/// The institutions whose things of this menu the actor may see; `None` for all of them. Without any, the refusal says
/// what is missing (6).
pub fn places(conn: &Connection, actor: &Actor, menu: Menu) -> Result<Option<Vec<i64>>> {
    let open = open_places(conn, actor, menu)?;
    Ok(open.map(|open| open.into_iter().map(|(id, _)| id).collect()))
}

/// As [`places`], each with its code.
pub fn open_places(conn: &Connection, actor: &Actor, menu: Menu) -> Result<Option<Vec<(i64, String)>>> {
    let Some(email) = user_of(actor)? else { return Ok(None) };
    let (mut open, mut denied) = (Vec::new(), None);
    for (id, code, standing) in store::standings(conn, email)? {
        match decide(&standing, menu) {
            Access::Allowed { .. } => open.push((id, code)),
            Access::Denied(denial) => denied = denied.or(Some((denial, code))),
        }
    }
    match (open.is_empty(), denied) {
        (false, _) => Ok(Some(open)),
        (true, Some((denial, code))) => Err(denial.error(email, &code, menu)),
        (true, None) => {
            let message = format!("{email} has no right at any institution");
            Err(Error::refused("rights.refused", message))
        }
    }
}

/// The institutions where the actor has any right at all; `None` for all of them.
pub fn known_places(conn: &Connection, actor: &Actor) -> Result<Option<Vec<i64>>> {
    let Some(email) = user_of(actor)? else { return Ok(None) };
    Ok(Some(store::standings(conn, email)?.into_iter().map(|(id, ..)| id).collect()))
}

/// The gate for what only the provider may do ("P" in CLI.md §3).
pub fn provider_only(actor: &Actor) -> Result<()> {
    match &actor.effective {
        Principal::Operator | Principal::Job(_) | Principal::Provider(_) => Ok(()),
        Principal::User(email) => Err(Error::refused(
            "rights.refused",
            format!("{email} may not do this: it is for the provider alone"),
        )),
        Principal::Signatory(_) => Err(dashboard_only()),
    }
}

/// The user whose rights have to be asked for; `None` for whoever may everything.
fn user_of(actor: &Actor) -> Result<Option<&str>> {
    match &actor.effective {
        Principal::Operator | Principal::Job(_) | Principal::Provider(_) => Ok(None),
        Principal::User(email) => Ok(Some(email)),
        Principal::Signatory(_) => Err(dashboard_only()),
    }
}

/// A signatory's link opens the dashboard, its documents and their signing, and nothing else.
pub fn dashboard_only() -> Error {
    Error::refused("rights.refused", "the link to the agreements opens nothing else")
        .hint("`portalctl agreement dashboard --token-stdin` shows what it opens")
}

/// What a user is and may at an institution; `None` for an unknown address.
pub fn standing(conn: &Connection, email: &str, tenant: i64) -> Result<Option<Standing>> {
    store::standing(conn, email, tenant)
}
