//! What people do: look, retry, cancel, test.

use super::*;

/// A world whose user got a mail, by the portal's own templates.
fn invited(manner: Option<Manner>) -> Desk {
    let desk = match manner {
        Some(manner) => Desk::to(manner),
        None => Desk::with(""),
    };
    desk.world.run("user create --email anna@example.dk --name Anna").ok();
    desk
}

#[test]
fn a_failed_mail_is_sent_again_with_the_message_id_that_it_had() {
    let desk = Desk::to(Manner::default());
    let config = "--config portalctl.toml";
    desk.world.run(&format!("user create --email nouser@example.dk --name Anna {config}")).ok();
    assert_eq!(desk.world.run(&format!("mail send {config}")).code, 3);
    let shown = desk.world.json("mail show 1");
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("failed"), &json!(1)));
    assert_eq!(desk.world.json("mail list --to NOUSER@example.dk").as_array().unwrap().len(), 1);
    assert_eq!(desk.world.json("mail list --cause user:nobody@example.dk"), json!([]));
    let message_id = |desk: &Desk| -> String {
        let open = raw(desk.world.path("portal.db"));
        open.query_row("SELECT message_id FROM outbox WHERE id = 1", [], |row| row.get(0)).unwrap()
    };
    let before = message_id(&desk);
    // The address bounced: first somebody says that it is right.
    assert_eq!(desk.world.refused("mail retry 1"), (6, "mail.bounced".to_owned()));
    desk.db(false)
        .write(&actor(), |tx| {
            tx.record(Action("test.clear"), "mail:1", None::<&()>, None::<&()>)?;
            outbox::bounced::clear(tx, "nouser@example.dk")
        })
        .unwrap();
    let queued = desk.world.json("mail retry 1");
    assert_eq!((&queued["summary"]["queued"], &queued["items"][0]["key"]), (&json!(1), &json!("1")));
    assert_eq!(desk.world.json("mail show 1")["attempts"], 0);
    assert_eq!(desk.world.json("mail retry 1")["summary"]["unchanged"], 1);
    assert_eq!(message_id(&desk), before);
    let several = desk.world.run("mail retry 1 99 --format json");
    assert_eq!(several.code, 3, "{several}");
}

#[test]
fn what_waits_can_be_taken_back_and_what_left_cannot() {
    let desk = invited(None);
    assert_eq!(desk.world.refused("mail cancel 1").0, 7, "it asks first");
    assert_eq!(desk.world.json("mail cancel 1 --yes")["summary"]["cancelled"], 1);
    assert_eq!(desk.world.json("mail send")["summary"]["sent"], 0);
    assert_eq!(desk.world.json("mail retry 1")["summary"]["queued"], 1);
    desk.world.run("mail send").ok();
    assert_eq!(desk.world.refused("mail cancel 1 --yes"), (5, "mail.state".to_owned()));
    assert_eq!(desk.world.refused("mail retry 1"), (5, "mail.sent".to_owned()));
    assert_eq!(desk.world.refused("mail retry 7"), (4, "mail.not-found".to_owned()));
    let log = desk.world.json("audit list");
    let actions: Vec<_> = log.as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"mail.retry") && actions.contains(&"mail.cancel"), "{actions:?}");
}

#[test]
fn a_mail_whose_link_is_dead_is_not_sent_again() {
    let desk = invited(None);
    desk.world.run("mail cancel 1 --yes").ok();
    desk.world.wait(chrono::Duration::hours(25));
    assert_eq!(desk.world.refused("mail retry 1"), (6, "mail.link-expired".to_owned()));
}

#[test]
fn a_mail_that_is_leaving_is_left_alone_and_one_whose_run_died_is_for_people() {
    let desk = invited(None);
    let open = raw(desk.world.path("portal.db"));
    open.execute_batch(
        "UPDATE outbox SET lease = 'other', lease_ends = '2026-05-04T08:10:00Z', leaving_at = '2026-05-04T07:59:00Z'",
    )
    .unwrap();
    assert_eq!(desk.world.refused("mail cancel 1 --yes"), (5, "mail.leaving".to_owned()));
    assert_eq!(desk.world.json("mail send")["summary"], json!({"sent": 0, "failed": 0}));
    desk.world.wait(chrono::Duration::minutes(10));
    let said = desk.world.run("mail send --format json");
    assert_eq!(said.code, 3, "{said}");
    assert!(said.out.contains("mail.unknown"), "{said}");
    assert_eq!(desk.world.json("mail show 1")["state"], "unknown");
    assert_eq!(desk.world.json("mail send")["summary"], json!({"sent": 0, "failed": 0}));
    assert_eq!(desk.world.json("mail retry 1")["summary"]["queued"], 1);
    assert_eq!(desk.world.json("mail send")["summary"]["sent"], 1);
}

#[test]
fn a_run_that_died_before_anything_left_holds_nothing_up() {
    let desk = invited(None);
    let open = raw(desk.world.path("portal.db"));
    open.execute_batch("UPDATE outbox SET lease = 'other', lease_ends = '2026-05-04T08:05:00Z'").unwrap();
    assert_eq!(desk.world.json("mail send")["summary"]["sent"], 0);
    desk.world.wait(chrono::Duration::minutes(5));
    assert_eq!(desk.world.json("mail send")["summary"]["sent"], 1);
}

