//! Use cases of institutions and units.

use super::unit::{NewUnit, UnitPatch, service as units};
use super::{NewTenant, Status, TenantPatch, service};
use crate::platform::actor::{Actor, Principal};
use crate::platform::audit;
use crate::platform::db::{Db, Options};
use crate::platform::env::{Clock, Entropy};
use crate::values::UnitRef;

fn operator() -> Actor {
    Actor { real: "operator:test@host".to_owned(), effective: Principal::Operator, reason: None }
}

/// A database with one institution, `oes`.
fn with_tenant() -> Db {
    let now = "2026-05-04T08:00:00Z".parse().unwrap();
    let options = Options {
        dry_run: false,
        wait: std::time::Duration::ZERO,
        clock: Clock::Story(std::rc::Rc::new(std::cell::Cell::new(now))),
        entropy: Entropy::Counter(std::rc::Rc::default()),
    };
    let mut db = Db::in_memory(options).unwrap();
    let new = NewTenant {
        cvr: "10213231".parse().unwrap(),
        name: "Økonomistyrelsen".to_owned(),
        code: Some("oes".to_owned()),
        ministry: None,
        se_numbers: Vec::new(),
        glns: Vec::new(),
        account_manager: None,
    };
    db.write(&operator(), |tx| service::create(tx, new, false)).unwrap();
    db
}

fn turn_tenant(db: &mut Db, status: Status) -> (bool, Status) {
    let patch = TenantPatch { status: Some(status), ..TenantPatch::default() };
    let (changed, tenant) = db.write(&operator(), |tx| service::update(tx, "oes", patch)).unwrap();
    (changed, tenant.status)
}

fn turn_unit(db: &mut Db, status: Status) -> Result<(bool, Status), String> {
    let (name, patch) =
        ("12345".parse::<UnitRef>().unwrap(), UnitPatch { status: Some(status), ..UnitPatch::default() });
    match db.write(&operator(), |tx| units::update(tx, &name, patch)) {
        Ok((changed, unit)) => Ok((changed, unit.status)),
        Err(error) => Err(error.code().to_owned()),
    }
}

fn new_unit(status: Option<Status>) -> NewUnit {
    let data = UnitPatch { status, ..UnitPatch::default() };
    NewUnit { tenant: "oes".to_owned(), number: "accounting:12345".parse().unwrap(), data }
}

fn actions(db: &Db) -> Vec<String> {
    let mut actions = Vec::new();
    db.read(|conn| {
        audit::each(conn, &audit::Filter::default(), |entry| {
            actions.insert(0, entry.action);
            Ok(std::ops::ControlFlow::Continue(()))
        })
    })
    .unwrap();
    actions
}

#[test]
fn what_was_archived_can_be_taken_back_into_use_and_the_trail_says_which() {
    let mut db = with_tenant();
    assert_eq!(turn_tenant(&mut db, Status::Archived), (true, Status::Archived));
    assert_eq!(turn_tenant(&mut db, Status::Archived), (false, Status::Archived));
    assert_eq!(turn_tenant(&mut db, Status::Active), (true, Status::Active));
    let patch = TenantPatch { name: Some("ØS".to_owned()), ..TenantPatch::default() };
    db.write(&operator(), |tx| service::archive(tx, "oes")).unwrap();
    let (_, tenant) = db.write(&operator(), |tx| service::update(tx, "oes", patch)).unwrap();
    assert_eq!(tenant.status, Status::Archived, "what is not named is left alone");
    let wanted = ["tenant.create", "tenant.archive", "tenant.update", "tenant.archive", "tenant.update"];
    assert_eq!(actions(&db), wanted);
}

#[test]
fn a_unit_comes_back_only_where_its_institution_is_in_use() {
    let mut db = with_tenant();
    db.write(&operator(), |tx| units::create(tx, new_unit(None), false)).unwrap();
    assert_eq!(turn_unit(&mut db, Status::Archived), Ok((true, Status::Archived)));
    turn_tenant(&mut db, Status::Archived);
    assert_eq!(turn_unit(&mut db, Status::Archived), Ok((false, Status::Archived)));
    assert_eq!(turn_unit(&mut db, Status::Active), Err("tenant.archived".to_owned()));
    turn_tenant(&mut db, Status::Active);
    assert_eq!(turn_unit(&mut db, Status::Active), Ok((true, Status::Active)));
    assert_eq!(
        actions(&db)[1..],
        ["unit.create", "unit.archive", "tenant.archive", "tenant.update", "unit.update"]
    );
}

#[test]
fn a_unit_can_be_created_out_of_use() {
    let mut db = with_tenant();
    let mut create = |status| {
        db.write(&operator(), |tx| units::create(tx, new_unit(status), true)).map(|(_, unit)| unit.status)
    };
    assert_eq!(create(Some(Status::Archived)).unwrap(), Status::Archived);
    assert_eq!(create(None).unwrap(), Status::Archived, "nothing was asked for");
    let error = create(Some(Status::Active)).unwrap_err();
    assert_eq!(error.code(), "unit.differs");
    assert!(error.message().ends_with("differs in: status"), "{error}");
}
