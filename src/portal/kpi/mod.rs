//! KPI figures (servicemål): what is measured, against which targets, and the monthly figures (K-150..K-170).

pub mod actions;
pub mod cli;
pub mod complete;
pub mod import;
pub mod service;
pub mod store;
#[cfg(test)]
pub(in crate::portal) mod tests;
pub mod view;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::values::{Month, UnitKind, ceil_bp, floor_bp, meets, stays_within};

crate::coded! {
    /// What the figures of a measure are.
    pub enum ValueKind("value-kind") {
        /// Cases or forms.
        Count => "count",
        /// Money, in øre.
        Ore => "ore",
    }
}

crate::coded! {
    /// Which columns of a file a measure reads, and its formula (DOMAIN §2.3).
    pub enum Basis("basis") {
        /// Handled within the limit, of all (A1–A3).
        WithinLimit => "within-limit",
        /// Without error, of all (B1, B2).
        WithoutError => "without-error",
        /// Not lost, of the amount applied for (B3).
        NotLost => "not-lost",
    }
}

impl Basis {
    /// What its figures are.
    pub fn value_kind(self) -> ValueKind {
        match self {
            Basis::WithinLimit | Basis::WithoutError => ValueKind::Count,
            Basis::NotLost => ValueKind::Ore,
        }
    }
}

crate::coded! {
    /// Which way is better.
    pub enum Direction("direction") {
        /// The higher the better.
        Higher => "higher-is-better",
        /// The lower the better: what is looked at is the share that was missed, against a limit that it may not exceed.
        Lower => "lower-is-better",
    }
}

impl Direction {
    /// What a share counts, of a figure's numerator (what was reached) and denominator: what was reached, or what was
    /// missed.
    pub fn counted(self, numerator: i64, denominator: i64) -> i64 {
        match self {
            Direction::Higher => numerator,
            Direction::Lower => denominator.saturating_sub(numerator),
        }
    }

    /// The share in basis points, rounded toward the miss: a figure that misses its target never looks like one that
    /// reaches it. `None` without a denominator.
    pub fn share_bp(self, numerator: i64, denominator: i64) -> Option<i64> {
        let counted = self.counted(numerator, denominator);
        match self {
            Direction::Higher => floor_bp(counted, denominator),
            Direction::Lower => ceil_bp(counted, denominator),
        }
    }

    /// Whether the target is reached, compared without rounding; false without a denominator.
    pub fn meets(self, numerator: i64, denominator: i64, target_bp: i64) -> bool {
        let counted = self.counted(numerator, denominator);
        match self {
            Direction::Higher => meets(counted, denominator, target_bp),
            Direction::Lower => stays_within(counted, denominator, target_bp),
        }
    }
}

crate::coded! {
    /// Whether a measure is in use.
    pub enum MeasureStatus("status") {
        /// In use.
        Active => "active",
        /// No new figures; the old ones are kept.
        Retired => "retired",
    }
}

crate::coded! {
    /// Whether a month's figures are final (K-165).
    pub enum MonthState("month-state") {
        /// Not in any report yet.
        Open => "open",
        /// Final.
        Closed => "closed",
    }
}

/// What is measured (K-153..K-158); more can come (K-170).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// The row.
    #[serde(skip)]
    pub id: i64,
    /// A1 … B3.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What its figures are; its formula says it.
    pub value_kind: ValueKind,
    /// Which way is better.
    pub direction: Direction,
    /// Whether it is in use.
    pub status: MeasureStatus,
    /// Its formula.
    pub basis: Basis,
    /// Which kind of unit has figures; `None` for either.
    pub unit_kind: Option<UnitKind>,
}

/// A measure to be added (K-170).
#[derive(Debug, Clone)]
pub struct NewMeasure {
    /// What it is called.
    pub name: String,
    /// Its formula.
    pub basis: Basis,
    /// Which kind of unit has figures; `None` for either.
    pub unit_kind: Option<UnitKind>,
    /// Which way is better.
    pub direction: Direction,
}

impl NewMeasure {
    /// The measure of this code, without a row yet.
    pub fn called(self, code: &str) -> Measure {
        let NewMeasure { name, basis, unit_kind, direction } = self;
        let (code, value_kind, status) = (code.to_owned(), basis.value_kind(), MeasureStatus::Active);
        Measure { id: 0, code, name, value_kind, direction, status, basis, unit_kind }
    }
}

/// What to change in a measure; `None` leaves alone.
#[derive(Debug, Clone, Default)]
pub struct MeasurePatch {
    /// Its name.
    pub name: Option<String>,
    /// Whether it is in use.
    pub status: Option<MeasureStatus>,
}

/// What is to be reached from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The measure's code.
    pub measure: String,
    /// The first day, `YYYY-MM-DD`.
    pub from: String,
    /// The percentage in basis points; `None`: none is agreed (C-11).
    pub target_bp: Option<i64>,
    /// Working days within which a case is in time (K-159).
    pub max_days: Option<i64>,
}

/// What a target is to be; `None` leaves alone what is in force on its day, an inner `None` empties.
#[derive(Debug, Clone, Default)]
pub struct TargetPatch {
    /// The percentage in basis points.
    pub target_bp: Option<Option<i64>>,
    /// Working days.
    pub max_days: Option<Option<i64>>,
}

/// A month with figures, or that was closed at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthLine {
    /// The month.
    pub month: Month,
    /// Whether its figures are final.
    pub state: MonthState,
    /// How many figures it has.
    pub rows: i64,
    /// Units in use that have none, and had some in the twelve months before.
    pub missing_units: Vec<String>,
    /// What other units had in their latest month before, and lack in this one: `accounting:12345:A2`. Only measures
    /// in use.
    pub missing_measures: Vec<String>,
    /// Units in use that never had any; at the latest month only.
    pub unused_units: Vec<String>,
}

/// What a month has figures of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonthContent {
    /// How many.
    pub rows: i64,
    /// Of which units, and of which measures for each.
    pub units: BTreeMap<i64, BTreeSet<i64>>,
}

/// Which figures a list is to show.
#[derive(Debug, Clone, Default)]
pub struct FactFilter {
    /// Of this measure.
    pub measure: Option<i64>,
    /// That were one of these institutions' in their month; `None` for all.
    pub tenants: Option<Vec<i64>>,
    /// Of this unit.
    pub unit: Option<i64>,
    /// From this month on.
    pub from: Option<Month>,
    /// Up to this month.
    pub to: Option<Month>,
}

impl FactFilter {
    /// Whether it is about all customers.
    pub fn is_everyone(&self) -> bool {
        self.tenants.is_none() && self.unit.is_none()
    }
}
