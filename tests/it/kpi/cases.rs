//! Imports of cases: judged, added up, late, moved; and the limits by which that is done.

use serde_json::{Value, json};

use super::{CASES, answer, cases, counts, figures, known, world};
use crate::support::World;

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
fn a_calendar_that_changed_is_named_where_the_same_case_is_judged_otherwise() {
    let world = world();
    // Thursday to Monday over one closed day.
    world.write("s.csv", cases(&["Kreditor;S-1;16-04-2026;20-04-2026"]));
    world.run("kpi import s.csv --items").ok();
    world.run("calendar add 2026-04-17 --name Lukket").ok();
    let (code, error) = answer(&world, "kpi import s.csv --items");
    assert_eq!(code, 5, "{error}");
    let message = error["error"]["details"][0]["message"].as_str().unwrap();
    assert!(message.contains("the calendar or the limit was changed since"), "{message}");
    world.run("kpi import s.csv --items --correct").ok();
    assert_eq!(known(&world), [("2026-04".to_owned(), 1, 1)]);
}
