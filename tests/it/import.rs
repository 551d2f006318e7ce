//! Bulk CSV: `tenant import`, `unit import`, `user import`, `contact import` (LESSONS "Bulk CSV import").

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::World;

const USERS: &str = "E-mail;Navn;B-nummer;Telefon;Titel;Sprog;Rettigheder\r\n";

fn people(rows: &[&str]) -> String {
    format!("{USERS}{}\r\n", rows.join("\r\n"))
}

/// The user list without what an import cannot change.
fn users(world: &World) -> String {
    let fields = "--fields email,name,b_number,phone,title,language,rights";
    world.run(&format!("user list --format csv {fields}")).ok().out
}

fn error(world: &World, line: &str) -> (u8, Value) {
    let said = world.run(&format!("{line} --format json"));
    assert_eq!(said.out, "", "{line}");
    let error: Value = serde_json::from_str(&said.err).unwrap_or_else(|e| panic!("{line}: {e}\n{said}"));
    (said.code, error["error"].clone())
}

fn audit_entries(world: &World) -> i64 {
    world.json("audit verify")["entries"].as_i64().unwrap()
}

#[test]
fn users_are_created_with_rights_and_the_answer_names_every_change() {
    let world = World::peopled();
    world.write(
        "u.csv",
        people(&[
            "mette.friis@example.dk;Mette Friis;b234567;+45 70 10 10 10;Kontorchef;Dansk;oekonomistyrelsen:reader, 34051178:Rapporter",
            "bo.riis@example.dk;Bo Riis;;;;;",
        ]),
    );
    let answer = world.json("user import u.csv --mode create");
    let summary = &answer["summary"];
    assert_eq!(
        (
            &summary["rows"],
            &summary["created"],
            &summary["updated"],
            &summary["unchanged"],
            &summary["failed"]
        ),
        (&json!(2), &json!(2), &json!(0), &json!(0), &json!(0))
    );
    assert_eq!((&summary["encoding"], &summary["delimiter"]), (&json!("utf-8"), &json!(";")));
    assert_eq!(summary["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(answer["items"][1]["key"], "bo.riis@example.dk");
    assert_eq!(answer["items"][1]["line"], 3);
    assert_eq!(
        answer["items"][1]["changes"],
        json!([{"field": "name", "before": null, "after": "Bo Riis"}, {"field": "kind", "before": null, "after": "person"}])
    );
    let mette = world.json("user show mette.friis@example.dk");
    assert_eq!(
        (&mette["b_number"], &mette["phone"], &mette["language"]),
        (&json!("B234567"), &json!("70101010"), &json!("da"))
    );
    assert_eq!(
        mette["rights"],
        json!([{"tenant": "digitaliseringsstyrelsen", "right": "reports"}, {"tenant": "oekonomistyrelsen", "right": "reader"}])
    );
    assert_eq!(world.json("audit list --action user.import")[0]["after"]["summary"]["created"], 2);
    world.run("audit verify").ok();
}

#[test]
fn there_is_no_default_mode() {
    let world = World::peopled();
    world.write("u.csv", people(&["anna.holm@oes.example.dk;Anna;;;;;"]));
    let before = users(&world);
    insta::assert_snapshot!(world.run("user import u.csv"), @"
    ------- stderr -------
    error: --mode is missing: say what the rows may do to users
    hint: --mode create adds (a user that exists is an error), --mode update changes (one that does not exist is an error), --mode upsert does either; there is no default
    [exit code 2]
    ");
    assert_eq!(users(&world), before);
    for (mode, refusal) in [("create", "user.exists"), ("update", "")] {
        let said = world.run(&format!("user import u.csv --mode {mode} --format json"));
        assert_eq!(said.code, if refusal.is_empty() { 0 } else { 65 }, "{said}");
        assert!(said.err.contains(refusal), "{said}");
    }
    world.write("u.csv", people(&["ny@example.dk;Ny;;;;;"]));
    let (code, refused) = error(&world, "user import u.csv --mode update");
    assert_eq!((code, &refused["details"][0]["code"]), (65, &json!("user.not-found")));
    assert_eq!(world.json("user import u.csv --mode upsert")["summary"]["created"], 1);
}

#[test]
fn an_absent_column_leaves_alone_and_an_empty_cell_empties() {
    let world = World::peopled();
    world.run("user update anna.holm@oes.example.dk --title Chef --phone 70101010").ok();
    let before = world.json("user show anna.holm@oes.example.dk");
    world.write("u.csv", "E-mail;Titel\r\nANNA.HOLM@oes.example.dk;\r\n");
    let answer = world.json("user import u.csv --mode update");
    assert_eq!(
        answer["items"],
        json!([{"key": "anna.holm@oes.example.dk", "line": 2, "result": "updated",
                "changes": [{"field": "title", "before": "Chef", "after": null}]}])
    );
    let mut expected = before;
    expected["title"] = json!(null);
    assert_eq!(world.json("user show anna.holm@oes.example.dk"), expected, "nothing else changed");
    world.write("u.csv", "email,rights\nanna.holm@oes.example.dk,\n");
    world.run("user import u.csv --mode upsert").ok();
    assert_eq!(world.json("user show anna.holm@oes.example.dk")["rights"], json!([]));
    world.write("u.csv", "E-mail;Navn\r\nanna.holm@oes.example.dk;\r\n");
    let (_, refused) = error(&world, "user import u.csv --mode update");
    assert_eq!(
        refused["details"],
        json!([{"line": 2, "column": "Navn", "value": "", "code": "cell.empty", "message": "Navn must not be empty"}])
    );
}

#[test]
fn nothing_is_taken_of_a_file_with_a_fault_and_every_fault_is_told() {
    let world = World::peopled();
    world.write(
        "u.csv",
        people(&[
            "god@example.dk;God Nok;;;;;",
            "ikke-en-adresse;Per Vind;;;;;",
            "lea@example.dk;Lea Dal;;123;;xx;oekonomistyrelsen:chef",
            "mie@example.dk;Mie Bro;B123456;;;;",
            "nis@example.dk;Nis Kær;;;;;findes-ikke:reader",
        ]),
    );
    let entries = audit_entries(&world);
    let (code, refused) = error(&world, "user import u.csv --mode create");
    assert_eq!((code, &refused["code"]), (65, &json!("file.invalid")));
    let details: Vec<_> = refused["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            let text = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
            (fault["line"].as_i64().unwrap(), text("column"), text("value"), text("code"))
        })
        .collect();
    let of = |line, column: &str, value: &str, code: &str| {
        (line, column.to_owned(), value.to_owned(), code.to_owned())
    };
    assert_eq!(
        details,
        [
            of(3, "E-mail", "ikke-en-adresse", "email.invalid"),
            of(4, "Telefon", "123", "phone.invalid"),
            of(4, "Sprog", "xx", "language.invalid"),
            of(4, "Rettigheder", "oekonomistyrelsen:chef", "rights.invalid"),
            of(5, "E-mail", "mie@example.dk", "user.b-number-taken"),
            of(6, "E-mail", "nis@example.dk", "tenant.not-found"),
        ]
    );
    assert!(world.run("user show god@example.dk").code == 4);
    assert_eq!(audit_entries(&world), entries);
}

#[test]
fn continue_keeps_the_good_rows_and_sets_the_others_aside_ready_to_be_mended() {
    let world = World::peopled();
    let file = windows_1252(
        "E-mail;Navn;Titel;Rettigheder\r\n\
         søren@example.dk;Søren Ø;;\r\n\
         lea@example.dk;\"Lea; Dal\";Æstetiker;\r\n\
         mie@example.dk;Mie Åen;;oekonomistyrelsen:administrator\r\n",
    );
    world.write("u.csv", file);
    let said =
        world.run("user import u.csv --mode create --on-error continue --errors-to wrong.csv --format json");
    assert_eq!(said.code, 3, "{said}");
    let answer: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&answer["summary"]["created"], &answer["summary"]["failed"]), (&json!(1), &json!(2)));
    assert_eq!(answer["summary"]["encoding"], "windows-1252");
    let errors = |n: usize| answer["items"][n]["errors"][0]["code"].as_str().unwrap().to_owned();
    assert_eq!((errors(0), errors(2)), ("email.invalid".to_owned(), "rights.administrator-taken".to_owned()));
    assert_eq!(world.json("user show lea@example.dk")["name"], "Lea; Dal");
    assert_eq!(
        world.run("user show mie@example.dk").code,
        4,
        "a refused row leaves nothing, not even the user"
    );
    world.run("audit verify").ok();

    let wrong = std::fs::read(world.path("wrong.csv")).unwrap();
    let text: String = wrong.iter().map(|byte| char::from(*byte)).collect();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "E-mail;Navn;Titel;Rettigheder;Fejl");
    assert!(
        lines[1].starts_with("søren@example.dk;Søren Ø;;;\"email.invalid: ")
            || lines[1].starts_with("søren@example.dk;Søren Ø;;;email.invalid: "),
        "{text}"
    );
    assert!(
        lines[2].starts_with(
            "mie@example.dk;Mie Åen;;oekonomistyrelsen:administrator;rights.administrator-taken: "
        ),
        "{text}"
    );
    assert_eq!(lines.len(), 3);

    // Mended, with the column Fejl still there, it can be imported as it is.
    let mended = text.replacen("søren@", "soeren@", 1).replace(":administrator;", ":reader;");
    world.write("mended.csv", windows_1252(&mended));
    let answer = world.json("user import mended.csv --mode create");
    assert_eq!((&answer["summary"]["created"], &answer["warnings"]), (&json!(2), &json!([])));
    assert_eq!(world.json("user show soeren@example.dk")["name"], "Søren Ø");
}

