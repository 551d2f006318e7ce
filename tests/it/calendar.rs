//! The calendar as the provider keeps it.

use chrono::DateTime;
use serde_json::json;

use crate::support::World;

#[test]
fn domain_10_a_year_with_its_holidays_and_closed_days() {
    let world = World::new();
    let answer = world.json("calendar add 24-12-2026 --name Juleaftensdag");
    assert_eq!(
        (&answer["result"], &answer["item"]),
        (&json!("created"), &json!({"date": "2026-12-24", "name": "Juleaftensdag", "kind": "closed"}))
    );
    assert_eq!(answer["warnings"], json!([]));
    assert_eq!(
        world.run("calendar add 2027-12-24 --name Juleaftensdag").ok().out,
        "closed day 2027-12-24: created\n"
    );

    let days = world.json("calendar list");
    let days = days.as_array().unwrap();
    assert_eq!(days.len(), 11, "the present year, 2026");
    assert_eq!(days[5], json!({"date": "2026-05-14", "name": "ascension-day", "kind": "statutory"}));
    assert_eq!(days[8]["date"], "2026-12-24");

    let table = world.run("calendar list --year 2027").ok().out;
    for cell in
        ["Skærtorsdag", "06-05-2027", "Kristi himmelfartsdag", "Lovbestemt", "Juleaftensdag", "Lukket"]
    {
        assert!(table.contains(cell), "{cell}\n{table}");
    }
    assert!(world.run("calendar list --year 2023 --lang en").ok().out.contains("Great Prayer Day"));
    assert!(!world.run("calendar list --year 2024 --lang en").ok().out.contains("Great Prayer Day"));
    for year in ["1899", "2201", "now"] {
        assert_eq!(world.refused(&format!("calendar list --year {year}")).0, 2);
    }
}

#[test]
fn the_present_year_begins_in_copenhagen() {
    let world = World::new();
    world.now.set(DateTime::parse_from_rfc3339("2026-12-31T23:30:00Z").unwrap().to_utc());
    assert_eq!(world.json("calendar list")[0]["date"], "2027-01-01");
}

#[test]
fn a_day_is_added_once_and_removed_once() {
    let world = World::new();
    let add = "calendar add 2026-06-05 --name Grundlovsdag";
    world.run(add).ok();
    assert_eq!(world.refused(add), (5, "calendar.exists".to_owned()));
    assert_eq!(world.json(&format!("{add} --if-not-exists"))["result"], "unchanged");
    let other = "calendar add 2026-06-05 --name 'Fars dag' --if-not-exists";
    assert_eq!(world.refused(other), (5, "calendar.differs".to_owned()));
    assert_eq!(world.json("calendar remove 05-06-2026 --dry-run")["dry_run"], true);
    assert_eq!(world.json("calendar remove 05-06-2026")["result"], "deleted");
    assert_eq!(world.refused("calendar remove 2026-06-05"), (4, "closed-day.not-found".to_owned()));
    let trail = world.json("audit list --object closed-day:2026-06-05");
    assert_eq!(
        (&trail[0]["action"], &trail[1]["action"]),
        (&json!("calendar.remove"), &json!("calendar.add"))
    );
}

#[test]
fn holidays_are_the_laws() {
    let world = World::new();
    assert_eq!(world.refused("calendar remove 2026-12-25"), (6, "calendar.statutory".to_owned()));
    let answer = world.json("calendar add 2026-12-25 --name Lukket");
    assert_eq!(
        (&answer["result"], &answer["warnings"][0]["code"]),
        (&json!("created"), &json!("calendar.needless"))
    );
    let said = world.run("calendar add 2026-12-27 --name Lukket").ok();
    assert!(said.err.contains("is a Sunday: it is no working day anyway"), "{said}");
    assert_eq!(world.refused("calendar add 2226-12-25 --name X"), (2, "date.invalid".to_owned()));
    assert_eq!(world.refused("calendar add 2026-02-30 --name X"), (2, "date.invalid".to_owned()));
}
