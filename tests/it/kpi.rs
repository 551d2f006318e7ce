//! Imports of figures and cases as people type them: wrong rows, corrections, cases and what was late, completeness.

use std::path::Path;

use serde_json::{Value, json};

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

#[test]
fn issue_6_the_right_rows_are_taken_and_the_wrong_ones_set_aside_to_be_mended() {
    let world = world();
    world.write("broken.csv", fixture("broken.csv"));
    let (code, error) = answer(&world, "kpi import broken.csv --errors-to all.csv");
    assert_eq!((code, &error["error"]["code"]), (65, &json!("file.invalid")));
    assert_eq!(world.json("kpi list"), json!([]));
    // Both rows about the same are set aside: one of them is right, but nobody knows which.
    let aside = String::from_utf8(std::fs::read(world.path("all.csv")).unwrap()).unwrap();
    assert_eq!(aside.lines().count(), 1 + 11, "{aside}");

    // All of its rows are wrong, so that there are no others to be taken.
    let (code, error) = answer(&world, "kpi import broken.csv --on-error continue --errors-to wrong.csv");
    assert_eq!((code, &error["error"]["code"]), (65, &json!("file.invalid")));
    assert_eq!(std::fs::read_to_string(world.path("wrong.csv")).unwrap(), aside);
}

#[test]
fn issue_6_rows_set_aside_are_mended_and_imported_again() {
    let world = world();
    let rows = [
        "01-05-2026;A1;10213231;Bogføringskreds;12345;Kreditor;1.200;1.190;10;;;;Nej",
        "01-05-2026;A2;12345678;Bogføringskreds;12345;\"Debitor; øst\";300;299;1;;;;Nej",
        "01-05-2026;A3;10213231;Bogføringskreds;12345;(Tom);500;490;9;;;;Nej",
        "01-05-2026;A3;10213231;Bogføringskreds",
    ];
    world.write("maj.csv", figures(&rows));
    let (code, done) = answer(&world, "kpi import maj.csv --on-error continue --errors-to wrong.csv");
    assert_eq!((code, counts(&done)), (3, [4, 1, 0, 0, 3]));
    let item = &done["items"][0];
    assert_eq!((&item["line"], &item["result"]), (&json!(3), &json!("failed")));
    assert_eq!(item["key"], "01-05-2026:A2:Bogføringskreds:12345:Debitor; øst");
    assert_eq!(item["errors"][0]["code"], "cvr.invalid");
    assert_eq!(item["errors"][0]["column"], "CVR-nummer");
    let wrong = std::fs::read_to_string(world.path("wrong.csv")).unwrap();
    let lines: Vec<_> = wrong.lines().collect();
    assert_eq!(lines[0], format!("{HEADING};Fejl"));
    assert!(
        lines[1].starts_with("01-05-2026;A2;12345678;Bogføringskreds;12345;\"Debitor; øst\";300;"),
        "{wrong}"
    );
    assert!(lines[1].contains(";Nej;\"cvr.invalid: "), "{wrong}");
    // It is not replaced unasked; and the row that was cut off stays refused until somebody has looked at it.
    assert_eq!(world.refused("kpi import maj.csv --on-error continue --errors-to wrong.csv").0, 5);
    let mended = wrong.replace("12345678", "10213231").replace(";490;9;", ";490;10;");
    world.write("mended.csv", &mended);
    let (code, done) = answer(&world, "kpi import mended.csv --on-error continue");
    assert_eq!((code, counts(&done)), (3, [3, 2, 0, 0, 1]));
    assert_eq!(done["items"][0]["errors"][0]["code"], "row.too-short");
    // A dry run says the same and writes no file.
    let (code, dry) = answer(&world, "kpi import maj.csv --on-error continue --errors-to dry.csv -n");
    assert_eq!((code, counts(&dry)), (3, [4, 0, 0, 1, 3]));
    assert!(!world.path("dry.csv").exists());
}

#[test]
fn issue_6_text_behind_a_closing_quote_is_no_figure() {
    let world = world();
    let row = "01-05-2026;A1;10213231;Bogføringskreds;12345;;\"1\"2;12;0;;;;Nej";
    world.write("maj.csv", figures(&[row]));
    let (code, error) = answer(&world, "kpi import maj.csv");
    assert_eq!((code, &error["error"]["details"][0]["code"]), (65, &json!("quote.misplaced")));
}

