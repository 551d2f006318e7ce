//! Use cases of KPI figures and their import.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::import::ImportOptions;
use super::import::tests::{Imported, import};
use super::service::Asked;
use super::{MonthState, TargetPatch, service, store};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::{self, Db, Options};
use crate::platform::env::{Clock, Entropy};
use crate::platform::error::Result;
use crate::platform::exit::Exit;
use crate::portal::tenant::NewTenant;
use crate::portal::tenant::service as tenant_service;
use crate::portal::tenant::unit::{NewUnit, UnitPatch, service as unit_service};
use crate::values::Month;

const CP1252: &[u8] = include_bytes!("../../../fixtures/kpi/sample-cp1252.csv");
const UTF8: &[u8] = include_bytes!("../../../fixtures/kpi/sample-utf8-bom.csv");
const BROKEN: &[u8] = include_bytes!("../../../fixtures/kpi/broken.csv");

/// One institution's circle and pay group for each CVR of the fixtures.
const WORLD: [(&str, &str, &str, &str); 3] = [
    ("10213231", "Økonomistyrelsen", "12345", "999"),
    ("53383211", "Direktoratet for Kriminalforsorgen", "23456", "17"),
    ("34051178", "Digitaliseringsstyrelsen", "34567", "321"),
];

const HEADING: &str = "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;\
    Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet";

pub(in crate::portal) fn actor() -> Actor {
    let reason = Some("fordi".to_owned());
    Actor { real: "operator:test@host".to_owned(), effective: Principal::Operator, reason }
}

/// The day on which all of this happens.
pub(in crate::portal) fn today() -> chrono::NaiveDate {
    "2026-10-09".parse().unwrap()
}

pub(in crate::portal) fn options(dry_run: bool) -> Options {
    let now = format!("{}T08:00:00Z", today()).parse().unwrap();
    Options {
        dry_run,
        wait: Duration::from_secs(1),
        clock: Clock::Story(Rc::new(Cell::new(now))),
        entropy: Entropy::Counter(Rc::new(Cell::new(0))),
    }
}

pub(in crate::portal) fn empty(with_units: bool) -> Db {
    filled(Db::in_memory(options(false)).unwrap(), with_units)
}

pub(in crate::portal) fn filled(mut db: Db, with_units: bool) -> Db {
    db.write(&actor(), |tx| {
        crate::portal::seed(tx)?;
        for (cvr, name, circle, group) in WORLD {
            let new = NewTenant {
                cvr: cvr.parse().unwrap(),
                name: name.to_owned(),
                code: None,
                ministry: None,
                se_numbers: Vec::new(),
                glns: Vec::new(),
                account_manager: None,
            };
            let (_, tenant) = tenant_service::create(tx, new, false)?;
            for unit in [format!("accounting:{circle}"), format!("payroll:{group}")] {
                if with_units {
                    let number = unit.parse().unwrap();
                    let data = UnitPatch::default();
                    unit_service::create(tx, NewUnit { tenant: tenant.code.clone(), number, data }, false)?;
                }
            }
        }
        Ok(())
    })
    .unwrap();
    db
}

const PLAIN: ImportOptions = ImportOptions::PLAIN;
pub(in crate::portal) const CLOSE: ImportOptions = ImportOptions { close: true, ..PLAIN };
const CORRECT: ImportOptions = ImportOptions { correct: true, ..PLAIN };

fn counts(imported: &Imported) -> [u64; 4] {
    ["rows", "created", "updated", "unchanged"].map(|name| imported.bulk.summary[name].as_u64().unwrap())
}

fn sheet(rows: &[&str]) -> Vec<u8> {
    format!("{HEADING}\r\n{}\r\n", rows.join("\r\n")).into_bytes()
}

fn number(db: &Db, sql: &str) -> i64 {
    db.read(|conn| db::one(conn, sql, [])).unwrap()
}

fn refused(result: Result<Imported>) -> (Exit, String, Vec<(u64, String, String)>) {
    let error = result.err().unwrap();
    let detail = |d: &Value| {
        let text = |name: &str| d[name].as_str().unwrap_or_default().to_owned();
        (d["line"].as_u64().unwrap(), text("column"), text("code"))
    };
    (error.exit(), error.code().to_owned(), error.detail_values().iter().map(detail).collect())
}

