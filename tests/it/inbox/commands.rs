//! The commands over mails that came in.

use chrono::Duration;
use serde_json::json;

use super::{CLOSED, IDA, OPEN, Post, take};
use crate::support::World;

fn mail(n: u32, from: &str, rest: &str) -> String {
    format!("From: {from}\nDate: Mon, 4 May 2026 09:00:{n:02} +0200\nMessage-ID: <c{n}@example.dk>\n{rest}")
}

#[test]
fn a_reply_brings_the_ticket_back_and_a_late_one_opens_another() {
    let post = Post::new();
    let item = post.take(&mail(1, IDA, "Subject: SV\nIn-Reply-To: <{{answered}}>\n\nJa tak\n"));
    assert_eq!((&item["result"], &item["ticket"]), (&json!("taken"), &json!(OPEN)));
    let ticket = post.world.json(&format!("ticket show '{OPEN}'"));
    assert_eq!(ticket["status"], "started");
    let kinds: Vec<_> =
        ticket["thread"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert!(kinds.contains(&json!("mail")), "{kinds:?}");
    let audit = post.world.json("audit list --action ticket.reply");
    assert_eq!(
        (&audit[0]["effective_actor"], &audit[0]["actor"]),
        (&json!(format!("user:{IDA}")), &json!("operator:drift@testhost"))
    );
    assert_eq!(audit[0]["reason"], json!(format!("mail {}", item["key"])));
    // Done for more than 168 hours: it goes on in a new one, like a closed one.
    post.world.run(&format!("ticket advance '{OPEN}' --to done")).ok();
    post.world.wait(Duration::hours(168));
    let item = post.take(&mail(2, IDA, "Subject: SV: {{open}} Adgang\n\nIgen\n"));
    assert_eq!(item["reason"], "follows");
    assert_ne!(item["ticket"], OPEN);
    let new = post.world.json(&format!("ticket show '{}'", item["ticket"].as_str().unwrap()));
    assert_eq!(new["subject"], "Adgang");
    assert_eq!(post.world.json(&format!("ticket show '{CLOSED}'"))["status"], "closed");
}

#[test]
fn a_mail_that_answers_a_mail_of_the_ticket_joins_it() {
    let post = Post::new();
    let first = post.take(&mail(1, IDA, "Subject: Ny sag\n\nHej\n"));
    let second = post.take(&mail(2, IDA, "Subject: helt andet\nReferences: <c1@example.dk>\n\nEt til\n"));
    assert_eq!((&second["reason"], &second["ticket"]), (&json!("reply"), &first["ticket"]));
}

#[test]
fn the_same_id_with_another_content_is_another_mail_and_the_same_content_is_not() {
    let post = Post::new();
    let base = mail(1, IDA, "Subject: x\n\nHej\n");
    assert_eq!(post.take(&base)["result"], "taken");
    assert_eq!(post.take(&base)["reason"], "duplicate");
    assert_eq!(post.take(&base.replace("Hej", "Noget nyt"))["result"], "taken");
    // Another one that says the same in the same second, as answers do: nothing of it is lost.
    assert_eq!(post.take(&base.replace("<c1@", "<c2@"))["result"], "taken");
    // The same without an id is known by its date.
    let bare = base.lines().filter(|line| !line.starts_with("Message-ID")).collect::<Vec<_>>().join("\n");
    assert_eq!(post.take(&bare)["result"], "taken");
    assert_eq!(post.take(&bare)["reason"], "duplicate");
    // Sent again by hand, minutes later.
    assert_eq!(post.take(&base.replace("09:00", "09:05").replace("<c1@", "<c9@"))["result"], "taken");
}

#[test]
fn a_sender_of_too_many_mails_is_held_and_taken_again_an_hour_later() {
    let post = Post::new();
    post.world.run("setting set mail.sender-cap 2").ok();
    let take = |n| post.take(&mail(n, IDA, &format!("Subject: nr {n}\n\nHej\n")))["reason"].clone();
    assert_eq!([take(1), take(2), take(3), take(4)], ["new", "new", "sender-cap", "sender-cap"]);
    post.world.wait(Duration::minutes(61));
    assert_eq!(take(5), "new");
}

#[test]
fn held_mails_are_released_or_dropped_by_the_provider() {
    let post = Post::new();
    let world = &post.world;
    let stranger =
        |n| post.take(&mail(n, "fremmed@example.dk", "Subject: SV: {{open}} x\n\nHej\n"))["key"].clone();
    let [a, b, c, d] = [stranger(1), stranger(2), stranger(3), stranger(4)];
    let held = world.json("mail held list");
    assert_eq!(held.as_array().unwrap().len(), 4);
    assert_eq!(held[0]["reason"], "sender-unknown");
    assert_eq!(world.refused(&format!("mail held release {a}")), (2, "usage".into()));
    assert_eq!(world.refused(&format!("mail held release {a} --requester ingen@example.dk")).0, 4);
    let said = world.json(&format!("mail held release {a} --requester {IDA}"));
    assert_eq!((&said["result"], &said["item"]["state"]), (&json!("released"), &json!("taken")));
    let ticket = world.json(&format!("ticket show '{}'", said["item"]["ticket"].as_str().unwrap()));
    assert_eq!((&ticket["requester"], &ticket["subject"]), (&json!(IDA), &json!("x")));
    // A stranger's words become a note that the requester never sees.
    world.run(&format!("mail held release {b} --ticket '{OPEN}'")).ok();
    let thread = world.json(&format!("ticket show '{OPEN}'"))["thread"].clone();
    let last = thread.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["internal"]), (&json!("note"), &json!(true)));
    assert!(last["text"].as_str().unwrap().contains("fremmed@example.dk"));
    assert_eq!(
        world
            .refused(&format!("mail held release {c} --ticket '{OPEN}' --requester bo.kjaer@oes.example.dk"))
            .1,
        "mail.not-a-party"
    );
    world.run(&format!("mail held release {c} --ticket '{OPEN}' --requester {IDA}")).ok();
    assert_eq!(world.json(&format!("ticket show '{OPEN}'"))["status"], "started");
    assert_eq!(world.refused(&format!("mail held drop {d}")), (2, "usage".into()));
    world.run(&format!("mail held drop {d} --reason reklame")).ok();
    assert_eq!(world.json(&format!("mail show {d}"))["state"], "dropped");
    assert_eq!(world.refused(&format!("mail held drop {d} --reason reklame")).0, 5);
    assert_eq!(world.json("mail held list"), json!([]));
    // Of two institutions: which, the provider says.
    let vera = post.take(&mail(5, "vera.toside@oes.example.dk", "Subject: y\n\nHej\n"))["key"].clone();
    assert_eq!(world.refused(&format!("mail held release {vera}")).0, 2);
    world.run(&format!("mail held release {vera} --tenant digitaliseringsstyrelsen")).ok();
}

