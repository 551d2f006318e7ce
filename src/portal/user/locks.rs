//! Until when a user's ways in are shut after failures, for the help desk.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::store;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::secret::lockout::{Door, Lockout};
use crate::platform::settings;
use crate::values::utc_text;

/// Until when ways in are shut; `None` where they are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Locks {
    /// The password.
    pub locked_until: Option<String>,
    /// Codes by SMS.
    pub sms_locked_until: Option<String>,
}

/// How failures shut a way in.
pub fn lockout(conn: &Connection) -> Result<Lockout> {
    let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(Lockout {
        max_failures: number(settings::LOGIN_MAX_FAILURES.int(conn)?),
        lock_minutes: number(settings::LOGIN_LOCK_MINUTES.int(conn)?),
    })
}

/// Until when a user's ways in are shut after failures.
pub fn locks(conn: &Connection, user: i64, now: DateTime<Utc>) -> Result<Locks> {
    let lockout = lockout(conn)?;
    let until = |channel| -> Result<Option<String>> {
        let (failures, last) = store::failures(conn, user, channel)?;
        Ok(match lockout.door(failures, last, now) {
            Door::Locked(until) => Some(utc_text(until)),
            Door::Open | Door::Wait(_) => None,
        })
    };
    Ok(Locks { locked_until: until("password")?, sms_locked_until: until("sms")? })
}
