//! Rows that are wrong: told all at once, set aside, never half taken.

use serde_json::{Value, json};

use super::{USERS, audit_entries, error, people};
use crate::support::World;

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
            of(5, "B-nummer", "B123456", "user.b-number-taken"),
            of(6, "Rettigheder", "findes-ikke:reader", "tenant.not-found"),
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
fn a_refusal_names_the_column_that_it_is_about() {
    let world = World::peopled();
    for (noun, mode, file, expected) in [
        (
            "unit",
            "upsert",
            "Kunde;Enhedstype;Enhedsnummer\r\nfindes-ikke;payroll;17\r\n",
            ("Kunde", "findes-ikke", "tenant.not-found"),
        ),
        (
            "unit",
            "upsert",
            "Kunde;Enhedstype;Enhedsnummer\r\n34051178;Bogføringskreds;12345\r\n",
            ("Kunde", "34051178", "unit.elsewhere"),
        ),
        (
            "unit",
            "update",
            "Enhedstype;Enhedsnummer\r\npayroll;17\r\n",
            ("Enhedstype", "payroll:17", "unit.not-found"),
        ),
        (
            "contact",
            "create",
            "Kunde;Navn;Enhed\r\n10213231;Bo;payroll:4444\r\n",
            ("Enhed", "payroll:4444", "unit.not-found"),
        ),
        (
            "contact",
            "create",
            "Kunde;Navn;Roller\r\n10213231;Bo;skidt\r\n",
            ("Roller", "skidt", "role.not-found"),
        ),
        (
            "contact",
            "create",
            "Navn;Kunde\r\nBo;findes-ikke\r\n",
            ("Kunde", "findes-ikke", "tenant.not-found"),
        ),
    ] {
        world.write("f.csv", file);
        let (_, refused) = error(&world, &format!("{noun} import f.csv --mode {mode}"));
        let fault = &refused["details"][0];
        let found = [&fault["column"], &fault["value"], &fault["code"]].map(|v| v.as_str().unwrap());
        assert_eq!(found, [expected.0, expected.1, expected.2], "{refused}");
        assert_eq!((&fault["refused"], &fault["place"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn if_every_row_is_refused_for_one_reason_the_refusal_is_that_one() {
    let world = World::peopled();
    let file = people(&["anna.holm@oes.example.dk;A;;;;;", "ida.lykkebo@oes.example.dk;I;;;;;"]);
    world.write("u.csv", &file);
    let (code, refused) = error(&world, "user import u.csv --mode create --on-error continue");
    assert_eq!((code, &refused["code"]), (5, &json!("user.exists")));
    assert_eq!(refused["details"].as_array().unwrap().len(), 2);
    assert!(!refused["hint"].to_string().contains("--on-error"), "{refused}");
    let (code, refused) = error(&world, "user import u.csv --mode create");
    assert_eq!((code, &refused["code"]), (65, &json!("file.invalid")));
    assert!(refused["hint"].to_string().contains("--on-error continue"), "{refused}");
    // Two reasons, or a value that cannot be: the file is wrong.
    for row in ["b@example.dk;B;;;;;findes-ikke:reader", "skidt;B;;;;;"] {
        world.write("u.csv", format!("{file}{row}\r\n"));
        let (code, refused) = error(&world, "user import u.csv --mode create --on-error continue");
        assert_eq!((code, &refused["code"]), (65, &json!("file.invalid")));
        assert!(!refused["hint"].to_string().contains("--on-error"), "{refused}");
    }
    // What was refused can be set aside all the same.
    world.write("u.csv", "E-mail\r\na@example.dk\r\n");
    let said = world.run("user import u.csv --mode update --on-error continue --errors-to wrong.csv");
    assert_eq!(said.code, 4, "{said}");
    assert!(std::fs::read_to_string(world.path("wrong.csv")).unwrap().contains("user.not-found"));
}

#[test]
fn lessons_limits_of_a_file_of_the_wrong_kind_little_is_read() {
    let world = World::peopled();
    world.write("u.csv", format!("E-mail;Navn\r\n{}", "x;y\r\n".repeat(30_000)));
    for on_error in ["stop", "continue"] {
        let line = format!("user import u.csv --mode create --errors-to w.csv --on-error {on_error}");
        let (code, refused) = error(&world, &line);
        assert_eq!((code, &refused["code"]), (65, &json!("file.invalid")));
        let message = refused["message"].as_str().unwrap();
        assert!(message.ends_with("is it the right file? Reading stopped at line 10002"), "{message}");
    }
    let rows: String = (0..=200_000).map(|n| format!("{n}@e.dk\n")).collect();
    world.write("u.csv", format!("E-mail\n{rows}"));
    let (code, refused) = error(&world, "user import u.csv --mode update");
    assert_eq!((code, &refused["code"]), (65, &json!("file.too-large")));
    assert!(refused["hint"].as_str().unwrap().contains("divide the file"), "{refused}");
}
