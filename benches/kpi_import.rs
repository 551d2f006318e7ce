//! `portalctl kpi import` against the `sqlite3` shell's `.import` plus upsert, into the same table, in the same run.
//!
//! `cargo bench --bench kpi_import`; the environment variable `ROWS` sets the number of rows (default 1,000,000).
//! Both databases are made by `portalctl init` and hold the same 200 units. The shell is given what makes it quick:
//! staging without indexes, no checks of the file, numbers without dots. Each is run three times on a fresh copy;
//! the best run counts.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures time"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const UNITS: usize = 200;
const CVR: &str = "10213231";

fn main() {
    let rows: usize = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let portalctl = Path::new(env!("CARGO_BIN_EXE_portalctl"));
    let run = |arguments: &[&str]| {
        let mut command = Command::new(portalctl);
        command.current_dir(folder).env_remove("PORTALCTL_DB").args(arguments).stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "{arguments:?}");
    };
    std::fs::write(folder.join("c.toml"), "").unwrap();
    run(&["init", "--config", "c.toml", "--db", "fresh.db"]);
    run(&["tenant", "create", "--config", "c.toml", "--db", "fresh.db", "--cvr", CVR, "--name", "Benk"]);
    std::fs::write(folder.join("units.csv"), sheet(UNITS * 2, 1)).unwrap();
    run(&["kpi", "import", "units.csv", "--create-units", "--config", "c.toml", "--db", "fresh.db"]);
    shell(
        folder,
        "fresh.db",
        "DELETE FROM kpi_fact; DELETE FROM kpi_import; PRAGMA wal_checkpoint(TRUNCATE);",
    );
    std::fs::write(folder.join("big.csv"), sheet(rows, 1)).unwrap();
    std::fs::write(folder.join("shell.sql"), SHELL).unwrap();

    let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
    for _ in 0..3 {
        copy(folder, "ours.db");
        let start = Instant::now();
        run(&["kpi", "import", "big.csv", "--config", "c.toml", "--db", "ours.db", "-q"]);
        ours = ours.min(start.elapsed().as_secs_f64());

        copy(folder, "theirs.db");
        let start = Instant::now();
        shell(folder, "theirs.db", ".read shell.sql");
        theirs = theirs.min(start.elapsed().as_secs_f64());
    }
    let sums = "SELECT count(*), sum(numerator), sum(denominator) FROM kpi_fact;";
    let (a, b) = (shell(folder, "ours.db", sums), shell(folder, "theirs.db", sums));
    assert_eq!(a, b, "both must hold the same figures");
    println!("{rows} rows, {UNITS} units; rows|numerators|denominators: {}", a.trim());
    println!("portalctl kpi import:      {ours:.2} s ({:.0} rows/s)", rows as f64 / ours);
    println!("sqlite3 .import + upsert:  {theirs:.2} s ({:.0} rows/s)", rows as f64 / theirs);
    println!("ratio: {:.2}", theirs / ours);
}

/// What a careful person would type into the shell.
const SHELL: &str = "
CREATE TEMP TABLE staging (month TEXT, measure TEXT, cvr TEXT, kind TEXT, number TEXT, area TEXT, total INTEGER,
    within INTEGER, over INTEGER, errors INTEGER, applied TEXT, lost TEXT, closed TEXT);
.mode csv
.separator ;
.import --skip 1 big.csv staging
BEGIN IMMEDIATE;
INSERT INTO kpi_import (at, file, sha256, rows) SELECT datetime(), 'big.csv', '', count(*) FROM staging;
INSERT OR IGNORE INTO service_area (name) SELECT DISTINCT area FROM staging;
INSERT INTO kpi_fact (measure_id, month, unit_id, area_id, numerator, denominator, within_limit, over_limit, errors,
    import_id)
SELECT m.id, substr(s.month, 7, 4) * 100 + substr(s.month, 4, 2), u.id, a.id, s.within, s.total, s.within, s.over,
    NULL, (SELECT max(id) FROM kpi_import)
FROM staging s JOIN kpi_measure m ON m.code = s.measure
JOIN unit u ON u.kind = 'accounting' AND u.number = s.number JOIN service_area a ON a.name = s.area
WHERE true
ON CONFLICT (measure_id, month, unit_id, area_id) DO UPDATE SET numerator = excluded.numerator,
    denominator = excluded.denominator, within_limit = excluded.within_limit, over_limit = excluded.over_limit,
    import_id = excluded.import_id;
COMMIT;
";

/// Rows by month, measure, unit and service area, as a monthly file has them.
fn sheet(rows: usize, seed: u64) -> String {
    let mut out = String::with_capacity(rows * 80);
    out.push_str(
        "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;\
         Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet\r\n",
    );
    let areas = (rows / (84 * 3 * UNITS) + 1).max(2);
    let mut state = seed;
    for n in 0..rows {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (within, over) = (state >> 52, (state >> 40) % 64);
        let (area, rest) = (n % areas, n / areas);
        let (unit, rest) = (rest % UNITS, rest / UNITS);
        let (measure, month) = (rest % 3, rest / 3);
        writeln!(
            out,
            "01-{:02}-{};A{};{CVR};Bogføringskreds;{:05};Område {area};{};{within};{over};;;;Nej\r",
            month % 12 + 1,
            2020 + month / 12,
            measure + 1,
            10_000 + unit,
            within + over,
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
}

fn shell(folder: &Path, db: &str, script: &str) -> String {
    let mut child = Command::new("sqlite3")
        .current_dir(folder)
        .args(["-bail", db])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
