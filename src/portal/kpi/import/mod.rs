//! The import of a month's figures from a CSV file (DOMAIN §2.4).
//!
//! The file is parsed and checked whole, outside any write ([`read`]); every row becomes a small fixed-size [`Fact`].
//! The facts are sorted by key, in files where there are many ([`spill`](crate::platform::spill)), and compared with what
//! is stored; only then a write merges what is new, in key order.

pub mod cli;
mod compare;
mod failures;
mod items;
mod place;
mod read;
mod rows;
pub mod service;
mod store;
#[cfg(test)]
pub(in crate::portal) mod tests;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Basis, Measure};
use crate::platform::bulk::OnError;
use crate::platform::spill::{self, Sequence, Sorted, Spill};
use crate::portal::tenant::Status;
use crate::values::{Month, UnitKind};
use failures::Obstacles;
use rows::Known;

/// Units and service areas that do not exist yet are numbered from here until they do.
const PROVISIONAL: u32 = 1 << 31;

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

/// How a figure of the file stands to the one stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    New,
    Same,
    Different,
    /// The row is wrong; it only says what it is about.
    Broken,
}

/// A figure of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fact {
    key: Key,
    numerator: i64,
    denominator: i64,
    line: u32,
    standing: Standing,
}

/// The counts behind a figure, as they are stored.
struct Behind {
    within_limit: Option<i64>,
    over_limit: Option<i64>,
    errors: Option<i64>,
}

impl Fact {
    /// Key and line as one number and another: most of the sorting is comparing these.
    fn order(&self) -> (u128, u32) {
        let Key { measure, month, unit, area } = self.key;
        let high = u64::from(measure) << 32 | u64::from(month);
        let low = u64::from(unit) << 32 | u64::from(area);
        (u128::from(high) << 64 | u128::from(low), self.line)
    }
}

impl Ord for Fact {
    fn cmp(&self, other: &Fact) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Fact {
    fn partial_cmp(&self, other: &Fact) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Spill for Fact {
    fn write(&self, out: &mut Vec<u8>) {
        let Key { measure, month, unit, area } = self.key;
        let numbers = [measure, month, unit, area, self.line, self.standing as u32];
        numbers.into_iter().for_each(|number| spill::put(u64::from(number), out));
        // What is wrong may be below nothing, and is never looked at again.
        for figure in [self.numerator, self.denominator] {
            spill::put(u64::try_from(figure).unwrap_or_default(), out);
        }
    }

    fn read(from: &mut &[u8]) -> Option<Fact> {
        let mut number = || spill::take_small(from);
        let (measure, month, unit, area) = (number()?, number()?, number()?, number()?);
        let (line, standing) = (number()?, number()?);
        let all = [Standing::New, Standing::Same, Standing::Different, Standing::Broken];
        let standing = all.into_iter().find(|known| *known as u32 == standing)?;
        let mut figure = || spill::take(from).and_then(|figure| figure.try_into().ok());
        let (numerator, denominator) = (figure()?, figure()?);
        Some(Fact { key: Key { measure, month, unit, area }, numerator, denominator, line, standing })
    }
}

impl Fact {
    fn behind(&self, basis: Basis) -> Behind {
        let missed = Some(self.denominator - self.numerator);
        match basis {
            Basis::WithinLimit => {
                Behind { within_limit: Some(self.numerator), over_limit: missed, errors: None }
            }
            Basis::WithoutError => Behind { within_limit: None, over_limit: None, errors: missed },
            Basis::NotLost => Behind { within_limit: None, over_limit: None, errors: None },
        }
    }
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

/// A file, parsed.
struct Parsed {
    /// By key.
    facts: Sorted<Fact>,
    /// Months of the file, and whether all their rows say that they are final.
    months: BTreeMap<Month, bool>,
    /// Rows with something in a column that their measure does not use, and the line of the first.
    unused: Option<(u64, u64)>,
    /// What else the rows told.
    known: Known,
}

/// How a whole file stands to what is stored.
struct Comparison {
    /// Every row that is sound and about something of its own, by key.
    facts: Sequence<Fact>,
    created: u64,
    updated: u64,
    unchanged: u64,
    /// What the stored figures are against.
    against: Obstacles,
    /// Which of the units and areas that are missing the rows to be taken need.
    needed: Needed,
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
