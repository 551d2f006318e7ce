//! SQL of signatures.

use crate::platform::db::{self, Connection, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::portal::agreement::Signature;
use crate::values::Coded;

/// The signatures of an agreement, voided ones too, in the order in which they came.
pub fn list(conn: &Connection, agreement: i64) -> Result<Vec<Signature>> {
    db::list(
        conn,
        "SELECT s.*, b.sha256 AS evidence_sha256 FROM agreement_signature s LEFT JOIN blob b ON b.id = s.evidence
         WHERE s.agreement_id = ? ORDER BY s.id",
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
                evidence_sha256: row.get("evidence_sha256")?,
                origin: row.coded("origin")?,
                second_step: row.coded_opt("second_step")?,
                right_since: row.get("right_since")?,
                version: row.get("version")?,
                voided_at: row.get("voided_at")?,
                evidence_blob: row.get("evidence")?,
            })
        },
    )
}

/// Who signed what, as far as it counts: agreement, name and address.
pub fn signers(conn: &Connection) -> Result<Vec<(i64, String, String)>> {
    db::list(
        conn,
        "SELECT agreement_id, signer, email FROM agreement_signature WHERE voided_at IS NULL",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// Adds a signature.
pub fn insert(tx: &Tx<'_>, agreement: i64, signature: &Signature) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO agreement_signature (agreement_id, party, signer, email, title, role, method, reference, signed_at,
             recorded_at, sha256, evidence_name, evidence, version, origin, second_step, right_since)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            signature.version,
            signature.origin.code(),
            signature.second_step.map(Coded::code),
            signature.right_since,
        ],
    )
}

/// Voids what was signed so far.
pub fn void(tx: &Tx<'_>, agreement: i64) -> Result<()> {
    db::execute(
        tx,
        "UPDATE agreement_signature SET voided_at = ? WHERE agreement_id = ? AND voided_at IS NULL",
        params![tx.now_text(), agreement],
    )
    .map(drop)
}
