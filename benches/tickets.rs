//! `ticket list --text` against `LIKE '%…%'` over the same tables, and `ticket close-due` against the raw SQL that writes the
//! same rows, in the same run; its memory at ten times the tickets, and for how long it keeps other writers out.
//!
//! `cargo bench --bench tickets`; the environment variable `TICKETS` sets the number of tickets (default 1,000,000), a tenth
//! of which are due. Each has two entries of some twenty words; 200 institutions, 20,000 users, every fifth ticket shared.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures time"
)]

use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portalctl::platform::actor::{Actor, Principal};
use portalctl::platform::db::{Action, Connection, Db, Options};
use portalctl::platform::env::{Clock, Entropy};
use portalctl::portal::ticket::due::CHUNK;
use portalctl::portal::ticket::{Filter, service};

const ROUNDS: usize = 5;
/// How many rows a table shows.
const SHOWN: usize = 100;
const NOW: &str = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')";

const WORDS: &[&str] = &[
    "lønseddel",
    "mangler",
    "adgang",
    "rapporter",
    "medarbejder",
    "kontering",
    "faktura",
    "styrelsen",
    "ferie",
    "afregnet",
    "spørgsmål",
    "bilag",
    "rejseafregning",
    "kreditor",
    "oprettes",
    "periode",
    "regnskab",
    "bogføringskreds",
    "løngruppe",
    "tillæg",
    "pension",
    "skat",
    "feriepenge",
    "årsopgørelse",
    "refusion",
    "barsel",
    "sygdom",
    "vikar",
    "tjenestemand",
    "overenskomst",
    "udbetaling",
    "fejl",
    "rettelse",
    "efterregulering",
    "indberetning",
    "godkendt",
    "afvist",
    "venter",
    "hurtigst",
    "muligt",
    "tak",
    "hilsen",
    "venlig",
    "med",
    "for",
    "og",
    "til",
    "det",
    "er",
    "ikke",
];

const QUESTIONS: &[(&str, &str)] = &[
    ("a rare word", "nøgleord4711"),
    ("a part of a rare word", "gleord4711"),
    ("a rare word and a common one", "lønseddel nøgleord4711"),
    ("a common word", "lønseddel"),
    ("a part of a compound", "føringskreds"),
    ("two common words", "lønseddel ferie"),
    ("without the letters of here", "aarsopgoerelse"),
    ("two letters", "lø"),
    ("nonsense", "xqzvkjwp"),
];

