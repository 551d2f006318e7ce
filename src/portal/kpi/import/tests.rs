//! Any order of rows, and any memory, lead to the same figures; wrong rows are told, set aside or passed over.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::figures::Figures;
use super::items::Cases;
pub(in crate::portal) use super::service::Imported;
use super::service::{merge, prepare};
use super::{Content, ImportOptions};
use crate::platform::bulk::OnError;
use crate::platform::db::{self, Db};
use crate::platform::error::Result;
use crate::platform::exit::Exit;
use crate::platform::sheet::{Sheet, SheetOptions};
use crate::platform::ui::progress::Progress;
use crate::portal::kpi::tests::{actor, empty, filled, options, today};
use crate::portal::kpi::{FactFilter, service as kpi_service, store};

const HEADING: &str = "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;\
    Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet";
pub(in crate::portal) const CASES: &str =
    "Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Sagsnummer;Modtaget;Behandlet";
const CONTINUE: ImportOptions = ImportOptions { on_error: OnError::Continue, ..ImportOptions::PLAIN };

fn take<C: Content>(db: &mut Db, bytes: &[u8], options: ImportOptions) -> Result<Imported> {
    let sheet = Sheet::open(bytes, "test.csv", SheetOptions::default())?;
    let none = Progress::default();
    let prepared =
        db.read(|conn| prepare::<C>(conn, &actor(), &sheet, "test.csv", options, today(), &none))?;
    db.write(&actor(), |tx| merge(tx, prepared, &none))
}

pub(in crate::portal) fn import(
    db: &mut Db,
    bytes: &(impl AsRef<[u8]> + ?Sized),
    options: ImportOptions,
) -> Result<Imported> {
    take::<Figures>(db, bytes.as_ref(), options)
}

pub(in crate::portal) fn import_cases(db: &mut Db, text: &str, options: ImportOptions) -> Result<Imported> {
    take::<Cases>(db, text.as_bytes(), options)
}

fn facts(db: &Db) -> Vec<Value> {
    let mut rows = Vec::new();
    db.read(|conn| {
        store::facts(conn, &FactFilter::default(), |row| {
            rows.push(row);
            Ok(std::ops::ControlFlow::Continue(()))
        })
    })
    .unwrap();
    rows
}

/// The cases as they are stored, by name.
fn cases(db: &Db) -> Vec<String> {
    let sql = "SELECT m.code || ' ' || u.number || ' ' || a.name || ' ' || i.case_number || ' ' || i.received || ' ' ||
            coalesce(i.handled, '-') || ' ' || coalesce(i.month, '-') || ' ' || coalesce(i.working_days, '-') || ' ' || i.max_days
         FROM kpi_item i JOIN kpi_measure m ON m.id = i.measure_id JOIN unit u ON u.id = i.unit_id
         JOIN service_area a ON a.id = i.area_id ORDER BY m.code, u.number, i.case_number";
    db.read(|conn| db::list(conn, sql, [], |row| Ok(row.get(0)?))).unwrap()
}

fn summary(imported: &Imported) -> [u64; 5] {
    ["rows", "created", "updated", "unchanged", "failed"]
        .map(|name| imported.bulk.summary[name].as_u64().unwrap())
}

fn number(db: &Db, sql: &str) -> i64 {
    db.read(|conn| db::one(conn, sql, [])).unwrap()
}

/// A row of figures: month, measure, unit, service area and two counts.
fn figure_row((month, measure, unit, area, within, over): (u32, u32, usize, u32, u32, u32)) -> String {
    let (cvr, number) = [("10213231", "12345"), ("53383211", "23456"), ("34051178", "34567")][unit];
    let total = within + over;
    format!(
        "2026-{month:02};A{measure};{cvr};Bogføringskreds;{number};Område {area};{total};{within};{over};;;;Nej"
    )
}

