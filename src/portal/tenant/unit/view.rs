//! How units look.

use crate::platform::ui::view::{Column, Kind, View, col, extra};

/// The fields of a unit.
pub static UNIT: View = View {
    noun: "unit",
    columns: &[
        col("tenant", Kind::Text),
        col("kind", Kind::Code("unit-kind")),
        col("number", Kind::Text),
        col("name", Kind::Text),
        col("server", Kind::Text),
        col("database", Kind::Text),
        col("ldv", Kind::Text),
        extra("status", Kind::Code("status")),
    ],
    details: &[],
    key: &["kind", "number"],
};

/// The fields of a unit among others of the same institution.
pub const LINES: &[Column] = &[
    col("kind", Kind::Code("unit-kind")),
    col("number", Kind::Text),
    col("name", Kind::Text),
    col("server", Kind::Text),
    col("database", Kind::Text),
    col("ldv", Kind::Text),
    col("status", Kind::Code("status")),
];
