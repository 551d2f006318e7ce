//! Closing what is due.

use super::*;

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
