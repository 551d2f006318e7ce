//! Closing what has been done long enough (S-026, C-14), and reminding of it before. Looks at the state, not at the last
//! run.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::service::Desk;
use super::store::due::{self as sql, DoneTicket};
use super::{TicketStatus, actions, mail, rules, tag_of};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, format, label_of};
use crate::platform::outbox::Template;
use crate::platform::outbox::batch::{Batch, Item};
use crate::platform::settings;
use crate::platform::spill::{self, Spill};
use crate::portal::access;
use crate::values::{parse_utc_text, utc_text};

/// How many tickets one transaction closes. Others can write in between.
pub const CHUNK: usize = 2000;

/// The job's name.
pub const JOB: &str = "ticket-close-due";

/// What a run did.
#[derive(Debug, Default, Clone, Copy)]
pub struct Run {
    /// How many were due.
    pub due: u64,
    /// How many were closed.
    pub closed: u64,
    /// Of how many who asked were reminded; `None` where the setting is off.
    pub reminded: Option<u64>,
    /// The hours of the setting.
    pub hours: i64,
}

/// What became of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its number.
    pub number: String,
    /// Since when it is done, UTC text.
    pub done_at: String,
    /// Whether it was closed, or kept because its time has not come.
    pub closed: bool,
}

/// Reminds of the tickets that are closed soon, where the setting asks for it, and closes every ticket that is done since
/// the hours of the setting or longer, in a series of transactions. Each that was closed is handed on, and with `explain`
/// also those that are done and not due.
pub fn close_due(
    db: &mut Db,
    actor: &Actor,
    desk: &Desk,
    explain: bool,
    mut receive: impl FnMut(Outcome) -> Result<()>,
) -> Result<Run> {
    access::provider_only(actor)?;
    let reminded = in_chunks(db, actor, |tx, after| remind_chunk(tx, after, desk, CHUNK), |_| Ok(()))?;
    let mut run = Run { reminded: reminded.map(|(counted, _)| counted.changed), ..Run::default() };
    let done = in_chunks(
        db,
        actor,
        |tx, after| close_chunk(tx, after, desk, CHUNK).map(Some),
        |ticket| receive(Outcome::of(ticket, true)),
    )?;
    let Some((counted, times)) = done else { return Ok(run) };
    (run.due, run.closed, run.hours) = (counted.due, counted.changed, times.hours);
    if explain {
        db.read(|conn| sql::each_kept(conn, &times.cutoff, |ticket| receive(Outcome::of(ticket, false))))?;
    }
    Ok(run)
}

/// How many tickets are due now, to be closed or to be reminded of.
pub fn count(conn: &Connection, now: DateTime<Utc>) -> Result<i64> {
    let times = Times::at(conn, now)?;
    let to_remind = times.remind_from.map(|from| sql::count_to_remind(conn, &times.cutoff, &from));
    Ok(sql::count(conn, &times.cutoff)? + to_remind.transpose()?.unwrap_or_default())
}

/// From when on something is due, at a time.
#[derive(Debug)]
struct Times {
    /// The hours of the setting.
    hours: i64,
    /// Who is done since then or longer is to be closed.
    cutoff: String,
    /// Who is done since then or longer is to be reminded of, where that is wanted.
    remind_from: Option<String>,
}

impl Times {
    fn at(conn: &Connection, now: DateTime<Utc>) -> Result<Times> {
        let hours = settings::TICKET_CLOSE_AFTER_HOURS.int(conn)?;
        let before = settings::TICKET_REMINDER_HOURS.number(conn)?;
        let ago = |hours: i64| utc_text(now - Duration::hours(hours));
        Ok(Times {
            hours,
            cutoff: ago(hours),
            remind_from: before.map(|before| ago(hours.saturating_sub(before).max(0))),
        })
    }
}

/// What one transaction did.
#[derive(Debug)]
struct Chunk {
    tickets: Vec<DoneTicket>,
    changed: usize,
    times: Times,
}

/// What all of them did.
#[derive(Debug, Default, Clone, Copy)]
struct Counted {
    due: u64,
    changed: u64,
}