#[test]
fn issue_6_a_figure_known_otherwise_is_a_wrong_row_unless_it_is_to_be_corrected() {
    let world = world();
    let row = |area: &str, within: u32| {
        format!("01-05-2026;A1;10213231;Bogføringskreds;12345;{area};100;{within};{};;;;Nej", 100 - within)
    };
    world.write("a.csv", figures(&[&row("X", 90), &row("Y", 80)]));
    world.write("b.csv", figures(&[&row("X", 91), &row("Y", 80), &row("Z", 70)]));
    world.run("kpi import a.csv").ok();
    let (code, error) = answer(&world, "kpi import b.csv --errors-to differs.csv");
    assert_eq!((code, &error["error"]["code"]), (5, &json!("kpi.differs")));
    let aside = std::fs::read_to_string(world.path("differs.csv")).unwrap();
    assert!(aside.lines().count() == 2 && aside.contains("kpi.differs: "), "{aside}");
    let (code, done) = answer(&world, "kpi import b.csv --on-error continue");
    assert_eq!((code, counts(&done)), (3, [3, 1, 0, 1, 1]));
    assert_eq!(done["items"][0]["errors"][0]["code"], "kpi.differs");
    let (code, done) = answer(&world, "kpi import b.csv --correct");
    assert_eq!((code, counts(&done)), (0, [3, 0, 1, 2, 0]));
}

#[test]
fn issue_6_more_wrong_rows_than_anybody_mends_are_not_collected() {
    let world = world();
    let row = "01-05-2026;A1;12345678;Bogføringskreds;12345;X;100;90;10;;;;Nej";
    world.write("a.csv", figures(&vec![row; 10_050]));
    let (code, error) = answer(&world, "kpi import a.csv --on-error continue");
    assert_eq!((code, error["error"]["details"].as_array().unwrap().len()), (65, 1000));
    assert!(error["error"]["message"].as_str().unwrap().contains("10,000"), "{error}");
    let (_, error) = answer(&world, "kpi import a.csv");
    assert!(error["error"]["message"].as_str().unwrap().contains("10050 errors"), "{error}");
}

#[test]
fn issue_6_nothing_is_known_of_a_month_to_come() {
    let world = world();
    let row = |month: &str| format!("{month};A1;10213231;Bogføringskreds;12345;X;100;90;10;;;;Ja");
    let rows = [row("01-05-2026"), row("01-06-2026"), row("2062-05")];
    world.write("a.csv", figures(&rows.iter().map(String::as_str).collect::<Vec<_>>()));
    let (code, error) = answer(&world, "kpi import a.csv --close");
    let details = error["error"]["details"].as_array().unwrap();
    let told: Vec<_> =
        details.iter().map(|fault| (&fault["line"], &fault["column"], &fault["code"])).collect();
    let (column, future) = (json!("Måned"), json!("kpi.month-future"));
    assert_eq!((code, told), (65, vec![(&json!(3), &column, &future), (&json!(4), &column, &future)]));
    for month in ["2026-06", "2062-05"] {
        assert_eq!(world.refused(&format!("kpi close {month}")), (5, "kpi.month-future".to_owned()));
    }
    // It is June at midnight in Copenhagen, two hours before it is in Greenwich.
    world.now.set("2026-05-31T22:00:00Z".parse().unwrap());
    assert_eq!(answer(&world, "kpi import a.csv --close --on-error continue").1["summary"]["created"], 2);
    world.run("kpi close 2026-06").ok();
}

#[test]
fn issue_6_nothing_is_created_for_an_institution_that_is_archived() {
    let world = world();
    world.run("tenant create --cvr 17143611 --name Nedlagt").ok();
    world.run("tenant archive nedlagt --yes").ok();
    let rows = [
        "2026-04;A1;10213231;Bogføringskreds;77777;X;100;90;10;;;;",
        "2026-04;A1;17143611;Bogføringskreds;88888;X;100;90;10;;;;",
    ];
    world.write("a.csv", figures(&rows));
    let (code, error) = answer(&world, "kpi import a.csv --create-units");
    let fault = &error["error"]["details"][0];
    assert_eq!((code, &fault["line"], &fault["column"]), (65, &json!(3), &json!("CVR-nummer")));
    assert_eq!(fault["code"], "tenant.archived");
    let (code, done) = answer(&world, "kpi import a.csv --create-units --on-error continue");
    assert_eq!((code, counts(&done)), (3, [2, 1, 0, 0, 1]));
}

