//! SQL of users.

use super::{TenantRight, User, UserStatus};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::{Error, Result};
use crate::portal::access::Right;
use crate::values::{BNumber, Coded, Email};

/// Which users to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// With a right at this institution.
    pub tenant: Option<i64>,
    /// With this right (at that institution, or anywhere).
    pub right: Option<Right>,
    /// In this state.
    pub status: Option<UserStatus>,
    /// Without a second step.
    pub missing_mfa: bool,
    /// Who have not logged in since this UTC time, the never logged in among them.
    pub inactive_since: Option<String>,
}

const SELECT: &str = "SELECT u.*,
        (SELECT group_concat(t.code || ':' || r.\"right\", ' ' ORDER BY t.code, r.\"right\")
         FROM user_right r JOIN tenant t ON t.id = r.tenant_id WHERE r.user_id = u.id) AS rights
     FROM user u";

/// The user with this address.
pub fn find_by_email(conn: &Connection, email: &Email) -> Result<Option<User>> {
    db::optional(conn, &format!("{SELECT} WHERE u.email_key = ?"), [email.key()], from_row)
}

/// The user of this row.
pub fn find(conn: &Connection, id: i64) -> Result<User> {
    db::optional(conn, &format!("{SELECT} WHERE u.id = ?"), [id], from_row)?
        .ok_or_else(|| Error::internal(format!("the database has no user number {id}")))
}

/// The address of whoever has this B-number.
pub fn find_by_b_number(conn: &Connection, b_number: &BNumber) -> Result<Option<String>> {
    db::scalar(conn, "SELECT email FROM user WHERE b_number = ?", [b_number.as_str()])
}

/// The users that match, by address.
pub fn list(conn: &Connection, filter: &Filter) -> Result<Vec<User>> {
    let mut conditions = Where::default();
    let right = filter.right.map(|right| right.code().to_owned());
    match (filter.tenant, right) {
        (Some(tenant), Some(right)) => {
            conditions.equals(
                "EXISTS (SELECT 1 FROM user_right r WHERE r.user_id = u.id AND r.tenant_id = ?",
                Some(tenant),
            );
            conditions.equals("r.\"right\" = ?)", Some(right));
        }
        (Some(tenant), None) => conditions.equals(
            "EXISTS (SELECT 1 FROM user_right r WHERE r.user_id = u.id AND r.tenant_id = ?)",
            Some(tenant),
        ),
        (None, right) => conditions
            .equals("EXISTS (SELECT 1 FROM user_right r WHERE r.user_id = u.id AND r.\"right\" = ?)", right),
    }
    conditions.equals("u.status = ?", filter.status.map(|status| status.code().to_owned()));
    if filter.missing_mfa {
        conditions.always("u.mfa IS NULL AND u.status <> 'disabled'");
    }
    conditions.equals("coalesce(u.last_login_at, u.created_at) < ?", filter.inactive_since.clone());
    let sql = format!("{SELECT}{} ORDER BY u.email_key", conditions.sql());
    db::list(conn, &sql, conditions.params(), from_row)
}

/// Every address, for "did you mean".
pub fn emails(conn: &Connection) -> Result<Vec<String>> {
    db::list(conn, "SELECT email FROM user", [], |row| Ok(row.get(0)?))
}

/// Adds a user; answers with the row.
pub fn insert(tx: &Tx<'_>, user: &User) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO user (email, email_key, name, b_number, phone, title, language, kind, staff, status, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            user.email.as_str(),
            user.email.key(),
            user.name,
            user.b_number.as_ref().map(BNumber::as_str),
            user.phone.as_ref().map(ToString::to_string),
            user.title,
            user.language.map(Coded::code),
            user.kind.code(),
            user.staff.map(Coded::code),
            user.status.code(),
            user.created_at,
        ],
    )
}

/// Writes a user's data as they are now.
pub fn update(tx: &Tx<'_>, user: &User) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE user SET name = ?, b_number = ?, phone = ?, title = ?, language = ?, kind = ?, staff = ? WHERE id = ?",
        params![
            user.name,
            user.b_number.as_ref().map(BNumber::as_str),
            user.phone.as_ref().map(ToString::to_string),
            user.title,
            user.language.map(Coded::code),
            user.kind.code(),
            user.staff.map(Coded::code),
            user.id,
        ],
    )
}

/// Sets where the account stands. A reason is kept with a disabled one.
pub fn set_status(tx: &Tx<'_>, id: i64, status: UserStatus, reason: Option<&str>) -> Result<()> {
    let disabled_at = (status == UserStatus::Disabled).then(|| tx.now_text());
    db::execute_one(
        tx,
        "UPDATE user SET status = ?, disabled_at = ?, disabled_reason = ? WHERE id = ?",
        params![status.code(), disabled_at, reason, id],
    )
}

/// Changes why an account is shut.
pub fn set_disabled_reason(tx: &Tx<'_>, id: i64, reason: &str) -> Result<()> {
    db::execute_one(tx, "UPDATE user SET disabled_reason = ? WHERE id = ?", params![reason, id])
}

fn from_row(row: &Row<'_>) -> Result<User> {
    let rights: Option<String> = row.get("rights")?;
    Ok(User {
        id: row.get("id")?,
        email: row.parsed("email")?,
        name: row.get("name")?,
        b_number: row.parsed_opt("b_number")?,
        phone: row.parsed_opt("phone")?,
        title: row.get("title")?,
        language: row.coded_opt("language")?,
        kind: row.coded("kind")?,
        staff: row.coded_opt("staff")?,
        status: row.coded("status")?,
        disabled_reason: row.get("disabled_reason")?,
        rights: rights.unwrap_or_default().split_whitespace().map(parse_right).collect::<Result<_>>()?,
        mfa: row.get("mfa")?,
        last_login_at: row.get("last_login_at")?,
        created_at: row.get("created_at")?,
        activated: row.get::<_, Option<String>>("activated_at")?.is_some(),
    })
}

fn parse_right(pair: &str) -> Result<TenantRight> {
    let parsed = pair.split_once(':').and_then(|(tenant, right)| Some((tenant, Right::from_code(right)?)));
    let (tenant, right) =
        parsed.ok_or_else(|| Error::internal(format!("the database holds the right \"{pair}\"")))?;
    Ok(TenantRight { tenant: tenant.to_owned(), right })
}
