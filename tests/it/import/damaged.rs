//! Files that were cut off or damaged on the way.

use serde_json::{Value, json};

use super::{error, users};
use crate::support::World;

#[test]
fn short_and_long_rows_never_shift_values() {
    let world = World::peopled();
    world.write("u.csv", "E-mail;Navn;Titel\r\na@example.dk;A\r\nb@example.dk;B;C;D\r\n;\r\n");
    let (code, refused) = error(&world, "user import u.csv --mode create");
    let codes: Vec<_> =
        refused["details"].as_array().unwrap().iter().map(|fault| fault["code"].clone()).collect();
    assert_eq!((code, codes), (65, vec![json!("row.too-short"), json!("row.too-long")]));
    assert_eq!(world.run("user show a@example.dk").code, 4);
}

#[test]
fn a_row_with_an_open_quote_further_down_is_set_aside_too() {
    let world = World::peopled();
    world.write(
        "u.csv",
        "E-mail;Titel;Navn\r\ngod@example.dk;;God\r\nb@example.dk;\"Chef\r\ni\r\nnord\";\"Bo\r\nc@example.dk;;C\r\n",
    );
    let import = "user import u.csv --mode create --on-error continue --errors-to wrong.csv --format json";
    let said = world.run(import);
    let answer: Value = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}\n{said}"));
    assert_eq!((said.code, &answer["items"][1]["line"]), (3, &json!(3)));
    assert_eq!(answer["items"][1]["errors"][0]["code"], "quote.unclosed");
    assert_eq!(answer["items"][1]["errors"][0]["line"], 5, "where the quote opens");
    let wrong = std::fs::read_to_string(world.path("wrong.csv")).unwrap();
    assert!(wrong.contains("\r\nb@example.dk;\"Chef\r\ni\r\nnord\";\"Bo\r\nc@example.dk;;C"), "{wrong}");
    assert!(wrong.contains("quote.unclosed: "), "{wrong}");
}

#[test]
fn a_row_that_was_cut_off_stays_refused_in_the_file_of_rejected_rows() {
    let world = World::peopled();
    world.run("user update anna.holm@oes.example.dk --title Chef --phone 70101010").ok();
    let before = users(&world);
    let short = "anna.holm@oes.example.dk;Anna Bæk";
    let open = "anna.holm@oes.example.dk;Anna Bæk;;\"7010";
    for (row, code, filled) in [(short, "row.too-short", ";;"), (open, "quote.unclosed", "")] {
        world.write("u.csv", format!("E-mail;Navn;Titel;Telefon\r\n{row}\r\n"));
        assert_eq!(world.run("user import u.csv --mode update --errors-to w1.csv --force").code, 65);
        // Unmended, as often as one likes.
        for (file, next) in [("w1.csv", "w2.csv"), ("w2.csv", "w3.csv")] {
            let (exit, refused) =
                error(&world, &format!("user import {file} --mode update --errors-to {next} --force"));
            let fault = &refused["details"][0];
            assert_eq!((exit, &fault["code"], &fault["column"]), (65, &json!(code), &json!("Fejl")));
            assert!(fault["message"].as_str().unwrap().ends_with("then empty the cell Fejl"), "{fault}");
            assert_eq!(users(&world), before);
        }
        let wrong = std::fs::read_to_string(world.path("w3.csv")).unwrap();
        assert!(
            wrong.contains(&format!("{short}{filled};")) && wrong.contains(&format!(";{code}: ")),
            "{wrong}"
        );
    }
    world.write(
        "w1.csv",
        "E-mail;Navn;Titel;Telefon;Fejl\r\nanna.holm@oes.example.dk;Anna Bæk;Chef;70101010;\r\n",
    );
    let answer = world.json("user import w1.csv --mode update");
    assert_eq!(answer["items"][0]["changes"].as_array().unwrap().len(), 1, "{answer}");
}

#[test]
fn text_behind_a_closing_quote_is_damage() {
    let world = World::peopled();
    world.write("u.csv", "E-mail;Navn\r\na@example.dk;\"A\"\r\nb@example.dk;\"B\"foo\r\n");
    let said =
        world.run("user import u.csv --mode create --on-error continue --errors-to w.csv --format json");
    let answer: Value = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}\n{said}"));
    assert_eq!((said.code, &answer["summary"]["created"]), (3, &json!(1)));
    let fault = &answer["items"][1]["errors"][0];
    assert_eq!((&fault["code"], &fault["line"]), (&json!("quote.misplaced"), &json!(3)));
    // Set aside, it looks well; it stays refused until somebody has looked.
    let (_, refused) = error(&world, "user import w.csv --mode create");
    assert_eq!(refused["details"][0]["code"], "quote.misplaced", "{refused}");
    assert_eq!(world.run("user show b@example.dk").code, 4);
}

#[test]
fn domain_2_4_what_excel_broke_in_lists_codes_and_names_is_said_once() {
    let world = World::peopled();
    let faults = |noun: &str, file: &str| {
        world.write("f.csv", file);
        let (code, refused) = error(&world, &format!("{noun} import f.csv --mode create"));
        assert_eq!(code, 65, "{refused}");
        let of = |fault: &Value| format!("{}: {}", fault["column"], fault["code"]).replace('"', "");
        refused["details"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(
        faults(
            "tenant",
            "Kode;CVR-nummer;Navn;SE-numre;EAN/GLN\r\nmaj-26;53383211;01-02;1,71E+07;5,79E+12\r\n"
        ),
        ["Kode: excel.date", "Navn: excel.date", "SE-numre: excel.scientific", "EAN/GLN: excel.scientific"]
    );
    assert_eq!(
        faults("unit", "Kunde;Enhedstype;Enhedsnummer;Navn\r\n10213231;payroll;17;#N/A\r\n"),
        ["Navn: excel.error"]
    );
    assert_eq!(faults("user", "E-mail;Navn\r\na@example.dk;maj-26\r\n"), ["Navn: excel.date"]);
    assert_eq!(faults("contact", "Kunde;Navn\r\n10213231;1,02E+07\r\n"), ["Navn: excel.scientific"]);
    // Titles are free; and what was kept from Excel by a tab is meant.
    world.write("f.csv", "E-mail;Navn;Titel\r\na@example.dk;\"\tmaj-26\";maj-26\r\n");
    world.run("user import f.csv --mode create").ok();
    assert_eq!(world.json("user show a@example.dk")["name"], "maj-26");
}
