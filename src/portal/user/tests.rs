//! Use cases of users: what ends with an account, and what comes back with it.

use std::cell::Cell;
use std::rc::Rc;

use chrono::Duration;
use proptest::prelude::*;

use super::{NewUser, User, UserStatus, service, store};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::{self as rows, Db, Options, Tx};
use crate::platform::env::{Clock, Entropy};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::outbox;
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{self, Menu, Right};
use crate::portal::code::{self, CodePurpose};
use crate::portal::link::{self, Owner};
use crate::portal::session::{self, SessionState};
use crate::portal::tenant::store as tenant_store;
use crate::portal::tenant::{NewTenant, Tenant, service as tenants};
use crate::values::{Coded, Email, utc_text};

const IDA: &str = "ida@oes.example.dk";
const TENANTS: [&str; 2] = ["oes", "digst"];
const PEOPLE: [&str; 3] = ["anna@example.dk", "bo@example.dk", "carl@example.dk"];

fn operator() -> Actor {
    let reason = Some("prøve".to_owned());
    Actor { real: "operator:test@host".to_owned(), effective: Principal::Operator, reason }
}

fn email(text: &str) -> Email {
    text.parse().unwrap()
}

fn new_user(address: &str, rights: &[(&str, &[Right])]) -> NewUser {
    NewUser {
        email: email(address),
        name: "Ida".to_owned(),
        b_number: None,
        phone: None,
        title: None,
        language: None,
        kind: None,
        staff: None,
        rights: rights.iter().map(|(tenant, rights)| ((*tenant).to_owned(), rights.to_vec())).collect(),
    }
}

/// A database with two institutions.
fn world() -> Db {
    let now = "2026-05-04T08:00:00Z".parse().unwrap();
    let options = Options {
        dry_run: false,
        wait: std::time::Duration::ZERO,
        clock: Clock::Story(Rc::new(Cell::new(now))),
        entropy: Entropy::Counter(Rc::default()),
    };
    let mut db = Db::in_memory(options).unwrap();
    for (code, cvr) in TENANTS.iter().zip(["10213231", "34051178"]) {
        let new = NewTenant {
            cvr: cvr.parse().unwrap(),
            name: (*code).to_owned(),
            code: Some((*code).to_owned()),
            ministry: None,
            se_numbers: Vec::new(),
            glns: Vec::new(),
            account_manager: None,
        };
        db.write(&operator(), |tx| tenants::create(tx, new, false)).unwrap();
    }
    db
}

fn user(db: &Db, address: &str) -> User {
    db.read(|conn| service::resolve(conn, &email(address))).unwrap()
}

fn tenant(db: &Db, code: &str) -> Tenant {
    db.read(|conn| tenants::resolve(conn, code)).unwrap()
}

#[test]
fn disable_ends_sessions_links_codes_and_messages_in_one_go() {
    let mut db = world();
    db.write(&operator(), |tx| {
        let ida =
            service::create(tx, new_user(IDA, &[("oes", &[Right::Reader])]), true, false, Lang::Da)?.user;
        session::issue(tx, ida.id, SessionState::Active, None)?;
        session::issue(tx, ida.id, SessionState::CodeRequired, None)?;
        code::issue(tx, ida.id, CodePurpose::Login, Some(&"+4570000112".parse()?), Duration::minutes(5))
            .map(drop)
    })
    .unwrap();
    let ida = user(&db, IDA);
    let outcome = db.write(&operator(), |tx| service::disable(tx, &ida.email)).unwrap();
    let codes: Vec<_> = outcome.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(
        codes,
        ["user.sessions-ended", "user.links-ended", "user.messages-cancelled"],
        "it says what it did: {:?}",
        outcome.warnings.iter().map(|warning| &warning.message).collect::<Vec<_>>()
    );
    db.read(|conn| {
        let now = "2026-05-04T08:00:00Z".parse().unwrap();
        assert_eq!(session::list_live(conn, Some(ida.id), now)?, []);
        let mut states = Vec::new();
        outbox::each(conn, &outbox::Filter::default(), |message| {
            states.push(message.state);
            Ok(std::ops::ControlFlow::Continue(()))
        })?;
        assert_eq!(states, [outbox::State::Cancelled]);
        assert_eq!(link::store::list_live(conn, Owner::User(ida.id))?, Vec::<i64>::new());
        assert_eq!(code::store::find_live(conn, 1, &utc_text(now))?, None);
        Ok(())
    })
    .unwrap();
    // Shut is shut: a second time there is nothing left to end.
    let again = db.write(&operator(), |tx| service::disable(tx, &ida.email)).unwrap();
    assert_eq!((again.result, again.warnings.len()), ("unchanged", 0));
}

#[test]
fn nobody_shuts_their_own_account() {
    let mut db = world();
    let own = Actor { effective: Principal::Provider(IDA.to_owned()), ..operator() };
    db.write(&operator(), |tx| service::create(tx, new_user(IDA, &[]), false, false, Lang::Da).map(drop))
        .unwrap();
    let refused =
        db.write(&own, |tx| service::disable(tx, &email("IDA@oes.example.dk")).map(drop)).unwrap_err();
    assert_eq!(refused.code(), "user.self");
}

