//! `search` inside the database against `LIKE '%…%'` over the same table, in the same run; and what the triggers cost.
//!
//! `cargo bench --bench search`. The database is built by portalctl's own schema and holds 200 institutions, 2,000
//! units, 20,000 users, 7,800 contacts and 70,000 tickets with names that people here have. Each question is asked
//! 25 times over an open connection, as the operator and as an administrator of one institution.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures time"
)]

use std::time::{Duration, Instant};

use portalctl::platform::actor::{Actor, Principal};
use portalctl::platform::db::{Action, Connection, Db, Options, SCHEMA, Tx, params};
use portalctl::platform::env::{Clock, Entropy};
use portalctl::portal::search::service;

const TENANTS: i64 = 200;
const UNITS: i64 = 2_000;
const USERS: i64 = 20_000;
const CONTACTS: i64 = 7_800;
const TICKETS: i64 = 70_000;
const ROUNDS: usize = 25;

const QUESTIONS: &[(&str, &str)] = &[
    ("exact", "oekonomistyrelsen-17"),
    ("CVR with blanks", "10 00 00 17"),
    ("ticket number", "SAM 2404-1030"),
    ("e-mail", "jonas.brandtoft777@example.dk"),
    ("prefix", "Digital"),
    ("one letter", "b"),
    ("two letters", "lø"),
    ("substring", "aliserings"),
    ("substring of numbers", "0103"),
    ("zeros", "00000"),
    ("common substring", "styrelsen"),
    ("common word", "lønseddel"),
    ("two words", "brandtoft jonas"),
    ("two common words", "lønseddel mangler"),
    ("common, never together", "lønseddel ferie"),
    ("typo in a name", "Brandtfot"),
    ("typo in an institution", "Digitaliseringstyrelsen"),
    ("typo in a common word", "Økonomistyrelesn"),
    ("typo in two words", "jnoas brandtfot"),
    ("typo beside a sound word", "jonas brandtfot"),
    (
        "a sentence",
        "hvornår kommer lønsedlen medarbejderen mangler adgang til rapporterne fra styrelsen inden ferie",
    ),
    ("four wrong words", "rettlse kontreing medarbjder ekonomistyrelsn"),
    ("four words, one wrong", "lønseddel er forkert digitaliseringsstyrlsen"),
    ("a letter beside a word", "q lønseddel"),
    ("nonsense", "xqzvkjwp"),
    ("nonsense of common parts", "lonstyrferbilanm"),
];

const FIRST: [&str; 24] = [
    "Anna", "Bo", "Camilla", "Dorthe", "Emil", "Freja", "Gustav", "Hanne", "Ida", "Jonas", "Karen", "Lars",
    "Mette", "Niels", "Ole", "Pernille", "Rasmus", "Søren", "Thea", "Ulla", "Vibeke", "William", "Ærø",
    "Åse",
];
const LAST: [&str; 25] = [
    "Holm",
    "Lykkebo",
    "Brandtoft",
    "Andersen",
    "Brandt",
    "Christensen",
    "Dahl",
    "Eskildsen",
    "Frandsen",
    "Grand",
    "Hansen",
    "Iversen",
    "Jensen",
    "Kjær",
    "Lund",
    "Møller",
    "Nørgaard",
    "Olesen",
    "Poulsen",
    "Quist",
    "Rasmussen",
    "Sørensen",
    "Thomsen",
    "Østergaard",
    "Aagaard",
];
const NAMES: [&str; 8] = [
    "Økonomistyrelsen",
    "Digitaliseringsstyrelsen",
    "Skattestyrelsen",
    "Energistyrelsen",
    "Kystdirektoratet",
    "Nationalmuseet",
    "Rigsarkivet",
    "Sundhedsstyrelsen",
];
const SUBJECTS: [&str; 10] = [
    "Lønseddel mangler",
    "Spørgsmål til bilag",
    "Adgang til rapporter",
    "Ferie er ikke afregnet",
    "Ny medarbejder",
    "Rettelse af kontering",
    "Lønseddel er forkert",
    "Faktura fra styrelsen",
    "Rejseafregning",
    "Kreditor skal oprettes",
];

