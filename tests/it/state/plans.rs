//! Plans: what they show, when they are refused, and what pruning takes.

use super::{EXAMPLE, applied, declare, said};
use crate::support::World;

/// `state plan` of a file that changes a little of the example.
fn edited(world: &World) {
    let text = EXAMPLE
        .replace("name: Regnskab, server: sql-01", "name: Regnskab, server: sql-02")
        .replace("  - {code: data-extract, name: Dataudtræk}\n", "  - {code: andet, name: Andet}\n")
        .replace("disabled: Fratrådt 1. maj", "disabled: false")
        .replace("name: Otto Friis", "name: Otto Friis\n    title: Konsulent")
        .replace("targets:\n      - {from: 2020-01-01, target_bp: 9850}", "targets:\n      #");
    world.write("edited.yaml", text);
}

#[test]
fn a_plan_shows_each_object_and_field_in_words_and_colour() {
    let world = applied();
    edited(&world);
    let expected = "+ ticket-type andet
    name: Andet
    status: active
- target B2:2020-01-01
    target_bp: 9850
~ user tidligere@oes.example.dk
    disabled_reason: Fratrådt 1. maj → (none)
    status: disabled → invited
    title: (none) → Konsulent

oekonomistyrelsen
~ unit accounting:12345
    server: sql-01 → sql-02

Plan: 1 to create, 2 to update, 1 to delete; 22 unchanged.
";
    let before = world.json("audit head");
    assert_eq!(world.run("state plan edited.yaml").ok().out, expected);
    let coloured = world.run("state plan edited.yaml --color always").ok().out;
    assert!(coloured.contains("\x1b[32m+ ticket-type andet\x1b[0m\n"), "{coloured}");
    assert!(coloured.contains("\x1b[31m- target B2:2020-01-01\x1b[0m\n"), "{coloured}");
    assert!(coloured.contains("\x1b[33m~ unit accounting:12345\x1b[0m\n"), "{coloured}");
    assert_eq!(world.json("audit head"), before, "a plan leaves no trace");
    let csv = world.run("state plan edited.yaml --format csv").ok().out;
    assert!(
        csv.contains("unit,accounting:12345,updated,oekonomistyrelsen,server,sql-01,sql-02\r\n"),
        "{csv}"
    );
    assert_eq!(
        world.run("state plan edited.yaml --format id").ok().out,
        "andet\nB2:2020-01-01\ntidligere@oes.example.dk\naccounting:12345\n"
    );
}

#[test]
fn plan_apply_and_a_dry_run_give_the_same_answer() {
    let world = applied();
    edited(&world);
    let plan = world.json("state plan edited.yaml");
    let dry = world.json("state apply edited.yaml --dry-run");
    let done = world.json("state apply edited.yaml --yes");
    assert_eq!(plan, dry);
    assert_eq!(plan["items"], done["items"]);
    assert_eq!((&plan["dry_run"], &done["dry_run"]), (&true.into(), &false.into()));
    assert_eq!(
        done["summary"],
        serde_json::json!({"created": 1, "updated": 2, "deleted": 1, "unchanged": 22})
    );
}

#[test]
fn the_exit_code_tells_changes_from_deletions() {
    let world = applied();
    assert_eq!(world.run("state plan example.yaml --exit-code").code, 0);
    declare(&world, "tenants: [{code: oekonomistyrelsen, ministry: Andet}]\n");
    assert_eq!(world.run("state plan state.yaml --exit-code").code, 10);
    assert_eq!(world.run("state plan state.yaml").code, 0);
    declare(&world, "tenants: [{code: oekonomistyrelsen, signatories: []}]\n");
    assert_eq!(world.run("state plan state.yaml --exit-code").code, 11);
}

