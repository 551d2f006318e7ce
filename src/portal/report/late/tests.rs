//! The late cases of closed months, as a document lists them.

use super::store::{Missed, missed};
use crate::platform::db::Db;
use crate::portal::kpi::FactFilter;
use crate::portal::kpi::import::ImportOptions;
use crate::portal::kpi::import::tests::{CASES, import_cases, sheet};
use crate::portal::kpi::tests::{actor, empty};
use crate::portal::tenant::unit::service as unit_service;
use crate::values::Month;

fn row(measure: &str, case: &str, received: &str, handled: &str) -> String {
    format!("{measure};10213231;Bogføringskreds;12345;;{case};{received};{handled}")
}

/// Measure, year, the cases listed, and how many there are.
fn listed(db: &Db, filter: &FactFilter, months: &[&str], limit: u32) -> Vec<(i64, i32, Vec<String>, i64)> {
    let months: Vec<Month> = months.iter().map(|month| month.parse().unwrap()).collect();
    let found = db.read(|conn| missed(conn, filter, &months, limit)).unwrap();
    let told = |Missed { measure, year, cases, total }| {
        (measure, year, cases.into_iter().map(|case| case.case).collect(), total)
    };
    found.into_iter().map(told).collect()
}

#[test]
fn k_164_late_cases_are_listed_by_measure_and_year_up_to_a_number() {
    let mut db = empty(true);
    let rows = [
        row("A1", "S-1", "02-12-2025", "12-12-2025"),
        row("A1", "S-2", "02-01-2026", "12-01-2026"),
        row("A1", "S-3", "05-01-2026", "14-01-2026"),
        row("A1", "S-4", "05-01-2026", "06-01-2026"),
        row("A1", "S-5", "05-01-2026", ""),
        row("A1", "S-6", "02-02-2026", "12-02-2026"),
        row("A3", "S-7", "02-02-2026", "12-02-2026"),
    ];
    import_cases(&mut db, &sheet(CASES, &rows), ImportOptions::PLAIN).unwrap();
    let all = ["2025-12", "2026-01", "2026-02"];
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let [a1, a3] = [1, 3];
    assert_eq!(
        listed(&db, &FactFilter::default(), &all, 10),
        [
            (a1, 2025, names(&["S-1"]), 1),
            (a1, 2026, names(&["S-2", "S-3", "S-6"]), 3),
            (a3, 2026, names(&["S-7"]), 1),
        ]
    );
    // What is not asked for is not looked at; what goes beyond the number is counted.
    let only = FactFilter { measure: Some(a1), ..FactFilter::default() };
    assert_eq!(listed(&db, &only, &["2026-01", "2026-02"], 2), [(a1, 2026, names(&["S-2", "S-3"]), 3)]);
    assert_eq!(listed(&db, &only, &[], 2), []);
    // Each month's are those of the institution of that month.
    let to = "digitaliseringsstyrelsen";
    db.write(&actor(), |tx| {
        unit_service::move_to(tx, &"accounting:12345".parse().unwrap(), to, "2026-02".parse().unwrap())
    })
    .unwrap();
    let of = |tenant| FactFilter { tenants: Some(vec![tenant]), ..only.clone() };
    assert_eq!(
        listed(&db, &of(1), &all, 10),
        [(a1, 2025, names(&["S-1"]), 1), (a1, 2026, names(&["S-2", "S-3"]), 2)]
    );
    assert_eq!(listed(&db, &of(3), &all, 10), [(a1, 2026, names(&["S-6"]), 1)]);
    assert_eq!(listed(&db, &of(2), &all, 10), []);
}
