//! Jobs as cron runs them.

use std::fs::{File, OpenOptions};

use portalctl::platform::db::Connection;
use serde_json::json;

use crate::support::World;

#[expect(clippy::disallowed_methods, reason = "the test looks at the file from outside")]
fn open(world: &World) -> Connection {
    Connection::open(world.path("portal.db")).unwrap()
}

/// Holds the lock of a job, as another process would.
fn held(world: &World, job: &str) -> File {
    let path = world.path(&format!("portal.db.job.{job}.lock"));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).unwrap();
    file.lock().unwrap();
    file
}

fn last(world: &World, job: &str) -> serde_json::Value {
    let jobs = world.json("job list");
    jobs.as_array().unwrap().iter().find(|found| found["name"] == job).unwrap().clone()
}

#[test]
fn what_there_is_to_do_is_done_and_nothing_noteworthy_says_nothing() {
    let world = World::peopled();
    let before = last(&world, "mail-send");
    assert_eq!(
        before,
        json!({"name": "mail-send", "last_started_at": null, "last_finished_at": null, "last_result": null, "due": 3})
    );
    let entries = world.json("audit head")["entries"].clone();
    let tried = world.json("job run mail-send -n");
    assert_eq!(tried["items"], json!([{"key": "mail-send", "result": "done", "sent": 3, "failed": 0}]));
    assert_eq!(last(&world, "mail-send"), before, "a dry run leaves no trace");
    insta::assert_snapshot!(world.run("job run --all"), @r#"
    mail-send: done – sent: 3, failed: 0
    done: 1, nothing: 5, failed: 0
    "#);
    insta::assert_snapshot!(world.run("job run --all"), @"");
    let answer = world.json("job run --all");
    assert_eq!(answer["summary"], json!({"nothing": 6, "failed": 0}));
    let after = last(&world, "mail-send");
    assert_eq!((&after["last_result"], &after["due"]), (&json!("nothing"), &json!(0)));
    assert_eq!(after["last_finished_at"], "2026-05-04T08:00:00Z");
    let grown = world.json("audit head")["entries"].as_i64().unwrap() - entries.as_i64().unwrap();
    assert_eq!(grown, 1, "what was sent is recorded, and no run");
}

#[test]
fn a_job_that_runs_is_busy_passed_over_and_stops_no_other() {
    let world = World::peopled();
    let lock = held(&world, "mail-send");
    assert_eq!(world.refused("job run mail-send"), (75, "job.busy".to_owned()));
    let skipped = world.json("job run mail-send --skip-if-running");
    assert_eq!(skipped["items"], json!([{"key": "mail-send", "result": "skipped"}]));
    assert_eq!(world.run("job run mail-send --skip-if-running").ok().to_string(), "");
    let some = world.run("job run mail-send ticket-close-due mail-send --format json");
    assert_eq!(some.code, 3, "{some}");
    let some: serde_json::Value = serde_json::from_str(&some.out).unwrap();
    assert_eq!(some["summary"], json!({"nothing": 1, "failed": 1}), "each once");
    assert_eq!(some["items"][0]["errors"][0]["code"], "job.busy");
    assert_eq!(last(&world, "mail-send")["last_started_at"], json!(null), "it did not run");
    drop(lock);
    assert_eq!(world.json("job run mail-send")["items"][0]["sent"], 3);
    assert_eq!(world.refused("job run mail-sned"), (4, "job.not-found".to_owned()));
    assert_eq!(world.refused("job run"), (2, "usage".to_owned()));
}

#[test]
fn a_run_without_an_end_goes_on_or_was_killed_and_blocks_nothing() {
    let world = World::peopled();
    open(&world)
        .execute_batch("INSERT INTO job_run (name, started_at) VALUES ('mail-send', '2026-05-04T07:00:00Z')")
        .unwrap();
    let lock = held(&world, "mail-send");
    assert_eq!(last(&world, "mail-send")["last_result"], json!(null), "it goes on");
    drop(lock);
    let killed = last(&world, "mail-send");
    assert_eq!(
        (&killed["last_result"], &killed["last_started_at"], &killed["last_finished_at"]),
        (&json!("interrupted"), &json!("2026-05-04T07:00:00Z"), &json!(null))
    );
    assert_eq!(world.json("job run mail-send")["items"][0]["result"], "done");
    assert_eq!(last(&world, "mail-send")["last_result"], "done");
}

#[test]
fn one_that_fails_stops_no_other_and_alone_it_is_the_answer() {
    let world = World::peopled();
    std::fs::rename(world.path("portal.db.key"), world.path("away.key")).unwrap();
    let all = world.run("job run --all --format json");
    assert_eq!(all.code, 3, "{all}");
    let all: serde_json::Value = serde_json::from_str(&all.out).unwrap();
    let results: Vec<_> = all["items"].as_array().unwrap().iter().map(|item| &item["result"]).collect();
    assert_eq!(results, ["nothing", "nothing", "nothing", "nothing", "nothing", "failed"]);
    let (code, reason) = world.refused("job run mail-send");
    assert_eq!(code, 78, "{reason}");
    assert_eq!(last(&world, "mail-send")["last_result"], "failed");
    let detail: String =
        open(&world).query_row("SELECT detail FROM job_run ORDER BY id DESC", [], |row| row.get(0)).unwrap();
    assert!(detail.contains(&reason), "{detail}");
}

#[test]
fn the_last_hundred_runs_of_each_job_are_kept() {
    let world = World::peopled();
    open(&world)
        .execute_batch(
            "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 150)
             INSERT INTO job_run (name, started_at) SELECT 'mail-send', '2026-01-01T00:00:00Z' FROM n;
             INSERT INTO job_run (name, started_at) VALUES ('ticket-close-due', '2026-01-01T00:00:00Z');",
        )
        .unwrap();
    world.run("job run mail-send").ok();
    let count = |name: &str| -> i64 {
        let sql = "SELECT count(*) FROM job_run WHERE name = ?";
        open(&world).query_row(sql, [name], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("mail-send"), count("ticket-close-due")), (100, 1));
    world.run("job run mail-send").ok();
    assert_eq!(
        (count("mail-send"), last(&world, "mail-send")["last_result"].clone()),
        (100, json!("nothing"))
    );
}

#[test]
fn mail_that_is_held_waits_and_is_told_of() {
    let world = World::peopled();
    world.write("hold.toml", "[mail]\nhold = true\n");
    let answer = world.json("job run mail-send --config hold.toml");
    assert_eq!(answer["items"][0]["result"], "nothing");
    assert_eq!(answer["warnings"][0]["code"], "mail.held");
    assert_eq!(last(&world, "mail-send")["due"], 3);
}

#[test]
fn what_came_in_is_understood_before_tickets_close_and_mail_leaves_last() {
    let world = World::peopled();
    let jobs = world.json("job list");
    let names: Vec<_> = jobs.as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "mail-understand",
            "agreement-expiry",
            "agreement-certificates",
            "ticket-close-due",
            "mail-digest",
            "mail-send"
        ]
    );
    let answer = world.json("job run --all");
    let ran: Vec<_> = answer["items"].as_array().unwrap().iter().map(|item| &item["key"]).collect();
    assert_eq!(ran, names);
}