/// Windows-1252, as far as Danish letters go.
fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn the_file_of_wrong_rows_is_begun_before_anything_is_done() {
    let world = World::peopled();
    world.write("u.csv", people(&["god@example.dk;God Nok;;;;;", "skidt;;;;;;"]));
    world.write("wrong.csv", "mine");
    let import = "user import u.csv --mode create --on-error continue --errors-to";
    assert_eq!(world.refused(&format!("{import} wrong.csv")), (5, "file.exists".to_owned()));
    assert_eq!(world.refused(&format!("{import} u.csv --force")), (2, "usage".to_owned()));
    assert_eq!(world.refused(&format!("{import} -")), (2, "usage".to_owned()));
    // Nor the input by another name.
    std::fs::create_dir(world.path("x")).unwrap();
    std::os::unix::fs::symlink("u.csv", world.path("link.csv")).unwrap();
    std::fs::hard_link(world.path("u.csv"), world.path("hard.csv")).unwrap();
    for name in ["x/../u.csv", "./u.csv", "link.csv", "hard.csv"] {
        assert_eq!(world.refused(&format!("{import} {name} --force")), (2, "usage".to_owned()), "{name}");
    }
    assert_eq!(world.refused(&format!("{import} x --force")), (5, "file.exists".to_owned()));
    assert_eq!(world.refused(&format!("{import} no/such/wrong.csv")), (4, "file.not-found".to_owned()));
    assert_eq!(world.run("user show god@example.dk").code, 4);
    let said = world.run(&format!("{import} wrong.csv --force --dry-run"));
    assert_eq!((said.code, std::fs::read(world.path("wrong.csv")).unwrap()), (3, b"mine".to_vec()));
    // Stopped: the file holds the wrong rows all the same.
    assert_eq!(world.run("user import u.csv --mode create --errors-to wrong.csv --force").code, 65);
    let wrong = std::fs::read_to_string(world.path("wrong.csv")).unwrap();
    assert!(
        wrong.contains("\nskidt;") && wrong.contains(" | cell.empty: ") && !wrong.contains("god@"),
        "{wrong}"
    );
    // Nothing wrong: no new file.
    world.write("u.csv", people(&["god@example.dk;God Nok;;;;;"]));
    world.run("user import u.csv --mode create --errors-to other.csv").ok();
    assert!(!world.path("other.csv").exists());
}