fn main() {
    let tickets: i64 = std::env::var("TICKETS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = folder.join("ours.db");
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
    let filled = timed(|| {
        db.write(&operator, |tx| {
            tx.execute_batch(&world(tickets)).unwrap();
            tx.record(Action("bench.fill"), "bench", None::<&()>, None::<&()>)
        })
        .unwrap();
    });
    println!("{tickets} tickets with two entries each: {filled:.0} s to fill");
    db.read(|conn| {
        let size = |what: &str| -> i64 {
            let sql = format!("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '{what}%'");
            conn.query_row(&sql, [], |row| row.get::<_, Option<i64>>(0)).ok().flatten().unwrap_or(0) >> 20
        };
        println!("MiB: ticket_entry {}, ticket_text {}", size("ticket_entry"), size("ticket_text"));
        Ok(())
    })
    .unwrap();

    let user = Actor { effective: Principal::User("user777@example.dk".to_owned()), ..operator.clone() };
    for (who, actor, open) in [
        ("operator, open", &operator, Some(true)),
        ("operator, all", &operator, None),
        ("user, all", &user, None),
    ] {
        println!("\nas {who}: the first {SHOWN} in ms (median of {ROUNDS}), LIKE in ms, ratio, answers");
        for (what, text) in QUESTIONS {
            db.read(|conn| {
                let mut found = 0;
                let mut times: Vec<f64> =
                    (0..ROUNDS).map(|_| timed(|| found = search(conn, actor, open, text)) * 1000.0).collect();
                times.sort_by(f64::total_cmp);
                let median = times[ROUNDS / 2];
                let peer = timed(|| like(conn, open, text)) * 1000.0;
                println!("{what:<30} {median:>9.2} {peer:>9.1} {:>8.1} {found:>5}", peer / median);
                Ok(())
            })
            .unwrap();
        }
    }
    drop(db);
    closing(folder, tickets);
}

fn search(conn: &Connection, actor: &Actor, open: Option<bool>, text: &str) -> usize {
    let filter = Filter { open, text: Some(text.to_owned()), ..Filter::default() };
    let filter = service::scoped(conn, actor, filter).unwrap();
    let mut found = 0;
    service::each(conn, &filter, |_| {
        found += 1;
        Ok(if found == SHOWN { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
    .unwrap();
    found
}

/// What one would write without an index of trigrams: of one word, or of all of them.
fn like(conn: &Connection, open: Option<bool>, text: &str) {
    let open = open.map_or("1", |_| "t.status <> 'closed'");
    let words: String = (1..=text.split(' ').count())
        .map(|n| {
            format!(
                " AND (t.subject LIKE '%' || ?{n} || '%' OR EXISTS (SELECT 1 FROM ticket_entry e
                  WHERE e.ticket_id = t.id AND e.kind IN ('message', 'note', 'mail') AND e.text LIKE '%' || ?{n} || '%'))"
            )
        })
        .collect();
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM ticket t WHERE {open}{words} ORDER BY t.updated_at DESC, t.id DESC LIMIT {SHOWN})"
    );
    let words: Vec<&str> = text.split(' ').collect();
    let mut statement = conn.prepare(&sql).unwrap();
    for (n, word) in words.iter().enumerate() {
        statement.raw_bind_parameter(n + 1, word).unwrap();
    }
    assert!(statement.raw_query().next().unwrap().is_some());
}

/// Closing: ours by the real binary, the peer on a copy, and ours again with a tenth of what is due.
fn closing(folder: &Path, tickets: i64) {
    for name in ["peer.db", "few.db"] {
        std::fs::copy(folder.join("ours.db"), folder.join(name)).unwrap();
    }
    open(&folder.join("few.db"))
        .execute_batch(
            "UPDATE ticket SET status = 'started', done_at = NULL WHERE status = 'done' AND id % 100 <> 0",
        )
        .unwrap();
    let (few_time, few_peak, _) = close_due(folder, "few.db");
    let (time, peak, held) = close_due(folder, "ours.db");
    let peer = open(&folder.join("peer.db"));
    let theirs = timed(|| peer.execute_batch(&raw()).unwrap());
    let counts = |conn: &Connection| {
        let sql = "SELECT (SELECT count(*) FROM ticket WHERE status = 'closed') || ' closed, ' || (SELECT count(*) FROM outbox)
                   || ' mails, ' || (SELECT count(*) FROM ticket_entry WHERE kind = 'status') || ' entries, '
                   || (SELECT count(*) FROM audit) || ' records'";
        conn.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let written = counts(&open(&folder.join("ours.db")));
    assert_eq!(written, counts(&peer), "both write the same rows");
    println!("\nclosing {} of {tickets} tickets: {written}", tickets / 10);
    println!("portalctl ticket close-due: {time:.2} s, {:.1} MiB", peak as f64 / 1024.0);
    println!("the same rows by raw SQL:   {theirs:.2} s; ours takes {:.2} of it", time / theirs);
    println!(
        "a tenth of them:            {few_time:.2} s, {:.1} MiB; ten times as many take {:.2} times the memory",
        few_peak as f64 / 1024.0,
        peak as f64 / few_peak as f64
    );
    println!("other writers waited at most {:.0} ms ({CHUNK} tickets a transaction)", held * 1000.0);
}

/// Runs the binary; how long it took, the most memory it had in kB, and the longest time its lock was held.
fn close_due(folder: &Path, name: &str) -> (f64, u64, f64) {
    let out = std::fs::File::create(folder.join("answer.json")).unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let ended = &ended;
        let watch = scope.spawn(move || longest_held(&folder.join(format!("{name}.lock")), ended));
        let start = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_portalctl"))
            .current_dir(folder)
            .args(["ticket", "close-due", "--db", name, "--format", "json"])
            .stdout(Stdio::from(out))
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let time = loop {
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success());
                break start.elapsed().as_secs_f64();
            }
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak = peak.max(memory.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        };
        ended.store(true, Ordering::Relaxed);
        (time, peak, watch.join().unwrap())
    })
}

