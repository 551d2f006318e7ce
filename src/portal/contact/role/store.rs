//! SQL of roles.

use super::{Role, Tab};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::{Error, Result};
use crate::values::Coded;

const SELECT: &str =
    "SELECT r.*, (SELECT group_concat(tab, ' ') FROM role_tab WHERE role_id = r.id) AS tabs FROM role r";

/// The role with this code.
pub fn find(conn: &Connection, code: &str) -> Result<Option<Role>> {
    db::optional(conn, &format!("{SELECT} WHERE r.code = ?"), [code], from_row)
}

/// All roles in the order of the catalogue.
pub fn list(conn: &Connection) -> Result<Vec<Role>> {
    db::list(conn, &format!("{SELECT} ORDER BY r.id"), [], from_row)
}

/// The roles that a contact holds.
pub fn list_of_contact(conn: &Connection, contact: i64) -> Result<Vec<Role>> {
    let sql =
        format!("{SELECT} JOIN contact_role cr ON cr.role_id = r.id WHERE cr.contact_id = ? ORDER BY r.id");
    db::list(conn, &sql, [contact], from_row)
}

/// Adds a role at the end of the catalogue; answers with the row.
pub fn insert(tx: &Tx<'_>, role: &Role) -> Result<i64> {
    let id = db::insert(
        tx,
        "INSERT INTO role (code, name, managed_by, secure_email, description, status) VALUES (?, ?, ?, ?, ?, ?)",
        params![
            role.code,
            role.name,
            role.managed_by.code(),
            role.secure_email,
            role.description,
            role.status.code(),
        ],
    )?;
    replace_tabs(tx, id, &role.tabs)?;
    Ok(id)
}

/// Writes a role's data as they are now.
pub fn update(tx: &Tx<'_>, role: &Role) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE role SET name = ?, managed_by = ?, secure_email = ?, description = ?, status = ? WHERE id = ?",
        params![
            role.name,
            role.managed_by.code(),
            role.secure_email,
            role.description,
            role.status.code(),
            role.id,
        ],
    )?;
    replace_tabs(tx, role.id, &role.tabs)
}

fn replace_tabs(tx: &Tx<'_>, role: i64, tabs: &[Tab]) -> Result<()> {
    db::execute(tx, "DELETE FROM role_tab WHERE role_id = ?", [role])?;
    for tab in tabs {
        db::execute_one(tx, "INSERT INTO role_tab (role_id, tab) VALUES (?, ?)", params![role, tab.code()])?;
    }
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<Role> {
    let tabs: Option<String> = row.get("tabs")?;
    let mut tabs = tabs
        .unwrap_or_default()
        .split_whitespace()
        .map(|code| {
            Tab::from_code(code)
                .ok_or_else(|| Error::internal(format!("the database holds the tab \"{code}\"")))
        })
        .collect::<Result<Vec<_>>>()?;
    tabs.sort_unstable();
    Ok(Role {
        id: row.get("id")?,
        code: row.get("code")?,
        name: row.get("name")?,
        managed_by: row.coded("managed_by")?,
        secure_email: row.get("secure_email")?,
        tabs,
        description: row.get("description")?,
        status: row.coded("status")?,
    })
}

/// Contacts that hold a role without a secure address.
pub fn holders_without_secure_email(conn: &Connection, role: i64) -> Result<i64> {
    db::one(
        conn,
        "SELECT count(*) FROM contact_role cr JOIN contact c ON c.id = cr.contact_id
         WHERE cr.role_id = ? AND c.secure_email = 0",
        [role],
    )
}
