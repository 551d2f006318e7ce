//! What the gate reads.

use super::grants::Grant;
use super::{Right, Standing};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::Result;
use crate::values::Coded;

/// What a user is and may at an institution; `None` for an unknown address.
pub fn standing(conn: &Connection, email: &str, tenant: i64) -> Result<Option<Standing>> {
    let found = db::optional(
        conn,
        "SELECT id, status, staff, b_number FROM user WHERE email_key = ?",
        [email.to_lowercase()],
        |row| {
            let standing = Standing {
                disabled: row.get::<_, String>("status")? == "disabled",
                staff: row.get("staff")?,
                has_b_number: row.get::<_, Option<String>>("b_number")?.is_some(),
                rights: Vec::new(),
            };
            Ok((row.get::<_, i64>("id")?, standing))
        },
    )?;
    let Some((id, standing)) = found else { return Ok(None) };
    let rights = db::list(
        conn,
        "SELECT \"right\" FROM user_right WHERE user_id = ? AND tenant_id = ?",
        params![id, tenant],
        |row| row.coded::<Right>("right"),
    )?;
    Ok(Some(Standing { rights, ..standing }))
}

/// An institution (its row and its code), and what a user is and may there.
type Known = (i64, String, Standing);

/// The institutions where a user who is not disabled has any right, by code, each with what they are and may there; all
/// of them for staff.
pub fn standings(conn: &Connection, email: &str) -> Result<Vec<Known>> {
    let key = email.to_lowercase();
    let is_staff: Option<i64> = db::scalar(
        conn,
        "SELECT 1 FROM user WHERE email_key = ? AND staff IS NOT NULL AND status <> 'disabled'",
        [&key],
    )?;
    // Staff have no rights. Everybody else's few institutions are found from their rights, not by a look at all there are.
    let sql = match is_staff {
        Some(_) => {
            "SELECT t.id, t.code, u.staff, u.b_number, NULL AS \"right\"
             FROM user u JOIN tenant t WHERE u.email_key = ? ORDER BY t.code"
        }
        None => {
            "SELECT t.id, t.code, u.staff, u.b_number, r.\"right\"
             FROM user u JOIN user_right r ON r.user_id = u.id JOIN tenant t ON t.id = r.tenant_id
             WHERE u.email_key = ? AND u.status <> 'disabled' ORDER BY t.code, r.\"right\""
        }
    };
    let mut known: Vec<Known> = Vec::new();
    db::each(conn, sql, [&key], |row| {
        let (id, right) = (row.get("id")?, row.coded_opt::<Right>("right")?);
        match known.last_mut() {
            Some((last, _, standing)) if *last == id => standing.rights.extend(right),
            _ => {
                let standing = Standing {
                    disabled: false,
                    staff: row.get("staff")?,
                    has_b_number: row.get::<_, Option<String>>("b_number")?.is_some(),
                    rights: right.into_iter().collect(),
                };
                known.push((id, row.get("code")?, standing));
            }
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok(known)
}

const SELECT_GRANT: &str = "SELECT u.email AS user, t.code AS tenant, r.\"right\", r.granted_at, r.granted_by
     FROM user_right r JOIN user u ON u.id = r.user_id JOIN tenant t ON t.id = r.tenant_id";

/// When and by whom a right was granted, if it is held. Without joins: SQLite prepares the joined query of
/// [`list_grants`] anew for every right, which a file of many users feels.
pub fn find_grant(
    conn: &Connection,
    user: i64,
    tenant: i64,
    right: Right,
) -> Result<Option<(String, String)>> {
    db::optional(
        conn,
        "SELECT granted_at, granted_by FROM user_right WHERE user_id = ? AND tenant_id = ? AND \"right\" = ?",
        params![user, tenant, right.code()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The grants of an institution, of a user, or all.
pub fn list_grants(conn: &Connection, tenants: Option<&[i64]>, user: Option<i64>) -> Result<Vec<Grant>> {
    let mut conditions = Where::default();
    conditions.among("r.tenant_id", tenants);
    conditions.equals("r.user_id = ?", user);
    let sql = format!("{SELECT_GRANT}{} ORDER BY t.code, u.email_key, r.\"right\"", conditions.sql());
    db::list(conn, &sql, conditions.params(), grant_from_row)
}

/// Adds a grant.
pub fn insert_grant(tx: &Tx<'_>, user: i64, tenant: i64, right: Right, by: &str) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO user_right (user_id, tenant_id, \"right\", granted_at, granted_by) VALUES (?, ?, ?, ?, ?)",
        params![user, tenant, right.code(), tx.now_text(), by],
    )
}

/// Marks a grant as given by `state apply`, which alone may prune it.
pub fn stamp_grant(tx: &Tx<'_>, user: i64, tenant: i64, right: Right) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE user_right SET applied_at = ? WHERE user_id = ? AND tenant_id = ? AND \"right\" = ?",
        params![tx.now_text(), user, tenant, right.code()],
    )
}

/// The grants at an institution that `state apply` gave.
pub fn list_applied_grants(conn: &Connection, tenant: i64) -> Result<Vec<Grant>> {
    let sql = format!(
        "{SELECT_GRANT} WHERE r.tenant_id = ? AND r.applied_at IS NOT NULL ORDER BY u.email_key, r.\"right\""
    );
    db::list(conn, &sql, [tenant], grant_from_row)
}

/// Removes a grant.
pub fn delete_grant(tx: &Tx<'_>, user: i64, tenant: i64, right: Right) -> Result<()> {
    db::execute_one(
        tx,
        "DELETE FROM user_right WHERE user_id = ? AND tenant_id = ? AND \"right\" = ?",
        params![user, tenant, right.code()],
    )
}

/// The administrators of an institution who are not disabled; an invited one counts (CLI.md §4).
pub fn administrators(conn: &Connection, tenant: i64) -> Result<Vec<(i64, String)>> {
    db::list(
        conn,
        "SELECT u.id, u.email FROM user_right r JOIN user u ON u.id = r.user_id
         WHERE r.tenant_id = ? AND r.\"right\" = 'administrator' AND u.status <> 'disabled' ORDER BY u.email_key",
        [tenant],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn grant_from_row(row: &Row<'_>) -> Result<Grant> {
    Ok(Grant {
        user: row.get("user")?,
        tenant: row.get("tenant")?,
        right: row.coded("right")?,
        granted_at: row.get("granted_at")?,
        granted_by: row.get("granted_by")?,
    })
}
