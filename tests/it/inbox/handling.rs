//! Mails of several notices, mails that were ignored or forged, and what the provider sees of what came in.

use serde_json::{Value, json};

use super::{IDA, OPEN, Post, take};

fn mail(n: u32, from: &str, rest: &str) -> String {
    format!("From: {from}\nDate: Mon, 4 May 2026 10:00:{n:02} +0200\nMessage-ID: <g{n}@example.dk>\n{rest}")
}

/// Sends what is queued; answers with the mail to Ida that several notices left in: its number, its Message-ID, and the
/// number of one that left in it.
fn joined(post: &Post) -> (i64, String, i64) {
    let world = &post.world;
    world.run("mail send").ok();
    let mails = world.json("mail list --fields id,to,merged_into");
    let merged =
        mails.as_array().unwrap().iter().find(|mail| mail["to"] == IDA && mail["merged_into"].is_i64());
    let merged = merged.unwrap_or_else(|| panic!("nothing was joined: {mails}"));
    let first = merged["merged_into"].as_i64().unwrap();
    let eml = std::fs::read_to_string(world.path(&format!("portal.db.outbox/{first}.eml"))).unwrap();
    let line = eml.lines().find(|line| line.starts_with("Message-ID:")).unwrap();
    (first, line.trim_start_matches("Message-ID: ").to_owned(), merged["id"].as_i64().unwrap())
}

fn notes(post: &Post, number: &str) -> usize {
    let ticket = post.world.json(&format!("ticket show '{number}'"));
    let entries = ticket["thread"].as_array().unwrap().iter();
    entries.filter(|entry| entry["kind"] == "note" && entry["text"].as_str().unwrap().contains(IDA)).count()
}

#[test]
fn the_answer_to_a_mail_of_several_notices_joins_the_one_ticket_it_told_of() {
    let post = Post::new();
    post.world.write("svar.txt", "Et svar");
    post.world.run(&format!("ticket reply '{OPEN}' --body-file svar.txt")).ok();
    post.world.run(&format!("ticket advance '{OPEN}' --to started")).ok();
    let (_, id, merged) = joined(&post);
    let item = post.take(&mail(1, IDA, &format!("Subject: SV: nyheder\nIn-Reply-To: {id}\n\nTak\n")));
    assert_eq!((&item["reason"], &item["ticket"]), (&json!("reply"), &json!(OPEN)));
    // What became of the mail that it left in is told of each.
    let story = post.world.json(&format!("mail explain {merged}"));
    let steps: Vec<_> = story["verdicts"].as_array().unwrap().iter().map(|one| one["step"].clone()).collect();
    assert!(steps.contains(&json!("answer")), "{steps:?}");
}

#[test]
fn a_mail_of_several_notices_that_comes_back_is_told_to_every_ticket() {
    let post = Post::new();
    let world = &post.world;
    world.run(&format!("ticket create --tenant oekonomistyrelsen --requester {IDA} --subject Tredje")).ok();
    world.run("mail send").ok();
    let third = "SAM 2605-0003";
    for number in [OPEN, third] {
        world.run(&format!("ticket advance '{number}' --to started")).ok();
    }
    let (_, id, _) = joined(&post);
    let bounce = format!(
        "From: MAILER-DAEMON@mx.example.dk\nReturn-Path: <>\n\n<{IDA}>:\nfindes ikke (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: {id}\n"
    );
    let item = post.take(&bounce);
    assert_eq!(item["reason"], "bounce-failed");
    assert_eq!((notes(&post, OPEN), notes(&post, third)), (1, 1));
    assert_eq!(world.json("mail bounced list")[0]["email"], IDA);
}

#[test]
fn the_answer_to_a_mail_about_several_tickets_is_held_unless_it_names_one() {
    let post = Post::new();
    let world = &post.world;
    world.run(&format!("ticket create --tenant oekonomistyrelsen --requester {IDA} --subject Tredje")).ok();
    world.run("mail send").ok();
    for number in [OPEN, "SAM 2605-0003"] {
        world.run(&format!("ticket advance '{number}' --to started")).ok();
    }
    let (_, id, _) = joined(&post);
    let held = post.take(&mail(1, IDA, &format!("Subject: SV: nyheder\nIn-Reply-To: {id}\n\nTak\n")));
    assert_eq!((&held["result"], &held["reason"]), (&json!("held"), &json!("several-tickets")));
    let named = format!("Subject: SV: nyheder, SAM 2605-0003\nIn-Reply-To: {id}\n\nTak\n");
    let joined = post.take(&mail(2, IDA, &named));
    assert_eq!((&joined["reason"], &joined["ticket"]), (&json!("reply"), &json!("SAM 2605-0003")));
}

