//! Many runs at once, and runs that are killed: each mail arrives once at most, and nothing is lost.

use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

const PORTALCTL: &str = env!("CARGO_BIN_EXE_portalctl");

fn portalctl(dir: &Path, line: &str) -> Command {
    let mut command = Command::new(PORTALCTL);
    command.current_dir(dir).args(shell_words::split(line).unwrap());
    for name in ["PORTALCTL_DB", "PORTALCTL_CONFIG", "PORTALCTL_SESSION"] {
        command.env_remove(name);
    }
    command
}

/// A database of the real clock with so many mails in its queue, and a server for them.
fn queued(n: usize) -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::default());
    std::fs::write(dir.path().join("ca.pem"), &server.pem).unwrap();
    let config = format!(
        "database = \"portal.db\"\n[mail]\ntransport = \"smtp\"\nhost = \"localhost\"\nport = {}\nca_file = \"ca.pem\"\n",
        server.port
    );
    std::fs::write(dir.path().join("portalctl.toml"), config).unwrap();
    assert!(portalctl(dir.path(), "init").stdout(Stdio::null()).status().unwrap().success());
    let options = db::Options {
        dry_run: false,
        wait: Duration::from_secs(30),
        clock: Clock::System,
        entropy: Entropy::System,
    };
    let mut db = Db::open(&dir.path().join("portal.db"), options).unwrap();
    db.write(&actor(), |tx| {
        tx.record(Action("test.mails"), "mail:many", None::<&()>, Some(&n))?;
        for n in 0..n {
            let mail = NewMail {
                template: &outbox::trial::MAIL,
                to: &format!("bruger{n}@example.dk").parse().unwrap(),
                language: Lang::Da,
                cause: format!("thing:{n}"),
                params: json!({"sender": "SAM"}),
                link: None,
                reply_tag: None,
            };
            outbox::queue(tx, &mail)?;
        }
        Ok(())
    })
    .unwrap();
    (dir, server)
}

fn send(dir: &Path) -> std::process::Child {
    portalctl(dir, "mail send --config portalctl.toml --wait 60 --format json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn states(dir: &Path) -> Vec<(String, String)> {
    let open = raw(dir.join("portal.db"));
    let mut statement = open.prepare("SELECT recipient, state FROM outbox ORDER BY id").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<std::result::Result<_, _>>().unwrap()
}

#[test]
fn eight_runs_at_once_send_each_of_300_mails_once() {
    let (dir, server) = queued(300);
    let children: Vec<_> = (0..8).map(|_| send(dir.path())).collect();
    let mut sent = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        sent += answer["summary"]["sent"].as_u64().unwrap();
    }
    assert_eq!(sent, 300);
    let counts = server.counts();
    assert_eq!(counts.len(), 300);
    assert!(counts.values().all(|n| *n == 1));
    assert!(states(dir.path()).iter().all(|(_, state)| state == "sent"));
}

#[test]
fn kill_9_at_any_point_loses_nothing_and_doubles_nothing() {
    let (dir, server) = queued(400);
    let open = || raw(dir.path().join("portal.db"));
    let free = "UPDATE outbox SET lease_ends = '2026-01-01T00:00:00Z' WHERE lease IS NOT NULL";
    let mut killed = 0;
    for round in 0..14_u64 {
        let mut child = send(dir.path());
        // Spread over the start of a run, its first mails and those after.
        std::thread::sleep(Duration::from_millis(15 + round * 37 % 230));
        let _ = child.kill();
        killed += u32::from(!child.wait().unwrap().success());
        // As if the time of its leases had passed.
        open().execute_batch(free).unwrap();
    }
    assert!(killed > 5, "{killed}");
    let last = send(dir.path()).wait_with_output().unwrap();
    assert!(matches!(last.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&last.stderr));
    let arrived = server.counts();
    assert!(arrived.values().all(|n| *n == 1), "{arrived:?}");
    let mut unknown = 0;
    let doubtful = |to: &str| arrived.get(to).copied().unwrap_or_default();
    for (to, state) in states(dir.path()) {
        match state.as_str() {
            "sent" => assert_eq!(arrived.get(&to), Some(&1), "{to} is said to be sent"),
            "unknown" => {
                assert!(doubtful(&to) <= 1, "{to}");
                unknown += 1;
            }
            other => panic!("{to} is {other}"),
        }
    }
    assert!(unknown <= killed, "one for each run that was killed at most: {unknown}");
    assert!(portalctl(dir.path(), "audit verify").stdout(Stdio::null()).status().unwrap().success());
}

