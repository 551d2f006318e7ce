//! SQL of ticket types.

use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::portal::ticket::kind::TicketType;
use crate::values::Coded;

const SELECT: &str = "SELECT id, code, name, status FROM ticket_type";

/// The type with this code.
pub fn find(conn: &Connection, code: &str) -> Result<Option<TicketType>> {
    db::optional(conn, &format!("{SELECT} WHERE code = ?"), [code], from_row)
}

/// All types by code.
pub fn list(conn: &Connection) -> Result<Vec<TicketType>> {
    db::list(conn, &format!("{SELECT} ORDER BY code"), [], from_row)
}

/// Adds a type; answers with its row.
pub fn insert(tx: &Tx<'_>, kind: &TicketType) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO ticket_type (code, name, status) VALUES (?, ?, ?)",
        params![kind.code, kind.name, kind.status.code()],
    )
}

/// Writes a type as it is now.
pub fn update(tx: &Tx<'_>, kind: &TicketType) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE ticket_type SET name = ?, status = ? WHERE id = ?",
        params![kind.name, kind.status.code(), kind.id],
    )
}

fn from_row(row: &Row<'_>) -> Result<TicketType> {
    Ok(TicketType {
        id: row.get("id")?,
        code: row.get("code")?,
        name: row.get("name")?,
        status: row.coded("status")?,
    })
}
