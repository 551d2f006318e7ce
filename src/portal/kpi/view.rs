//! How measures, targets, months and figures look.

use crate::platform::ui::view::{Kind, View, col, extra};

/// The fields of a measure.
pub static MEASURE: View = View {
    noun: "measure",
    columns: &[
        col("code", Kind::Text),
        col("name", Kind::Text),
        col("value_kind", Kind::Code("value-kind")),
        col("direction", Kind::Code("direction")),
        col("status", Kind::Code("status")),
        extra("basis", Kind::Code("basis")),
        extra("unit_kind", Kind::Code("unit-kind")),
    ],
    details: &[],
    key: &["code"],
};

/// The fields of a target.
pub static TARGET: View = View {
    noun: "target",
    columns: &[
        col("measure", Kind::Text),
        col("from", Kind::Date),
        col("target_bp", Kind::Bp),
        col("max_days", Kind::Int),
    ],
    details: &[],
    key: &["measure", "from"],
};

/// The fields of a month.
pub static MONTH: View = View {
    noun: "month",
    columns: &[
        col("month", Kind::Text),
        col("state", Kind::Code("month-state")),
        col("rows", Kind::Int),
        col("missing_units", Kind::List),
        extra("missing_measures", Kind::List),
        extra("unused_units", Kind::List),
    ],
    details: &[],
    key: &["month"],
};

/// The fields of a figure.
pub static FACT: View = View {
    noun: "figure",
    columns: &[
        col("month", Kind::Text),
        col("measure", Kind::Text),
        col("tenant", Kind::Text),
        col("unit", Kind::Text),
        col("service_area", Kind::Area),
        col("numerator", Kind::Amount),
        col("denominator", Kind::Amount),
        extra("value_kind", Kind::Code("value-kind")),
        col("within_limit", Kind::Int),
        col("over_limit", Kind::Int),
        col("errors", Kind::Int),
    ],
    details: &[],
    key: &["month", "measure", "unit", "service_area"],
};