#[test]
fn a_test_mail_tells_every_stage() {
    let manner = Manner { versions: ONLY_12, login: Some(("portal", "hemmelig")), ..Manner::default() };
    let desk = Desk::to_with(manner, "user = \"portal\"\npassword_file = \"password\"\n");
    assert_eq!(
        desk.world.refused("mail test --to anna@example.dk --config portalctl.toml"),
        (78, "smtp.password-file".to_owned())
    );
    desk.world.write("password", "hemmelig");
    let answer = desk.world.json("mail test --to anna@example.dk --config portalctl.toml");
    let port = desk.server().port;
    let stages = json!([
        {"stage": "connected", "detail": format!("localhost:{port}")},
        {"stage": "tls", "detail": "TLS 1.2"},
        {"stage": "login", "detail": "portal"},
        {"stage": "accepted", "detail": "250 2.0.0 taken as 4711"},
    ]);
    assert_eq!((&answer["result"], &answer["item"]["stages"]), (&json!("sent"), &stages));
    assert_eq!(desk.server().arrived().len(), 1);
    let states: Vec<_> = desk
        .world
        .json("mail list")
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| mail["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["sent", "failed"], "what failed is not sent later by itself");
    let refused =
        |to: &str| desk.world.refused(&format!("mail test --to {to}@example.dk --config portalctl.toml"));
    assert_eq!(refused("nouser"), (6, "mail.failed".to_owned()));
    assert_eq!(refused("later"), (75, "mail.deferred".to_owned()));
}

#[test]
fn held_mail_waits_and_its_number_is_told() {
    let desk = Desk::with("[mail]\nhold = true\n");
    desk.world.run("user create --email anna@example.dk --name Anna").ok();
    let answer = desk.world.json("mail send --config portalctl.toml");
    assert_eq!(answer["summary"], json!({"sent": 0, "failed": 0}));
    assert_eq!(answer["warnings"][0]["code"], "mail.held");
    assert!(answer["warnings"][0]["message"].as_str().unwrap().contains("1 messages wait"), "{answer}");
    let test = desk.world.refused("mail test --to anna@example.dk --config portalctl.toml");
    assert_eq!(test, (6, "mail.held".to_owned()));
}

#[test]
fn what_is_cancelled_while_it_leaves_is_unknown_unless_it_is_known() {
    let desk = invited(None);
    let open = raw(desk.world.path("portal.db"));
    open.execute_batch(
        "UPDATE outbox SET lease = 'other', lease_ends = '2026-05-04T08:10:00Z', leaving_at = '2026-05-04T07:59:00Z'",
    )
    .unwrap();
    let cancelled = desk.db(false).write(&actor(), |tx| {
        tx.record(Action("test.cancel"), "mail:1", None::<&()>, None::<&()>)?;
        outbox::cancel_for(tx, "anna@example.dk", "user:anna@example.dk")
    });
    assert_eq!(cancelled.unwrap(), 1);
    assert_eq!(desk.world.json("mail send")["summary"], json!({"sent": 0, "failed": 0}));
    assert_eq!(desk.world.json("mail show 1")["state"], "cancelled");
    desk.world.wait(chrono::Duration::minutes(10));
    assert_eq!(desk.world.run("mail send").code, 3);
    assert_eq!(desk.world.json("mail show 1")["state"], "unknown");
    // Somebody has looked: then it stays so.
    assert_eq!(desk.world.json("mail cancel 1 --yes")["summary"]["cancelled"], 1);
    assert_eq!(desk.world.json("mail send")["summary"], json!({"sent": 0, "failed": 0}));
    assert_eq!(desk.world.json("mail show 1")["state"], "cancelled");
}

#[test]
fn a_test_mail_that_another_run_is_at_is_not_given_up() {
    let desk = Desk::with("");
    let id = desk.queue(&LETTER, "anna@example.dk", "Anna");
    let open = raw(desk.world.path("portal.db"));
    let give_up = |lease: &str| {
        open.execute_batch(&format!("UPDATE outbox SET {lease}")).unwrap();
        desk.db(false).write(&actor(), |tx| outbox::decide::give_up(tx, id, "ours", "why")).unwrap()
    };
    assert!(!give_up("lease = 'other', lease_ends = '2026-05-04T08:05:00Z'"));
    assert!(!give_up("lease = 'ours', leaving_at = '2026-05-04T08:00:00Z'"));
    assert_eq!(desk.fared(id).0, "queued");
    assert!(give_up("leaving_at = NULL"));
    assert_eq!(desk.fared(id), ("failed".to_owned(), 0, Some("why".to_owned())));
}

#[test]
fn a_sender_whose_signed_addresses_would_be_too_long_is_refused() {
    let desk = invited(None);
    let local = "k".repeat(37);
    let config =
        |local: &str| format!("database = \"portal.db\"\n[sender]\naddress = \"{local}@example.dk\"\n");
    desk.world.write("long.toml", config(&local));
    assert_eq!(desk.world.refused("mail list --config long.toml"), (78, "config.invalid".to_owned()));
    desk.world.write("long.toml", config(&local[1..]));
    desk.world.run("mail list --config long.toml").ok();
}

#[test]
fn an_address_that_the_server_does_not_know_is_noted_on_the_ticket() {
    let desk = Desk::to(Manner::default());
    let config = "--config portalctl.toml";
    for line in [
        "tenant create --cvr 10213231 --name Økonomistyrelsen",
        "user create --email nouser@example.dk --name Anna",
        "rights grant nouser@example.dk --tenant oekonomistyrelsen --right reader",
        "ticket create --tenant oekonomistyrelsen --requester nouser@example.dk --subject Emne",
        "ticket advance 2605-0001 --to done",
    ] {
        desk.world.run(line).ok();
    }
    assert_eq!(desk.world.run(&format!("mail send {config}")).code, 3);
    let ticket = desk.world.json("ticket show 2605-0001");
    let notes: Vec<_> =
        ticket["thread"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "note").collect();
    assert_eq!(notes.len(), 1, "one for both mails: {ticket}");
    let text = notes[0]["text"].as_str().unwrap();
    assert!(text.contains("nouser@example.dk") && text.contains("5.1.1"), "{text}");
}
