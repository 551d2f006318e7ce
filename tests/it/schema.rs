//! The shape of the data: foreign keys indexed, tables strict, and the machinery that brings older files up to date.

use portalctl::platform::actor::Actor;
use portalctl::platform::db::migrations::{self, Step};
use portalctl::platform::db::{self, Connection};
use portalctl::platform::env::Operator;

use crate::support::World;

#[expect(clippy::disallowed_methods, reason = "the test looks at the file from outside")]
fn open(world: &World) -> Connection {
    Connection::open(world.path("portal.db")).unwrap()
}

fn names(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn shape(conn: &Connection) -> Vec<String> {
    names(conn, "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
}

/// What these refer to is never deleted, so nothing ever looks them up from that end; and each index would cost a
/// third of an import of ten million figures.
const UNINDEXED: [&str; 10] = [
    "kpi_fact.unit_id",
    "kpi_fact.area_id",
    "kpi_fact.import_id",
    "kpi_closed_sum.measure_id",
    "kpi_closed_sum.area_id",
    "kpi_closed_unit.measure_id",
    "kpi_closed_unit.unit_id",
    "kpi_item.unit_id",
    "kpi_item.area_id",
    "kpi_item.import_id",
];

#[test]
fn every_table_is_strict_and_every_foreign_key_has_an_index() {
    let world = World::new();
    let conn = open(&world);
    let tables =
        names(&conn, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    assert!(tables.len() > 20, "{tables:?}");
    let loose = names(
        &conn,
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
    );
    assert_eq!(loose, Vec::<String>::new());
    for table in tables {
        for key in names(&conn, &format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}')")) {
            let primary: i64 = conn
                .query_row(
                    &format!(
                        "SELECT count(*) FROM pragma_table_info('{table}') WHERE name = '{key}' AND pk = 1"
                    ),
                    [],
                    |row| row.get(0),
                )
                .unwrap();
            let indexed: i64 = conn
                .query_row(
                    &format!("SELECT count(*) FROM pragma_index_list('{table}') l, pragma_index_info(l.name) i WHERE i.seqno = 0 AND i.name = '{key}'"),
                    [],
                    |row| row.get(0),
                )
                .unwrap();
            if UNINDEXED.contains(&format!("{table}.{key}").as_str()) {
                continue;
            }
            assert!(primary + indexed > 0, "{table}.{key} refers to another table without an index");
        }
    }
}

#[test]
fn a_new_file_is_what_the_design_asks_for() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let conn = open(&world);
    let pragma = |name: &str| -> String {
        conn.query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal");
    assert_eq!(pragma("user_version"), migrations::VERSION.to_string());
    assert_eq!(pragma("auto_vacuum"), "2");
    for file in ["portal.db", "portal.db.key"] {
        let mode = std::fs::metadata(world.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

/// The schemas of the versions before this one, frozen as they were.
const FROZEN: &[(u32, &str)] = &[
    (1, include_str!("../../fixtures/schema/v1.sql")),
    (2, include_str!("../../fixtures/schema/v2.sql")),
    (3, include_str!("../../fixtures/schema/v3.sql")),
    (4, include_str!("../../fixtures/schema/v4.sql")),
];

/// Columns, indexes, triggers and views, whatever way they came about.
fn described(conn: &Connection) -> Vec<String> {
    let columns = "SELECT m.name || '.' || c.cid || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk
                   FROM sqlite_schema m, pragma_table_xinfo(m.name) c WHERE m.type = 'table' ORDER BY 1";
    let others = "SELECT type || ' ' || name || ' ' || sql FROM sqlite_schema
                  WHERE type <> 'table' AND sql IS NOT NULL ORDER BY 1";
    let mut all = names(conn, columns);
    all.extend(names(conn, others).iter().map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" ")));
    all
}

#[test]
fn every_older_version_is_brought_to_the_shape_of_a_new_file() {
    assert_eq!(FROZEN.len() as u32, migrations::VERSION - 1, "freeze schema.sql before raising the version");
    let world = World::new();
    let wanted = described(&open(&world));
    for (version, frozen) in FROZEN {
        let path = world.path(&format!("v{version}.db"));
        #[expect(clippy::disallowed_methods, reason = "the test makes a file of an older version")]
        let mut conn = Connection::open(&path).unwrap();
        conn.execute_batch(frozen).unwrap();
        conn.pragma_update(None, "user_version", version).unwrap();
        migrations::migrate(&mut conn, &path, migrations::STEPS, false).unwrap();
        assert_eq!(described(&conn), wanted, "from version {version}");
    }
}

#[test]
fn months_that_were_closed_in_an_older_file_have_their_sums() {
    let world = World::empty();
    let path = world.path("v3.db");
    #[expect(clippy::disallowed_methods, reason = "the test makes a file of an older version")]
    let mut conn = Connection::open(&path).unwrap();
    let (_, frozen) = FROZEN.iter().find(|(version, _)| *version == 3).unwrap();
    conn.execute_batch(frozen).unwrap();
    conn.pragma_update(None, "user_version", 3).unwrap();
    conn.execute_batch(
        "INSERT INTO tenant (id, code, cvr, name, status, created_at) VALUES (1, 'a', '10213231', 'A', 'active', 'x');
         INSERT INTO unit (id, tenant_id, kind, number, status, created_at)
         VALUES (1, 1, 'accounting', '12345', 'active', 'x'), (2, 1, 'accounting', '12346', 'active', 'x');
         INSERT INTO kpi_measure (id, code, name, value_kind, basis, direction, status)
         VALUES (1, 'A1', 'A', 'count', 'within-limit', 'higher-is-better', 'active');
         INSERT INTO service_area (id, name) VALUES (1, '');
         INSERT INTO kpi_import (id, at, file, sha256, rows) VALUES (1, 'x', 'x', '', 3);
         INSERT INTO kpi_fact (measure_id, month, unit_id, area_id, numerator, denominator, within_limit, over_limit, import_id)
         VALUES (1, 202604, 1, 1, 9, 10, 9, 1, 1), (1, 202604, 2, 1, 18, 20, 18, 2, 1), (1, 202605, 1, 1, 1, 1, 1, 0, 1);
         INSERT INTO kpi_month (month, state, changed_at) VALUES (202604, 'closed', 'x'), (202605, 'open', 'x');",
    )
    .unwrap();
    migrations::migrate(&mut conn, &path, migrations::STEPS, false).unwrap();
    let sums = "SELECT month || ':' || numerator || '/' || denominator || ':' || within_limit || '+' || over_limit FROM kpi_closed_sum";
    let units = "SELECT year || ' ' || unit_id || ':' || numerator || '/' || denominator || ':' || within_limit || '+' || over_limit
                 FROM kpi_closed_unit ORDER BY unit_id";
    assert_eq!(names(&conn, sums), ["202604:27/30:27+3"]);
    assert_eq!(names(&conn, units), ["2026 1:9/10:9+1", "2026 2:18/20:18+2"]);
    conn.execute_batch("UPDATE kpi_month SET state = 'closed' WHERE month = 202605").unwrap();
    assert_eq!(names(&conn, sums), ["202604:27/30:27+3", "202605:1/1:1+0"]);
    assert_eq!(names(&conn, units), ["2026 1:10/11:10+1", "2026 2:18/20:18+2"]);
    conn.execute_batch("UPDATE kpi_month SET state = 'open' WHERE month = 202604").unwrap();
    assert_eq!(names(&conn, sums), ["202605:1/1:1+0"]);
    assert_eq!(names(&conn, units), ["2026 1:1/1:1+0"]);
    // A month whose first state is closed adds to its year.
    conn.execute_batch(
        "INSERT INTO kpi_fact (measure_id, month, unit_id, area_id, numerator, denominator, within_limit, over_limit, import_id)
         VALUES (1, 202606, 1, 1, 4, 5, 4, 1, 1);
         INSERT INTO kpi_month (month, state, changed_at) VALUES (202606, 'closed', 'x')",
    )
    .unwrap();
    assert_eq!(names(&conn, units), ["2026 1:5/6:5+1"]);
    assert_eq!(names(&conn, "SELECT code FROM service ORDER BY position").len(), 6);
}

#[test]
fn links_of_an_older_file_and_the_mails_that_carry_them_stay_together() {
    let world = World::empty();
    let path = world.path("v2.db");
    #[expect(clippy::disallowed_methods, reason = "the test makes a file of an older version")]
    let mut conn = Connection::open(&path).unwrap();
    let (_, frozen) = FROZEN.iter().find(|(version, _)| *version == 2).unwrap();
    conn.execute_batch(frozen).unwrap();
    conn.pragma_update(None, "user_version", 2).unwrap();
    conn.execute_batch(
        "PRAGMA foreign_keys = ON;
         INSERT INTO user (id, email, email_key, name, kind, status, created_at)
         VALUES (7, 'a@example.dk', 'a@example.dk', 'A', 'person', 'invited', '2026-05-04T08:00:00Z');
         INSERT INTO link (id, purpose, user_id, nonce, created_at, expires_at)
         VALUES (9, 'activation', 7, zeroblob(16), '2026-05-04T08:00:00Z', '2026-05-05T08:00:00Z');
         INSERT INTO outbox (channel, state, recipient, language, cause, template, params, link_id, message_id, queued_at)
         VALUES ('mail', 'queued', 'a@example.dk', 'da', 'x', 'user.activation', '{}', 9, 'm', '2026-05-04T08:00:00Z');",
    )
    .unwrap();
    migrations::migrate(&mut conn, &path, migrations::STEPS, false).unwrap();
    let joined =
        "SELECT l.purpose || o.recipient FROM outbox o JOIN link l ON l.id = o.link_id WHERE l.user_id = 7";
    assert_eq!(names(&conn, joined), ["activationa@example.dk"]);
    assert_eq!(names(&conn, "SELECT \"table\" FROM pragma_foreign_key_check"), Vec::<String>::new());
    assert_eq!(names(&conn, "PRAGMA integrity_check"), ["ok"]);
    let orphan = conn.execute_batch("UPDATE outbox SET link_id = 10");
    assert!(orphan.is_err(), "what refers to a link still looks at it");
}

const STEP: &[Step] =
    &[Step { to: migrations::VERSION + 1, sql: "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;" }];

#[test]
fn an_older_file_is_brought_up_to_date_in_one_transaction_after_a_copy() {
    let world = World::peopled();
    let before = shape(&open(&world));
    let path = world.path("portal.db");
    let mut conn = open(&world);

    let rehearsed = migrations::migrate(&mut conn, &path, STEP, true).unwrap();
    assert_eq!(
        (rehearsed.from, rehearsed.to, rehearsed.copy),
        (migrations::VERSION, migrations::VERSION + 1, None)
    );
    assert_eq!(shape(&conn), before, "a rehearsal changes nothing");

    let done = migrations::migrate(&mut conn, &path, STEP, false).unwrap();
    let copy = done.copy.expect("a copy is made first");
    assert_ne!(shape(&conn), before);
    #[expect(clippy::disallowed_methods, reason = "the test looks at the copy from outside")]
    let copied = Connection::open(&copy).unwrap();
    assert_eq!(shape(&copied), before, "the copy is the file as it was");
    assert_eq!(names(&copied, "SELECT code FROM tenant ORDER BY 1").len(), 2);
    assert_eq!(names(&copied, "PRAGMA integrity_check"), ["ok"]);

    // The program of the older version now refuses the file, and touches nothing.
    assert_eq!(world.refused("tenant list"), (78, "db.newer".to_owned()));
    assert_eq!(world.refused("tenant create --cvr 53383211 --name X"), (78, "db.newer".to_owned()));
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let world = World::peopled();
    let before = shape(&open(&world));
    let broken = &[Step {
        to: migrations::VERSION + 1,
        sql: "CREATE TABLE later (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1);",
    }];
    let mut conn = open(&world);
    migrations::migrate(&mut conn, &world.path("portal.db"), broken, false).unwrap_err();
    assert_eq!(shape(&conn), before);
    world.run("tenant list").ok();
}

#[test]
fn a_refusal_keeps_what_it_wrote_only_where_it_must_be_remembered() {
    use portalctl::platform::db::{Action, Tx};
    use portalctl::platform::error::{Error, Result};
    let world = World::peopled();
    let open = |dry_run| {
        let options = db::Options {
            dry_run,
            wait: std::time::Duration::from_secs(1),
            clock: portalctl::platform::env::Clock::Story(std::rc::Rc::clone(&world.now)),
            entropy: portalctl::platform::env::Entropy::System,
        };
        db::Db::open(&world.path("portal.db"), options).unwrap()
    };
    let actor = Actor::operator(
        &Operator { os_user: "drift".into(), sudo_user: None, host: "testhost".into() },
        None,
    );
    let entries = || world.json("audit head")["entries"].as_i64().unwrap();
    let fail = |tx: &Tx<'_>, error: Error| -> Result<()> {
        tx.record(Action("auth.login"), "user:x", None::<&()>, Some(&"refused"))?;
        Err(error)
    };
    let before = entries();
    open(false).write(&actor, |tx| fail(tx, Error::refused("auth.refused", "no"))).unwrap_err();
    assert_eq!(entries(), before, "a refusal is rolled back");
    open(true).write(&actor, |tx| fail(tx, Error::refused("auth.refused", "no").committed())).unwrap_err();
    assert_eq!(entries(), before, "a dry run keeps nothing at all");
    let error = open(false)
        .write(&actor, |tx| fail(tx, Error::refused("auth.refused", "no").committed()))
        .unwrap_err();
    assert_eq!((entries(), error.code()), (before + 1, "auth.refused"), "a failed login is remembered");
}

#[test]
fn a_clock_of_ones_own_works_on_an_example_world_alone() {
    let world = World::empty();
    let options = |clock| db::Options {
        dry_run: false,
        wait: std::time::Duration::from_secs(1),
        clock,
        entropy: portalctl::platform::env::Entropy::System,
    };
    let path = world.path("real.db");
    std::fs::write(&path, "").unwrap();
    drop(db::Db::build_at(&path, options(portalctl::platform::env::Clock::System)).unwrap());
    let story = portalctl::platform::env::Clock::Story(std::rc::Rc::clone(&world.now));
    assert!(db::Db::open(&path, options(story)).is_err(), "an audit trail that can be back-dated is none");
    let demo = World::new();
    let conn = open(&demo);
    assert!(conn.execute_batch("DELETE FROM meta WHERE key = 'demo'").is_err());
    assert!(conn.execute_batch("UPDATE meta SET value = '0' WHERE key = 'demo'").is_err());
}

#[test]
fn changed_rows_without_a_record_are_an_internal_error_and_undone() {
    let world = World::peopled();
    let options = db::Options {
        dry_run: false,
        wait: std::time::Duration::from_secs(1),
        clock: portalctl::platform::env::Clock::System,
        entropy: portalctl::platform::env::Entropy::System,
    };
    let mut db = db::Db::open(&world.path("portal.db"), options).unwrap();
    let operator = Operator { os_user: "drift".into(), sudo_user: None, host: "testhost".into() };
    let actor = Actor::operator(&operator, None);
    let error = db
        .write(&actor, |tx| db::execute(tx, "UPDATE tenant SET name = 'x'", []))
        .expect_err("nothing was recorded");
    assert_eq!(error.code(), "internal");
    assert_eq!(world.json("tenant show 10213231")["name"], "Økonomistyrelsen");
}

/// A partial index serves only where its condition is written out; a bound value cannot promise it.
#[test]
fn what_a_partial_index_asks_for_is_never_bound() {
    let world = World::peopled();
    let conn = open(&world);
    let mut explain = conn
        .prepare("EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE state = 'queued' ORDER BY id DESC")
        .unwrap();
    let detail: Vec<String> = explain.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
    assert!(detail.join(" ").contains("outbox_queued"), "{detail:?}");
    for (name, text) in
        super::tidy::sources().into_iter().filter(|(name, _)| name.starts_with("platform/outbox/"))
    {
        assert!(!text.contains("\"state = ?\""), "{name} binds the state");
    }
}

#[test]
fn agreements_of_an_older_file_keep_their_annexes_signatures_and_events() {
    let world = World::empty();
    let path = world.path("v3.db");
    #[expect(clippy::disallowed_methods, reason = "the test makes a file of an older version")]
    let mut conn = Connection::open(&path).unwrap();
    let (_, frozen) = FROZEN.iter().find(|(version, _)| *version == 3).unwrap();
    conn.execute_batch(frozen).unwrap();
    conn.pragma_update(None, "user_version", 3).unwrap();
    conn.execute_batch(
        "PRAGMA foreign_keys = ON;
         INSERT INTO tenant (id, code, cvr, name, status, created_at) VALUES (1, 'a', '10213231', 'A', 'active', '2026-05-04T08:00:00Z');
         INSERT INTO blob (id, sha256, size, created_at) VALUES (1, printf('%064d', 1), 1, '2026-05-04T08:00:00Z');
         INSERT INTO agreement (id, tenant_id, kind, title, state, document_name, document, sha256, created_at)
         VALUES (7, 1, 'customer', 'Kundeaftale', 'partly-signed', 'a.pdf', 1, printf('%064d', 1), '2026-05-04T08:00:00Z');
         INSERT INTO agreement_annex VALUES (7, 1, 'b.pdf', 1);
         INSERT INTO agreement_signature (id, agreement_id, party, signer, email, role, method, signed_at, recorded_at, sha256, evidence_name, evidence)
         VALUES (3, 7, 'customer', 'A', 'a@example.dk', 'customer', 'MitID', '2026-05-04T08:00:00Z', '2026-05-04T08:00:00Z', printf('%064d', 1), 'e', 1);
         INSERT INTO agreement_event (id, agreement_id, at, kind, actor, sha256) VALUES (9, 7, '2026-05-04T08:00:00Z', 'created', 'x', printf('%064d', 1));",
    )
    .unwrap();
    migrations::migrate(&mut conn, &path, migrations::STEPS, false).unwrap();
    let one = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(
        one("SELECT version || name || document FROM agreement_annex WHERE agreement_id = 7"),
        "1b.pdf1"
    );
    assert_eq!(one("SELECT id || signer || origin || evidence FROM agreement_signature"), "3Arecorded1");
    assert_eq!(one("SELECT id || kind || (hash IS NULL) FROM agreement_event"), "9created1");
    assert_eq!(one("SELECT version || state FROM agreement"), "1partly-signed");
    assert_eq!(one("SELECT value FROM meta WHERE key = 'agreement_events_unchained'"), "9");
    assert_eq!(names(&conn, "SELECT \"table\" FROM pragma_foreign_key_check"), Vec::<String>::new());
}
