//! Imports of figures: wrong rows, corrections, months to come, standard input; measures.

use serde_json::json;

use super::{HEADING, answer, cases, counts, figures, fixture, known, world};
use crate::support::World;

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

#[test]
fn issue_6_one_round_tells_everything_that_stands_in_the_way() {
    let world = world();
    let row = |month: &str, rest: &str| format!("01-{month}-2026;A1;10213231;Bogføringskreds;12345;{rest}");
    let first = [row("03", "Kreditor;10;10;0;;;;Ja"), row("04", "Kreditor;10;10;0;;;;Nej")];
    world.write("first.csv", figures(&first.each_ref().map(String::as_str)));
    world.run("kpi import first.csv").ok();
    world.run("kpi close 2026-03").ok();
    let second = [
        row("03", "Kreditor;10;9;1;;;;Ja"),
        row("04", "Kreditor;10;8;2;;;;Nej"),
        row("05", "Kreditor;10;8;1;;;;Nej"),
    ];
    world.write("second.csv", figures(&second.each_ref().map(String::as_str)));
    let (code, error) = answer(&world, "kpi import second.csv --errors-to wrong.csv");
    assert_eq!(code, 65, "{error}");
    let details = error["error"]["details"].as_array().unwrap();
    let told: Vec<_> = details
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    assert_eq!(told[..2], [(2, "kpi.month-closed"), (3, "kpi.differs")]);
    assert_eq!(told[2].0, 4, "what is wrong in the third row is told too: {told:?}");
    let aside = std::fs::read_to_string(world.path("wrong.csv")).unwrap();
    assert_eq!(aside.lines().count(), 4, "all of them are set aside: {aside}");
}

#[test]
fn money_is_shown_as_money() {
    let world = world();
    let row = "01-03-2026;B3;10213231;Løngruppe;999;;;;;;88.458.063,11;44,10;Nej";
    world.write("b3.csv", figures(&[row]));
    world.run("kpi import b3.csv").ok();
    let shown = world.run("kpi list").ok().out;
    assert!(shown.contains("88.458.063,11") && shown.contains("88.458.019,01"), "{shown}");
    let rows = world.json("kpi list");
    assert_eq!((&rows[0]["denominator"], &rows[0]["value_kind"]), (&json!(8_845_806_311_i64), &json!("ore")));
    let excel = world.run("kpi list --format csv --csv-dialect excel-da").ok().out;
    assert!(excel.contains("88458063,11"), "{excel}");
}
