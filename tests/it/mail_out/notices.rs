//! Many notices to one address.

use chrono::Duration;

use super::*;

#[test]
fn notices_to_one_address_become_one_mail_a_language_and_letters_do_not() {
    let desk = Desk::with("");
    let anna = |what| desk.queue_in(Lang::Da, &NOTICE, "anna@example.dk", what, Some("2605-0001"));
    let (first, second) = (anna("SAM 2605-0001"), anna("SAM 2605-0001"));
    let english = desk.queue_in(Lang::En, &NOTICE, "anna@example.dk", "x", None);
    let letters =
        [desk.queue(&LETTER, "anna@example.dk", "Anna"), desk.queue(&LETTER, "anna@example.dk", "A")];
    let other = desk.queue(&NOTICE, "berit@example.dk", "y");
    let sent = desk.send().unwrap();
    assert_eq!(counts(&sent), (6, 0, 0));
    let mail = desk.file(first);
    assert_eq!(header(&mail, "Subject"), Some("SAM 2605-0001: 2 nyheder"));
    assert_eq!(header(&mail, "References"), Some("<ticket-2605-0001@example.dk>"));
    assert_eq!(mail.matches("Der er nyt om SAM 2605-0001: æøå.").count(), 2, "{mail}");
    let merged = desk.message(second);
    assert_eq!((merged.state.to_string(), merged.merged_into), ("sent".to_owned(), Some(first)));
    assert!(!desk.world.path(&format!("portal.db.outbox/{second}.eml")).exists());
    for alone in [english, letters[0], letters[1], other] {
        assert_eq!(desk.message(alone).merged_into, None);
        desk.file(alone);
    }
    assert_eq!(header(&desk.file(english), "Subject"), Some("News of x"));
}

#[test]
fn notices_about_several_things_have_no_address_for_answers() {
    let desk = Desk::with("");
    let first = desk.queue_in(Lang::En, &NOTICE, "anna@example.dk", "SAM 2605-0001", Some("2605-0001"));
    desk.queue_in(Lang::En, &NOTICE, "anna@example.dk", "SAM 2605-0002", Some("2605-0002"));
    desk.send().unwrap();
    let mail = desk.file(first);
    assert_eq!(header(&mail, "Subject"), Some("2 pieces of news from the customer portal"));
    assert_eq!((header(&mail, "Reply-To"), header(&mail, "References")), (None, None));
    assert!(mail.contains("---- News of SAM 2605-0002 ----"), "{mail}");
}

#[test]
fn no_more_than_so_many_mails_of_news_leave_an_hour_to_one_address() {
    let desk = Desk::with("");
    desk.world.run("setting set mail.loop-cap 3").ok();
    for n in 0..3 {
        desk.queue(&NOTICE, "anna@example.dk", &format!("{n}"));
        assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0));
        desk.world.wait(Duration::minutes(10));
    }
    let held = desk.queue(&NOTICE, "anna@example.dk", "for much");
    let (letter, other) =
        (desk.queue(&LETTER, "anna@example.dk", "A"), desk.queue(&NOTICE, "b@example.dk", "x"));
    let sent = desk.send().unwrap();
    assert_eq!(counts(&sent), (2, 0, 1));
    assert_eq!(sent.warnings()[0].code, "mail.loop-cap");
    assert_eq!((desk.fared(letter).0, desk.fared(other).0), ("sent".to_owned(), "sent".to_owned()));
    let waiting = desk.message(held);
    assert_eq!((waiting.attempts, waiting.not_before.as_deref()), (0, Some("2026-05-04T09:00:00Z")));
    assert_eq!(counts(&desk.send().unwrap()), (0, 0, 0));
    desk.world.now.set("2026-05-04T09:00:00Z".parse().unwrap());
    assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0), "an hour after the first of them");
}

#[test]
fn a_dry_run_tells_the_same_and_keeps_nothing() {
    let desk = Desk::with("");
    for n in 0..3 {
        desk.queue(&NOTICE, "anna@example.dk", &format!("{n}"));
    }
    let tried = send::send_all(&mut desk.db(true), &actor(), &desk.config, &desk.renderer()).unwrap();
    assert_eq!(counts(&tried), (3, 0, 0));
    assert!(!desk.world.path("portal.db.outbox").exists());
    assert_eq!(counts(&desk.send().unwrap()), (3, 0, 0));
}
