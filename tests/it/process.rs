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
fn an_attachment_goes_to_standard_output_and_a_reader_may_leave_it() {
    let dir = world();
    ok(
        dir.path(),
        "user create --email ida@example.dk --name Ida --rights oekonomistyrelsen:reader --no-invite",
    );
    std::fs::write(dir.path().join("bilag.txt"), "æøå").unwrap();
    ok(
        dir.path(),
        "ticket create --tenant oekonomistyrelsen --requester ida@example.dk --subject Sag --attach bilag.txt",
    );
    let number = ok(dir.path(), "ticket list --format id");
    let line = format!("ticket attachment '{}' 1 --out -", number.trim());
    assert_eq!(ok(dir.path(), &line), "æøå");
    let script = format!(
        "(sleep 0.2; '{}' {line}; echo \"ended with $?\" >&2) | true",
        env!("CARGO_BIN_EXE_portalctl")
    );
    let output = Command::new("sh").args(["-c", &script]).current_dir(dir.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "ended with 0\n");
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

/// A file of figures large enough to be in the middle of for a while.
fn large_file(dir: &Path) {
    let mut text = String::from(
        "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet\r\n",
    );
    for area in 0..2_000 {
        for month in 1..=12 {
            text.push_str(&format!(
                "01-{month:02}-2025;A1;10213231;Bogføringskreds;12345;Område {area};10;9;1;;;;Nej\r\n"
            ));
        }
    }
    std::fs::write(dir.join("large.csv"), text).unwrap();
}

#[test]
fn kill_9_in_the_middle_of_an_import_leaves_the_database_as_before_it() {
    let dir = world();
    ok(dir.path(), "unit create --tenant oekonomistyrelsen --kind accounting --number 12345");
    large_file(dir.path());
    let head = ok(dir.path(), "audit head --format json");
    let mut killed = 0;
    for milliseconds in [5, 40, 80, 120, 160, 200, 250] {
        let mut child = portalctl(dir.path())
            .args(["kpi", "import", "large.csv"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        let _ = child.kill();
        let ended = child.wait().unwrap().success();
        assert!(ok(dir.path(), "db check --format json").contains("\"sound\""));
        let rows = ok(dir.path(), "kpi list --format id").lines().count();
        if ended || rows > 0 {
            // Killed behind the commit: then all of it is there.
            assert_eq!(rows, 24_000, "killed after {milliseconds} ms");
            break;
        }
        killed += 1;
        assert_eq!(ok(dir.path(), "audit head --format json"), head, "killed after {milliseconds} ms");
    }
    assert!(killed > 0);
    ok(dir.path(), "kpi import large.csv");
    assert_eq!(ok(dir.path(), "kpi list --format id").lines().count(), 24_000);
}

/// Waits until the process keeps something in a temporary file; `false` where it has ended before.
fn sets_aside(child: &mut std::process::Child, temporary: &Path) -> bool {
    for _ in 0..20_000 {
        let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
        let mut open = open.flatten().flat_map(|entry| std::fs::read_link(entry.path()));
        if open.any(|path| path.starts_with(temporary)) {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("nothing was set aside")
}

#[test]
fn kill_9_of_an_import_of_cases_that_sets_them_aside_leaves_nothing_behind() {
    let dir = world();
    ok(dir.path(), "unit create --tenant oekonomistyrelsen --kind accounting --number 12345");
    let mut text = String::from(
        "Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Sagsnummer;Modtaget;Behandlet\r\n",
    );
    for case in 0..300_000 {
        text.push_str(&format!("A1;10213231;Bogføringskreds;12345;;S-{case:07};03-03-2025;04-03-2025\r\n"));
    }
    std::fs::write(dir.path().join("cases.csv"), text).unwrap();
    let temporary = dir.path().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let temporary = temporary.canonicalize().unwrap();
    let head = ok(dir.path(), "audit head --format json");
    let mut child = portalctl(dir.path())
        .env("TMPDIR", &temporary)
        .args(["kpi", "import", "cases.csv", "--items"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert!(sets_aside(&mut child, &temporary), "300,000 cases went into memory");
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    assert!(ok(dir.path(), "db check --format json").contains("\"sound\""));
    assert_eq!(ok(dir.path(), "audit head --format json"), head);
    assert_eq!(ok(dir.path(), "kpi list --format id"), "");
}

/// Waits until the process has set up what happens at Ctrl-C (SIGINT is the second bit of the mask).
fn wait_until_it_catches_signals(pid: u32) {
    for _ in 0..2_000 {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
        if mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & 2 != 0) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn ctrl_c_ends_with_130_and_leaves_nothing_behind() {
    let dir = world();
    let pid = |child: &std::process::Child| child.id().to_string();
    let mut child = portalctl(dir.path())
        .args(["kpi", "import", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until_it_catches_signals(child.id());
    let status = Command::new("kill").args(["-INT", &pid(&child)]).status().unwrap();
    assert!(status.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let left: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(left.iter().all(|name| name.starts_with("portal.db")), "{left:?}");
}

/// What lies beside the database.
fn beside_the_database(dir: &Path) -> Vec<String> {
    std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("portal.db"))
        .collect()
}

/// Waits until the process has the file open.
fn wait_until_it_has_open(pid: u32, name: &str) {
    for _ in 0..2_000 {
        let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
        let mut open = open.flatten().flat_map(|entry| std::fs::read_link(entry.path()));
        if open.any(|path| path.ends_with(name)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{name} was not opened");
}

#[test]
fn ctrl_c_ends_an_import_that_would_write_rejected_rows_with_nothing_done() {
    let dir = world();
    let rows = "E-mail;Navn\r\ngod@example.dk;God\r\nskidt;S\r\n";
    let import = |file: &str| {
        portalctl(dir.path())
            .args(["user", "import", file, "--mode", "create", "--on-error", "continue"])
            .args(["--errors-to", "wrong.csv", "--wait", "600"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let interrupt = |mut child: std::process::Child| {
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(ok(dir.path(), "user list --format id"), "");
    };
    // While it reads.
    let child = import("-");
    wait_until_it_catches_signals(child.id());
    interrupt(child);
    assert_eq!(beside_the_database(dir.path()), Vec::<String>::new());
    // When it has begun to write, and waits for its turn.
    std::fs::write(dir.path().join("u.csv"), rows).unwrap();
    let lock = std::fs::File::options().write(true).open(dir.path().join("portal.db.lock")).unwrap();
    lock.lock().unwrap();
    let child = import("u.csv");
    wait_until_it_has_open(child.id(), "portal.db.lock");
    interrupt(child);
    lock.unlock().unwrap();
    assert_eq!(beside_the_database(dir.path()), ["u.csv"]);
    assert_eq!(import("u.csv").wait().unwrap().code(), Some(3));
    let wrong = std::fs::read_to_string(dir.path().join("wrong.csv")).unwrap();
    assert!(wrong.contains("\r\nskidt;S;"), "{wrong}");
}

#[test]
fn the_example_world_is_built_and_is_one_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let story = ok(dir.path(), "demo demo-out");
    assert!(
        story.contains("$ portalctl init") && story.contains("agreement verify"),
        "each step is shown as typed"
    );
    let out = dir.path().join("demo-out");
    for file in [
        "portal.db",
        "portal.db.key",
        "oekonomistyrelsen.zip",
        "kpi.html",
        "servicemaal.pdf",
        "README.md",
        "portal.db.outbox/1.eml",
    ] {
        assert!(out.join(file).exists(), "{file}");
    }
    assert_eq!(std::fs::read_to_string(out.join("README.md")).unwrap().lines().count(), 6);
    assert!(ok(&out, "db status --format json").contains("\"demo\": true"));
    assert!(ok(&out, "audit list --limit 1 --format json").contains("2026-06-22T08:00:00Z"));
    assert_eq!(run(dir.path(), "demo demo-out").status.code(), Some(5));
}

#[test]
fn twenty_senders_at_once_send_each_mail_once() {
    let dir = world();
    for n in 0..10 {
        ok(dir.path(), &format!("user create --email bruger{n}@example.dk --name Bruger"));
    }
    let children: Vec<_> = (0..20)
        .map(|_| {
            portalctl(dir.path())
                .args(["mail", "send", "--format", "json"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut sent = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        sent += answer["summary"]["sent"].as_u64().unwrap();
    }
    assert_eq!(sent, 10);
    let entries: Value =
        serde_json::from_str(&ok(dir.path(), "audit list --action mail.send --format json")).unwrap();
    let recorded: Vec<_> =
        entries.as_array().unwrap().iter().flat_map(|e| e["after"]["sent"].as_array().unwrap()).collect();
    assert_eq!(recorded.len(), 10);
}
