//! Use cases of the calendar.

use chrono::{Datelike, NaiveDate};

use super::{Day, DayKind, actions, store};
use crate::platform::actor::Actor;
use crate::platform::calendar;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, label_of};
use crate::platform::ui::answer::Warning;
use crate::portal::access;
use crate::values::Coded;

/// The holidays and closed days of a year, by date. A closed day that is a holiday too stands behind it.
pub fn list(conn: &Connection, actor: &Actor, year: i32) -> Result<Vec<Day>> {
    access::provider_only(actor)?;
    let holidays = calendar::statutory(year).into_iter().map(|(date, holiday)| Day {
        date,
        name: holiday.code().to_owned(),
        kind: DayKind::Statutory,
    });
    let closed = store::list(conn)?.into_iter().filter(|day| day.date.year() == year);
    let mut days: Vec<_> = holidays.chain(closed).collect();
    days.sort_by_key(|day| (day.date, day.kind));
    Ok(days)
}

/// All closed days, by date.
pub fn all(conn: &Connection) -> Result<Vec<Day>> {
    store::list(conn)
}

/// Adds a closed day. With `if_not_exists` one that is there under this name is taken as it is. Answers with whether
/// it is new.
pub fn add(tx: &Tx<'_>, date: NaiveDate, name: &str, if_not_exists: bool) -> Result<(bool, Day)> {
    access::provider_only(tx.actor())?;
    let Some(present) = store::find(tx, date)? else {
        return put(tx, date, name).map(|(_, day)| (true, day));
    };
    if if_not_exists && present.name == name {
        return Ok((false, present));
    }
    let (code, what) = if if_not_exists {
        ("calendar.differs", "exists and differs in: name")
    } else {
        ("calendar.exists", "exists already")
    };
    Err(Error::conflict(code, format!("closed day {date} ({}) {what}", present.name))
        .hint(format!("`portalctl calendar remove {date}` makes room for another")))
}

/// Sees to it that a day is closed under this name: `created`, `updated` or `unchanged`.
pub fn put(tx: &Tx<'_>, date: NaiveDate, name: &str) -> Result<(&'static str, Day)> {
    access::provider_only(tx.actor())?;
    let before = store::find(tx, date)?;
    let after = Day::closed(date, name);
    if before.as_ref() == Some(&after) {
        return Ok(("unchanged", after));
    }
    store::upsert(tx, &after)?;
    let (result, action) = match before {
        Some(_) => ("updated", actions::UPDATE),
        None => ("created", actions::ADD),
    };
    tx.record(action, object(date), before.as_ref(), Some(&after))?;
    Ok((result, after))
}

/// Removes a closed day. A statutory holiday stays one.
pub fn remove(tx: &Tx<'_>, date: NaiveDate) -> Result<Day> {
    access::provider_only(tx.actor())?;
    let Some(before) = store::find(tx, date)? else {
        return Err(not_removable(date));
    };
    store::delete(tx, date)?;
    tx.record(actions::REMOVE, object(date), Some(&before), None::<&()>)?;
    Ok(before)
}

fn not_removable(date: NaiveDate) -> Error {
    match calendar::holiday(date) {
        Some(holiday) => Error::refused(
            "calendar.statutory",
            format!(
                "{date} is {}, a statutory holiday: those are the law's, computed for every year, and cannot be removed",
                label_of(Lang::En, holiday)
            ),
        )
        .hint("only days of the kind `closed` can be removed"),
        None => Error::not_found("closed day", date)
            .hint(format!("`portalctl calendar list --year {}` shows them", date.year())),
    }
}

/// A word of warning where closing a day changes nothing, since nobody works on it anyway.
pub fn needless(date: NaiveDate) -> Option<Warning> {
    let why = match calendar::holiday(date) {
        Some(holiday) => format!("{}, a statutory holiday", label_of(Lang::En, holiday)),
        None if calendar::is_weekend(date) => format!("a {}", date.format("%A")),
        None => return None,
    };
    Some(Warning::new("calendar.needless", format!("{date} is {why}: it is no working day anyway")))
}

fn object(date: NaiveDate) -> String {
    format!("closed-day:{date}")
}
