//! Use cases of reports.

use super::{KpiLine, Question, Split, service};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::Db;
use crate::platform::exit::Exit;
use crate::portal::kpi::import::tests::import;
use crate::portal::kpi::service::{self as kpi_service, Asked};
use crate::portal::kpi::tests::{CLOSE, actor, empty};
use crate::values::Ore;

const SAMPLE: &[u8] = include_bytes!("../../../fixtures/kpi/sample-cp1252.csv");
const EXPECTED: &str = include_str!("../../../fixtures/kpi/expected-ytd-2026-05.csv");

fn world() -> Db {
    let mut db = empty(true);
    import(&mut db, SAMPLE, CLOSE).unwrap();
    db
}

fn report(db: &Db, asked: &Asked, year: Option<i32>, by: Option<Split>) -> (Vec<KpiLine>, Vec<String>) {
    let question = Question { asked: asked.clone(), year, compare: None, by };
    let (lines, warnings) = db.read(|conn| service::kpi(conn, &actor(), &question)).unwrap();
    (lines, warnings.into_iter().map(|warning| warning.code).collect())
}

fn of(tenant: &str) -> Asked {
    Asked { tenant: Some(tenant.to_owned()), ..Asked::default() }
}

#[test]
fn k_162_every_figure_of_the_expected_file() {
    let db = world();
    let mut compared = 0;
    for expected in EXPECTED.trim_start_matches('\u{feff}').lines().skip(1) {
        let cells: Vec<_> = expected.trim().split(';').collect();
        let [measure, cvr, numerator, denominator, percent, met] = <[&str; 6]>::try_from(cells).unwrap();
        let asked = if cvr == "ALLE" { Asked::default() } else { of(cvr) };
        let (lines, warnings) = report(&db, &asked, None, None);
        assert_eq!(warnings, [""; 0]);
        let line = lines.iter().find(|line| line.measure == measure).unwrap();
        let figure = |text: &str| match text.contains('.') {
            true => text.parse::<Ore>().unwrap().get(),
            false => text.parse().unwrap(),
        };
        assert_eq!(
            (line.numerator, line.denominator),
            (figure(numerator), figure(denominator)),
            "{expected}"
        );
        let millionths: i64 = percent.replace('.', "").parse().unwrap();
        assert_eq!(line.attainment_bp, Some(millionths / 10_000), "{expected}");
        let met = match met {
            "Ja" => Some(true),
            "Nej" => Some(false),
            _ => None,
        };
        assert_eq!(line.met, met, "{expected}");
        assert_eq!(line.through.to_string(), "2026-05");
        compared += 1;
    }
    assert_eq!(compared, 18);
}

#[test]
fn k_166_all_customers_decide_and_a_part_is_told_beside() {
    let db = world();
    let (lines, _) = report(&db, &of("10213231"), None, None);
    let b1 = lines.iter().find(|line| line.measure == "B1").unwrap();
    assert_eq!((b1.all_attainment_bp, b1.all_met, b1.target_bp), (Some(9997), Some(false), Some(10_000)));
    assert_eq!((b1.count, b1.within_limit), (Some(3321), None));
    let a1 = lines.iter().find(|line| line.measure == "A1").unwrap();
    assert_eq!((a1.within_limit, a1.over_limit, a1.target_bp), (Some(8366), Some(56), None));
    let b3 = lines.iter().find(|line| line.measure == "B3").unwrap();
    assert_eq!(b3.count, None);
}

#[test]
fn k_163_a_report_can_be_split() {
    let db = world();
    let (whole, _) = report(&db, &Asked::default(), None, None);
    for split in [Split::ServiceArea, Split::Unit, Split::Month] {
        let (lines, _) = report(&db, &Asked::default(), None, Some(split));
        for line in &whole {
            let parts = lines.iter().filter(|part| part.measure == line.measure);
            assert_eq!(
                parts.map(|part| part.numerator).sum::<i64>(),
                line.numerator,
                "{split} {}",
                line.measure
            );
        }
        let a2 = lines.iter().find(|line| line.measure == "A2").unwrap();
        assert_eq!(a2.service_area, None, "(Tom) is null");
        let a1 = lines.iter().find(|line| line.measure == "A1").unwrap();
        assert_eq!(a1.service_area.is_some(), split == Split::ServiceArea);
        assert_eq!((a2.unit.is_some(), a2.month.is_some()), (split == Split::Unit, split == Split::Month));
    }
    let one = Asked { unit: Some("payroll:17".parse().unwrap()), ..Asked::default() };
    let (lines, _) = report(&db, &one, None, None);
    let b2 = lines.iter().find(|line| line.measure == "B2").unwrap();
    assert_eq!((b2.numerator, b2.met), (4035, Some(true)));
    assert!(!lines.iter().any(|line| line.measure == "A1"), "neither figures of a pay group nor a target");
}

#[test]
fn k_165_nothing_after_the_latest_closed_month_and_gaps_are_told() {
    let mut db = empty(true);
    assert_eq!(report(&db, &Asked::default(), None, None).1, ["kpi.no-closed-month"]);
    import(&mut db, SAMPLE, CLOSE).unwrap();
    assert_eq!(report(&db, &Asked::default(), Some(2025), None).1, ["kpi.no-closed-month"]);
    db.write(&actor(), |tx| kpi_service::reopen(tx, "2026-02".parse().unwrap())).unwrap();
    db.write(&actor(), |tx| kpi_service::reopen(tx, "2026-05".parse().unwrap())).unwrap();
    let (lines, warnings) = report(&db, &Asked::default(), None, None);
    assert_eq!(warnings, ["kpi.month-open"]);
    assert_eq!(lines[0].through.to_string(), "2026-04");
    db.write(&actor(), |tx| kpi_service::close(tx, "2026-08".parse().unwrap())).unwrap();
    assert_eq!(report(&db, &Asked::default(), None, None).1, ["kpi.month-open", "kpi.month-empty"]);
}

#[test]
fn k_151_a_stranger_sees_no_report() {
    let db = world();
    let stranger = Actor { effective: Principal::User("a@example.dk".to_owned()), ..actor() };
    let ask = |asked: Asked| {
        let question = Question { asked, ..Question::default() };
        db.read(|conn| service::kpi(conn, &stranger, &question)).unwrap_err().exit()
    };
    assert_eq!(ask(of("10213231")), Exit::NotFound);
    assert_eq!(ask(Asked::default()), Exit::Refused);
}
