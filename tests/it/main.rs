//! The one integration-test binary: transcripts of commands in process, the real binary, the house's own rules.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on says so"
)]

mod support;

mod agreement;
mod auth;
mod calendar;
mod digest;
mod docs;
mod gate;
mod import;
mod inbox;
mod jobs;
mod kpi;
mod mail_out;
mod onboarding;
mod outputs;
mod platform;
mod process;
mod reports;
mod retention;
mod review;
mod rights;
mod schema;
mod signing;
mod sms;
mod questions;
mod sheet;
mod staff_review;
mod state;
mod search;
mod story;
mod ticket;
mod tidy;
mod walkthrough;

#[test]
fn every_file_of_this_folder_is_listed_here() {
    let source = include_str!("main.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        if name.starts_with('.') {
            continue;
        }
        assert!(
            module == "main" || source.contains(&format!("mod {module};")),
            "{name} is not listed in main.rs"
        );
    }
}
