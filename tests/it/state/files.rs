//! What is wrong with a file is told with its place, all of it at once.

use serde_json::Value;

use super::declare;
use crate::support::World;

/// The places and messages of a refusal: `file:line:column path code`.
fn places(world: &World, line: &str) -> (u8, Vec<String>) {
    let said = world.run(&format!("{line} --format json"));
    assert_eq!(said.out, "", "{said}");
    let error: Value = serde_json::from_str(&said.err).unwrap();
    let details = error["error"]["details"].as_array().unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let place = |detail: &Value| {
        let [file, line, column, path, code] =
            ["file", "line", "column", "path", "code"].map(|name| text(&detail[name]));
        format!("{file}:{line}:{column} {path} {code}")
    };
    (said.code, details.iter().map(place).collect())
}

#[test]
fn every_wrong_value_of_every_file_is_told_at_once_with_file_line_and_column() {
    let world = World::new();
    declare(
        &world,
        "tenants:
- code: a
  cvr: 12345678
  contacts: [{key: x, name: X, email: nix, phone: '123'}]
users:
- {email: a@b.example.dk, name: A, language: no, disabled: true, rights: [a:chef, reader]}
",
    );
    world.write(
        "more.yaml",
        "# two\nschema: portalctl.state/1\nusers: [{email: A@b.example.dk, name: ''}]\nsettings: {a.b: 1}\n",
    );
    world.write("broken.yaml", "schema: portalctl.state/1\nusers:\n- {name: B}\n");
    let (code, places) = places(&world, "state plan state.yaml more.yaml broken.yaml");
    assert_eq!(code, 65);
    assert_eq!(
        places,
        [
            "broken.yaml:3:4  file.invalid",
            "state.yaml:4:8 tenants[0].cvr cvr.invalid",
            "state.yaml:5:39 tenants[0].contacts[0].email email.invalid",
            "state.yaml:5:51 tenants[0].contacts[0].phone phone.invalid",
            "state.yaml:7:46 users[0].language language.invalid",
            "state.yaml:7:60 users[0].disabled reason.invalid",
            "state.yaml:7:75 users[0].rights[0] right.invalid",
            "state.yaml:7:83 users[0].rights[1] rights.invalid",
            "more.yaml:4:17 settings.a.b setting.not-found",
            "more.yaml:3:39 users[0].name text.invalid",
            "more.yaml:3:17 users[0] state.duplicate",
        ]
    );
    let said = world.run("state plan state.yaml more.yaml");
    assert!(said.err.contains("  state.yaml, line 4, column 8: \"12345678\" is not a CVR number"), "{said}");
    assert!(said.err.contains("declared twice: first in state.yaml, line 7, column 11"), "{said}");
}

#[test]
fn what_is_no_state_file_says_why() {
    let world = World::new();
    for (content, expected) in [
        ("", "line 1, column 1: the file is empty; it needs at least `schema: portalctl.state/1`"),
        ("foo", "line 1, column 1: keys with their values are expected here"),
        ("schema: portalctl.state/2", "line 1, column 9: this version reads files whose `schema` is"),
        (
            "schema: portalctl.state/1\ntenant: []",
            "line 2, column 1: there is no key `tenant` here; did you mean `tenants`?",
        ),
        ("schema: portalctl.state/1\nusers:", "there is nothing behind this key: write [] to empty the list"),
        ("schema: portalctl.state/1\nusers: x", "line 2, column 8: a list is expected here"),
        (
            "schema: portalctl.state/1\nusers: [{email: [a]}]",
            "line 2, column 17: a single value is expected here",
        ),
        (
            "schema: portalctl.state/1\nusers: []\nusers: []",
            "line 3, column 1: the key `users` stands here twice",
        ),
        ("schema: portalctl.state/1\n---\nschema: portalctl.state/1", "a second document begins here"),
        (
            "{\"schema\": \"portalctl.state/1\", \"tenants\": [{\"cvr\": 1}]}",
            "line 1, column 46: the key `code` is missing",
        ),
    ] {
        world.write("f.yaml", content);
        let said = world.run("state plan f.yaml");
        assert_eq!(said.code, 65, "{content}\n{said}");
        assert!(said.err.contains(expected), "{content}\nexpected: {expected}\n{said}");
    }
    world.write("f.yaml", b"schema: portalctl.state/1\n# \xe6\n");
    let said = world.run("state plan f.yaml");
    assert!(said.err.contains("line 2, column 1: this line is not UTF-8"), "{said}");
    assert_eq!(world.run("state plan nix.yaml").code, 4);
    let said = world.run_with_input("state plan - --format json", "schema: portalctl.state/1\nusers: 1");
    assert!(said.err.contains("\"file\":\"standard input\""), "{said}");
}

