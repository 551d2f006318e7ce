//! SQL of institutions.

pub mod related;

use super::{Status, Tenant};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::{Error, Result};
use crate::values::{Coded, Invalid};

const SELECT: &str = "SELECT t.id, t.code, t.cvr, t.name, t.ministry, t.account_manager, t.status, t.created_at,
        (SELECT group_concat(number, ' ' ORDER BY position) FROM tenant_se_number WHERE tenant_id = t.id) AS se_numbers,
        (SELECT group_concat(number, ' ' ORDER BY position) FROM tenant_gln WHERE tenant_id = t.id) AS glns
     FROM tenant t";

/// The institution with this code.
pub fn find_by_code(conn: &Connection, code: &str) -> Result<Option<Tenant>> {
    db::optional(conn, &format!("{SELECT} WHERE t.code = ?"), [code], from_row)
}

/// The institution of this row.
pub fn find(conn: &Connection, id: i64) -> Result<Tenant> {
    db::optional(conn, &format!("{SELECT} WHERE t.id = ?"), [id], from_row)?
        .ok_or_else(|| Error::internal(format!("the database has no institution number {id}")))
}

/// The institutions with this company number.
pub fn list_by_cvr(conn: &Connection, cvr: &str) -> Result<Vec<Tenant>> {
    db::list(conn, &format!("{SELECT} WHERE t.cvr = ? ORDER BY t.code"), [cvr], from_row)
}

/// The institutions of this name, without regard to case.
pub fn list_by_name(conn: &Connection, name: &str) -> Result<Vec<Tenant>> {
    // SQLite folds only ASCII; there are a few hundred institutions, so they are compared here.
    let wanted = name.to_lowercase();
    Ok(list(conn)?.into_iter().filter(|tenant| tenant.name.to_lowercase() == wanted).collect())
}

/// All institutions by name.
pub fn list(conn: &Connection) -> Result<Vec<Tenant>> {
    db::list(conn, &format!("{SELECT} ORDER BY t.name COLLATE NOCASE, t.code"), [], from_row)
}

/// The institutions in use that have users and no administrator, by code.
pub fn without_administrator(conn: &Connection) -> Result<Vec<String>> {
    db::list(
        conn,
        "SELECT t.code FROM tenant t WHERE t.status = 'active'
           AND EXISTS (SELECT 1 FROM user_right r JOIN user u ON u.id = r.user_id
                       WHERE r.tenant_id = t.id AND u.status <> 'disabled')
           AND NOT EXISTS (SELECT 1 FROM user_right r JOIN user u ON u.id = r.user_id
                           WHERE r.tenant_id = t.id AND r.\"right\" = 'administrator' AND u.status <> 'disabled')
         ORDER BY t.code",
        [],
        |row| Ok(row.get(0)?),
    )
}

/// The addresses of an institution's users who are not disabled.
pub fn users(conn: &Connection, tenant: i64) -> Result<Vec<String>> {
    db::list(
        conn,
        "SELECT DISTINCT u.email FROM user_right r JOIN user u ON u.id = r.user_id
         WHERE r.tenant_id = ? AND u.status <> 'disabled' ORDER BY u.email_key",
        [tenant],
        |row| Ok(row.get(0)?),
    )
}

/// Adds an institution; answers with its row.
pub fn insert(tx: &Tx<'_>, tenant: &Tenant) -> Result<i64> {
    let id = db::insert(
        tx,
        "INSERT INTO tenant (code, cvr, name, ministry, account_manager, status, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            tenant.code,
            tenant.cvr.as_str(),
            tenant.name,
            tenant.ministry,
            tenant.account_manager,
            tenant.status.code(),
            tenant.created_at,
        ],
    )?;
    replace_numbers(tx, id, tenant)?;
    Ok(id)
}

/// Writes an institution's data as they are now.
pub fn update(tx: &Tx<'_>, tenant: &Tenant) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE tenant SET cvr = ?, name = ?, ministry = ?, account_manager = ?, status = ? WHERE id = ?",
        params![
            tenant.cvr.as_str(),
            tenant.name,
            tenant.ministry,
            tenant.account_manager,
            tenant.status.code(),
            tenant.id,
        ],
    )?;
    replace_numbers(tx, tenant.id, tenant)
}

fn replace_numbers(tx: &Tx<'_>, id: i64, tenant: &Tenant) -> Result<()> {
    db::execute(tx, "DELETE FROM tenant_se_number WHERE tenant_id = ?", [id])?;
    for (position, number) in tenant.se_numbers.iter().enumerate() {
        db::execute(
            tx,
            "INSERT INTO tenant_se_number (tenant_id, number, position) VALUES (?, ?, ?)",
            params![id, number.as_str(), position as i64],
        )?;
    }
    db::execute(tx, "DELETE FROM tenant_gln WHERE tenant_id = ?", [id])?;
    for (position, number) in tenant.glns.iter().enumerate() {
        db::execute(
            tx,
            "INSERT INTO tenant_gln (tenant_id, number, position) VALUES (?, ?, ?)",
            params![id, number.as_str(), position as i64],
        )?;
    }
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<Tenant> {
    Ok(Tenant {
        id: row.get("id")?,
        code: row.get("code")?,
        cvr: row.parsed("cvr")?,
        name: row.get("name")?,
        ministry: row.get("ministry")?,
        se_numbers: numbers(row.get("se_numbers")?)?,
        glns: numbers(row.get("glns")?)?,
        account_manager: row.get("account_manager")?,
        status: row.coded::<Status>("status")?,
        created_at: row.get("created_at")?,
    })
}

fn numbers<T: std::str::FromStr<Err = Invalid>>(joined: Option<String>) -> Result<Vec<T>> {
    joined
        .unwrap_or_default()
        .split_whitespace()
        .map(|number| number.parse().map_err(|invalid: Invalid| Error::internal(invalid.to_string())))
        .collect()
}

/// Whether the institution has an administrator who is not disabled.
pub fn has_administrator(conn: &Connection, tenant: i64) -> Result<bool> {
    db::one(
        conn,
        "SELECT EXISTS (SELECT 1 FROM user_right r JOIN user u ON u.id = r.user_id
         WHERE r.tenant_id = ? AND r.\"right\" = 'administrator' AND u.status <> 'disabled')",
        [tenant],
    )
}
