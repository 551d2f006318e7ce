//! `state export | plan | apply`: each promise of the issue, typed as commands.

mod files;
mod plans;
mod properties;
mod schema;
mod shut;

use serde_json::Value;

use crate::support::World;

const EXAMPLE: &str = include_str!("../../../fixtures/state/example.yaml");

/// A world that the example was applied to.
fn applied() -> World {
    let world = World::new();
    world.write("example.yaml", EXAMPLE);
    world.run("state apply example.yaml").ok();
    world
}

/// Writes a state file with this content.
fn declare(world: &World, content: &str) {
    world.write("state.yaml", format!("schema: portalctl.state/1\n{content}"));
}

/// What a plan says of each object: `result kind key`.
fn said(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .iter()
        .map(|item| format!("{} {} {}", text(&item["result"]), text(&item["kind"]), text(&item["key"])))
        .collect()
}

#[test]
fn a_second_apply_of_the_example_changes_nothing() {
    let world = applied();
    let again = world.json("state apply example.yaml");
    assert_eq!(
        again["summary"],
        serde_json::json!({"created": 0, "updated": 0, "deleted": 0, "unchanged": 26})
    );
    assert_eq!(again["items"], serde_json::json!([]));
    assert_eq!(world.run("state apply example.yaml").ok().out, "Nothing to change.\n");
}

#[test]
fn export_and_apply_into_an_empty_database_give_back_the_same_export_byte_for_byte() {
    let world = applied();
    declare(
        &world,
        "roles: [{code: forum-rpa, tabs: [], description: null, status: retired}]
measures: [{code: B1, targets: []}, {code: X1, name: 'No: 1', basis: not-lost, status: retired}]
ticket_types: [{code: user-access, status: retired}]
settings: {ticket.reminder-hours: null, login.require-mfa: false, ticket.prefix: ABC}
tenants:
- code: oekonomistyrelsen
  status: archived
  units: [{kind: payroll, number: 17, status: archived}]
",
    );
    world.run("state apply state.yaml --yes").ok();
    let export = world.run("state export").ok().out;
    for shown in ["status: archived", "status: retired", "targets: []", "description: null", "disabled: Fra"]
    {
        assert!(export.contains(shown), "{shown}\n{export}");
    }
    world.write("export.yaml", &export);
    world.write("export.json", world.run("state export --format json").ok().out);
    for file in ["export.yaml", "export.json"] {
        let other = World::new();
        other.write(file, std::fs::read(world.path(file)).unwrap());
        other.run(&format!("state apply {file} --yes")).ok();
        assert_eq!(other.run("state export").ok().out, export, "{file}");
        assert_eq!(world.run(&format!("state plan {file}")).ok().out, "Nothing to change.\n");
    }
}

#[test]
fn what_is_absent_is_left_alone_and_an_empty_list_empties() {
    let world = applied();
    declare(&world, "tenants: [{code: oekonomistyrelsen, ministry: ''}]\n");
    let answer = world.json("state apply state.yaml");
    assert_eq!(said(&answer), ["updated tenant oekonomistyrelsen"]);
    let changes = serde_json::json!([{"field": "ministry", "before": "Finansministeriet", "after": null}]);
    assert_eq!(answer["items"][0]["changes"], changes);

    declare(
        &world,
        "tenants: [{code: oekonomistyrelsen, contacts: [], glns: [], units: []}]\nusers: [{email: Ida.Lykkebo@oes.example.dk, rights: []}]\n",
    );
    let answer = world.json("state apply state.yaml --yes");
    assert_eq!(
        said(&answer),
        [
            "deleted right ida.lykkebo@oes.example.dk digitaliseringsstyrelsen:editor",
            "updated tenant oekonomistyrelsen",
            "deleted unit accounting:12345",
            "deleted unit payroll:017",
            "deleted right ida.lykkebo@oes.example.dk oekonomistyrelsen:reader",
            "deleted contact oekonomistyrelsen:anna-holm",
            "deleted contact oekonomistyrelsen:loenpost",
        ]
    );
    assert_eq!(world.json("signatory list").as_array().unwrap().len(), 1, "the signatories were not named");
    assert_eq!(world.json("state apply state.yaml")["items"], serde_json::json!([]));
}

