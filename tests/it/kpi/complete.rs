//! What months lack, and who is told.

use serde_json::{Value, json};

use super::{answer, figures, world};
use crate::support::World;

/// The months with what is missing: units, measures, units that never had any.
fn missing(world: &World) -> Vec<(String, String)> {
    let rows = world.json("kpi months");
    let names = |row: &Value, field: &str| -> String {
        let names: Vec<_> =
            row[field].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        names.join(" ")
    };
    let told = |row: &Value| {
        let fields = ["missing_units", "missing_measures", "unused_units"];
        fields.map(|field| names(row, field)).join("|")
    };
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| (row["month"].as_str().unwrap().to_owned(), told(row)))
        .collect()
}

#[test]
fn issue_6_months_name_the_units_and_measures_that_are_missing() {
    let world = world();
    let row = |month: u32, measure: &str, unit: &str, cvr: &str| {
        format!("2026-{month:02};{measure};{cvr};Bogføringskreds;{unit};;10;9;1;;;;Ja")
    };
    let rows = [
        row(2, "A1", "12345", "10213231"),
        row(2, "A2", "12345", "10213231"),
        row(2, "A1", "23456", "53383211"),
        row(3, "A1", "12345", "10213231"),
        row(4, "A1", "12345", "10213231"),
    ];
    world.write("a.csv", figures(&rows.iter().map(String::as_str).collect::<Vec<_>>()));
    world.run("kpi import a.csv").ok();
    let line = |month: &str, told: &str| (month.to_owned(), told.to_owned());
    let never = "accounting:34567 payroll:017 payroll:999";
    // What a unit had in its latest month before is wanted: in April A2 is no news any more.
    let (march, april) = ("accounting:23456|accounting:12345:A2|", "accounting:23456||");
    let expected =
        [line("2026-02", "||"), line("2026-03", march), line("2026-04", &format!("{april}{never}"))];
    assert_eq!(missing(&world), expected);
    // Who makes a month final is told; the trail keeps no lists.
    let (_, closed) = answer(&world, "kpi close 2026-03");
    let warning = &closed["warnings"][0];
    assert_eq!(warning["code"], "kpi.month-incomplete");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("accounting:23456") && message.contains("accounting:12345:A2"), "{message}");
    assert_eq!((&closed["item"]["state"], &closed["item"]["rows"]), (&json!("closed"), &json!(1)));
    let entry = world.json("audit list --action kpi.close");
    let entry = world.json(&format!("audit show {}", entry[0]["seq"]));
    assert_eq!(entry["after"], json!({"month": "2026-03", "state": "closed", "rows": 1}));
    let (_, done) = answer(&world, "kpi import a.csv --close");
    let codes: Vec<_> = done["warnings"].as_array().unwrap().iter().map(|w| w["code"].clone()).collect();
    assert_eq!(codes, ["kpi.month-incomplete"]);
    // What is out of use is waited for until then: it still is missing where it was, and no longer from now on.
    world.write("b.csv", figures(&[&row(5, "A1", "12345", "10213231")]));
    world.run("kpi import b.csv").ok();
    world.run("unit archive accounting:23456 --yes").ok();
    world.run("unit archive accounting:34567 --yes").ok();
    world.run("kpi measure update A2 --status retired").ok();
    let never = "payroll:017 payroll:999";
    let expected = [
        line("2026-02", "||"),
        line("2026-03", "accounting:23456||"),
        line("2026-04", "accounting:23456||"),
        line("2026-05", &format!("||{never}")),
    ];
    assert_eq!(missing(&world), expected);
    world.run("unit update accounting:23456 --status active").ok();
    assert_eq!(missing(&world)[3], line("2026-05", &format!("accounting:23456||{never}")));
}

#[test]
fn issue_6_a_unit_is_waited_for_for_a_year() {
    let world = world();
    let row = |month: &str, unit: &str| {
        let cvr = if unit == "12345" { "10213231" } else { "34051178" };
        format!("{month};A1;{cvr};Bogføringskreds;{unit};;10;9;1;;;;")
    };
    let months = ["2024-01", "2024-02", "2025-01", "2025-02", "2025-03"];
    let mut rows: Vec<_> = months.iter().map(|month| row(month, "12345")).collect();
    rows.push(row("2024-01", "34567"));
    world.write("a.csv", figures(&rows.iter().map(String::as_str).collect::<Vec<_>>()));
    world.run("kpi import a.csv").ok();
    let found: Vec<_> = missing(&world).into_iter().map(|(_, told)| told).collect();
    let never = "||accounting:23456 payroll:017 payroll:999";
    assert_eq!(found, ["||", "accounting:34567||", "accounting:34567||", "||", never]);
    // A month without any figures lacks all that was there.
    let (_, closed) = answer(&world, "kpi close 2025-04");
    assert_eq!(closed["item"]["missing_units"], json!(["accounting:12345"]));
    assert_eq!(closed["warnings"][0]["code"], "kpi.month-empty");
}
