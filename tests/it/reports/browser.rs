//! The pages in a browser: nothing is requested, nothing is said on the console, every tab is reached by keyboard, and
//! axe-core finds nothing. Where there is no browser the test says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::world;

fn chromium() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|said| said.status.success()))
}

/// Where playwright-core and axe-core were installed for this run: see `.ci/run`.
#[expect(clippy::disallowed_methods, reason = "what this machine has is told by its environment")]
fn modules() -> Option<PathBuf> {
    std::env::var_os("PORTALCTL_TEST_NODE_MODULES")
        .map(PathBuf::from)
        .filter(|path| path.join("axe-core").exists())
}

#[test]
fn reports_open_in_a_browser_without_a_request_or_a_complaint() {
    let Some(browser) = chromium() else {
        eprintln!("skipped: no Chromium is installed");
        return;
    };
    let (world, _) = world();
    world.run("report kpi --tenant oes --out kpi.html").ok();
    world.write(
        "s.csv",
        "Måned;Service;CVR-nummer;Enhedstype;Enhedsnummer;Antal;0 dage;1 dag;2 dage;3 dage;>3 dage\n\
         01-05-2026;Rejser;10213231;Bogføringskreds;12345;10;9;1;0;0;0\n",
    );
    world.run("service import s.csv").ok();
    world.run("report service --tenant oes --out service.html").ok();
    let pages = [world.path("kpi.html"), world.path("service.html")];
    match modules() {
        Some(modules) => by_script(browser, &modules, &pages),
        None => {
            eprintln!("skipped in part: without playwright-core and axe-core the pages are only opened");
            pages.iter().for_each(|page| opened(browser, page));
        }
    }
}

fn by_script(browser: &str, modules: &Path, pages: &[PathBuf]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/reports.mjs");
    let said =
        Command::new("node").arg(script).arg(modules).arg(which(browser)).args(pages).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

fn which(browser: &str) -> String {
    let said = Command::new("sh").args(["-c", &format!("command -v {browser}")]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// Chromium itself renders the page; what its console says stands on stderr.
fn opened(browser: &str, page: &Path) {
    let profile = tempfile::tempdir().unwrap();
    let said = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let console = String::from_utf8_lossy(&said.stderr);
    let complaints: Vec<_> = console.lines().filter(|line| line.contains(":CONSOLE")).collect();
    assert_eq!(complaints, Vec::<&str>::new());
    assert!(String::from_utf8_lossy(&said.stdout).contains("<main id=\"figures\""));
}
