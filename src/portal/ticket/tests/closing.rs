//! Closing what is due.

use super::*;
use crate::platform::{db, settings};

fn close(world: &mut World, job: &Actor, explain: bool) -> (due::Run, Vec<serde_json::Value>) {
    let mut outcomes = Vec::new();
    let keep = |outcome: due::Outcome| {
        outcomes.push(outcome);
        Ok(())
    };
    let run = due::close_due(&mut world.db, job, &desk(), explain, keep).unwrap();
    let items = outcomes.iter().map(|outcome| outcome.item(run.hours, explain).unwrap()).collect();
    (run, items)
}

#[test]
fn s_026_c_14_close_due_closes_what_is_done_for_168_hours_and_nothing_else() {
    let mut world = World::new("2024-03-19T09:42:00Z");
    let first = world.create();
    let second = world.create();
    world.advance(&first, TicketStatus::Done).unwrap();
    world.now("2024-03-19T09:42:01Z");
    world.advance(&second, TicketStatus::Done).unwrap();
    let mails = world.mails().len();
    let job = operator().job(due::JOB);
    world.now("2024-03-26T09:41:59Z");
    assert_eq!(close(&mut world, &job, false).0.due, 0);
    world.now("2024-03-26T09:42:00Z");
    let (run, items) = close(&mut world, &job, true);
    assert_eq!((run.due, run.closed), (1, 1));
    let told: Vec<_> = items.iter().map(|item| (item["key"].clone(), item["result"].clone())).collect();
    assert_eq!(told, [(first.clone().into(), "closed".into()), (second.clone().into(), "kept".into())]);
    assert_eq!(items[0]["due_at"], "2024-03-26T09:42:00Z");
    assert_eq!(items[1]["due_at"], "2024-03-26T09:42:01Z");
    assert!(items.iter().all(|item| item["why"].is_string()));
    let closed = world.ticket(&first);
    assert_eq!(closed.closed_at.as_deref(), Some("2024-03-26T09:42:00Z"));
    assert_eq!(closed.done_at.as_deref(), Some("2024-03-19T09:42:00Z"));
    let told = [(ANNA.to_owned(), format!("{first}: sagen er lukket"))];
    assert_eq!(world.mails()[mails..], told);
    let (again, items) = close(&mut world, &job, false);
    assert_eq!((again.due, items.len()), (0, 0));
    assert_eq!(world.mails().len(), mails + 1);
    let thread = world.db.read(|conn| service::show(conn, &operator(), &first)).unwrap().thread;
    let last = thread.last().unwrap();
    assert_eq!(
        (last.kind, last.author.as_str(), last.text.as_str()),
        (EntryKind::Status, "system", "closed")
    );
}

#[test]
fn close_due_goes_on_behind_the_last_of_a_chunk() {
    let mut world = World::new("2024-03-19T09:42:00Z");
    let numbers: Vec<_> = (0..5).map(|_| world.create()).collect();
    for number in &numbers {
        world.advance(number, TicketStatus::Done).unwrap();
    }
    let page = |after: Option<&due_sql::DoneTicket>| {
        world.db.read(|conn| due_sql::next(conn, "2024-03-19T09:42:00Z", after, 2)).unwrap()
    };
    let (mut seen, mut last) = (Vec::new(), None);
    loop {
        let tickets = page(last.as_ref());
        seen.extend(tickets.iter().map(|ticket| ticket.number.clone()));
        let Some(next) = tickets.into_iter().next_back() else { break };
        last = Some(next);
    }
    assert_eq!(seen, numbers);
}

#[test]
fn a_reminder_goes_out_once_for_each_time_a_ticket_is_done() {
    let mut world = World::new("2024-03-19T09:42:00Z");
    let number = world.create();
    world.write(|tx| service::share(tx, &number, &[BO.parse().unwrap()], &desk())).unwrap();
    world.write(|tx| service::assign(tx, &number, &CARL.parse().unwrap(), &desk())).unwrap();
    world.advance(&number, TicketStatus::Done).unwrap();
    let job = operator().job(due::JOB);
    let run = |world: &mut World, now: &str| {
        world.now(now);
        let before = world.mails().len();
        let run = close(world, &job, false).0;
        let subjects: Vec<_> = world.mails()[before..]
            .iter()
            .map(|(to, subject)| format!("{to}: {}", subject.split(": ").nth(1).unwrap()))
            .collect();
        (run.reminded, run.closed, subjects)
    };
    let reminders = vec![format!("{ANNA}: sagen lukkes snart"), format!("{BO}: sagen lukkes snart")];
    let nothing = (Some(0), 0, Vec::new());
    assert_eq!(run(&mut world, "2024-03-25T10:00:00Z"), (None, 0, Vec::new()), "off by default");
    world.write(|tx| settings::set(tx, settings::TICKET_REMINDER_HOURS, "24").map(drop)).unwrap();
    assert_eq!(run(&mut world, "2024-03-25T09:41:59Z"), nothing);
    assert_eq!(run(&mut world, "2024-03-25T09:42:00Z"), (Some(1), 0, reminders.clone()));
    assert_eq!(run(&mut world, "2024-03-25T09:42:00Z"), nothing);
    // Taken up and done again: that is another time.
    world.write(|tx| service::reopen(tx, &number, &desk())).unwrap();
    world.now("2024-03-25T12:00:00Z");
    world.advance(&number, TicketStatus::Done).unwrap();
    assert_eq!(run(&mut world, "2024-03-31T12:00:00Z"), (Some(1), 0, reminders));
    let closed = ["anna@example.dk", "bo@example.dk"].map(|to| format!("{to}: sagen er lukket"));
    let mut told = closed.to_vec();
    told.push(format!("{CARL}: nyt på sagen, du behandler"));
    assert_eq!(run(&mut world, "2024-04-01T12:00:00Z"), (Some(0), 1, told));
    // What is overdue at the first run is closed and no longer reminded of.
    let late = world.create();
    world.advance(&late, TicketStatus::Done).unwrap();
    assert_eq!(run(&mut world, "2024-05-01T12:00:00Z").0, Some(0));
    assert_eq!(world.ticket(&late).status, TicketStatus::Closed);
}

