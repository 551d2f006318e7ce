//! How tickets look.

use serde::Serialize;

use super::{Entry, Ticket};
use crate::platform::ui::view::{Column, Kind, View, col, extra};

/// A ticket with its thread, as `ticket show` gives it.
#[derive(Debug, Serialize)]
pub struct TicketDetail {
    /// The ticket itself.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// The ticket that it goes on from.
    pub follows: Option<String>,
    /// The tickets that go on from it.
    pub followed_by: Vec<String>,
    /// With whom it is shared.
    pub shared_with: Vec<String>,
    /// Its thread, oldest first.
    pub thread: Vec<Entry>,
}

/// A file of a ticket that was written.
#[derive(Debug, Serialize)]
pub struct Written {
    /// Its name at the ticket.
    pub name: String,
    /// Where it was written.
    pub path: String,
    /// How many bytes.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: String,
}

/// The fields of a ticket.
pub static TICKET: View = View {
    noun: "ticket",
    columns: &[
        col("number", Kind::Text),
        col("subject", Kind::Text),
        extra("type", Kind::Text),
        col("tenant", Kind::Text),
        col("requester", Kind::Text),
        extra("assignee", Kind::Text),
        col("status", Kind::Code("ticket-status")),
        col("handled_by", Kind::Code("handled-by")),
        extra("created_at", Kind::Time),
        col("updated_at", Kind::Time),
        extra("done_at", Kind::Time),
        extra("closed_at", Kind::Time),
    ],
    details: &[
        col("follows", Kind::Text),
        col("followed_by", Kind::List),
        col("shared_with", Kind::List),
        col("thread", Kind::Thread(THREAD)),
    ],
    key: &["number"],
};

const THREAD: &[Column] = &[
    col("at", Kind::Time),
    col("author", Kind::Text),
    col("kind", Kind::Code("entry-kind")),
    col("status", Kind::Code("ticket-status")),
    col("attachments", Kind::List),
];

/// The fields of a type.
pub static TICKET_TYPE: View = View {
    noun: "ticket type",
    columns: &[col("code", Kind::Text), col("name", Kind::Text), col("status", Kind::Code("status"))],
    details: &[],
    key: &["code"],
};

/// The fields of a file that was written.
pub static ATTACHMENT: View = View {
    noun: "attachment",
    columns: &[
        col("name", Kind::Text),
        col("path", Kind::Text),
        col("size", Kind::Int),
        col("sha256", Kind::Text),
    ],
    details: &[],
    key: &["path"],
};