#[test]
fn a_small_file_that_unfolds_into_a_large_one_is_refused() {
    let world = World::new();
    let mut bomb =
        String::from("schema: portalctl.state/1\ntenants:\n- code: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let before = format!("*a{}, ", n - 1).repeat(10);
        bomb.push_str(&format!("- code: &a{n} [{}]\n", before.trim_end_matches(", ")));
    }
    world.write("bomb.yaml", bomb);
    assert_eq!(world.run("state plan bomb.yaml").code, 65);
}

#[test]
fn what_a_use_case_refuses_is_told_with_the_object_s_place_and_nothing_is_kept() {
    let world = World::peopled();
    declare(
        &world,
        "tenants:
- {code: ny, cvr: 34051178, name: Ny}
- {code: digitaliseringsstyrelsen, units: [{kind: accounting, number: 12345}]}
- code: halv
  units: [{kind: payroll, number: 1}]
users:
- {email: x@y.example.dk, name: X, rights: [nix:reader, ny:reader]}
- {email: jonas.brandtoft@sam.example.dk, rights: [ny:reader]}
",
    );
    let before = world.json("audit head");
    let (code, found) = places(&world, "state apply state.yaml");
    assert_eq!(code, 65);
    assert_eq!(
        found,
        [
            "state.yaml:5:9 tenants[2] tenant.incomplete",
            "state.yaml:4:71 tenants[1].units[0] unit.elsewhere",
            "state.yaml:8:45 users[0].rights[0] tenant.not-found",
            "state.yaml:9:52 users[1].rights[0] user.staff",
        ]
    );
    assert_eq!(world.json("audit head"), before);
    // Of whatever kind: a wrong file is never taken for a limit or a stale plan.
    declare(
        &world,
        "users: [{email: ida.lykkebo@oes.example.dk, rights: [oekonomistyrelsen:administrator]}]\n",
    );
    let (code, found) = places(&world, "state apply state.yaml");
    assert_eq!(code, 65);
    assert_eq!(found, ["state.yaml:2:54 users[0].rights[0] rights.administrator-taken"]);
}

#[test]
fn several_files_are_one_declaration() {
    let world = World::new();
    world.write(
        "a.yaml",
        "schema: portalctl.state/1\nusers: [{email: a@b.example.dk, name: A, rights: [t:reader]}]\n",
    );
    world.write("b.json", "{\"schema\": \"portalctl.state/1\", \"tenants\": [{\"code\": \"t\", \"cvr\": 10213231, \"name\": \"T\"}], \"users\": []}");
    let answer = world.json("state apply a.yaml b.json");
    assert_eq!(answer["summary"]["created"], 3, "an empty list of one file does not empty that of another");
    let input = "schema: portalctl.state/1\nusers: [{email: a@b.example.dk, title: Chef}]\n";
    let said = world.run_with_input("state apply -", input).ok();
    assert!(said.out.contains("title: (none) → Chef"), "{said}");
}

#[test]
fn of_very_many_mistakes_a_thousand_are_listed_and_the_rest_is_counted() {
    let world = World::new();
    let ones = "1,".repeat(20_000);
    let (key, long) = ("y".repeat(900), "x".repeat(5_000));
    declare(
        &world,
        &format!(
            "settings: {{{key}: 1}}\ntenants: [{{code: a, name: {long}, se_numbers: [{}]}}]\n",
            ones.trim_end_matches(',')
        ),
    );
    let said = world.run("state plan state.yaml --format json");
    assert_eq!(said.code, 65);
    let error: Value = serde_json::from_str(&said.err).unwrap();
    let message = error["error"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "there are 20002 mistakes in the files, of which 19002 more are not listed; nothing was taken"
    );
    let details = error["error"]["details"].as_array().unwrap();
    assert_eq!(details.len(), 1000);
    for detail in details {
        for (field, most) in [("value", 201), ("path", 201), ("message", 1001)] {
            assert!(detail[field].as_str().unwrap().chars().count() <= most, "{detail}");
        }
    }
}
