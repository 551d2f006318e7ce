//! Use cases of tickets.

mod closing;
mod news;
mod seeing;
mod sequences;
mod sharing;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::kind::TypeStatus;
use super::service::Desk;
use super::store::due as due_sql;
use super::{
    EntryKind, FileScan, Filter, NewTicket, Post, PostFile, Ticket, TicketStatus, due, kind, service, store,
};
use crate::platform::actor::{Actor, Principal};
use crate::platform::blob::Spooled;
use crate::platform::db::{Db, Options, Tx};
use crate::platform::env::{Clock, Entropy};
use crate::platform::error::Result;
use crate::platform::exit::Exit;
use crate::platform::i18n::Lang;
use crate::platform::outbox;
use crate::platform::ui::Bulk;
use crate::portal::access::Right;
use crate::portal::tenant::{self, NewTenant};
use crate::portal::user::{self, NewUser, Staff, UserKind};
use crate::values::parse_utc_text;

const ANNA: &str = "anna@example.dk";
const BO: &str = "bo@example.dk";
const CARL: &str = "carl@provider.example.dk";

fn at(text: &str) -> DateTime<Utc> {
    parse_utc_text(text).unwrap()
}

fn operator() -> Actor {
    Actor {
        real: "operator:test@host".to_owned(),
        effective: Principal::Operator,
        reason: Some("test".to_owned()),
    }
}

fn desk() -> Desk {
    Desk { lang: Lang::Da, base_url: "https://kundeportal.example.dk/".to_owned() }
}

fn as_user(email: &str) -> Actor {
    Actor { effective: Principal::User(email.to_owned()), ..operator() }
}

/// A world with one institution, two of its people and one of the staff.
struct World {
    db: Db,
    clock: Rc<Cell<DateTime<Utc>>>,
}

impl World {
    fn new(now: &str) -> World {
        let clock = Rc::new(Cell::new(at(now)));
        let options = Options {
            dry_run: false,
            wait: Duration::ZERO,
            clock: Clock::Story(clock.clone()),
            entropy: Entropy::Counter(Rc::default()),
        };
        let mut world = World { db: Db::in_memory(options).unwrap(), clock };
        world.write(populate).unwrap();
        world
    }

    fn write<T>(&mut self, write: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.db.write(&operator(), write)
    }

    fn write_as<T>(&mut self, email: &str, write: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.db.write(&as_user(email), write)
    }

    fn now(&self, now: &str) {
        self.clock.set(at(now));
    }

    fn create(&mut self) -> String {
        self.write(|tx| service::create(tx, new("Adgang til rapporter"), &desk())).unwrap().ticket.number
    }

    fn advance(&mut self, number: &str, to: TicketStatus) -> Result<Ticket> {
        let (_, detail) = self.write(|tx| service::advance(tx, number, to, &Post::default(), &desk()))?;
        Ok(detail.ticket)
    }

    fn reply_as(&mut self, email: &str, number: &str) -> Result<Ticket> {
        Ok(self.write_as(email, |tx| service::reply(tx, number, &text("Svar"), false, &desk()))?.ticket)
    }

    fn ticket(&self, number: &str) -> Ticket {
        self.db.read(|conn| store::find_by_number(conn, number)).unwrap().unwrap()
    }

    fn mails(&self) -> Vec<(String, String)> {
        let mut mails = Vec::new();
        self.db
            .read(|conn| {
                outbox::each(conn, &outbox::Filter::default(), |mail| {
                    if !mail.cause.starts_with("ticket:") {
                        return Ok(std::ops::ControlFlow::Continue(()));
                    }
                    mails.insert(0, (mail.to, mail.subject.unwrap_or_default()));
                    Ok(std::ops::ControlFlow::Continue(()))
                })
            })
            .unwrap();
        mails
    }
}