/// What keeps up the index of the texts of tickets is measured by `tickets`.
const WITHOUT: &str =
    "DROP TRIGGER search_ticket_added; DROP TRIGGER ticket_text_named; DROP TRIGGER ticket_text_gone;";

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.db");
    std::fs::write(&path, "").unwrap();
    let options = Options {
        dry_run: false,
        wait: Duration::from_secs(1),
        clock: Clock::System,
        entropy: Entropy::System,
    };
    let mut db = Db::build_at(&path, options).unwrap();
    let operator =
        Actor { real: "operator:bench@host".to_owned(), effective: Principal::Operator, reason: None };
    let mut write = |work: &dyn Fn(&Tx<'_>)| {
        timed(|| {
            db.write(&operator, |tx| {
                work(tx);
                tx.record(Action("bench.fill"), "bench", None::<&()>, None::<&()>)
            })
            .unwrap();
        })
    };
    let rows = write(&|tx| people(tx));
    println!("institutions, units, users, rights and contacts: {rows:.2} s");
    write(&|tx| tx.execute_batch(WITHOUT).unwrap());
    let without = write(&|tx| tickets(tx));
    let (_, trigger) = SCHEMA.split_once("CREATE TRIGGER search_ticket_added").unwrap();
    let (trigger, _) = trigger.split_once("END;").unwrap();
    let again = format!("DELETE FROM ticket; CREATE TRIGGER search_ticket_added {trigger} END;");
    write(&|tx| tx.execute_batch(&again).unwrap());
    let with = write(&|tx| tickets(tx));
    println!(
        "{TICKETS} tickets with the triggers {with:.2} s, without {without:.2} s; ratio {:.2}",
        with / without
    );
    db.read(|conn| {
        let size = |what: &str| -> i64 {
            let sql = format!("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '{what}%'");
            conn.query_row(&sql, [], |row| row.get::<_, Option<i64>>(0)).ok().flatten().unwrap_or(0)
        };
        println!("bytes: search_entry {}, search_index {}", size("search_entry"), size("search_index"));
        Ok(())
    })
    .unwrap();
    let user =
        Actor { effective: Principal::User("jonas.brandtoft777@example.dk".to_owned()), ..operator.clone() };
    for (who, actor) in [("operator", &operator), ("user", &user)] {
        println!("\nas {who}:  median and worst in ms, LIKE in ms, ratio, answers");
        for (what, text) in QUESTIONS {
            db.read(|conn| {
                let mut found = 0;
                let mut times: Vec<f64> = (0..ROUNDS)
                    .map(|_| {
                        timed(|| found = service::search(conn, actor, text).unwrap().hits.len()) * 1000.0
                    })
                    .collect();
                times.sort_by(f64::total_cmp);
                let (median, worst) = (times[ROUNDS / 2], times[ROUNDS - 1]);
                let peer = timed(|| like(conn, text)) * 1000.0;
                println!(
                    "{what:<26} {median:>7.2} {worst:>7.2} {peer:>8.2} {:>7.1} {found:>5}",
                    peer / median
                );
                Ok(())
            })
            .unwrap();
        }
    }
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// What one would write without an index of trigrams.
fn like(conn: &Connection, text: &str) {
    let mut statement = conn
        .prepare("SELECT id, key, label FROM search_entry WHERE key LIKE ?1 OR label LIKE ?1 OR more LIKE ?1 LIMIT 1000")
        .unwrap();
    let rows = statement.query_map([format!("%{text}%")], |row| row.get::<_, String>(2)).unwrap();
    assert!(rows.count() <= 1000);
}

