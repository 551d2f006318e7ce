//! Use cases of search.

use std::time::Duration;

use super::rules::{Query, Rank};
use super::service::{self, MOST};
use super::store;
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::{self, Action, Db, Options, Tx, params};
use crate::platform::env::{Clock, Entropy};
use crate::platform::exit::Exit;

fn operator() -> Actor {
    Actor { real: "operator:test@host".to_owned(), effective: Principal::Operator, reason: None }
}

fn user(email: &str) -> Actor {
    Actor { effective: Principal::User(email.to_owned()), ..operator() }
}

/// Two institutions with a unit, contacts, people, agreements and tickets each.
const WORLD: &str = "
INSERT INTO tenant (id, code, cvr, name, status, created_at) VALUES
    (1, 'oekonomistyrelsen', '10213231', 'Økonomistyrelsen', 'active', ''),
    (2, 'digitaliseringsstyrelsen', '34051178', 'Digitaliseringsstyrelsen', 'active', '');
INSERT INTO tenant_se_number VALUES (1, '29979812', 1);
INSERT INTO tenant_gln VALUES (1, '5798000000012', 1);
INSERT INTO unit (id, tenant_id, kind, number, name, ldv, status, created_at) VALUES
    (1, 1, 'accounting', '12345', 'Regnskab', 'LDV77', 'active', ''), (2, 1, 'payroll', '017', NULL, NULL, 'active', ''),
    (3, 2, 'accounting', '54321', 'Regnskab Vest', NULL, 'active', '');
INSERT INTO user (id, email, email_key, name, b_number, kind, staff, status, created_at) VALUES
    (1, 'admin@example.dk', 'admin@example.dk', 'Anna Holm', 'B123456', 'person', NULL, 'active', ''),
    (2, 'reports@example.dk', 'reports@example.dk', 'Rikke Port', NULL, 'person', NULL, 'active', ''),
    (3, 'reader@example.dk', 'reader@example.dk', 'Liv Læser', NULL, 'person', NULL, 'active', ''),
    (4, 'vest@example.dk', 'vest@example.dk', 'Jonas Brandtoft', NULL, 'person', NULL, 'active', ''),
    (5, 'caseworker@example.dk', 'caseworker@example.dk', 'Carl Krog', NULL, 'person', 'caseworker', 'active', ''),
    (6, 'system@example.dk', 'system@example.dk', 'Sia Krog', NULL, 'person', 'system-administrator', 'active', ''),
    (7, 'gone@example.dk', 'gone@example.dk', 'Gunnar Holm', NULL, 'person', NULL, 'disabled', '');
INSERT INTO user_right (user_id, tenant_id, \"right\", granted_at, granted_by) VALUES
    (1, 1, 'administrator', '', ''), (2, 1, 'reports', '', ''), (3, 1, 'reader', '', ''),
    (4, 2, 'administrator', '', ''), (7, 1, 'administrator', '', '');
INSERT INTO contact (id, tenant_id, unit_id, key, name, email, secure_email, shared_email, phone, created_at, updated_at)
    VALUES (1, 1, NULL, 'k1', 'Kirsten Ærø', 'kirsten@example.dk', 0, 'faelles@example.dk', '33928000', '', ''),
    (2, 2, 3, 'k2', 'Kjeld Aagaard', NULL, 0, NULL, NULL, '', '');
INSERT INTO blob (id, sha256, size, created_at) VALUES (1, printf('%064d', 0), 0, '');
INSERT INTO agreement (id, tenant_id, kind, title, state, document_name, document, sha256, created_at) VALUES
    (11, 1, 'customer', 'Kundeaftale om regnskab', 'in-force', '', 1, '', ''),
    (12, 1, 'customer', 'Kundeaftale under udarbejdelse', 'draft', '', 1, '', '');
INSERT INTO ticket (id, number, yymm, sequence, tenant_id, requester_id, subject, status, created_at, updated_at) VALUES
    (1, 'SAM 2404-1030', 2404, 1030, 1, 1, 'Lønseddel mangler', 'registered', '', ''),
    (2, 'SAM 2404-1031', 2404, 1031, 1, 3, 'Lønseddel forkert', 'registered', '', ''),
    (3, 'SAM 2404-1032', 2404, 1032, 2, 4, 'Lønseddel for maj', 'registered', '', '');
INSERT INTO ticket_share VALUES (2, 1, '');
";

fn empty() -> Db {
    let options = Options {
        dry_run: false,
        wait: Duration::ZERO,
        clock: Clock::System,
        entropy: Entropy::Counter(std::rc::Rc::default()),
    };
    Db::in_memory(options).unwrap()
}

fn change(db: &mut Db, sql: &str) {
    let write = |tx: &Tx<'_>| {
        tx.execute_batch(sql)?;
        tx.record(Action("test.change"), "test", None::<&()>, None::<&()>)
    };
    db.write(&operator(), write).unwrap();
}

