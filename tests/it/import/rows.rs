//! What rows do: create, change, leave alone, empty.

use serde_json::{Value, json};

use super::{audit_entries, error, people, users};
use crate::support::World;

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
