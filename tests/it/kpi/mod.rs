//! Imports of figures and cases as people type them: wrong rows, corrections, cases and what was late, completeness.

mod cases;
mod complete;
mod figures;

use std::path::Path;

use serde_json::Value;

use crate::support::World;

const HEADING: &str = "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet";
const CASES: &str = "Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Sagsnummer;Modtaget;Behandlet";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kpi").join(name)).unwrap()
}

/// The units of the fixtures.
fn world() -> World {
    let world = World::new();
    for line in [
        "tenant create --cvr 10213231 --name Økonomistyrelsen",
        "tenant create --cvr 53383211 --name Kriminalforsorgen",
        "tenant create --cvr 34051178 --name Digitaliseringsstyrelsen",
        "unit create --tenant 10213231 --kind accounting --number 12345",
        "unit create --tenant 10213231 --kind payroll --number 999",
        "unit create --tenant 53383211 --kind accounting --number 23456",
        "unit create --tenant 53383211 --kind payroll --number 017",
        "unit create --tenant 34051178 --kind accounting --number 34567",
    ] {
        world.run(line).ok();
    }
    world
}

fn figures(rows: &[&str]) -> String {
    format!("{HEADING}\r\n{}\r\n", rows.join("\r\n"))
}

fn cases(rows: &[&str]) -> String {
    let rows: Vec<_> = rows.iter().map(|row| format!("A1;10213231;Bogføringskreds;12345;{row}")).collect();
    format!("{CASES}\r\n{}\r\n", rows.join("\r\n"))
}

/// The exit code and the answer, wherever it stands.
fn answer(world: &World, line: &str) -> (u8, Value) {
    let said = world.run(&format!("{line} --format json"));
    let text = if said.out.is_empty() { &said.err } else { &said.out };
    (said.code, serde_json::from_str(text).unwrap())
}

fn counts(answer: &Value) -> [u64; 5] {
    ["rows", "created", "updated", "unchanged", "failed"]
        .map(|name| answer["summary"][name].as_u64().unwrap())
}

/// Numerator and denominator of every figure, by month.
fn known(world: &World) -> Vec<(String, i64, i64)> {
    let rows = world.json("kpi list");
    let rows = rows.as_array().unwrap().iter();
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
    rows.map(|row| {
        (row["month"].as_str().unwrap().to_owned(), number(row, "numerator"), number(row, "denominator"))
    })
    .collect()
}
