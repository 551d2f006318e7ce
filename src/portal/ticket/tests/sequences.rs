//! Whatever is done to a ticket, in whatever order and by whomever: what must hold, holds.

use chrono::Duration as Hours;
use proptest::prelude::*;

use super::*;
use crate::platform::db::{self, Action, Connection};
use crate::platform::settings;
use crate::values::{Coded, utc_text};

const DORA: &str = "dora@provider.example.dk";
/// What nobody may find in a mail.
const SECRET: &str = "Hemmeligt 1234";
const SUBJECT: &str = "Fortrolig overskrift";
/// A mail that is there, for entries that came by mail.
const MAIL: i64 = 1;

/// Who acts: the operator, or someone by address.
const PEOPLE: [Option<&str>; 5] = [None, Some(ANNA), Some(BO), Some(CARL), Some(DORA)];

#[derive(Debug, Clone)]
enum Step {
    Reply { internal: bool, by_mail: bool },
    Assign { to: &'static str },
    Advance { to: TicketStatus, says: bool },
    Close,
    Reopen,
    Share,
    Unshare,
    Wait { hours: i64 },
    CloseDue,
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop::sample::select(TicketStatus::all());
    prop_oneof![
        4 => (any::<bool>(), any::<bool>()).prop_map(|(internal, by_mail)| Step::Reply { internal, by_mail }),
        2 => prop::sample::select(vec![CARL, DORA, BO]).prop_map(|to| Step::Assign { to }),
        6 => (status, any::<bool>()).prop_map(|(to, says)| Step::Advance { to, says }),
        1 => Just(Step::Close),
        3 => Just(Step::Reopen),
        2 => Just(Step::Share),
        1 => Just(Step::Unshare),
        3 => prop::sample::select(vec![1_i64, 100, 167, 168]).prop_map(|hours| Step::Wait { hours }),
        2 => Just(Step::CloseDue),
    ]
}

/// All that can be seen of the one ticket.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    ticket: Ticket,
    thread: Vec<(String, EntryKind, String, Option<i64>)>,
    shared: Vec<String>,
    records: i64,
    mails: Vec<(String, String, String)>,
}

