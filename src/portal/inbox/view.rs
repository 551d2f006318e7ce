//! How mails that came in look.

use serde::Serialize;

use super::{Inbound, Verdict};
use crate::platform::ui::view::{Column, Kind, View, col, extra};

/// A mail that came in, with its text, as `mail show` gives it.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// The mail.
    #[serde(flatten)]
    pub mail: Inbound,
    /// The names of its files.
    pub attachments: Vec<String>,
    /// Its text, with everything that it quotes.
    pub text: Option<String>,
}

/// What happened to a mail, as `mail explain` gives it.
#[derive(Debug, Serialize)]
pub struct Story<T> {
    /// The mail.
    #[serde(flatten)]
    pub mail: T,
    /// `in` or `out`.
    pub direction: &'static str,
    /// What each step found.
    pub verdicts: Vec<Verdict>,
}

const COLUMNS: &[Column] = &[
    col("id", Kind::Text),
    col("state", Kind::Code("inbox-state")),
    col("reason", Kind::Code("mail-reason")),
    col("from", Kind::Text),
    extra("to", Kind::Text),
    col("subject", Kind::Text),
    col("received_at", Kind::Time),
    extra("settled_at", Kind::Time),
    col("ticket", Kind::Text),
    extra("about_mail", Kind::Int),
    extra("attempts", Kind::Int),
    extra("last_error", Kind::Text),
];

const VERDICT: &[Column] = &[
    col("step", Kind::Text),
    col("verdict", Kind::Text),
    col("detail", Kind::Text),
    extra("at", Kind::Time),
];

/// The fields of a mail that came in.
pub static INBOUND: View = View {
    noun: "mail",
    columns: COLUMNS,
    details: &[col("attachments", Kind::List), col("text", Kind::Text)],
    key: &["id"],
};

/// The fields of what happened to a mail that came in.
pub static STORY_IN: View = View {
    noun: "mail",
    columns: COLUMNS,
    details: &[col("direction", Kind::Text), col("verdicts", Kind::Rows(VERDICT))],
    key: &["id"],
};

/// The fields of what happened to a mail that leaves.
pub static STORY_OUT: View = View {
    noun: "mail",
    columns: &[
        col("id", Kind::Text),
        col("state", Kind::Code("mail-state")),
        extra("channel", Kind::Code("channel")),
        col("to", Kind::Text),
        col("subject", Kind::Text),
        col("cause", Kind::Text),
        col("queued_at", Kind::Time),
        col("sent_at", Kind::Time),
        col("attempts", Kind::Int),
        col("last_error", Kind::Text),
    ],
    details: &[col("direction", Kind::Text), col("verdicts", Kind::Rows(VERDICT))],
    key: &["id"],
};

/// The fields of an address that mail came back from.
pub static BOUNCED: View = View {
    noun: "bounced address",
    columns: &[
        col("email", Kind::Text),
        col("since", Kind::Time),
        col("last_at", Kind::Time),
        col("times", Kind::Int),
        col("status", Kind::Text),
        col("said", Kind::Text),
        extra("mail", Kind::Int),
    ],
    details: &[],
    key: &["email"],
};
