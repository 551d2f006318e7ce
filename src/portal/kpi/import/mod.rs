//! The import of a CSV file of figures (DOMAIN §2.4), or of cases that add up to them.
//!
//! The file is parsed and checked whole, outside any write. Its rows, which are small, are sorted by key, in files where
//! there are many ([`spill`](crate::platform::spill)), and compared with what is stored; only then a write merges what
//! is new, in key order. What figures and cases have of their own stands in [`figures`] and [`items`].

pub mod cli;
mod failures;
mod figures;
mod items;
mod place;
mod rows;
mod service;
mod settled;
mod store;
#[cfg(test)]
pub(in crate::portal) mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use super::Measure;
use crate::platform::bulk::OnError;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::platform::sheet::{Fault, Sheet};
use crate::platform::spill::{self, Sequence, Sorted, Spill, Stream};
use crate::platform::ui::answer::Bulk;
use crate::platform::ui::progress::Progress;
use crate::portal::tenant::Status;
use crate::values::{Month, UnitKind};
use failures::{Failures, Obstacles};
use rows::Known;
use settled::Settled;

/// Units and service areas that do not exist yet are numbered from here until they do.
const PROVISIONAL: u32 = 1 << 31;

/// How many rows are dealt with between two steps of the bar.
const STEP: u64 = 4096;

/// What the user asked of an import.
#[derive(Debug, Clone, Copy)]
pub struct ImportOptions {
    /// Take figures that differ from those known.
    pub correct: bool,
    /// Close the months whose rows all say Ja.
    pub close: bool,
    /// Create units that do not exist.
    pub create_units: bool,
    /// What a row that is wrong does to the others.
    pub on_error: OnError,
    /// Whether the rows that are wrong are written to a file.
    pub errors_wanted: bool,
    /// How many bytes of figures wait in memory; more go to temporary files.
    pub memory: usize,
}

impl ImportOptions {
    /// The plain import: all or nothing.
    pub const PLAIN: ImportOptions = ImportOptions {
        correct: false,
        close: false,
        create_units: false,
        on_error: OnError::Stop,
        errors_wanted: false,
        memory: spill::MEMORY,
    };

    /// Whether every row that is wrong is kept, not only the first ones.
    fn keeps_failures(&self) -> bool {
        self.errors_wanted || self.on_error == OnError::Continue
    }
}

/// What a file that was imported held.
#[derive(Debug, Clone, Copy)]
enum ImportKind {
    /// Monthly figures.
    Figures,
    /// Cases that add up to them.
    Items,
}

impl ImportKind {
    fn code(self) -> &'static str {
        match self {
            ImportKind::Figures => "figures",
            ImportKind::Items => "items",
        }
    }
}

/// What identifies a figure, in the order of the table's primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    measure: u32,
    month: u32,
    unit: u32,
    area: u32,
}

fn put_key(key: Key, out: &mut Vec<u8>) {
    let Key { measure, month, unit, area } = key;
    [measure, month, unit, area].into_iter().for_each(|number| spill::put(u64::from(number), out));
}

fn take_key(from: &mut &[u8]) -> Option<Key> {
    let mut number = || spill::take_small(from);
    Some(Key { measure: number()?, month: number()?, unit: number()?, area: number()? })
}

