//! SQL of signatories.

use super::{Scope, Signatory};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::{Error, Result};
use crate::values::{Coded, Email};

const SELECT: &str = "SELECT s.*, t.code AS tenant FROM signatory s JOIN tenant t ON t.id = s.tenant_id";

/// The present signatory of a scope.
pub fn present(conn: &Connection, tenant: i64, scope: Scope) -> Result<Option<Signatory>> {
    let sql = format!("{SELECT} WHERE s.tenant_id = ? AND s.scope = ? AND s.until IS NULL");
    db::optional(conn, &sql, params![tenant, scope.code()], from_row)
}

/// A signatory, present or former, by its row.
pub fn find(conn: &Connection, id: i64) -> Result<Signatory> {
    db::optional(conn, &format!("{SELECT} WHERE s.id = ?"), [id], from_row)?
        .ok_or_else(|| Error::internal(format!("there is no signatory {id}")))
}

/// What someone with this address may sign at present, at one institution or at all.
pub fn held_by(conn: &Connection, email: &Email, tenant: Option<i64>) -> Result<Vec<Signatory>> {
    let mut conditions = Where::default();
    conditions.equals("s.email_key = ?", Some(email.key()));
    conditions.always("s.until IS NULL");
    conditions.equals("s.tenant_id = ?", tenant);
    let sql = format!("{SELECT}{} ORDER BY t.code, s.scope", conditions.sql());
    db::list(conn, &sql, conditions.params(), from_row)
}

/// The present signatories of these institutions or of all; with `history` the former ones too.
pub fn list(conn: &Connection, tenants: Option<&[i64]>, history: bool) -> Result<Vec<Signatory>> {
    let mut conditions = Where::default();
    conditions.among("s.tenant_id", tenants);
    if !history {
        conditions.always("s.until IS NULL");
    }
    let sql = format!("{SELECT}{} ORDER BY t.code, s.scope, s.since, s.id", conditions.sql());
    db::list(conn, &sql, conditions.params(), from_row)
}

/// What waits for the signature of the signatories of these scopes at an institution: number and title.
pub fn waiting(conn: &Connection, tenant: i64, scopes: &[Scope]) -> Result<Vec<(i64, String)>> {
    let mut conditions = Where::default();
    conditions.equals("a.tenant_id = ?", Some(tenant));
    conditions.always("a.state IN ('awaiting-signature', 'partly-signed')");
    conditions.always(
        "NOT EXISTS (SELECT 1 FROM agreement_signature s
                     WHERE s.agreement_id = a.id AND s.party = 'customer' AND s.voided_at IS NULL)",
    );
    let kinds: Vec<&str> = scopes.iter().flat_map(|scope| scope.kinds()).copied().collect();
    conditions.any_of("a.kind", &kinds);
    let sql = format!("SELECT a.id, a.title FROM agreement a{} ORDER BY a.id", conditions.sql());
    db::list(conn, &sql, conditions.params(), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Adds a signatory; answers with the row.
pub fn insert(tx: &Tx<'_>, signatory: &Signatory) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO signatory (tenant_id, scope, name, email, email_key, title, phone, since)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            signatory.tenant_id,
            signatory.scope.code(),
            signatory.name,
            signatory.email.as_str(),
            signatory.email.key(),
            signatory.title,
            signatory.phone.as_str(),
            signatory.since,
        ],
    )
}

/// Marks a signatory as appointed by `state apply`, which alone may prune it.
pub fn stamp(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE signatory SET applied_at = ? WHERE id = ?", params![tx.now_text(), id])
}

/// The present signatories of an institution that `state apply` appointed.
pub fn list_applied(conn: &Connection, tenant: i64) -> Result<Vec<Signatory>> {
    let sql = format!(
        "{SELECT} WHERE s.tenant_id = ? AND s.until IS NULL AND s.applied_at IS NOT NULL ORDER BY s.scope"
    );
    db::list(conn, &sql, [tenant], from_row)
}

/// Ends a signatory's time.
pub fn end(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE signatory SET until = ? WHERE id = ?", params![tx.now_text(), id])
}

fn from_row(row: &Row<'_>) -> Result<Signatory> {
    Ok(Signatory {
        id: row.get("id")?,
        tenant_id: row.get("tenant_id")?,
        tenant: row.get("tenant")?,
        scope: row.coded("scope")?,
        name: row.get("name")?,
        email: row.parsed("email")?,
        title: row.get("title")?,
        phone: row.parsed("phone")?,
        since: row.get("since")?,
        until: row.get("until")?,
    })
}
