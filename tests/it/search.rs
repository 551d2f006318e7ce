//! `search` as people type it.

use portalctl::platform::db::{Connection, migrations};
use serde_json::json;

use crate::support::World;

fn world() -> World {
    let world = World::peopled();
    world.write("spoergsmaal.txt", "Hvornår kommer lønsedlen?\n");
    for line in [
        "contact create --tenant 10213231 --name 'Kirsten Ærø' --email kirsten@oes.example.dk --key k1",
        "ticket create --tenant 10213231 --requester ida.lykkebo@oes.example.dk --subject 'Lønseddel mangler' --body-file spoergsmaal.txt",
    ] {
        world.run(line).ok();
    }
    world
}

#[test]
fn k_072_one_finds_by_name_number_and_cvr_and_in_any_format() {
    let world = world();
    assert_eq!(
        world.json("search Økonomi"),
        json!([{"kind": "tenant", "key": "oekonomistyrelsen", "label": "Økonomistyrelsen", "tenant": "oekonomistyrelsen"}])
    );
    for (line, keys) in [
        ("search '10 21 32 31'", "oekonomistyrelsen\n"),
        ("search accounting:12345", "accounting:12345\n"),
        ("search payroll:999", "payroll:999\n"),
        ("search 2605-0001", "SAM 2605-0001\n"),
        ("search lykkebo ida", "ida.lykkebo@oes.example.dk\n"),
        ("search aeroe", "1\n"),
        ("search xqzvkjwp", ""),
    ] {
        assert_eq!(world.run(&format!("{line} --format id")).ok().out, keys, "{line}");
    }
    assert_eq!(
        world.run("search ida.lykkebo@oes.example.dk --format csv").ok().out.lines().last(),
        Some("user,ida.lykkebo@oes.example.dk,Ida Lykkebo,")
    );
    let table = world.run("search styrelsen --lang en").ok().out;
    assert!(table.contains("Institution") && table.contains("Digitaliseringsstyrelsen"), "{table}");
    assert_eq!(world.run("search e --limit 1 --offset 1 --format id").ok().out.lines().count(), 0);
    assert_eq!(
        world.run("search styrelsen --limit 1 --offset 1 --format id").ok().out,
        "oekonomistyrelsen\n"
    );
    assert_eq!(world.run("search styrelsen --fields key --format jsonl").ok().out.lines().count(), 2);
    assert_eq!(world.refused("search --- --"), (2, "usage".to_owned()));
    assert_eq!(world.refused("search ''").0, 2);
    assert_eq!(world.refused("search").0, 2);
}

#[test]
fn k_073_a_slip_of_the_fingers_is_forgiven() {
    let world = world();
    for (typed, key) in [
        ("Digitaliseringstyrelsen", "digitaliseringsstyrelsen"),
        ("Økonomistyrelesn", "oekonomistyrelsen"),
        ("Brandtfot", "jonas.brandtoft@sam.example.dk"),
        ("lønsedel", "SAM 2605-0001"),
    ] {
        assert_eq!(world.run(&format!("search {typed} --format id")).ok().out, format!("{key}\n"), "{typed}");
    }
}

#[test]
fn what_use_cases_change_is_found_and_a_dry_run_is_not() {
    let world = world();
    let found = |text: &str| world.run(&format!("search {text} --format id")).ok().out;
    world.run("tenant update 10213231 --name 'Styrelsen for Regnskab' --dry-run").ok();
    assert_eq!(found("'styrelsen for'"), "");
    world.run("tenant update 10213231 --name 'Styrelsen for Regnskab'").ok();
    assert_eq!(found("'styrelsen for'"), "oekonomistyrelsen\n");
    world.run("contact remove 1 --yes").ok();
    assert_eq!(found("kirsten"), "");
    assert_eq!(world.run("db check").ok().code, 0);
}

#[test]
fn what_an_older_file_holds_is_found_once_it_is_migrated() {
    let world = World::empty();
    let path = world.path("portal.db");
    #[expect(clippy::disallowed_methods, reason = "the test makes a file of an older version")]
    let mut conn = Connection::open(&path).unwrap();
    conn.execute_batch(include_str!("../../fixtures/schema/v1.sql")).unwrap();
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA user_version = 1;
         INSERT INTO tenant (id, code, cvr, name, status, created_at) VALUES (1, 'oes', '10213231', 'Øst', 'active', '');
         INSERT INTO tenant_se_number VALUES (1, '29979812', 1);
         INSERT INTO unit (tenant_id, kind, number, status, created_at) VALUES (1, 'payroll', '017', 'active', '');
         INSERT INTO user (id, email, email_key, name, kind, status, created_at)
             VALUES (1, 'ida@example.dk', 'ida@example.dk', 'Ida', 'person', 'active', '');
         INSERT INTO contact (tenant_id, key, name, secure_email, created_at, updated_at) VALUES (1, 'k', 'Kim', 0, '', '');
         INSERT INTO ticket (number, yymm, sequence, tenant_id, requester_id, subject, status, created_at, updated_at)
             VALUES ('SAM 2404-1030', 2404, 1030, 1, 1, 'Løn', 'registered', '', '');",
    )
    .unwrap();
    migrations::migrate(&mut conn, &path, migrations::STEPS, false).unwrap();
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM search_entry"), 5);
    assert_eq!(count("SELECT count(*) FROM search_pending"), 0);
    assert_eq!(count("SELECT count(*) FROM search_index WHERE search_index MATCH '\"299\" AND \"|os\"'"), 1);
    // The index agrees with the rows.
    conn.execute_batch("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)")
        .unwrap();
}