#[test]
fn every_list_can_be_emptied_and_people_only_for_a_reason() {
    let world = applied();
    declare(&world, "closed_days: []\nroles: []\nticket_types: []\nmeasures: []\ntenants: []\nusers: []\n");
    assert_eq!(world.refused("state apply state.yaml --yes"), (2, "usage".to_owned()));
    let answer = world.json("state apply state.yaml --yes --reason oprydning");
    let deleted = answer["summary"]["deleted"].as_u64().unwrap();
    // Two days, seventeen roles, two types, six measures, two institutions, two users who are not shut and not staff.
    assert_eq!(deleted, 2 + 17 + 2 + 6 + 2 + 2);
    assert_eq!(world.json("user show anna.holm@oes.example.dk")["disabled_reason"], "oprydning");
    assert_eq!(world.json("user show jonas.brandtoft@sam.example.dk")["status"], "invited");
}

#[test]
fn nobody_is_written_to_unless_invited() {
    let world = applied();
    assert_eq!(world.json("mail list"), serde_json::json!([]));
    let other = World::new();
    other.write("example.yaml", EXAMPLE);
    let planned = other.json("state plan example.yaml --invite");
    // Three accounts that are not shut, one signatory.
    assert_eq!(planned["summary"]["mails"], 4);
    assert_eq!(other.json("mail list"), serde_json::json!([]), "a plan writes to nobody either");
    other.run("state apply example.yaml --invite").ok();
    assert_eq!(other.json("mail list").as_array().unwrap().len(), 4);
    let again = other.json("state apply example.yaml --invite");
    assert_eq!(again["summary"]["mails"], 0);
    assert_eq!(other.json("mail list").as_array().unwrap().len(), 4);
}

#[test]
fn one_institution_can_be_exported_alone() {
    let world = applied();
    let export = world.run("state export --tenant 34051178").ok().out;
    assert_eq!(
        export,
        "schema: portalctl.state/1
tenants:
- code: digitaliseringsstyrelsen
  cvr: \"34051178\"
  name: Digitaliseringsstyrelsen
users:
- email: ida.lykkebo@oes.example.dk
  name: Ida Lykkebo
  language: en
  rights:
  - digitaliseringsstyrelsen:editor
"
    );
    world.write("one.yaml", export);
    assert_eq!(world.run("state plan one.yaml").ok().out, "Nothing to change.\n");
    assert_eq!(world.refused("state export --tenant nix"), (4, "tenant.not-found".to_owned()));
    assert_eq!(world.run("state export --format csv").code, 2);
}

#[test]
fn what_people_need_of_each_other_does_not_depend_on_the_order() {
    let world = applied();
    declare(&world, "settings: {rights.administrators-per-tenant: 1}\n");
    world.run("state apply state.yaml").ok();
    // The place is handed over, B-numbers change hands, and a role comes to need what its holder gets in the same run.
    declare(
        &world,
        "roles: [{code: payroll, secure_email: true}]
tenants: [{code: oekonomistyrelsen, contacts: [{key: loenpost, email: a@oes.example.dk, secure_email: true}]}]
users:
- {email: ny@oes.example.dk, name: Ny Leder, b_number: B123456, rights: [10213231:administrator]}
- {email: anna.holm@oes.example.dk, b_number: B654321, disabled: Orlov}
",
    );
    let answer = world.json("state apply state.yaml --yes");
    assert_eq!(answer["summary"]["deleted"], 1, "{answer}");
    assert_eq!(world.json("state apply state.yaml")["items"], serde_json::json!([]));
    // To open the account again is no way around the limit.
    declare(
        &world,
        "users: [{email: anna.holm@oes.example.dk, disabled: false, rights: [10213231:administrator]}]\n",
    );
    assert_eq!(world.refused("state apply state.yaml"), (65, "file.invalid".to_owned()));
    assert!(world.run("state apply state.yaml").err.contains("is administrator of"), "the place is taken");
    assert_eq!(world.json("user show anna.holm@oes.example.dk")["status"], "disabled", "nothing was kept");
}

#[test]
fn what_would_steer_a_terminal_is_escaped_in_an_export_and_reads_back_the_same() {
    let world = World::new();
    let name = "Faktura\u{202e}fdp.exe";
    declare(&world, &format!("users: [{{email: a@t.example.dk, name: \"{name}\"}}]\n"));
    world.run("state apply state.yaml").ok();
    for (format, written) in
        [("yaml", "  name: \"Faktura\\u202efdp.exe\"\n"), ("json", "\"name\": \"Faktura\\u202efdp.exe\"")]
    {
        let more = if format == "json" { " --format json" } else { "" };
        let export = world.run(&format!("state export{more}")).ok().out;
        assert!(export.contains(written) && !export.contains('\u{202e}'), "{export}");
        let other = World::new();
        other.write("export", &export);
        other.run("state apply export").ok();
        assert_eq!(other.json("user show a@t.example.dk")["name"], name);
        assert_eq!(other.run(&format!("state export{more}")).ok().out, export);
    }
}