#[test]
fn what_takes_something_away_asks_first() {
    let world = applied();
    declare(&world, "tenants: [{code: oekonomistyrelsen, signatories: [], ministry: Andet}]\n");
    let said = world.run("state apply state.yaml");
    assert_eq!(said.code, 7);
    assert!(said.err.contains("takes away 1 thing in"), "{said}");
    assert_eq!(world.json("tenant show oekonomistyrelsen")["ministry"], "Finansministeriet");
    world.run("state apply state.yaml --yes").ok();
    assert_eq!(world.json("signatory list"), serde_json::json!([]));
}

#[test]
fn a_saved_plan_does_what_it_says_or_is_refused_as_stale() {
    let world = applied();
    edited(&world);
    let said_then = world.json("state plan edited.yaml --out plan.json");
    assert_eq!(world.refused("state plan edited.yaml --out plan.json"), (5, "file.exists".to_owned()));
    world.run("state plan edited.yaml --out plan.json --force").ok();
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(world.path("plan.json")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);

    // Work that is not about the declarable world does not matter.
    world.run("ticket create --tenant 10213231 --requester anna.holm@oes.example.dk --subject Hjælp").ok();
    world.run("tenant update oekonomistyrelsen --ministry Andet").ok();
    assert_eq!(world.refused("state apply plan.json --yes"), (5, "plan.stale".to_owned()));
    world.run("tenant update oekonomistyrelsen --ministry Finansministeriet").ok();
    assert_eq!(
        world.refused("state apply plan.json --yes"),
        (5, "plan.stale".to_owned()),
        "the data moved on, and back"
    );

    world.run("state plan edited.yaml --out plan.json --force").ok();
    world.run("ticket create --tenant 10213231 --requester anna.holm@oes.example.dk --subject Igen").ok();
    assert_eq!(world.run("state apply plan.json").code, 7, "it takes a target away");
    let done = world.json("state apply plan.json --yes");
    assert_eq!(done["items"], said_then["items"]);
    assert_eq!(world.refused("state apply plan.json --yes"), (5, "plan.stale".to_owned()), "applied already");
}

#[test]
fn a_saved_plan_is_applied_alone_as_it_was_made_and_unaltered() {
    let world = applied();
    declare(&world, "tenants: [{code: oekonomistyrelsen, ministry: Andet}]\n");
    world.run("state plan state.yaml --out plan.json").ok();
    assert_eq!(world.run("state apply plan.json state.yaml").code, 2);
    assert_eq!(world.run("state apply plan.json --prune").code, 2);
    assert_eq!(world.run("state plan plan.json").code, 2);
    let plan = std::fs::read_to_string(world.path("plan.json")).unwrap();
    // Whoever changes what is declared, but not what was said of it, is found out.
    let last = plan.rfind("Andet").unwrap();
    world.write("other.json", format!("{}Tredje{}", &plan[..last], &plan[last + 5..]));
    assert_eq!(world.refused("state apply other.json"), (5, "plan.stale".to_owned()));
    world.write("later.json", plan.replace("portalctl.plan/1", "portalctl.plan/2"));
    assert_eq!(world.refused("state apply later.json"), (65, "file.invalid".to_owned()));
    world.write("cut.json", &plan[..plan.len() / 2]);
    assert_eq!(world.refused("state apply cut.json"), (65, "file.invalid".to_owned()));
    world.run("state apply plan.json").ok();
}

#[test]
fn no_secret_is_in_a_plan() {
    let world = World::new();
    world.write("example.yaml", EXAMPLE);
    let answer = world.run("state plan example.yaml --invite --out plan.json --format json").ok().out;
    let key = std::fs::read_to_string(world.path("portal.db.key")).unwrap();
    let plan = std::fs::read_to_string(world.path("plan.json")).unwrap();
    for text in [&answer, &plan] {
        assert!(!text.contains("token=") && !text.contains(key.trim()), "{text}");
        assert!(!text.to_lowercase().contains("password\":"), "{text}");
    }
}

