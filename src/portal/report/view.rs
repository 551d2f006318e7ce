//! How reports look: the columns of K-162.

use super::Split;
use crate::platform::ui::view::{Kind, View, col, extra};

/// The view of a KPI report that is split like this.
pub fn kpi(split: Option<Split>) -> &'static View {
    match split {
        None => &KPI,
        Some(Split::ServiceArea) => &BY_AREA,
        Some(Split::Unit) => &BY_UNIT,
        Some(Split::Month) => &BY_MONTH,
    }
}

/// The columns of a report; behind the measure stands the service area, shown or not, and what else it is split by.
macro_rules! report_view {
    ($key:expr, $($place:expr),+) => {
        View {
            noun: "report",
            columns: &[
                col("measure", Kind::Text),
                col("description", Kind::Text),
                $($place,)+
                extra("year", Kind::Json),
                col("through", Kind::Text),
                extra("value_kind", Kind::Code("value-kind")),
                extra("numerator", Kind::Amount),
                extra("denominator", Kind::Amount),
                col("attainment_bp", Kind::Share),
                col("count", Kind::Int),
                col("within_limit", Kind::Int),
                col("over_limit", Kind::Int),
                col("target_bp", Kind::Bp),
                col("met", Kind::Bool),
                col("all_attainment_bp", Kind::Share),
                col("all_met", Kind::Bool),
            ],
            details: &[],
            key: $key,
        }
    };
}

static KPI: View = report_view!(&["measure", "year"], extra("service_area", Kind::Area));
static BY_AREA: View = report_view!(&["measure", "service_area", "year"], col("service_area", Kind::Area));
static BY_UNIT: View =
    report_view!(&["measure", "unit", "year"], extra("service_area", Kind::Area), col("unit", Kind::Text));
static BY_MONTH: View =
    report_view!(&["measure", "month"], extra("service_area", Kind::Area), col("month", Kind::Text));
