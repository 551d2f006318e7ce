//! How users look.

use crate::platform::ui::view::{Column, Kind, View, col, extra};

const COLUMNS: &[Column] = &[
    col("email", Kind::Text),
    col("name", Kind::Text),
    col("b_number", Kind::Text),
    extra("phone", Kind::Text),
    extra("title", Kind::Text),
    extra("language", Kind::Code("language")),
    extra("kind", Kind::Code("user-kind")),
    extra("staff", Kind::Code("staff")),
    col("status", Kind::Code("user-status")),
    col("rights", Kind::Tuples(&["tenant", "right"])),
    extra("mfa", Kind::Text),
    extra("last_login_at", Kind::Time),
    extra("created_at", Kind::Time),
];

/// The fields of a user.
pub static USER: View = View { noun: "user", columns: COLUMNS, details: &[], key: &["email"] };

/// What the provider's help desk sees of one user besides: until when a way in is shut after failures.
pub static AT_THE_DESK: View = View {
    noun: "user",
    columns: COLUMNS,
    details: &[extra("locked_until", Kind::Time), extra("sms_locked_until", Kind::Time)],
    key: &["email"],
};

/// The fields of one's own account.
pub static ME: View = View {
    noun: "user",
    columns: &[
        col("email", Kind::Text),
        col("name", Kind::Text),
        col("b_number", Kind::Text),
        extra("phone", Kind::Text),
        extra("title", Kind::Text),
        extra("language", Kind::Code("language")),
        extra("kind", Kind::Code("user-kind")),
        extra("staff", Kind::Code("staff")),
        col("status", Kind::Code("user-status")),
        col("rights", Kind::Tuples(&["tenant", "right"])),
        extra("mfa", Kind::Text),
        extra("last_login_at", Kind::Time),
        extra("created_at", Kind::Time),
        extra("notifications", Kind::Bool),
        extra("email_reminders", Kind::Bool),
    ],
    details: &[],
    key: &["email"],
};
