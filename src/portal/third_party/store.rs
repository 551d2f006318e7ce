//! SQL of third-party tasks.

use super::ThirdParty;
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::Result;
use crate::values::Email;

const SELECT: &str = "SELECT p.*, t.code AS tenant FROM third_party p JOIN tenant t ON t.id = p.tenant_id";

/// The task of an institution, by its key: the task without regard to case.
pub fn find(conn: &Connection, tenant: i64, key: &str) -> Result<Option<ThirdParty>> {
    let sql = format!("{SELECT} WHERE p.tenant_id = ? AND p.task_key = ?");
    db::optional(conn, &sql, params![tenant, key], from_row)
}

/// The tasks of these institutions or of all, by institution and task.
pub fn list(conn: &Connection, tenants: Option<&[i64]>) -> Result<Vec<ThirdParty>> {
    let mut conditions = Where::default();
    conditions.among("p.tenant_id", tenants);
    let sql = format!("{SELECT}{} ORDER BY t.code, p.task_key", conditions.sql());
    db::list(conn, &sql, conditions.params(), from_row)
}

/// Adds a task; answers with its number.
pub fn insert(tx: &Tx<'_>, new: &ThirdParty, key: &str) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO third_party (tenant_id, task, task_key, authority, contact, email, phone, remarks, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            new.tenant_id,
            new.task,
            key,
            new.authority,
            new.contact,
            new.email.as_ref().map(Email::as_str),
            new.phone.as_ref().map(ToString::to_string),
            new.remarks,
            new.updated_at,
        ],
    )
}

/// Writes what is known of a task as it is now.
pub fn update(tx: &Tx<'_>, after: &ThirdParty) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE third_party SET authority = ?, contact = ?, email = ?, phone = ?, remarks = ?, updated_at = ?
         WHERE id = ?",
        params![
            after.authority,
            after.contact,
            after.email.as_ref().map(Email::as_str),
            after.phone.as_ref().map(ToString::to_string),
            after.remarks,
            after.updated_at,
            after.id,
        ],
    )
}

/// Removes a task.
pub fn delete(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "DELETE FROM third_party WHERE id = ?", [id])
}

fn from_row(row: &Row<'_>) -> Result<ThirdParty> {
    Ok(ThirdParty {
        id: row.get("id")?,
        tenant_id: row.get("tenant_id")?,
        tenant: row.get("tenant")?,
        task: row.get("task")?,
        authority: row.get("authority")?,
        contact: row.get("contact")?,
        email: row.parsed_opt("email")?,
        phone: row.parsed_opt("phone")?,
        remarks: row.get("remarks")?,
        updated_at: row.get("updated_at")?,
    })
}