#[test]
fn domain_2_4_either_encoding_gives_the_same_figures() {
    let [mut first, mut second] = [empty(true), empty(true)];
    let a = import(&mut first, CP1252, PLAIN).unwrap();
    let b = import(&mut second, UTF8, PLAIN).unwrap();
    assert_eq!(counts(&a), [72, 72, 0, 0]);
    assert_eq!(counts(&b), [72, 72, 0, 0]);
    assert_eq!(a.bulk.summary["encoding"], "windows-1252");
    assert_eq!(b.bulk.summary["encoding"], "utf-8");
    assert_eq!(a.bulk.summary["months"].as_array().unwrap().len(), 6);
    let facts = |db: &Db| {
        let mut rows = Vec::new();
        db.read(|conn| {
            store::facts(conn, &super::FactFilter::default(), |row| {
                rows.push(row);
                Ok(std::ops::ControlFlow::Continue(()))
            })
        })
        .unwrap();
        rows
    };
    assert_eq!(facts(&first), facts(&second));
    assert_eq!(facts(&first).len(), 72);
    // The second file on top of the first changes nothing.
    assert_eq!(counts(&import(&mut first, UTF8, PLAIN).unwrap()), [72, 0, 0, 72]);
}

#[test]
fn domain_2_4_the_same_file_twice_changes_nothing() {
    let mut db = empty(true);
    import(&mut db, CP1252, CLOSE).unwrap();
    let before = number(&db, "SELECT count(*) FROM audit");
    assert_eq!(counts(&import(&mut db, CP1252, CLOSE).unwrap()), [72, 0, 0, 72]);
    assert_eq!(number(&db, "SELECT count(*) FROM audit"), before);
    assert_eq!(number(&db, "SELECT count(*) FROM kpi_import"), 1);
    assert_eq!(number(&db, "SELECT count(*) FROM kpi_fact_history"), 0);
}

#[test]
fn domain_2_2_months_that_are_final_throughout_are_closed_when_asked() {
    let mut db = empty(true);
    let done = import(&mut db, CP1252, PLAIN).unwrap();
    assert!(done.warnings.iter().any(|w| w.code == "kpi.month-open" && w.message.contains("2026-05")));
    assert_eq!(number(&db, "SELECT count(*) FROM kpi_month"), 0);
    let done = import(&mut db, CP1252, CLOSE).unwrap();
    assert_eq!(done.bulk.items.len(), 5);
    let months = db.read(|conn| service::months(conn, &actor())).unwrap();
    let open: Vec<_> = months.iter().filter(|m| m.state == MonthState::Open).collect();
    assert_eq!(open.iter().map(|m| m.month.to_string()).collect::<Vec<_>>(), ["2026-06"]);
    assert!(months.iter().all(|m| m.rows == 12));
    // Nobody waits for what never came; but it is told of.
    assert!(months.iter().all(|m| m.missing_units.is_empty()));
    assert_eq!(months[5].unused_units, ["accounting:34567", "payroll:321"]);
    assert!(months[..5].iter().all(|m| m.unused_units.is_empty()));
}

#[test]
fn domain_2_4_another_value_needs_correct_and_the_old_one_stays_in_history() {
    let mut db = empty(true);
    let row = "01-06-2026;A1;10213231;Bogføringskreds;12345;;100;90;10;;;;";
    let other = "01-06-2026;A1;10213231;Bogføringskreds;12345;(Tom);100;91;9;;;;";
    import(&mut db, &sheet(&[row]), PLAIN).unwrap();
    let (exit, code, details) = refused(import(&mut db, &sheet(&[other]), PLAIN));
    assert_eq!((exit, code.as_str()), (Exit::Conflict, "kpi.differs"));
    assert_eq!(details, [(2, String::new(), "kpi.differs".to_owned())]);
    assert_eq!(number(&db, "SELECT numerator FROM kpi_fact"), 90);
    assert_eq!(counts(&import(&mut db, &sheet(&[other]), CORRECT).unwrap()), [1, 0, 1, 0]);
    assert_eq!(number(&db, "SELECT numerator FROM kpi_fact"), 91);
    assert_eq!(number(&db, "SELECT over_limit FROM kpi_fact"), 9);
    assert_eq!(number(&db, "SELECT numerator FROM kpi_fact_history"), 90);
    assert_eq!(number(&db, "SELECT import_id FROM kpi_fact_history"), 1);
    assert_eq!(number(&db, "SELECT replaced_by FROM kpi_fact_history"), 2);
}

