//! Who is told of what, and how.

use std::cell::Cell;
use std::rc::Rc;

use super::*;
use crate::platform::db::{self, Action};
use crate::platform::env::Entropy;
use crate::platform::outbox::render::{Renderer, SecretSource, Secrets};
use crate::platform::outbox::{Message, State};
use crate::platform::secret::Key;
use crate::platform::settings;
use crate::portal;

/// Tickets' mails hold no secret.
struct NoSecrets;

impl SecretSource for NoSecrets {
    fn reveal(&self, _: &db::Connection, message: &Message, _: &str) -> Result<Secrets> {
        Err(crate::platform::error::Error::internal(format!("mail {} holds a secret", message.id)))
    }
}

/// The texts of the mails about tickets so far: to whom, the subject and the body.
fn texts(world: &World) -> Vec<(String, String, String)> {
    let key = Key::generate(&Entropy::Counter(Rc::new(Cell::new(1)))).unwrap();
    let renderer = Renderer { templates: portal::MAILS, secrets: &NoSecrets, key: &key };
    let mut texts = Vec::new();
    let read = |conn: &db::Connection| {
        outbox::each(
            conn,
            &outbox::Filter { state: Some(State::Queued), ..outbox::Filter::default() },
            |mail| {
                if mail.cause.starts_with("ticket:") {
                    let text = renderer.render(conn, &mail, "2024-04-22T08:06:00Z")?.text.to_string();
                    texts.insert(0, (mail.to, mail.subject.unwrap_or_default(), text));
                }
                Ok(std::ops::ControlFlow::Continue(()))
            },
        )
    };
    world.db.read(read).unwrap();
    texts
}

fn to(mails: &[(String, String)]) -> Vec<&str> {
    mails.iter().map(|(to, _)| to.as_str()).collect()
}

#[test]
fn s_010_s_015_a_mail_names_number_link_status_and_time_and_not_what_was_written() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    world
        .write(|tx| service::advance(tx, &number, TicketStatus::Done, &text("CPR 010203"), &desk()))
        .unwrap();
    let (to, subject, body) = texts(&world).pop().unwrap();
    assert_eq!((to.as_str(), subject.as_str()), (ANNA, "SAM 2404-0001: sagen er udført"));
    assert_eq!(
        body,
        "Hej Anna Holm\n\n\
         Sagen SAM 2404-0001 fik 22. april 2024 kl. 10.06 status: Udført\n\n\
         Der er også kommet et nyt svar.\n\n\
         Er sagen ikke løst, kan den genåbnes med et svar inden 29. april 2024 kl. 10.06. Derefter lukkes den.\n\n\
         Se sagen i Kundeportalen:\n\n\
         https://kundeportal.example.dk/tickets/2404-0001\n\n\
         Venlig hilsen\nStatens Administration\n"
    );
    let tags = world.db.read(|conn| {
        let sql = "SELECT reply_tag FROM outbox WHERE cause LIKE 'ticket:%' ORDER BY id";
        db::list(conn, sql, [], |row| Ok(row.get::<_, String>(0)?))
    });
    assert_eq!(tags.unwrap(), ["2404-0001", "2404-0001"], "answers find back to the ticket");
}

#[test]
fn every_template_can_be_filled_in_every_language_without_a_gap_or_what_was_written() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    world
        .write(|tx| {
            settings::set(tx, settings::TICKET_REMINDER_HOURS, "24")?;
            tx.execute_batch(
                "UPDATE user SET language = CASE email WHEN 'bo@example.dk' THEN 'nb' WHEN 'anna@example.dk' THEN NULL
                                                       ELSE 'en' END",
            )?;
            tx.record(Action("test.fill"), "test", None::<&()>, None::<&()>)
        })
        .unwrap();
    let number = world.create();
    let mail = |tx: &Tx<'_>| {
        tx.execute_batch(
            "INSERT INTO blob (id, sha256, size, created_at) VALUES (77, printf('%064d', 7), 0, '');
             INSERT INTO inbox (id, received_at, raw, state, settled_at) VALUES (1, '', 77, 'taken', '');",
        )?;
        service::create(tx, NewTicket { post: Post { mail: Some(1), ..text("x") }, ..new("Emne") }, &desk())
    };
    world.write_as(ANNA, mail).unwrap();
    let share = |tx: &Tx<'_>| service::share(tx, &number, &[BO.parse().unwrap()], &desk());
    world.write_as(ANNA, share).unwrap();
    world.write(|tx| service::assign(tx, &number, &CARL.parse().unwrap(), &desk())).unwrap();
    world.write(|tx| service::reply(tx, &number, &text("Note"), true, &desk())).unwrap();
    world.write(|tx| service::reply(tx, &number, &text("Svar"), false, &desk())).unwrap();
    world.advance(&number, TicketStatus::AwaitingRequester).unwrap();
    world.reply_as(ANNA, &number).unwrap();
    world.advance(&number, TicketStatus::Done).unwrap();
    world.now("2024-04-28T08:06:00Z");
    let job = operator().job(due::JOB);
    due::close_due(&mut world.db, &job, &desk(), false, |_| Ok(())).unwrap();
    world.now("2024-04-29T08:06:00Z");
    due::close_due(&mut world.db, &job, &desk(), false, |_| Ok(())).unwrap();
    let used: Vec<String> = world
        .db
        .read(|conn| {
            let sql = "SELECT DISTINCT template FROM outbox WHERE cause LIKE 'ticket:%' ORDER BY 1";
            db::list(conn, sql, [], |row| Ok(row.get(0)?))
        })
        .unwrap();
    let known = portal::MAILS.iter().map(|template| template.name).filter(|name| name.starts_with("ticket."));
    let mut known: Vec<_> = known.collect();
    known.sort_unstable();
    assert_eq!(used, known, "this story uses every template of the room");
    let greetings = [(ANNA, "Hej Anna Holm\n"), (BO, "Hei Bo Lund\n"), (CARL, "Dear Carl Friis\n")];
    for (to, subject, body) in texts(&world) {
        let greeting = greetings.iter().find(|(email, _)| *email == to).unwrap().1;
        assert!(body.starts_with(greeting), "{to}: {body}");
        assert!(subject.starts_with("SAM 2404-000"), "{subject}");
        assert!(body.contains("https://kundeportal.example.dk/tickets/2404-000"), "{body}");
        assert!(!body.contains("\n\n\n") && !body.contains("none") && !body.contains("Svar"), "{body}");
        assert!(body.contains("2024"), "{body}");
    }
}