#[test]
fn what_passes_tells_the_ticket_and_spares_the_address() {
    for (status, marked) in [("5.2.2", 0), ("4.4.7", 0), ("5.1.1", 1), ("5.4.1", 1)] {
        let post = Post::new();
        let world = &post.world;
        world.run(&format!("ticket advance '{OPEN}' --to started")).ok();
        world.run(&format!("ticket advance '{OPEN}' --to awaiting-requester")).ok();
        let (_, id, _) = joined(&post);
        let report = format!(
            "From: MAILER-DAEMON@mx.example.dk\nReturn-Path: <>\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
             --b\nContent-Type: text/plain\n\nSorry\n--b\nContent-Type: message/delivery-status\n\n\
             Reporting-MTA: dns; mx.example.dk\n\nFinal-Recipient: rfc822; {IDA}\nAction: failed\nStatus: {status}\n\n\
             --b\nContent-Type: message/rfc822\n\nMessage-ID: {id}\nSubject: x\n\nx\n--b--\n"
        );
        let item = post.take(&report);
        assert_eq!(item["reason"], "bounce-failed", "{status}");
        assert_eq!(notes(&post, OPEN), 1, "{status}");
        assert_eq!(world.json("mail bounced list").as_array().unwrap().len(), marked, "{status}");
    }
}

#[test]
fn forged_mails_do_not_use_up_what_the_real_sender_may_send() {
    let post = Post::new();
    post.world.run("setting set mail.sender-cap 2").ok();
    for n in 1..5 {
        let forged = format!("Authentication-Results: mx.example.dk; dmarc=fail\nSubject: {n}\n\nHej\n");
        assert_eq!(post.take(&mail(n, IDA, &forged))["reason"], "sender-forged");
    }
    assert_eq!(post.take(&mail(9, IDA, "Subject: ægte\n\nHej\n"))["result"], "taken");
}

#[test]
fn the_signed_address_of_a_ticket_holds_when_the_prefix_changes() {
    let post = Post::new();
    post.world.run(&format!("ticket advance '{OPEN}' --to started")).ok();
    post.world.run("mail send").ok();
    let outbox = std::fs::read_dir(post.world.path("portal.db.outbox")).unwrap();
    let mut texts = outbox.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let address = texts.find_map(|text| {
        let line = text.lines().find(|line| line.starts_with("Reply-To:"))?;
        Some(line.split(['<', '>']).nth(1)?.to_owned()).filter(|_| text.contains(OPEN))
    });
    post.world.run("setting set ticket.prefix KUN").ok();
    let item = post.take(&mail(1, IDA, &format!("To: {}\nSubject: tak\n\nTak\n", address.unwrap())));
    assert_eq!((&item["reason"], &item["ticket"]), (&json!("reply"), &json!(OPEN)));
}

#[test]
fn incoming_mails_are_listed_by_what_became_of_them_and_ignored_ones_can_be_let_in() {
    let post = Post::new();
    let world = &post.world;
    let auto = mail(1, "nyt@example.dk", "Subject: a\nAuto-Submitted: auto-generated\n\nHej\n");
    let first = post.take(&auto)["key"].clone();
    let copy = post.take(&auto)["key"].clone();
    let loops = post.take("From: x@example.dk\nX-Portalctl-Loop: {{loop}}\n\nHej\n")["key"].clone();
    let taken = post.take(&mail(2, IDA, "Subject: b\n\nHej\n"))["key"].clone();
    let keys = |line: &str| -> Vec<Value> {
        world.json(line).as_array().unwrap().iter().map(|mail| mail["id"].clone()).collect()
    };
    assert_eq!(
        keys("mail list --incoming"),
        [taken.clone(), loops.clone(), copy.clone(), first.clone()],
        "newest first"
    );
    assert_eq!(keys("mail list --incoming --state ignored"), [loops.clone(), copy.clone(), first.clone()]);
    assert_eq!(keys("mail list --incoming --state taken"), [taken]);
    assert_eq!(keys("mail list --incoming --state bounce"), Vec::<Value>::new());
    let row = &world.json("mail list --incoming --state ignored")[2];
    for field in ["id", "state", "reason", "from", "subject", "received_at", "ticket"] {
        assert!(row.get(field).is_some(), "{field}: {row}");
    }
    for wrong in
        ["--incoming --state sent", "--state ignored", "--incoming --to x@example.dk", "--incoming --cause x"]
    {
        assert_eq!(world.refused(&format!("mail list {wrong}")).0, 2, "{wrong}");
    }
    assert_eq!(
        world.refused(&format!("mail held release {loops} --requester {IDA}")),
        (5, "mail.loop".into())
    );
    assert_eq!(world.refused(&format!("mail held drop {first} --reason prøve")).0, 5);
    for id in [first, copy] {
        let said = world.json(&format!("mail held release {id} --requester {IDA}"));
        assert_eq!(said["item"]["state"], "taken");
    }
    assert_eq!(keys("mail list --incoming --state ignored"), [loops]);
}