/// What somebody types of one of three people at one of two institutions.
#[derive(Debug, Clone, Copy)]
enum Step {
    Grant(usize, usize, Right, bool),
    Revoke(usize, usize, Right),
    Disable(usize),
    Enable(usize),
    Remove(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let right = || prop::sample::select(Right::all().to_vec());
    prop_oneof![
        4 => (0..3_usize, 0..2_usize, right(), any::<bool>()).prop_map(|(u, t, r, x)| Step::Grant(u, t, r, x)),
        2 => (0..3_usize, 0..2_usize, right()).prop_map(|(u, t, r)| Step::Revoke(u, t, r)),
        2 => (0..3_usize).prop_map(Step::Disable),
        2 => (0..3_usize).prop_map(Step::Enable),
        1 => (0..3_usize, 0..2_usize).prop_map(|(u, t)| Step::Remove(u, t)),
    ]
}

fn take(tx: &Tx<'_>, step: Step) -> Result<()> {
    let place = |at: usize| tenants::resolve(tx, TENANTS[at]);
    let person = |who: usize| service::resolve(tx, &email(PEOPLE[who]));
    match step {
        Step::Grant(who, at, right, replace) => {
            let (tenant, user) = (place(at)?, person(who)?);
            let place = Place { id: tenant.id, code: &tenant.code };
            grants::grant(tx, user.holder(), place, right, replace).map(drop)
        }
        Step::Revoke(who, at, right) => {
            let (tenant, user) = (place(at)?, person(who)?);
            grants::revoke(tx, user.holder(), Place { id: tenant.id, code: &tenant.code }, right).map(drop)
        }
        Step::Disable(who) => service::disable(tx, &email(PEOPLE[who])).map(drop),
        Step::Enable(who) => service::enable(tx, &email(PEOPLE[who])).map(drop),
        Step::Remove(who, at) => service::remove(tx, &email(PEOPLE[who]), TENANTS[at]).map(drop),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// K-030, C-04: whatever is typed in whatever order, nobody is administrator beside another, a disabled user
    /// reaches nothing, and enabling gives back exactly what there was, save an administrator's place taken meanwhile.
    #[test]
    fn k_030_no_sequence_of_commands_makes_two_administrators_or_opens_to_the_disabled(
        steps in prop::collection::vec(step(), 1..24)
    ) {
        let mut db = world();
        for person in PEOPLE {
            db.write(&operator(), |tx| service::create(tx, new_user(person, &[]), false, false, Lang::Da).map(drop))
                .unwrap();
        }
        for step in steps {
            let before: Vec<_> = PEOPLE.iter().map(|person| user(&db, person)).collect();
            let done = db.write(&operator(), |tx| take(tx, step));
            if let Err(error) = done {
                prop_assert_ne!(error.exit(), crate::platform::exit::Exit::Failure, "{:?}: {}", step, error);
            }
            for code in TENANTS {
                let tenant = tenant(&db, code);
                let users = db.read(|conn| grants::list(conn, Some(&[tenant.id]), None)).unwrap();
                let administrators = users.iter().filter(|grant| {
                    grant.right == Right::Administrator && user(&db, &grant.user).status != UserStatus::Disabled
                });
                let count = administrators.count();
                prop_assert!(count <= 1, "{step:?}: {count} administrators of {code}");
                prop_assert_eq!(count == 1, db.read(|conn| tenant_store::has_administrator(conn, tenant.id)).unwrap());
            }
            for (person, before) in PEOPLE.iter().zip(before) {
                let now = user(&db, person);
                if now.status == UserStatus::Disabled {
                    let actor = Actor { effective: Principal::User((*person).to_owned()), ..operator() };
                    let reach = db.read(|conn| access::places(conn, &actor, Menu::Information));
                    prop_assert!(reach.is_err(), "{:?}: {} still reaches {:?}", step, person, reach);
                }
                if matches!(step, Step::Disable(_) | Step::Enable(_)) {
                    let lost: Vec<_> = before.rights.iter().filter(|held| !now.rights.contains(held)).collect();
                    prop_assert!(lost.iter().all(|held| held.right == Right::Administrator), "{:?}: lost {:?}", step, lost);
                    prop_assert!(now.rights.len() + lost.len() == before.rights.len());
                }
            }
        }
    }
}

#[test]
fn enable_brings_back_every_right_and_the_moment_of_its_grant() {
    let mut db = world();
    let all: &[Right] = &[Right::Administrator, Right::Editor, Right::Reader, Right::Reports];
    let new = new_user(IDA, &[("oes", all), ("digst", &[Right::Reader])]);
    db.write(&operator(), |tx| service::create(tx, new, false, false, Lang::Da).map(drop)).unwrap();
    let before = db.read(|conn| grants::list(conn, None, None)).unwrap();
    db.write(&operator(), |tx| service::disable(tx, &email(IDA)).map(drop)).unwrap();
    db.write(&operator(), |tx| service::enable(tx, &email(IDA)).map(drop)).unwrap();
    assert_eq!(db.read(|conn| grants::list(conn, None, None)).unwrap(), before);
    assert_eq!(db.read(|conn| store::find_by_email(conn, &email(IDA))).unwrap().unwrap().rights.len(), 5);
}

/// What is counted here is not time but what is looked at: one institution's people, or the staff, and not everyone.
#[test]
fn one_institutions_people_and_the_staff_are_found_without_a_look_at_everyone() {
    let db = world();
    for filter in [
        store::Filter { tenants: Some(vec![1]), ..store::Filter::default() },
        store::Filter { tenants: Some(vec![1]), right: Some(Right::Reader), ..store::Filter::default() },
        store::Filter { staff: true, ..store::Filter::default() },
    ] {
        let (sql, conditions) = store::query(&filter);
        let plan: Vec<String> = db
            .read(|conn| {
                let explain = format!("EXPLAIN QUERY PLAN {sql}");
                rows::list(conn, &explain, conditions.params(), |row| Ok(row.get("detail")?))
            })
            .unwrap();
        assert!(!plan.iter().any(|step| step.starts_with("SCAN u")), "{filter:?}: {plan:#?}");
    }
}