#[test]
fn s_015_every_party_hears_once_and_not_who_acted() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    world.write(|tx| service::share(tx, &number, &[BO.parse().unwrap()], &desk())).unwrap();
    world.write(|tx| service::assign(tx, &number, &CARL.parse().unwrap(), &desk())).unwrap();
    let mut seen = world.mails().len();
    let mut news = |world: &World| {
        let new = world.mails().split_off(seen);
        seen += new.len();
        new
    };
    world.reply_as(ANNA, &number).unwrap();
    assert_eq!(to(&news(&world)), [BO, CARL]);
    world.reply_as(BO, &number).unwrap();
    assert_eq!(to(&news(&world)), [ANNA, CARL]);
    world.write_as(CARL, |tx| service::reply(tx, &number, &text("Svar"), false, &desk())).unwrap();
    assert_eq!(to(&news(&world)), [ANNA, BO]);
    world.write(|tx| service::reply(tx, &number, &text("Note"), true, &desk())).unwrap();
    assert_eq!(to(&news(&world)), [CARL]);
    world.write_as(CARL, |tx| service::reply(tx, &number, &text("Note"), true, &desk())).unwrap();
    assert_eq!(to(&news(&world)), [""; 0]);
    let with_text =
        |tx: &Tx<'_>| service::advance(tx, &number, TicketStatus::AwaitingRequester, &text("Hvad?"), &desk());
    world.write(with_text).unwrap();
    assert_eq!(to(&news(&world)), [ANNA, BO, CARL], "one mail of status and reply");
    // Who shares the ticket answers, too: it goes back, and both are told in one mail each.
    assert_eq!(world.reply_as(BO, &number).unwrap().status, TicketStatus::Assigned);
    assert_eq!(to(&news(&world)), [ANNA, CARL]);
    world.advance(&number, TicketStatus::Done).unwrap();
    assert_eq!(to(&news(&world)), [ANNA, BO, CARL]);
    world.write_as(BO, |tx| service::reopen(tx, &number, &desk())).unwrap();
    assert_eq!(to(&news(&world)), [ANNA, CARL]);
    world.write(|tx| user::service::disable(tx, &BO.parse().unwrap())).unwrap();
    world.write_as(ANNA, |tx| service::close(tx, &number, &desk())).unwrap();
    assert_eq!(to(&news(&world)), [CARL], "neither who closed it nor who is disabled");
}

#[test]
fn who_lost_the_right_at_the_institution_neither_sees_nor_hears_of_the_ticket() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    let number = world.create();
    world.write(|tx| service::share(tx, &number, &[BO.parse().unwrap()], &desk())).unwrap();
    world.write(|tx| user::service::remove(tx, &BO.parse().unwrap(), "oes")).unwrap();
    let before = world.mails().len();
    world.advance(&number, TicketStatus::Started).unwrap();
    assert_eq!(to(&world.mails()[before..]), [ANNA]);
    assert_eq!(world.reply_as(BO, &number).unwrap_err().code(), "ticket.not-found");
    world.advance(&number, TicketStatus::Done).unwrap();
    world.now("2024-04-29T08:06:00Z");
    let job = operator().job(due::JOB);
    due::close_due(&mut world.db, &job, &desk(), false, |_| Ok(())).unwrap();
    assert!(!to(&world.mails()[before..]).contains(&BO), "the clock tells the same people");
}

#[test]
fn s_029_what_came_by_mail_is_acknowledged_and_what_was_typed_for_another_is_told() {
    let mut world = World::new("2024-04-22T08:06:00Z");
    world.write_as(ANNA, |tx| service::create(tx, new("Emne"), &desk())).unwrap();
    assert_eq!(world.mails(), [], "who asks knows it");
    let number = world.create();
    assert_eq!(world.mails(), [(ANNA.to_owned(), format!("{number}: en sag er oprettet i dit navn"))]);
}