#[test]
fn if_every_row_fails_nothing_is_done() {
    let world = World::peopled();
    world.write("u.csv", people(&["skidt;A;;;;;", "anna.holm@oes.example.dk;B;;;;;"]));
    let (code, refused) = error(&world, "user import u.csv --mode create --on-error continue");
    assert_eq!((code, &refused["code"]), (65, &json!("file.invalid")));
    assert_eq!(refused["details"].as_array().unwrap().len(), 2);
    world.write("u.csv", USERS);
    assert_eq!(world.json("user import u.csv --mode create")["summary"]["rows"], 0);
}

#[test]
fn a_dry_run_names_every_change_and_makes_none() {
    let world = World::peopled();
    world.write("u.csv", "E-mail;Navn;Telefon\r\nanna.holm@oes.example.dk;Anna Bæk;70101010\r\nny@example.dk;Ny;\r\nida.lykkebo@oes.example.dk;Ida Lykkebo;\r\n");
    let before = (users(&world), audit_entries(&world));
    let said = world.run("user import u.csv --mode upsert --dry-run").ok();
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(
        &lines[..2],
        [
            "anna.holm@oes.example.dk (line 2): updated – Navn: Anna Holm → Anna Bæk, Telefon: (Tom) → 70101010",
            "ny@example.dk (line 3): created – Navn: Ny, Type: person",
        ]
    );
    assert!(
        lines[2].starts_with("rows: 3, created: 1, updated: 1, unchanged: 1, failed: 0, sha256: "),
        "{said}"
    );
    assert!(lines[2].ends_with("(dry run: nothing was kept)"), "{said}");
    let dry = world.json("user import u.csv --mode upsert --dry-run");
    assert_eq!((users(&world), audit_entries(&world)), before);
    let mut real = world.json("user import u.csv --mode upsert");
    assert_eq!(real["dry_run"], false);
    real["dry_run"] = json!(true);
    assert_eq!(dry, real);
}

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
fn unknown_doubled_and_missing_columns_are_refused_by_name() {
    let world = World::peopled();
    for (heading, code, named) in [
        ("E-mail;Navn;Adgangskode", "column.unknown", "Adgangskode"),
        ("E-mail;Navn;password", "column.unknown", "password"),
        ("E-mail;Navn;email", "column.doubled", "email"),
        ("Navn;Titel", "column.missing", "E-mail"),
        ("E-mail;Titel", "column.missing", "Navn"),
    ] {
        world.write("u.csv", format!("{heading}\r\n"));
        let (exit, refused) = error(&world, "user import u.csv --mode create");
        assert_eq!((exit, &refused["details"][0]["code"]), (65, &json!(code)), "{heading}");
        assert_eq!(refused["details"][0]["column"], named, "{heading}");
    }
}