pub(in crate::portal) fn sheet(heading: &str, rows: &[String]) -> String {
    format!("{heading}\r\n{}\r\n", rows.join("\r\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_rows_and_any_memory_give_the_same_figures(
        rows in prop::collection::btree_map((1_u32..=6, 1_u32..=3, 0_usize..3, 0_u32..4), (0_u32..2000, 0_u32..50), 1..120),
        order in any::<prop::sample::Index>(),
        memory in 40_usize..4_000,
        corrected in 0_usize..5,
    ) {
        let rows: Vec<String> = rows
            .into_iter()
            .map(|((month, measure, unit, area), (within, over))| {
                figure_row((month, measure, unit, area, within, over))
            })
            .collect();
        let mut other = rows.clone();
        other.reverse();
        other.rotate_left(order.index(rows.len()));
        let [mut one, mut two] = [empty(true), empty(true)];
        let expected = import(&mut one, &sheet(HEADING, &rows), ImportOptions::PLAIN).unwrap();
        let small = ImportOptions { memory, ..ImportOptions::PLAIN };
        let found = import(&mut two, &sheet(HEADING, &other), small).unwrap();
        prop_assert_eq!(summary(&expected), summary(&found));
        prop_assert_eq!(facts(&one), facts(&two));
        // Once more: nothing changes. With another value somewhere: that changes, and what was is kept.
        prop_assert_eq!(summary(&import(&mut two, &sheet(HEADING, &rows), small).unwrap())[3], rows.len() as u64);
        let changed: Vec<String> = rows
            .iter()
            .enumerate()
            .map(|(n, row)| if n < corrected { row.replace(";;;;Nej", ";;;;") } else { row.clone() })
            .enumerate()
            .map(|(n, row)| {
                let mut cells: Vec<_> = row.split(';').map(str::to_owned).collect();
                if n < corrected {
                    let within: u32 = cells[7].parse().unwrap();
                    let over: u32 = cells[8].parse().unwrap();
                    cells[6] = (within + over + 1).to_string();
                    cells[8] = (over + 1).to_string();
                }
                cells.join(";")
            })
            .collect();
        let n = corrected.min(rows.len()) as u64;
        let text = sheet(HEADING, &changed);
        let correct = ImportOptions { correct: true, ..small };
        prop_assert_eq!(import(&mut two, &text, small).is_err(), n > 0);
        prop_assert_eq!(summary(&import(&mut two, &text, correct).unwrap())[2], n);
        prop_assert_eq!(number(&two, "SELECT count(*) FROM kpi_fact_history") as u64, n);
    }

    #[test]
    fn any_order_of_cases_in_any_parts_and_any_memory_give_the_same_figures(
        rows in prop::collection::btree_map(
            (1_u32..=3, 0_usize..3, 0_u32..60),
            (0_u32..3, 0_i64..120, prop::option::weighted(0.8, 0_i64..9)),
            1..90,
        ),
        cut in any::<prop::sample::Index>(),
        memory in 60_usize..4_000,
    ) {
        let begin: chrono::NaiveDate = "2026-01-02".parse().unwrap();
        let row = |(measure, unit, case): &(u32, usize, u32), (area, day, took): &(u32, i64, Option<i64>)| {
            let (cvr, number) = [("10213231", "12345"), ("53383211", "23456"), ("34051178", "34567")][*unit];
            let received = begin + chrono::TimeDelta::days(*day);
            let handled = took.map(|took| (received + chrono::TimeDelta::days(took)).format("%d-%m-%Y").to_string());
            let (received, handled) = (received.format("%d-%m-%Y"), handled.unwrap_or_default());
            format!("A{measure};{cvr};Bogføringskreds;{number};Område {area};S-{case};{received};{handled}")
        };
        let lines: Vec<String> = rows.iter().map(|(key, said)| row(key, said)).collect();
        let mut other = lines.clone();
        other.reverse();
        let (first, second) = other.split_at(cut.index(lines.len() + 1));
        let [mut one, mut two] = [empty(true), empty(true)];
        import_cases(&mut one, &sheet(CASES, &lines), ImportOptions::PLAIN).unwrap();
        let small = ImportOptions { memory, ..ImportOptions::PLAIN };
        // In two parts, the first of them once more with the second.
        for part in [first, &other, second] {
            if !part.is_empty() {
                import_cases(&mut two, &sheet(CASES, part), small).unwrap();
            }
        }
        prop_assert_eq!(facts(&one), facts(&two));
        prop_assert_eq!(cases(&one), cases(&two));
        // What the figures must be, counted by hand: 1 working day from 2026 on.
        let mut expected: BTreeMap<(String, String, String, String), (i64, i64)> = BTreeMap::new();
        for ((measure, unit, _), (area, day, took)) in &rows {
            let Some(took) = took else { continue };
            let received = begin + chrono::TimeDelta::days(*day);
            let handled = received + chrono::TimeDelta::days(*took);
            let day_0 = received.iter_days().find(|day| works(*day)).unwrap();
            let age = day_0.iter_days().skip(1).take_while(|day| *day <= handled).filter(|day| works(*day)).count();
            let number = ["12345", "23456", "34567"][*unit];
            let key = (
                handled.format("%Y-%m").to_string(),
                format!("A{measure}"),
                format!("accounting:{number}"),
                format!("Område {area}"),
            );
            let sums = expected.entry(key).or_default();
            sums.0 += i64::from(age <= 1);
            sums.1 += 1;
        }
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let found: BTreeMap<_, _> = facts(&one)
            .iter()
            .map(|row| {
                let key = (text(row, "month"), text(row, "measure"), text(row, "unit"), text(row, "service_area"));
                (key, (row["numerator"].as_i64().unwrap(), row["denominator"].as_i64().unwrap()))
            })
            .collect();
        prop_assert_eq!(found, expected);
    }
}

/// The working days of the first half of 2026, from an almanac.
fn works(day: chrono::NaiveDate) -> bool {
    let free = ["2026-01-01", "2026-04-02", "2026-04-03", "2026-04-06", "2026-05-14", "2026-05-25"];
    let weekday = day.format("%u").to_string();
    !["6", "7"].contains(&weekday.as_str()) && !free.contains(&day.to_string().as_str())
}

#[test]
fn wrong_rows_are_passed_over_and_what_only_they_need_is_not_created() {
    let mut db = empty(false);
    let rows = [
        "2026-06;A1;10213231;Bogføringskreds;12345;Ny;10;9;1;;;;Ja",
        "2026-06;A1;10213231;Bogføringskreds;54321;Anden;10;9;2;;;;Ja",
        "2026-06;A2;10213231;Bogføringskreds;12345;Ny;10;9;1;;;;Ja",
        "2026-06;A2;10213231;Bogføringskreds;12345;Ny;10;9;1;;;;Ja",
        "2026-06;A3;10213231;Bogføringskreds;12345;Ny;10;9;1;;;;Ja",
    ]
    .map(str::to_owned);
    let options = ImportOptions { create_units: true, close: true, ..CONTINUE };
    let done = import(&mut db, &sheet(HEADING, &rows), options).unwrap();
    assert_eq!((summary(&done), done.exit), ([5, 2, 0, 0, 3], Exit::Partial));
    assert_eq!(done.rejected.keys().copied().collect::<Vec<_>>(), [3, 4, 5]);
    assert!(done.rejected[&4].contains("line 5"), "{:?}", done.rejected);
    assert!(done.rejected[&5].contains("line 4"), "{:?}", done.rejected);
    assert_eq!(number(&db, "SELECT count(*) FROM unit"), 1);
    assert_eq!(number(&db, "SELECT count(*) FROM service_area WHERE name = 'Anden'"), 0);
    // A month of which rows are missing is not closed.
    assert_eq!(number(&db, "SELECT count(*) FROM kpi_month"), 0);
    assert!(done.warnings.iter().any(|warning| warning.code == "kpi.month-open"));
}

#[test]
fn where_no_row_can_be_taken_the_file_is_refused_as_ever() {
    let mut db = empty(true);
    let row = ["2026-06;A1;10213231;Bogføringskreds;12345;;10;9;1;;;;".to_owned()];
    let other = ["2026-06;A1;10213231;Bogføringskreds;12345;;10;8;2;;;;".to_owned()];
    let wrong = ["2026-06;A1;10213231;Bogføringskreds;12345;;10;8;1;;;;".to_owned()];
    import(&mut db, &sheet(HEADING, &row), CONTINUE).unwrap();
    let refused = |db: &mut Db, rows: &[String]| {
        let error = import(db, &sheet(HEADING, rows), CONTINUE).err().unwrap();
        (error.exit(), error.code().to_owned())
    };
    assert_eq!(refused(&mut db, &other), (Exit::Conflict, "kpi.differs".to_owned()));
    assert_eq!(refused(&mut db, &wrong), (Exit::InvalidFile, "file.invalid".to_owned()));
    assert_eq!(number(&db, "SELECT numerator FROM kpi_fact"), 9);
}

#[test]
fn design_3_what_another_command_changed_meanwhile_is_seen_under_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portal.db");
    crate::platform::files::create_private(&path).unwrap();
    let mut first = filled(Db::build_at(&path, options(false)).unwrap(), true);
    let mut second = Db::open(&path, options(false)).unwrap();
    let figures = |rows: &[&str]| sheet(HEADING, &rows.iter().map(ToString::to_string).collect::<Vec<_>>());
    let row = figures(&["2026-06;B1;34051178;Løngruppe;321;;10;;;0;;;"]);
    let other = figures(&["2026-06;B1;34051178;Løngruppe;321;;10;;;1;;;"]);
    let none = Progress::default();
    let open = |text: &str| Sheet::open(text.as_bytes(), "test.csv", SheetOptions::default()).unwrap();
    let july = figures(&["2026-07;B1;34051178;Løngruppe;321;;10;;;0;;;"]);
    let [row_sheet, other, july_sheet] = [&row, &other, &july].map(|bytes| open(bytes));
    let prepare_it = |db: &Db, sheet| {
        db.read(|conn| {
            prepare::<Figures>(conn, &actor(), sheet, "test.csv", ImportOptions::PLAIN, today(), &none)
        })
        .unwrap()
    };
    let [same, differs] = [&row_sheet, &other].map(|sheet| prepare_it(&first, sheet));
    import(&mut second, &row, ImportOptions::PLAIN).unwrap();
    // The area "(Tom)" is new, which is enough to begin again.
    assert_eq!(first.write(&actor(), |tx| merge(tx, same, &none)).err().unwrap().exit(), Exit::Busy);
    assert_eq!(first.write(&actor(), |tx| merge(tx, differs, &none)).err().unwrap().exit(), Exit::Busy);
    let [same, late] = [&july_sheet, &july_sheet].map(|sheet| prepare_it(&first, sheet));
    import(&mut second, &july, ImportOptions::PLAIN).unwrap();
    let done = first.write(&actor(), |tx| merge(tx, same, &none)).unwrap();
    assert_eq!(summary(&done), [1, 0, 0, 1, 0]);
    second.write(&actor(), |tx| kpi_service::close(tx, "2026-07".parse().unwrap())).unwrap();
    assert_eq!(first.write(&actor(), |tx| merge(tx, late, &none)).err().unwrap().code(), "kpi.overtaken");
}

