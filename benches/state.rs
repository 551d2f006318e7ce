//! `portalctl state plan` at twice the size of the country, against the `sqlite3` shell dumping the same tables, before
//! and after, for `diff` to compare: what a careful person without the tool would look at.
//!
//! `cargo bench --bench state`; the environment variable `USERS` sets the number of users (default 20,000; 200
//! institutions, and a tenth as many units and contacts as users). Three plans: of the export as it is, of the export
//! with every twentieth user changed, and of the whole into a database without any of it. Reading and checking the file
//! is part of each, and measured alone too. Each is run three times; the best run counts.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures time"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const TENANTS: usize = 200;
const TABLES: &str = ".dump tenant unit user user_right contact contact_role signatory";

fn main() {
    let users: usize = std::env::var("USERS").ok().and_then(|users| users.parse().ok()).unwrap_or(20_000);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("c.toml"), "").unwrap();
    std::fs::write(folder.join("whole.yaml"), world(users)).unwrap();
    run(folder, &["init", "--db", "empty.db"]);
    run(folder, &["init", "--db", "full.db"]);
    run(folder, &["state", "apply", "whole.yaml", "--db", "full.db", "-q"]);
    let export = output(folder, &["state", "export", "--db", "full.db"]);
    std::fs::write(folder.join("export.yaml"), &export).unwrap();
    let changed = export.lines().map(|line| match line.strip_prefix("  title: Medarbejder ") {
        Some(n) if n.parse::<usize>().is_ok_and(|n| n % 20 == 0) => "  title: Chef\n".to_owned(),
        _ => format!("{line}\n"),
    });
    std::fs::write(folder.join("changed.yaml"), changed.collect::<String>()).unwrap();

    let mib = export.len() as f64 / 1024.0 / 1024.0;
    println!("{TENANTS} institutions, {users} users, {} units and contacts each; {mib:.1} MiB", users / 10);
    let peer = best(|| {
        for name in ["before.sql", "after.sql"] {
            let file = std::fs::File::create(folder.join(name)).unwrap();
            let mut shell = Command::new("sqlite3");
            shell.current_dir(folder).args(["full.db", TABLES]).stdout(file);
            assert!(shell.status().unwrap().success());
        }
        let mut diff = Command::new("diff");
        assert!(diff.current_dir(folder).args(["before.sql", "after.sql"]).status().unwrap().success());
    });
    println!("sqlite3 .dump twice and diff:     {peer:.2} s");
    let text = std::fs::read_to_string(folder.join("export.yaml")).unwrap();
    let reading = best(|| {
        let state = portalctl::ops::state::read::read("export.yaml", text.as_bytes()).unwrap();
        portalctl::ops::state::check::check(&[("export.yaml".to_owned(), state)]).unwrap();
    });
    println!("reading and checking the file:    {reading:.2} s (ratio {:.2})", reading / peer);
    for (what, database, file, expected) in [
        ("plan of the export, no change:  ", "full.db", "export.yaml", 0),
        ("plan with 1 in 20 users changed:", "full.db", "changed.yaml", users / 20),
        ("plan into an empty database:    ", "empty.db", "export.yaml", usize::MAX),
    ] {
        let seconds = best(|| run(folder, &["state", "plan", file, "--db", database, "-q"]));
        let plan = output(folder, &["state", "plan", file, "--db", database, "--format", "json"]);
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        let items = plan["items"].as_array().unwrap().len();
        assert!(items == expected || expected == usize::MAX, "{items} items, expected {expected}");
        println!("{what}  {seconds:.2} s (ratio {:.2}), {items} items", seconds / peer);
    }
}

fn best(mut measured: impl FnMut()) -> f64 {
    (0..3).fold(f64::MAX, |best, _| {
        let start = Instant::now();
        measured();
        best.min(start.elapsed().as_secs_f64())
    })
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portalctl"));
    command.current_dir(folder).env_remove("PORTALCTL_DB").args(arguments).args(["--config", "c.toml"]);
    command
}

fn run(folder: &Path, arguments: &[&str]) {
    let status = command(folder, arguments).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{arguments:?}");
}

fn output(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Institutions with ten units and ten contacts each, and users of whom every second has a second right.
fn world(users: usize) -> String {
    let mut out = String::from("schema: portalctl.state/1\ntenants:\n");
    let per_tenant = users / 10 / TENANTS;
    for t in 0..TENANTS {
        writeln!(out, "- code: inst-{t}\n  cvr: 10213231\n  name: Institution {t}\n  units:").unwrap();
        for u in 0..per_tenant {
            let number = 10_000 + t * per_tenant + u;
            writeln!(out, "  - {{kind: accounting, number: {number}, name: Kreds {u}, server: sql-{u}}}")
                .unwrap();
        }
        out.push_str("  contacts:\n");
        for c in 0..per_tenant {
            let unit = 10_000 + t * per_tenant + c;
            writeln!(
                out,
                "  - {{key: kontakt-{c}, name: Kontakt {c}, unit: \"accounting:{unit}\", \
                 email: kontakt{c}@inst{t}.example.dk, phone: 33928000, roles: [accounting, general]}}"
            )
            .unwrap();
        }
    }
    out.push_str("users:\n");
    for n in 0..users {
        let tenant = n % TENANTS;
        let right = if n < TENANTS { "administrator" } else { "reader" };
        let second = if n % 2 == 0 { format!(", inst-{tenant}:reports") } else { String::new() };
        writeln!(
            out,
            "- {{email: bruger{n}@inst{tenant}.example.dk, name: Bruger {n}, b_number: B{:06}, \
             title: Medarbejder {n}, rights: [\"inst-{tenant}:{right}\"{}]}}",
            100_000 + n,
            second.replace(", ", ", \"").replace(":reports", ":reports\""),
        )
        .unwrap();
    }
    out
}