#[test]
fn pruning_takes_only_what_an_apply_created_in_the_institutions_and_lists_that_are_named() {
    let world = World::peopled();
    declare(
        &world,
        "settings: {rights.administrators-per-tenant: 2}
tenants:
- code: oekonomistyrelsen
  units: [{kind: payroll, number: 18}, {kind: accounting, number: 12345, name: Andet}]
  contacts: [{key: a, name: A}, {key: b, name: B}]
  signatories: [{scope: other, name: M, email: m@oes.example.dk, title: T, phone: 33928000}]
- code: digitaliseringsstyrelsen
  contacts: [{key: c, name: C}]
users:
- {email: ny@oes.example.dk, name: Ny, rights: [oekonomistyrelsen:administrator, digitaliseringsstyrelsen:reader]}
- {email: ida.lykkebo@oes.example.dk, rights: [oekonomistyrelsen:editor]}
",
    );
    world.run("state apply state.yaml").ok();
    world.run("contact create --tenant 10213231 --key haand --name Håndlavet").ok();

    declare(&world, "tenants: [{code: oekonomistyrelsen, contacts: [{key: b}]}]\n");
    assert_eq!(said(&world.json("state plan state.yaml")), Vec::<String>::new(), "nothing without --prune");
    assert_eq!(said(&world.json("state plan state.yaml --prune")), ["deleted contact oekonomistyrelsen:a"]);

    declare(
        &world,
        "tenants: [{code: oekonomistyrelsen, contacts: [], units: [{kind: payroll, number: 999}], signatories: [{scope: customer, name: M, email: m@oes.example.dk, title: T, phone: 33928000}]}]
users: [{email: ida.lykkebo@oes.example.dk}, {email: anna.holm@oes.example.dk, rights: [oekonomistyrelsen:administrator]}]
",
    );
    let planned = world.json("state plan state.yaml --prune");
    assert_eq!(
        said(&planned),
        [
            // `contacts: []` says all of them; the rest is pruned: not the unit that was there before, not the rights
            // of Ida, of whom the file says nothing about rights, nothing at the other institution.
            "deleted unit payroll:018",
            "deleted right ny@oes.example.dk oekonomistyrelsen:administrator",
            "created signatory oekonomistyrelsen:customer",
            "deleted signatory oekonomistyrelsen:other",
            "deleted contact oekonomistyrelsen:a",
            "deleted contact oekonomistyrelsen:b",
            "deleted contact oekonomistyrelsen:haand",
        ]
    );
    let refused = world.run("state plan state.yaml --prune --max-deletes 5");
    assert_eq!(refused.code, 6);
    assert!(refused.err.contains("takes away 6 things, and --max-deletes allows 5"), "{refused}");
    assert_eq!(
        world.refused("state apply state.yaml --prune --max-deletes 5 --yes"),
        (6, "state.max-deletes".to_owned())
    );
    let done = world.json("state apply state.yaml --prune --max-deletes 6 --yes");
    assert_eq!(done["items"], planned["items"]);
    assert_eq!(said(&world.json("state apply state.yaml --prune")), Vec::<String>::new());
}

#[test]
fn an_administrator_s_place_is_handed_over_by_pruning() {
    let world = World::new();
    declare(
        &world,
        "tenants: [{code: t, cvr: 10213231, name: T}]\nusers: [{email: a@t.example.dk, name: A, rights: [t:administrator]}]\n",
    );
    world.run("state apply state.yaml").ok();
    declare(
        &world,
        "tenants: [{code: t}]\nusers: [{email: b@t.example.dk, name: B, rights: [t:administrator]}]\n",
    );
    assert_eq!(world.refused("state apply state.yaml --yes"), (65, "file.invalid".to_owned()));
    assert!(
        world.run("state apply state.yaml --yes").err.contains("is administrator of"),
        "the place is taken"
    );
    let done = world.json("state apply state.yaml --prune --yes");
    assert_eq!(
        said(&done),
        [
            "created user b@t.example.dk",
            "deleted right a@t.example.dk t:administrator",
            "created right b@t.example.dk t:administrator",
        ]
    );
    assert_eq!(done["warnings"], serde_json::json!([]), "the institution has an administrator after all");
}