#[test]
fn a_key_twice_in_one_file_names_both_lines() {
    let world = World::peopled();
    world.write("u.csv", people(&["a@example.dk;A;;;;;", "b@example.dk;B;;;;;", "A@Example.DK;C;;;;;"]));
    let (_, refused) = error(&world, "user import u.csv --mode create");
    assert_eq!(refused["details"].as_array().unwrap().len(), 2);
    for (n, line) in [(0, 2), (1, 4)] {
        let fault = &refused["details"][n];
        assert_eq!((&fault["code"], &fault["line"]), (&json!("key.doubled"), &json!(line)));
        assert!(fault["message"].as_str().unwrap().contains("lines 2, 4"), "{fault}");
    }
    world.write(
        "n.csv",
        "Kunde;Enhedstype;Enhedsnummer\r\n10213231;Løngruppe;17\r\n10213231;payroll;0017\r\n",
    );
    let (_, refused) = error(&world, "unit import n.csv --mode upsert");
    assert_eq!(refused["details"][0]["code"], "key.doubled");
    // One institution under two names: neither row is taken.
    world.write(
        "c.csv",
        "Kunde;Nøgle;Navn\r\n10213231;bo;Bo\r\nØkonomistyrelsen;bo;Bo Riis\r\noekonomistyrelsen;lea;Lea\r\nfindes-ikke;bo;Bo\r\n",
    );
    let said = world.run("contact import c.csv --mode upsert --on-error continue --format json");
    let answer: Value = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}\n{said}"));
    assert_eq!((&answer["summary"]["created"], &answer["summary"]["failed"]), (&json!(1), &json!(3)));
    for n in [0, 1] {
        let fault = &answer["items"][n]["errors"][0];
        assert_eq!(fault["code"], "key.doubled");
        assert!(fault["message"].as_str().unwrap().ends_with("lines 2, 3"), "{fault}");
    }
    assert_eq!(answer["items"][3]["errors"][0]["code"], "tenant.not-found");
    assert_eq!(world.run("contact list --format id").ok().out.lines().count(), 1);
    // Nor where one of them could not be read.
    world.write("c.csv", "Kunde;Nøgle;Telefon\r\n10213231;lea;1\r\noekonomistyrelsen;lea;70101010\r\n10213231;lea;70101011\r\n");
    let (_, refused) = error(&world, "contact import c.csv --mode update --on-error continue");
    assert!(refused["message"].as_str().unwrap().contains("4 errors in 3 of 3 rows"), "{refused}");
}

#[test]
fn a_key_that_is_there_thousands_of_times_names_three_lines_and_counts_the_others() {
    let world = World::peopled();
    let rows: Vec<_> = (0..5_000).map(|n| format!("a@example.dk;P {n};;;;;")).collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    world.write("u.csv", people(&rows));
    let (code, refused) = error(&world, "user import u.csv --mode create --errors-to wrong.csv");
    let said = "a@example.dk is in the file more than once: lines 2, 3, 4 and 4,997 more";
    assert_eq!(code, 65);
    for fault in [&refused["details"][0], &refused["details"][999]] {
        assert_eq!((&fault["code"], &fault["message"]), (&json!("key.doubled"), &json!(said)));
    }
    assert_eq!(refused["details"][999]["line"], 1001);
    let wrong = std::fs::read_to_string(world.path("wrong.csv")).unwrap();
    assert_eq!((wrong.lines().count(), wrong.matches(said).count()), (5_001, 5_000));
}