fn world() -> Db {
    let mut db = empty();
    change(&mut db, WORLD);
    db
}

fn keys(db: &Db, actor: &Actor, text: &str) -> Vec<String> {
    let found = db.read(|conn| service::search(conn, actor, text)).unwrap();
    found.hits.into_iter().map(|hit| hit.key).collect()
}

/// What someone sees when everything there is would match, as `kind key`.
fn sight(db: &Db, actor: &Actor) -> Vec<String> {
    let mut seen: Vec<_> =
        ["styrelsen", "krog", "regnskab", "payroll", "example", "kundeaftale", "lønseddel", "k"]
            .into_iter()
            .flat_map(|text| db.read(|conn| service::search(conn, actor, text)).unwrap().hits)
            .map(|hit| format!("{} {}", hit.kind, hit.key))
            .collect();
    seen.sort();
    seen.dedup();
    seen
}

#[test]
fn k_072_everything_is_found_by_name_and_by_number() {
    let db = world();
    for (text, key) in [
        ("oekonomistyrelsen", "oekonomistyrelsen"),
        ("Økonomi", "oekonomistyrelsen"),
        ("okonomi", "oekonomistyrelsen"),
        ("OEKONOMI", "oekonomistyrelsen"),
        ("10 21 32 31", "oekonomistyrelsen"),
        ("DK10213231", "oekonomistyrelsen"),
        ("29979812", "oekonomistyrelsen"),
        ("5798000000012", "oekonomistyrelsen"),
        ("12345", "accounting:12345"),
        ("accounting:12345", "accounting:12345"),
        ("payroll:17", "payroll:017"),
        ("017", "payroll:017"),
        ("ldv77", "accounting:12345"),
        ("vest regnskab", "accounting:54321"),
        ("B123456", "admin@example.dk"),
        ("admin@example.dk", "admin@example.dk"),
        ("holm anna", "admin@example.dk"),
        ("ærø", "1"),
        ("Kirsten Aeroe", "1"),
        ("faelles@example.dk", "1"),
        ("33 92 80 00", "1"),
        ("+45 33928000", "1"),
        ("k2", "2"),
        ("Ågård", "2"),
        ("Kundeaftale om", "11"),
        ("SAM 2404-1030", "SAM 2404-1030"),
        ("sam2404-1030", "SAM 2404-1030"),
        ("2404-1030", "SAM 2404-1030"),
        ("24041030", "SAM 2404-1030"),
        ("mangler lønseddel", "SAM 2404-1030"),
    ] {
        assert_eq!(keys(&db, &operator(), text).first().map(String::as_str), Some(key), "{text}");
    }
    assert_eq!(
        keys(&db, &operator(), "11"),
        ["11"],
        "an agreement by its number, and no other number with 11 in it"
    );
}

#[test]
fn slips_of_the_fingers_find_and_nonsense_does_not() {
    let db = world();
    for (text, key) in [
        ("Digitaliseringstyrelsen", "digitaliseringsstyrelsen"),
        ("Økonomistyrelesn", "oekonomistyrelsen"),
        ("Brandtfot", "vest@example.dk"),
        ("jonas brandtfot", "vest@example.dk"),
        ("lønsedel mnagler", "SAM 2404-1030"),
    ] {
        assert_eq!(keys(&db, &operator(), text).first().map(String::as_str), Some(key), "{text}");
        assert_eq!(keys(&db, &user("system@example.dk"), text), keys(&db, &operator(), text), "{text}");
    }
    for text in ["xqzvkjwp", "10213232", "lønseddel xqzvkjwp", "%", "😀a\"b*", "q"] {
        let Ok(found) = db.read(|conn| service::search(conn, &operator(), text)) else { continue };
        assert_eq!(found.hits, [], "{text}");
    }
    let refused = db.read(|conn| service::search(conn, &operator(), "%--")).unwrap_err();
    assert_eq!(refused.exit(), Exit::Usage);
}