#[test]
fn a_dry_run_sees_each_ticket_once_and_keeps_it() {
    let mut world = World::new("2024-03-19T09:42:00Z");
    let number = world.create();
    world.advance(&number, TicketStatus::Done).unwrap();
    let mails = world.mails();
    world.now("2024-04-19T09:42:00Z");
    let refuse = world.write(|tx| {
        let told = due_sql::next(tx, "2024-04-01T00:00:00Z", None, 10)?;
        assert_eq!(due_sql::close(tx, &due_sql::ids(&told), "2024-03-01T00:00:00Z")?, 0, "looked at again");
        Ok::<_, crate::platform::error::Error>(())
    });
    refuse.unwrap();
    assert_eq!((world.ticket(&number).status, world.mails()), (TicketStatus::Done, mails));
}

/// A mail that came in and that nobody has understood yet; answers with its number.
fn arrived(tx: &Tx<'_>, sender: Option<&str>) -> Result<i64> {
    let raw = crate::platform::blob::store(tx, &Spooled::read(&b"mail"[..], "mail.eml", 100)?)?;
    tx.record(crate::platform::db::Action("test.mail"), "mail:1", None::<&()>, None::<&()>)?;
    db::insert(
        tx,
        "INSERT INTO inbox (id, received_at, raw, state, sender) VALUES (?, ?, ?, 'received', ?)",
        db::params![outbox::next_number(tx)?, tx.now_text(), raw.id, sender],
    )
}

#[test]
fn s_026_no_ticket_closes_over_an_answer_that_waits_and_the_answer_counts_from_when_it_came() {
    let mut world = World::new("2024-03-19T09:42:00Z");
    let (answered, other) = (world.create(), world.create());
    world.write(|tx| service::share(tx, &answered, &[BO.parse().unwrap()], &desk())).unwrap();
    for number in [&answered, &other] {
        world.advance(number, TicketStatus::Done).unwrap();
    }
    let job = operator().job(due::JOB);
    // Hour 167; the scanner comes back at hour 170.
    world.now("2024-03-26T08:42:00Z");
    let mail = world.write(|tx| arrived(tx, Some("Bo@Example.dk"))).unwrap();
    world.now("2024-03-26T11:42:00Z");
    assert_eq!(world.db.read(|conn| due::count(conn, at("2024-03-26T11:42:00Z"))).unwrap(), 1);
    assert_eq!(close(&mut world, &job, false).0.closed, 1);
    assert_eq!(world.ticket(&other).status, TicketStatus::Closed);
    assert_eq!(world.ticket(&answered).status, TicketStatus::Done);
    let late = world.reply_as(BO, &answered).unwrap_err();
    assert_eq!(late.code(), "ticket.too-late", "what is written now is too late");
    let post = Post { mail: Some(mail), ..text("Svar") };
    let taken = world.write_as(BO, |tx| service::reply(tx, &answered, &post, false, &desk())).unwrap();
    assert_eq!(taken.ticket.status, TicketStatus::Started);
    // From whom it is, is not known yet; and one that came before the ticket was done is no answer.
    let third = world.create();
    world.advance(&third, TicketStatus::Done).unwrap();
    world.now("2024-04-02T11:42:00Z");
    assert_eq!(close(&mut world, &job, false).0.closed, 1, "Bo's is older");
    let fourth = world.create();
    world.advance(&fourth, TicketStatus::Done).unwrap();
    world.write(|tx| arrived(tx, None)).unwrap();
    world.now("2024-04-12T11:42:00Z");
    assert_eq!(close(&mut world, &job, false).0.closed, 0);
    assert_eq!(world.ticket(&fourth).status, TicketStatus::Done);
}
