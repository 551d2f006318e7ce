//! Use cases of agreements.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};

mod certificate;
mod signing_here;
mod versions;

use super::pdf::Pdf;
use super::service::{Desk, Part, signing};
use super::view::AgreementDetail;
use super::*;
use crate::platform::actor::{Actor, Principal};
use crate::platform::blob::Spooled;
use crate::platform::db::{Db, Options};
use crate::platform::env::{Clock, Entropy};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::outbox;
use crate::portal::access::Right;
use crate::portal::signatory::{self, Person};
use crate::portal::tenant::{NewTenant, service as tenant_service};
use crate::portal::user::{self, NewUser, Staff, UserKind};
use crate::values::{Coded, parse_utc_text};

pub(super) const PDF: &[u8] = include_bytes!("../../../../fixtures/agreements/oes-kundeaftale.pdf");
const ANNEX: &[u8] = include_bytes!("../../../../fixtures/agreements/oes-kundeaftale-bilag-1.pdf");
pub(super) const SIGNATORY: &str = "birgitte@oes.example.dk";
pub(super) const MAILBOX: &str = "kundeportal@example.dk";
pub(super) const STAFF: &str = "mette@sam.example.dk";
const READER: &str = "anna@oes.example.dk";

/// A database with two institutions, their signatories, one of the staff and a reader.
pub(super) struct World {
    pub db: Db,
    pub clock: Rc<Cell<DateTime<Utc>>>,
    pub actor: Actor,
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    parse_utc_text(text).unwrap()
}

pub(super) fn file(name: &str, bytes: &[u8]) -> NamedFile {
    NamedFile { name: name.to_owned(), bytes: Spooled::read(bytes, name, u64::MAX).unwrap() }
}

pub(super) fn desk() -> Desk {
    Desk { lang: Lang::Da, mailbox: MAILBOX.parse().unwrap() }
}

fn person(email: &str) -> Person {
    Person {
        name: "Birgitte Havemark".to_owned(),
        email: email.parse().unwrap(),
        title: "Direktør".to_owned(),
        phone: "33 92 80 00".parse().unwrap(),
    }
}

fn account(email: &str, staff: Option<Staff>, rights: Vec<(String, Vec<Right>)>) -> NewUser {
    NewUser {
        email: email.parse().unwrap(),
        name: "Mette Ravnkilde".to_owned(),
        b_number: None,
        phone: None,
        title: Some("Kontorchef".to_owned()),
        language: None,
        kind: Some(UserKind::Person),
        staff,
        rights,
    }
}

impl World {
    pub fn new() -> World {
        let clock = Rc::new(Cell::new(at("2026-05-20T08:00:00Z")));
        let options = Options {
            dry_run: false,
            wait: Duration::ZERO,
            clock: Clock::Story(Rc::clone(&clock)),
            entropy: Entropy::Counter(Rc::new(Cell::new(0))),
        };
        let actor = Actor {
            real: "operator:test@host".to_owned(),
            effective: Principal::Operator,
            reason: Some("aftalt".to_owned()),
        };
        let mut world = World { db: Db::in_memory(options).unwrap(), clock, actor };
        world
            .write(|tx| {
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
                signatory::service::set(tx, "oes", Scope::Customer, person(SIGNATORY), Lang::Da)?;
                user::service::create(
                    tx,
                    account(STAFF, Some(Staff::SystemAdministrator), Vec::new()),
                    false,
                    false,
                    Lang::Da,
                )?;
                let rights = vec![("oes".to_owned(), vec![Right::Reader])];
                user::service::create(tx, account(READER, None, rights), false, false, Lang::Da)?;
                Ok(())
            })
            .unwrap();
        world
    }

