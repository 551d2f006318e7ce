//! `portalctl report kpi` over many figures, and the reports of 200 institutions.
//!
//! `cargo bench --bench report`; the environment variable `UNITS` sets how many units there are (default 10,000, which
//! makes 10,080,000 figures: 84 months, three measures, four service areas). Every time is that of the whole process,
//! median of nine runs; the peer is the `sqlite3` shell summing the same figures of the same file.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures time"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const TENANTS: usize = 200;

fn main() {
    let units: usize = std::env::var("UNITS").ok().and_then(|units| units.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("c.toml"), "").unwrap();
    run(folder, &["init"]);
    shell(folder, &world(units));
    let figures = shell(folder, "SELECT count(*) FROM kpi_fact;");
    println!("{} figures, {units} units of {TENANTS} institutions", figures.trim());

    let year = "SELECT measure_id, sum(numerator), sum(denominator) FROM kpi_fact
                WHERE measure_id IN (1, 2, 3) AND month BETWEEN 202501 AND 202512 GROUP BY measure_id;";
    let peer = median(|| drop(shell(folder, year)));
    println!("sqlite3, one year of all customers:        {:7.1} ms", peer * 1000.0);
    for arguments in [
        &["report", "kpi"][..],
        &["report", "kpi", "--year", "2024"],
        &["report", "kpi", "--compare", "2024"],
        &["report", "kpi", "--by", "service-area"],
        &["report", "kpi", "--by", "month"],
        &["report", "kpi", "--tenant", "t-7"],
        &["report", "kpi", "--tenant", "t-7", "--by", "unit"],
        &["report", "kpi", "--unit", "accounting:10007"],
        &["report", "kpi", "--by", "unit", "--format", "csv"],
    ] {
        let time = median(|| run(folder, arguments));
        println!("{:42} {:7.1} ms", arguments.join(" "), time * 1000.0);
    }
    for form in ["html", "pdf"] {
        let start = Instant::now();
        let cpu = cpu_of(folder, &["report", "kpi", "--all", "--out-dir", form, "--form", form, "-q"]);
        let time = start.elapsed().as_secs_f64();
        let each = cpu / TENANTS as f64;
        println!("--all --form {form:4} {time:6.2} s, {:6.1} ms of a core a report", each * 1000.0);
    }
}

/// The processor time of a run, which does not depend on who else works on the machine as elapsed time does.
fn cpu_of(folder: &Path, arguments: &[&str]) -> f64 {
    let said = Command::new("bash")
        .current_dir(folder)
        .env_remove("PORTALCTL_DB")
        .args(["-c", "TIMEFORMAT='%3U %3S'; time \"$@\" --config c.toml >/dev/null 2>&1", "bash"])
        .arg(env!("CARGO_BIN_EXE_portalctl"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stderr).unwrap().split_whitespace().map(|part| part.parse::<f64>().unwrap()).sum()
}

fn median(mut once: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..9)
        .map(|_| {
            let start = Instant::now();
            once();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Written past the program, which would take its time; the triggers sum the closed months as ever.
fn world(units: usize) -> String {
    format!(
        "PRAGMA synchronous = OFF;
         DROP TRIGGER search_tenant_added; DROP TRIGGER search_unit_added; -- an older shell lacks their functions
         BEGIN;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {TENANTS} - 1)
         INSERT INTO tenant (code, cvr, name, status, created_at)
             SELECT 't-' || i, '10213231', 'Institution ' || i, 'active', '2026-01-01T00:00:00Z' FROM n;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {units} - 1)
         INSERT INTO unit (tenant_id, kind, number, status, created_at)
             SELECT (SELECT min(id) FROM tenant) + i % {TENANTS}, 'accounting', 10000 + i, 'active', '2026-01-01T00:00:00Z' FROM n;
         INSERT INTO unit_period (unit_id, from_month, tenant_id) SELECT id, 0, tenant_id FROM unit;
         INSERT INTO service_area (name) VALUES ('Kreditor'), ('Rejser'), ('Debitor'), ('Stamdata');
         INSERT INTO kpi_import (at, file, sha256, rows) VALUES ('2026-01-01T00:00:00Z', 'x', '', 0);
         WITH RECURSIVE m(y, n) AS (SELECT 2019, 1 UNION ALL SELECT y + n / 12, n % 12 + 1 FROM m WHERE (y, n) < (2025, 12))
         INSERT INTO kpi_fact (measure_id, month, unit_id, area_id, numerator, denominator, within_limit, over_limit, import_id)
             SELECT k.id, m.y * 100 + m.n, u.id, a.id, 990 + u.id % 7, 1000, 990 + u.id % 7, 10 - u.id % 7, 1
             FROM (SELECT id FROM kpi_measure WHERE code LIKE 'A%') k, m, unit u, service_area a
             ORDER BY k.id, m.y, m.n, u.id, a.id;
         INSERT INTO kpi_month (month, state, changed_at) SELECT DISTINCT month, 'closed', '2026-01-01T00:00:00Z' FROM kpi_fact;
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);"
    )
}

fn run(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portalctl"));
    command.current_dir(folder).env_remove("PORTALCTL_DB").args(arguments).args(["--config", "c.toml"]);
    assert!(command.stdout(Stdio::null()).status().unwrap().success(), "{arguments:?}");
}

fn shell(folder: &Path, script: &str) -> String {
    let mut child = Command::new("sqlite3")
        .current_dir(folder)
        .args(["-bail", "portal.db"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
