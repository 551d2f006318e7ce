//! The real binary: many at once, killed at any moment, full disks.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn portalctl(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portalctl"));
    command.current_dir(dir).env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command
}

#[track_caller]
fn ok(dir: &Path, line: &str) -> String {
    let output = portalctl(dir).args(shell_words::split(line).unwrap()).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(dir: &Path, line: &str) -> Value {
    serde_json::from_str(&ok(dir, &format!("{line} --format json"))).unwrap()
}

fn world() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for line in [
        "init",
        "tenant create --cvr 10213231 --name Økonomistyrelsen",
        "user create --email ida@oes.example.dk --name Ida --rights oekonomistyrelsen:reader --no-invite",
        "setting set mail.sender-cap 10000",
        "ticket create --tenant oekonomistyrelsen --requester ida@oes.example.dk --subject Fælles",
    ] {
        ok(dir.path(), line);
    }
    dir
}

fn mail(n: usize, subject: &str) -> String {
    format!(
        "From: ida@oes.example.dk\nSubject: {subject}\nDate: Mon, 4 May 2026 09:00:00 +0200\nMessage-ID: <m{n}@oes.example.dk>\n\nMail nummer {n}\n"
    )
}

fn ingest(dir: &Path, mail: &str) -> Child {
    let mut child = portalctl(dir)
        .args(["mail", "ingest", "--wait", "120", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A process that was killed reads no more.
    let _ = child.stdin.take().unwrap().write_all(mail.as_bytes());
    child
}

/// Every mail is in exactly one entry of a ticket.
fn each_once(dir: &Path, count: usize) {
    let mut texts: Vec<String> = Vec::new();
    for number in ok(dir, "ticket list --all --format id").lines() {
        let ticket = json(dir, &format!("ticket show '{number}'"));
        let entries = ticket["thread"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "mail");
        texts.extend(entries.map(|entry| entry["text"].as_str().unwrap().to_owned()));
    }
    texts.sort();
    let mut wanted: Vec<_> = (0..count).map(|n| format!("Mail nummer {n}")).collect();
    wanted.sort();
    assert_eq!(texts, wanted);
    assert_eq!(json(dir, "db check")["result"], "sound");
}

#[test]
fn twenty_processes_ingest_and_reply_at_once_and_nothing_is_lost_or_doubled() {
    let dir = world();
    let number = ok(dir.path(), "ticket list --format id").trim().to_owned();
    std::fs::write(dir.path().join("svar.txt"), "Svar fra os").unwrap();
    // Every mail is brought twice, half of them to one ticket; others write there at the same time.
    let mut children: Vec<Child> = (0..40)
        .map(|n| {
            let n = n / 2;
            let subject = if n % 2 == 0 { format!("SV: {number}") } else { format!("Ny {n}") };
            ingest(dir.path(), &mail(n, &subject))
        })
        .collect();
    // And the news of all that leaves meanwhile.
    children.extend((0..5).map(|_| {
        portalctl(dir.path()).args(["mail", "send", "--wait", "120"]).stdout(Stdio::null()).spawn().unwrap()
    }));
    children.extend((0..5).map(|_| {
        portalctl(dir.path())
            .args(["ticket", "reply", &number, "--body-file", "svar.txt", "--wait", "120"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }));
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    each_once(dir.path(), 20);
    let ticket = json(dir.path(), &format!("ticket show '{number}'"));
    let replies =
        ticket["thread"].as_array().unwrap().iter().filter(|entry| entry["text"] == "Svar fra os").count();
    assert_eq!(replies, 5);
    // Nothing left twice, and nothing is left behind.
    ok(dir.path(), "mail send");
    assert_eq!(json(dir.path(), "mail list --state queued"), serde_json::json!([]));
    let sent = json(dir.path(), "mail list --state sent");
    let alone = sent.as_array().unwrap().iter().filter(|mail| mail["merged_into"].is_null()).count();
    let files = std::fs::read_dir(dir.path().join("portal.db.outbox")).unwrap();
    let files =
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "eml"));
    assert_eq!(files.count(), alone);
}

#[test]
fn kill_9_at_any_moment_loses_nothing_and_doubles_nothing() {
    let dir = world();
    let mut killed = 0;
    for n in 0..24 {
        let text = mail(n, &format!("Ny {n}"));
        // As a mail server does: it brings the mail until it was told that it is stored.
        for attempt in 0.. {
            let mut child = ingest(dir.path(), &text);
            if attempt < 3 {
                std::thread::sleep(std::time::Duration::from_millis((n as u64 * 7 + attempt * 11) % 60));
                let _ = child.kill();
            }
            let output: Output = child.wait_with_output().unwrap();
            if output.status.success() {
                break;
            }
            // One that ends by itself, because the other holds the file, was not.
            killed += u32::from(output.status.signal() == Some(9));
        }
    }
    ok(dir.path(), "job run mail-understand");
    assert_eq!(json(dir.path(), "mail unreadable list"), serde_json::json!([]));
    each_once(dir.path(), 24);
    assert!(killed > 0, "no attempt was killed");
}

#[test]
fn a_signal_before_it_is_stored_is_75() {
    let dir = world();
    let mut child = portalctl(dir.path())
        .args(["mail", "ingest"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"From: ida@oes.example.dk\n").unwrap();
    // It waits for the rest; a signal that comes before it is ready for one ends it too, otherwise.
    std::thread::sleep(std::time::Duration::from_millis(500));
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(75), 0));
    drop(stdin);
    assert_eq!(ok(dir.path(), "job run mail-understand"), "");
}

#[test]
fn a_disk_that_takes_nothing_is_75_and_a_reader_who_is_gone_is_not() {
    let dir = world();
    let full = |script: &str| {
        let script = format!("{script} '{}' mail ingest", env!("CARGO_BIN_EXE_portalctl"));
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = mail(0, "Stor").replace("Mail nummer", &"x".repeat(3_000_000));
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        child.wait_with_output().unwrap()
    };
    // No file may grow beyond a megabyte: neither the database nor the spool.
    let output = full("trap '' XFSZ; ulimit -f 1024;");
    assert_eq!(output.status.code(), Some(75), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    let output = full("TMPDIR=/nowhere");
    assert_eq!(output.status.code(), Some(75), "{}", String::from_utf8_lossy(&output.stderr));
    if Path::new("/dev/full").exists() {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut child = portalctl(dir.path())
            .args(["mail", "ingest"])
            .stdin(Stdio::piped())
            .stdout(full)
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(mail(0, "Ny").as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        each_once(dir.path(), 1);
    }
}
