//! How the cases of a file stand to those stored, and what becomes of the monthly figures.

use std::collections::BTreeMap;

use super::{Basics, Comparison, Course, Item, Standing, store};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::sheet::Fault;
use crate::platform::spill::{Sequence, Stream};
use crate::portal::kpi::import::failures::{Failures, Obstacles};
use crate::portal::kpi::import::{ImportOptions, Key, Needed, PROVISIONAL};
use crate::values::Month;

/// Marks each case, and tells which figures change. Rows about the same case are noted as `wrong`; none is kept.
pub(super) fn compare(
    conn: &Connection,
    basics: &Basics,
    options: ImportOptions,
    items: &mut impl Stream<Item>,
    wrong: &mut Failures,
) -> Result<Comparison> {
    let mut comparison = Comparison {
        items: Sequence::new(options.memory),
        created: 0,
        updated: 0,
        unchanged: 0,
        against: Obstacles::new("cases", options),
        needed: Needed::default(),
        figures: BTreeMap::new(),
    };
    let mut next = items.next()?;
    while let Some(item) = next {
        next = items.next()?;
        if next.as_ref().is_some_and(|next| next.key() == item.key()) {
            next = doubled(&item, next, items, wrong)?;
            continue;
        }
        if item.standing != Standing::Broken {
            let known = store::find(conn, &item)?;
            comparison.put(basics, item, known, options)?;
        }
    }
    comparison.settle_figures(conn, options)?;
    Ok(comparison)
}

impl Comparison {
    fn put(
        &mut self,
        basics: &Basics,
        mut item: Item,
        known: Option<Course>,
        options: ImportOptions,
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
                let message = format!("the case is known as {}, not {}", told(&known), told(&course));
                self.against.differs(line, item.case.to_string(), message)?;
                item.standing = Standing::Barred;
            }
            (Standing::New, ..) => self.created += 1,
            _ => self.updated += 1,
        }
        if !matches!(item.standing, Standing::Same | Standing::Barred) {
            self.needed.note(item.unit, course.area);
            let corrected = item.standing == Standing::Corrected;
            for (counted, sign) in [(before, -1), (after, 1)] {
                let Some((key, met)) = counted else { continue };
                let change = self.figures.entry(key).or_default();
                change.numerator += sign * i64::from(met);
                change.denominator += sign;
                change.corrected |= corrected;
            }
        }
        self.items.push(item)
    }

    /// What each figure becomes. One that came from a file of figures and would become another is a conflict.
    fn settle_figures(&mut self, conn: &Connection, options: ImportOptions) -> Result<()> {
        let mut contested: BTreeMap<Key, String> = BTreeMap::new();
        for (key, change) in &mut self.figures {
            let new = key.unit >= PROVISIONAL || key.area >= PROVISIONAL;
            let (numerator, denominator) = if new { (0, 0) } else { store::sums(conn, *key)? };
            change.becomes = (numerator + change.numerator, denominator + change.denominator);
            let stored = if new { None } else { store::figure(conn, *key)? };
            let Some((figures, from_items)) = stored else { continue };
            change.exists = true;
            if figures == change.becomes || from_items {
                continue;
            }
            if options.correct {
                change.corrected = true;
                continue;
            }
            let (known, becomes) = (figures, change.becomes);
            let message = format!(
                "the month's figure came from a file of figures as {}/{}, and with these cases it would be {}/{}",
                known.0, known.1, becomes.0, becomes.1
            );
            contested.insert(*key, message);
        }
        if contested.is_empty() {
            return Ok(());
        }
        self.figures.retain(|key, _| !contested.contains_key(key));
        let mut all = std::mem::replace(&mut self.items, Sequence::new(options.memory));
        let mut reading = all.read()?;
        while let Some(mut item) = reading.next()? {
            let counted = matches!(item.standing, Standing::New | Standing::Handled);
            let key = item.counted(&item.course).filter(|_| counted).map(|(key, _)| key);
            if let Some(message) = key.and_then(|key| contested.get(&key)) {
                self.against.differs(u64::from(item.line), item.case.to_string(), message.clone())?;
                let count =
                    if item.standing == Standing::New { &mut self.created } else { &mut self.updated };
                *count -= 1;
                item.standing = Standing::Barred;
            }
            self.items.push(item)?;
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

/// Rows about the same case. Answers with the first about another.
fn doubled(
    first: &Item,
    mut next: Option<Item>,
    items: &mut impl Stream<Item>,
    wrong: &mut Failures,
) -> Result<Option<Item>> {
    let fault = |line: u32, other: u32| Fault {
        line: u64::from(line),
        column: None,
        value: first.case.to_string(),
        code: "row.duplicate",
        message: format!("measure, unit and case number are those of line {other} again"),
    };
    if let Some(second) = &next {
        wrong.set_aside(u64::from(first.line), fault(first.line, second.line))?;
    }
    while let Some(item) = next.as_ref().filter(|item| item.key() == first.key()) {
        wrong.row(u64::from(item.line), [fault(item.line, first.line)])?;
        next = items.next()?;
    }
    Ok(next)
}