    pub fn write<T>(&mut self, write: impl FnOnce(&crate::platform::db::Tx<'_>) -> Result<T>) -> Result<T> {
        let actor = self.actor.clone();
        self.db.write(&actor, write)
    }

    pub fn create(&mut self, kind: Kind, title: &str, bytes: &[u8]) -> i64 {
        self.create_until(kind, title, bytes, None)
    }

    pub fn create_until(&mut self, kind: Kind, title: &str, bytes: &[u8], last: Option<&str>) -> i64 {
        let new = NewAgreement {
            tenant: "oes".to_owned(),
            kind,
            title: title.to_owned(),
            document: Pdf::new(file("Aftale.pdf", bytes)).unwrap(),
            annexes: vec![file("Bilag.pdf", ANNEX), file("bilag.PDF", b"tekst")],
            effective_on: None,
            expires_on: last.map(|day| crate::values::parse_date(day).unwrap()),
            supplements: None,
            service: None,
        };
        self.write(|tx| service::create(tx, new)).unwrap().agreement.id
    }

    pub fn send(&mut self, id: i64) -> Result<AgreementDetail> {
        self.write(|tx| signing::send(tx, id, &desk()))
    }

    pub fn sign(&mut self, id: i64, party: Party, signer: &str) -> Result<AgreementDetail> {
        self.sign_at(id, party, signer, "2026-05-20T07:00:00Z")
    }

    fn sign_at(&mut self, id: i64, party: Party, signer: &str, time: &str) -> Result<AgreementDetail> {
        let new = NewSignature {
            party,
            signer: signer.parse().unwrap(),
            name: None,
            title: None,
            method: "MitID Erhverv".to_owned(),
            signed_at: at(time),
            reference: Some("EKS-1".to_owned()),
            evidence: (party == Party::Customer).then(|| file("kvittering.txt", b"kvittering")),
        };
        self.write(|tx| signing::record_signature(tx, id, new, &desk()))
    }

    pub fn in_force(&mut self, kind: Kind, title: &str, bytes: &[u8], last: Option<&str>) -> i64 {
        let id = self.create_until(kind, title, bytes, last);
        self.send(id).unwrap();
        self.sign(id, Party::Customer, SIGNATORY).unwrap();
        self.sign(id, Party::Provider, STAFF).unwrap();
        id
    }

    fn mails(&self, cause: &str) -> Vec<String> {
        let mut subjects = Vec::new();
        self.db
            .read(|conn| {
                outbox::each(conn, &outbox::Filter::default(), |mail| {
                    if mail.cause == cause {
                        subjects.push(mail.subject.unwrap_or_default());
                    }
                    Ok(std::ops::ControlFlow::Continue(()))
                })
            })
            .unwrap();
        subjects
    }

    fn list(&self, actor: &Actor, filter: &Filter) -> Vec<(i64, State)> {
        let now = self.clock.get();
        let found = self.db.read(|conn| service::list(conn, actor, filter, now)).unwrap();
        found.into_iter().map(|agreement| (agreement.id, agreement.state)).collect()
    }
}

fn refusal<T>(answer: Result<T>) -> (u8, String) {
    let e = answer.err().unwrap();
    (e.exit().code(), e.code().to_owned())
}

#[test]
fn k_051_to_k_053_each_kind_has_its_scope() {
    let scopes: Vec<_> = [Kind::Customer, Kind::Addon, Kind::Dispensation, Kind::DataProcessing, Kind::Other]
        .map(Kind::scope)
        .to_vec();
    assert_eq!(
        scopes,
        [Scope::Customer, Scope::Customer, Scope::Customer, Scope::DataProcessing, Scope::Other]
    );
    for kind in Kind::all() {
        let covered: Vec<_> =
            Scope::all().iter().filter(|scope| scope.kinds().contains(&kind.code())).collect();
        assert_eq!(covered, [&kind.scope()], "said from both sides");
    }
}

#[test]
fn k_203_k_204_only_both_signatures_bring_it_into_force() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale 2026", PDF);
    let dashboard_mails = world.mails("signatory:oes:customer").len();
    assert_eq!(world.send(id).unwrap().agreement.state, State::AwaitingSignature);
    assert_eq!(world.mails("signatory:oes:customer").len(), dashboard_mails + 1, "K-200");
    let first = world.sign(id, Party::Provider, STAFF).unwrap();
    assert_eq!((first.agreement.state, first.agreement.in_force_at), (State::PartlySigned, None));
    assert!(world.mails("agreement:1").is_empty());
    let both = world.sign(id, Party::Customer, SIGNATORY).unwrap();
    assert_eq!(both.agreement.state, State::InForce);
    assert_eq!(both.agreement.signed_by.as_deref(), Some("Birgitte Havemark"));
    assert!(both.signatures.iter().all(|signature| signature.sha256 == both.agreement.sha256));
    let kinds: Vec<_> = both.events.iter().map(|event| event.kind.code()).collect();
    assert_eq!(kinds, ["created", "sent", "signed", "signed", "in-force"]);
    let subject = "Kundeaftale \"Kundeaftale 2026\" er underskrevet af begge parter";
    assert_eq!(
        world.mails("agreement:1"),
        [subject; 3],
        "K-204: the signatory, the signer of the staff, the mailbox"
    );
    assert_eq!(refusal(world.sign(id, Party::Customer, SIGNATORY)), (5, "agreement.state".to_owned()));
}

