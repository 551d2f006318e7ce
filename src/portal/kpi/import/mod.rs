//! The import of a month's figures from a CSV file (DOMAIN §2.4).
//!
//! The file is parsed and checked whole, outside any write ([`read`]); every row becomes a small fixed-size [`Fact`].
//! The facts are sorted by key and compared with what is stored; only then a write merges what is new, in key order.

pub mod cli;
mod compare;
mod place;
mod read;
pub mod service;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Basis, Measure};
use crate::values::{Month, UnitKind};

/// Units and service areas that do not exist yet are numbered from here until they do.
const PROVISIONAL: u32 = 1 << 31;

/// What the user asked of an import.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Take figures that differ from those known.
    pub correct: bool,
    /// Close the months whose rows all say Ja.
    pub close: bool,
    /// Create units that do not exist.
    pub create_units: bool,
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
}

/// A figure of the file.
#[derive(Debug, Clone, Copy)]
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
}

/// A unit that the import is to create.
#[derive(Debug, Clone)]
struct MissingUnit {
    kind: UnitKind,
    number: String,
    tenant: TenantEntry,
}

/// A file, parsed and found in order.
struct Parsed {
    /// Sorted by key.
    facts: Vec<Fact>,
    /// Months of the file, and whether all their rows say that they are final.
    months: BTreeMap<Month, bool>,
    /// Provisional numbers count from [`PROVISIONAL`] in this order.
    missing_units: Vec<MissingUnit>,
    /// As `missing_units`.
    missing_areas: Vec<String>,
    /// Rows with something in a column that their measure does not use, and the line of the first.
    unused: Option<(u64, u64)>,
    /// Accounting circles that had lost a leading zero.
    padded: BTreeSet<String>,
}

/// A figure whose stored value is another.
#[derive(Debug, Clone, Copy)]
struct Difference {
    fact: usize,
    numerator: i64,
    denominator: i64,
}

/// How a whole file stands to what is stored.
#[derive(Debug, Default)]
struct Comparison {
    created: u64,
    unchanged: u64,
    differences: Vec<Difference>,
}
