//! SQL of reviews.

use super::Decision;
use crate::platform::db::{self, Connection, Row, RowExt, Tx, params};
use crate::platform::error::Result;
use crate::portal::access::Right;
use crate::portal::user::Staff;
use crate::values::Coded;

/// What was certified of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// When the grant was made, or since when the staff role was held, UTC: which of the same right's grants it was.
    pub granted_at: String,
    /// What was decided.
    pub decision: Decision,
    /// Who decided.
    pub reviewer: String,
    /// When, a date.
    pub on: String,
}

/// Adds a review; answers with its row.
pub fn insert(tx: &Tx<'_>, file: &str, sha256: &str) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO rights_review (at, brought_by, file, sha256) VALUES (?, ?, ?, ?)",
        params![tx.now_text(), tx.actor().effective_text(), file, sha256],
    )
}

/// Adds what a review certified of a grant.
pub fn insert_item(
    tx: &Tx<'_>,
    review: i64,
    user: i64,
    tenant: i64,
    right: Right,
    item: &Certified,
) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO rights_review_item (review_id, user_id, tenant_id, \"right\", granted_at, decision, reviewer, reviewed_on)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            review,
            user,
            tenant,
            right.code(),
            item.granted_at,
            item.decision.code(),
            item.reviewer,
            item.on
        ],
    )
}

/// Adds what a review certified of a staff role.
pub fn insert_staff_item(tx: &Tx<'_>, review: i64, user: i64, staff: Staff, item: &Certified) -> Result<()> {
    db::execute_one(
        tx,
        "INSERT INTO staff_review_item (review_id, user_id, staff, since, decision, reviewer, reviewed_on)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![review, user, staff.code(), item.granted_at, item.decision.code(), item.reviewer, item.on],
    )
}

/// What was certified of a user's staff role, in all reviews.
pub fn certified_staff(conn: &Connection, user: i64, staff: Staff) -> Result<Vec<Certified>> {
    db::list(
        conn,
        "SELECT since AS granted_at, decision, reviewer, reviewed_on FROM staff_review_item
         WHERE user_id = ? AND staff = ? ORDER BY review_id",
        params![user, staff.code()],
        certified_from_row,
    )
}

/// What was certified of a user's right at an institution, in all reviews.
pub fn certified(conn: &Connection, user: i64, tenant: i64, right: Right) -> Result<Vec<Certified>> {
    db::list(
        conn,
        "SELECT granted_at, decision, reviewer, reviewed_on FROM rights_review_item
         WHERE user_id = ? AND tenant_id = ? AND \"right\" = ? ORDER BY review_id",
        params![user, tenant, right.code()],
        certified_from_row,
    )
}

fn certified_from_row(row: &Row<'_>) -> Result<Certified> {
    Ok(Certified {
        granted_at: row.get("granted_at")?,
        decision: row.coded("decision")?,
        reviewer: row.get("reviewer")?,
        on: row.get("reviewed_on")?,
    })
}
