//! How logins, sessions and second steps look.

use crate::platform::ui::view::{Kind, View, col, extra};

/// What a login leads to. The token is in the session file and nowhere else.
pub static LOGIN: View = View {
    noun: "session",
    columns: &[
        col("email", Kind::Text),
        col("expires_at", Kind::Time),
        extra("state", Kind::Code("session-state")),
        col("method", Kind::Code("method")),
        col("phone", Kind::Text),
        col("reference", Kind::Text),
        col("emergency_code", Kind::Text),
    ],
    details: &[],
    key: &["email"],
};

/// A session that has not ended.
pub static SESSION: View = View {
    noun: "session",
    columns: &[
        col("id", Kind::Text),
        col("user", Kind::Text),
        col("state", Kind::Code("session-state")),
        col("method", Kind::Code("method")),
        col("created_at", Kind::Time),
        col("seen_at", Kind::Time),
        col("expires_at", Kind::Time),
        col("current", Kind::Bool),
    ],
    details: &[],
    key: &["id"],
};

/// Whose sessions were ended.
pub static ENDED: View = View {
    noun: "session",
    columns: &[col("email", Kind::Text), col("sessions_ended", Kind::Int)],
    details: &[],
    key: &["email"],
};

/// The sessions of everyone that were ended: there is nobody to name, but how many.
pub static ENDED_ALL: View = View { noun: "sessions of everyone", key: &["sessions_ended"], ..ENDED };

/// An account whose password was set, or a link to that asked for.
pub static ACCOUNT: View =
    View { noun: "user", columns: &[col("email", Kind::Text)], details: &[], key: &["email"] };

/// How a second step stands.
pub static MFA: View = View {
    noun: "second step",
    columns: &[
        col("email", Kind::Text),
        col("methods", Kind::Codes("method")),
        col("pending", Kind::Code("method")),
        col("phone", Kind::Text),
        col("emergency_code", Kind::Bool),
        col("required", Kind::Bool),
    ],
    details: &[],
    key: &["email"],
};
