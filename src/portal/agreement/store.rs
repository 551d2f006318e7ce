//! SQL of agreements.

use chrono::NaiveDate;

use super::{Agreement, Annex, Event, Filter, Signature, State};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::{Error, Result};
use crate::values::{Coded, parse_date};

const SELECT: &str = "SELECT a.id, a.tenant_id, t.code AS tenant, a.kind, a.title, a.state, a.effective_on, a.expires_on, a.sha256,
        (SELECT signer FROM agreement_signature s WHERE s.agreement_id = a.id AND s.party = 'customer') AS signed_by,
        (SELECT max(signed_at) FROM agreement_signature s WHERE s.agreement_id = a.id) AS signed_at,
        a.supplements, a.service, a.document_name, a.created_at, a.sent_at, a.in_force_at, a.document
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

/// Who signed what: agreement, name and address.
pub fn signers(conn: &Connection) -> Result<Vec<(i64, String, String)>> {
    db::list(conn, "SELECT agreement_id, signer, email FROM agreement_signature", [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

/// The annexes of an agreement, as given.
pub fn annexes(conn: &Connection, agreement: i64) -> Result<Vec<Annex>> {
    db::list(
        conn,
        "SELECT x.position, x.name, b.sha256, b.size, b.id FROM agreement_annex x JOIN blob b ON b.id = x.document
         WHERE x.agreement_id = ? ORDER BY x.position",
        [agreement],
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

/// The signatures of an agreement, in the order in which they were recorded.
pub fn signatures(conn: &Connection, agreement: i64) -> Result<Vec<Signature>> {
    db::list(
        conn,
        "SELECT party, signer, email, title, role, method, reference, signed_at, sha256, evidence_name, evidence
         FROM agreement_signature WHERE agreement_id = ? ORDER BY id",
        [agreement],
        |row| {
            Ok(Signature {
                party: row.coded("party")?,
                signer: row.get("signer")?,
                email: row.get("email")?,
                title: row.get("title")?,
                role: row.get("role")?,
                method: row.get("method")?,
                reference: row.get("reference")?,
                signed_at: row.get("signed_at")?,
                sha256: row.get("sha256")?,
                evidence: row.get("evidence_name")?,
                evidence_blob: row.get("evidence")?,
            })
        },
    )
}

/// What happened to an agreement, oldest first.
pub fn events(conn: &Connection, agreement: i64) -> Result<Vec<Event>> {
    db::list(
        conn,
        "SELECT at, kind, actor, sha256, detail FROM agreement_event WHERE agreement_id = ? ORDER BY id",
        [agreement],
        |row| {
            Ok(Event {
                at: row.get(0)?,
                kind: row.get(1)?,
                actor: row.get(2)?,
                sha256: row.get(3)?,
                detail: row.get(4)?,
            })
        },
    )
}

/// Adds an agreement; answers with its number.
pub fn insert(tx: &Tx<'_>, agreement: &Agreement) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO agreement (tenant_id, kind, title, state, effective_on, expires_on, supplements, service,
                                document_name, document, sha256, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        ],
    )
}

/// Adds an annex.
pub fn insert_annex(tx: &Tx<'_>, agreement: i64, position: i64, name: &str, blob: i64) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO agreement_annex (agreement_id, position, name, document) VALUES (?, ?, ?, ?)",
        params![agreement, position, name, blob],
    )
}

/// Writes the state and its times.
pub fn update_state(tx: &Tx<'_>, agreement: &Agreement) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE agreement SET state = ?, sent_at = ?, in_force_at = ? WHERE id = ?",
        params![agreement.state.code(), agreement.sent_at, agreement.in_force_at, agreement.id],
    )
}

/// Adds a signature.
pub fn insert_signature(tx: &Tx<'_>, agreement: i64, signature: &Signature) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO agreement_signature (agreement_id, party, signer, email, title, role, method, reference,
                                          signed_at, recorded_at, sha256, evidence_name, evidence)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            agreement,
            signature.party.code(),
            signature.signer,
            signature.email,
            signature.title,
            signature.role,
            signature.method,
            signature.reference,
            signature.signed_at,
            tx.now_text(),
            signature.sha256,
            signature.evidence,
            signature.evidence_blob,
        ],
    )
}

/// Adds to what happened to an agreement.
pub fn insert_event(tx: &Tx<'_>, agreement: &Agreement, kind: &str, detail: Option<&str>) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO agreement_event (agreement_id, at, kind, actor, sha256, detail) VALUES (?, ?, ?, ?, ?, ?)",
        params![agreement.id, tx.now_text(), kind, tx.actor().effective_text(), agreement.sha256, detail],
    )
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
        blob: row.get("document")?,
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
