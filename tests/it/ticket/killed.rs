//! `ticket close-due` by the real binary: `kill -9` at any moment, and two at once.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use portalctl::platform::db::Connection;

const TICKETS: i64 = 7_000;

fn portalctl(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portalctl"));
    command.current_dir(dir).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).args(words);
    command
}

#[expect(clippy::disallowed_methods, reason = "the test looks at the file from outside")]
fn open(dir: &Path) -> Connection {
    Connection::open(dir.join("portal.db")).unwrap()
}

/// Some thousand tickets that are due, each with a requester and someone it is shared with; and one that is not.
fn world() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for line in [
        "init",
        "tenant create --cvr 10213231 --name Økonomistyrelsen --code oes",
        "user create --email ida@example.dk --name Ida --rights oes:reader --no-invite",
        "user create --email bo@example.dk --name Bo --rights oes:reader --no-invite",
    ] {
        let words = shell_words::split(line).unwrap();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        assert!(portalctl(dir.path(), &words).status().unwrap().success(), "{line}");
    }
    open(dir.path())
        .execute_batch(&format!(
            "BEGIN;
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n <= {TICKETS})
             INSERT INTO ticket (id, number, yymm, sequence, tenant_id, requester_id, subject, status, created_at, updated_at, done_at)
             SELECT n, printf('SAM 2404-%04d', n), 2404, n, 1, 1, 'Sag', 'done', '2024-04-01T08:00:00Z', '2024-04-02T08:00:00Z',
                    CASE WHEN n > {TICKETS} THEN strftime('%Y-%m-%dT%H:%M:%SZ', 'now') ELSE '2024-04-02T08:00:00Z' END
             FROM n;
             INSERT INTO ticket_share SELECT id, 2, '2024-04-01T08:00:00Z' FROM ticket;
             COMMIT;"
        ))
        .unwrap();
    dir
}

/// Nothing forgotten, nothing twice, nothing torn.
fn check(dir: &Path) {
    let conn = open(dir);
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM ticket WHERE status = 'closed'"), TICKETS);
    assert_eq!(count("SELECT count(*) FROM ticket WHERE status = 'done'"), 1, "the one that is not due");
    assert_eq!(count("SELECT count(*) FROM ticket_entry WHERE kind = 'status' AND text = 'closed'"), TICKETS);
    assert_eq!(count("SELECT count(DISTINCT ticket_id) FROM ticket_entry"), TICKETS);
    let mails = "FROM outbox WHERE template = 'ticket.closed'";
    assert_eq!(count(&format!("SELECT count(*) {mails}")), 2 * TICKETS);
    assert_eq!(
        count(&format!("SELECT count(*) FROM (SELECT DISTINCT recipient, cause {mails})")),
        2 * TICKETS
    );
    assert_eq!(count(&format!("SELECT count(DISTINCT message_id) {mails}")), 2 * TICKETS);
    let closed = "SELECT sum(json_extract(d.after, '$.closed')) FROM audit a JOIN audit_detail d USING (seq) WHERE a.action = 'ticket.close-due'";
    assert_eq!(count(closed), TICKETS, "the trail counts each once");
    drop(conn);
    assert!(portalctl(dir, &["db", "check"]).status().unwrap().success());
}

#[test]
fn s_026_kill_9_at_any_moment_forgets_no_ticket_and_doubles_no_mail() {
    let dir = world();
    let (mut killed, mut ended) = (0, false);
    for round in 0..40 {
        let mut child = portalctl(dir.path(), &["ticket", "close-due", "-q"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(5 + round * 37 % 400));
        if child.try_wait().unwrap().is_some() {
            ended = true;
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
    }
    assert!(killed > 0, "it was never killed");
    if !ended {
        assert!(portalctl(dir.path(), &["ticket", "close-due", "-q"]).status().unwrap().success());
    }
    check(dir.path());
}

#[test]
fn two_runs_at_once_close_each_ticket_once() {
    let dir = world();
    let run = || portalctl(dir.path(), &["ticket", "close-due", "-q", "--wait", "60"]).spawn().unwrap();
    let children = [run(), run()];
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    check(dir.path());
}
