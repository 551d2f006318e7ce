//! Reminders by mail (A-031..A-033): for who wants them, once a day, of what is new.

use chrono::Duration;
use serde_json::json;

use crate::support::{World, raw};

const IDA: &str = "ida.lykkebo@oes.example.dk";
const ANNA: &str = "anna.holm@oes.example.dk";

fn open(world: &World) -> rusqlite::Connection {
    raw(world.path("portal.db"))
}

/// Two who are in use and want reminders, and a third whom nobody asked; nothing else is queued.
fn world() -> World {
    let world = World::peopled();
    open(&world)
        .execute_batch(
            "UPDATE user SET status = 'active';
             UPDATE user SET email_reminders = 1 WHERE email LIKE '%@oes.example.dk';
             UPDATE outbox SET state = 'cancelled';",
        )
        .unwrap();
    world
}

/// The reminders queued so far: to whom, and what they say.
fn reminders(world: &World) -> Vec<(String, String)> {
    let queued = world.json("mail list --state queued");
    let mut found: Vec<_> = queued
        .as_array()
        .unwrap()
        .iter()
        .filter(|mail| mail["cause"].as_str().unwrap().starts_with("user:"))
        .map(|mail| {
            let shown = world.json(&format!("mail show {}", mail["id"]));
            (mail["to"].as_str().unwrap().to_owned(), shown["text"].as_str().unwrap().to_owned())
        })
        .collect();
    found.sort();
    found
}

/// A second later: what happens while it runs is for the next.
fn run(world: &World) -> u64 {
    world.wait(Duration::seconds(1));
    world.json("job run mail-digest")["items"][0]["mails"].as_u64().unwrap()
}

fn ticket(world: &World, requester: &str) -> String {
    let line =
        format!("ticket create --tenant oekonomistyrelsen --requester {requester} --subject Hemmeligt");
    let created =
        world.run_with_input(&format!("{line} --body-file - --format json"), "Løn for en medarbejder");
    let created: serde_json::Value = serde_json::from_str(&created.ok().out).unwrap();
    created["item"]["number"].as_str().unwrap().to_owned()
}

#[test]
fn a_031_a_new_user_gets_no_reminders_until_asking_for_them() {
    let world = World::peopled();
    let wanted: i64 =
        open(&world).query_row("SELECT sum(email_reminders) FROM user", [], |row| row.get(0)).unwrap();
    assert_eq!(wanted, 0);
    open(&world).execute_batch("UPDATE user SET status = 'active'").unwrap();
    let number = ticket(&world, IDA);
    world.run(&format!("ticket advance '{number}' --to awaiting-requester")).ok();
    assert_eq!(run(&world), 0);
}

#[test]
fn a_032_what_is_new_comes_once_a_day_with_numbers_and_nothing_else() {
    let world = world();
    assert_eq!(run(&world), 0, "nothing new: no mail");
    let (first, second) = (ticket(&world, IDA), ticket(&world, IDA));
    world.run(&format!("ticket advance '{first}' --to awaiting-requester")).ok();
    world.wait(Duration::seconds(1));
    assert_eq!(
        world.json("job list").as_array().unwrap().iter().find(|job| job["name"] == "mail-digest").unwrap()["due"],
        1
    );
    assert_eq!(run(&world), 1);
    let told = reminders(&world);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, IDA);
    assert!(told[0].1.contains(&format!("- {first}")) && !told[0].1.contains(&second), "{}", told[0].1);
    for hidden in ["Hemmeligt", "Løn for"] {
        assert!(!told[0].1.contains(hidden), "{}", told[0].1);
    }
    // More on the same day waits for the next; told of once, it is not new again.
    world.wait(Duration::hours(2));
    world.run(&format!("ticket advance '{second}' --to awaiting-requester")).ok();
    assert_eq!((run(&world), run(&world)), (0, 0));
    world.wait(Duration::days(3));
    assert_eq!((run(&world), run(&world)), (1, 0), "late and twice: one mail");
    let told = reminders(&world);
    assert_eq!(told.len(), 2);
    assert!(told.iter().any(|(_, text)| text.contains(&format!("- {second}")) && !text.contains(&first)));
    world.wait(Duration::days(1));
    assert_eq!(run(&world), 0);
}

#[test]
fn a_032_the_day_is_copenhagen_s() {
    let world = world();
    // 23.30 in Copenhagen in May.
    world.now.set("2026-05-04T21:30:00Z".parse().unwrap());
    let first = ticket(&world, IDA);
    world.run(&format!("ticket advance '{first}' --to awaiting-requester")).ok();
    assert_eq!(run(&world), 1);
    world.wait(Duration::minutes(20));
    let second = ticket(&world, IDA);
    world.run(&format!("ticket advance '{second}' --to awaiting-requester")).ok();
    assert_eq!(run(&world), 0);
    world.wait(Duration::minutes(15));
    assert_eq!(run(&world), 1, "five past midnight");
}

