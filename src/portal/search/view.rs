//! How what was found looks.

use crate::platform::ui::view::{Kind, View, col};

/// The fields of something found.
pub static HIT: View = View {
    noun: "hit",
    columns: &[
        col("kind", Kind::Code("search-kind")),
        col("key", Kind::Text),
        col("label", Kind::Text),
        col("tenant", Kind::Text),
    ],
    details: &[],
    key: &["key"],
};
