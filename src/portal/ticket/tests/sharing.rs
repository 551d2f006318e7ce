//! Sharing (S-013..S-018).

use super::*;
use crate::values::Email;

const XENIA: &str = "xenia@example.dk";

fn emails(list: &[&str]) -> Vec<Email> {
    list.iter().map(|email| email.parse().unwrap()).collect()
}

/// A world with another institution and one of its people.
fn world() -> (World, String) {
    let mut world = World::new("2024-04-22T08:06:00Z");
    world
        .write(|tx| {
            let institution = NewTenant {
                cvr: "34051178".parse().unwrap(),
                name: "Digitaliseringsstyrelsen".to_owned(),
                code: Some("digst".to_owned()),
                ministry: None,
                se_numbers: Vec::new(),
                glns: Vec::new(),
                account_manager: None,
            };
            tenant::service::create(tx, institution, false)?;
            let xenia = NewUser {
                email: XENIA.parse().unwrap(),
                name: "Xenia Fjern".to_owned(),
                b_number: None,
                phone: None,
                title: None,
                language: None,
                kind: Some(UserKind::Person),
                staff: None,
                rights: vec![("digst".to_owned(), vec![Right::Reader])],
            };
            user::service::create(tx, xenia, false, false, Lang::Da)
        })
        .unwrap();
    let number = world.create();
    (world, number)
}

#[test]
fn s_013_s_014_a_ticket_is_shared_inside_its_institution_and_then_seen_and_added_to() {
    let (mut world, number) = world();
    let share = |tx: &Tx<'_>| service::share(tx, &number, &emails(&[BO, ANNA, BO]), &desk());
    let (changed, detail) = world.write_as(ANNA, share).unwrap();
    assert!(changed);
    assert_eq!(detail.shared_with, [BO]);
    let last = detail.thread.last().unwrap();
    assert_eq!((last.kind, last.text.as_str(), last.author.as_str()), (EntryKind::Sharing, BO, "Anna Holm"));
    assert_eq!(world.mails().last().unwrap(), &(BO.to_owned(), format!("{number}: en sag er delt med dig")));
    assert!(!world.write_as(ANNA, share).unwrap().0, "once more changes nothing");
    assert_eq!(world.reply_as(BO, &number).unwrap().status, TicketStatus::Registered);
    let list = |filter: Filter| {
        let mut count = 0;
        world
            .db
            .read(|conn| {
                let filter = service::scoped(conn, &as_user(BO), filter)?;
                store::each(conn, &filter, |_| {
                    count += 1;
                    Ok(std::ops::ControlFlow::Continue(()))
                })
            })
            .map(|()| count)
    };
    assert_eq!(list(Filter::default()).unwrap(), 1);
    let annas = world.ticket(&number).requester_id;
    assert_eq!(list(Filter { requester: Some(annas), ..Filter::default() }).unwrap(), 1);
    let others = Filter { requester: Some(annas + 100), ..Filter::default() };
    assert_eq!(list(others).unwrap_err().code(), "rights.refused");
}

#[test]
fn who_is_of_elsewhere_unknown_or_of_the_provider_gets_the_same_answer() {
    let (mut world, number) = world();
    world.write(|tx| user::service::disable(tx, &BO.parse().unwrap())).unwrap();
    let mut answer = |email: &str| {
        let share = |tx: &Tx<'_>| service::share(tx, &number, &emails(&[email]), &desk());
        let error = world.write_as(ANNA, share).map(drop).unwrap_err();
        let said = error.message().replace(email, "…");
        (error.exit(), error.code().to_owned(), said, error.hint_text().map(str::to_owned))
    };
    let unknown = answer("ukendt@example.dk");
    assert_eq!((unknown.0, unknown.1.as_str()), (Exit::Refused, "ticket.share"));
    for email in [XENIA, CARL, BO] {
        assert_eq!(answer(email), unknown, "{email}");
    }
    // One of several that is wrong: nothing is shared.
    world.write(|tx| user::service::enable(tx, &BO.parse().unwrap()).map(drop)).unwrap();
    let both = |tx: &Tx<'_>| service::share(tx, &number, &emails(&[BO, XENIA]), &desk());
    assert!(world.write_as(ANNA, both).is_err());
    let detail = world.db.read(|conn| service::show(conn, &operator(), &number)).unwrap();
    assert_eq!(detail.shared_with, [""; 0]);
}

