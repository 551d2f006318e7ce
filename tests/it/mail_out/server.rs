//! Through a mail server, stage by stage.

use chrono::Duration;
use portalctl::platform::outbox::{bounced, loop_header, reply_address};

use super::*;

#[test]
fn many_mails_go_encrypted_through_one_connection_and_arrive_as_they_were() {
    let desk = Desk::to(Manner::default());
    let ids: Vec<_> =
        (0..40).map(|n| desk.queue(&LETTER, &format!("bruger{n}@example.dk"), &format!("Æ {n}"))).collect();
    assert_eq!(counts(&desk.send().unwrap()), (40, 0, 0));
    let arrived = desk.server().arrived();
    assert_eq!((arrived.len(), desk.server().connections()), (40, 1));
    let first = &arrived[0];
    assert!(first.encrypted && first.mail_line.ends_with("BODY=8BITMIME"), "{first:?}");
    assert_eq!((first.from.as_str(), first.to.as_str()), ("kundeportal@example.dk", "bruger0@example.dk"));
    assert!(first.text.ends_with("\n\nEt brev til Æ 0.\n.\n..Prik\nÆrbødigst"), "{}", first.text);
    assert_eq!(header(&first.text, "Auto-Submitted"), Some("auto-generated"));
    assert_eq!(header(&first.text, "X-Auto-Response-Suppress"), Some("All"));
    let own = header(&first.text, loop_header::NAME).unwrap();
    assert!(loop_header::is_ours(&desk.key, own).unwrap());
    assert!(header(&first.text, "Date").is_some() && header(&first.text, "Message-ID").is_some());
    assert_eq!(header(&first.text, "Reply-To"), None);
    assert!(ids.iter().all(|id| desk.fared(*id) == ("sent".to_owned(), 1, None)));
    assert_eq!(counts(&desk.send().unwrap()), (0, 0, 0), "nothing is sent twice");
}

#[test]
fn an_answer_to_a_mail_finds_back_to_what_it_is_about() {
    let desk = Desk::to(Manner::default());
    desk.queue_in(Lang::En, &NOTICE, "anna@example.dk", "SAM 2605-0001", Some("2605-0001"));
    desk.send().unwrap();
    let text = desk.server().arrived()[0].text.clone();
    let answers = header(&text, "Reply-To").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
    let read = reply_address::read(&desk.key, &desk.config.sender_address, &answers).unwrap();
    assert_eq!(read.as_deref(), Some("2605-0001"), "{answers}");
    assert_eq!(header(&text, "References"), Some("<ticket-2605-0001@example.dk>"));
}

#[test]
fn a_refusal_is_about_its_own_mail_alone() {
    let desk = Desk::to(Manner::default());
    let names =
        ["nouser", "policy", "nodata", "spam", "later", "grey", "full", "hang-up", "drop-before", "anna"];
    let ids: Vec<_> =
        names.iter().map(|name| desk.queue(&LETTER, &format!("{name}@example.dk"), name)).collect();
    let sent = desk.send().unwrap();
    let result = |n: usize| {
        let (state, attempts, error) = desk.fared(ids[n]);
        (state, attempts, error.unwrap_or_default())
    };
    for (n, said) in [
        (0, "550 5.1.1 no such user ␛[2J here"),
        (1, "550 5.7.1 we do not like you"),
        (2, "554 5.6.0 not that"),
        (3, "554 5.7.1 looks like spam"),
    ] {
        let (state, attempts, error) = result(n);
        assert_eq!((state.as_str(), attempts), ("failed", 1), "{}", names[n]);
        assert!(error.contains(said), "{error}");
    }
    for n in 4..7 {
        let (state, attempts, _) = result(n);
        assert_eq!((state.as_str(), attempts), ("queued", 1), "{}", names[n]);
        assert_eq!(desk.message(ids[n]).not_before.as_deref(), Some("2026-05-04T08:01:00Z"));
    }
    assert_eq!(result(9).0, "sent");
    assert_eq!(sent.failed, 4);
    let marked = desk.db(false).read(bounced::list).unwrap();
    assert_eq!(marked.len(), 1, "only where the address is wrong: {marked:?}");
    assert_eq!((marked[0].email.as_str(), marked[0].status.as_deref()), ("nouser@example.dk", Some("5.1.1")));
    // What lost its connection before the text was tried again on a new one, or is later.
    desk.world.wait(Duration::minutes(1));
    desk.send().unwrap();
    for n in [5, 6, 7, 8] {
        assert_eq!(result(n).0, "sent", "{}", names[n]);
    }
    let counts = desk.server().counts();
    assert!(counts.values().all(|n| *n == 1), "{counts:?}");
    // Mail that came back is not written to again.
    let again = desk.queue(&LETTER, "NoUser@example.dk", "again");
    let refused = desk.send().unwrap();
    assert_eq!(refused.items[0]["errors"][0]["code"], "mail.bounced");
    assert_eq!(desk.fared(again).0, "failed");
}

