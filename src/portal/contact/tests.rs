//! Use cases of contacts and roles.

use super::role::{RolePatch, RoleStatus, service as roles};
use crate::platform::actor::{Actor, Principal};
use crate::platform::audit;
use crate::platform::db::{Db, Options};
use crate::platform::env::{Clock, Entropy};

fn empty() -> Db {
    let now = "2026-05-04T08:00:00Z".parse().unwrap();
    let options = Options {
        dry_run: false,
        wait: std::time::Duration::ZERO,
        clock: Clock::Story(std::rc::Rc::new(std::cell::Cell::new(now))),
        entropy: Entropy::Counter(std::rc::Rc::default()),
    };
    Db::in_memory(options).unwrap()
}

fn operator() -> Actor {
    Actor { real: "operator:test@host".to_owned(), effective: Principal::Operator, reason: None }
}

#[test]
fn k_197_a_retired_role_can_be_taken_back_into_use_and_the_trail_says_which() {
    let mut db = empty();
    let results = db
        .write(&operator(), |tx| {
            roles::seed(tx)?;
            let turn = |status| {
                let patch = RolePatch { status: Some(status), ..RolePatch::default() };
                roles::update(tx, "general", patch).map(|(result, role)| (result, role.status))
            };
            let results = [turn(RoleStatus::Retired)?, turn(RoleStatus::Retired)?, turn(RoleStatus::Active)?];
            assert_eq!(roles::retire(tx, "general")?.0, "retired");
            assert_eq!(roles::retire(tx, "general")?.0, "unchanged");
            Ok(results)
        })
        .unwrap();
    let (retired, active) = (RoleStatus::Retired, RoleStatus::Active);
    assert_eq!(results, [("updated", retired), ("unchanged", retired), ("updated", active)]);
    let actions = [1, 2, 3].map(|seq| {
        db.read(|conn| audit::find(conn, seq)).unwrap().map(|entry| entry.action).unwrap_or_default()
    });
    assert_eq!(actions, ["role.retire", "role.update", "role.retire"]);
}