#[test]
fn k_203_a_signature_counts_only_for_the_very_same_bytes() {
    let signature = |party, sha256: &str| Signature {
        party,
        signer: String::new(),
        email: String::new(),
        title: None,
        role: String::new(),
        method: String::new(),
        reference: None,
        signed_at: String::new(),
        sha256: sha256.to_owned(),
        evidence: None,
        evidence_sha256: None,
        origin: Origin::Recorded,
        second_step: None,
        right_since: None,
        version: 1,
        voided_at: None,
        evidence_blob: None,
    };
    let (customer, provider) = (signature(Party::Customer, "a"), signature(Party::Provider, "a"));
    assert!(rules::both_signed("a", &[customer.clone(), provider.clone()]));
    assert!(!rules::both_signed("b", &[customer.clone(), provider]));
    assert!(!rules::both_signed("a", &[customer.clone(), signature(Party::Provider, "b")]));
    assert!(!rules::both_signed("a", &[customer]));
}

#[test]
fn k_051_the_wrong_signer_is_refused() {
    let mut world = World::new();
    let id = world.create(Kind::Addon, "Tilkøb", PDF);
    assert_eq!(refusal(world.sign(id, Party::Customer, SIGNATORY)), (5, "agreement.state".to_owned()));
    world.send(id).unwrap();
    let not_signatory = (6, "agreement.not-signatory".to_owned());
    assert_eq!(refusal(world.sign(id, Party::Customer, READER)), not_signatory);
    assert_eq!(refusal(world.sign(id, Party::Customer, STAFF)), not_signatory);
    let not_staff = (6, "agreement.not-staff".to_owned());
    assert_eq!(refusal(world.sign(id, Party::Provider, READER)), not_staff);
    assert_eq!(refusal(world.sign(id, Party::Provider, "ingen@example.dk")), not_staff);
    let future = world.sign_at(id, Party::Customer, SIGNATORY, "2026-05-20T08:00:01Z");
    assert_eq!(refusal(future).0, 2);
    world.sign(id, Party::Customer, "BIRGITTE@oes.example.dk").unwrap();
    assert_eq!(refusal(world.sign(id, Party::Customer, SIGNATORY)), (5, "agreement.signed".to_owned()));
}

#[test]
fn k_052_sending_needs_a_signatory_of_the_scope() {
    let mut world = World::new();
    let id = world.create(Kind::DataProcessing, "Databehandleraftale", PDF);
    assert_eq!(refusal(world.send(id)), (5, "agreement.no-signatory".to_owned()));
    world
        .write(|tx| {
            signatory::service::set(tx, "oes", Scope::DataProcessing, person(SIGNATORY), Lang::Da).map(|_| ())
        })
        .unwrap();
    world.send(id).unwrap();
    assert_eq!(refusal(world.send(id)), (5, "agreement.state".to_owned()));
}

#[test]
fn an_agreement_supplements_one_of_the_same_institution() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    let mut supplement = |tenant: &str, supplements| {
        let new = NewAgreement {
            tenant: tenant.to_owned(),
            kind: Kind::Addon,
            title: "Tilkøb".to_owned(),
            document: Pdf::new(file("a.pdf", PDF)).unwrap(),
            annexes: Vec::new(),
            effective_on: None,
            expires_on: None,
            supplements: Some(supplements),
            service: None,
        };
        world.write(|tx| service::create(tx, new))
    };
    assert!(supplement("oes", id).is_ok());
    assert_eq!(refusal(supplement("digst", id)), (5, "agreement.other-tenant".to_owned()));
    assert_eq!(refusal(supplement("oes", 99)), (4, "agreement.not-found".to_owned()));
}

