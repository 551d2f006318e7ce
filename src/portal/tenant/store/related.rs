//! What `tenant show` tells of the rooms that come later: one line for each signatory and contact.

use serde::Serialize;

use crate::platform::db::{self, Connection, Tx, params};
use crate::platform::error::Result;
use crate::values::Month;

/// A present signatory, in short.
#[derive(Debug, Clone, Serialize)]
pub struct SignatoryLine {
    /// What the person may sign.
    pub scope: String,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Title or function.
    pub title: String,
    /// Phone.
    pub phone: String,
    /// Since when, UTC.
    pub since: String,
}

/// A contact, in short.
#[derive(Debug, Clone, Serialize)]
pub struct ContactLine {
    /// Number.
    pub id: i64,
    /// Name in files.
    pub key: String,
    /// The unit, `kind:number`; `None` for the institution itself.
    pub unit: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// Shared mailbox (fællesmail).
    pub shared_email: Option<String>,
    /// Phone, eight digits.
    pub phone: Option<String>,
    /// Remarks.
    pub remarks: Option<String>,
    /// Codes of the roles.
    pub roles: Vec<String>,
}

/// The present signatories of an institution.
pub fn signatories(conn: &Connection, tenant: i64) -> Result<Vec<SignatoryLine>> {
    db::list(
        conn,
        "SELECT scope, name, email, title, phone, since FROM signatory
         WHERE tenant_id = ? AND until IS NULL ORDER BY scope",
        [tenant],
        |row| {
            Ok(SignatoryLine {
                scope: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
                title: row.get(3)?,
                phone: row.get(4)?,
                since: row.get(5)?,
            })
        },
    )
}

/// Makes the contacts of a unit contacts of their institution itself; answers with how many.
pub fn detach_contacts(tx: &Tx<'_>, unit: i64) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE contact SET unit_id = NULL, updated_at = ? WHERE unit_id = ?",
        params![tx.now_text(), unit],
    )
}

/// The closed months from a month on, whose final figures a move would take along.
pub fn closed_months_from(conn: &Connection, from: Month) -> Result<Vec<i64>> {
    db::list(
        conn,
        "SELECT month FROM kpi_month WHERE state = 'closed' AND month >= ? ORDER BY month",
        [from.yyyymm()],
        |row| Ok(row.get(0)?),
    )
}

/// The contacts of an institution.
pub fn contacts(conn: &Connection, tenant: i64) -> Result<Vec<ContactLine>> {
    db::list(
        conn,
        "SELECT c.id, c.key, u.kind || ':' || u.number AS unit, c.title, c.name, c.email, c.shared_email, c.phone,
                c.remarks,
                (SELECT group_concat(r.code, ' ' ORDER BY r.id) FROM contact_role cr JOIN role r ON r.id = cr.role_id
                 WHERE cr.contact_id = c.id) AS roles
         FROM contact c LEFT JOIN unit u ON u.id = c.unit_id WHERE c.tenant_id = ? ORDER BY c.id",
        [tenant],
        |row| {
            Ok(ContactLine {
                id: row.get("id")?,
                key: row.get("key")?,
                unit: row.get("unit")?,
                title: row.get("title")?,
                name: row.get("name")?,
                email: row.get("email")?,
                shared_email: row.get("shared_email")?,
                phone: row.get("phone")?,
                remarks: row.get("remarks")?,
                roles: row
                    .get::<_, Option<String>>("roles")?
                    .unwrap_or_default()
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
            })
        },
    )
}
