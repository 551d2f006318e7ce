//! How the cases of a file stand to those stored, and what becomes of the monthly figures.
//!
//! However many cases and figures there are, neither is held in memory: what each case changes is sorted by figure, and
//! the changes of one figure are added up as they come.

use std::collections::BTreeSet;

use super::{Basics, Cases, Change, Course, Item, Part, Standing, store};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::spill::{Sequence, Sorted, Sorter, Stream};
use crate::portal::kpi::import::failures::Failures;
use crate::portal::kpi::import::{Comparison, ImportOptions, Line, PROVISIONAL, doubled};
use crate::values::Month;

/// Marks each case, and tells which figures change. Rows about the same case are noted as `wrong`; none is kept.
pub(super) fn compare(
    conn: &Connection,
    basics: &Basics,
    options: ImportOptions,
    items: &mut impl Stream<Item>,
    wrong: &mut Failures,
) -> Result<Comparison<Cases>> {
    let mut comparison = Comparison::new(options, Sequence::new(options.memory));
    let mut parts = Sorter::new(options.memory);
    let mut stored = store::Stored::new(conn);
    let mut next = items.next()?;
    while let Some(item) = next {
        next = items.next()?;
        if next.as_ref().is_some_and(|next| next.is_about_the_same(&item)) {
            next = doubled(&item, next, items, wrong)?;
            continue;
        }
        if item.standing != Standing::Broken {
            let known = stored.find(&item)?;
            comparison.put(basics, item, known, options, &mut parts)?;
        }
    }
    let barred = comparison.settle(conn, options, &mut parts.finish()?)?;
    comparison.bar(options, &barred)?;
    Ok(comparison)
}

impl Comparison<Cases> {
    fn put(
        &mut self,
        basics: &Basics,
        mut item: Item,
        known: Option<Course>,
        options: ImportOptions,
        parts: &mut Sorter<Part>,
    ) -> Result<()> {
        let course = item.course;
        item.standing = match known {
            None => Standing::New,
            Some(known) if known == course => Standing::Same,
            Some(known) if known == (Course { handled: None, ..course }) => Standing::Handled,
            Some(_) => Standing::Corrected,
        };
        let line = u64::from(item.line);
        let (before, after) = (known.and_then(|known| item.counted(&known)), item.counted(&course));
        let closed = [before, after].into_iter().flatten().find_map(|(key, _)| {
            let month = Month::from_yyyymm(i64::from(key.month))?;
            basics.catalogue.closed.contains(&month).then_some(month)
        });
        match (item.standing, closed, known) {
            (Standing::Same, ..) => self.unchanged += 1,
            (_, Some(month), _) => {
                self.against.closed(line, month)?;
                item.standing = Standing::Barred;
            }
            (Standing::Corrected, _, Some(known)) if !options.correct => {
                let mut message = format!("the case is known as {}, not {}", told(&known), told(&course));
                if known.is_told_alike(&course) {
                    message.push_str(
                        "; the calendar or the limit was changed since, and --correct judges it anew",
                    );
                }
                self.against.differs(line, item.shown(), message)?;
                item.standing = Standing::Barred;
            }
            (Standing::New, ..) => self.created += 1,
            _ => self.updated += 1,
        }
        if !matches!(item.standing, Standing::Same | Standing::Barred) {
            self.needed.note(item.unit, course.area);
            for (counted, leaves) in [(before, true), (after, false)] {
                let Some((key, met)) = counted else { continue };
                let (line, standing, case) = (item.line, item.standing, item.case.clone());
                parts.push(Part { key, line, leaves, met, standing, case })?;
            }
        }
        self.rows.push(item)
    }

    /// What each figure becomes. One that came from a file of figures and would become another is a conflict: then the
    /// lines of its cases are answered with.
    fn settle(
        &mut self,
        conn: &Connection,
        options: ImportOptions,
        parts: &mut Sorted<Part>,
    ) -> Result<BTreeSet<u32>> {
        let mut barred = BTreeSet::new();
        let mut next = parts.next()?;
        while let Some(first) = &next {
            let key = first.key;
            let new = key.unit >= PROVISIONAL || key.area >= PROVISIONAL;
            let (known, stored) =
                if new { ((0, 0), None) } else { (store::sums(conn, key)?, store::figure(conn, key)?) };
            let mut change = Change { key, becomes: known, corrected: false, exists: stored.is_some() };
            // Only of a figure that may be contested its cases have to be told.
            let foreign = stored.filter(|(_, from_items)| !from_items).map(|(figures, _)| figures);
            let mut told = foreign.filter(|_| !options.correct).map(|_| Sequence::new(options.memory));
            while let Some(part) = next.take_if(|part| part.key == key) {
                change.add(&part);
                if let Some(told) = &mut told {
                    told.push(part)?;
                }
                next = parts.next()?;
            }
            match (foreign.filter(|figures| *figures != change.becomes), &mut told) {
                (Some(figures), Some(told)) => self.contest(figures, &change, told, options, &mut barred)?,
                (other, _) => {
                    change.corrected |= other.is_some();
                    self.more.push(change)?;
                }
            }
        }
        Ok(barred)
    }

    /// The cases behind a figure that is known otherwise are not taken.
    fn contest(
        &mut self,
        known: (i64, i64),
        change: &Change,
        parts: &mut Sequence<Part>,
        options: ImportOptions,
        barred: &mut BTreeSet<u32>,
    ) -> Result<()> {
        let message = format!(
            "the month's figure came from a file of figures as {}/{}, and with these cases it would be {}/{}",
            known.0, known.1, change.becomes.0, change.becomes.1
        );
        let mut reading = parts.read()?;
        while let Some(part) = reading.next()? {
            self.against.differs(u64::from(part.line), part.case.to_string(), message.clone())?;
            let count = if part.standing == Standing::New { &mut self.created } else { &mut self.updated };
            *count -= 1;
            // Where they are not kept the whole file is refused; where they are, there are few.
            if options.keeps_failures() {
                barred.insert(part.line);
            }
        }
        Ok(())
    }

    /// Marks the cases of these lines.
    fn bar(&mut self, options: ImportOptions, lines: &BTreeSet<u32>) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut all = std::mem::replace(&mut self.rows, Sequence::new(options.memory));
        let mut reading = all.read()?;
        while let Some(mut item) = reading.next()? {
            if lines.contains(&item.line) {
                item.standing = Standing::Barred;
            }
            self.rows.push(item)?;
        }
        Ok(())
    }
}

/// A case's course in words.
fn told(course: &Course) -> String {
    let Course { received, handled, limit, .. } = course;
    match handled {
        Some((handled, days)) => {
            format!("received {received}, handled {handled}, {days} working days of at most {limit}")
        }
        None => format!("received {received}, not handled, at most {limit} working days"),
    }
}
