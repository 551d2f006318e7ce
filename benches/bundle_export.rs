//! `portalctl agreement export` against `zip -0` and `sha256sum` over the same files, in the same run.
//!
//! `cargo bench --bench bundle_export`; the environment variable `FILES` sets how many (default `1000 10000`). PDFs of 50
//! to 400 kB that cannot be squeezed lie in a folder, and in a database as the documents of agreements in force, with
//! signatures and chained events. The peer is what a careful person would do by hand: `zip -0` over the folder, then
//! `sha256sum` over every file of it; neither knows what was signed, and neither waits for the disk, as ours does. The two
//! take turns; the medians count. `agreement verify` checks what came out. Needs some ten times 225 kB a file of disk.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark measures time"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portalctl::platform::actor::{Actor, Principal};
use portalctl::platform::blob::{Spooled, store};
use portalctl::platform::db::{Action, Db, Options, Tx, params};
use portalctl::platform::env::{Clock, Entropy};
use portalctl::portal::agreement::{EventKind, evidence, store as agreements};

const AT: &str = "2026-05-04T08:00:00Z";
/// How many agreements a transaction brings.
const BATCH: usize = 250;

fn main() {
    let files = std::env::var("FILES").unwrap_or_else(|_| "1000 10000".to_owned());
    for count in files.split_whitespace() {
        measure(count.parse().unwrap());
    }
}

fn measure(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("c.toml"), "").unwrap();
    run(folder, &["init", "--db", "portal.db"]);
    let tenant = ["tenant", "create", "--cvr", "10213231", "--name", "Økonomistyrelsen", "--code", "oes"];
    run(folder, &[tenant.as_slice(), &["--db", "portal.db"]].concat());
    let bytes = fill(folder, count);

    let rounds = if count > 2_000 { 3 } else { 7 };
    let export =
        ["agreement", "export", "--tenant", "oes", "--out", "ours.zip", "--force", "--db", "portal.db"];
    let (mut ours, mut zip, mut sums, mut ratios, mut peak) = (vec![], vec![], vec![], vec![], 0);
    for _ in 0..rounds {
        let (time, memory) = watched(portalctl(folder, &export).spawn().unwrap());
        let (a, _) = watched(shell(folder, "rm -f theirs.zip; zip -0 -q -r theirs.zip pdf"));
        let (b, _) = watched(shell(folder, "find pdf -type f -print0 | xargs -0 sha256sum > SHA256SUMS"));
        ours.push(time);
        zip.push(a);
        sums.push(b);
        ratios.push(time / (a + b));
        peak = peak.max(memory);
    }
    let (check, check_peak) =
        watched(portalctl(folder, &["agreement", "verify", "ours.zip"]).spawn().unwrap());
    println!("{count} PDFs, {:.0} MB, {rounds} rounds", bytes as f64 / 1e6);
    println!(
        "portalctl agreement export: {:.2} s, at most {:.1} MB of memory",
        median(ours),
        peak as f64 / 1e3
    );
    println!("zip -0:                     {:.2} s", median(zip));
    println!("sha256sum:                  {:.2} s", median(sums));
    println!(
        "ratio, median of the rounds: {:.2} (best and worst {:.2}, {:.2})",
        median(ratios.clone()),
        best(&ratios, f64::min),
        best(&ratios, f64::max)
    );
    println!(
        "portalctl agreement verify: {check:.2} s, at most {:.1} MB of memory\n",
        check_peak as f64 / 1e3
    );
}

/// Puts the PDFs into the folder and the database; answers with how many bytes they have.
fn fill(folder: &Path, count: usize) -> u64 {
    let options = Options {
        dry_run: false,
        wait: Duration::from_secs(1),
        clock: Clock::System,
        entropy: Entropy::System,
    };
    let mut db = Db::open(&folder.join("portal.db"), options).unwrap();
    let operator =
        Actor { real: "operator:bench@host".to_owned(), effective: Principal::Operator, reason: None };
    std::fs::create_dir(folder.join("pdf")).unwrap();
    let (mut bytes, mut seed) = (0, 88_172_645_463_325_252_u64);
    for begin in (0..count).step_by(BATCH) {
        db.write(&operator, |tx| {
            for n in begin..count.min(begin + BATCH) {
                let pdf = pdf(&mut seed);
                bytes += pdf.len() as u64;
                std::fs::write(folder.join(format!("pdf/{n}-Aftale for år {n}.pdf")), &pdf).unwrap();
                agreement(tx, n, &pdf);
            }
            tx.record(Action("bench.fill"), "bench", None::<&()>, None::<&()>)
        })
        .unwrap();
    }
    bytes
}

/// A header and noise: 50 to 400 kB.
fn pdf(seed: &mut u64) -> Vec<u8> {
    let mut next = || {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    };
    let size = 50_000 + next() % 350_001;
    let mut bytes = b"%PDF-1.7\n".to_vec();
    while (bytes.len() as u64) < size {
        bytes.extend(next().to_le_bytes());
    }
    bytes.truncate(usize::try_from(size).unwrap());
    bytes
}

fn agreement(tx: &Tx<'_>, n: usize, pdf: &[u8]) {
    let spooled = Spooled::read(pdf, "x.pdf", u64::MAX).unwrap();
    let blob = store(tx, &spooled).unwrap();
    let title = format!("Aftale for år {n}");
    tx.execute(
        "INSERT INTO agreement (tenant_id, kind, title, state, document_name, document, sha256, created_at, sent_at,
                                in_force_at, pages)
         VALUES (1, 'customer', ?, 'in-force', 'Aftale.pdf', ?, ?, ?4, ?4, ?4, 3)",
        params![title, blob.id, blob.sha256, AT],
    )
    .unwrap();
    let id = tx.last_insert_rowid();
    for party in ["customer", "provider"] {
        tx.execute(
            "INSERT INTO agreement_signature (agreement_id, party, signer, email, title, role, method, reference,
                 signed_at, recorded_at, sha256, version, origin)
             VALUES (?, ?, 'Birgitte Havemark', 'birgitte@oes.example.dk', 'Direktør', 'customer', 'MitID Erhverv',
                     'EKS-2026-000001', ?3, ?3, ?, 1, 'recorded')",
            params![id, party, AT, blob.sha256],
        )
        .unwrap();
    }
    let agreement = agreements::find(tx, id).unwrap().unwrap();
    for kind in [
        EventKind::Created,
        EventKind::Sent,
        EventKind::Mailed,
        EventKind::Opened,
        EventKind::Signed,
        EventKind::Signed,
        EventKind::InForce,
    ] {
        evidence::add(tx, &agreement, kind, Some("Birgitte Havemark <birgitte@oes.example.dk>")).unwrap();
    }
}

fn portalctl(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portalctl"));
    command.current_dir(folder).env_remove("PORTALCTL_DB").args(["--config", "c.toml"]).args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) {
    assert!(portalctl(folder, arguments).status().unwrap().success(), "{arguments:?}");
}

fn shell(folder: &Path, script: &str) -> Child {
    Command::new("sh").current_dir(folder).args(["-ec", script]).spawn().unwrap()
}

/// Waits for a program: how long it took, and the most memory it had, in kB.
fn watched(mut child: Child) -> (f64, u64) {
    let start = Instant::now();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return (start.elapsed().as_secs_f64(), peak);
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(memory.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn best(ratios: &[f64], of: fn(f64, f64) -> f64) -> f64 {
    ratios.iter().copied().reduce(of).unwrap()
}