/// What the check of a file needs to know of the database.
#[derive(Debug, PartialEq, Eq)]
struct Catalogue {
    measures: Vec<Measure>,
    units: HashMap<(UnitKind, String), UnitEntry>,
    /// By CVR: the institutions that have it.
    tenants: HashMap<String, Vec<TenantEntry>>,
    /// By row of the institution: its CVR and code.
    cvrs: HashMap<i64, (String, String)>,
    areas: HashMap<String, u32>,
    closed: BTreeSet<Month>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct UnitEntry {
    id: u32,
    /// From which month (yyyymm) whose figures they are, ascending.
    periods: Vec<(u32, i64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TenantEntry {
    id: i64,
    code: String,
    status: Status,
}

/// A unit that the import is to create.
#[derive(Debug, Clone)]
struct MissingUnit {
    kind: UnitKind,
    number: String,
    tenant: TenantEntry,
}

/// What a file may hold: monthly figures, or cases that add up to them.
trait Content: Sized {
    /// Which of the two.
    const KIND: ImportKind;
    /// What its rows are called.
    const NOUN: &'static str;
    /// A row.
    type Row: Line;
    /// What the check of the rows needs to know of the database.
    type Basics: PartialEq;
    /// What the comparison finds out besides.
    type More;

    fn basics(conn: &Connection) -> Result<Self::Basics>;

    fn catalogue(basics: &Self::Basics) -> &Catalogue;

    /// Reads and checks a whole sheet, on this day.
    fn parse(
        sheet: &Sheet,
        basics: &Self::Basics,
        options: ImportOptions,
        today: NaiveDate,
        progress: &Progress,
    ) -> Result<Parsed<Self>>;

    /// How the rows stand to what is stored. Rows about the same are noted as `wrong`; none of them is kept.
    fn compare(
        conn: &Connection,
        basics: &Self::Basics,
        options: ImportOptions,
        rows: &mut impl Stream<Self::Row>,
        wrong: &mut Failures,
    ) -> Result<Comparison<Self>>;

    /// Writes what is new, or put right.
    fn write(writing: Writing<'_, Self>) -> Result<()>;

    /// What the summary tells besides.
    fn tell(_comparison: &Comparison<Self>, bulk: Bulk) -> Bulk {
        bulk
    }
}

/// A row, sorted by what it is about and then by its line.
trait Line: Spill + Ord + Clone {
    /// What makes two rows be about the same.
    const ABOUT: &'static str;

    fn is_about_the_same(&self, other: &Self) -> bool;

    fn line(&self) -> u32;

    /// What a fault shows of it.
    fn shown(&self) -> String {
        String::new()
    }
}

/// A file, parsed.
struct Parsed<C: Content> {
    rows: Sorted<C::Row>,
    /// Months of the file, and whether all their rows say that they are final.
    months: BTreeMap<Month, bool>,
    /// Rows with something in a column that their measure does not use, and the line of the first.
    unused: Option<(u64, u64)>,
    /// What else the rows told.
    known: Known,
}

/// How a whole file stands to what is stored.
struct Comparison<C: Content> {
    /// Every row that is sound and about something of its own, in order.
    rows: Sequence<C::Row>,
    created: u64,
    updated: u64,
    unchanged: u64,
    /// What is stored is against.
    against: Obstacles,
    /// Which of the units and areas that are missing the rows to be taken need.
    needed: Needed,
    more: C::More,
}

impl<C: Content> Comparison<C> {
    fn new(options: ImportOptions, more: C::More) -> Comparison<C> {
        Comparison {
            rows: Sequence::new(options.memory),
            created: 0,
            updated: 0,
            unchanged: 0,
            against: Obstacles::new(C::NOUN, options),
            needed: Needed::default(),
            more,
        }
    }
}

/// What a write needs.
struct Writing<'w, C: Content> {
    tx: &'w Tx<'w>,
    import: i64,
    basics: &'w C::Basics,
    options: ImportOptions,
    comparison: &'w mut Comparison<C>,
    settled: &'w Settled,
    progress: &'w Progress,
}

/// Rows about the same contradict each other, or one is too many. Answers with the first row about something else.
fn doubled<L: Line>(
    first: &L,
    mut next: Option<L>,
    rows: &mut impl Stream<L>,
    wrong: &mut Failures,
) -> Result<Option<L>> {
    let fault = |row: &L, other: &L| Fault {
        line: u64::from(row.line()),
        column: None,
        value: row.shown(),
        code: "row.duplicate",
        message: format!("{} are those of line {} again", L::ABOUT, other.line()),
    };
    if let Some(second) = &next {
        wrong.set_aside(u64::from(first.line()), fault(first, second))?;
    }
    while let Some(row) = next.as_ref().filter(|row| row.is_about_the_same(first)) {
        wrong.row(u64::from(row.line()), [fault(row, first)])?;
        next = rows.next()?;
    }
    Ok(next)
}

/// Units and areas that are missing, by their provisional numbers.
#[derive(Debug, Default)]
struct Needed {
    units: BTreeSet<u32>,
    areas: BTreeSet<u32>,
}

impl Needed {
    fn note(&mut self, unit: u32, area: u32) {
        if unit >= PROVISIONAL {
            self.units.insert(unit);
        }
        if area >= PROVISIONAL {
            self.areas.insert(area);
        }
    }
}
