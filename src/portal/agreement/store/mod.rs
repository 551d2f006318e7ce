//! SQL of agreements.

pub mod events;
pub mod signatures;
pub mod warnings;

use chrono::NaiveDate;

use super::{Agreement, Annex, Filter, State, Version};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::{Error, Result};
use crate::portal::signatory::Scope;
use crate::values::{Coded, parse_date};

const SELECT: &str = "SELECT a.*, t.code AS tenant,
        (SELECT signer FROM agreement_signature s
         WHERE s.agreement_id = a.id AND s.party = 'customer' AND s.voided_at IS NULL) AS signed_by,
        (SELECT max(signed_at) FROM agreement_signature s
         WHERE s.agreement_id = a.id AND s.voided_at IS NULL) AS signed_at
     FROM agreement a JOIN tenant t ON t.id = a.tenant_id";

/// The agreement of this number.
pub fn find(conn: &Connection, id: i64) -> Result<Option<Agreement>> {
    db::optional(conn, &format!("{SELECT} WHERE a.id = ?"), [id], from_row)
}

/// The agreements of an institution or of all, by number; of the filter only the kind counts here.
pub fn list(conn: &Connection, tenant: Option<i64>, filter: &Filter) -> Result<Vec<Agreement>> {
    let mut conditions = Where::default();
    conditions.equals("a.tenant_id = ?", tenant);
    conditions.equals("a.kind = ?", filter.kind.map(|kind| kind.code().to_owned()));
    let sql = format!("{SELECT}{} ORDER BY a.id", conditions.sql());
    db::list(conn, &sql, conditions.params(), from_row)
}

/// What waits for signatures, of these institutions or of all, the longest waiting first.
pub fn awaiting(conn: &Connection, tenants: Option<&[i64]>) -> Result<Vec<Agreement>> {
    let mut conditions = Where::default();
    conditions.always("a.state IN ('awaiting-signature', 'partly-signed')");
    conditions.among("a.tenant_id", tenants);
    let sql = format!("{SELECT}{} ORDER BY a.sent_at, a.id", conditions.sql());
    db::list(conn, &sql, conditions.params(), from_row)
}

/// What an institution has in this scope of a signatory, drafts left out, by number.
pub fn of_scope(conn: &Connection, tenant: i64, scope: Scope) -> Result<Vec<Agreement>> {
    let sql = format!("{SELECT} WHERE a.tenant_id = ? AND a.state <> 'draft' ORDER BY a.id");
    let all = db::list(conn, &sql, [tenant], from_row)?;
    Ok(all.into_iter().filter(|agreement| agreement.kind.scope() == scope).collect())
}

/// What is in force without a certificate of its signatures, by number.
pub fn uncertified(conn: &Connection) -> Result<Vec<i64>> {
    let sql = "SELECT id FROM agreement WHERE in_force_at IS NOT NULL AND certificate IS NULL ORDER BY id";
    db::list(conn, sql, [], |row| Ok(row.get(0)?))
}

/// The annexes of the present version of an agreement, as given.
pub fn annexes(conn: &Connection, agreement: i64) -> Result<Vec<Annex>> {
    let version = db::one(conn, "SELECT version FROM agreement WHERE id = ?", [agreement])?;
    annexes_of(conn, agreement, version)
}

/// The annexes of a version of an agreement, as given.
pub fn annexes_of(conn: &Connection, agreement: i64, version: i64) -> Result<Vec<Annex>> {
    db::list(
        conn,
        "SELECT x.position, x.name, b.sha256, b.size, b.id FROM agreement_annex x JOIN blob b ON b.id = x.document
         WHERE x.agreement_id = ? AND x.version = ? ORDER BY x.position",
        [agreement, version],
        |row| {
            Ok(Annex {
                position: row.get(0)?,
                name: row.get(1)?,
                sha256: row.get(2)?,
                size: row.get(3)?,
                blob: row.get(4)?,
            })
        },
    )
}

/// Adds an agreement; answers with its number.
pub fn insert(tx: &Tx<'_>, agreement: &Agreement) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO agreement (tenant_id, kind, title, state, effective_on, expires_on, supplements, service,
                                document_name, document, sha256, created_at, version, pages, document_title)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            agreement.tenant_id,
            agreement.kind.code(),
            agreement.title,
            agreement.state.code(),
            agreement.effective_on.map(|date| date.to_string()),
            agreement.expires_on.map(|date| date.to_string()),
            agreement.supplements,
            agreement.service,
            agreement.document,
            agreement.blob,
            agreement.sha256,
            agreement.created_at,
            agreement.version,
            agreement.pages,
            agreement.document_title,
        ],
    )
}