#[test]
fn one_number_names_one_mail_in_whichever_direction() {
    let post = Post::new();
    let item = post.take(&mail(
        1,
        IDA,
        "Subject: x\nIn-Reply-To: <{{answered}}>\n\nJa\n\nDen 4. maj 2026 skrev K:\n> Nej\n",
    ));
    let id = item["key"].as_i64().unwrap();
    let shown = post.world.json(&format!("mail show {id}"));
    assert!(shown["text"].as_str().unwrap().contains("> Nej"), "the whole text is kept: {shown}");
    let story = post.world.json(&format!("mail explain {id}"));
    let steps: Vec<_> =
        story["verdicts"].as_array().unwrap().iter().map(|one| one["step"].as_str().unwrap()).collect();
    assert_eq!(
        steps,
        [
            "stored",
            "read",
            "duplicate",
            "loop",
            "bounce",
            "automatic",
            "rate",
            "sender",
            "authentication",
            "thread",
            "text",
            "taken"
        ]
    );
    let outgoing = story["about_mail"].as_i64().unwrap();
    let story = post.world.json(&format!("mail explain {outgoing}"));
    assert_eq!((&story["direction"], &story["state"]), (&json!("out"), &json!("sent")));
    let steps: Vec<_> =
        story["verdicts"].as_array().unwrap().iter().map(|one| one["step"].as_str().unwrap()).collect();
    assert!(steps.contains(&"answer") && steps.contains(&"result"), "{steps:?}");
    assert_eq!(post.world.json(&format!("mail show {outgoing}"))["id"], outgoing);
    assert_eq!(post.world.refused("mail explain 9999").0, 4);
}