#[test]
fn a_run_killed_while_the_program_for_sms_was_at_it_leaves_it_to_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let config = "database = \"portal.db\"\n[sms]\ntransport = \"command\"\n\
                  command = [\"/bin/sh\", \"-c\", \"echo called >> calls; exec sleep 5\"]\n";
    std::fs::write(dir.path().join("portalctl.toml"), config).unwrap();
    assert!(portalctl(dir.path(), "init").stdout(Stdio::null()).status().unwrap().success());
    let options = db::Options {
        dry_run: false,
        wait: Duration::from_secs(30),
        clock: Clock::System,
        entropy: Entropy::System,
    };
    let mut db = Db::open(&dir.path().join("portal.db"), options).unwrap();
    db.write(&actor(), |tx| {
        tx.record(Action("test.sms"), "mail:1", None::<&()>, None::<&()>)?;
        let sms = outbox::NewSms {
            template: &outbox::trial::MAIL,
            to: &"+4542822160".parse().unwrap(),
            language: Lang::Da,
            cause: "thing:1".to_owned(),
            params: json!({"sender": "SAM"}),
            code: None,
        };
        outbox::queue_sms(tx, &sms)
    })
    .unwrap();
    let mut child = send(dir.path());
    while !dir.path().join("calls").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let state = || states(dir.path())[0].1.clone();
    assert_eq!(send(dir.path()).wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(state(), "queued", "it may still be under way");
    raw(dir.path().join("portal.db"))
        .execute_batch("UPDATE outbox SET lease_ends = '2026-01-01T00:00:00Z'")
        .unwrap();
    assert_eq!(send(dir.path()).wait_with_output().unwrap().status.code(), Some(3));
    assert_eq!(state(), "unknown");
    let calls = std::fs::read_to_string(dir.path().join("calls")).unwrap();
    assert_eq!(calls, "called\n", "nobody is sent it twice");
}

/// Thirty addresses with ten notices each, which go to files: each notice is in one file, whoever died meanwhile.
#[test]
fn notices_are_put_together_once_by_runs_at_once_and_by_runs_that_are_killed() {
    for kill in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        std::fs::write(path.join("portalctl.toml"), "database = \"portal.db\"\n").unwrap();
        assert!(portalctl(path, "init").stdout(Stdio::null()).status().unwrap().success());
        assert!(
            portalctl(path, "setting set mail.loop-cap 3").stdout(Stdio::null()).status().unwrap().success()
        );
        let options = db::Options {
            dry_run: false,
            wait: Duration::from_secs(30),
            clock: Clock::System,
            entropy: Entropy::System,
        };
        let mut db = Db::open(&path.join("portal.db"), options).unwrap();
        db.write(&actor(), |tx| {
            tx.record(Action("test.mails"), "mail:many", None::<&()>, None::<&()>)?;
            for n in 0..300 {
                let mail = NewMail {
                    template: &portalctl::portal::ticket::mail::REPLY,
                    to: &format!("bruger{}@example.dk", n % 30).parse().unwrap(),
                    language: if n < 150 { Lang::Da } else { Lang::En },
                    cause: format!("thing:{n}"),
                    params: json!({"number": format!("SAM 2605-{n:04}"), "name": "A", "at": "nu", "status": "x", "url": "u"}),
                    link: None,
                    reply_tag: None,
                };
                outbox::queue(tx, &mail)?;
            }
            Ok(())
        })
        .unwrap();
        for round in 0..if kill { 10_u64 } else { 0 } {
            let mut children: Vec<_> = (0..3).map(|_| send(path)).collect();
            std::thread::sleep(Duration::from_millis(10 + round * 31 % 150));
            for child in &mut children {
                let _ = child.kill();
                child.wait().unwrap();
            }
            let free = "UPDATE outbox SET lease_ends = '2026-01-01T00:00:00Z' WHERE lease IS NOT NULL";
            raw(path.join("portal.db")).execute_batch(free).unwrap();
        }
        for child in (0..4).map(|_| send(path)).collect::<Vec<_>>() {
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert!(states(path).iter().all(|(_, state)| state == "sent"), "{:?}", states(path));
        // What a run was writing when it was killed has another name.
        let files =
            std::fs::read_dir(path.join("portal.db.outbox")).unwrap().map(|file| file.unwrap().path());
        let mails = files.filter(|file| file.extension().is_some_and(|extension| extension == "eml"));
        let texts: Vec<_> = mails.map(|file| std::fs::read_to_string(file).unwrap()).collect();
        assert_eq!(texts.len(), 60, "one for each address and language, which the cap of three lets through");
        for n in 0..300 {
            let number = format!("SAM 2605-{n:04}");
            assert_eq!(texts.iter().filter(|text| text.contains(&number)).count(), 1, "{number}");
        }
    }
}
