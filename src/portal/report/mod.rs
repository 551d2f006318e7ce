//! Reports (Rapporter): how the targets were reached, year to the latest closed month (K-150..K-169).

pub mod cli;
pub mod document;
pub mod late;
mod rules;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use std::sync::Arc;

use serde::Serialize;

use super::kpi::ValueKind;
use super::kpi::service::Asked;
use crate::values::Month;

crate::coded! {
    /// What the rows of a report are split by.
    pub enum Split("split") {
        /// A row for each service area (K-162).
        ServiceArea => "service-area",
        /// A row for each unit.
        Unit => "unit",
        /// A row for each month.
        Month => "month",
    }
}

/// Summed figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// What counts as reached.
    pub numerator: i64,
    /// Of how much.
    pub denominator: i64,
    /// Handled within the limit.
    pub within_limit: Option<i64>,
    /// Handled later.
    pub over_limit: Option<i64>,
}

impl Sums {
    /// Adds others.
    pub fn add(&mut self, more: &Sums) {
        let plus = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (one, None) | (None, one) => one,
        };
        self.numerator = self.numerator.saturating_add(more.numerator);
        self.denominator = self.denominator.saturating_add(more.denominator);
        self.within_limit = plus(self.within_limit, more.within_limit);
        self.over_limit = plus(self.over_limit, more.over_limit);
    }
}

/// A figure of a closed month, as a document adds it up.
#[derive(Debug, Clone)]
pub struct Figure {
    /// The measure's row.
    pub measure: i64,
    /// The month.
    pub month: Month,
    /// The service area, empty for "(Tom)".
    pub area: Arc<str>,
    /// The unit, `kind:number` and its name in brackets; `None` where all customers are summed.
    pub unit: Option<Arc<str>>,
    /// The figure.
    pub sums: Sums,
}

/// What is asked of a KPI report.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Whose figures.
    pub asked: Asked,
    /// Of which year; else that of the latest closed month.
    pub year: Option<i32>,
    /// Beside the same months of this year.
    pub compare: Option<i32>,
    /// What the rows are split by.
    pub by: Option<Split>,
}

/// A row of the KPI report (CLI.md §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KpiLine {
    /// The measure's code.
    pub measure: String,
    /// What it is called (Målbeskrivelse).
    pub description: String,
    /// The service area, empty for "(Tom)" (K-163); `None` where the report is not split by it.
    pub service_area: Option<String>,
    /// The unit, where the report is split by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The month, where the report is split by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// The year.
    pub year: i32,
    /// The latest closed month of it (K-165); of the year beside it the same month.
    pub through: Month,
    /// What the figures are.
    pub value_kind: ValueKind,
    /// What counts as reached, of a measure of which lower is better what was missed; in øre where the measure is.
    pub numerator: i64,
    /// Of how much.
    pub denominator: i64,
    /// The share in basis points, floored: truncated toward the miss.
    pub attainment_bp: Option<i64>,
    /// How many cases or forms; `None` for money.
    pub count: Option<i64>,
    /// Handled within the limit.
    pub within_limit: Option<i64>,
    /// Handled later.
    pub over_limit: Option<i64>,
    /// The target in force on the last day of `through`.
    pub target_bp: Option<i64>,
    /// Whether this selection reached it; `None` without target or figures.
    pub met: Option<bool>,
    /// The share over all customers.
    pub all_attainment_bp: Option<i64>,
    /// Whether the target is reached, which is measured over all customers (K-166).
    pub all_met: Option<bool>,
}
