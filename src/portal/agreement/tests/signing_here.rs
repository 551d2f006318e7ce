//! Signing by the signatory, logged in or with the link's token, and by the provider's staff.

use super::*;
use crate::platform::ctx::Identity;
use crate::platform::secret::Key;
use crate::portal::agreement::service::dashboard::{self, Wanted};
use crate::portal::agreement::service::signing::{How, Offer};
use crate::portal::link;

const HOW: How = How { method: "session", second_step: Some(Method::App) };

fn key() -> Key {
    Key::generate(&Entropy::Counter(Rc::new(Cell::new(7)))).unwrap()
}

fn user(email: &str) -> Actor {
    Actor { effective: Principal::User(email.to_owned()), ..operator() }
}

fn operator() -> Actor {
    Actor {
        real: "operator:www@host".to_owned(),
        effective: Principal::Operator,
        reason: Some("for dyr".to_owned()),
    }
}

impl World {
    fn sign_as(&mut self, actor: &Actor, id: i64) -> Result<AgreementDetail> {
        let offer = self.offer(actor, id)?;
        self.db.write(actor, |tx| signing::sign(tx, &offer, HOW, &desk()))
    }

    fn offer(&self, actor: &Actor, id: i64) -> Result<Offer> {
        let now = self.clock.get();
        self.db.read(|conn| signing::offer_to_customer(conn, actor, id, now))
    }

    fn countersign(&mut self, actor: &Actor, id: i64, signer: &str) -> Result<AgreementDetail> {
        let (now, signer) = (self.clock.get(), signer.parse().unwrap());
        let offer = self.db.read(|conn| signing::offer_to_provider(conn, actor, id, &signer, now))?;
        self.db.write(actor, |tx| signing::countersign(tx, &offer, HOW, &desk()))
    }

    /// The token of the newest dashboard link of a signatory's row.
    fn token(&self, signatory: i64) -> String {
        let now = crate::values::utc_text(self.clock.get());
        self.db
            .read(|conn| {
                let links = link::store::list_live(conn, link::Owner::Signatory(signatory))?;
                let address = link::address(conn, &key(), "https://x", *links.last().unwrap(), &now)?;
                Ok(address.unwrap().split_once("token=").unwrap().1.to_owned())
            })
            .unwrap()
    }

    fn come_in(&self, token: &str) -> Result<(Actor, Identity)> {
        let identity = self.db.read(|conn| dashboard::opened_by(conn, &key(), token, self.clock.get()))?;
        Ok((Actor { effective: identity.principal.clone(), ..operator() }, identity))
    }

    fn dashboard(&self, actor: &Actor, wanted: &Wanted) -> Result<Vec<(i64, Vec<Party>)>> {
        let lines = self.db.read(|conn| dashboard::list(conn, actor, wanted, self.clock.get()))?;
        Ok(lines.into_iter().map(|line| (line.id, line.awaits)).collect())
    }
}

#[test]
fn k_202_the_signatory_signs_logged_in_and_the_staff_countersigns() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    let signatory = user(SIGNATORY);
    assert_eq!(
        refusal(world.sign_as(&signatory, id)),
        (4, "agreement.not-found".to_owned()),
        "a draft is not shown"
    );
    world.send(id).unwrap();
    for stranger in [user(READER), user("fremmed@example.dk")] {
        assert_eq!(refusal(world.sign_as(&stranger, id)).0, 4);
    }
    assert_eq!(refusal(world.sign_as(&operator(), id)), (6, "agreement.not-signatory".to_owned()));
    let first = world.sign_as(&signatory, id).unwrap();
    let given = first.signatures.first().unwrap();
    assert_eq!((given.origin, given.second_step), (Origin::Portal, Some(Method::App)));
    assert_eq!(
        (given.role.as_str(), given.right_since.as_deref()),
        ("customer", Some("2026-05-20T08:00:00Z"))
    );
    assert_eq!(refusal(world.sign_as(&signatory, id)), (5, "agreement.signed".to_owned()));
    let staff = Actor { effective: Principal::Provider(STAFF.to_owned()), ..operator() };
    assert_eq!(refusal(world.countersign(&staff, id, "en.anden@sam.example.dk")).1, "agreement.not-oneself");
    assert_eq!(refusal(world.countersign(&operator(), id, READER)), (6, "agreement.not-staff".to_owned()));
    assert_eq!(refusal(world.countersign(&signatory, id, SIGNATORY)), (6, "rights.refused".to_owned()));
    let both = world.countersign(&staff, id, STAFF).unwrap();
    assert_eq!(both.agreement.state, State::InForce, "K-203");
}