fn populate(tx: &Tx<'_>) -> Result<()> {
    let institution = NewTenant {
        cvr: "10213231".parse().unwrap(),
        name: "Økonomistyrelsen".to_owned(),
        code: Some("oes".to_owned()),
        ministry: None,
        se_numbers: Vec::new(),
        glns: Vec::new(),
        account_manager: None,
    };
    tenant::service::create(tx, institution, false)?;
    for (email, name, staff) in
        [(ANNA, "Anna Holm", None), (BO, "Bo Lund", None), (CARL, "Carl Friis", Some(Staff::Caseworker))]
    {
        let rights = if staff.is_none() { vec![("oes".to_owned(), vec![Right::Reader])] } else { Vec::new() };
        let person = NewUser {
            email: email.parse().unwrap(),
            name: name.to_owned(),
            b_number: None,
            phone: None,
            title: None,
            language: None,
            kind: Some(UserKind::Person),
            staff,
            rights,
        };
        user::service::create(tx, person, false, false, Lang::Da)?;
    }
    Ok(())
}

fn new(subject: &str) -> NewTicket {
    NewTicket {
        tenant: "oes".to_owned(),
        requester: ANNA.parse().unwrap(),
        subject: subject.to_owned(),
        kind: None,
        follows: None,
        post: text("Jeg kan ikke se rapporterne."),
    }
}

fn text(text: &str) -> Post {
    Post { text: text.to_owned(), ..Post::default() }
}

#[test]
fn s_005_numbers_begin_anew_each_month_of_copenhagen_without_gap() {
    let mut world = World::new("2024-04-30T21:59:59Z");
    assert_eq!(world.create(), "SAM 2404-0001");
    let refused = world.write(|tx| {
        service::create(tx, new("Bliver til intet"), &desk())?;
        service::create(tx, new(""), &desk())
    });
    assert_eq!(refused.unwrap_err().exit(), Exit::Usage);
    assert_eq!(world.create(), "SAM 2404-0002");
    world.now("2024-04-30T22:00:00Z");
    assert_eq!(world.create(), "SAM 2405-0001");
    world.now("2024-12-31T23:30:00Z");
    assert_eq!(world.create(), "SAM 2501-0001");
    for name in ["SAM2501-0001", "2501-0001", "sam 2501-0001"] {
        let detail = world.db.read(|conn| service::show(conn, &operator(), name)).unwrap();
        assert_eq!(detail.ticket.number, "SAM 2501-0001");
    }
}

#[test]
fn s_007_a_ticket_begins_registered_with_the_requesters_own_words() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    let detail = world.db.read(|conn| service::show(conn, &as_user(ANNA), &number)).unwrap();
    assert_eq!(detail.ticket.status, TicketStatus::Registered);
    assert_eq!(detail.thread.len(), 1);
    let first = &detail.thread[0];
    assert_eq!((first.author.as_str(), first.kind), ("Anna Holm", EntryKind::Message));
    assert_eq!(first.at, "2024-04-22T08:06:00Z");
}

#[test]
fn a_requester_belongs_to_the_institution_and_the_subject_is_one_short_line() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let mut attempt = |change: fn(&mut NewTicket)| {
        let mut ticket = new("Emne");
        change(&mut ticket);
        world
            .write(|tx| service::create(tx, ticket, &desk()))
            .map_or_else(|e| e.code().to_owned(), |d| d.ticket.number)
    };
    assert_eq!(attempt(|new| new.subject = "x".repeat(81)), "ticket.subject");
    assert_eq!(attempt(|new| new.subject = "to\nlinjer".to_owned()), "ticket.subject");
    assert_eq!(attempt(|new| new.kind = Some("adgang".to_owned())), "ticket-type.not-found");
    assert_eq!(attempt(|new| new.requester = "nobody@example.dk".parse().unwrap()), "user.not-found");
    assert_eq!(attempt(|new| new.requester = CARL.parse().unwrap()), "SAM 2404-0001");
    assert_eq!(attempt(|new| new.subject = "x".repeat(80)), "SAM 2404-0002");
    world.write(|tx| user::service::remove(tx, &ANNA.parse().unwrap(), "oes")).unwrap();
    assert_eq!(
        world.write(|tx| service::create(tx, new("Emne"), &desk())).unwrap_err().code(),
        "ticket.requester"
    );
    world.write(|tx| user::service::disable(tx, &ANNA.parse().unwrap())).unwrap();
    assert_eq!(
        world.write(|tx| service::create(tx, new("Emne"), &desk())).unwrap_err().code(),
        "user.disabled"
    );
}

