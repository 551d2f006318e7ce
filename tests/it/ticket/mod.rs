//! Tickets as a caseworker and cron handle them.

mod killed;
mod reading;
mod scanning;
mod sharing;

use chrono::{DateTime, Duration};
use serde_json::json;

use crate::support::World;

fn with_ticket() -> World {
    let world = World::peopled();
    world.write("spoergsmaal.txt", "Hvornår kommer lønsedlen?\n");
    world
        .run("ticket create --tenant 10213231 --requester ida.lykkebo@oes.example.dk --subject 'Lønseddel mangler' --body-file spoergsmaal.txt")
        .ok();
    world
}

#[test]
fn s_005_numbers_count_per_month_in_copenhagen_time() {
    let world = World::peopled();
    let create =
        "ticket create --tenant 10213231 --requester ida.lykkebo@oes.example.dk --subject X --format id";
    assert_eq!(world.run(create).out, "SAM 2605-0001\n");
    assert_eq!(world.run(create).out, "SAM 2605-0002\n");
    // One minute before midnight in UTC is June already in Copenhagen.
    world.now.set(DateTime::parse_from_rfc3339("2026-05-31T22:30:00Z").unwrap().to_utc());
    assert_eq!(world.run(create).out, "SAM 2606-0001\n");
    assert_eq!(world.refused("ticket show 2607-0001"), (4, "ticket.not-found".to_owned()));
    assert_eq!(world.refused("ticket show 2613-0001").0, 2);
}

#[test]
fn s_020_s_026_from_registered_to_closed() {
    let world = with_ticket();
    let ticket = world.json("ticket show SAM2605-0001");
    assert_eq!((&ticket["status"], &ticket["handled_by"]), (&json!("registered"), &json!("provider")));
    assert_eq!(ticket["thread"][0]["text"], "Hvornår kommer lønsedlen?");
    world.run("ticket assign 2605-0001 --to jonas.brandtoft@sam.example.dk").ok();
    world.run("ticket advance 2605-0001 --to 'Afventer rekvirent' --body-file spoergsmaal.txt").ok();
    assert_eq!(world.json("ticket show 2605-0001")["handled_by"], "requester");
    world.run("ticket advance 2605-0001 --to done").ok();
    let done_at = world.json("ticket show 2605-0001")["done_at"].clone();
    assert_eq!(done_at, "2026-05-04T08:00:00Z");

    // S-026, C-14: seven times 24 hours, not one second less.
    world.wait(Duration::hours(168) - Duration::seconds(1));
    let early = world.json("ticket close-due --explain");
    assert_eq!(early["summary"], json!({"due": 0, "closed": 0}));
    world.wait(Duration::seconds(1));
    let due = world.json("ticket close-due");
    assert_eq!(due["summary"], json!({"due": 1, "closed": 1}));
    assert_eq!(due["items"][0]["key"], "SAM 2605-0001");
    assert_eq!(due["items"][0]["due_at"], "2026-05-11T08:00:00Z");
    assert_eq!(
        world.json("ticket close-due")["summary"],
        json!({"due": 0, "closed": 0}),
        "a second run finds nothing"
    );
    let closed = world.json("ticket show 2605-0001");
    assert_eq!((&closed["status"], &closed["closed_at"]), (&json!("closed"), &json!("2026-05-11T08:00:00Z")));
    for verb in
        ["advance 2605-0001 --to started", "reopen 2605-0001", "reply 2605-0001 --body-file spoergsmaal.txt"]
    {
        assert_eq!(world.refused(&format!("ticket {verb}")), (5, "ticket.closed".to_owned()), "{verb}");
    }
}

#[test]
fn s_025_done_can_be_reopened_for_seven_days_whether_or_not_cron_came_round() {
    let world = with_ticket();
    world.run("ticket advance 2605-0001 --to done").ok();
    world.wait(Duration::hours(167));
    let answer = world.json("ticket reopen 2605-0001");
    assert_eq!((&answer["result"], &answer["item"]["status"]), (&json!("reopened"), &json!("started")));
    assert_eq!(world.json("ticket show 2605-0001")["done_at"], json!(null));
    world.run("ticket advance 2605-0001 --to done").ok();
    world.wait(Duration::hours(169));
    assert_eq!(world.refused("ticket reopen 2605-0001").0, 5);
}

#[test]
fn several_numbers_at_once_and_some_fail() {
    let world = with_ticket();
    for n in 2..=3 {
        world
            .run(&format!(
                "ticket create --tenant 10213231 --requester anna.holm@oes.example.dk --subject Sag-{n}"
            ))
            .ok();
    }
    world.run("ticket close 2605-0002").ok();
    let said = world.run("ticket advance 2605-0001 2605-0002 2605-0003 --to started --format json");
    assert_eq!(said.code, 3, "{said}");
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(answer["summary"]["failed"], 1);
    assert_eq!(answer["items"][1]["errors"][0]["code"], "ticket.closed");
    assert_eq!(world.refused("ticket advance 2605-0002 --to started"), (5, "ticket.closed".to_owned()));
    let numbers = world.run("ticket list --format id").out;
    assert_eq!(numbers.lines().count(), 2, "S-002: open ones by default");
    let said = world.run_with_input("ticket close --numbers-from - --format json", &numbers);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(world.run("ticket list --all --format id").out.lines().count(), 3);
}

