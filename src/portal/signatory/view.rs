//! How signatories look.

use crate::platform::ui::view::{Kind, View, col};

/// The fields of a signatory.
pub static SIGNATORY: View = View {
    noun: "signatory",
    columns: &[
        col("tenant", Kind::Text),
        col("scope", Kind::Code("scope")),
        col("name", Kind::Text),
        col("email", Kind::Text),
        col("title", Kind::Text),
        col("phone", Kind::Text),
        col("since", Kind::Time),
        col("until", Kind::Time),
    ],
    details: &[],
    key: &["tenant", "scope"],
};