#[test]
fn a_033_either_toggle_off_means_none_and_so_does_a_shut_account() {
    for change in ["notifications = 0", "email_reminders = 0", "status = 'disabled'"] {
        let world = world();
        let number = ticket(&world, IDA);
        world.run(&format!("ticket advance '{number}' --to awaiting-requester")).ok();
        open(&world).execute_batch(&format!("UPDATE user SET {change} WHERE email = '{IDA}'")).unwrap();
        assert_eq!(run(&world), 0, "{change}");
    }
}

#[test]
fn a_done_ticket_is_told_of_before_it_closes_and_a_closed_month_to_who_sees_reports() {
    let world = world();
    open(&world).execute_batch("UPDATE user SET b_number = 'B123457' WHERE email LIKE 'ida%'").unwrap();
    let number = ticket(&world, ANNA);
    world.run(&format!("ticket advance '{number}' --to done")).ok();
    assert_eq!(run(&world), 0);
    world.wait(Duration::days(5));
    open(&world)
        .execute_batch("INSERT INTO kpi_month VALUES (202604, 'closed', '2026-05-08T08:00:00Z')")
        .unwrap();
    assert_eq!(run(&world), 2);
    let told = reminders(&world);
    let text = |who: &str| &told.iter().find(|(to, _)| to == who).unwrap().1;
    assert!(text(ANNA).contains(&format!("- {number}")), "{}", text(ANNA));
    assert!(text(IDA).contains("april 2026") && !text(IDA).contains(&number), "{}", text(IDA));
    world.wait(Duration::days(1));
    assert_eq!(run(&world), 0);
}

#[test]
fn a_dry_run_and_a_user_without_news_leave_no_trace() {
    let world = world();
    let number = ticket(&world, IDA);
    world.run(&format!("ticket advance '{number}' --to awaiting-requester")).ok();
    world.wait(Duration::seconds(1));
    assert_eq!(world.json("job run mail-digest -n")["items"][0]["mails"], json!(1));
    let noted: i64 = open(&world)
        .query_row("SELECT count(*) FROM user WHERE digest_at IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(noted, 0);
    assert_eq!(run(&world), 1);
}

#[test]
fn twenty_thousand_users_are_told_in_parts() {
    let world = world();
    open(&world)
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO user (email, email_key, name, kind, status, created_at)
             SELECT 'u' || i || '@example.dk', 'u' || i || '@example.dk', 'U', 'person', 'active', '2026-01-01T00:00:00Z' FROM n;
             INSERT INTO ticket (number, yymm, sequence, tenant_id, requester_id, subject, status, created_at, updated_at)
             SELECT printf('SAM 2605-%05d', id), 2605, id, 1, id, 'x', 'awaiting-requester', '2026-05-04T07:00:00Z', '2026-05-04T07:00:00Z'
             FROM user WHERE id % 10 = 0;
             INSERT INTO ticket_entry (ticket_id, at, kind, author, internal, text)
             SELECT id, updated_at, 'status', 'Ansvarlig', 0, 'awaiting-requester' FROM ticket;
             INSERT OR IGNORE INTO user_right (user_id, tenant_id, [right], granted_at, granted_by)
             SELECT id, 1, 'reader', '2026-01-01T00:00:00Z', 'operator:test' FROM user;",
        )
        .unwrap();
    assert_eq!(run(&world), 2000);
    assert_eq!(run(&world), 0);
    let parts = world.json("audit list --action digest.send");
    assert!(parts.as_array().unwrap().len() > 10, "in a series of writes");
}

#[test]
fn a_note_is_no_news_and_neither_is_a_ticket_of_an_institution_that_was_left() {
    let world = world();
    let number = ticket(&world, IDA);
    world.run(&format!("ticket advance '{number}' --to awaiting-requester")).ok();
    assert_eq!(run(&world), 1);
    world.wait(Duration::hours(20));
    world.run_with_input(&format!("ticket reply '{number}' --internal --body-file -"), "Nævn det ikke").ok();
    world.wait(Duration::days(1));
    assert_eq!(run(&world), 0);
    let since = (world.now.get() - Duration::hours(30)).format("%Y-%m-%dT%H:%M:%SZ");
    let listed = world.json(&format!("ticket list --all --updated-since {since}"));
    assert_eq!(listed, json!([]));
    let second = ticket(&world, IDA);
    world.run(&format!("ticket advance '{second}' --to awaiting-requester")).ok();
    open(&world)
        .execute_batch(&format!(
            "DELETE FROM user_right WHERE user_id = (SELECT id FROM user WHERE email = '{IDA}')"
        ))
        .unwrap();
    world.wait(Duration::days(1));
    assert_eq!(run(&world), 0);
}

#[test]
fn what_happens_while_reminders_are_made_is_told_of_the_next_day() {
    let world = world();
    let (first, second) = (ticket(&world, IDA), ticket(&world, IDA));
    world.run(&format!("ticket advance '{first}' --to awaiting-requester")).ok();
    assert_eq!(run(&world), 1);
    // In the very second of the run.
    world.run(&format!("ticket advance '{second}' --to awaiting-requester")).ok();
    world.wait(Duration::days(1));
    assert_eq!(run(&world), 1);
    assert!(reminders(&world).iter().any(|(_, text)| text.contains(&second) && !text.contains(&first)));
}
