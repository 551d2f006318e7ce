//! How days look.

use crate::platform::ui::view::{Kind, View, col};

/// The fields of a day that is no working day.
pub static DAY: View = View {
    noun: "closed day",
    columns: &[
        col("date", Kind::Date),
        // The code of a statutory holiday is shown as its label; any other name is shown as it is.
        col("name", Kind::Code("holiday")),
        col("kind", Kind::Code("day-kind")),
    ],
    details: &[],
    key: &["date"],
};
