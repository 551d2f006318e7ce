//! Use cases of third-party tasks.

use super::{Patch, service};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::{Db, Options};
use crate::platform::env::{Clock, Entropy};
use crate::platform::error::Result;
use crate::portal::tenant::{NewTenant, TenantPatch, service as tenant_service};

fn operator() -> Actor {
    Actor { real: "operator:test@host".to_owned(), effective: Principal::Operator, reason: None }
}

fn world() -> Db {
    let now = "2026-06-10T08:00:00Z".parse().unwrap();
    let options = Options {
        dry_run: false,
        wait: std::time::Duration::ZERO,
        clock: Clock::Story(std::rc::Rc::new(std::cell::Cell::new(now))),
        entropy: Entropy::Counter(std::rc::Rc::default()),
    };
    let mut db = Db::in_memory(options).unwrap();
    db.write(&operator(), |tx| {
        for (code, cvr) in [("oes", "10213231"), ("digst", "34051178")] {
            let new = NewTenant {
                cvr: cvr.parse()?,
                name: code.to_uppercase(),
                code: Some(code.to_owned()),
                ministry: None,
                se_numbers: Vec::new(),
                glns: Vec::new(),
                account_manager: None,
            };
            tenant_service::create(tx, new, false)?;
        }
        Ok(())
    })
    .unwrap();
    db
}

fn set(db: &mut Db, tenant: &str, task: &str, patch: Patch) -> Result<(&'static str, super::ThirdParty)> {
    db.write(&operator(), |tx| service::set(tx, tenant, task, patch))
}

fn authority(name: &str) -> Patch {
    Patch { authority: Some(name.to_owned()), ..Patch::default() }
}

#[test]
fn k_099_a_task_is_one_however_it_is_spelt_and_absent_leaves_alone() {
    let mut db = world();
    let new = Patch {
        contact: Some(Some("Løngruppen".to_owned())),
        phone: Some(Some("33 92 00 00".parse().unwrap())),
        ..authority("Udenrigsministeriet")
    };
    let (result, first) = set(&mut db, "oes", "Lønudbetaling for udsendte", new).unwrap();
    assert_eq!(result, "created");
    let (result, same) =
        set(&mut db, "OES", "LØNUDBETALING for udsendte", authority("Udenrigsministeriet")).unwrap();
    assert_eq!((result, &same), ("unchanged", &first), "the spelling names it and does not change it");
    let emptied = Patch { contact: Some(None), ..authority("Finansministeriet") };
    let (result, after) = set(&mut db, "oes", "lønudbetaling for udsendte", emptied).unwrap();
    assert_eq!((result, after.id, after.contact), ("updated", first.id, None));
    assert_eq!((after.authority.as_str(), after.phone), ("Finansministeriet", first.phone));
    // Another institution's task of that name is another one.
    assert_eq!(set(&mut db, "digst", "Lønudbetaling for udsendte", authority("X")).unwrap().0, "created");
    let listed = db.read(|conn| service::list(conn, &operator(), Some("oes"))).unwrap();
    assert_eq!(listed.len(), 1);
    let removed = db.write(&operator(), |tx| service::remove(tx, "oes", "LØNUDBETALING FOR UDSENDTE"));
    assert_eq!(removed.unwrap().id, first.id);
    assert_eq!(db.read(|conn| service::list(conn, &operator(), None)).unwrap().len(), 1);
}

#[test]
fn a_new_task_needs_an_authority_and_an_institution_in_use() {
    let mut db = world();
    let refusal = |answer: Result<(&'static str, super::ThirdParty)>| {
        let error = answer.err().unwrap();
        (error.exit().code(), error.code().to_owned())
    };
    let missing = refusal(set(&mut db, "oes", "Rejser", Patch::default()));
    assert_eq!(missing, (2, "third-party.incomplete".to_owned()));
    let archived =
        TenantPatch { status: Some(crate::portal::tenant::Status::Archived), ..TenantPatch::default() };
    db.write(&operator(), |tx| tenant_service::update(tx, "oes", archived)).unwrap();
    let shut = refusal(set(&mut db, "oes", "Rejser", authority("X")));
    assert_eq!(shut, (5, "tenant.archived".to_owned()));
    let gone = db.write(&operator(), |tx| service::remove(tx, "digst", "Rejser")).unwrap_err();
    assert_eq!((gone.exit().code(), gone.code()), (4, "third-party.not-found"));
}