#[test]
fn d_5_it_can_be_withdrawn_until_it_is_in_force() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    assert_eq!(
        refusal(world.write(|tx| signing::withdraw(tx, id, &desk()))),
        (5, "agreement.state".to_owned())
    );
    world.send(id).unwrap();
    let gone = world.write(|tx| signing::withdraw(tx, id, &desk())).unwrap();
    assert_eq!(
        world.mails("agreement:1"),
        ["Kundeaftale \"Kundeaftale\" er trukket tilbage"],
        "who was asked is told"
    );
    assert_eq!(gone.agreement.state, State::Withdrawn);
    assert_eq!(gone.events.last().unwrap().detail.as_deref(), Some("aftalt"));
    let force = world.in_force(Kind::Customer, "To", PDF, None);
    assert_eq!(
        refusal(world.write(|tx| signing::withdraw(tx, force, &desk()))),
        (5, "agreement.state".to_owned())
    );
}

#[test]
fn k_091_the_list_filters_by_signer_date_and_derived_state() {
    let mut world = World::new();
    let short = world.in_force(Kind::Dispensation, "Kort", PDF, Some("2026-05-31"));
    let long = world.in_force(Kind::Customer, "Lang", PDF, None);
    let draft = world.create(Kind::Customer, "Kladde", PDF);
    world.clock.set(at("2026-05-31T21:59:59Z"));
    let all = |world: &World| world.list(&world.actor, &Filter::default());
    assert_eq!(all(&world)[0], (short, State::InForce), "the last day in Copenhagen");
    world.clock.set(at("2026-05-31T22:00:00Z"));
    assert_eq!(
        all(&world),
        [(short, State::Expired), (long, State::InForce), (draft, State::Draft)],
        "K-097"
    );
    let by = |filter: Filter| -> Vec<i64> {
        world.list(&world.actor, &filter).into_iter().map(|(id, _)| id).collect()
    };
    assert_eq!(by(Filter { state: Some(State::Expired), ..Filter::default() }), [short]);
    assert_eq!(by(Filter { signed_by: Some("HAVEMARK".to_owned()), ..Filter::default() }), [short, long]);
    assert_eq!(by(Filter { signed_by: Some("sam.example".to_owned()), ..Filter::default() }), [short, long]);
    let day = |text: &str| Some(crate::values::parse_date(text).unwrap());
    assert_eq!(by(Filter { signed_from: day("2026-05-20"), ..Filter::default() }), [short, long]);
    assert_eq!(by(Filter { signed_from: day("2026-05-21"), ..Filter::default() }), Vec::<i64>::new());
    assert_eq!(by(Filter { signed_to: day("2026-05-19"), ..Filter::default() }), Vec::<i64>::new());
    assert_eq!(by(Filter { kind: Some(Kind::Customer), ..Filter::default() }), [long, draft]);
}

#[test]
fn k_092_customers_see_what_is_in_force_or_ended_and_only_their_own() {
    let mut world = World::new();
    let open = world.in_force(Kind::Customer, "Kundeaftale", PDF, None);
    let draft = world.create(Kind::Customer, "Kladde", PDF);
    let user = |email: &str| Actor { effective: Principal::User(email.to_owned()), ..world.actor.clone() };
    let reader = user(READER);
    assert_eq!(world.list(&reader, &Filter::default()), [(open, State::InForce)]);
    let staff = Actor { effective: Principal::Provider(STAFF.to_owned()), ..world.actor.clone() };
    assert_eq!(world.list(&staff, &Filter::default()).len(), 2);
    let now = world.clock.get();
    let show = |actor: &Actor, id| world.db.read(|conn| service::show(conn, actor, id, now));
    assert!(show(&reader, open).is_ok());
    assert_eq!(refusal(show(&reader, draft)), (4, "agreement.not-found".to_owned()));
    assert_eq!(refusal(show(&user("fremmed@example.dk"), open)), (4, "agreement.not-found".to_owned()));
    let other = Filter { tenant: Some("digst".to_owned()), ..Filter::default() };
    assert_eq!(refusal(world.db.read(|conn| service::list(conn, &reader, &other, now))).0, 4);
    let annex = |part| world.db.read(|conn| service::file(conn, &reader, open, part)).map(|(_, name)| name);
    assert_eq!(annex(Part::Document).unwrap(), "Aftale.pdf");
    assert_eq!(annex(Part::Annex(2)).unwrap(), "annex 2: bilag.PDF", "K-100");
    assert_eq!(refusal(annex(Part::Annex(3))), (4, "annex.not-found".to_owned()));
    let actor = reader.clone();
    let refused = world.db.write(&actor, |tx| signing::send(tx, draft, &desk()));
    assert_eq!(refusal(refused), (6, "rights.refused".to_owned()));
}
