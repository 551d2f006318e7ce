//! Who may take a ticket from where to where (DOMAIN §4), and for how long a done one can be reopened.

use chrono::{DateTime, Duration, Utc};

use super::TicketStatus::{Assigned, AwaitingInternal, AwaitingRequester, Closed, Done, Registered, Started};
use super::{HandledBy, Ticket, TicketStatus};
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
    TABLE.iter().find(|(status, who, _)| *status == from && *who == by).map_or(&[], |(_, _, targets)| targets)
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
        .hint(new_one(number))
}

/// How to go on from a ticket that is over for good.
fn new_one(number: &str) -> String {
    format!("open a new one that goes on from it with `portalctl ticket create --follows \"{number}\"`")
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
        format!(
            "{number} is done for {hours} hours or more (until {}); it cannot be reopened",
            utc_text(due)
        ),
    )
    .hint(new_one(number)))
}

/// Refuses what a ticket that is over for good is asked for at this time: one that is closed, or done for so many hours.
pub fn still_open(ticket: &Ticket, hours: i64, at: DateTime<Utc>) -> Result<()> {
    match ticket.status {
        Closed => Err(closed(&ticket.number)),
        Done => in_time(&ticket.number, ticket.done_since()?, hours, at),
        _ => Ok(()),
    }
}

/// Whether a ticket is over for good at this time, whether or not it has been closed yet (S-026).
pub fn is_over(ticket: &Ticket, hours: i64, at: DateTime<Utc>) -> bool {
    still_open(ticket, hours, at).is_err()
}

/// Whose turn it is in this status (S-004, S-009).
pub fn handled_by(status: TicketStatus) -> HandledBy {
    match status {
        Registered | Started | Assigned | AwaitingInternal => HandledBy::Provider,
        AwaitingRequester | Done => HandledBy::Requester,
        Closed => HandledBy::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::parse_utc_text;

    fn at(text: &str) -> DateTime<Utc> {
        parse_utc_text(text).unwrap()
    }

    /// The table once more, as DOMAIN §4 draws it: a row a status, a column a target in the order of the statuses;
    /// p, r and c say who may (provider, requester, clock).
    const CELLS: [(TicketStatus, [&str; 7]); 7] = [
        (Registered, ["", "p", "p", "p", "p", "p", "pr"]),
        (Started, ["", "", "p", "p", "p", "p", "pr"]),
        (Assigned, ["", "p", "", "p", "p", "p", "pr"]),
        (AwaitingInternal, ["", "p", "p", "", "p", "p", "pr"]),
        (AwaitingRequester, ["", "pr", "pr", "p", "", "p", "pr"]),
        (Done, ["", "r", "r", "", "", "", "prc"]),
        (Closed, ["", "", "", "", "", "", ""]),
    ];

    #[test]
    fn s_020_to_s_026_every_step_is_allowed_to_whom_the_table_says_and_to_nobody_else() {
        for (from, row) in CELLS {
            for (to, who) in TicketStatus::all().iter().zip(row) {
                for by in By::ALL {
                    let letter = by.label().trim_start_matches("the ").get(..1).unwrap();
                    let step = step("SAM 2404-1030", from, *to, by);
                    assert_eq!(step.is_ok(), who.contains(letter), "{from} to {to} by {by:?}");
                    if let Err(error) = step {
                        let code = if from == Closed { "ticket.closed" } else { "ticket.transition" };
                        assert_eq!(error.code(), code);
                        assert!(error.message().contains("SAM 2404-1030"));
                    }
                }
            }
        }
    }

    #[test]
    fn a_refusal_names_where_from_where_to_and_what_is_allowed() {
        let error = step("SAM 2404-1030", AwaitingRequester, Registered, By::Requester).unwrap_err();
        assert_eq!(
            error.message(),
            "SAM 2404-1030 is awaiting-requester; the requester cannot make it registered, only started, assigned, closed"
        );
        let error = step("SAM 2404-1030", Done, Started, By::Provider).unwrap_err();
        assert!(error.hint_text().unwrap().contains("ticket reopen"));
    }

    #[test]
    fn c_14_seven_days_are_168_hours_of_utc() {
        // 19-03-2024 10.42 in Copenhagen; the guide's ticket was closed on 26-03-2024 10.54.
        let done = at("2024-03-19T09:42:00Z");
        assert_eq!(due_at(done, 168), at("2024-03-26T09:42:00Z"));
        assert!(in_time("N", done, 168, at("2024-03-26T09:41:59Z")).is_ok());
        assert_eq!(
            in_time("N", done, 168, at("2024-03-26T09:42:00Z")).unwrap_err().code(),
            "ticket.too-late"
        );
        // Over the start of summer time the clock on the wall is an hour later: 12.00, then 13.00.
        assert_eq!(due_at(at("2024-03-29T11:00:00Z"), 168), at("2024-04-05T11:00:00Z"));
    }

    #[test]
    fn s_004_whose_turn_it_is_follows_from_the_status() {
        let turns: Vec<_> = TicketStatus::all().iter().map(|status| handled_by(*status).code()).collect();
        assert_eq!(
            turns,
            ["provider", "provider", "provider", "provider", "requester", "requester", "nobody"]
        );
    }
}
