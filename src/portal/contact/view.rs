//! How contacts look.

use crate::platform::ui::view::{Kind, View, col, extra};

/// The fields of a contact.
pub static CONTACT: View = View {
    noun: "contact",
    columns: &[
        col("id", Kind::Text),
        extra("key", Kind::Text),
        col("tenant", Kind::Text),
        col("unit", Kind::Text),
        extra("title", Kind::Text),
        col("name", Kind::Text),
        col("email", Kind::Text),
        extra("secure_email", Kind::Bool),
        extra("shared_email", Kind::Text),
        col("phone", Kind::Text),
        extra("remarks", Kind::Text),
        col("roles", Kind::List),
        extra("updated_at", Kind::Time),
    ],
    details: &[],
    key: &["id"],
};

/// The fields of an address that mail to a role reaches.
pub static RECIPIENT: View = View {
    noun: "recipient",
    columns: &[col("address", Kind::Text), col("name", Kind::Text), col("tenant", Kind::Text)],
    details: &[],
    key: &["address"],
};