#[test]
fn a_dry_run_of_closing_keeps_everything_open() {
    let world = with_ticket();
    world.run("ticket advance 2605-0001 --to done").ok();
    world.wait(Duration::days(8));
    let dry = world.json("ticket close-due --dry-run");
    assert_eq!((&dry["dry_run"], &dry["summary"]["closed"]), (&json!(true), &json!(1)));
    assert_eq!(world.json("ticket show 2605-0001")["status"], "done");
}

#[test]
fn escape_sequences_in_a_ticket_stay_text() {
    let world = with_ticket();
    world.write("ond.txt", "Hej \u{1b}]0;ejet\u{7}\u{1b}[2J og farvel\n");
    world.run("ticket reply 2605-0001 --body-file ond.txt").ok();
    for format in ["table", "json", "jsonl"] {
        let said = world.run(&format!("ticket show 2605-0001 --format {format}"));
        assert!(!said.out.contains('\u{1b}') && !said.out.contains('\u{7}'), "{format}: {said}");
    }
    let thread = world.json("ticket show 2605-0001")["thread"].clone();
    assert!(
        thread.as_array().unwrap().iter().any(|entry| entry["text"].as_str().unwrap().contains("\u{1b}[2J"))
    );
}

#[test]
fn s_008_an_attachment_comes_out_as_it_went_in() {
    let world = with_ticket();
    world.write("Bilag.txt", "æøå");
    world.run("ticket reply 2605-0001 --attach Bilag.txt").ok();
    world.run("ticket attachment 2605-0001 1 --out ud.txt").ok();
    assert_eq!(std::fs::read_to_string(world.path("ud.txt")).unwrap(), "æøå");
    assert_eq!(world.refused("ticket attachment 2605-0001 1 --out ud.txt"), (5, "file.exists".to_owned()));
    assert_eq!(
        world.refused("ticket attachment 2605-0001 2 --out to.txt"),
        (4, "attachment.not-found".to_owned())
    );
}

#[test]
fn s_003_types_are_renamed_retired_and_taken_back() {
    let world = World::new();
    world.run("ticket type create --code adgang --name Adgang").ok();
    let update = |args: &str| world.json(&format!("ticket type update adgang {args}"));
    assert_eq!(update("--name Adgange")["item"]["name"], "Adgange");
    world.run("ticket type retire adgang").ok();
    assert_eq!(update("--status active")["item"]["status"], "active");
    assert_eq!(update("--status active")["result"], "unchanged");
    assert_eq!(world.refused("ticket type update andet --name X"), (4, "ticket-type.not-found".to_owned()));
}

#[test]
fn what_is_closed_is_told_in_every_format_without_being_held() {
    let world = with_ticket();
    world.run("ticket create --tenant 10213231 --requester anna.holm@oes.example.dk --subject To").ok();
    world.run("ticket advance 2605-0001 --to done").ok();
    world.wait(Duration::hours(1));
    world.run("ticket advance 2605-0002 --to done").ok();
    world.wait(Duration::hours(167));
    let said = |format: &str| world.run(&format!("ticket close-due --explain -n --format {format}")).ok().out;
    let (pretty, line) = (said("json"), said("jsonl"));
    assert_eq!(line.lines().count(), 1);
    let answer: serde_json::Value = serde_json::from_str(&pretty).unwrap();
    assert_eq!(answer, serde_json::from_str::<serde_json::Value>(&line).unwrap());
    assert_eq!(
        answer,
        json!({
            "dry_run": true, "summary": {"due": 1, "closed": 1}, "warnings": [],
            "items": [
                {"key": "SAM 2605-0001", "done_at": "2026-05-04T08:00:00Z", "due_at": "2026-05-11T08:00:00Z", "result": "closed",
                 "why": "done for 168 hours or more, since 2026-05-04T08:00:00Z"},
                {"key": "SAM 2605-0002", "done_at": "2026-05-04T09:00:00Z", "due_at": "2026-05-11T09:00:00Z", "result": "kept",
                 "why": "done for less than 168 hours; due 2026-05-11T09:00:00Z"},
            ],
        })
    );
    assert_eq!(said("id"), "SAM 2605-0001\nSAM 2605-0002\n");
    assert!(said("csv").starts_with("key,result,message\r\nSAM 2605-0001,closed,"), "{}", said("csv"));
    assert!(said("table").contains("due: 1, closed: 1 (dry run: nothing was kept)\n"), "{}", said("table"));
    world.run("setting set ticket.reminder-hours 24").ok();
    let run = world.json("job run ticket-close-due");
    let counts = ["due", "closed", "reminded"].map(|name| run["items"][0][name].clone());
    assert_eq!(counts, [json!(1), json!(1), json!(1)], "{run}");
}

#[test]
fn cli_1_a_number_without_prefix_finds_a_ticket_of_an_older_prefix() {
    let world = World::peopled();
    world
        .run("ticket create --tenant oekonomistyrelsen --requester ida.lykkebo@oes.example.dk --subject x")
        .ok();
    world.run("setting set ticket.prefix KUN").ok();
    assert_eq!(world.json("ticket show 2605-0001")["number"], "SAM 2605-0001");
    assert_eq!(world.json("ticket show 'SAM 2605-0001'")["number"], "SAM 2605-0001");
    assert_eq!(world.refused("ticket show 'KUN 2605-0001'").0, 4);
}