#[test]
fn k_200_the_link_opens_its_signatorys_agreements_and_nothing_else() {
    let mut world = World::new();
    let (own, draft) =
        (world.create(Kind::Customer, "Kundeaftale", PDF), world.create(Kind::Customer, "Kladde", PDF));
    world
        .write(|tx| {
            signatory::service::set(tx, "oes", Scope::Other, person("otto@oes.example.dk"), Lang::Da)?;
            signatory::service::set(tx, "digst", Scope::Customer, person(SIGNATORY), Lang::Da)
        })
        .unwrap();
    let others = world.create(Kind::Other, "Øvrig", PDF);
    world.send(own).unwrap();
    world.send(others).unwrap();
    let (holder, _) = world.come_in(&world.token(1)).unwrap();
    assert_eq!(holder.effective_text(), format!("signatory:{SIGNATORY}"));
    assert_eq!(
        world.dashboard(&holder, &Wanted::default()).unwrap(),
        [(own, vec![Party::Customer, Party::Provider])]
    );
    let now = world.clock.get();
    for id in [draft, others] {
        let shown = world.db.read(|conn| service::show(conn, &holder, id, now));
        assert_eq!(refusal(shown), (4, "agreement.not-found".to_owned()));
        assert_eq!(refusal(world.sign_as(&holder, id)).0, 4);
    }
    let listed = world.db.read(|conn| service::list(conn, &holder, &Filter::default(), now));
    assert_eq!(refusal(listed), (6, "rights.refused".to_owned()), "the list is no part of the dashboard");
    assert_eq!(refusal(world.db.write(&holder, |tx| signing::withdraw(tx, own, &desk()))).0, 6);
    // The same person at another institution: this link is of this one.
    let elsewhere = world.write(|tx| {
        let new = NewAgreement {
            tenant: "digst".to_owned(),
            kind: Kind::Customer,
            title: "Kundeaftale".to_owned(),
            document: Pdf::new(file("a.pdf", PDF)).unwrap(),
            annexes: Vec::new(),
            effective_on: None,
            expires_on: None,
            supplements: None,
            service: None,
        };
        service::create(tx, new)
    });
    let elsewhere = elsewhere.unwrap().agreement.id;
    world.send(elsewhere).unwrap();
    assert_eq!(refusal(world.sign_as(&holder, elsewhere)).0, 4);
    let signed = world.sign_as(&holder, own).unwrap();
    assert_eq!(signed.agreement.state, State::PartlySigned);
    assert_eq!(signed.events.last().unwrap().real_actor.as_deref(), Some("operator:www@host"));
}

#[test]
fn k_200_a_link_ends_with_its_time_its_signatory_and_the_next_one() {
    let mut world = World::new();
    let refused = (6, "auth.refused".to_owned());
    let first = world.token(1);
    let (_, identity) = world.come_in(&first).unwrap();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    world.send(id).unwrap();
    assert_eq!(refusal(world.come_in(&first)), refused, "renewed at each send");
    let lives = |world: &World| world.db.read(|conn| (identity.still_in)(conn, world.clock.get(), &identity));
    assert_eq!(refusal(lives(&world)), refused, "asked again in every write");
    let second = world.token(1);
    world.clock.set(world.clock.get() + chrono::Duration::days(30) - chrono::Duration::seconds(1));
    assert!(world.come_in(&second).is_ok());
    world.clock.set(world.clock.get() + chrono::Duration::seconds(1));
    assert_eq!(refusal(world.come_in(&second)), refused, "30 days");
    world
        .write(|tx| {
            signatory::service::set(tx, "oes", Scope::Customer, person("ny@oes.example.dk"), Lang::Da)
        })
        .unwrap();
    assert_eq!(refusal(world.sign_as(&user(SIGNATORY), id)).0, 4, "who may sign is asked at signing");
    assert!(world.sign_as(&user("ny@oes.example.dk"), id).is_ok());
    assert_eq!(refusal(world.come_in("1-0000")), refused);
}