#[test]
fn what_is_refused_for_now_is_tried_ever_more_rarely_and_given_up_after_four_days() {
    let desk = Desk::to(Manner::default());
    let id = desk.queue(&LETTER, "later@example.dk", "x");
    let start = desk.world.now.get();
    let mut tries = Vec::new();
    while desk.fared(id).0 == "queued" {
        let sent = desk.send().unwrap();
        tries.push((desk.world.now.get() - start).num_minutes());
        if let Some(at) = desk.message(id).not_before {
            assert_eq!(counts(&desk.send().unwrap()), (0, 0, 0), "not before its time");
            assert_eq!(sent.items[0]["result"], "deferred");
            desk.world.now.set(at.parse().unwrap());
        }
    }
    assert_eq!(tries[..6], [0, 1, 6, 21, 81, 141]);
    assert_eq!(tries.len(), 100);
    assert!((4 * 1440 - 200..=4 * 1440 + 60).contains(tries.last().unwrap()), "{:?}", tries.last());
    let (state, _, error) = desk.fared(id);
    assert_eq!(state, "failed");
    assert!(error.unwrap().starts_with("given up after 100 attempts: 452"));
}

#[test]
fn only_between_the_end_of_the_text_and_its_answer_is_it_unknown() {
    let mut desk = Desk::to(Manner::default());
    desk.hurry();
    let ids: Vec<_> = ["drop-after", "anna", "stall-after", "berit", "stall-before", "twice", "carl"]
        .iter()
        .map(|name| desk.queue(&LETTER, &format!("{name}@example.dk"), name))
        .collect();
    desk.send().unwrap();
    let states: Vec<_> = ids.iter().map(|id| desk.fared(*id).0).collect();
    assert_eq!(states, ["unknown", "sent", "unknown", "sent", "queued", "sent", "sent"]);
    let unknown = desk.fared(ids[0]).2.unwrap();
    assert!(unknown.starts_with("the text was sent, and no answer came"), "{unknown}");
    desk.world.wait(Duration::hours(1));
    desk.send().unwrap();
    let arrived = desk.server().counts();
    assert!(arrived.values().all(|n| *n == 1), "{arrived:?}");
    assert_eq!(desk.fared(ids[0]).0, "unknown", "it is not sent again by itself");
}

#[test]
fn a_server_that_loses_every_mail_is_left_alone_after_three() {
    let desk = Desk::to(Manner::default());
    let ids: Vec<_> =
        (0..10).map(|n| desk.queue(&LETTER, &format!("drop-after+{n}@example.dk"), "x")).collect();
    let error = desk.send().unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("smtp.out-of-reach", 75));
    let states: Vec<_> = ids.iter().map(|id| desk.fared(*id).0).collect();
    assert_eq!(states.iter().filter(|state| *state == "unknown").count(), 3);
    assert_eq!(states.iter().filter(|state| *state == "queued").count(), 7);
}

/// What stops every mail: nothing is lost, nothing is counted as tried, and the exit code says whose matter it is.
fn stops(desk: &Desk, code: &str, exit: u8) -> String {
    let id = desk.queue(&LETTER, "anna@example.dk", "x");
    let error = desk.send().unwrap_err();
    assert_eq!((error.code(), error.exit().code()), (code, exit), "{error}");
    assert_eq!(desk.fared(id), ("queued".to_owned(), 0, None));
    assert_eq!(desk.server.as_ref().map_or(0, |server| server.arrived().len()), 0);
    // Nobody holds it: the next run would take it on at once.
    let held: Option<String> = raw(desk.world.path("portal.db"))
        .query_row("SELECT lease FROM outbox WHERE id = ?", [id], |row| row.get(0))
        .unwrap();
    assert_eq!(held, None);
    error.message().to_owned()
}

#[test]
fn tls_is_required_and_its_certificate_is_checked() {
    let stranger = Desk::to(Manner::default());
    stranger.world.write("ca.pem", &Server::start(Manner::default()).pem);
    let said = stops(&stranger, "smtp.tls", 78);
    assert!(said.contains("certificate"), "{said}");
    let other_name = Desk::to(Manner { name: "mail.example.dk", ..Manner::default() });
    stops(&other_name, "smtp.tls", 78);
    let said = stops(&Desk::to(Manner { starttls: false, ..Manner::default() }), "smtp.tls", 78);
    assert!(said.contains("STARTTLS"), "{said}");
    let no_file = Desk::to(Manner::default());
    no_file.world.write("ca.pem", "no certificate");
    stops(&no_file, "smtp.ca-file", 78);
}

