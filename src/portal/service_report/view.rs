//! How services and their figures look.

use crate::platform::ui::view::{Column, Kind, View, col, extra};

/// The fields of a service.
pub static SERVICE: View = View {
    noun: "service",
    columns: &[col("service", Kind::Code("service")), col("within_days", Kind::Int)],
    details: &[],
    key: &["service"],
};

const LINES: &[Column] = &[
    col("service", Kind::Code("service")),
    extra("tenant", Kind::Text),
    extra("unit", Kind::Text),
    col("month", Kind::Text),
    col("count", Kind::Int),
    col("attainment_bp", Kind::Bp),
    extra("within_days", Kind::Int),
    col("in_time", Kind::Int),
    col("days_0", Kind::Int),
    col("days_1", Kind::Int),
    col("days_2", Kind::Int),
    col("days_3", Kind::Int),
    col("days_more", Kind::Int),
];

/// The fields of a row of the report.
pub static LINE: View =
    View { noun: "service-report", columns: LINES, details: &[], key: &["tenant", "month", "service"] };

/// What an institution's information holds.
pub static INFORMATION: View = View {
    noun: "information",
    columns: &[
        col("tenant", Kind::Text),
        col("name", Kind::Text),
        col("service_report", Kind::Text),
        col("months", Kind::List),
        col("services", Kind::Rows(LINES)),
    ],
    details: &[],
    key: &["tenant"],
};