fn pick<'a>(list: &[&'a str], n: i64) -> &'a str {
    list[usize::try_from(n).unwrap() % list.len()]
}

fn people(conn: &Connection) {
    let at = "2026-05-04T08:00:00Z";
    let add = |sql: &str, rows: i64, row: &dyn Fn(&mut rusqlite::CachedStatement<'_>, i64)| {
        let mut statement = conn.prepare_cached(sql).unwrap();
        (1..=rows).for_each(|n| row(&mut statement, n));
    };
    add(
        "INSERT INTO tenant (id, code, cvr, name, status, created_at) VALUES (?, ?, ?, ?, 'active', ?)",
        TENANTS,
        &|statement, n| {
            let name = pick(&NAMES, n - 1);
            let code = portalctl::values::tenant_code(name);
            let cvr = (10_000_000 + n).to_string();
            statement.execute(params![n, format!("{code}-{n}"), cvr, format!("{name} {n}"), at]).unwrap();
        },
    );
    add(
        "INSERT INTO unit (id, tenant_id, kind, number, name, status, created_at)
         VALUES (?, ?, 'accounting', ?, ?, 'active', ?)",
        UNITS,
        &|statement, n| {
            let number = (10_000 + n).to_string();
            let name = format!("Regnskab {}", pick(&NAMES, n));
            statement.execute(params![n, n % TENANTS + 1, number, name, at]).unwrap();
        },
    );
    add(
        "INSERT INTO user (id, email, email_key, name, kind, status, created_at)
         VALUES (?1, ?2, ?2, ?3, 'person', 'active', ?4)",
        USERS,
        &|statement, n| {
            let (first, last) = person(n);
            let email = format!("{}.{}{n}@example.dk", plain(first), plain(last));
            statement.execute(params![n, email, format!("{first} {last}"), at]).unwrap();
        },
    );
    add(
        "INSERT INTO user_right (user_id, tenant_id, \"right\", granted_at, granted_by) VALUES (?, ?, ?, ?, 'bench')",
        USERS,
        &|statement, n| {
            let right = if n % 7 == 0 { "administrator" } else { "reader" };
            statement.execute(params![n, n % TENANTS + 1, right, at]).unwrap();
        },
    );
    add(
        "INSERT INTO contact (id, tenant_id, key, name, email, secure_email, phone, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, 0, ?, ?7, ?7)",
        CONTACTS,
        &|statement, n| {
            let (first, last) = person(n * 31);
            let email = format!("kontakt{n}@example.dk");
            let phone = (33_000_000 + n).to_string();
            let name = format!("{first} {last}");
            statement.execute(params![n, n % TENANTS + 1, format!("k{n}"), name, email, phone, at]).unwrap();
        },
    );
}

fn person(n: i64) -> (&'static str, &'static str) {
    if n == 777 {
        ("Jonas", "Brandtoft")
    } else {
        (pick(&FIRST, n * 7 + n / 24), pick(&LAST, n * 11 + n / 500))
    }
}

fn plain(name: &str) -> String {
    portalctl::values::tenant_code(name).replace('-', "")
}

fn tickets(conn: &Connection) {
    let mut statement = conn
        .prepare(
            "INSERT INTO ticket (number, yymm, sequence, tenant_id, requester_id, subject, status, created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, 'registered', ?7, ?7)",
        )
        .unwrap();
    for n in 0..TICKETS {
        let (yymm, sequence) = (2401 + n / 9_999, n % 9_999 + 1);
        let subject = format!("{} {}", pick(&SUBJECTS, n), pick(&NAMES, n / 3));
        let number = format!("SAM {yymm}-{sequence:04}");
        let requester = n % USERS + 1;
        statement
            .execute(params![
                number,
                yymm,
                sequence,
                n % TENANTS + 1,
                requester,
                subject,
                "2026-05-04T08:00:00Z"
            ])
            .unwrap();
    }
}
