//! How third-party tasks look.

use crate::platform::ui::view::{Kind, View, col, extra};

/// The fields of a third-party task.
pub static THIRD_PARTY: View = View {
    noun: "third party",
    columns: &[
        extra("id", Kind::Int),
        col("tenant", Kind::Text),
        col("task", Kind::Text),
        col("authority", Kind::Text),
        col("contact", Kind::Text),
        col("email", Kind::Text),
        col("phone", Kind::Text),
        extra("remarks", Kind::Text),
        extra("updated_at", Kind::Time),
    ],
    details: &[],
    key: &["id"],
};
