//! The import of cases (`kpi import --items`): each is judged by its age in working days, and those that were handled
//! add up to the figures of their month.
//!
//! The limit is the one in force on the day of receipt. That is what was promised when the case came in, and it stays the
//! same while the case waits: a limit that is tightened meanwhile makes nothing late that was in time as promised, and
//! an open case has a limit too.

mod compare;
mod read;
mod store;

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::failures::Failures;
use super::figures::store as figures;
use super::service::each_row;
use super::store::{Inserting, catalogue};
use super::{
    Catalogue, Comparison, Content, ImportKind, ImportOptions, Key, Line, Parsed, Writing, put_key, take_key,
};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::sheet::Sheet;
use crate::platform::spill::{self, Sequence, Spill, Stream};
use crate::platform::ui::answer::Bulk;
use crate::platform::ui::progress::Progress;
use crate::portal::calendar::service as calendar_service;
use crate::portal::calendar::working::WorkingDays;
use crate::portal::kpi::store as kpi_store;
use crate::values::parse_date;

/// What the judgement of cases needs to know of the database.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Basics {
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

impl Course {
    /// Whether another one says the same of the case itself; what it is judged by may be otherwise.
    fn is_told_alike(&self, other: &Course) -> bool {
        let days = |course: &Course| (course.received, course.handled.map(|(day, _)| day));
        self.area == other.area && days(self) == days(other)
    }
}

/// A case of the file.
#[derive(Debug, Clone)]
pub(super) struct Item {
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

fn standing(number: u32) -> Option<Standing> {
    let all = [
        Standing::New,
        Standing::Same,
        Standing::Handled,
        Standing::Corrected,
        Standing::Barred,
        Standing::Broken,
    ];
    all.into_iter().find(|known| *known as u32 == number)
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    spill::put(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn take_text(from: &mut &[u8]) -> Option<Box<str>> {
    let length = spill::take(from)?;
    let (text, rest) = from.split_at_checked(length.try_into().ok()?)?;
    *from = rest;
    Some(std::str::from_utf8(text).ok()?.into())
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
        put_text(&self.case, out);
    }

    fn read(from: &mut &[u8]) -> Option<Item> {
        let mut number = || spill::take_small(from);
        let (measure, unit, line, area) = (number()?, number()?, number()?, number()?);
        let (received, handled, days, limit) = (day(number()?)?, number()?, number()?, number()?);
        let standing = standing(number()?)?;
        let case = take_text(from)?;
        let handled = (handled > 0).then(|| day(handled)).flatten().map(|date| (date, days));
        Some(Item { measure, unit, case, course: Course { area, received, handled, limit }, line, standing })
    }
}

/// What one case does to a figure.
#[derive(Debug, Clone)]
struct Part {
    key: Key,
    line: u32,
    /// It no longer is part of it; else it becomes so.
    leaves: bool,
    /// Whether it was handled in time.
    met: bool,
    standing: Standing,
    case: Box<str>,
}

impl Part {
    fn order(&self) -> (Key, u32, bool) {
        (self.key, self.line, self.leaves)
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Part) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Part) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part {}

impl Spill for Part {
    fn beside(&self) -> usize {
        self.case.len() + 16
    }

    fn write(&self, out: &mut Vec<u8>) {
        let flags = u32::from(self.leaves) | u32::from(self.met) << 1;
        put_key(self.key, out);
        let numbers = [self.line, self.standing as u32, flags];
        numbers.into_iter().for_each(|number| spill::put(u64::from(number), out));
        put_text(&self.case, out);
    }

    fn read(from: &mut &[u8]) -> Option<Part> {
        let key = take_key(from)?;
        let (line, standing, flags) =
            (spill::take_small(from)?, standing(spill::take_small(from)?)?, spill::take_small(from)?);
        let case = take_text(from)?;
        Some(Part { key, line, leaves: flags & 1 > 0, met: flags & 2 > 0, standing, case })
    }
}

/// What becomes of a monthly figure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    key: Key,
    /// How many cases in time, of how many.
    becomes: (i64, i64),
    /// Whether cases that are part of it were put right: then the history keeps what it was.
    corrected: bool,
    /// Whether there is one already.
    exists: bool,
}

impl Change {
    fn add(&mut self, part: &Part) {
        let sign = if part.leaves { -1 } else { 1 };
        self.becomes.0 += sign * i64::from(part.met);
        self.becomes.1 += sign;
        self.corrected |= part.standing == Standing::Corrected;
    }
}

impl Spill for Change {
    fn write(&self, out: &mut Vec<u8>) {
        put_key(self.key, out);
        for figure in [self.becomes.0, self.becomes.1] {
            spill::put(u64::try_from(figure).unwrap_or_default(), out);
        }
        spill::put(u64::from(self.corrected) | u64::from(self.exists) << 1, out);
    }

