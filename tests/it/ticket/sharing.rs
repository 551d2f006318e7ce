//! Sharing, following and several tickets at once, as typed.

use serde_json::json;

use super::with_ticket;
use crate::support::World;

const ANNA: &str = "anna.holm@oes.example.dk";

#[test]
fn s_016_sharing_asks_first_and_says_what_becomes_visible() {
    let world = with_ticket();
    let line = format!("ticket share 2605-0001 --with {ANNA}");
    assert_eq!(world.refused(&line), (7, "confirm.needed".to_owned()));
    let said = world.run(&line);
    assert!(said.err.contains("Anna Holm <anna.holm@oes.example.dk>"), "{said}");
    assert!(said.err.contains("contact details"), "{said}");
    assert_eq!(world.json("ticket show 2605-0001")["shared_with"], json!([]), "nothing was shared");
    assert_eq!(world.json(&format!("{line} --dry-run"))["result"], "shared");
    let answer = world.json(&format!("{line} --yes"));
    assert_eq!((&answer["result"], &answer["item"]["shared_with"]), (&json!("shared"), &json!([ANNA])));
    // Nothing new: nothing to confirm.
    assert_eq!(world.json(&line)["result"], "unchanged");
    assert_eq!(
        world.refused("ticket share 2605-0001 --with ingen@example.dk -y"),
        (6, "ticket.share".to_owned())
    );
    let as_anna = format!("--as {ANNA} --reason test");
    assert_eq!(world.json(&format!("ticket list {as_anna}"))[0]["number"], "SAM 2605-0001");
    assert_eq!(world.json(&format!("search lønseddel {as_anna}"))[0]["key"], "SAM 2605-0001");
    assert_eq!(world.json(&format!("ticket list --text kommer {as_anna}"))[0]["number"], "SAM 2605-0001");
    assert_eq!(world.refused(&format!("ticket close 2605-0001 {as_anna}")).0, 6);
    assert_eq!(world.json(&format!("ticket unshare 2605-0001 --with {ANNA}"))["result"], "unshared");
    assert_eq!(world.json(&format!("ticket unshare 2605-0001 --with {ANNA}"))["result"], "unchanged");
    assert_eq!(world.json(&format!("search lønseddel {as_anna}")), json!([]));
    assert_eq!(
        world.refused(&format!("ticket show 2605-0001 {as_anna}")),
        (4, "ticket.not-found".to_owned())
    );
    let record = world.json("audit list --object 'ticket:SAM 2605-0001' --action ticket.share");
    assert_eq!(record[0]["after"]["shared_with"], json!([ANNA]));
}

#[test]
fn several_addresses_and_the_number_stand_in_any_order() {
    let world = with_ticket();
    let emil = "emil.redding@oes.example.dk";
    world
        .run(&format!("user create --email {emil} --name 'Emil Redding' --rights oekonomistyrelsen:reader"))
        .ok();
    let both = json!([ANNA, emil]);
    for with in [
        format!("2605-0001 --with {ANNA} {emil}"),
        format!("2605-0001 --with {ANNA} --with {emil}"),
        format!("--with {ANNA},{emil} 2605-0001"),
        format!("--with {ANNA} --with {emil} 'SAM 2605-0001'"),
    ] {
        let answer = world.json(&format!("ticket share {with} --yes -n"));
        assert_eq!(answer["item"]["shared_with"], both, "{with}");
    }
    for wrong in [format!("--with {ANNA}"), "2605-0001".to_owned(), "--with 2605-0001".to_owned()] {
        assert_eq!(world.refused(&format!("ticket share {wrong} --yes")).0, 2, "{wrong}");
    }
    assert_eq!(world.refused("ticket share 2605-0001 --with anna -y").0, 2);
}

#[test]
fn s_018_who_it_is_shared_with_gets_a_mail_with_the_link() {
    let world = with_ticket();
    world.write("c.toml", "base_url = \"https://portal.example.dk\"\n");
    world.run(&format!("ticket share 2605-0001 --with {ANNA} --yes --config c.toml")).ok();
    let mails = world.json("mail list");
    let mail = &mails[0];
    assert_eq!(
        (&mail["to"], &mail["subject"]),
        (&json!(ANNA), &json!("SAM 2605-0001: en sag er delt med dig"))
    );
    let text = world.json(&format!("mail show {}", mail["id"]))["text"].clone();
    let text = text.as_str().unwrap();
    assert!(text.contains("\nhttps://portal.example.dk/tickets/2605-0001\n"), "{text}");
    assert!(text.contains("4. maj 2026 kl. 10.00") && !text.contains("Lønseddel"), "{text}");
}

#[test]
fn s_026_the_refusal_names_the_command_that_goes_on_and_it_works_as_it_stands() {
    let world = with_ticket();
    world.run("ticket close 2605-0001").ok();
    let said = world.run("ticket reopen 2605-0001");
    assert_eq!(said.code, 5, "{said}");
    let (_, command) = said.err.split_once("`portalctl ").unwrap();
    let (command, _) = command.split_once('`').unwrap();
    assert_eq!(command, "ticket create --follows \"SAM 2605-0001\"");
    let answer = world.json(command);
    assert_eq!(answer["item"]["follows"], "SAM 2605-0001");
    assert_eq!(answer["item"]["subject"], "Lønseddel mangler");
    assert_eq!(world.json("ticket show 2605-0001")["followed_by"], json!(["SAM 2605-0002"]));
    assert_eq!(world.refused("ticket create --follows 2605-0002"), (5, "ticket.not-closed".to_owned()));
}

#[test]
fn several_at_once_each_stand_alone_and_those_that_fail_are_told() {
    let world = with_ticket();
    for subject in ["To", "Tre"] {
        world.run(&format!("ticket create --tenant 10213231 --requester {ANNA} --subject {subject}")).ok();
    }
    world.run("ticket close 2605-0002").ok();
    let numbers = "2605-0001\n\n SAM 2605-0002 \nsam2605-0003\n2605-0099\n2605-0001\n";
    world.write("svar.txt", "Svar til alle\n");
    for (verb, done, failed) in [
        ("reply --body-file svar.txt", 2, 2),
        ("assign --to jonas.brandtoft@sam.example.dk", 2, 2),
        ("advance --to done", 2, 2),
        ("reopen", 2, 2),
        ("close", 3, 1),
    ] {
        let said = world.run_with_input(&format!("ticket {verb} --numbers-from - --format json"), numbers);
        assert_eq!(said.code, 3, "{verb}: {said}");
        let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        let items = answer["items"].as_array().unwrap();
        assert_eq!(items.len(), 4, "each once: {answer}");
        let fails = items.iter().filter(|item| item["result"] == "failed").count();
        assert_eq!((items.len() - fails, fails), (done, failed), "{verb}");
        assert_eq!(answer["summary"]["failed"], failed, "{verb}");
    }
    let world = World::new();
    let said = world.run_with_input("ticket close --numbers-from - --format json", "\n");
    assert_eq!((said.code, said.out.contains("\"failed\": 0")), (0, true), "{said}");
}
