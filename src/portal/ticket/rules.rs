//! Who may take a ticket from where to where (DOMAIN §4), and for how long a done one can be reopened.

use chrono::{DateTime, Duration, Utc};

use super::TicketStatus::{
    Assigned, AwaitingInternal, AwaitingRequester, Closed, Done, Registered, Started,
};
use super::{HandledBy, TicketStatus};
use crate::platform::error::{Error, Result};
use crate::values::{Coded, utc_text};

/// Who takes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The provider's people.
    Provider,
    /// The one who asked. A reopening is the requester's step, whoever types it.
    Requester,
    /// Time.
    Clock,
}

impl By {
    /// Everyone who can take a step.
    pub const ALL: [By; 3] = [By::Provider, By::Requester, By::Clock];

    fn label(self) -> &'static str {
        match self {
            By::Provider => "the provider",
            By::Requester => "the requester",
            By::Clock => "the clock",
        }
    }
}

/// One line of the table: where from, by whom, where to.
type Line = (TicketStatus, By, &'static [TicketStatus]);

/// Every step there is. What is not here is forbidden.
const TABLE: &[Line] = &[
    (Registered, By::Provider, &[Started, Assigned, AwaitingInternal, AwaitingRequester, Done, Closed]),
    (Registered, By::Requester, &[Closed]),
    (Started, By::Provider, &[Assigned, AwaitingInternal, AwaitingRequester, Done, Closed]),
    (Started, By::Requester, &[Closed]),
    (Assigned, By::Provider, &[Started, AwaitingInternal, AwaitingRequester, Done, Closed]),
    (Assigned, By::Requester, &[Closed]),
    (AwaitingInternal, By::Provider, &[Started, Assigned, AwaitingRequester, Done, Closed]),
    (AwaitingInternal, By::Requester, &[Closed]),
    (AwaitingRequester, By::Provider, &[Started, Assigned, AwaitingInternal, Done, Closed]),
    // The requester's reply brings it back (C-13).
    (AwaitingRequester, By::Requester, &[Started, Assigned, Closed]),
    (Done, By::Provider, &[Closed]),
    // The requester's reply, or a reopening (S-025, C-13).
    (Done, By::Requester, &[Started, Assigned, Closed]),
    (Done, By::Clock, &[Closed]),
];

/// Where this one may take a ticket from here.
pub fn targets(from: TicketStatus, by: By) -> &'static [TicketStatus] {
    TABLE
        .iter()
        .find(|(status, who, _)| *status == from && *who == by)
        .map_or(&[], |(_, _, targets)| targets)
}

/// Refuses a step that is not in the table, naming what would be allowed.
pub fn step(number: &str, from: TicketStatus, to: TicketStatus, by: By) -> Result<()> {
    if from == Closed {
        return Err(closed(number));
    }
    let allowed = targets(from, by);
    if allowed.contains(&to) {
        return Ok(());
    }
    let names: Vec<_> = allowed.iter().map(|status| status.code()).collect();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let refusal = Error::conflict(
        "ticket.transition",
        format!("{number} is {from}; {} cannot make it {to}, only {names}", by.label()),
    );
    Err(match from {
        Done => refusal.hint(format!("take it up again first with `portalctl ticket reopen \"{number}\"`")),
        _ => refusal.hint(format!("`portalctl ticket show \"{number}\"` shows how it came there")),
    })
}

/// The refusal of anything that a closed ticket is asked for (S-026, C-18).
pub fn closed(number: &str) -> Error {
    Error::conflict("ticket.closed", format!("{number} is closed, and closed tickets stay so"))
        .hint("open a new one with `portalctl ticket create` and name this one in its text")
}

/// Where a ticket that is taken up again goes: to its assignee, if it has one (C-13).
pub fn returns_to(assigned: bool) -> TicketStatus {
    if assigned { Assigned } else { Started }
}

/// When a ticket that is done since `done_at` is to be closed: so many hours of UTC later (C-14).
pub fn due_at(done_at: DateTime<Utc>, hours: i64) -> DateTime<Utc> {
    done_at + Duration::hours(hours)
}

/// Refuses to take up a ticket again whose time is over, whether or not it has been closed yet (S-026).
pub fn in_time(number: &str, done_at: DateTime<Utc>, hours: i64, now: DateTime<Utc>) -> Result<()> {
    let due = due_at(done_at, hours);
    if now < due {
        return Ok(());
    }
    Err(Error::conflict(
        "ticket.too-late",
        format!("{number} is done for {hours} hours or more (until {}); it cannot be reopened", utc_text(due)),
    )
    .hint("open a new one with `portalctl ticket create` and name this one in its text"))
}

/// Whose turn it is in this status (S-004, S-009).
pub fn handled_by(status: TicketStatus) -> HandledBy {
    match status {
        Registered | Started | Assigned | AwaitingInternal => HandledBy::Provider,
        AwaitingRequester | Done => HandledBy::Requester,
        Closed => HandledBy::Nobody,
    }
}
