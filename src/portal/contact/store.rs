//! SQL of contacts.

use super::Contact;
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::Result;
use crate::values::Email;

const SELECT: &str = "SELECT c.*, t.code AS tenant, u.kind || ':' || u.number AS unit,
        (SELECT group_concat(r.code, ' ' ORDER BY r.id) FROM contact_role cr JOIN role r ON r.id = cr.role_id
         WHERE cr.contact_id = c.id) AS roles
     FROM contact c JOIN tenant t ON t.id = c.tenant_id LEFT JOIN unit u ON u.id = c.unit_id";

/// A contact by its number.
pub fn find(conn: &Connection, id: i64) -> Result<Option<Contact>> {
    db::optional(conn, &format!("{SELECT} WHERE c.id = ?"), [id], from_row)
}

/// A contact by its key in the institution.
pub fn find_by_key(conn: &Connection, tenant: i64, key: &str) -> Result<Option<Contact>> {
    db::optional(
        conn,
        &format!("{SELECT} WHERE c.tenant_id = ? AND c.key = ?"),
        params![tenant, key],
        from_row,
    )
}

/// The contacts of these institutions, of a unit, with a role, or all.
pub fn list(
    conn: &Connection,
    tenants: Option<&[i64]>,
    unit: Option<i64>,
    role: Option<i64>,
) -> Result<Vec<Contact>> {
    let mut conditions = Where::default();
    conditions.among("c.tenant_id", tenants);
    conditions.equals("c.unit_id = ?", unit);
    conditions.equals("EXISTS (SELECT 1 FROM contact_role WHERE contact_id = c.id AND role_id = ?)", role);
    let sql = format!("{SELECT}{} ORDER BY t.code, c.id", conditions.sql());
    db::list(conn, &sql, conditions.params(), from_row)
}

/// Adds a contact; answers with its number.
pub fn insert(tx: &Tx<'_>, contact: &Contact, roles: &[i64]) -> Result<i64> {
    let id = db::insert(
        tx,
        "INSERT INTO contact (tenant_id, unit_id, key, title, name, email, secure_email, shared_email, phone, remarks,
                              created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
        params![
            contact.tenant_id,
            contact.unit_id,
            contact.key,
            contact.title,
            contact.name,
            contact.email.as_ref().map(Email::as_str),
            contact.secure_email,
            contact.shared_email.as_ref().map(Email::as_str),
            contact.phone.as_ref().map(ToString::to_string),
            contact.remarks,
            contact.updated_at,
        ],
    )?;
    replace_roles(tx, id, roles)?;
    Ok(id)
}

/// Writes a contact's data as they are now.
pub fn update(tx: &Tx<'_>, contact: &Contact, roles: &[i64]) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE contact SET unit_id = ?, key = ?, title = ?, name = ?, email = ?, secure_email = ?, shared_email = ?,
                phone = ?, remarks = ?, updated_at = ? WHERE id = ?",
        params![
            contact.unit_id,
            contact.key,
            contact.title,
            contact.name,
            contact.email.as_ref().map(Email::as_str),
            contact.secure_email,
            contact.shared_email.as_ref().map(Email::as_str),
            contact.phone.as_ref().map(ToString::to_string),
            contact.remarks,
            contact.updated_at,
            contact.id,
        ],
    )?;
    replace_roles(tx, contact.id, roles)
}

/// Marks a contact as created by `state apply`, which alone may prune it.
pub fn stamp(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE contact SET applied_at = ? WHERE id = ?", params![tx.now_text(), id])
}

/// The contacts of an institution that `state apply` created.
pub fn list_applied(conn: &Connection, tenant: i64) -> Result<Vec<Contact>> {
    let sql = format!("{SELECT} WHERE c.tenant_id = ? AND c.applied_at IS NOT NULL ORDER BY c.id");
    db::list(conn, &sql, [tenant], from_row)
}

/// Removes a contact with its roles.
pub fn delete(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "DELETE FROM contact WHERE id = ?", [id])
}

fn replace_roles(tx: &Tx<'_>, contact: i64, roles: &[i64]) -> Result<()> {
    db::execute(tx, "DELETE FROM contact_role WHERE contact_id = ?", [contact])?;
    for role in roles {
        db::execute_one(
            tx,
            "INSERT INTO contact_role (contact_id, role_id) VALUES (?, ?)",
            params![contact, role],
        )?;
    }
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<Contact> {
    let roles: Option<String> = row.get("roles")?;
    Ok(Contact {
        id: row.get("id")?,
        key: row.get("key")?,
        tenant_id: row.get("tenant_id")?,
        unit_id: row.get("unit_id")?,
        tenant: row.get("tenant")?,
        unit: row.get("unit")?,
        title: row.get("title")?,
        name: row.get("name")?,
        email: row.parsed_opt("email")?,
        secure_email: row.get("secure_email")?,
        shared_email: row.parsed_opt("shared_email")?,
        phone: row.parsed_opt("phone")?,
        remarks: row.get("remarks")?,
        roles: roles.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        updated_at: row.get("updated_at")?,
    })
}