#[test]
fn cli_2_a_file_may_come_from_standard_input() {
    let world = world();
    let row = "2026-04;A2;10213231;Bogføringskreds;12345;X;100;90;10;;;;";
    world.run_with_input("kpi import -", &figures(&[row])).ok();
    let case = cases(&["X;S-1;01-04-2026;08-04-2026"]);
    world.run_with_input("kpi import - --items", &case).ok();
    assert_eq!(known(&world), [("2026-04".to_owned(), 0, 1), ("2026-04".to_owned(), 90, 100)]);
    let said = world.run_with_input("kpi import -", "x");
    assert_eq!(said.code, 65, "{said}");
}

#[test]
fn issue_6_cases_are_judged_and_add_up_to_the_figures_of_their_months() {
    let world = world();
    world.run("calendar add 2026-04-01 --name Lukket").ok();
    let first = [
        // Received before Easter, handled on the first working day behind it: 1, since 1 April is closed.
        "Kreditor;S-1;31-03-2026;07-04-2026",
        "Kreditor;S-2;2026-03-31;2026-04-08",
        // Handled on a Saturday: 0.
        "Kreditor;S-3;24-04-2026;25-04-2026",
        "(Tom);S-4;24-04-2026;28-04-2026",
        "(Tom);S-5;24-04-2026;",
        "(Tom);S-6;01-05-2026;",
    ];
    world.write("april.csv", cases(&first));
    let (code, done) = answer(&world, "kpi import april.csv --items");
    assert_eq!((code, counts(&done), &done["summary"]["figures"]), (0, [6, 6, 0, 0, 0], &json!(2)));
    assert_eq!(done["summary"]["months"], json!(["2026-04"]));
    let april = |within, all| ("2026-04".to_owned(), within, all);
    assert_eq!(known(&world), [april(0, 1), april(2, 3)]);
    assert_eq!(counts(&answer(&world, "kpi import april.csv --items").1), [6, 0, 0, 6, 0]);

    // What was late, and what is: it is 4 May, and S-5 is old by now.
    let late = |world: &World, line: &str| -> Vec<String> {
        let rows = world.json(&format!("report late --measure A1 {line}"));
        rows.as_array().unwrap().iter().map(|row| row["case"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(late(&world, ""), ["S-2", "S-4", "S-5"]);
    assert_eq!(late(&world, "--year 2025"), [] as [&str; 0]);
    assert_eq!(late(&world, "--to 2026-04"), ["S-2", "S-4"]);
    assert_eq!(late(&world, "--from 2026-05 --tenant 10213231"), ["S-5"]);
    assert_eq!(late(&world, "--unit accounting:34567"), [] as [&str; 0]);
    let rows = world.json("report late --measure A1");
    assert_eq!(
        rows[0],
        json!({"measure": "A1", "tenant": "oekonomistyrelsen", "unit": "accounting:12345", "service_area": "Kreditor",
               "case": "S-2", "received": "2026-03-31", "handled": "2026-04-08", "working_days": 2, "limit": 1})
    );
    assert_eq!((&rows[2]["handled"], &rows[2]["working_days"]), (&json!(null), &json!(6)));
    assert_eq!(world.refused("report late --measure B1").0, 2);
    assert_eq!(world.refused("report late --measure C9").0, 4);
    assert_eq!(world.refused("report late --measure A1 --from 2026-05 --to 2026-04").0, 2);

    // What was open is handled, and a case comes on top: no correction.
    world.write("mere.csv", cases(&["(Tom);S-5;24-04-2026;27-04-2026", "(Tom);S-7;30-04-2026;30-04-2026"]));
    assert_eq!(counts(&answer(&world, "kpi import mere.csv --items").1), [2, 1, 1, 0, 0]);
    assert_eq!(known(&world), [april(2, 3), april(2, 3)]);
    // A case known otherwise is one; it moves to May, and both months are put right.
    world.write("ret.csv", cases(&["(Tom);S-7;30-04-2026;04-05-2026"]));
    assert_eq!(world.refused("kpi import ret.csv --items"), (5, "kpi.differs".to_owned()));
    assert_eq!(counts(&answer(&world, "kpi import ret.csv --items --correct").1), [1, 0, 1, 0, 0]);
    assert_eq!(known(&world), [april(1, 2), april(2, 3), ("2026-05".to_owned(), 0, 1)]);
    // A closed month stays as it is.
    world.run("kpi close 2026-04").ok();
    world.write("sent.csv", cases(&["X;S-8;30-04-2026;30-04-2026", "X;S-9;30-04-2026;04-05-2026"]));
    assert_eq!(world.refused("kpi import sent.csv --items"), (5, "kpi.month-closed".to_owned()));
    let (code, done) = answer(&world, "kpi import sent.csv --items --on-error continue");
    assert_eq!((code, counts(&done)), (3, [2, 1, 0, 0, 1]));
    world.write("nu.csv", cases(&["X;S-8;30-04-2026;04-05-2026", "X;S-2;31-03-2026;09-04-2026"]));
    assert_eq!(world.refused("kpi import nu.csv --items --correct"), (5, "kpi.month-closed".to_owned()));
}

#[test]
fn issue_6_a_figure_that_came_from_a_monthly_file_is_not_replaced_by_its_cases_unasked() {
    let world = world();
    world.write("maj.csv", figures(&["01-05-2026;A1;10213231;Bogføringskreds;12345;X;3;2;1;;;;Nej"]));
    world.run("kpi import maj.csv").ok();
    let two = ["X;S-1;30-04-2026;04-05-2026", "X;S-2;01-05-2026;04-05-2026", "Y;S-3;01-05-2026;04-05-2026"];
    world.write("sager.csv", cases(&two));
    assert_eq!(world.refused("kpi import sager.csv --items"), (5, "kpi.differs".to_owned()));
    let (code, done) =
        answer(&world, "kpi import sager.csv --items --on-error continue --errors-to wrong.csv");
    assert_eq!((code, counts(&done)), (3, [3, 1, 0, 0, 2]));
    assert_eq!(std::fs::read_to_string(world.path("wrong.csv")).unwrap().lines().count(), 3);
    assert_eq!(counts(&answer(&world, "kpi import sager.csv --items --correct").1), [3, 2, 0, 1, 0]);
    let may = |within, all| ("2026-05".to_owned(), within, all);
    assert_eq!(known(&world), [may(1, 2), may(1, 1)]);
    // The monthly file again: known otherwise, now the other way round.
    assert_eq!(world.refused("kpi import maj.csv"), (5, "kpi.differs".to_owned()));
}

#[test]
fn issue_6_what_is_wrong_with_cases_is_told() {
    let world = world();
    world.run("kpi measure create A9 --name Ny --basis within-limit --unit-kind accounting").ok();
    let rows = [
        "A1;10213231;Bogføringskreds;12345;;S-1;04-05-2026;01-05-2026",
        "A1;10213231;Bogføringskreds;12345;;S-2;05-05-2026;",
        "A1;10213231;Bogføringskreds;12345;;S-3;1/5-26;31-02-2026",
        "A1;10213231;Bogføringskreds;12345;;;01-05-2026;",
        "A1;10213231;Bogføringskreds;12345;;4,12E+12;01-05-2026;",
        "B1;10213231;Løngruppe;999;;S-6;01-05-2026;",
        "A1;10213231;Bogføringskreds;12345;;S-7;30-11-2020;",
        "A9;10213231;Bogføringskreds;12345;;S-8;01-05-2026;",
        "A1;10213231;Bogføringskreds;12345;;S-9;01-05-2026;",
        "A1;10213231;Bogføringskreds;12345;X;S-9;30-04-2026;",
    ];
    world.write("sager.csv", format!("{CASES}\n{}\n", rows.join("\n")));
    let (code, error) = answer(&world, "kpi import sager.csv --items");
    let details = error["error"]["details"].as_array().unwrap();
    let found: Vec<_> = details
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    let expected = [
        (2, "handled.too-early"),
        (3, "date.future"),
        (4, "date.invalid"),
        (4, "date.invalid"),
        (5, "case.invalid"),
        (6, "excel.scientific"),
        (7, "measure.no-cases"),
        (8, "target.missing"),
        (9, "target.missing"),
        (11, "row.duplicate"),
    ];
    assert_eq!((code, found), (65, expected.to_vec()));
    assert_eq!(world.run("kpi import sager.csv --items --close").code, 2);
    // A new measure takes cases once it has a limit (K-170), and is reported on.
    world.run("kpi target set --measure A9 --from 2026-01-01 --percent 90 --max-days 0").ok();
    world.write("ny.csv", format!("{CASES}\nA9;10213231;Bogføringskreds;12345;;S-8;29-04-2026;30-04-2026\n"));
    world.run("kpi import ny.csv --items").ok();
    world.run("kpi close 2026-04").ok();
    let report = world.json("report kpi --measure A9");
    assert_eq!((&report[0]["numerator"], &report[0]["denominator"]), (&json!(0), &json!(1)));
    assert_eq!((&report[0]["target_bp"], &report[0]["met"]), (&json!(9000), &json!(false)));
}

#[test]
fn domain_0_1_what_a_new_target_does_not_say_stays_as_it_was() {
    let world = World::new();
    let set = |line: &str| {
        let target = &world.json(&format!("kpi target set --measure A1 --from {line}"))["item"];
        (target["target_bp"].clone(), target["max_days"].clone())
    };
    assert_eq!(set("2026-03-01 --percent 95"), (json!(9500), json!(1)));
    assert_eq!(set("2026-04-01 --max-days 2"), (json!(9500), json!(2)));
    assert_eq!(set("2021-01-01 --percent 90"), (json!(9000), json!(3)));
    // Before the first one nothing is in force; an empty text empties.
    assert_eq!(set("2019-01-01 --percent 90"), (json!(9000), Value::Null));
    assert_eq!(set("2026-04-01 --percent ''"), (Value::Null, json!(2)));
    assert_eq!(set("2026-04-01 --max-days ''"), (Value::Null, Value::Null));
    for days in ["-1", "367", "x"] {
        let line = format!("kpi target set --measure A1 --from 2026-04-01 --max-days={days}");
        assert_eq!(world.refused(&line).0, 2, "{line}");
    }
}

#[test]
fn domain_2_1_a_case_is_judged_by_the_limit_in_force_when_it_came() {
    let world = world();
    // Until 2025 three working days, from 2026 on one.
    world.write("sager.csv", cases(&["X;S-1;30-12-2025;05-01-2026", "X;S-2;02-01-2026;06-01-2026"]));
    world.run("kpi import sager.csv --items").ok();
    let late = world.json("report late --measure A1");
    assert_eq!(late.as_array().unwrap().len(), 1);
    assert_eq!((&late[0]["case"], &late[0]["limit"]), (&json!("S-2"), &json!(1)));
    // A limit that is set anew judges anew, and that is a correction.
    assert_eq!(counts(&answer(&world, "kpi import sager.csv --items").1)[3], 2);
    world.run("kpi target set --measure A1 --from 2026-01-01 --max-days 2").ok();
    assert_eq!(world.refused("kpi import sager.csv --items"), (5, "kpi.differs".to_owned()));
    world.run("kpi import sager.csv --items --correct").ok();
    assert_eq!(world.json("report late --measure A1"), json!([]));
    assert_eq!(known(&world), [("2026-01".to_owned(), 2, 2)]);
}

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

#[test]
fn issue_6_a_unit_that_moves_leaves_its_figures_and_cases_where_they_were() {
    let world = world();
    let row = |month: u32| format!("2026-{month:02};A2;10213231;Bogføringskreds;12345;;10;9;1;;;;");
    world.write("a.csv", figures(&[&row(3), &row(4)]));
    world.run("kpi import a.csv").ok();
    world.write("s.csv", cases(&["X;S-1;02-03-2026;10-03-2026", "X;S-2;02-04-2026;30-04-2026"]));
    world.run("kpi import s.csv --items").ok();
    world.run("unit move accounting:12345 --to 34051178 --from 2026-04 --yes").ok();
    world.run("kpi close 2026-03").ok();
    world.run("kpi close 2026-04").ok();
    for (cvr, month, case) in [("10213231", "2026-03", "S-1"), ("34051178", "2026-04", "S-2")] {
        let rows = world.json(&format!("kpi list --tenant {cvr}"));
        let months: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["month"].clone()).collect();
        assert_eq!(months, [month, month]);
        let report = world.json(&format!("report kpi --measure A2 --tenant {cvr}"));
        assert_eq!(report[0]["denominator"], 10);
        let late = world.json(&format!("report late --measure A1 --tenant {cvr}"));
        assert_eq!((late.as_array().unwrap().len(), &late[0]["case"]), (1, &json!(case)));
    }
    // Who held the unit before sees by its number their own months; who holds it now, theirs; the provider all.
    for (who, cvr) in [("anna@oes.example.dk", "10213231"), ("xenia@digst.example.dk", "34051178")] {
        world
            .run(&format!("user create --email {who} --name X --b-number B{cvr} --rights {cvr}:reports"))
            .ok();
    }
    let of = |line: &str| world.json(&format!("{line} --unit accounting:12345"));
    let months = |who: &str| -> Vec<Value> {
        let rows = of(&format!("kpi list --measure A2 {who}"));
        rows.as_array().unwrap().iter().map(|row| row["month"].clone()).collect()
    };
    assert_eq!(months(""), ["2026-03", "2026-04"]);
    for (who, month, case) in [("anna@oes", "2026-03", "S-1"), ("xenia@digst", "2026-04", "S-2")] {
        let as_them = format!("--as {who}.example.dk --reason prøve");
        assert_eq!(months(&as_them), [month]);
        assert_eq!(of(&format!("report kpi --measure A2 {as_them}"))[0]["denominator"], 10);
        let late = of(&format!("report late --measure A1 {as_them}"));
        assert_eq!((late.as_array().unwrap().len(), &late[0]["case"]), (1, &json!(case)));
    }
    // What is open is wanted of whom the unit belongs to, whenever it came; what was handled, of whose it was then.
    let case = |cvr: &str, case: &str| format!("A1;{cvr};Bogføringskreds;12345;X;{case}");
    let rows = [
        case("34051178", "S-3;02-03-2026;"),
        case("10213231", "S-4;02-03-2026;"),
        case("10213231", "S-5;02-03-2026;05-03-2026"),
        case("34051178", "S-6;02-03-2026;05-03-2026"),
    ];
    world.run("kpi reopen 2026-03 --reason Efternøler --yes").ok();
    world.write("t.csv", format!("{CASES}\n{}\n", rows.join("\n")));
    let (code, done) = answer(&world, "kpi import t.csv --items --on-error continue");
    assert_eq!((code, counts(&done), &done["summary"]["months"]), (3, [4, 2, 0, 0, 2], &json!(["2026-03"])));
    let failed: Vec<_> = done["items"].as_array().unwrap().iter().map(|item| &item["line"]).collect();
    assert_eq!(failed, [&json!(3), &json!(5)]);
    for (cvr, found) in [("10213231", ["S-1", "S-5"]), ("34051178", ["S-2", "S-3"])] {
        let late = world.json(&format!("report late --measure A1 --tenant {cvr}"));
        let mut late: Vec<_> = late.as_array().unwrap().iter().map(|row| row["case"].clone()).collect();
        late.sort_by_key(Value::to_string);
        assert_eq!(late, found);
    }
    // What comes for the months before is still the old institution's.
    world.write("b.csv", figures(&["2026-02;A2;34051178;Bogføringskreds;12345;;10;9;1;;;;"]));
    assert_eq!(world.refused("kpi import b.csv").0, 65);
}

#[test]
fn cli_2_a_measure_that_is_there_is_not_made_twice() {
    let world = World::new();
    let line = "kpi measure create A9 --name Ny --basis within-limit";
    world.run(line).ok();
    assert_eq!(world.refused(line), (5, "measure.exists".to_owned()));
    assert_eq!(world.json(&format!("{line} --if-not-exists"))["result"], "unchanged");
    let lower = format!("{line} --direction lower-is-better --if-not-exists");
    assert_eq!(world.refused(&lower), (5, "measure.differs".to_owned()));
    world.run("kpi measure create A8 --name Ny --basis without-error --direction lower-is-better").ok();
    let measures = world.json("kpi measure list");
    let told: Vec<_> = measures.as_array().unwrap()[3..5].iter().map(|row| &row["direction"]).collect();
    assert_eq!(told, ["lower-is-better", "higher-is-better"]);
    assert_eq!(measures[3]["value_kind"], "count");
    let other = "kpi measure create A9 --name Anden --basis within-limit --if-not-exists";
    assert_eq!(world.refused(other), (5, "measure.differs".to_owned()));
}
