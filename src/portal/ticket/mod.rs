//! Tickets (sager, forespørgsler): what an institution's people ask of the provider, from receipt to closing.

pub mod actions;
pub mod cli;
pub mod due;
pub mod kind;
pub mod mail;
mod notify;
pub mod party;
pub mod rules;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;
mod words;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::platform::blob::Spooled;
use crate::platform::config::Scanner;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::scanner::{self, Scan};
use crate::values::{Email, parse_utc_text, utc_text};
use party::Party;

crate::coded! {
    /// Where a ticket stands (S-020..S-026).
    pub enum TicketStatus("ticket-status") {
        /// Received; handling has not begun (S-020).
        Registered => "registered",
        /// Handling has begun (S-021).
        Started => "started",
        /// Given to one of the provider's staff (S-022).
        Assigned => "assigned",
        /// Handled further inside the provider (S-023).
        AwaitingInternal => "awaiting-internal",
        /// Waits for the requester, who got a mail (S-024).
        AwaitingRequester => "awaiting-requester",
        /// Judged done; can be reopened for a time (S-025).
        Done => "done",
        /// Over for good (S-026).
        Closed => "closed",
    }
}

crate::coded! {
    /// Whose turn it is ("Behandles", S-004).
    pub enum HandledBy("handled-by") {
        /// The provider's.
        Provider => "provider",
        /// The requester's.
        Requester => "requester",
        /// Nobody's.
        Nobody => "nobody",
    }
}

crate::coded! {
    /// What an entry of the thread is.
    pub enum EntryKind("entry-kind") {
        /// What someone wrote.
        Message => "message",
        /// What the provider wrote for itself.
        Note => "note",
        /// The status changed; the text is its code.
        Status => "status",
        /// It was given to someone; the text is the address.
        Assignment => "assignment",
        /// It was shared.
        Sharing => "sharing",
        /// A mail came in.
        Mail => "mail",
    }
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ticket {
    /// The row.
    #[serde(skip)]
    pub id: i64,
    /// `SAM 2404-1030` (S-005).
    pub number: String,
    /// What it is about, one line.
    pub subject: String,
    /// The code of its type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The institution's code.
    pub tenant: String,
    /// The address of who asks.
    pub requester: Email,
    /// The requester's row.
    #[serde(skip)]
    pub requester_id: i64,
    /// The address of the one of the staff who handles it.
    pub assignee: Option<Email>,
    /// The assignee's row.
    #[serde(skip)]
    pub assignee_id: Option<i64>,
    /// Where it stands.
    pub status: TicketStatus,
    /// Whose turn it is; follows from the status.
    pub handled_by: HandledBy,
    /// When it was registered, UTC.
    pub created_at: String,
    /// When anything last happened to it, UTC.
    pub updated_at: String,
    /// Since when it is done, UTC; kept when it then closes.
    pub done_at: Option<String>,
    /// When it was closed, UTC.
    pub closed_at: Option<String>,
    /// The row of the ticket that this one goes on from.
    #[serde(skip)]
    pub follows_id: Option<i64>,
}

impl Ticket {
    /// What the audit calls it.
    pub fn object(&self) -> String {
        format!("ticket:{}", self.number)
    }

    /// Its number without the prefix, as the signed address for answers names it: `2404-1030`.
    pub fn tag(&self) -> &str {
        tag_of(&self.number)
    }

    /// The ticket after a step to `to` at this time.
    ///
    /// `done_at` is set exactly when it becomes done and goes when it leaves done other than by closing.
    #[must_use]
    pub fn moved(&self, to: TicketStatus, at: DateTime<Utc>) -> Ticket {
        let at = utc_text(at);
        let done_at = match to {
            TicketStatus::Done => Some(at.clone()),
            TicketStatus::Closed => self.done_at.clone(),
            _ => None,
        };
        Ticket {
            status: to,
            handled_by: rules::handled_by(to),
            done_at,
            closed_at: (to == TicketStatus::Closed).then(|| at.clone()),
            updated_at: at,
            ..self.clone()
        }
    }

    /// Since when it is done, of a ticket that is.
    pub fn done_since(&self) -> Result<DateTime<Utc>> {
        self.done_at
            .as_deref()
            .and_then(parse_utc_text)
            .ok_or_else(|| Error::internal(format!("{} is done and has no time of it", self.number)))
    }
}

/// A number without its prefix.
pub fn tag_of(number: &str) -> &str {
    number.rsplit(' ').next().unwrap_or(number)
}

/// A ticket to be created.
pub struct NewTicket {
    /// The institution, by code or CVR.
    pub tenant: String,
    /// Who asks.
    pub requester: Email,
    /// What it is about, 1–80 characters of one line.
    pub subject: String,
    /// The code of its type.
    pub kind: Option<String>,
    /// The number of the ticket that it goes on from: one of the same institution that is over for good.
    pub follows: Option<String>,
    /// The first entry of the thread.
    pub post: Post,
}

/// What someone adds to a thread: a text, files, or both.
#[derive(Default, Clone)]
pub struct Post {
    /// The text.
    pub text: String,
    /// The files.
    pub files: Vec<PostFile>,
    /// The row of `inbox`, of what came by mail. The entry is then of kind `mail`.
    pub mail: Option<i64>,
}

/// A file that someone adds to a thread, read and looked through before the transaction.
#[derive(Clone)]
pub struct PostFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Spooled,
    /// What the scanner said of it.
    pub scan: FileScan,
}

