//! The days that are not working days: the statutory holidays, which are computed, and the days on which the provider
//! is closed besides, which are data (DOMAIN §10).

pub mod actions;
pub mod cli;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;
pub mod working;

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::values::{Invalid, parse_date};

/// The years of the calendar.
pub const YEARS: RangeInclusive<i32> = 1900..=2200;

crate::coded! {
    /// Why a day is no working day.
    pub enum DayKind("day-kind") {
        /// The law says so.
        Statutory => "statutory",
        /// The provider is closed.
        Closed => "closed",
    }
}

/// A day that is no working day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// Of a statutory holiday its code, which tables show as its name; else what people call it.
    pub name: String,
    /// Why it is no working day.
    pub kind: DayKind,
}

impl Day {
    /// A day on which the provider is closed.
    pub fn closed(date: NaiveDate, name: impl Into<String>) -> Day {
        Day { date, name: name.into(), kind: DayKind::Closed }
    }
}

/// Reads a day of the calendar.
///
/// # Errors
/// `date.invalid`: no date, or one outside [`YEARS`].
pub fn parse_day(text: &str) -> Result<NaiveDate, Invalid> {
    let date = parse_date(text)?;
    if YEARS.contains(&date.year()) {
        return Ok(date);
    }
    let rule = format!("the calendar knows the years {} to {}", YEARS.start(), YEARS.end());
    Err(Invalid::new("date.invalid", "a day of the calendar", text, rule, "2026-12-24"))
}