#[test]
fn design_3_of_two_imports_of_cases_at_once_the_second_sees_what_the_first_did() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portal.db");
    crate::platform::files::create_private(&path).unwrap();
    let mut first = filled(Db::build_at(&path, options(false)).unwrap(), true);
    let mut second = Db::open(&path, options(false)).unwrap();
    let file = |case: &str, handled: &str| {
        let row = format!("A1;10213231;Bogføringskreds;12345;;{case};02-03-2026;{handled}");
        Sheet::open(sheet(CASES, &[row]).as_bytes(), "test.csv", SheetOptions::default()).unwrap()
    };
    let none = Progress::default();
    let prepare_it = |db: &Db, sheet| {
        let plain = ImportOptions::PLAIN;
        db.read(|conn| prepare::<Cases>(conn, &actor(), sheet, "test.csv", plain, today(), &none)).unwrap()
    };
    let [begin, same, more, other] =
        [("S-0", "03-03-2026"), ("S-1", "03-03-2026"), ("S-2", "09-03-2026"), ("S-1", "04-03-2026")]
            .map(|(case, handled)| file(case, handled));
    let mut take = |sheet| {
        let prepared = prepare_it(&second, sheet);
        second.write(&actor(), |tx| merge(tx, prepared, &none)).unwrap();
    };
    // So that the service area is there.
    take(&begin);
    let late = [&same, &more, &other].map(|sheet| prepare_it(&first, sheet));
    take(&same);
    let mut merged = late.map(|prepared| first.write(&actor(), |tx| merge(tx, prepared, &none))).into_iter();
    assert_eq!(summary(&merged.next().unwrap().unwrap()), [1, 0, 0, 1, 0]);
    // The figure holds what either brought.
    assert_eq!(summary(&merged.next().unwrap().unwrap()), [1, 1, 0, 0, 0]);
    assert_eq!(merged.next().unwrap().err().unwrap().code(), "kpi.differs");
    assert_eq!(number(&first, "SELECT numerator * 10 + denominator FROM kpi_fact"), 23);
}