crate::coded! {
    /// What the scanner said of a file that was taken; what is infected is not taken.
    pub enum FileScan("file-scan") {
        /// Nothing: none is configured.
        Unscanned => "unscanned",
        /// No malware.
        Clean => "clean",
    }
}

/// What was found of a file.
pub enum Looked {
    /// It can be taken.
    Fit(PostFile),
    /// It holds malware, of this name.
    Infected(String),
}

impl PostFile {
    /// Has a file looked through. A scanner that is out of reach is an error (75). Takes its time: never inside a
    /// transaction.
    pub fn looked_through(scanner: &Scanner, name: &str, bytes: Spooled) -> Result<Looked> {
        let scan = match scanner::scan(scanner, &bytes)? {
            Scan::Unscanned => FileScan::Unscanned,
            Scan::Clean => FileScan::Clean,
            Scan::Infected(malware) => return Ok(Looked::Infected(malware)),
        };
        Ok(Looked::Fit(PostFile { name: name.to_owned(), bytes, scan }))
    }

    /// Has a file looked through, of which malware is refused (65).
    pub fn scanned(scanner: &Scanner, name: String, bytes: Spooled) -> Result<PostFile> {
        match PostFile::looked_through(scanner, &name, bytes)? {
            Looked::Fit(file) => Ok(file),
            Looked::Infected(malware) => {
                let what = format!("{name} holds malware: {malware}");
                Err(Error::new(Exit::InvalidFile, "attachment.infected", what)
                    .hint("nothing was taken; leave the file away"))
            }
        }
    }
}

impl Post {
    /// Whether there is nothing to add.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.files.is_empty()
    }
}

/// What one entry of a thread holds when it is written.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry<'a> {
    /// What it is.
    pub kind: EntryKind,
    /// The author's row; `None` for the operator or a job.
    pub author_id: Option<i64>,
    /// The author as shown.
    pub author: &'a str,
    /// Hidden from the requester.
    pub internal: bool,
    /// The text.
    pub text: &'a str,
    /// The mail that it came by.
    pub mail: Option<i64>,
}

impl<'a> NewEntry<'a> {
    /// What this one adds.
    pub fn of(party: &'a Party, kind: EntryKind, text: &'a str) -> NewEntry<'a> {
        NewEntry {
            kind,
            author_id: party.id(),
            author: party.author(),
            internal: kind == EntryKind::Note,
            text,
            mail: None,
        }
    }
}

/// An entry of the thread, as `ticket show` gives it (S-007).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When, UTC.
    pub at: String,
    /// A name, or `Ansvarlig`.
    pub author: String,
    /// What it is.
    pub kind: EntryKind,
    /// The text; the code of the status in an entry of kind `status`.
    pub text: String,
    /// The status entered, in an entry of kind `status`.
    pub status: Option<TicketStatus>,
    /// The names of its files.
    pub attachments: Vec<String>,
    /// Hidden from the requester.
    pub internal: bool,
    /// The number of the mail that it came by; told to the provider alone.
    pub mail: Option<i64>,
    /// Whether that mail says more than the text does; told to the provider alone.
    pub shortened: bool,
}

/// A file of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// The stored bytes.
    pub blob: i64,
    /// What the scanner said of it.
    pub scan: FileScan,
}

/// Which tickets to list; an empty filter is every ticket.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Open, closed, or `None` for all.
    pub open: Option<bool>,
    /// Only these statuses.
    pub statuses: Vec<TicketStatus>,
    /// The row of a type.
    pub kind: Option<i64>,
    /// The row of an institution.
    pub tenant: Option<i64>,
    /// Who asks, of who sees only own and shared tickets (S-001, S-014).
    pub sight: Option<Sight>,
    /// The row of a requester.
    pub requester: Option<i64>,
    /// The row of an assignee.
    pub assignee: Option<i64>,
    /// Changed at or after this time, UTC text.
    pub updated_since: Option<String>,
    /// Words that all stand in the subject or in what the actor sees of the thread.
    pub text: Option<String>,
}

/// What someone sees who is not of the provider.
#[derive(Debug, Clone)]
pub struct Sight {
    /// The user's row.
    pub user: i64,
    /// The institutions where the user has a right.
    pub places: Vec<i64>,
}
