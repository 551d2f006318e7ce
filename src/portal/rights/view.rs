//! How rights look.

use crate::platform::ui::view::{Kind, View, col, extra};

/// The fields of a grant.
pub static GRANT: View = View {
    noun: "right",
    columns: &[
        col("user", Kind::Text),
        col("tenant", Kind::Text),
        col("right", Kind::Code("right")),
        col("granted_at", Kind::Time),
        col("granted_by", Kind::Text),
    ],
    details: &[],
    key: &["user", "tenant", "right"],
};

/// A row of the access matrix (K-046).
pub static MATRIX: View = View {
    noun: "menu",
    columns: &[
        col("menu", Kind::Code("menu")),
        col("administrator", Kind::Bool),
        col("editor", Kind::Bool),
        col("reader", Kind::Bool),
        col("reports", Kind::Bool),
    ],
    details: &[],
    key: &["menu"],
};

/// Someone who reaches an institution (`rights who`).
pub static REACH: View = View {
    noun: "user",
    columns: &[
        col("user", Kind::Text),
        col("name", Kind::Text),
        extra("tenant", Kind::Text),
        col("via", Kind::Codes("right")),
        col("menus", Kind::Codes("menu")),
        col("since", Kind::Time),
        col("granted_by", Kind::Text),
        col("b_number_missing", Kind::Bool),
        col("status", Kind::Code("user-status")),
    ],
    details: &[],
    key: &["user"],
};

/// A review that was written.
pub static SHEET: View = View {
    noun: "review",
    columns: &[col("path", Kind::Text), col("rows", Kind::Int), col("sha256", Kind::Text)],
    details: &[],
    key: &["path"],
};

/// The answer of `rights check`.
pub static CHECK: View = View {
    noun: "check",
    columns: &[col("allowed", Kind::Bool), col("because", Kind::Text), col("via", Kind::Codes("right"))],
    details: &[],
    key: &["allowed"],
};
