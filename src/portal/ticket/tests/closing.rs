//! Closing what is due.

use super::*;

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
    assert_eq!(due::close_due(&mut world.db, &job, false).unwrap().due, 0);
    world.now("2024-03-26T09:42:00Z");
    let run = due::close_due(&mut world.db, &job, true).unwrap();
    assert_eq!((run.due, run.closed), (1, 1));
    let told: Vec<_> = run.items.iter().map(|item| (item["key"].clone(), item["result"].clone())).collect();
    assert_eq!(told, [(first.clone().into(), "closed".into()), (second.clone().into(), "kept".into())]);
    assert_eq!(run.items[0]["due_at"], "2024-03-26T09:42:00Z");
    assert_eq!(run.items[1]["due_at"], "2024-03-26T09:42:01Z");
    assert!(run.items.iter().all(|item| item["why"].is_string()));
    let closed = world.ticket(&first);
    assert_eq!(closed.closed_at.as_deref(), Some("2024-03-26T09:42:00Z"));
    assert_eq!(closed.done_at.as_deref(), Some("2024-03-19T09:42:00Z"));
    let again = due::close_due(&mut world.db, &job, false).unwrap();
    assert_eq!((again.due, again.items.len()), (0, 0));
    assert_eq!(world.mails().len(), mails);
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