#[test]
fn what_is_told_of_a_cell_and_kept_of_a_file_has_a_limit() {
    let world = World::peopled();
    // 50,000 wrong values in one cell of 300 KiB: the message would be as long for each of them.
    let many = vec!["skidt"; 50_000].join(",");
    world.write("u.csv", people(&[&format!("a@example.dk;A;;;;;{many}")]));
    let (_, refused) = error(&world, "user import u.csv --mode create");
    let faults = refused["details"].as_array().unwrap();
    assert_eq!(faults.len(), 20);
    for fault in faults {
        assert_eq!(fault["value"].as_str().unwrap().chars().count(), 201, "{fault}");
    }
    let last = faults[19]["message"].as_str().unwrap();
    assert!(last.ends_with("; 49980 more values of this cell are wrong too"), "{last}");
    // The same right 20,000 times is one right.
    let same = vec!["oekonomistyrelsen:reader"; 20_000].join(" ");
    world.write("u.csv", people(&[&format!("a@example.dk;A;;;;;{same}")]));
    world.run("user import u.csv --mode create").ok();
    assert_eq!(world.json("user show a@example.dk")["rights"].as_array().unwrap().len(), 1);
    // Of a file with very much wrong, each row keeps its first fault; the others are counted.
    let rows: Vec<_> = (0..600).map(|n| format!("p{n}@example.dk;P;;1;;xx;")).collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    world.write("u.csv", people(&rows));
    let (_, refused) = error(&world, "user import u.csv --mode create");
    assert_eq!(refused["details"].as_array().unwrap().len(), 1000);
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("1200 errors in 600 of 600 rows, of which 200 more are not listed"),
        "{message}"
    );
    let said = world.run("user import u.csv --mode create --errors-to wrong.csv");
    assert_eq!(said.code, 65);
    let wrong = std::fs::read_to_string(world.path("wrong.csv")).unwrap();
    assert_eq!(wrong.lines().count(), 601);
    assert_eq!(wrong.matches("; 1 more error in this row").count(), 100, "{wrong}");
}

#[test]
fn a_row_about_what_there_is_not_says_so_without_a_look_at_all_there_is() {
    let world = World::peopled();
    for (noun, file, code, single) in [
        (
            "user",
            "E-mail\r\nanna.holn@oes.example.dk\r\n",
            "user.not-found",
            "user show anna.holn@oes.example.dk",
        ),
        (
            "user",
            "E-mail;Rettigheder\r\nanna.holm@oes.example.dk;oekonomistyrelse:reader\r\n",
            "tenant.not-found",
            "tenant show oekonomistyrelse",
        ),
        ("tenant", "Kode\r\noekonomistyrelse\r\n", "tenant.not-found", "tenant show oekonomistyrelse"),
        (
            "unit",
            "Enhedstype;Enhedsnummer\r\naccounting;12346\r\n",
            "unit.not-found",
            "unit show accounting:12346",
        ),
        (
            "contact",
            "Kunde;Nøgle\r\noekonomistyrelse;bo\r\n",
            "tenant.not-found",
            "tenant show oekonomistyrelse",
        ),
        (
            "contact",
            "Kunde;Nøgle;Enhed\r\noekonomistyrelsen;bo;accounting:12346\r\n",
            "unit.not-found",
            "unit show accounting:12346",
        ),
    ] {
        world.write("f.csv", file);
        let (_, refused) = error(&world, &format!("{noun} import f.csv --mode update"));
        let fault = &refused["details"][0];
        assert_eq!(fault["code"], code, "{refused}");
        assert!(fault["hint"].as_str().unwrap().ends_with("list` shows them all"), "{fault}");
        assert!(world.run(single).err.contains("did you mean"), "{single}");
    }
}

#[test]
fn an_invitation_is_queued_only_when_asked_for_and_only_for_the_new() {
    let world = World::peopled();
    let mails = |world: &World| world.json("mail list").as_array().unwrap().len();
    let before = mails(&world);
    world.write(
        "u.csv",
        people(&[
            "a@example.dk;A;;;;;",
            "anna.holm@oes.example.dk;Anna Holm;B123456;;;;oekonomistyrelsen:administrator",
        ]),
    );
    let quiet = world.json("user import u.csv --mode upsert --dry-run");
    assert_eq!(quiet["summary"].get("invited"), None);
    world.run("user import u.csv --mode upsert").ok();
    assert_eq!(mails(&world), before);
    world.write(
        "u.csv",
        people(&[
            "a@example.dk;A A;;;;;",
            "b@example.dk;B;;;;en;oekonomistyrelsen:reader",
            "c@example.dk;C;;;;;oekonomistyrelsen:administrator",
        ]),
    );
    let said = world.run("user import u.csv --mode upsert --on-error continue --invite --format json");
    let answer: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &answer["summary"]["invited"]), (3, &json!(1)));
    assert_eq!(mails(&world), before + 1, "neither the changed nor the refused are written to");
    let mail = world.json("mail list")[0].clone();
    assert_eq!(mail["to"], "b@example.dk");
    let text = world.json(&format!("mail show {}", mail["id"]))["text"].as_str().unwrap().to_owned();
    assert!(text.contains("Økonomistyrelsen"), "the rights stand in the mail: {text}");
}