/// The longest time for which the writers' lock could not be had.
fn longest_held(lock: &Path, ended: &AtomicBool) -> f64 {
    let file = std::fs::File::options().create(true).truncate(false).write(true).open(lock).unwrap();
    let (mut longest, mut free) = (0.0_f64, Instant::now());
    while !ended.load(Ordering::Relaxed) {
        if file.try_lock().is_ok() {
            file.unlock().unwrap();
            free = Instant::now();
        } else {
            longest = longest.max(free.elapsed().as_secs_f64());
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    longest
}

/// The rows of `close-due`, by SQL alone, in one transaction.
fn raw() -> String {
    format!(
        "BEGIN IMMEDIATE;
         CREATE TEMP TABLE due AS SELECT t.id, t.number, t.done_at, (row_number() OVER (ORDER BY t.done_at, t.id) - 1) / {CHUNK} AS chunk
             FROM ticket t WHERE t.status = 'done' AND t.done_at <= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-168 hours');
         UPDATE ticket SET status = 'closed', closed_at = {NOW}, updated_at = {NOW}, reminded_at = NULL
             WHERE id IN (SELECT id FROM temp.due);
         INSERT INTO ticket_entry (ticket_id, at, kind, author_id, author, internal, text)
             SELECT id, {NOW}, 'status', NULL, 'system', 0, 'closed' FROM temp.due;
         INSERT INTO outbox (id, channel, state, recipient, subject, language, cause, template, params, message_id, queued_at, reply_tag)
             SELECT row_number() OVER (), 'mail', 'queued', u.email, d.number || ': sagen er lukket', 'da', 'ticket:' || d.number,
                    'ticket.closed', json_object('number', d.number, 'name', u.name, 'status', 'Lukket', 'at',
                        '4. maj 2026 kl. 10.00', 'moved', json('true'), 'written', json('false'), 'note', json('false'),
                        'until', NULL, 'url', 'https://kundeportal.example.dk/tickets/' || substr(d.number, 5)),
                    lower(hex(randomblob(16))), {NOW}, substr(d.number, 5)
             FROM (SELECT id, requester_id AS user FROM ticket WHERE id IN (SELECT id FROM temp.due)
                   UNION SELECT ticket_id, user_id FROM ticket_share WHERE ticket_id IN (SELECT id FROM temp.due)) p
             JOIN temp.due d ON d.id = p.id JOIN user u ON u.id = p.user;
         INSERT INTO audit (seq, at, action, digest, prev_hash, hash)
             SELECT 2 + chunk, {NOW}, 'ticket.close-due', randomblob(32), randomblob(32), randomblob(32) FROM temp.due GROUP BY chunk;
         INSERT INTO audit_detail (seq, salt, actor, effective_actor, object, after)
             SELECT 2 + chunk, randomblob(16), 'operator:bench@host', 'job:ticket-close-due', 'job:ticket-close-due',
                    json_object('closed', count(*), 'numbers', json_group_array(number)) FROM temp.due GROUP BY chunk;
         COMMIT;"
    )
}

fn open(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -16000;",
    )
    .unwrap();
    conn
}

/// The people and the tickets, by one script, so that filling takes no longer than it must.
fn world(tickets: i64) -> String {
    let words: String =
        WORDS.iter().enumerate().map(|(n, word)| format!("({n}, '{word}'),")).collect::<String>();
    let words = words.trim_end_matches(',');
    let count = WORDS.len();
    // Words chosen by multiplying with numbers that have nothing in common with their count.
    let sentence = |seed: &str| {
        (1..=20)
            .map(|n| {
                format!(
                    "(SELECT word FROM temp.word WHERE id = ({seed} * {} + {n} * 7 + {seed} / {}) % {count})",
                    2 * n + 1,
                    n * 13
                )
            })
            .collect::<Vec<_>>()
            .join(" || ' ' || ")
    };
    let numbers = |last: i64| {
        format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {last})")
    };
    format!(
        "CREATE TEMP TABLE word (id INTEGER PRIMARY KEY, word TEXT);
         INSERT INTO temp.word VALUES {words};
         {} INSERT INTO tenant (id, code, cvr, name, status, created_at)
             SELECT n, 'institution-' || n, '' || (10000000 + n), 'Institution ' || n, 'active', '' FROM n;
         {} INSERT INTO user (id, email, email_key, name, kind, status, created_at)
             SELECT n, 'user' || n || '@example.dk', 'user' || n || '@example.dk', 'Bruger ' || n, 'person', 'active', '' FROM n;
         INSERT INTO user_right (user_id, tenant_id, \"right\", granted_at, granted_by)
             SELECT id, id % 200 + 1, 'reader', '', 'bench' FROM user;
         {} INSERT INTO ticket (id, number, yymm, sequence, tenant_id, requester_id, subject, status, created_at, updated_at, done_at, closed_at)
             SELECT n, printf('SAM %04d-%04d', 2001 + n / 90000, n % 90000 + 1), 2001 + n / 90000, n % 90000 + 1,
                    (n % 20000 + 1) % 200 + 1, n % 20000 + 1,
                    (SELECT word FROM temp.word WHERE id = n % {count}) || ' ' || (SELECT word FROM temp.word WHERE id = n * 3 % {count})
                        || CASE WHEN n % 1000 = 711 THEN ' nøgleord' || n ELSE '' END,
                    CASE n % 10 WHEN 0 THEN 'done' WHEN 1 THEN 'started' ELSE 'closed' END, '2024-01-01T00:00:00Z',
                    strftime('%Y-%m-%dT%H:%M:%SZ', 1704067200 + n, 'unixepoch'),
                    CASE WHEN n % 10 <> 1 THEN strftime('%Y-%m-%dT%H:%M:%SZ', 1704067200 + n, 'unixepoch') END,
                    CASE WHEN n % 10 > 1 THEN '2024-02-01T00:00:00Z' END
             FROM n;
         INSERT INTO ticket_entry (ticket_id, at, kind, author_id, author, internal, text)
             SELECT id, created_at, 'message', requester_id, 'Bruger', 0, {} FROM ticket;
         INSERT INTO ticket_entry (ticket_id, at, kind, author, internal, text)
             SELECT id, updated_at, 'message', 'Ansvarlig', 0, {} FROM ticket;
         INSERT INTO ticket_share (ticket_id, user_id, shared_at)
             SELECT id, (requester_id + 199) % 20000 + 1, created_at FROM ticket WHERE id % 5 = 0;
         DROP TABLE temp.word;",
        numbers(200),
        numbers(20_000),
        numbers(tickets),
        sentence("ticket.id"),
        sentence("(ticket.id + 17)"),
    )
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
