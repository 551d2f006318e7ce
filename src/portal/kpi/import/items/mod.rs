//! The import of cases (`kpi import --items`): each is judged by its age in working days, and those that were handled
//! add up to the figures of their month.
//!
//! The limit is the one in force on the day of receipt. That is what was promised when the case came in, and it stays the
//! same while the case waits: a limit that is tightened meanwhile makes nothing late that was in time as promised, and
//! an open case has a limit too.

mod compare;
mod read;
pub mod service;
mod store;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};

use super::failures::Obstacles;
use super::rows::Known;
use super::{Catalogue, Key, Needed};
use crate::platform::spill::{self, Sequence, Sorted, Spill};
use crate::portal::calendar::working::WorkingDays;
use crate::values::Month;

/// What the judgement of cases needs to know of the database.
#[derive(Debug, PartialEq, Eq)]
struct Basics {
    catalogue: Catalogue,
    working: WorkingDays,
    /// By measure: from which day on which limit holds, ascending.
    limits: HashMap<i64, Vec<(NaiveDate, Option<u32>)>>,
}

/// How a case of the file stands to the one stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    New,
    Same,
    /// It was open, and is handled now.
    Handled,
    /// It was known otherwise, and is put right.
    Corrected,
    /// It may not be taken.
    Barred,
    /// The row is wrong; it only says what it is about.
    Broken,
}

/// What is said of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Course {
    area: u32,
    received: NaiveDate,
    /// When it was handled, and how many working days old it was.
    handled: Option<(NaiveDate, u32)>,
    limit: u32,
}

/// A case of the file.
#[derive(Debug, Clone)]
struct Item {
    measure: u32,
    unit: u32,
    case: Box<str>,
    course: Course,
    line: u32,
    standing: Standing,
}

impl Course {
    /// The month whose figures it is part of, and whether it was handled in time.
    fn counted(&self) -> Option<(u32, bool)> {
        let (handled, days) = self.handled?;
        Some((handled.year().unsigned_abs() * 100 + handled.month(), days <= self.limit))
    }
}

impl Item {
    /// The figure that it is part of, and whether it was handled in time.
    fn counted(&self, course: &Course) -> Option<(Key, bool)> {
        let (month, met) = course.counted()?;
        Some((Key { measure: self.measure, month, unit: self.unit, area: course.area }, met))
    }

    fn key(&self) -> (u32, u32, &str) {
        (self.measure, self.unit, &self.case)
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Item) -> Ordering {
        self.key().cmp(&other.key()).then(self.line.cmp(&other.line))
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Item) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Item) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Item {}

/// A day as a number; 0 for none.
fn day_number(date: Option<NaiveDate>) -> u32 {
    date.and_then(|date| u32::try_from(date.num_days_from_ce()).ok()).unwrap_or_default()
}

fn day(number: u32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).ok()?)
}

impl Spill for Item {
    fn beside(&self) -> usize {
        self.case.len() + 16
    }

    fn write(&self, out: &mut Vec<u8>) {
        let Course { area, received, handled, limit } = self.course;
        let days = handled.map_or(0, |(_, days)| days);
        let (received, handled) = (day_number(Some(received)), day_number(handled.map(|(date, _)| date)));
        let standing = self.standing as u32;
        for number in [self.measure, self.unit, self.line, area, received, handled, days, limit, standing] {
            spill::put(u64::from(number), out);
        }
        spill::put(self.case.len() as u64, out);
        out.extend_from_slice(self.case.as_bytes());
    }

    fn read(from: &mut &[u8]) -> Option<Item> {
        let mut number = || spill::take_small(from);
        let (measure, unit, line, area) = (number()?, number()?, number()?, number()?);
        let (received, handled, days, limit) = (day(number()?)?, number()?, number()?, number()?);
        let standing = number()?;
        let all = [
            Standing::New,
            Standing::Same,
            Standing::Handled,
            Standing::Corrected,
            Standing::Barred,
            Standing::Broken,
        ];
        let standing = all.into_iter().find(|known| *known as u32 == standing)?;
        let length = spill::take(from)?;
        let (case, rest) = from.split_at_checked(length.try_into().ok()?)?;
        *from = rest;
        let case = std::str::from_utf8(case).ok()?.into();
        let handled = (handled > 0).then(|| day(handled)).flatten().map(|date| (date, days));
        Some(Item { measure, unit, case, course: Course { area, received, handled, limit }, line, standing })
    }
}

/// A file of cases, parsed.
struct Parsed {
    /// By measure, unit and case number.
    items: Sorted<Item>,
    /// The months in which cases were handled.
    months: BTreeSet<Month>,
    known: Known,
}

/// What becomes of a monthly figure.
#[derive(Debug, Clone, Copy, Default)]
struct Change {
    /// How many more cases there are, and how many more in time.
    numerator: i64,
    denominator: i64,
    /// Whether cases that are part of it were put right: then the history keeps what it was.
    corrected: bool,
    /// What it becomes; filled in when all cases are known.
    becomes: (i64, i64),
    /// Whether there is one already.
    exists: bool,
}

/// How the cases of a file stand to what is stored.
struct Comparison {
    /// Every row that is sound and about a case of its own.
    items: Sequence<Item>,
    created: u64,
    updated: u64,
    unchanged: u64,
    against: Obstacles,
    needed: Needed,
    /// The figures that change.
    figures: BTreeMap<Key, Change>,
}