#[test]
fn s_003_only_active_types_are_given_to_new_tickets() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    world.write(|tx| kind::create(tx, "adgang", "Adgang", false)).unwrap();
    let with_type = || NewTicket { kind: Some("adgang".to_owned()), ..new("Emne") };
    let detail = world.write(|tx| service::create(tx, with_type(), &desk())).unwrap();
    assert_eq!(detail.ticket.kind.as_deref(), Some("adgang"));
    let error = world.write(|tx| kind::create(tx, "adgang", "Andet", true)).unwrap_err();
    assert_eq!(error.code(), "ticket-type.differs");
    assert!(world.write(|tx| kind::retire(tx, "adgang")).unwrap().0);
    assert!(!world.write(|tx| kind::retire(tx, "adgang")).unwrap().0);
    let error = world.write(|tx| service::create(tx, with_type(), &desk())).unwrap_err();
    assert_eq!(error.code(), "ticket-type.retired");
}

#[test]
fn s_003_a_type_can_be_renamed_and_taken_back_into_use() {
    let mut world = World::new("2026-05-04T08:00:00Z");
    world.write(|tx| kind::create(tx, "adgang", "Adgang", false)).unwrap();
    let mut update = |name: Option<&str>, status| {
        let (changed, kind) =
            world.write(|tx| kind::update(tx, "adgang", name.map(str::to_owned), status)).unwrap();
        (changed, kind.name, kind.status)
    };
    let (renamed, active, retired) = ("Adgange".to_owned(), TypeStatus::Active, TypeStatus::Retired);
    assert_eq!(update(Some("Adgange"), None), (true, renamed.clone(), active));
    assert_eq!(update(None, Some(retired)), (true, renamed.clone(), retired));
    assert_eq!(update(None, Some(active)), (true, renamed.clone(), active));
    assert_eq!(update(Some("Adgange"), Some(active)), (false, renamed, active));
    let error = world.write(|tx| kind::update(tx, "ukendt", None, None)).unwrap_err();
    assert_eq!(error.code(), "ticket-type.not-found");
}

#[test]
fn s_022_assigning_is_to_staff_and_advancing_to_assigned_needs_an_assignee() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    let error = world.advance(&number, TicketStatus::Assigned).unwrap_err();
    assert_eq!((error.exit(), error.code()), (Exit::Conflict, "ticket.unassigned"));
    let error = world.write(|tx| service::assign(tx, &number, &BO.parse().unwrap(), &desk())).unwrap_err();
    assert_eq!((error.exit(), error.code()), (Exit::Refused, "ticket.assignee"));
    let (changed, detail) =
        world.write(|tx| service::assign(tx, &number, &CARL.parse().unwrap(), &desk())).unwrap();
    assert!(changed);
    assert_eq!(detail.ticket.status, TicketStatus::Assigned);
    assert!(!world.write(|tx| service::assign(tx, &number, &CARL.parse().unwrap(), &desk())).unwrap().0);
    world.advance(&number, TicketStatus::Done).unwrap();
    let error = world.write(|tx| service::assign(tx, &number, &CARL.parse().unwrap(), &desk())).unwrap_err();
    assert_eq!(error.code(), "ticket.transition");
}

#[test]
fn s_024_the_requester_is_told_and_the_reply_brings_the_ticket_back() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    world.advance(&number, TicketStatus::AwaitingRequester).unwrap();
    let told = [
        (ANNA.to_owned(), format!("{number}: en sag er oprettet i dit navn")),
        (ANNA.to_owned(), format!("{number}: vi afventer dit svar")),
    ];
    assert_eq!(world.mails(), told);
    assert_eq!(world.reply_as(BO, &number).unwrap_err().exit(), Exit::NotFound);
    assert_eq!(world.reply_as(ANNA, &number).unwrap().status, TicketStatus::Started);
    world.write(|tx| service::assign(tx, &number, &CARL.parse().unwrap(), &desk())).unwrap();
    world.advance(&number, TicketStatus::AwaitingRequester).unwrap();
    assert_eq!(world.reply_as(ANNA, &number).unwrap().status, TicketStatus::Assigned);
    // The provider's own reply keeps the status and is told, too; a note is neither told nor seen.
    let said = world.write(|tx| service::reply(tx, &number, &text("Svar"), false, &desk())).unwrap();
    assert_eq!(said.ticket.status, TicketStatus::Assigned);
    let last = |world: &World| world.mails().into_iter().rfind(|(to, _)| to == ANNA).unwrap().1;
    assert_eq!(last(&world), format!("{number}: nyt svar på sagen"));
    let before = world.mails().len();
    world.now("2024-04-23T08:06:00Z");
    let noted = world.write(|tx| service::reply(tx, &number, &text("Hemmeligt"), true, &desk())).unwrap();
    assert_eq!(noted.ticket.updated_at, "2024-04-22T08:06:00Z", "the requester does not notice it");
    let told = [(CARL.to_owned(), format!("{number}: nyt på sagen, du behandler"))];
    assert_eq!(world.mails()[before..], told);
    let seen = world.db.read(|conn| service::show(conn, &as_user(ANNA), &number)).unwrap();
    assert!(seen.thread.iter().all(|entry| !entry.internal && entry.text != "Hemmeligt"));
    let error =
        world.write_as(ANNA, |tx| service::reply(tx, &number, &text("x"), true, &desk())).unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
}

