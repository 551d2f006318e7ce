//! The types of tickets (S-003): a catalogue that the provider keeps.

use serde::Serialize;

use super::{actions, store};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, OrNotFound, Result};
use crate::portal::access;
use crate::values::Invalid;

crate::coded! {
    /// Whether a type is given to new tickets.
    pub enum TypeStatus("status") {
        /// It is.
        Active => "active",
        /// It is kept for the tickets that have it.
        Retired => "retired",
    }
}

/// A type of ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TicketType {
    /// The row.
    #[serde(skip)]
    pub id: i64,
    /// Its stable code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Whether it is in use.
    pub status: TypeStatus,
}

/// The code of a type: lower-case letters, digits and single hyphens.
pub fn parse_code(text: &str) -> Result<String, Invalid> {
    let code = text.trim().to_lowercase();
    let fits = !code.is_empty()
        && code.len() <= 60
        && code.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
    if fits {
        return Ok(code);
    }
    let rule = "it has up to 60 letters a-z, digits and single hyphens between them";
    Err(Invalid::new("ticket-type.invalid", "the code of a ticket type", text, rule, "user-access"))
}

/// All types by code.
pub fn list(conn: &Connection) -> Result<Vec<TicketType>> {
    store::kind::list(conn)
}

/// The type with this code.
pub fn resolve(conn: &Connection, code: &str) -> Result<TicketType> {
    store::kind::find(conn, &code.trim().to_lowercase())?
        .or_not_found("ticket type", code)
        .map_err(|error| error.hint("`portalctl ticket type list` shows them all"))
}

/// The type with this code, which new tickets may have.
pub fn resolve_active(conn: &Connection, code: &str) -> Result<TicketType> {
    let kind = resolve(conn, code)?;
    match kind.status {
        TypeStatus::Active => Ok(kind),
        TypeStatus::Retired => {
            Err(Error::conflict("ticket-type.retired", format!("ticket type {} is retired", kind.code))
                .hint("choose one that `portalctl ticket type list` shows as active"))
        }
    }
}

/// Creates a type. With `if_not_exists` one that is there and does not differ is taken as it is.
pub fn create(tx: &Tx<'_>, code: &str, name: &str, if_not_exists: bool) -> Result<(bool, TicketType)> {
    access::provider_only(tx.actor())?;
    if let Some(present) = store::kind::find(tx, code)? {
        return match (if_not_exists, present.name == name && present.status == TypeStatus::Active) {
            (true, true) => Ok((false, present)),
            (true, false) => {
                let field = if present.name == name { "status" } else { "name" };
                Err(Error::conflict(
                    "ticket-type.differs",
                    format!("ticket type {code} exists and differs in: {field}"),
                )
                .hint(format!("`portalctl ticket type update {code}` changes it")))
            }
            (false, _) => {
                Err(Error::conflict("ticket-type.exists", format!("ticket type {code} exists already"))
                    .hint("give another --code, or say --if-not-exists"))
            }
        };
    }
    let kind = TicketType { id: 0, code: code.to_owned(), name: name.to_owned(), status: TypeStatus::Active };
    let id = store::kind::insert(tx, &kind)?;
    let kind = TicketType { id, ..kind };
    tx.record(actions::TYPE_CREATE, format!("ticket-type:{code}"), None::<&()>, Some(&kind))?;
    Ok((true, kind))
}

/// Changes a type; `None` leaves alone. A retired one can be taken back into use.
pub fn update(
    tx: &Tx<'_>,
    code: &str,
    name: Option<String>,
    status: Option<TypeStatus>,
) -> Result<(bool, TicketType)> {
    access::provider_only(tx.actor())?;
    let before = resolve(tx, code)?;
    let after = TicketType {
        name: name.unwrap_or_else(|| before.name.clone()),
        status: status.unwrap_or(before.status),
        ..before.clone()
    };
    if after == before {
        return Ok((false, before));
    }
    store::kind::update(tx, &after)?;
    let retired = before.status != after.status && after.status == TypeStatus::Retired;
    let action = if retired { actions::TYPE_RETIRE } else { actions::TYPE_UPDATE };
    tx.record(action, format!("ticket-type:{}", after.code), Some(&before), Some(&after))?;
    Ok((true, after))
}

/// Keeps a type from new tickets; those that have it keep it.
pub fn retire(tx: &Tx<'_>, code: &str) -> Result<(bool, TicketType)> {
    update(tx, code, None, Some(TypeStatus::Retired))
}
