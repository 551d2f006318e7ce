//! Accounts that are shut: their rights, their reasons, and the places of administrators.

use super::{declare, said};
use crate::support::World;

/// An institution whose administrator is shut, and one who took over.
fn handed_over() -> World {
    let world = World::new();
    declare(
        &world,
        "tenants: [{code: t, cvr: 10213231, name: T}]
users:
- {email: a@t.example.dk, name: A, rights: [t:administrator, t:reader]}
",
    );
    world.run("state apply state.yaml").ok();
    world.run("user disable a@t.example.dk --reason Orlov --yes").ok();
    declare(&world, "users: [{email: b@t.example.dk, name: B, rights: [t:administrator]}]\n");
    world.run("state apply state.yaml").ok();
    world
}

#[test]
fn an_administrator_who_is_shut_stands_beside_the_one_in_office() {
    let world = handed_over();
    let export = world.run("state export").ok().out;
    assert_eq!(export.matches("- t:administrator").count(), 2, "{export}");

    let empty = World::new();
    empty.write("export.yaml", &export);
    empty.run("state apply export.yaml").ok();
    assert_eq!(empty.run("state export").ok().out, export, "into an empty database");

    let other = World::new();
    declare(
        &other,
        "tenants: [{code: t, cvr: 10213231, name: T}]\nusers: [{email: b@t.example.dk, name: B, rights: [t:administrator]}]\n",
    );
    other.run("state apply state.yaml").ok();
    other.write("export.yaml", &export);
    let plan = other.json("state plan export.yaml");
    assert_eq!(
        said(&plan),
        [
            "created user a@t.example.dk",
            "created right a@t.example.dk t:administrator",
            "created right a@t.example.dk t:reader",
        ]
    );
    other.run("state apply export.yaml").ok();
    assert_eq!(other.run("state export").ok().out, export, "beside the one in office");
    assert_eq!(other.run("state plan export.yaml").ok().out, "Nothing to change.\n");

    // Of someone who is shut already, and of whom a file says nothing about that.
    declare(&other, "users: [{email: a@t.example.dk, rights: []}]\n");
    other.run("state apply state.yaml --yes").ok();
    declare(&other, "users: [{email: a@t.example.dk, rights: [t:administrator]}]\n");
    other.run("state apply state.yaml").ok();
    declare(&other, "users: [{email: a@t.example.dk, disabled: false, rights: [t:administrator]}]\n");
    assert_eq!(other.refused("state apply state.yaml"), (65, "file.invalid".to_owned()));
    assert!(other.run("state apply state.yaml").err.contains("is administrator of"), "the place is taken");
}

#[test]
fn links_that_end_with_an_account_are_told() {
    let world = World::new();
    declare(
        &world,
        "tenants: [{code: t, cvr: 10213231, name: T}]\nusers: [{email: a@t.example.dk, name: A}]\n",
    );
    world.run("state apply state.yaml --invite").ok();
    declare(&world, "users: [{email: a@t.example.dk, disabled: Orlov}]\n");
    let answer = world.json("state apply state.yaml --yes");
    let told: Vec<_> = answer["warnings"].as_array().unwrap().iter().map(|w| w["code"].clone()).collect();
    assert_eq!(told, ["user.links-ended", "user.messages-cancelled"], "{answer}");
}

#[test]
fn every_reason_survives_and_only_a_bare_word_opens() {
    let world = World::new();
    declare(&world, "users: [{email: a@t.example.dk, name: A}]\n");
    world.run("state apply state.yaml").ok();
    for reason in ["false", "null", "~", "true", "5", "no", "''", "to\nlinjer"] {
        let line = format!("user disable a@t.example.dk --yes --reason \"  {reason} \"");
        world.run(&line).ok();
        for format in ["", " --format json"] {
            world.write("export", world.run(&format!("state export{format}")).ok().out);
            assert_eq!(world.run("state plan export").ok().out, "Nothing to change.\n", "{reason}");
            let other = World::new();
            other.write("export", std::fs::read(world.path("export")).unwrap());
            other.run("state apply export").ok();
            assert_eq!(other.json("user show a@t.example.dk")["disabled_reason"], reason);
        }
        world.run("user enable a@t.example.dk").ok();
    }
    let shut = |written: &str| {
        declare(&world, &format!("users: [{{email: a@t.example.dk, disabled: {written}}}]\n"));
        let said = world.run("state apply state.yaml --yes");
        (said.code, world.json("user show a@t.example.dk")["disabled_reason"].clone())
    };
    for (written, code, reason) in [
        ("\"false\"", 0, Some("false")),
        ("false", 0, None),
        ("'null'", 0, Some("null")),
        ("null", 0, None),
        ("!!str false", 0, Some("false")),
        ("''", 65, Some("false")),
        ("7", 65, Some("false")),
        ("1.5", 65, Some("false")),
        ("true", 65, Some("false")),
        ("[a]", 65, Some("false")),
        ("", 0, None),
        ("2026-05-01", 0, Some("2026-05-01")),
    ] {
        assert_eq!(shut(written), (code, reason.into()), "{written}");
    }
    // A saved plan keeps the difference.
    declare(&world, "users: [{email: a@t.example.dk, disabled: false}]\n");
    world.run("state plan state.yaml --out plan.json").ok();
    world.run("state apply plan.json").ok();
    assert_eq!(world.json("user show a@t.example.dk")["disabled_reason"], serde_json::Value::Null);
}

#[test]
fn a_reason_that_no_file_could_say_is_refused() {
    let world = World::new();
    declare(&world, "users: [{email: a@t.example.dk, name: A}]\n");
    world.run("state apply state.yaml").ok();
    for reason in ["x".repeat(2001), "a\u{1b}b".to_owned()] {
        let line = format!("user disable a@t.example.dk --yes --reason \"{reason}\"");
        assert_eq!(world.refused(&line), (2, "usage".to_owned()));
    }
}