#[test]
fn both_versions_of_tls_do_and_so_does_none_where_it_is_switched_off_by_name() {
    for manner in [
        Manner { versions: ONLY_12, ..Manner::default() },
        Manner { versions: ONLY_13, ..Manner::default() },
        Manner { implicit: true, ..Manner::default() },
    ] {
        let desk = Desk::to(manner);
        desk.queue(&LETTER, "anna@example.dk", "x");
        assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0));
        assert!(desk.server().arrived()[0].encrypted);
    }
    let desk = Desk::to_with(Manner::default(), "tls = \"none\"\n");
    desk.queue(&LETTER, "anna@example.dk", "x");
    assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0));
    assert!(!desk.server().arrived()[0].encrypted);
}

const LOGIN: &str = "user = \"portal\"\npassword_file = \"password\"\n";

#[test]
fn the_password_is_read_when_it_is_needed_and_never_said() {
    let manner = || Manner { login: Some(("portal", "hemmelig")), ..Manner::default() };
    let desk = Desk::to_with(manner(), LOGIN);
    let said = stops(&desk, "smtp.password-file", 78);
    assert!(said.contains("password"), "{said}");
    desk.world.write("password", "hemmelig2\nnot this line\n");
    let said = stops(&desk, "smtp.login", 78);
    assert!(said.contains("535 5.7.8 not with …") && !said.contains("hemmelig"), "{said}");
    desk.world.write("password", "hemmelig\r\n");
    assert_eq!(counts(&desk.send().unwrap()), (2, 0, 0));
    assert_eq!(desk.server().arrived()[0].login.as_deref(), Some("portal"));

    let without = Desk::to(manner());
    let said = stops(&without, "smtp.sender-refused", 78);
    assert!(said.contains("530 5.7.0 log in first"), "{said}");
}

#[test]
fn a_server_out_of_reach_or_unwilling_loses_nothing() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let toml = format!("[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {closed}\n");
    stops(&Desk::with(&toml), "smtp.out-of-reach", 75);
    stops(&Desk::to(Manner { greeting: "554 5.3.2 closed", ..Manner::default() }), "smtp.out-of-reach", 75);
    let sender = Manner { sender: "550 5.7.1 not you", ..Manner::default() };
    stops(&Desk::to(sender), "smtp.sender-refused", 78);
}

#[test]
fn a_server_that_takes_ascii_alone_gets_ascii() {
    let desk = Desk::to(Manner { eight_bit: false, ..Manner::default() });
    desk.queue(&LETTER, "anna@example.dk", "Ærø");
    assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0));
    let arrived = &desk.server().arrived()[0];
    assert!(arrived.text.is_ascii() && arrived.text.contains("=C3=86r=C3=B8"), "{}", arrived.text);
    assert!(!arrived.mail_line.contains("8BITMIME"), "{}", arrived.mail_line);
}

#[test]
fn a_test_system_writes_to_one_address_alone() {
    let desk = Desk::to_with(Manner::default(), "redirect_to = \"test@example.dk\"\n");
    desk.queue(&LETTER, "anna@example.dk", "Anna");
    desk.send().unwrap();
    let arrived = &desk.server().arrived()[0];
    assert_eq!(arrived.to, "test@example.dk");
    assert_eq!(header(&arrived.text, "X-Original-To"), Some("anna@example.dk"));
    assert!(arrived.text.contains("Subject: [to anna@example.dk] "), "{}", arrived.text);
}

#[test]
fn a_server_that_takes_a_text_and_denies_it_gets_it_again_under_the_same_message_id() {
    let desk = Desk::to(Manner::default());
    let id = desk.queue(&LETTER, "denies@example.dk", "x");
    assert_eq!(counts(&desk.send().unwrap()), (0, 0, 1));
    let (state, attempts, said) = desk.fared(id);
    assert_eq!((state.as_str(), attempts), ("queued", 1));
    assert!(said.unwrap().contains("451 4.3.0"), "what the server said is what we say");
    desk.world.wait(Duration::minutes(1));
    assert_eq!(counts(&desk.send().unwrap()), (1, 0, 0));
    let arrived = desk.server().arrived();
    let ids: Vec<_> = arrived.iter().map(|mail| header(&mail.text, "Message-ID").unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "by which the reader's server can tell");
}
