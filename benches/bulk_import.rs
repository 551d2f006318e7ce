//! `portalctl user import --invite` against the `sqlite3` shell that inserts the same rows, in the same run.
//!
//! `cargo bench --bench bulk_import`; the environment variable `ROWS` sets the number of users (default 10,000).
//! Every user has two rights and an invitation. Both databases are made by `portalctl init` and hold the same 50
//! institutions. The shell is given what makes it quick: one transaction of finished INSERT statements for `user`,
//! `user_right`, `link` and `outbox`; it checks nothing, and keeps no audit trail, which are three records of two rows each
//! for every user. Each is run three times on a fresh copy; the best run counts.

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

const TENANTS: usize = 50;

fn main() {
    let rows: usize = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let portalctl = Path::new(env!("CARGO_BIN_EXE_portalctl"));
    let run = |arguments: &[&str]| {
        let mut command = Command::new(portalctl);
        command.current_dir(folder).env_remove("PORTALCTL_DB").args(["--config", "c.toml"]).args(arguments);
        assert!(command.stdout(Stdio::null()).status().unwrap().success(), "{arguments:?}");
    };
    std::fs::write(folder.join("c.toml"), "").unwrap();
    run(&["init", "--db", "fresh.db"]);
    std::fs::write(folder.join("tenants.csv"), tenants()).unwrap();
    run(&["tenant", "import", "tenants.csv", "--mode", "create", "--db", "fresh.db", "-q"]);
    shell(folder, "fresh.db", "PRAGMA wal_checkpoint(TRUNCATE);");
    std::fs::write(folder.join("users.csv"), sheet(rows)).unwrap();

    let (mut ours, mut again, mut theirs) = (f64::MAX, f64::MAX, f64::MAX);
    let import = ["user", "import", "users.csv", "--mode", "upsert", "--invite", "--db", "ours.db", "-q"];
    for round in 0..3 {
        copy(folder, "ours.db");
        ours = ours.min(timed(|| run(&import)));
        again = again.min(timed(|| run(&import)));
        if round == 0 {
            std::fs::write(folder.join("shell.sql"), script(folder)).unwrap();
        }
        copy(folder, "theirs.db");
        theirs = theirs.min(timed(|| drop(shell(folder, "theirs.db", ".read shell.sql"))));
    }
    let counts =
        "SELECT (SELECT count(*) FROM user), (SELECT count(*) FROM user_right), (SELECT count(*) FROM link),
        (SELECT count(*) FROM outbox), (SELECT sum(length(name) + length(email)) FROM user);";
    let (a, b) = (shell(folder, "ours.db", counts), shell(folder, "theirs.db", counts));
    assert_eq!(a, b, "both must hold the same rows");
    println!("{rows} users; users|rights|links|mails|letters: {}", a.trim());
    println!("portalctl user import:            {ours:.2} s ({:.0} users/s)", rows as f64 / ours);
    println!("the same file again, unchanged:   {again:.2} s");
    println!("sqlite3, finished INSERTs:        {theirs:.2} s ({:.0} users/s)", rows as f64 / theirs);
    println!("ratio (sqlite3 / portalctl):      {:.2}", theirs / ours);
}

fn timed(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

/// The rows that ours wrote, as statements.
fn script(folder: &Path) -> String {
    let mut script =
        String::from("PRAGMA synchronous = FULL;\nPRAGMA foreign_keys = ON;\nBEGIN IMMEDIATE;\n");
    for table in ["user", "user_right", "link", "outbox"] {
        script += &shell(folder, "ours.db", &format!(".mode insert {table}\nSELECT * FROM {table};"));
    }
    script + "COMMIT;\n"
}

fn tenants() -> String {
    let mut out = String::from("Kode;CVR-nummer;Navn\r\n");
    for n in 0..TENANTS {
        writeln!(out, "institution-{n};10213231;Institution {n}\r").unwrap();
    }
    out
}

fn sheet(rows: usize) -> String {
    let mut out = String::from("E-mail;Navn;B-nummer;Telefon;Titel;Sprog;Rettigheder\r\n");
    for n in 0..rows {
        let tenant = n % TENANTS;
        writeln!(
            out,
            "person{n}@example.dk;Person Nummer {n};B{n:07};{};Medarbejder;da;institution-{tenant}:reader \
             institution-{tenant}:reports\r",
            20_000_000 + n,
        )
        .unwrap();
    }
    out
}

fn copy(folder: &Path, name: &str) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{name}{suffix}")));
    }
    std::fs::copy(folder.join("fresh.db"), folder.join(name)).unwrap();
    std::fs::copy(folder.join("fresh.db.key"), folder.join(format!("{name}.key"))).unwrap();
}

fn shell(folder: &Path, db: &str, script: &str) -> String {
    std::fs::write(folder.join("typed.sql"), script).unwrap();
    let typed = std::fs::File::open(folder.join("typed.sql")).unwrap();
    let mut command = Command::new("sqlite3");
    let output = command.current_dir(folder).args(["-bail", db]).stdin(typed).output().unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