#[test]
fn k_074_everyone_finds_what_the_other_commands_would_show_them() {
    let db = world();
    assert_eq!(sight(&db, &operator()).len(), 2 + 3 + 7 + 2 + 2 + 3);
    assert_eq!(sight(&db, &user("system@example.dk")), sight(&db, &operator()));
    let job = Actor { effective: Principal::Job("mail-send"), ..operator() };
    assert_eq!(sight(&db, &job), sight(&db, &operator()));
    assert_eq!(
        sight(&db, &user("admin@example.dk")),
        [
            "agreement 11",
            "contact 1",
            "tenant oekonomistyrelsen",
            "ticket SAM 2404-1030",
            "ticket SAM 2404-1031",
            "unit accounting:12345",
            "unit payroll:017",
            "user admin@example.dk",
            "user gone@example.dk",
            "user reader@example.dk",
            "user reports@example.dk",
        ],
        "S-013: a shared ticket too; K-092: no draft"
    );
    assert_eq!(
        sight(&db, &user("reader@example.dk")),
        [
            "agreement 11",
            "contact 1",
            "tenant oekonomistyrelsen",
            "ticket SAM 2404-1031",
            "unit accounting:12345",
            "unit payroll:017",
        ]
    );
    assert_eq!(sight(&db, &user("reports@example.dk")), ["agreement 11", "tenant oekonomistyrelsen"]);
    // As elsewhere, a caseworker without a right at an institution opens none of its menus, but every ticket.
    let tickets = ["ticket SAM 2404-1030", "ticket SAM 2404-1031", "ticket SAM 2404-1032"];
    assert_eq!(sight(&db, &user("caseworker@example.dk")), tickets);
    for nobody in ["gone@example.dk", "unknown@example.dk", "no address"] {
        assert_eq!(sight(&db, &user(nobody)), [""; 0], "{nobody}");
    }
}

#[test]
fn whatever_changes_is_found_as_it_is_now() {
    let mut db = world();
    let found = |db: &Db, text: &str| keys(db, &operator(), text);
    for (change_to, gone, now, key) in [
        ("UPDATE tenant SET name = 'Nyborg Museum' WHERE id = 1", "xqzvkj", "nyborg", "oekonomistyrelsen"),
        ("UPDATE tenant SET cvr = '17143611' WHERE id = 1", "10213231", "17143611", "oekonomistyrelsen"),
        (
            "DELETE FROM tenant_se_number; INSERT INTO tenant_se_number VALUES (1, '53383211', 1)",
            "29979812",
            "53383211",
            "oekonomistyrelsen",
        ),
        (
            "DELETE FROM tenant_gln; INSERT INTO tenant_gln VALUES (2, '5798000000029', 1)",
            "5798000000012",
            "5798000000029",
            "digitaliseringsstyrelsen",
        ),
        (
            "UPDATE unit SET name = 'Bogholderi', ldv = NULL WHERE id = 1",
            "LDV77",
            "bogholderi",
            "accounting:12345",
        ),
        (
            "UPDATE user SET email = 'ny@example.dk', email_key = 'ny@example.dk' WHERE id = 1",
            "admin@example.dk",
            "ny@example.dk",
            "ny@example.dk",
        ),
        ("UPDATE user SET b_number = 'B654321' WHERE id = 1", "B123456", "B654321", "ny@example.dk"),
        (
            "UPDATE contact SET phone = '33928001', shared_email = NULL WHERE id = 1",
            "33928000",
            "33928001",
            "1",
        ),
        ("UPDATE agreement SET title = 'Tillæg' WHERE id = 12", "udarbejdelse", "tillaeg", "12"),
        ("UPDATE ticket SET subject = 'Feriepenge' WHERE id = 1", "mangler", "feriepenge", "SAM 2404-1030"),
    ] {
        change(&mut db, change_to);
        assert_eq!(found(&db, gone), [""; 0], "{change_to}");
        assert_eq!(found(&db, now), [key], "{change_to}");
    }
    change(&mut db, "UPDATE unit SET tenant_id = 2 WHERE id = 1");
    let hits = db.read(|conn| service::search(conn, &operator(), "accounting:12345")).unwrap().hits;
    assert_eq!(hits[0].tenant.as_deref(), Some("digitaliseringsstyrelsen"));
    assert_eq!(keys(&db, &user("reader@example.dk"), "accounting:12345"), [""; 0]);

    change(
        &mut db,
        "DELETE FROM ticket_share; DELETE FROM ticket; DELETE FROM agreement; DELETE FROM contact; DELETE FROM unit;
         DELETE FROM tenant_gln; DELETE FROM tenant_se_number; DELETE FROM user_right; DELETE FROM user; DELETE FROM tenant",
    );
    let count = "SELECT (SELECT count(*) FROM search_entry) + (SELECT count(*) FROM search_pending)";
    assert_eq!(db.read(|conn| db::one::<i64>(conn, count, [])).unwrap(), 0);
    assert_eq!(found(&db, "styrelsen"), [""; 0]);
    sound(&mut db);
}