#[test]
fn a_reminder_renews_the_link_while_the_customer_is_awaited() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    let remind = |world: &mut World| world.write(|tx| signing::remind(tx, id, &desk()));
    assert_eq!(refusal(remind(&mut world)), (5, "agreement.state".to_owned()));
    world.send(id).unwrap();
    let first = world.token(1);
    let reminded = remind(&mut world).unwrap();
    assert_eq!(reminded.events.last().unwrap().kind, EventKind::Reminded);
    assert_eq!(refusal(world.come_in(&first)), (6, "auth.refused".to_owned()));
    assert!(world.come_in(&world.token(1)).is_ok());
    world.sign_as(&user(SIGNATORY), id).unwrap();
    assert_eq!(
        refusal(remind(&mut world)),
        (5, "agreement.state".to_owned()),
        "the provider alone is awaited"
    );
}

#[test]
fn whose_account_is_shut_signs_nothing_and_is_sent_nothing() {
    let mut world = World::new();
    let (id, next) = (world.create(Kind::Customer, "En", PDF), world.create(Kind::Customer, "To", PDF));
    world
        .write(|tx| user::service::create(tx, account(SIGNATORY, None, Vec::new()), false, false, Lang::Da))
        .unwrap();
    world.send(id).unwrap();
    let token = world.token(1);
    let (holder, _) = world.come_in(&token).unwrap();
    world.write(|tx| user::life::disable(tx, &SIGNATORY.parse().unwrap()).map(|_| ())).unwrap();
    assert_eq!(refusal(world.come_in(&token)), (6, "auth.refused".to_owned()));
    assert_eq!(refusal(world.sign_as(&holder, id)).0, 4);
    assert_eq!(refusal(world.sign_as(&user(SIGNATORY), id)).0, 4);
    assert_eq!(refusal(world.send(next)), (5, "agreement.no-signatory".to_owned()));
}

#[test]
fn k_054_the_dashboard_is_a_persons_own_and_the_providers_is_everyones() {
    let mut world = World::new();
    world
        .write(|tx| signatory::service::set(tx, "oes", Scope::DataProcessing, person(SIGNATORY), Lang::Da))
        .unwrap();
    let one = world.create(Kind::Dispensation, "Dispensation", PDF);
    let two = world.create(Kind::DataProcessing, "Databehandleraftale", PDF);
    world.send(one).unwrap();
    world.send(two).unwrap();
    world.sign(one, Party::Customer, SIGNATORY).unwrap();
    let expected = [(one, vec![Party::Provider]), (two, vec![Party::Customer, Party::Provider])];
    assert_eq!(world.dashboard(&user(SIGNATORY), &Wanted::default()).unwrap(), expected, "K-201");
    assert_eq!(world.dashboard(&operator(), &Wanted::default()).unwrap(), expected);
    let by = |email: &str| Wanted { signatory: Some(email.parse().unwrap()), all: false };
    assert_eq!(world.dashboard(&operator(), &by(SIGNATORY)).unwrap(), expected);
    assert_eq!(refusal(world.dashboard(&operator(), &by(READER))), (4, "signatory.not-found".to_owned()));
    assert_eq!(refusal(world.dashboard(&user(READER), &Wanted::default())), (6, "rights.refused".to_owned()));
    assert_eq!(refusal(world.dashboard(&user(READER), &by(SIGNATORY))), (6, "rights.refused".to_owned()));
    world.countersign(&operator(), one, STAFF).unwrap();
    assert_eq!(world.dashboard(&user(SIGNATORY), &Wanted::default()).unwrap(), [expected[1].clone()]);
    let all = Wanted { signatory: None, all: true };
    assert_eq!(
        world.dashboard(&user(SIGNATORY), &all).unwrap(),
        [(one, vec![]), expected[1].clone()],
        "K-205"
    );
}

