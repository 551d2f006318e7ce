//! What was exported can be imported again: lists, templates, whatever stands in them.

use proptest::prelude::*;
use serde_json::json;

use super::{audit_entries, users};
use crate::support::World;

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
fn a_template_can_be_imported_as_it_is_and_they_fit_together() {
    let world = World::new();
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
        let answer = world.json(&format!("{noun} import t.csv --mode create"));
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

#[test]
fn remarks_of_several_lines_come_back_unchanged() {
    let world = World::peopled();
    let rows = "Kunde;Nøgle;Navn;Bemærkninger\r\n10213231;bo;Bo;\"Træffes tirsdag\r\nog \"\"onsdag\"\"\"\r\n";
    world.write("c.csv", rows);
    world.run("contact import c.csv --mode create").ok();
    assert_eq!(world.json("contact show 1")["remarks"], "Træffes tirsdag\nog \"onsdag\"");
    for dialect in ["plain", "excel-da"] {
        let list = world.run(&format!("contact list --format csv --csv-dialect {dialect}")).ok().out;
        world.write("list.csv", list);
        let answer = world.json("contact import list.csv --mode upsert");
        assert_eq!(answer["summary"]["unchanged"], 1, "{dialect}: {answer}");
    }
}

#[test]
fn a_list_with_shut_accounts_and_staff_says_that_they_are_not_imported_so() {
    let world = World::peopled();
    world.run("user disable anna.holm@oes.example.dk --reason fratrådt --yes").ok();
    world.write("list.csv", world.run("user list --format csv").ok().out);
    let rows = world.json("user list");
    let missed = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["status"] == "disabled" || !user["staff"].is_null())
        .count();
    assert!(missed > 0);
    let answer = world.json("user import list.csv --mode upsert");
    let warnings = answer["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{answer}");
    let message = warnings[0]["message"].as_str().unwrap();
    let said = if missed == 1 {
        "look at the row that".to_owned()
    } else {
        format!("look at the {missed} rows that")
    };
    assert!(message.contains(&said), "{message}");
    assert!(message.contains("line "), "{message}");
}