#[test]
fn an_administrator_is_handed_over_within_one_file_in_any_order() {
    let world = World::peopled();
    world.write(
        "u.csv",
        "E-mail;Rettigheder\r\nida.lykkebo@oes.example.dk;oekonomistyrelsen:administrator\r\nanna.holm@oes.example.dk;oekonomistyrelsen:reader\r\n",
    );
    let answer = world.json("user import u.csv --mode update");
    assert_eq!((&answer["summary"]["updated"], &answer["summary"]["failed"]), (&json!(2), &json!(0)));
    assert_eq!(answer["items"][0]["key"], "ida.lykkebo@oes.example.dk", "told in the order of the file");
    world.write(
        "u.csv",
        "E-mail;B-nummer\r\nida.lykkebo@oes.example.dk;B123456\r\nanna.holm@oes.example.dk;B999999\r\n",
    );
    world.run("user import u.csv --mode update").ok();
}

#[test]
fn users_change_b_numbers_within_one_file() {
    let world = World::peopled();
    let people = [("a", "B000001"), ("b", "B000002"), ("c", "B000003"), ("d", "B000004")];
    for (name, b_number) in people {
        world
            .run(&format!(
                "user create --email {name}@example.dk --name {name} --b-number {b_number} --no-invite"
            ))
            .ok();
    }
    let file = |of: &[(&str, &str)]| {
        let rows = of.iter().map(|(name, b_number)| format!("{name}@example.dk;{b_number}\r\n"));
        format!("E-mail;B-nummer\r\n{}", rows.collect::<String>())
    };
    let has = |name: &str| world.json(&format!("user show {name}@example.dk"))["b_number"].clone();
    // Three in a ring.
    world.write("u.csv", file(&[("d", "B000009"), ("a", "B000002"), ("b", "B000003"), ("c", "B000001")]));
    let answer = world.json("user import u.csv --mode update");
    assert_eq!((&answer["summary"]["updated"], &answer["summary"]["failed"]), (&json!(4), &json!(0)));
    assert_eq!(
        answer["items"][1]["changes"],
        json!([{"field": "b_number", "before": "B000001", "after": "B000002"}])
    );
    assert_eq!([has("a"), has("b"), has("c"), has("d")], ["B000002", "B000003", "B000001", "B000009"]);
    // A ring of which one row cannot be taken is not taken, and nobody has lost anything.
    world.write(
        "u.csv",
        "E-mail;B-nummer;Rettigheder\r\na@example.dk;B000003;\r\nb@example.dk;B000002;findes-ikke:reader\r\nd@example.dk;B000004;\r\n",
    );
    let said = world.run("user import u.csv --mode update --on-error continue --format json");
    let answer: Value = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}\n{said}"));
    assert_eq!((said.code, &answer["summary"]["failed"]), (3, &json!(2)));
    assert_eq!(answer["items"][0]["errors"][0]["code"], "user.b-number-taken");
    assert_eq!(answer["items"][1]["errors"][0]["code"], "tenant.not-found");
    assert_eq!([has("a"), has("b"), has("d")], ["B000002", "B000003", "B000004"]);
    world.run("audit verify").ok();
}

