//! SQL of users.

use chrono::{DateTime, Utc};

use super::account::Wishes;
use super::{TenantRight, User, UserStatus};
use crate::platform::db::{self, Connection, Row, RowExt, Tx, Where, params};
use crate::platform::error::{Error, Result};
use crate::portal::access::Right;
use crate::values::{BNumber, Coded, Email};

/// Which users to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// With a right at one of these institutions; `None` for all users.
    pub tenants: Option<Vec<i64>>,
    /// With this right (at one of those institutions, or anywhere).
    pub right: Option<Right>,
    /// In this state.
    pub status: Option<UserStatus>,
    /// Of the provider's staff.
    pub staff: bool,
    /// Without a second step.
    pub missing_mfa: bool,
    /// Whose last login is not after this UTC time; who has never logged in counts from when the account was created.
    pub inactive_since: Option<String>,
}

impl Filter {
    /// The part that is about the person, apart from that about rights: for who does not see all of everyone.
    pub fn split(self) -> (Filter, Filter) {
        let Filter { tenants, right, staff, .. } = self;
        let places = Filter { tenants, right, staff, ..Filter::default() };
        (places, Filter { tenants: None, right: None, staff: false, ..self })
    }

    /// Whether a user fits the part that is about the person, as [`list`] decides it.
    pub fn fits(&self, user: &User) -> bool {
        let inactive = |since: &String| {
            user.last_login_at.as_ref().or(user.created_at.as_ref()).is_some_and(|last| last <= since)
        };
        self.status.is_none_or(|status| user.status == status)
            && !(self.missing_mfa && (user.mfa.is_some() || user.status == UserStatus::Disabled))
            && self.inactive_since.as_ref().is_none_or(inactive)
    }
}

const SELECT: &str = "SELECT u.*,
        (SELECT group_concat(t.code || ':' || r.\"right\" || ':' || r.granted_at, ' ' ORDER BY t.code, r.\"right\")
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
    let (sql, conditions) = query(filter);
    db::list(conn, &sql, conditions.params(), from_row)
}

/// What [`list`] asks. Few are found from their institution, or their staff role, without a look at everyone.
pub(super) fn query(filter: &Filter) -> (String, Where) {
    let mut conditions = Where::default();
    let right = filter.right.map(|right| right.code().to_owned());
    // One right must fulfil both: at one of those institutions, and this one.
    let marks = filter.tenants.as_ref().map(|tenants| vec!["?"; tenants.len()].join(", "));
    if marks.is_some() || right.is_some() {
        let at = marks.map(|marks| format!(" AND r.tenant_id IN ({marks})")).unwrap_or_default();
        let what = right.as_ref().map_or("", |_| " AND r.\"right\" = ?");
        conditions.all(
            &format!("u.id IN (SELECT r.user_id FROM user_right r WHERE 1 = 1{at}{what})"),
            filter.tenants.iter().flatten().map(|id| (*id).into()).chain(right.map(Into::into)),
        );
    }
    conditions.equals("u.status = ?", filter.status.map(|status| status.code().to_owned()));
    if filter.staff {
        conditions.always("u.staff IS NOT NULL");
    }
    if filter.missing_mfa {
        conditions.always("u.mfa IS NULL AND u.status <> 'disabled'");
    }
    conditions.equals("coalesce(u.last_login_at, u.created_at) <= ?", filter.inactive_since.clone());
    // The plus keeps SQLite from reading all in the order of the addresses, to find the few.
    let few = if filter.staff || filter.tenants.is_some() { "+" } else { "" };
    (format!("{SELECT}{} ORDER BY {few}u.email_key", conditions.sql()), conditions)
}

/// How often a way in failed in a row, and when last.
pub fn failures(conn: &Connection, user: i64, channel: &str) -> Result<(u32, Option<DateTime<Utc>>)> {
    let found = db::optional(
        conn,
        "SELECT failures, last_at FROM login_failure WHERE user_id = ? AND channel = ?",
        params![user, channel],
        |row| Ok((row.get(0)?, row.time_opt("last_at")?)),
    )?;
    Ok(found.unwrap_or((0, None)))
}

/// Whether anyone but this user is system administrator and in use.
pub fn has_other_system_administrator(conn: &Connection, except: i64) -> Result<bool> {
    let found: Option<i64> = db::scalar(
        conn,
        "SELECT 1 FROM user WHERE staff = 'system-administrator' AND status = 'active' AND id <> ? LIMIT 1",
        [except],
    )?;
    Ok(found.is_some())
}

/// Every address, for "did you mean".
pub fn emails(conn: &Connection) -> Result<Vec<String>> {
    db::list(conn, "SELECT email FROM user", [], |row| Ok(row.get(0)?))
}

/// Adds a user; answers with the row.
pub fn insert(tx: &Tx<'_>, user: &User) -> Result<i64> {
    db::insert(
        tx,
        "INSERT INTO user (email, email_key, name, b_number, phone, title, language, kind, staff, staff_since, status, created_at,
                           email_reminders)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
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
            user.staff_since,
            user.status.code(),
            user.created_at,
        ],
    )
}