fn seen(world: &World, number: &str) -> Seen {
    let read = |conn: &Connection| {
        let ticket = store::find_by_number(conn, number)?.unwrap();
        let thread = db::list(
            conn,
            "SELECT at, kind, text, author_id FROM ticket_entry WHERE ticket_id = ? ORDER BY id",
            [ticket.id],
            |row| {
                let kind = EntryKind::from_code(&row.get::<_, String>(1)?).unwrap();
                Ok((row.get(0)?, kind, row.get(2)?, row.get(3)?))
            },
        )?;
        let shared = store::share::shared_with(conn, ticket.id)?;
        let sql =
            "SELECT count(*) FROM audit_detail WHERE object = 'ticket:' || ?1 OR after LIKE '%' || ?1 || '%'";
        let records = db::one(conn, sql, [number])?;
        let mails = db::list(
            conn,
            "SELECT recipient, template, subject || params FROM outbox WHERE cause = 'ticket:' || ? ORDER BY id",
            [number],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        Ok(Seen { ticket, thread, shared, records, mails })
    };
    world.db.read(read).unwrap()
}

fn world() -> (World, String) {
    let mut world = World::new("2024-03-20T08:00:00Z");
    world
        .write(|tx| {
            let dora = NewUser {
                email: DORA.parse().unwrap(),
                name: "Dora Kvist".to_owned(),
                b_number: None,
                phone: None,
                title: None,
                language: Some(Lang::En),
                kind: Some(UserKind::Person),
                staff: Some(Staff::Caseworker),
                rights: Vec::new(),
            };
            user::service::create(tx, dora, false, false, Lang::Da)?;
            settings::set(tx, settings::TICKET_REMINDER_HOURS, "24")?;
            tx.execute_batch(&format!(
                "INSERT INTO blob (id, sha256, size, created_at) VALUES (77, printf('%064d', 7), 0, '');
                 INSERT INTO inbox (id, received_at, raw, state, settled_at) VALUES ({MAIL}, '', 77, 'taken', '');"
            ))?;
            tx.record(Action("test.fill"), "test", None::<&()>, None::<&()>)
        })
        .unwrap();
    let number = world
        .write_as(ANNA, |tx| {
            let new = NewTicket { subject: SUBJECT.to_owned(), post: text(SECRET), ..new("") };
            service::create(tx, new, &desk())
        })
        .unwrap()
        .ticket
        .number;
    (world, number)
}

/// Does a step; whether it was taken.
fn take(world: &mut World, number: &str, who: Option<&str>, step: &Step) -> bool {
    let actor = who.map_or_else(operator, as_user);
    let desk = desk();
    let says = |says: bool| if says { text(SECRET) } else { Post::default() };
    let bo = [BO.parse().unwrap()];
    match step {
        Step::Wait { hours } => {
            world.clock.set(world.clock.get() + Hours::hours(*hours));
            true
        }
        Step::CloseDue => {
            due::close_due(&mut world.db, &operator().job(due::JOB), &desk, false, |_| Ok(())).is_ok()
        }
        step => world
            .db
            .write(&actor, |tx| match step {
                Step::Reply { internal, by_mail } => {
                    let mail = (*by_mail && !internal).then_some(MAIL);
                    let post = Post { mail, ..text(SECRET) };
                    service::reply(tx, number, &post, *internal, &desk).map(drop)
                }
                Step::Assign { to } => service::assign(tx, number, &to.parse().unwrap(), &desk).map(drop),
                Step::Advance { to, says: speaks } => {
                    service::advance(tx, number, *to, &says(*speaks), &desk).map(drop)
                }
                Step::Close => service::close(tx, number, &desk).map(drop),
                Step::Reopen => service::reopen(tx, number, &desk).map(drop),
                Step::Share => service::share(tx, number, &bo, &desk).map(drop),
                Step::Unshare => service::unshare(tx, number, &bo).map(drop),
                Step::Wait { .. } | Step::CloseDue => Ok(()),
            })
            .is_ok(),
    }
}

fn check(before: &Seen, after: &Seen, who: Option<&str>, step: &Step, taken: bool, now: DateTime<Utc>) {
    let (was, is) = (&before.ticket, &after.ticket);
    if !taken {
        assert_eq!(before, after, "what is refused leaves nothing behind");
    }
    if was.status == TicketStatus::Closed {
        assert_eq!((was, &before.thread), (is, &after.thread), "C-18: a closed ticket never changes");
        assert!(after.mails == before.mails && after.shared.len() <= before.shared.len());
    }
    assert!(after.thread.starts_with(&before.thread), "the thread is append-only");
    let entries = &after.thread[before.thread.len()..];
    if was.status != is.status {
        let said = entries.iter().any(|(_, kind, text, _)| match kind {
            EntryKind::Status => text == is.status.code(),
            EntryKind::Assignment => is.status == TicketStatus::Assigned,
            _ => false,
        });
        assert!(said, "{:?} to {:?} without an entry", was.status, is.status);
        assert!(after.records > before.records, "{:?} to {:?} without a record", was.status, is.status);
    }
    match is.status {
        TicketStatus::Done if was.status == TicketStatus::Done => assert_eq!(was.done_at, is.done_at),
        TicketStatus::Done => assert_eq!(is.done_at, Some(utc_text(now))),
        TicketStatus::Closed => assert_eq!(was.done_at, is.done_at),
        _ => assert_eq!(is.done_at, None),
    }
    assert_eq!(is.closed_at.is_some(), is.status == TicketStatus::Closed);
    if let (Step::CloseDue, TicketStatus::Done) = (step, was.status) {
        let due = was.done_since().unwrap() + Hours::hours(168) <= now;
        assert_eq!(is.status == TicketStatus::Closed, due, "S-026");
    }
    // Mails: none to who acted, none twice, none that says what was written.
    let mails = &after.mails[before.mails.len()..];
    let mut told: Vec<_> = mails.iter().map(|(to, ..)| to.as_str()).collect();
    // By then the clock has come round for the reminder, too; but it closes first what is due.
    told.sort_unstable();
    let people = told.len();
    told.dedup();
    assert_eq!(told.len(), people, "nobody is told twice: {mails:?}");
    if !matches!(step, Step::CloseDue) {
        assert!(!told.iter().any(|to| Some(*to) == who), "nobody is told of their own doing");
    }
    assert!(mails.iter().all(|(_, _, text)| !text.contains(SECRET) && !text.contains(SUBJECT)));
    let note = entries.iter().any(|(_, kind, ..)| *kind == EntryKind::Note);
    if note {
        assert!(told.iter().all(|to| is.assignee.as_ref().is_some_and(|email| email.as_str() == *to)));
    }
    // Who is a party and did not act hears of every change of status.
    if was.status != is.status {
        let mut parties = vec![ANNA.to_owned()];
        parties.extend(after.shared.iter().cloned());
        parties.extend(is.assignee.as_ref().map(ToString::to_string));
        parties.retain(|party| matches!(step, Step::CloseDue) || Some(party.as_str()) != who);
        assert!(parties.iter().all(|party| told.contains(&party.as_str())), "{parties:?} but {told:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s_015_s_020_to_s_026_what_must_hold_holds_after_any_sequence(
        steps in prop::collection::vec((0..PEOPLE.len(), step()), 1..40),
    ) {
        let (mut world, number) = world();
        let mut before = seen(&world, &number);
        for (who, step) in steps {
            let who = PEOPLE[who];
            let taken = take(&mut world, &number, who, &step);
            let after = seen(&world, &number);
            check(&before, &after, who, &step, taken, world.clock.get());
            before = after;
        }
        let reminders = before.mails.iter().filter(|(_, template, _)| template == "ticket.reminder").count();
        let done = before.thread.iter().filter(|(_, kind, text, _)| {
            *kind == EntryKind::Status && text == "done"
        }).count();
        // Two can be told: who asked and who it is shared with.
        prop_assert!(reminders <= 2 * done, "at most one reminder for each time it was done");
    }
}
