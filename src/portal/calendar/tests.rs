//! Use cases of the calendar.

use chrono::NaiveDate;

use super::{Day, parse_day, service};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::{Db, Options};
use crate::platform::env::{Clock, Entropy};
use crate::platform::exit::Exit;

fn operator() -> Actor {
    Actor { real: "operator:test@host".to_owned(), effective: Principal::Operator, reason: None }
}

fn empty() -> Db {
    let now = "2026-06-10T08:00:00Z".parse().unwrap();
    let options = Options {
        dry_run: false,
        wait: std::time::Duration::ZERO,
        clock: Clock::Story(std::rc::Rc::new(std::cell::Cell::new(now))),
        entropy: Entropy::Counter(std::rc::Rc::new(std::cell::Cell::new(0))),
    };
    Db::in_memory(options).unwrap()
}

fn date(text: &str) -> NaiveDate {
    parse_day(text).unwrap()
}

fn lines(db: &Db, year: i32) -> Vec<String> {
    let days = db.read(|conn| service::list(conn, &operator(), year)).unwrap();
    days.iter().map(|day| format!("{} {} {}", day.date, day.kind, day.name)).collect()
}

#[test]
fn domain_10_closed_days_stand_between_the_holidays_of_their_year() {
    let mut db = empty();
    db.write(&operator(), |tx| {
        service::add(tx, date("24-12-2026"), "Juleaftensdag", false)?;
        service::add(tx, date("2026-12-25"), "Lukket", false)?;
        service::add(tx, date("2027-05-07"), "Dagen efter Kristi himmelfart", false)
    })
    .unwrap();
    let lines = lines(&db, 2026);
    assert_eq!(lines.len(), 12);
    assert_eq!(
        lines[8..],
        [
            "2026-12-24 closed Juleaftensdag",
            "2026-12-25 statutory christmas-day",
            "2026-12-25 closed Lukket",
            "2026-12-26 statutory second-christmas-day",
        ]
    );
    let all = db.read(service::all).unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[2], Day::closed(date("2027-05-07"), "Dagen efter Kristi himmelfart"));
}

#[test]
fn a_day_is_added_once() {
    let mut db = empty();
    let day = date("2026-12-24");
    let mut add = |name: &str, if_not_exists| {
        db.write(&operator(), |tx| service::add(tx, day, name, if_not_exists))
            .map(|(new, _)| new)
            .map_err(|error| (error.exit(), error.code().to_owned()))
    };
    assert_eq!(add("Juleaftensdag", true), Ok(true));
    assert_eq!(add("Juleaftensdag", true), Ok(false));
    assert_eq!(add("Jul", true), Err((Exit::Conflict, "calendar.differs".to_owned())));
    assert_eq!(add("Juleaftensdag", false), Err((Exit::Conflict, "calendar.exists".to_owned())));
}

#[test]
fn what_is_put_is_there_afterwards() {
    let mut db = empty();
    let day = date("2026-06-05");
    let mut put = |name: &str| db.write(&operator(), |tx| service::put(tx, day, name)).unwrap().0;
    assert_eq!(
        [put("Grundlov"), put("Grundlovsdag"), put("Grundlovsdag")],
        ["created", "updated", "unchanged"]
    );
    assert_eq!(db.read(service::all).unwrap(), [Day::closed(day, "Grundlovsdag")]);
}

#[test]
fn a_closed_day_can_be_removed_and_a_holiday_cannot() {
    let mut db = empty();
    db.write(&operator(), |tx| service::add(tx, date("2026-12-25"), "Lukket", false)).unwrap();
    let mut remove = |day: &str| {
        db.write(&operator(), |tx| service::remove(tx, date(day)))
            .map(|day| day.name)
            .map_err(|error| (error.exit(), error.code().to_owned()))
    };
    assert_eq!(remove("2026-12-25"), Ok("Lukket".to_owned()));
    assert_eq!(remove("2026-12-25"), Err((Exit::Refused, "calendar.statutory".to_owned())));
    assert_eq!(remove("2026-12-24"), Err((Exit::NotFound, "closed-day.not-found".to_owned())));
}

#[test]
fn closing_a_day_that_nobody_works_on_is_worth_a_word() {
    let message = |day: &str| service::needless(date(day)).map(|warning| warning.message);
    assert_eq!(message("2026-12-24"), None);
    assert_eq!(
        message("2026-12-25").unwrap(),
        "2026-12-25 is Christmas Day, a statutory holiday: it is no working day anyway"
    );
    assert_eq!(message("2026-12-27").unwrap(), "2026-12-27 is a Sunday: it is no working day anyway");
}

#[test]
fn the_calendar_is_the_providers_and_has_its_years() {
    let mut db = empty();
    let user = Actor { effective: Principal::User("anna@example.dk".to_owned()), ..operator() };
    let error = db.write(&user, |tx| service::put(tx, date("2026-12-24"), "X")).unwrap_err();
    assert_eq!(error.code(), "rights.refused");
    assert_eq!(db.read(|conn| service::list(conn, &user, 2026)).unwrap_err().code(), "rights.refused");
    assert_eq!(parse_day("1899-12-31").unwrap_err().code, "date.invalid");
    assert!(parse_day("2200-12-31").is_ok());
}