/// Writes a user's data as they are now. A staff role that is another one is held from now on.
pub fn update(tx: &Tx<'_>, user: &User) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE user SET name = ?1, b_number = ?2, phone = ?3, title = ?4, language = ?5, kind = ?6, staff = ?7,
             staff_since = CASE WHEN ?7 IS NULL THEN NULL WHEN staff IS ?7 THEN staff_since ELSE ?9 END
         WHERE id = ?8",
        params![
            user.name,
            user.b_number.as_ref().map(BNumber::as_str),
            user.phone.as_ref().map(ToString::to_string),
            user.title,
            user.language.map(Coded::code),
            user.kind.code(),
            user.staff.map(Coded::code),
            user.id,
            tx.now_text(),
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

/// What a user wants to hear of.
pub fn wishes(conn: &Connection, id: i64) -> Result<Wishes> {
    db::optional(conn, "SELECT notifications, email_reminders FROM user WHERE id = ?", [id], |row| {
        Ok(Wishes { notifications: row.get(0)?, email_reminders: row.get(1)? })
    })?
    .ok_or_else(|| Error::internal(format!("the database has no user number {id}")))
}

/// Sets what a user wants to hear of.
pub fn set_wishes(tx: &Tx<'_>, id: i64, wishes: Wishes) -> Result<()> {
    let Wishes { notifications, email_reminders } = wishes;
    db::execute_one(
        tx,
        "UPDATE user SET notifications = ?, email_reminders = ? WHERE id = ?",
        params![notifications, email_reminders, id],
    )
}

/// Opens the account of a user who came in for the first time.
pub fn activate(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(
        tx,
        "UPDATE user SET status = 'active', activated_at = ? WHERE id = ?",
        params![tx.now_text(), id],
    )
}

/// Notes a login.
pub fn set_last_login(tx: &Tx<'_>, id: i64) -> Result<()> {
    db::execute_one(tx, "UPDATE user SET last_login_at = ? WHERE id = ?", params![tx.now_text(), id])
}

/// Notes which second step is in use.
pub fn set_mfa(tx: &Tx<'_>, id: i64, mfa: Option<&str>) -> Result<()> {
    db::execute_one(tx, "UPDATE user SET mfa = ? WHERE id = ?", params![mfa, id])
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
        staff_since: row.get("staff_since")?,
        status: row.coded("status")?,
        disabled_reason: row.get("disabled_reason")?,
        disabled_at: row.get("disabled_at")?,
        rights: rights.unwrap_or_default().split_whitespace().map(parse_right).collect::<Result<_>>()?,
        mfa: row.get("mfa")?,
        last_login_at: row.get("last_login_at")?,
        created_at: Some(row.get("created_at")?),
        activated: row.get::<_, Option<String>>("activated_at")?.is_some(),
    })
}

/// A right as [`SELECT`] joins it: institution, right and moment, in which there are colons again.
fn parse_right(joined: &str) -> Result<TenantRight> {
    let mut parts = joined.splitn(3, ':');
    let parsed = match (parts.next(), parts.next().and_then(Right::from_code), parts.next()) {
        (Some(tenant), Some(right), Some(granted_at)) => {
            Some(TenantRight { tenant: tenant.to_owned(), right, granted_at: granted_at.to_owned() })
        }
        _ => None,
    };
    parsed.ok_or_else(|| Error::internal(format!("the database holds the right \"{joined}\"")))
}