/// The index holds the trigrams of the rows, no more and no fewer.
fn sound(db: &mut Db) {
    change(db, "INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
}

#[test]
fn the_index_knows_what_was_committed_and_nothing_else() {
    let mut db = world();
    sound(&mut db);
    // Added, changed and removed in one transaction, and an id used anew.
    change(
        &mut db,
        "INSERT INTO unit (id, tenant_id, kind, number, status, created_at) VALUES (9, 1, 'accounting', '99999', 'active', '');
         UPDATE unit SET name = 'Kort' WHERE id = 9;
         UPDATE unit SET name = 'Længere' WHERE id = 9;
         DELETE FROM unit WHERE id = 2;
         INSERT INTO unit (id, tenant_id, kind, number, status, created_at) VALUES (2, 2, 'payroll', '018', 'active', '');
         INSERT INTO unit (id, tenant_id, kind, number, status, created_at) VALUES (8, 1, 'payroll', '888', 'active', '');
         DELETE FROM unit WHERE id = 8",
    );
    sound(&mut db);
    assert_eq!(keys(&db, &operator(), "laengere"), ["accounting:99999"]);
    assert_eq!(keys(&db, &operator(), "payroll"), ["payroll:018"]);
    let undone = db.write(&operator(), |tx| {
        db::execute(tx, "UPDATE tenant SET name = 'Fortrudt' WHERE id = 1", params![])?;
        Err::<(), _>(crate::platform::error::Error::usage("never mind"))
    });
    assert!(undone.is_err());
    assert_eq!(keys(&db, &operator(), "fortrudt"), [""; 0]);
    sound(&mut db);
}

/// The index and looking at every row give the same answers, for all that need no forgiving.
#[test]
fn the_index_finds_whatever_matches() {
    let db = world();
    for text in [
        "s",
        "k",
        "a",
        "re",
        "lø",
        "17",
        "sty",
        "styrelsen",
        "elsen",
        "10",
        "2404",
        "103",
        "example",
        "dk",
        "regn vest",
        "om k",
        "a h",
        "lønseddel f",
        "kundeaftale",
        "Ærø",
        "ågård",
        "sam 2404",
        "@",
        "B1",
        "é",
        "34051178",
    ] {
        let Some(query) = Query::new(text) else { continue };
        let (found, expected) = db
            .read(|conn| {
                let found = service::search(conn, &operator(), text)?;
                let mut expected = Vec::new();
                for id in db::list(conn, "SELECT id FROM search_entry", [], |row| Ok(row.get(0)?))? {
                    let entry = store::find(conn, id)?.unwrap();
                    if query.rank(&entry.folded(), false).is_some() {
                        expected.push(entry.key);
                    }
                }
                Ok((found, expected))
            })
            .unwrap();
        let mut keys: Vec<_> = found.hits.into_iter().map(|hit| hit.key).collect();
        keys.retain(|key| expected.contains(key));
        keys.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(keys, expected, "{text}");
    }
}

#[test]
fn better_answers_stand_first_and_there_are_at_most_a_thousand() {
    let mut db = world();
    change(
        &mut db,
        "INSERT INTO unit (id, tenant_id, kind, number, name, status, created_at) VALUES
             (20, 1, 'accounting', '20000', 'Vest', 'active', ''), (21, 1, 'accounting', '20001', 'Vestre', 'active', ''),
             (22, 1, 'accounting', '20002', 'Nordvest', 'active', '')",
    );
    let vest =
        ["accounting:20000", "vest@example.dk", "accounting:20001", "accounting:54321", "accounting:20002"];
    assert_eq!(keys(&db, &operator(), "vest")[0], vest[0]);
    let mut all = keys(&db, &operator(), "vest");
    assert_eq!(all.last().map(String::as_str), Some("accounting:20002"));
    all.sort();
    let mut expected = vest.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(all, expected);

    change(
        &mut db,
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
         INSERT INTO ticket (number, yymm, sequence, tenant_id, requester_id, subject, status, created_at, updated_at)
         SELECT printf('SAM 2405-%04d', n), 2405, n, 1, 1, iif(n = 7, 'Styrelsen', 'Til styrelsen'), 'registered', '', ''
         FROM n",
    );
    let found = db.read(|conn| service::search(conn, &operator(), "styrelsen")).unwrap();
    assert!(found.more);
    assert_eq!(found.hits.len(), MOST);
    assert_eq!(found.hits[0].key, "SAM 2405-0007", "exact, though old and far down");
    assert_eq!(Query::new("styrelsen").unwrap().rank(" |styrelsen |", false), Some(Rank::Exact));
    let found = db.read(|conn| service::search(conn, &operator(), "oekonomistyrelsen")).unwrap();
    assert_eq!((found.more, found.hits.len()), (false, 1));
}
