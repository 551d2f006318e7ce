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

/// Does something to the queue after a run has taken on what it sends.
struct Meanwhile {
    path: std::path::PathBuf,
    sql: String,
}

impl SecretSource for Meanwhile {
    fn reveal(&self, _: &Connection, _: &Message, _: &str) -> Result<Secrets> {
        raw(&self.path).execute_batch(&self.sql).unwrap();
        Ok(Secrets::default())
    }
}

#[test]
fn what_is_cancelled_between_claim_and_note_takes_none_of_the_others_with_it() {
    for cancelled in [0, 1] {
        let desk = Desk::with("");
        let ids: Vec<_> =
            (0..3).map(|n| desk.queue(&NOTICE, "anna@example.dk", &format!("SAM 2605-000{n}"))).collect();
        let letter = desk.queue(&LETTER, "anna@example.dk", "Anna");
        let open = raw(desk.world.path("portal.db"));
        open.execute_batch(&format!("UPDATE outbox SET code_id = 1 WHERE id = {letter}")).unwrap();
        let secrets = Meanwhile {
            path: desk.world.path("portal.db"),
            sql: format!("UPDATE outbox SET state = 'cancelled' WHERE id = {}", ids[cancelled]),
        };
        let renderer = Renderer { templates: TEMPLATES, secrets: &secrets, key: &desk.key };
        let sent = send::send_all(&mut desk.db(false), &actor(), &desk.config, &renderer).unwrap();
        assert_eq!(counts(&sent), (3, 0, 0), "{:?}", sent.items);
        let left: Vec<_> = ids.iter().filter(|id| **id != ids[cancelled]).copied().collect();
        assert_eq!(desk.message(ids[cancelled]).state.to_string(), "cancelled");
        let mail = desk.file(left[0]);
        for (n, id) in ids.iter().enumerate() {
            let message = desk.message(*id);
            assert_eq!(mail.contains(&format!("SAM 2605-000{n}")), n != cancelled, "{mail}");
            assert_eq!(message.merged_into, (*id == left[1]).then_some(left[0]));
            assert_eq!(desk.world.path(&format!("portal.db.outbox/{id}.eml")).exists(), *id == left[0]);
        }
    }
}

#[test]
fn a_dry_run_reports_each_of_many_notices_to_one_address_once() {
    let desk = Desk::with("");
    desk.queue(&NOTICE, "anna@example.dk", "x");
    raw(desk.world.path("portal.db"))
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
             INSERT INTO outbox (id, channel, state, recipient, subject, language, cause, template, params, message_id, queued_at)
             SELECT i, channel, state, recipient, subject, language, cause, template, params, printf('%032x', i), queued_at
             FROM n, outbox WHERE id = 1",
        )
        .unwrap();
    let tried = send::send_all(&mut desk.db(true), &actor(), &desk.config, &desk.renderer()).unwrap();
    let mut keys: Vec<_> = tried.items.iter().map(|item| item["key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((counts(&tried), keys.len()), ((1200, 0, 0), 1200));
}