/// Does the same to one chunk after the other. A dry run goes on behind the last ticket, so it sees each once, too.
fn in_chunks(
    db: &mut Db,
    actor: &Actor,
    act: impl Fn(&Tx<'_>, Option<&DoneTicket>) -> Result<Option<Chunk>>,
    mut receive: impl FnMut(DoneTicket) -> Result<()>,
) -> Result<Option<(Counted, Times)>> {
    let mut counted = Counted::default();
    let mut last: Option<DoneTicket> = None;
    loop {
        let Some(chunk) = db.write(actor, |tx| act(tx, last.as_ref()))? else { return Ok(None) };
        counted.due += chunk.tickets.len() as u64;
        counted.changed += chunk.changed as u64;
        let is_last = chunk.tickets.len() < CHUNK;
        last = chunk.tickets.last().cloned().or(last);
        for ticket in chunk.tickets {
            receive(ticket)?;
        }
        if is_last {
            return Ok(Some((counted, chunk.times)));
        }
        db.let_others_in();
    }
}

/// Reminds of the next tickets that will soon be closed; `None` where the setting is off.
fn remind_chunk(tx: &Tx<'_>, after: Option<&DoneTicket>, desk: &Desk, limit: usize) -> Result<Option<Chunk>> {
    let times = Times::at(tx, tx.now())?;
    let Some(from) = &times.remind_from else { return Ok(None) };
    let tickets = sql::next_to_remind(tx, (&times.cutoff, from), after, limit)?;
    let mut changed = 0;
    if !tickets.is_empty() {
        let ids = sql::ids(&tickets);
        changed = sql::mark_reminded(tx, &ids)?;
        tell(tx, &tickets, &ids, &mail::REMINDER, (TicketStatus::Done, times.hours), desk)?;
        record(tx, actions::REMIND, "reminded", changed, &tickets)?;
    }
    Ok(Some(Chunk { tickets, changed, times }))
}

/// Closes the next tickets that are due.
fn close_chunk(tx: &Tx<'_>, after: Option<&DoneTicket>, desk: &Desk, limit: usize) -> Result<Chunk> {
    let times = Times::at(tx, tx.now())?;
    let tickets = sql::next(tx, &times.cutoff, after, limit)?;
    let mut changed = 0;
    if !tickets.is_empty() {
        let ids = sql::ids(&tickets);
        changed = sql::close(tx, &ids, &times.cutoff)?;
        sql::insert_entries(tx, &ids)?;
        tell(tx, &tickets, &ids, &mail::CLOSED, (TicketStatus::Closed, times.hours), desk)?;
        record(tx, actions::CLOSE_DUE, "closed", changed, &tickets)?;
    }
    Ok(Chunk { tickets, changed, times })
}

fn record(
    tx: &Tx<'_>,
    action: crate::platform::db::Action,
    word: &str,
    changed: usize,
    tickets: &[DoneTicket],
) -> Result<()> {
    let numbers: Vec<_> = tickets.iter().map(|ticket| ticket.number.as_str()).collect();
    tx.record(action, format!("job:{JOB}"), None::<&()>, Some(&json!({word: changed, "numbers": numbers})))
}

/// Tells the parties of each ticket of a chunk; of a reminder those who asked alone.
fn tell(
    tx: &Tx<'_>,
    tickets: &[DoneTicket],
    ids: &str,
    template: &'static Template,
    (status, hours): (TicketStatus, i64),
    desk: &Desk,
) -> Result<()> {
    let mut readers = Vec::new();
    sql::each_reader(tx, ids, |reader| {
        readers.push(reader);
        Ok(())
    })?;
    let works = |works: bool| readers.iter().filter(move |reader| reader.works == works);
    let mut known = HashMap::new();
    let passes = [(template, false), (&mail::WORK, true)];
    for (template, working) in
        passes.into_iter().filter(|(_, working)| !working || status != TicketStatus::Done)
    {
        let mut batch = Batch::begin(tx, template)?;
        for reader in works(working) {
            let Some(ticket) = tickets.get(reader.place) else { continue };
            let language = reader.language.unwrap_or(desk.lang);
            let params = known.entry(language).or_insert_with(|| shared_params(language, status, tx.now()));
            fill(params, ticket, &reader.name, language, (status, hours), desk)?;
            let cause = format!("ticket:{}", ticket.number);
            let reply_tag = tag_of(&ticket.number);
            batch.queue(&Item { to: &reader.email, language, cause: &cause, params, reply_tag })?;
        }
    }
    Ok(())
}

/// What is the same in all mails of a run in one language, as `notify::params` has it.
fn shared_params(lang: Lang, status: TicketStatus, now: DateTime<Utc>) -> Value {
    json!({
        "status": label_of(lang, status),
        "at": format::long_time(lang, now),
        "moved": status == TicketStatus::Closed,
        "written": false,
        "note": false,
        "until": null,
    })
}

fn fill(
    params: &mut Value,
    ticket: &DoneTicket,
    name: &str,
    lang: Lang,
    (status, hours): (TicketStatus, i64),
    desk: &Desk,
) -> Result<()> {
    let Value::Object(params) = params else { return Ok(()) };
    let mut put = |field: &str, value: Value| params.insert(field.to_owned(), value);
    put("number", ticket.number.as_str().into());
    put("name", name.into());
    put("url", desk.address(&ticket.number).into());
    if status == TicketStatus::Done {
        put("until", format::long_time(lang, rules::due_at(ticket.since()?, hours)).into());
    }
    Ok(())
}

impl DoneTicket {
    /// Since when it is done.
    fn since(&self) -> Result<DateTime<Utc>> {
        parse_utc_text(&self.done_at)
            .ok_or_else(|| Error::internal(format!("{} is done at \"{}\"", self.number, self.done_at)))
    }
}

impl Outcome {
    fn of(ticket: DoneTicket, closed: bool) -> Outcome {
        Outcome { number: ticket.number, done_at: ticket.done_at, closed }
    }

    /// As CLI.md §4 has it.
    pub fn item(&self, hours: i64, explain: bool) -> Result<Value> {
        let ticket = DoneTicket { id: 0, number: self.number.clone(), done_at: self.done_at.clone() };
        let due_at = utc_text(rules::due_at(ticket.since()?, hours));
        let mut item = json!({
            "key": self.number,
            "done_at": self.done_at,
            "due_at": due_at,
            "result": if self.closed { "closed" } else { "kept" },
        });
        if let (true, Some(fields)) = (explain, item.as_object_mut()) {
            let why = match self.closed {
                true => format!("done for {hours} hours or more, since {}", self.done_at),
                false => format!("done for less than {hours} hours; due {due_at}"),
            };
            fields.insert("why".to_owned(), why.into());
        }
        Ok(item)
    }
}

impl Spill for Outcome {
    fn beside(&self) -> usize {
        self.number.len() + self.done_at.len() + 32
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.closed));
        for text in [&self.number, &self.done_at] {
            spill::put(text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
    }

    fn read(from: &mut &[u8]) -> Option<Outcome> {
        let (closed, rest) = from.split_first()?;
        *from = rest;
        let mut text = || {
            let length = spill::take(from)?;
            let (text, rest) = from.split_at_checked(length.try_into().ok()?)?;
            *from = rest;
            Some(std::str::from_utf8(text).ok()?.to_owned())
        };
        Some(Outcome { number: text()?, done_at: text()?, closed: *closed == 1 })
    }
}
