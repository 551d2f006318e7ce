//! `portalctl kpi import` against two peers, into the same table, in the same run: the `sqlite3` shell's `.import` plus
//! upsert, and a bare loop over one prepared `INSERT`.
//!
//! `cargo bench --bench kpi_import`; the environment variable `ROWS` sets the numbers of rows (default
//! 100000,1000000,10000000). All databases are made by `portalctl init` and hold the same 200 units. The shell is given
//! what makes it quick: staging without indexes, no checks of the file, numbers without dots. The loop reads no file at
//! all: its figures are computed on the way. Each is run three times on a fresh copy, ten million rows once; the best run
//! counts. The memory is the most that the process of `kpi import` had at any time (`VmHWM`). Two more runs have no
//! peer: the same figures with their months closed, and as many cases.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures time"
)]

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const UNITS: usize = 200;
const CVR: &str = "10213231";

fn main() {
    let sizes = std::env::var("ROWS").unwrap_or_else(|_| "100000,1000000,10000000".to_owned());
    for rows in sizes.split(',') {
        measure(rows.trim().parse().unwrap());
    }
}

fn measure(rows: usize) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let portalctl = Path::new(env!("CARGO_BIN_EXE_portalctl"));
    let run = |arguments: &[&str]| {
        let mut command = Command::new(portalctl);
        command.current_dir(folder).env_remove("PORTALCTL_DB").args(arguments).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut memory = 0;
        loop {
            memory = memory.max(high_water(child.id()));
            match child.try_wait().unwrap() {
                Some(status) => break assert!(status.success(), "{arguments:?}"),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        memory
    };
    std::fs::write(folder.join("c.toml"), "").unwrap();
    run(&["init", "--config", "c.toml", "--db", "fresh.db"]);
    run(&["tenant", "create", "--config", "c.toml", "--db", "fresh.db", "--cvr", CVR, "--name", "Benk"]);
    write_sheet(&folder.join("units.csv"), UNITS * 2, "Nej");
    run(&["kpi", "import", "units.csv", "--create-units", "--config", "c.toml", "--db", "fresh.db"]);
    shell(
        folder,
        "fresh.db",
        "DELETE FROM kpi_fact; DELETE FROM kpi_import; DELETE FROM service_area; PRAGMA wal_checkpoint(TRUNCATE);",
    );
    write_sheet(&folder.join("big.csv"), rows, "Nej");
    std::fs::write(folder.join("shell.sql"), SHELL).unwrap();

    let (mut ours, mut theirs, mut bare) = (f64::MAX, f64::MAX, f64::MAX);
    let mut memory = 0;
    for _ in 0..if rows > 5_000_000 { 1 } else { 3 } {
        copy(folder, "ours.db");
        let start = Instant::now();
        memory =
            memory.max(run(&["kpi", "import", "big.csv", "--config", "c.toml", "--db", "ours.db", "-q"]));
        ours = ours.min(start.elapsed().as_secs_f64());

        copy(folder, "theirs.db");
        let start = Instant::now();
        shell(folder, "theirs.db", ".read shell.sql");
        theirs = theirs.min(start.elapsed().as_secs_f64());

        copy(folder, "bare.db");
        let start = Instant::now();
        insert(&folder.join("bare.db"), rows);
        bare = bare.min(start.elapsed().as_secs_f64());
    }
    let sums = "SELECT count(*), sum(numerator), sum(denominator) FROM kpi_fact;";
    let [a, b, c] = ["ours.db", "theirs.db", "bare.db"].map(|db| shell(folder, db, sums));
    assert_eq!((&a, &a), (&b, &c), "all must hold the same figures");
    println!("{rows} rows, {UNITS} units; rows|numerators|denominators: {}", a.trim());
    println!("portalctl kpi import:      {ours:.2} s ({:.0} rows/s), {memory} MiB", rows as f64 / ours);
    println!("sqlite3 .import + upsert:  {theirs:.2} s; ours takes {:.2} of it", ours / theirs);
    println!("a bare prepared insert:    {bare:.2} s; ours takes {:.2} of it", ours / bare);
    for name in ["theirs.db", "bare.db", "big.csv"] {
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    measure_others(folder, rows, run);
}

/// Two runs without a peer: the months closed besides, and as many cases that add up to figures.
fn measure_others(folder: &Path, rows: usize, mut run: impl FnMut(&[&str]) -> u64) {
    write_sheet(&folder.join("final.csv"), rows, "Ja");
    write_cases(&folder.join("cases.csv"), rows);
    for (what, file, option) in
        [("with --close", "final.csv", "--close"), ("with --items", "cases.csv", "--items")]
    {
        copy(folder, "other.db");
        let start = Instant::now();
        let memory = run(&["kpi", "import", file, option, "--config", "c.toml", "--db", "other.db", "-q"]);
        let took = start.elapsed().as_secs_f64();
        println!("kpi import {what}:   {took:.2} s ({:.0} rows/s), {memory} MiB", rows as f64 / took);
        std::fs::remove_file(folder.join(file)).unwrap();
    }
}

/// Cases of all units, each with a number of its own, in no order that helps anybody.
fn write_cases(path: &Path, rows: usize) {
    let mut out = BufWriter::new(std::fs::File::create(path).unwrap());
    let heading = "Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Sagsnummer;Modtaget;Behandlet\r\n";
    out.write_all(heading.as_bytes()).unwrap();
    let mut state = 1_u64;
    for n in 0..rows {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = |shift: u32, of: u64| (state >> shift) % of;
        let (unit, area, measure) = (10_000 + n % UNITS, at(20, 40), at(24, 3) + 1);
        let (year, month, day, took) = (2021 + at(30, 4), at(34, 12) + 1, at(40, 20) + 1, at(48, 8));
        writeln!(
            out,
            "A{measure};{CVR};Bogføringskreds;{unit:05};Område {area};S-{n:09};{day:02}-{month:02}-{year};\
             {:02}-{month:02}-{year}\r",
            day + took,
        )
        .unwrap();
    }
    out.flush().unwrap();
}

/// The most memory that a process had so far, in MiB.
fn high_water(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

/// One prepared statement, once for each row, in one transaction: what nothing that inserts row by row can beat.
fn insert(db: &Path, rows: usize) {
    let mut conn = rusqlite::Connection::open(db).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;")
        .unwrap();
    let tx = conn.transaction().unwrap();
    tx.execute("INSERT INTO kpi_import (at, file, sha256, rows) VALUES ('', '', '', ?)", [rows as i64])
        .unwrap();
    for area in 0..areas(rows) {
        tx.execute("INSERT INTO service_area (name) VALUES (?)", [format!("Område {area}")]).unwrap();
    }
    let number = |sql: &str, key: String| tx.query_row(sql, [key], |row| row.get::<_, i64>(0)).unwrap();
    let units: Vec<_> = (0..UNITS)
        .map(|unit| number("SELECT id FROM unit WHERE number = ?", (10_000 + unit).to_string()))
        .collect();
    let measures: Vec<_> = (1..=3)
        .map(|measure| number("SELECT id FROM kpi_measure WHERE code = ?", format!("A{measure}")))
        .collect();
    let names: Vec<_> = (0..areas(rows))
        .map(|area| number("SELECT id FROM service_area WHERE name = ?", format!("Område {area}")))
        .collect();
    let mut statement = tx
        .prepare(
            "INSERT INTO kpi_fact (measure_id, month, unit_id, area_id, numerator, denominator, within_limit,
                over_limit, errors, import_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, 1)",
        )
        .unwrap();
    each(rows, |row| {
        let month = ((2019 + row.month / 12) * 100 + row.month % 12 + 1) as i64;
        statement
            .execute((
                measures[row.measure],
                month,
                units[row.unit],
                names[row.area],
                row.within,
                row.within + row.over,
                row.within,
                row.over,
            ))
            .unwrap();
    });
    drop(statement);
    tx.commit().unwrap();
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

/// A figure, by the numbers of what it is about.
struct Figure {
    month: usize,
    measure: usize,
    unit: usize,
    area: usize,
    within: i64,
    over: i64,
}

fn areas(rows: usize) -> usize {
    (rows / (84 * 3 * UNITS) + 1).max(2)
}

/// Rows by month, measure, unit and service area, as a monthly file has them.
fn each(rows: usize, mut receive: impl FnMut(Figure)) {
    let (areas, mut state) = (areas(rows), 1_u64);
    for n in 0..rows {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (within, over) = ((state >> 52) as i64, ((state >> 40) % 64) as i64);
        let (area, rest) = (n % areas, n / areas);
        let (unit, rest) = (rest % UNITS, rest / UNITS);
        let (measure, month) = (rest % 3, rest / 3);
        receive(Figure { month, measure, unit, area, within, over });
    }
}

fn write_sheet(path: &Path, rows: usize, closed: &str) {
    let mut out = BufWriter::new(std::fs::File::create(path).unwrap());
    out.write_all(
        "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;\
         Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet\r\n"
            .as_bytes(),
    )
    .unwrap();
    each(rows, |row| {
        let Figure { month, measure, unit, area, within, over } = row;
        writeln!(
            out,
            "01-{:02}-{};A{};{CVR};Bogføringskreds;{:05};Område {area};{};{within};{over};;;;{closed}\r",
            month % 12 + 1,
            2019 + month / 12,
            measure + 1,
            10_000 + unit,
            within + over,
        )
        .unwrap();
    });
    out.flush().unwrap();
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