/// Adds an annex to a version.
pub fn insert_annex(tx: &Tx<'_>, agreement: &Agreement, position: i64, name: &str, blob: i64) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO agreement_annex (agreement_id, version, position, name, document) VALUES (?, ?, ?, ?, ?)",
        params![agreement.id, agreement.version, position, name, blob],
    )
}

/// Takes the annexes of a version away, which nobody has been sent.
pub fn delete_annexes(tx: &Tx<'_>, agreement: &Agreement) -> Result<()> {
    db::execute(
        tx,
        "DELETE FROM agreement_annex WHERE agreement_id = ? AND version = ?",
        params![agreement.id, agreement.version],
    )
    .map(drop)
}

/// Writes everything of an agreement that can change.
pub fn update(tx: &Tx<'_>, agreement: &Agreement) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE agreement SET title = ?, state = ?, effective_on = ?, expires_on = ?, service = ?, document_name = ?,
             document = ?, sha256 = ?, sent_at = ?, in_force_at = ?, version = ?, pages = ?, document_title = ?,
             terminated_on = ?, replaced_by = ?, replaced_on = ?, certificate = ? WHERE id = ?",
        params![
            agreement.title,
            agreement.state.code(),
            agreement.effective_on.map(|date| date.to_string()),
            agreement.expires_on.map(|date| date.to_string()),
            agreement.service,
            agreement.document,
            agreement.blob,
            agreement.sha256,
            agreement.sent_at,
            agreement.in_force_at,
            agreement.version,
            agreement.pages,
            agreement.document_title,
            agreement.terminated_on.map(|date| date.to_string()),
            agreement.replaced_by,
            agreement.replaced_on.map(|date| date.to_string()),
            agreement.certificate,
            agreement.id,
        ],
    )
}

/// Keeps what an agreement was before its next version.
pub fn insert_version(tx: &Tx<'_>, before: &Agreement) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO agreement_version (agreement_id, version, title, effective_on, expires_on, document_name, document,
             sha256, pages, superseded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            before.id,
            before.version,
            before.title,
            before.effective_on.map(|date| date.to_string()),
            before.expires_on.map(|date| date.to_string()),
            before.document,
            before.blob,
            before.sha256,
            before.pages,
            tx.now_text(),
        ],
    )
}

/// What an agreement was before its present version, oldest first.
pub fn versions(conn: &Connection, agreement: i64) -> Result<Vec<Version>> {
    let sql = "SELECT * FROM agreement_version WHERE agreement_id = ? ORDER BY version";
    db::list(conn, sql, [agreement], |row| {
        Ok(Version {
            version: row.get("version")?,
            title: row.get("title")?,
            effective_on: date(row, "effective_on")?,
            expires_on: date(row, "expires_on")?,
            document: row.get("document_name")?,
            sha256: row.get("sha256")?,
            pages: row.get("pages")?,
            superseded_at: row.get("superseded_at")?,
            blob: row.get("document")?,
        })
    })
}

fn from_row(row: &Row<'_>) -> Result<Agreement> {
    Ok(Agreement {
        id: row.get("id")?,
        tenant_id: row.get("tenant_id")?,
        tenant: row.get("tenant")?,
        kind: row.coded("kind")?,
        title: row.get("title")?,
        state: row.coded::<State>("state")?,
        effective_on: date(row, "effective_on")?,
        expires_on: date(row, "expires_on")?,
        sha256: row.get("sha256")?,
        signed_by: row.get("signed_by")?,
        signed_at: row.get("signed_at")?,
        supplements: row.get("supplements")?,
        service: row.get("service")?,
        document: row.get("document_name")?,
        created_at: row.get("created_at")?,
        sent_at: row.get("sent_at")?,
        in_force_at: row.get("in_force_at")?,
        version: row.get("version")?,
        pages: row.get("pages")?,
        document_title: row.get("document_title")?,
        terminated_on: date(row, "terminated_on")?,
        replaced_by: row.get("replaced_by")?,
        replaced_on: date(row, "replaced_on")?,
        blob: row.get("document")?,
        certificate: row.get("certificate")?,
    })
}

fn date(row: &Row<'_>, column: &str) -> Result<Option<NaiveDate>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| {
        parse_date(&text)
            .map_err(|_| Error::internal(format!("the database holds \"{text}\" in column {column}")))
    })
    .transpose()
}