#[test]
fn s_012_only_who_asked_and_the_provider_close_and_share_and_those_shared_with_can_leave() {
    let (mut world, number) = world();
    world.write(|tx| service::share(tx, &number, &emails(&[BO]), &desk())).unwrap();
    let code = |result: Result<()>| result.unwrap_err().code().to_owned();
    let refused = code(world.write_as(BO, |tx| service::close(tx, &number, &desk()).map(drop)));
    assert_eq!(refused, "rights.refused");
    let refused =
        code(world.write_as(BO, |tx| service::share(tx, &number, &emails(&[ANNA]), &desk()).map(drop)));
    assert_eq!(refused, "rights.refused");
    let leave = |tx: &Tx<'_>| service::unshare(tx, &number, &emails(&[BO]));
    // The answer still shows it to who has just left.
    assert!(world.write_as(BO, leave).unwrap().0);
    assert_eq!(world.reply_as(BO, &number).unwrap_err().code(), "ticket.not-found");
    assert!(!world.write_as(ANNA, leave).unwrap().0);
    let unknown = |tx: &Tx<'_>| service::unshare(tx, &number, &emails(&["ukendt@example.dk"]));
    assert!(!world.write_as(ANNA, unknown).unwrap().0, "no oracle here either");
}

#[test]
fn c_13_a_closed_ticket_is_not_shared_anew_and_can_be_taken_back() {
    let (mut world, number) = world();
    world.write(|tx| service::share(tx, &number, &emails(&[BO]), &desk())).unwrap();
    world.write_as(ANNA, |tx| service::close(tx, &number, &desk())).unwrap();
    let share = |with: &'static str| {
        let number = number.clone();
        move |tx: &Tx<'_>| service::share(tx, &number, &emails(&[with]), &desk())
    };
    assert!(!world.write(share(BO)).unwrap().0, "it is shared with them already");
    world.write(|tx| service::unshare(tx, &number, &emails(&[BO]))).unwrap();
    let error = world.write(share(BO)).map(drop).unwrap_err();
    assert_eq!((error.exit(), error.code()), (Exit::Conflict, "ticket.closed"));
    assert_eq!(world.ticket(&number).updated_at, world.ticket(&number).closed_at.unwrap());
}

#[test]
fn s_026_a_new_ticket_goes_on_from_one_that_is_over_for_good() {
    let (mut world, old) = world();
    let follow = |number: &str| NewTicket { follows: Some(number.to_owned()), ..new("Igen") };
    let refused = world.write_as(ANNA, |tx| service::create(tx, follow(&old), &desk())).unwrap_err();
    assert_eq!((refused.exit(), refused.code()), (Exit::Conflict, "ticket.not-closed"));
    world.write_as(ANNA, |tx| service::close(tx, &old, &desk())).unwrap();
    let refused = world.reply_as(ANNA, &old).unwrap_err();
    assert!(refused.hint_text().unwrap().contains(&format!("ticket create --follows \"{old}\"")));
    let new_one = world.write_as(ANNA, |tx| service::create(tx, follow(&old), &desk())).unwrap();
    assert_eq!(new_one.follows.as_deref(), Some(old.as_str()));
    let show = |who: &Actor, number: &str| world.db.read(|conn| service::show(conn, who, number)).unwrap();
    assert_eq!(show(&as_user(ANNA), &old).followed_by, [new_one.ticket.number.as_str()]);
    // Bo does not see the old one, so to him it is not there; nor is it of another institution.
    let bos = NewTicket { requester: BO.parse().unwrap(), ..follow(&old) };
    let refused = world.write_as(BO, |tx| service::create(tx, bos, &desk())).unwrap_err();
    assert_eq!(refused.code(), "ticket.not-found");
    let xenias = NewTicket { tenant: "digst".to_owned(), requester: XENIA.parse().unwrap(), ..follow(&old) };
    let refused = world.write(|tx| service::create(tx, xenias, &desk())).unwrap_err();
    assert_eq!((refused.exit(), refused.code()), (Exit::Conflict, "ticket.other-tenant"));
    // What is done too long cannot be taken up again, whether or not the clock has come round.
    let late = world.create();
    world.advance(&late, TicketStatus::Done).unwrap();
    assert!(world.write(|tx| service::create(tx, follow(&late), &desk())).is_err());
    world.now("2024-04-29T08:06:00Z");
    world.write(|tx| service::create(tx, follow(&late), &desk())).unwrap();
}