#[test]
fn files_folders_and_maildirs_are_taken_and_moved_after_they_are_stored() {
    let post = Post::new();
    let world = &post.world;
    for folder in ["box/new", "box/cur", "box/tmp", "plain"] {
        std::fs::create_dir_all(world.path(folder)).unwrap();
    }
    world.write("box/new/1.a", mail(1, IDA, "Subject: a\n\nHej\n"));
    world.write("box/new/2.b", mail(2, IDA, "Subject: b\n\nHej\n"));
    world.write("plain/c.eml", mail(3, IDA, "Subject: c\n\nHej\n"));
    world.write("plain/readme.txt", "ikke en mail");
    world.write("d", mail(4, IDA, "Subject: d\n\nHej\n"));
    let dry = world.json("mail ingest box -n");
    assert_eq!((&dry["dry_run"], &dry["summary"]["taken"]), (&json!(true), &json!(2)));
    let answer = world.json("mail ingest box plain d");
    assert_eq!(answer["summary"], json!({"taken": 4}));
    assert!(world.path("box/cur/1.a:2,S").exists() && world.path("box/cur/2.b:2,S").exists());
    assert_eq!(std::fs::read_dir(world.path("box/new")).unwrap().count(), 0);
    // What a crash left in `new` is recognised.
    world.write("box/new/1.a", mail(1, IDA, "Subject: a\n\nHej\n"));
    assert_eq!(world.json("mail ingest box")["summary"], json!({"ignored": 1}));
    // One that cannot be read holds up no other.
    let said = world.run("mail ingest mangler.eml d --format json");
    assert_eq!((said.code, said.out.as_str()), (75, ""), "{said}");
    assert!(said.err.contains("1 of 2 mails could not be stored"), "{said}");
}

#[test]
fn whatever_is_in_the_way_of_storing_is_75_and_nothing_else() {
    let empty = World::empty();
    let said = empty.run_with_input("mail ingest --format json", "From: a@example.dk\n\nx");
    assert_eq!((said.code, said.out.as_str()), (75, ""), "{said}");
    let post = Post::new();
    let input = mail(1, IDA, "Subject: x\n\nHej\n");
    let refused = |line: &str| {
        let said = post.world.run_with_input(&format!("mail ingest {line} --format json"), &input);
        assert_eq!(said.out, "", "{said}");
        assert_eq!(said.err.lines().count(), 1, "{said}");
        said.code
    };
    post.world.write("wrong.toml", "nonsense = 1\n");
    assert_eq!(refused("--config wrong.toml"), 75);
    assert_eq!(refused("--config mangler.toml"), 75);
    assert_eq!(refused("--db andet.db"), 75);
    post.world.write("text.db", "ikke en database");
    assert_eq!(refused("--db text.db"), 75);
    post.world.write("session.toml", "require_session = true\n");
    assert_eq!(refused("--config session.toml"), 75);
    assert_eq!(refused("--ukendt"), 75);
    assert_eq!(refused(&format!("--as {IDA} --reason prøve")), 75);
    let key = std::fs::read(post.world.path("portal.db.key")).unwrap();
    post.world.write("portal.db.key", "forkert");
    assert_eq!(refused(""), 75);
    std::fs::remove_file(post.world.path("portal.db.key")).unwrap();
    assert_eq!(refused(""), 75);
    post.world.write("portal.db.key", key);
    let lock = std::fs::File::options().write(true).open(post.world.path("portal.db.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(refused("--wait 0"), 75);
    lock.unlock().unwrap();
    assert_eq!(take(&post.world, input.as_bytes())["result"], "taken");
}

#[test]
fn a_scanner_out_of_reach_leaves_the_mail_stored_and_the_job_takes_it_later() {
    let post = Post::new();
    let world = &post.world;
    world.write("scan.toml", "[scanner]\ntransport = \"clamd\"\naddress = \"/nowhere/clamd.sock\"\n");
    let with_file = mail(1, IDA, "Subject: x\nContent-Type: application/pdf; name=a.pdf\n\n%PDF\n");
    let said = world.run_with_input("mail ingest --config scan.toml --format json", &with_file).ok();
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&answer["items"][0]["result"], &answer["warnings"][0]["code"]),
        (&json!("received"), &json!("mail.not-understood"))
    );
    let id = answer["items"][0]["key"].clone();
    let listed = world.json("mail unreadable list");
    assert_eq!((&listed[0]["id"], &listed[0]["attempts"]), (&id, &json!(1)));
    let due = |name: &str| {
        let jobs = world.json("job list");
        jobs.as_array().unwrap().iter().find(|job| job["name"] == name).unwrap()["due"].clone()
    };
    assert_eq!(due("mail-understand"), 1);
    assert_eq!(world.run("mail unreadable retry --config scan.toml").code, 75);
    world.run("job run mail-understand").ok();
    assert_eq!(due("mail-understand"), 0);
    assert_eq!(world.json(&format!("mail show {id}"))["state"], "taken");
    // What cannot be read stays so, and is looked at again when somebody asks.
    let broken = take(world, b"bare ord")["key"].clone();
    assert_eq!(world.json(&format!("mail unreadable show {broken}"))["text"], "bare ord");
    let again = world.json("mail unreadable retry");
    assert_eq!(again["summary"], json!({"unreadable": 1, "failed": 0}));
    assert_eq!(world.refused(&format!("mail unreadable retry {id}")).0, 5);
}