#[test]
fn nobody_is_given_the_words_of_a_forged_mail_unless_the_provider_says_so() {
    let post = Post::new();
    let world = &post.world;
    let forged = |n| {
        let fields =
            "Authentication-Results: mx.example.dk; dmarc=fail\nSubject: x\nIn-Reply-To: <{{answered}}>";
        post.take(&mail(n, IDA, &format!("{fields}\n\nOverfør pengene\n")))["key"].clone()
    };
    let several = format!("{IDA}, bo.kjaer@oes.example.dk");
    let several = |n| post.take(&mail(n, &several, "Subject: x\n\nHej\n"))["key"].clone();
    for (a, b, reason) in
        [(forged(1), forged(2), "sender-forged"), (several(3), several(4), "several-senders")]
    {
        assert_eq!(world.json(&format!("mail show {a}"))["reason"], reason);
        assert_eq!(world.refused(&format!("mail held release {a}")).0, 2);
        let status = world.json(&format!("ticket show '{OPEN}'"))["status"].clone();
        world.run(&format!("mail held release {a} --ticket '{OPEN}'")).ok();
        let ticket = world.json(&format!("ticket show '{OPEN}'"));
        let last = ticket["thread"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["kind"], &last["internal"]), (&json!("note"), &json!(true)), "{reason}");
        assert_eq!(ticket["status"], status, "nothing was said by the requester");
        // The provider's reason stands in the audit.
        world
            .run(&format!("mail held release {b} --ticket '{OPEN}' --requester {IDA} --reason 'ringet op'"))
            .ok();
        assert_eq!(world.json("audit list --action ticket.reply")[0]["reason"], "ringet op");
    }
}

#[test]
fn a_shortened_mail_is_named_in_the_ticket_and_shown_to_caseworkers() {
    let post = Post::new();
    let world = &post.world;
    world.run("user create --email jonas@sam.example.dk --name Jonas --staff caseworker --no-invite").ok();
    let whole = post.take(&mail(1, IDA, "Subject: SV\nIn-Reply-To: <{{answered}}>\n\nJa\n"))["key"].clone();
    let cut = post.take(&mail(
        2,
        IDA,
        "Subject: SV\nIn-Reply-To: <{{answered}}>\n\nJa tak\n\nDen 4. maj 2026 skrev K:\n> Hemmeligt\n",
    ))["key"]
        .clone();
    let ticket = world.json(&format!("ticket show '{OPEN}'"));
    let told: Vec<_> = ticket["thread"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["kind"] == "mail")
        .map(|entry| (entry["mail"].clone(), entry["shortened"].clone()))
        .collect();
    assert_eq!(told, [(whole, json!(false)), (cut.clone(), json!(true))]);
    let line = format!("`portalctl mail show {cut}`");
    let caseworker =
        world.run(&format!("ticket show '{OPEN}' --as jonas@sam.example.dk --reason prøve")).ok();
    assert_eq!(caseworker.out.matches(&line).count(), 1, "{caseworker}");
    let requester = world.run(&format!("ticket show '{OPEN}' --as {IDA} --reason prøve --format json")).ok();
    let seen: Value = serde_json::from_str(&requester.out).unwrap();
    assert!(seen["thread"].as_array().unwrap().iter().all(|entry| entry["mail"].is_null()), "{seen}");
    let show =
        |id: &Value, who: &str| world.run(&format!("mail show {id} --as {who} --reason prøve --format json"));
    assert!(show(&cut, "jonas@sam.example.dk").ok().out.contains("Hemmeligt"));
    assert_eq!(show(&cut, IDA).code, 6);
    let held = post.take(&mail(3, "fremmed@example.dk", "Subject: x\n\nHej\n"))["key"].clone();
    assert_eq!(show(&held, "jonas@sam.example.dk").code, 6, "it belongs to no ticket");
}

#[test]
fn a_scanner_out_of_reach_is_asked_once_and_what_waits_is_counted() {
    let post = Post::new();
    let world = &post.world;
    world.write("scan.toml", "[scanner]\ntransport = \"clamd\"\naddress = \"/nowhere/clamd.sock\"\n");
    for n in 1..4 {
        let with_file = mail(n, IDA, "Subject: x\nContent-Type: application/pdf; name=a.pdf\n\n%PDF\n");
        world.write(&format!("{n}.eml"), with_file);
    }
    let answer = world.json("mail ingest --config scan.toml 1.eml 2.eml 3.eml");
    assert_eq!(answer["summary"], json!({"received": 3}));
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 1);
    let tried = world.json("mail list --incoming --fields attempts");
    let tried: Vec<_> = tried.as_array().unwrap().iter().map(|mail| mail["attempts"].clone()).collect();
    assert_eq!(tried, [0, 0, 1]);
    take(world, b"bare ord");
    take(world, b"From: fremmed@example.dk\nSubject: x\n\nHej\n");
    let status = world.json("db status");
    assert_eq!(
        [&status["mails_held"], &status["mails_unreadable"], &status["mails_waiting"]],
        [&json!(1), &json!(1), &json!(3)]
    );
}