#[test]
fn lists_come_back_unchanged() {
    let world = World::peopled();
    world.run("tenant update 10213231 --se-number 17143611 --se-number 29979812 --gln 5798000398566").ok();
    world.run("contact create --tenant 10213231 --name 'Bo Riis' --unit payroll:999 --email bo@example.dk --secure-email --role refund --role general --remarks 'a, b'").ok();
    world.run("contact create --tenant 34051178 --name 'Lea Dal' --phone 70101010").ok();
    for (noun, fields) in [
        ("tenant", "code,cvr,name,ministry,se_numbers,glns,account_manager"),
        ("unit", "tenant,kind,number,name,server,database,ldv"),
        ("user", "email,name,b_number,phone,title,language,rights"),
        ("contact", "tenant,key,unit,name,title,email,secure_email,shared_email,phone,remarks,roles"),
    ] {
        let entries = audit_entries(&world);
        world.write("list.csv", world.run(&format!("{noun} list --format csv --fields {fields}")).ok().out);
        for mode in ["update", "upsert"] {
            let answer = world.json(&format!("{noun} import list.csv --mode {mode}"));
            assert_eq!(answer["summary"]["rows"], answer["summary"]["unchanged"], "{noun}: {answer}");
            assert_eq!((&answer["items"], &answer["warnings"]), (&json!([]), &json!([])), "{noun}");
        }
        // The whole list too; what cannot be set is passed over, and named once.
        world.write("list.csv", world.run(&format!("{noun} list --format csv")).ok().out);
        let answer = world.json(&format!("{noun} import list.csv --mode upsert"));
        assert_eq!(answer["summary"]["rows"], answer["summary"]["unchanged"], "{noun}: {answer}");
        assert_eq!(answer["warnings"].as_array().unwrap().len(), 1, "{noun}: {answer}");
        assert_eq!(answer["warnings"][0]["code"], "column.ignored");
        assert_eq!(audit_entries(&world), entries, "{noun}: what changes nothing records nothing");
    }
}

#[test]
fn a_template_can_be_imported_as_it_is() {
    let world = World::peopled();
    // CLI.md §4, "Headings of bulk CSV".
    for (noun, headings) in [
        ("tenant", "Kode;CVR-nummer;Navn;Ministerområde"),
        ("unit", "Kunde;Enhedstype;Enhedsnummer;Navn;Server;Database;LDV"),
        ("user", "E-mail;Navn;B-nummer;Telefon;Titel;Sprog;Rettigheder"),
        (
            "contact",
            "Kunde;Nøgle;Enhed;Navn;Titel;E-mail;Sikker e-mail;Fællesmail;Telefon;Bemærkninger;Roller",
        ),
    ] {
        let template = World::empty().run(&format!("{noun} import --template")).ok().out;
        assert_eq!((template.lines().next().unwrap(), template.lines().count()), (headings, 2));
        world.write("t.csv", &template);
        let answer = world.json(&format!("{noun} import t.csv --mode create --dry-run"));
        assert_eq!((&answer["summary"]["created"], &answer["warnings"]), (&json!(1), &json!([])), "{noun}");
        let columns = world.json(&format!("{noun} import --template"));
        let names: Vec<_> =
            columns.as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
        assert!(names.join(";").starts_with(headings), "{names:?}");
        for column in columns.as_array().unwrap() {
            assert!(
                column["field"].is_string() && column["about"].is_string() && column["required"].is_array()
            );
            assert!(!column["example"].as_str().unwrap().contains([';', '"']));
        }
    }
    assert!(world.run("user import --mode create").code == 2);
}

#[test]
fn institutions_units_and_contacts_are_imported_too() {
    let world = World::peopled();
    world.write(
        "t.csv",
        "CVR-nummer;Navn;SE-numre\r\nDK 53 38 32 11;Ærø Havn;17143611 29979812\r\n53383211;Ærø Havn A;\r\n",
    );
    let answer = world.json("tenant import t.csv --mode create");
    assert_eq!(answer["items"][0]["key"], "aeroe-havn");
    assert_eq!(world.json("tenant show aeroe-havn")["se_numbers"], json!(["17143611", "29979812"]));
    assert_eq!(error(&world, "tenant import t.csv --mode upsert").1["details"][0]["code"], "column.missing");

    world.write("n.csv", "Kunde;Enhedstype;Enhedsnummer;Navn\r\naeroe-havn;Bogføringskreds;234;Havnen\r\naeroe-havn;accounting;235;\r\n");
    let answer = world.json("unit import n.csv --mode create");
    assert_eq!(answer["items"][0]["key"], "accounting:00234");
    assert_eq!(answer["warnings"][0]["code"], "unit.padded");
    world.write("n.csv", "Kunde;Enhedstype;Enhedsnummer\r\n34051178;Bogføringskreds;12345\r\n");
    assert_eq!(error(&world, "unit import n.csv --mode upsert").1["details"][0]["code"], "unit.elsewhere");

    world.write(
        "c.csv",
        "Kunde;Navn;Enhed;E-mail;Sikker e-mail;Roller\r\n\
         10213231;Bo Riis;accounting:12345;bo@example.dk;ja;refund general\r\n\
         10213231;Bo Riis;;;;\r\n",
    );
    let answer = world.json("contact import c.csv --mode create");
    assert_eq!(answer["items"][1]["key"], "oekonomistyrelsen:bo-riis-2");
    let bo = world.json("contact show 1");
    assert_eq!((&bo["secure_email"], &bo["roles"]), (&json!(true), &json!(["general", "refund"])));
    let names: Vec<_> = world
        .json("role list")
        .as_array()
        .unwrap()
        .iter()
        .take(2)
        .map(|role| role["name"].as_str().unwrap().to_owned())
        .collect();
    world.write(
        "c.csv",
        format!("Kunde,Nøgle,Roller\r\noekonomistyrelsen,bo-riis-2,\"{}\"\r\n", names.join(", ")),
    );
    world.run("contact import c.csv --mode update").ok();
    assert_eq!(world.json("contact show 2")["roles"], json!(["forum-payroll", "forum-accounting"]));
    world.write("c.csv", "Kunde;Nøgle;Sikker e-mail\r\noekonomistyrelsen;bo-riis;måske\r\n");
    assert_eq!(
        error(&world, "contact import c.csv --mode update").1["details"][0]["code"],
        "boolean.invalid"
    );
}