    fn read(from: &mut &[u8]) -> Option<Change> {
        let key = take_key(from)?;
        let mut figure = || spill::take(from).and_then(|figure| figure.try_into().ok());
        let (becomes, flags): (_, i64) = ((figure()?, figure()?), figure()?);
        Some(Change { key, becomes, corrected: flags & 1 > 0, exists: flags & 2 > 0 })
    }
}

/// Files of cases.
pub(super) struct Cases;

impl Content for Cases {
    const KIND: ImportKind = ImportKind::Items;
    const NOUN: &'static str = "cases";
    type Row = Item;
    type Basics = Basics;
    /// The figures that change, by key.
    type More = Sequence<Change>;

    fn basics(conn: &Connection) -> Result<Basics> {
        let catalogue = catalogue(conn)?;
        let working = WorkingDays::new(&calendar_service::all(conn)?);
        let targets = kpi_store::targets(conn)?;
        let of = |code: &str| {
            let targets = targets.iter().filter(|target| target.measure == code);
            let limit = |days: Option<i64>| days.and_then(|days| u32::try_from(days).ok());
            targets
                .map(|target| Ok((parse_date(&target.from)?, limit(target.max_days))))
                .collect::<Result<Vec<_>>>()
        };
        let limits = catalogue.measures.iter().map(|measure| Ok((measure.id, of(&measure.code)?)));
        let limits = limits.collect::<Result<_>>()?;
        Ok(Basics { catalogue, working, limits })
    }

    fn catalogue(basics: &Basics) -> &Catalogue {
        &basics.catalogue
    }

    fn parse(
        sheet: &Sheet,
        basics: &Basics,
        options: ImportOptions,
        today: NaiveDate,
        progress: &Progress,
    ) -> Result<Parsed<Cases>> {
        read::parse(sheet, basics, options, today, progress)
    }

    fn compare(
        conn: &Connection,
        basics: &Basics,
        options: ImportOptions,
        rows: &mut impl Stream<Item>,
        wrong: &mut Failures,
    ) -> Result<Comparison<Cases>> {
        compare::compare(conn, basics, options, rows, wrong)
    }

    fn write(writing: Writing<'_, Cases>) -> Result<()> {
        let Writing { tx, import, comparison, settled, progress, .. } = writing;
        let mut inserting = Inserting::new(tx, import)?;
        each_row(&mut comparison.rows, progress, |item| {
            let course = Course { area: settled.area(item.course.area), ..item.course };
            let item = Item { unit: settled.unit(item.unit), course, ..item };
            match item.standing {
                Standing::New => inserting.add(item),
                Standing::Handled => store::update(tx, import, &item),
                Standing::Corrected => {
                    store::keep(tx, import, &item)?;
                    store::update(tx, import, &item)
                }
                Standing::Same | Standing::Barred | Standing::Broken => Ok(()),
            }
        })?;
        inserting.finish()?;
        let mut changes = comparison.more.read()?;
        while let Some(change) = changes.next()? {
            if change.exists && change.corrected {
                figures::keep(tx, import, change.key)?;
            }
            let Key { unit, area, .. } = change.key;
            let key = Key { unit: settled.unit(unit), area: settled.area(area), ..change.key };
            store::put_figure(tx, import, &Change { key, ..change })?;
        }
        Ok(())
    }

    fn tell(comparison: &Comparison<Cases>, bulk: Bulk) -> Bulk {
        bulk.with("figures", comparison.more.len())
    }
}

impl Line for Item {
    const ABOUT: &'static str = "measure, unit and case number";

    fn is_about_the_same(&self, other: &Item) -> bool {
        self.key() == other.key()
    }

    fn line(&self) -> u32 {
        self.line
    }

    fn shown(&self) -> String {
        self.case.to_string()
    }
}