#[test]
fn what_somebody_takes_back_into_use_is_not_pruned() {
    let world = applied();
    declare(
        &world,
        "tenants: [{code: oekonomistyrelsen, units: [{kind: payroll, number: 18}, {kind: payroll, number: 19}]}]\n",
    );
    world.run("state apply state.yaml").ok();
    for unit in ["payroll:018", "payroll:019"] {
        world.run(&format!("unit update {unit} --status archived --yes")).ok();
    }
    world.run("unit update payroll:018 --status active").ok();
    // By a file: the unit is the files' own as before.
    declare(
        &world,
        "tenants: [{code: oekonomistyrelsen, units: [{kind: payroll, number: 19, status: active}]}]\n",
    );
    world.run("state apply state.yaml").ok();
    declare(
        &world,
        "tenants: [{code: oekonomistyrelsen, units: [{kind: payroll, number: 17}, {kind: accounting, number: 12345}]}]\n",
    );
    assert_eq!(said(&world.json("state plan state.yaml --prune")), ["deleted unit payroll:019"]);
}

#[test]
fn a_plan_that_another_program_laid_out_anew_is_a_plan_still() {
    let world = applied();
    declare(&world, "tenants: [{code: oekonomistyrelsen, ministry: Andet}]\n");
    world.run("state plan state.yaml --out plan.json").ok();
    let plan: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.path("plan.json")).unwrap()).unwrap();
    let compact = plan.to_string();
    assert!(compact.starts_with("{\"schema\":\"portalctl.plan/1\""), "{compact}");
    let sorted: std::collections::BTreeMap<_, _> = plan.as_object().unwrap().iter().collect();
    let sorted = serde_json::to_string(&sorted).unwrap();
    assert!(sorted.starts_with("{\"base\""), "{sorted}");
    for text in [compact.clone(), sorted, format!("\u{feff}\n {{ \"schema\" :\n{}", &compact[10..])] {
        world.write("other.json", text);
        assert_eq!(world.run("state plan other.json").code, 2, "a plan is no state file");
        world.run("state apply other.json --dry-run").ok();
    }
    world.write("no.json", "{\"users\": [], \"schema\": \"portalctl.state/1\"}");
    world.run("state plan no.json --reason x").ok();
}

#[test]
fn more_administrators_than_the_limit_of_today_survive_an_export_into_an_empty_database() {
    let world = World::new();
    world.run("tenant create --cvr 10213231 --name T").ok();
    world.run("setting set rights.administrators-per-tenant 2").ok();
    for name in ["a", "b"] {
        world
            .run(&format!("user create --email {name}@t.example.dk --name {name} --rights t:administrator"))
            .ok();
    }
    world.run("setting set rights.administrators-per-tenant 1").ok();
    let export = world.run("state export").ok().out;
    let other = World::new();
    other.write("state.yaml", &export);
    other.run("state apply state.yaml").ok();
    assert_eq!(other.run("state export").ok().out, export);
    // An institution that is there already keeps to the limit.
    other.run("user create --email c@t.example.dk --name C").ok();
    declare(&other, "users: [{email: c@t.example.dk, rights: [t:administrator]}]\n");
    assert_eq!(other.refused("state apply state.yaml").0, 65);
}

#[test]
fn a_plan_may_go_to_standard_output_and_come_from_there() {
    let world = World::new();
    declare(&world, "tenants: [{code: t, cvr: 10213231, name: T}]\n");
    let plan = world.run("state plan state.yaml --out -").ok().out;
    assert!(!world.path("-").exists());
    assert_eq!(world.run_with_input("state apply - --format id", &plan).ok().out, "t\n");
}
