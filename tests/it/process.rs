//! The real binary: exit codes, pipes, many at once, `kill -9`.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn portalctl(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portalctl"));
    command.current_dir(dir).env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command
}

fn run(dir: &Path, line: &str) -> Output {
    portalctl(dir).args(shell_words::split(line).unwrap()).output().unwrap()
}

#[track_caller]
fn ok(dir: &Path, line: &str) -> String {
    let output = run(dir, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn world() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    ok(dir.path(), "init");
    ok(dir.path(), "tenant create --cvr 10213231 --name Økonomistyrelsen");
    dir
}

#[test]
fn the_release_binary_has_no_switch_for_the_clock() {
    let dir = world();
    let help = ok(dir.path(), "--help");
    assert!(!help.to_lowercase().contains("clock") && !help.contains("--now"), "{help}");
}

#[test]
fn twenty_processes_write_at_once_and_none_is_lost() {
    let dir = world();
    let each = 5;
    let children: Vec<_> = (0..20)
        .map(|writer| {
            let script = (0..each)
                .map(|n| {
                    let number = 10_000 + writer * each + n;
                    format!(
                        "'{}' unit create --tenant oekonomistyrelsen --kind accounting --number {number}",
                        env!("CARGO_BIN_EXE_portalctl")
                    )
                })
                .collect::<Vec<_>>()
                .join(" && ");
            Command::new("sh")
                .args(["-c", &script])
                .current_dir(dir.path())
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(ok(dir.path(), "unit list --format id").lines().count(), 100);
    let check: Value = serde_json::from_str(&ok(dir.path(), "db check --format json")).unwrap();
    assert_eq!((&check["result"], &check["entries"]), (&Value::from("sound"), &Value::from(102)));
}

#[test]
fn s_005_twenty_processes_create_tickets_and_no_number_is_missing_or_double() {
    let dir = world();
    ok(
        dir.path(),
        "user create --email ida@example.dk --name Ida --rights oekonomistyrelsen:reader --no-invite",
    );
    let line = format!(
        "'{}' ticket create --tenant oekonomistyrelsen --requester ida@example.dk --subject Sag --format id",
        env!("CARGO_BIN_EXE_portalctl")
    );
    let script = vec![line; 4].join(" && ");
    let children: Vec<_> = (0..20)
        .map(|_| {
            Command::new("sh")
                .args(["-c", &script])
                .current_dir(dir.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut numbers: Vec<u32> = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        numbers.extend(text.lines().map(|line| line.rsplit_once('-').unwrap().1.parse::<u32>().unwrap()));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=80).collect::<Vec<_>>());
    assert!(ok(dir.path(), "db check").contains("sound"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let dir = world();
    for n in 0..300 {
        if n % 100 == 0 {
            ok(
                dir.path(),
                &format!("unit create --tenant oekonomistyrelsen --kind accounting --number {}", 20_000 + n),
            );
        }
    }
    let script = format!(
        "'{0}' audit list --format json | head -c 10; '{0}' --help | head -n 1",
        env!("CARGO_BIN_EXE_portalctl")
    );
    let output = Command::new("sh").args(["-c", &script]).current_dir(dir.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_full_disk_is_an_error_and_not_an_empty_answer() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: there is no /dev/full here");
        return;
    }
    let dir = world();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let status =
        portalctl(dir.path()).args(["tenant", "list", "--format", "json"]).stdout(full).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn another_writer_that_does_not_finish_makes_it_75() {
    let dir = world();
    let lock = std::fs::File::options().write(true).open(dir.path().join("portal.db.lock")).unwrap();
    lock.lock().unwrap();
    let output = run(dir.path(), "tenant create --cvr 53383211 --name X --wait 0 --format json");
    assert_eq!(output.status.code(), Some(75));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["code"], "db.busy");
    ok(dir.path(), "tenant list");
    lock.unlock().unwrap();
    ok(dir.path(), "tenant create --cvr 53383211 --name X");
}
