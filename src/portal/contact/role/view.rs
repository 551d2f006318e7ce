//! How roles look.

use crate::platform::ui::view::{Kind, View, col, extra};

/// The fields of a role.
pub static ROLE: View = View {
    noun: "role",
    columns: &[
        col("code", Kind::Text),
        col("name", Kind::Text),
        col("managed_by", Kind::Code("managed-by")),
        col("secure_email", Kind::Bool),
        col("tabs", Kind::Codes("tab")),
        extra("description", Kind::Text),
        extra("status", Kind::Code("status")),
    ],
    details: &[],
    key: &["code"],
};
