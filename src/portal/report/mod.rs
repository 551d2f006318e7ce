//! Reports (Rapporter): how the targets were reached, year to the latest closed month (K-150..K-169).

pub mod cli;
pub mod late;
mod rules;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use serde::Serialize;

use super::kpi::ValueKind;
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
    /// The latest closed month of it (K-165).
    pub through: Month,
    /// What the figures are.
    pub value_kind: ValueKind,
    /// What counts as reached; in øre where the measure is.
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