#[test]
fn s_025_a_done_ticket_is_reopened_within_168_hours_to_the_second() {
    let mut world = World::new("2024-03-19T09:42:00Z");
    let number = world.create();
    let done = world.advance(&number, TicketStatus::Done).unwrap();
    assert_eq!(done.done_at.as_deref(), Some("2024-03-19T09:42:00Z"));
    assert_eq!(world.advance(&number, TicketStatus::Started).unwrap_err().code(), "ticket.transition");
    world.now("2024-03-26T09:41:59Z");
    let reopened = world.write(|tx| service::reopen(tx, &number, &desk())).unwrap().ticket;
    assert_eq!((reopened.status, reopened.done_at), (TicketStatus::Started, None));
    assert_eq!(
        world.write(|tx| service::reopen(tx, &number, &desk())).unwrap_err().code(),
        "ticket.transition"
    );
    world.now("2024-03-19T09:42:00Z");
    world.advance(&number, TicketStatus::Done).unwrap();
    world.now("2024-03-26T09:42:00Z");
    let error = world.write(|tx| service::reopen(tx, &number, &desk())).unwrap_err();
    assert_eq!((error.exit(), error.code()), (Exit::Conflict, "ticket.too-late"));
    assert_eq!(world.reply_as(ANNA, &number).unwrap_err().code(), "ticket.too-late");
    assert_eq!(world.ticket(&number).status, TicketStatus::Done);
}

#[test]
fn s_012_c_18_a_regretted_ticket_is_closed_for_good() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    let (changed, detail) = world.write_as(ANNA, |tx| service::close(tx, &number, &desk())).unwrap();
    assert!(changed);
    assert_eq!(detail.ticket.closed_at.as_deref(), Some("2024-04-22T08:06:00Z"));
    assert!(!world.write(|tx| service::close(tx, &number, &desk())).unwrap().0);
    let codes = [
        world.advance(&number, TicketStatus::Started).unwrap_err(),
        world.reply_as(ANNA, &number).unwrap_err(),
        world.write(|tx| service::reply(tx, &number, &text("x"), true, &desk())).map(drop).unwrap_err(),
        world
            .write(|tx| service::assign(tx, &number, &CARL.parse().unwrap(), &desk()))
            .map(drop)
            .unwrap_err(),
        world.write(|tx| service::reopen(tx, &number, &desk())).map(drop).unwrap_err(),
    ];
    for error in codes {
        assert_eq!((error.exit(), error.code()), (Exit::Conflict, "ticket.closed"));
        assert!(error.message().contains(&number) && error.hint_text().unwrap().contains("ticket create"));
    }
}

#[test]
fn a_bulk_change_does_what_it_can_and_says_what_it_could_not() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let keys = [world.create(), "SAM 2404-9999".to_owned()];
    let mut attempt = |keys: &[String]| {
        let attempts = keys
            .iter()
            .map(|key| {
                (
                    key.clone(),
                    world.write(|tx| service::close(tx, key, &desk())).map(|_| ("closed", ().into())),
                )
            })
            .collect();
        Bulk::of_attempts(attempts)
    };
    assert_eq!(attempt(&keys).unwrap().exit, Exit::Partial);
    let error = attempt(&keys[1..]).map(|answer| answer.exit).unwrap_err();
    assert_eq!((error.exit(), error.code()), (Exit::NotFound, "ticket.not-found"));
}