#[test]
fn standard_input_is_a_file_too() {
    let world = World::peopled();
    let said =
        world.run_with_input("user import - --mode create --format id", &people(&["a@example.dk;A;;;;;"]));
    assert_eq!((said.code, said.out.as_str()), (0, "a@example.dk\n"), "{said}");
}

#[test]
fn a_table_shows_a_hundred_rows_and_never_hides_what_failed() {
    let world = World::peopled();
    let rows: Vec<_> = (0..130).map(|n| format!("p{n}@example.dk;P {n};;;;;")).collect();
    let mut rows: Vec<_> = rows.iter().map(String::as_str).collect();
    rows.push("skidt;P;;;;;");
    world.write("u.csv", people(&rows));
    let said = world.run("user import u.csv --mode create --on-error continue");
    assert_eq!(said.out.lines().count(), 101, "{said}");
    assert!(said.out.starts_with("skidt (line 132): failed – "), "{said}");
    assert!(said.err.contains("31 more are not shown"), "{said}");
    let json = world.json("user import u.csv --mode upsert --on-error continue --dry-run");
    assert_eq!(json["summary"]["unchanged"], 130);
}

/// People as they may stand in a list.
fn person(n: usize) -> impl Strategy<Value = [String; 7]> {
    let text = "[A-ZÆØÅa-zæøå][a-zæøåé,;\"' -]{0,12}[a-z]";
    let rights = proptest::sample::subsequence(
        vec![
            "digitaliseringsstyrelsen:editor",
            "digitaliseringsstyrelsen:reports",
            "oekonomistyrelsen:reader",
        ],
        0..=3,
    );
    let language = proptest::sample::select(vec!["", "da", "nb", "en"]);
    (
        text,
        proptest::bool::ANY,
        proptest::option::of("[2-9][0-9]{7}"),
        proptest::option::of(text),
        language,
        rights,
    )
        .prop_map(move |(name, has_b, phone, title, language, rights)| {
            let b_number = if has_b { format!("B{:06}", 500_000 + n) } else { String::new() };
            let email = format!("p{n:02}@example.dk");
            let rights = rights.join(" ");
            [
                email,
                name,
                b_number,
                phone.unwrap_or_default(),
                title.unwrap_or_default(),
                language.to_owned(),
                rights,
            ]
        })
}

fn everybody() -> impl Strategy<Value = Vec<[String; 7]>> {
    (0..6_usize).map(person).collect::<Vec<_>>()
}

fn csv(people: &[[String; 7]]) -> String {
    let row = |cells: &[String; 7]| {
        cells.each_ref().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).join(",") + "\r\n"
    };
    let rows: String = people.iter().map(row).collect();
    format!("email,name,b_number,phone,title,language,rights\r\n{rows}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_said_of_people_and_however_it_changes_the_list_says_the_same(
        first in everybody(), second in everybody(),
    ) {
        let world = World::new();
        world.run("tenant create --cvr 10213231 --name Økonomistyrelsen").ok();
        world.run("tenant create --cvr 34051178 --name Digitaliseringsstyrelsen").ok();
        for (people, mode) in [(&first, "create"), (&second, "update"), (&second, "upsert")] {
            world.write("u.csv", csv(people));
            world.run(&format!("user import u.csv --mode {mode}")).ok();
            prop_assert_eq!(cells(&users(&world)), cells(&csv(people)));
        }
        world.write("u.csv", users(&world));
        let answer = world.json("user import u.csv --mode upsert");
        prop_assert_eq!(&answer["summary"]["unchanged"], &json!(6));
    }
}

/// Rows of cells; the quickest way to compare two files that quote differently.
fn cells(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                row.last_mut().unwrap().push(chars.next().unwrap())
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().unwrap().push(c),
        }
    }
    rows
}