#[test]
fn a_signatory_declines_with_a_reason_and_the_provider_is_told() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    world.send(id).unwrap();
    world.countersign(&operator(), id, STAFF).unwrap();
    let signatory = user(SIGNATORY);
    let now = world.clock.get();
    let offer = world.db.read(|conn| signing::offer_to_decline(conn, &signatory, id, now)).unwrap();
    let silent = Actor { reason: None, ..signatory.clone() };
    assert_eq!(refusal(world.db.write(&silent, |tx| signing::decline(tx, &offer, &desk()))).0, 2);
    let declined = world.db.write(&signatory, |tx| signing::decline(tx, &offer, &desk())).unwrap();
    assert_eq!(declined.agreement.state, State::Declined);
    let last = declined.events.last().unwrap();
    assert_eq!((last.kind, last.actor.as_str()), (EventKind::Declined, "user:birgitte@oes.example.dk"));
    assert_eq!(last.detail.as_deref(), Some("Birgitte Havemark <birgitte@oes.example.dk>: for dyr"));
    assert_eq!(
        world.mails("agreement:1"),
        ["OES har afvist Kundeaftale \"Kundeaftale\""; 2],
        "mailbox and signer"
    );
    assert_eq!(refusal(world.sign_as(&signatory, id)), (5, "agreement.state".to_owned()));
}

#[test]
fn what_has_run_out_is_not_signed_any_more() {
    let mut world = World::new();
    let id = world.create_until(Kind::Dispensation, "Kort", PDF, Some("2026-05-21"));
    world.send(id).unwrap();
    world.clock.set(at("2026-05-21T21:59:59Z"));
    assert!(world.offer(&user(SIGNATORY), id).is_ok());
    world.clock.set(at("2026-05-21T22:00:00Z"));
    assert_eq!(refusal(world.sign_as(&user(SIGNATORY), id)), (5, "agreement.over".to_owned()));
}

#[test]
fn looking_at_what_is_to_be_signed_is_evidence_once() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    world.send(id).unwrap();
    let signatory = user(SIGNATORY);
    for file in [None, None, Some("Aftale.pdf"), Some("Aftale.pdf")] {
        if world.db.read(|conn| dashboard::is_news(conn, &signatory, id, file)).unwrap() {
            world.db.write(&signatory, |tx| dashboard::note_opened(tx, id, file)).unwrap();
        }
    }
    for others in [user(READER), operator()] {
        match world.db.read(|conn| dashboard::is_news(conn, &others, id, None)) {
            Ok(news) => assert!(!news && others == operator()),
            Err(error) => assert_eq!((error.code(), others == operator()), ("agreement.not-found", false)),
        }
    }
    let detail = world.db.read(|conn| service::show(conn, &operator(), id, world.clock.get())).unwrap();
    let kinds: Vec<_> = detail.events.iter().map(|event| event.kind.code()).collect();
    assert_eq!(kinds, ["created", "sent", "opened", "downloaded"]);
    assert_eq!(evidence::first_broken(id, &detail.events), None);
    assert!(world.db.read(evidence::check_all).unwrap().is_empty());
}

#[test]
fn what_was_confirmed_is_what_is_signed() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    world.send(id).unwrap();
    let signatory = user(SIGNATORY);
    let offer = world.offer(&signatory, id).unwrap();
    let changes = Changes { title: Some("En anden".to_owned()), ..Changes::default() };
    world.write(|tx| service::versions::update(tx, id, changes, &desk())).unwrap();
    let signed = world.db.write(&signatory, |tx| signing::sign(tx, &offer, HOW, &desk()));
    assert_eq!(refusal(signed), (5, "agreement.changed".to_owned()));
    let offer = world.offer(&signatory, id).unwrap();
    let other = Person { title: "Konstitueret".to_owned(), ..person(SIGNATORY) };
    world.write(|tx| signatory::service::set(tx, "oes", Scope::Customer, other, Lang::Da)).unwrap();
    let signed = world.db.write(&signatory, |tx| signing::sign(tx, &offer, HOW, &desk()));
    assert_eq!(refusal(signed), (5, "agreement.changed".to_owned()), "the signer's own details count too");
    assert!(world.sign_as(&signatory, id).is_ok());
}