#[test]
fn k_165_a_closed_month_takes_nothing_new_or_different() {
    let mut db = empty(true);
    let row = "01-05-2026;A1;10213231;Bogføringskreds;12345;;100;90;10;;;;Ja";
    import(&mut db, &sheet(&[row]), CLOSE).unwrap();
    let other = "01-05-2026;A1;10213231;Bogføringskreds;12345;;100;91;9;;;;Ja";
    let new = "2026-05;A1;10213231;Bogføringskreds;12345;Rejser;100;91;9;;;;Ja";
    for rows in [&[other][..], &[row, new][..]] {
        let (exit, code, _) = refused(import(&mut db, &sheet(rows), CORRECT));
        assert_eq!((exit, code.as_str()), (Exit::Conflict, "kpi.month-closed"));
    }
    assert_eq!(counts(&import(&mut db, &sheet(&[row]), PLAIN).unwrap()), [1, 0, 0, 1]);
    let may: Month = "2026-05".parse().unwrap();
    assert!(db.write(&actor(), |tx| service::reopen(tx, may)).unwrap());
    let both = ImportOptions { correct: true, close: true, ..PLAIN };
    assert_eq!(counts(&import(&mut db, &sheet(&[other]), both).unwrap()), [1, 0, 1, 0]);
    assert!(!db.write(&actor(), |tx| service::close(tx, may)).unwrap());
    let silent = Actor { reason: None, ..actor() };
    assert_eq!(db.write(&silent, |tx| service::reopen(tx, may)).unwrap_err().exit(), Exit::Usage);
}

#[test]
fn domain_2_4_every_fault_of_the_broken_file_is_told_with_its_line() {
    let mut db = empty(true);
    let (exit, code, details) = refused(import(&mut db, BROKEN, PLAIN));
    assert_eq!((exit, code.as_str()), (Exit::InvalidFile, "file.invalid"));
    let expected = [
        (3, "CVR-nummer", "cvr.invalid"),
        (4, "Enhedsnummer", "unit.unknown"),
        (5, "Antal i alt", "sum.differs"),
        (6, "Antal fejl", "number.invalid"),
        (7, "Antal i alt", "number.invalid"),
        (8, "Måned", "month.invalid"),
        (9, "", "row.duplicate"),
        (10, "Antal fejl", "errors.exceed"),
        (11, "Mistet beløb", "lost.exceed"),
        (12, "Afsluttet", "closed.invalid"),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(line, column, code)| (*line, column.to_string(), code.to_string())).collect();
    assert_eq!(details, expected);
    assert_eq!(number(&db, "SELECT count(*) FROM kpi_fact"), 0);
}

#[test]
fn domain_2_4_faults_of_units_measures_and_widths_are_told_too() {
    let mut db = empty(true);
    let rows = [
        "01-06-2026;A1;10213231;Løngruppe;999;;1;1;0;;;;",
        "01-06-2026;B1;10213231;Løngruppe;017;;1;;;0;;;",
        "01-06-2026;C9;10213231;Løngruppe;999;;1;;;0;;;",
        "01-06-2026;B1;17143611;Løngruppe;999;;1;;;0;;;",
        "01-06-2026;B1;10213231;Konto;999;;x;;;0;;;",
        "01-06-2026;B3;10213231;Løngruppe;999;;;;;;1,234;-1;",
        "01-06-2026;B2;10213231;Løngruppe;999",
    ];
    let (_, _, details) = refused(import(&mut db, &sheet(&rows), PLAIN));
    let found: Vec<_> = details.iter().map(|(line, _, code)| (*line, code.as_str())).collect();
    let expected = [
        (2, "unit.kind"),
        (3, "unit.tenant"),
        (4, "measure.unknown"),
        (5, "cvr.unknown"),
        (6, "unit.invalid"),
        (6, "number.invalid"),
        (7, "amount.invalid"),
        (7, "amount.invalid"),
        (8, "row.too-short"),
        (8, "number.invalid"),
        (8, "number.invalid"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn domain_2_4_units_are_created_only_when_asked_and_never_where_a_cvr_is_shared() {
    let mut db = empty(false);
    let (exit, ..) = refused(import(&mut db, UTF8, PLAIN));
    assert_eq!(exit, Exit::InvalidFile);
    let create = ImportOptions { create_units: true, ..PLAIN };
    assert_eq!(counts(&import(&mut db, UTF8, create).unwrap()), [72, 72, 0, 0]);
    assert_eq!(number(&db, "SELECT count(*) FROM unit"), 4);
    assert_eq!(number(&db, "SELECT count(*) FROM kpi_fact f JOIN unit u ON u.id = f.unit_id"), 72);
    db.write(&actor(), |tx| {
        let new = NewTenant {
            cvr: "34051178".parse().unwrap(),
            name: "Zwei".to_owned(),
            code: None,
            ministry: None,
            se_numbers: Vec::new(),
            glns: Vec::new(),
            account_manager: None,
        };
        tenant_service::create(tx, new, false)
    })
    .unwrap();
    let shared = sheet(&["2026-06;B1;34051178;Løngruppe;5;;1;;;0;;;"]);
    let (_, _, details) = refused(import(&mut db, &shared, create));
    assert_eq!(details[0].2, "unit.unknown");
}

#[test]
fn domain_2_4_a_unit_that_moved_is_the_old_institutions_before() {
    let mut db = empty(true);
    let to = "direktoratet-for-kriminalforsorgen";
    db.write(&actor(), |tx| {
        unit_service::move_to(tx, &"payroll:999".parse().unwrap(), to, "2026-04".parse().unwrap())
    })
    .unwrap();
    let old = "01-03-2026;B1;10213231;Løngruppe;999;;10;;;0;;;";
    let new = "01-04-2026;B1;53383211;Løngruppe;999;;20;;;0;;;";
    let wrong = "01-05-2026;B1;10213231;Løngruppe;999;;30;;;0;;;";
    assert_eq!(counts(&import(&mut db, &sheet(&[old, new]), PLAIN).unwrap()), [2, 2, 0, 0]);
    let (_, _, details) = refused(import(&mut db, &sheet(&[wrong]), PLAIN));
    assert_eq!(details, [(2, "Enhedsnummer".to_owned(), "unit.tenant".to_owned())]);
    let asked = Asked { tenant: Some(to.to_owned()), ..Asked::default() };
    let filter = db.read(|conn| service::authorised(conn, &actor(), &asked)).unwrap();
    let mut months = Vec::new();
    db.read(|conn| {
        store::facts(conn, &filter, |row| {
            months.push(row["month"].clone());
            Ok(std::ops::ControlFlow::Continue(()))
        })
    })
    .unwrap();
    assert_eq!(months, ["2026-04"]);
}

#[test]
fn cli_1_a_dry_run_reports_as_if_done_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portal.db");
    crate::platform::files::create_private(&path).unwrap();
    drop(filled(Db::build_at(&path, options(false)).unwrap(), true));
    let mut dry = Db::open(&path, options(true)).unwrap();
    let done = import(&mut dry, CP1252, CLOSE).unwrap();
    assert_eq!((counts(&done), done.bulk.items.len()), ([72, 72, 0, 0], 5));
    let db = Db::open(&path, options(false)).unwrap();
    for table in ["kpi_fact", "kpi_import", "kpi_month", "service_area"] {
        assert_eq!(number(&db, &format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[test]
fn k_170_measures_and_targets_are_data() {
    let mut db = empty(true);
    let measures = db.read(|conn| service::measures(conn, &actor())).unwrap();
    assert_eq!(
        measures.iter().map(|m| m.code.as_str()).collect::<Vec<_>>(),
        ["A1", "A2", "A3", "B1", "B2", "B3"]
    );
    let patch = TargetPatch { target_bp: Some(Some(9_950)), max_days: None };
    let from = "2027-01-01".parse().unwrap();
    let set = |db: &mut Db| db.write(&actor(), |tx| service::set_target(tx, "b2", from, &patch)).unwrap().0;
    assert_eq!(set(&mut db), "created");
    assert_eq!(set(&mut db), "unchanged");
    let day = |day: &str| {
        let target = db.read(|conn| store::target_on(conn, measures[4].id, day)).unwrap();
        target.and_then(|target| target.target_bp)
    };
    assert_eq!(day("2019-12-31"), None);
    assert_eq!(day("2025-12-31"), Some(9_850));
    assert_eq!(day("2026-12-31"), Some(9_900));
    assert_eq!(day("2027-01-01"), Some(9_950));
}

#[test]
fn a_target_that_is_removed_leaves_the_one_before_it() {
    let mut db = empty(true);
    let mut remove = |code: &str, from: &str| {
        db.write(&actor(), |tx| service::remove_target(tx, code, from.parse().unwrap()))
            .map(|target| target.target_bp)
            .map_err(|error| error.code().to_owned())
    };
    assert_eq!(remove("b2", "2026-01-01"), Ok(Some(9_900)));
    assert_eq!(remove("B2", "2026-01-01"), Err("target.not-found".to_owned()));
    assert_eq!(remove("B9", "2026-01-01"), Err("measure.not-found".to_owned()));
    let b2 = db.read(|conn| service::measure(conn, "B2")).unwrap();
    let target = db.read(|conn| store::target_on(conn, b2.id, "2026-12-31")).unwrap().unwrap();
    assert_eq!((target.from.as_str(), target.target_bp), ("2020-01-01", Some(9_850)));
}
