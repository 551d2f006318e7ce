//! New versions, and how what is in force ends.

use super::*;
use crate::portal::agreement::service::{ending, versions};
use crate::values::parse_date;

const OTHER: &[u8] = include_bytes!("../../../../fixtures/agreements/oes-databehandleraftale.pdf");

impl World {
    fn update(&mut self, id: i64, changes: Changes) -> Result<(&'static str, AgreementDetail)> {
        self.write(|tx| versions::update(tx, id, changes, &desk()))
    }
}

fn document(bytes: &[u8]) -> Changes {
    Changes { document: Some(Pdf::new(file("Aftale.pdf", bytes)).unwrap()), ..Changes::default() }
}

#[test]
fn a_draft_is_changed_in_place() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    assert_eq!(world.update(id, document(PDF)).unwrap().0, "unchanged");
    let (result, detail) = world.update(id, document(OTHER)).unwrap();
    assert_eq!((result, detail.agreement.version, detail.agreement.state), ("updated", 1, State::Draft));
    assert!(detail.versions.is_empty());
    assert_eq!(detail.agreement.sha256, crate::platform::blob::hex_sha256(OTHER));
    let none = Changes { annexes: Some(Vec::new()), ..Changes::default() };
    assert!(world.update(id, none).unwrap().1.annexes.is_empty());
}

#[test]
fn a_change_after_sending_is_a_new_version_and_voids_what_was_signed() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    world.send(id).unwrap();
    world.sign(id, Party::Customer, SIGNATORY).unwrap();
    let dashboard_mails = world.mails("signatory:oes:customer").len();
    let (_, detail) = world.update(id, document(OTHER)).unwrap();
    assert_eq!((detail.agreement.version, detail.agreement.state), (2, State::AwaitingSignature));
    assert!(detail.signatures.is_empty());
    let voided = detail.voided_signatures.first().unwrap();
    assert_eq!((voided.version, voided.voided_at.as_deref()), (1, Some("2026-05-20T08:00:00Z")));
    assert_eq!(voided.sha256, crate::platform::blob::hex_sha256(PDF));
    assert_eq!(detail.versions.first().unwrap().sha256, voided.sha256);
    assert_eq!(detail.annexes.len(), 2, "annexes go along");
    let kinds: Vec<_> = detail.events.iter().map(|event| event.kind.code()).collect();
    assert_eq!(kinds, ["created", "sent", "signed", "updated", "voided"]);
    assert_eq!(world.mails("signatory:oes:customer").len(), dashboard_mails + 1, "the signatory is told");
    world.sign_at(id, Party::Provider, STAFF, "2026-05-20T08:00:00Z").unwrap();
    let force = world.sign_at(id, Party::Customer, SIGNATORY, "2026-05-20T08:00:00Z").unwrap();
    assert_eq!((force.agreement.state, force.signatures.len()), (State::InForce, 2));
    assert_eq!(refusal(world.update(id, document(PDF))), (5, "agreement.state".to_owned()));
    assert!(world.db.read(evidence::check_all).unwrap().is_empty());
}

#[test]
fn dates_and_annexes_are_part_of_what_is_signed() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    world.send(id).unwrap();
    let day = Some(Some(parse_date("2027-12-31").unwrap()));
    let (_, dated) = world.update(id, Changes { expires_on: day, ..Changes::default() }).unwrap();
    assert_eq!(dated.agreement.version, 2);
    let annex = Changes { annexes: Some(vec![file("Bilag.pdf", ANNEX)]), ..Changes::default() };
    let (_, annexed) = world.update(id, annex).unwrap();
    assert_eq!((annexed.agreement.version, annexed.annexes.len()), (3, 1));
    let back = Some(Some(parse_date("2026-01-01").unwrap()));
    let wrong = Changes { effective_on: day, expires_on: back, ..Changes::default() };
    assert_eq!(refusal(world.update(id, wrong)).0, 2);
    let same = Changes { title: Some("Kundeaftale".to_owned()), ..Changes::default() };
    assert_eq!(world.update(id, same).unwrap().0, "unchanged");
}

#[test]
fn what_is_in_force_is_terminated_or_replaced() {
    let mut world = World::new();
    let old = world.in_force(Kind::Customer, "Gammel", PDF, Some("2026-12-31"));
    let day = |text: &str| parse_date(text).unwrap();
    let terminate = |world: &mut World, id, on| world.write(|tx| ending::terminate(tx, id, day(on)));
    assert_eq!(refusal(terminate(&mut world, old, "2026-05-19")).0, 2, "before it was in force");
    assert_eq!(refusal(terminate(&mut world, old, "2027-01-01")).0, 2, "after it ends anyway");
    let ended = terminate(&mut world, old, "2026-08-31").unwrap();
    assert_eq!(
        (ended.agreement.state, ended.agreement.terminated_on),
        (State::Terminated, Some(day("2026-08-31")))
    );
    assert_eq!(ended.events.last().unwrap().detail.as_deref(), Some("2026-08-31: aftalt"));
    assert_eq!(refusal(terminate(&mut world, old, "2026-08-31")), (5, "agreement.state".to_owned()));

    let (one, two) =
        (world.in_force(Kind::Customer, "En", PDF, None), world.in_force(Kind::Customer, "To", OTHER, None));
    let addon = world.in_force(Kind::Addon, "Tilkøb", PDF, None);
    let draft = world.create(Kind::Customer, "Kladde", PDF);
    let replace = |world: &mut World, id, with| world.write(|tx| ending::replace(tx, id, with));
    for with in [one, addon, draft, old] {
        assert_eq!(refusal(replace(&mut world, one, with)), (5, "agreement.replacement".to_owned()));
    }
    let later = world.create(Kind::Customer, "Senere", OTHER);
    let from = Changes { effective_on: Some(Some(day("2026-06-01"))), ..Changes::default() };
    world.update(later, from).unwrap();
    world.send(later).unwrap();
    world.sign(later, Party::Customer, SIGNATORY).unwrap();
    world.sign(later, Party::Provider, STAFF).unwrap();
    assert_eq!(refusal(replace(&mut world, one, later)), (5, "agreement.replacement".to_owned()), "a gap");
    let replaced = replace(&mut world, one, two).unwrap();
    let exported = |on: &str| rules::exported(&replaced.agreement, day("2026-05-20"), Some(day(on)), false);
    assert!(!exported("2026-05-20"), "from that day on the other holds");

    assert_eq!((replaced.agreement.state, replaced.agreement.replaced_by), (State::Replaced, Some(two)));
    let short = world.in_force(Kind::Dispensation, "Kort", PDF, Some("2026-05-31"));
    world.clock.set(at("2026-05-31T22:00:00Z"));
    assert_eq!(
        refusal(terminate(&mut world, short, "2026-05-31")),
        (5, "agreement.state".to_owned()),
        "it is expired"
    );
}

#[test]
fn notice_given_still_counts_until_its_last_day() {
    let mut world = World::new();
    let id = world.in_force(Kind::Customer, "Opsagt", PDF, None);
    let ended = world.write(|tx| ending::terminate(tx, id, parse_date("2026-08-31").unwrap())).unwrap();
    let on = |day: &str| {
        rules::exported(&ended.agreement, parse_date("2026-05-20").unwrap(), parse_date(day).ok(), false)
    };
    assert!(on("2026-08-31"));
    assert!(!on("2026-09-01"));
    assert!(!rules::exported(&ended.agreement, parse_date("2026-05-20").unwrap(), None, false));
}

#[test]
fn domain_5_a_signature_of_an_earlier_version_is_not_recorded_on_the_next() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Kundeaftale", PDF);
    world.send(id).unwrap();
    world.clock.set(at("2026-05-22T08:00:00Z"));
    world.update(id, document(OTHER)).unwrap();
    let early = world.sign_at(id, Party::Customer, SIGNATORY, "2026-05-22T07:59:59Z");
    assert_eq!(refusal(early), (5, "agreement.earlier-version".to_owned()));
    world.sign_at(id, Party::Customer, SIGNATORY, "2026-05-22T08:00:00Z").unwrap();
    let now = world.clock.get();
    let (blob, _) = world.db.read(|conn| service::file(conn, &world.actor, id, Part::Version(1))).unwrap();
    assert_eq!(blob.sha256, crate::platform::blob::hex_sha256(PDF), "the earlier version can be fetched");
    let reader = Actor { effective: Principal::User(SIGNATORY.to_owned()), ..world.actor.clone() };
    assert_eq!(refusal(world.db.read(|conn| service::file(conn, &reader, id, Part::Version(1)))).0, 6);
    let detail = world.db.read(|conn| service::show(conn, &world.actor, id, now)).unwrap();
    let signature = detail.signatures.first().unwrap();
    assert_eq!(signature.evidence_sha256, Some(crate::platform::blob::hex_sha256(b"kvittering")));
    let (proof, name) =
        world.db.read(|conn| service::file(conn, &world.actor, id, Part::Evidence(Party::Customer))).unwrap();
    assert_eq!((Some(proof.sha256), name.as_str()), (signature.evidence_sha256.clone(), "kvittering.txt"));
    let told =
        detail.events.iter().find(|event| event.kind == EventKind::Signed).unwrap().detail.clone().unwrap();
    assert!(
        told.ends_with(&format!("evidence SHA-256 {}", crate::platform::blob::hex_sha256(b"kvittering"))),
        "{told}"
    );
    let made = detail.events.first().unwrap().detail.clone().unwrap();
    assert!(made.starts_with("annex 1: Bilag.pdf, SHA-256 "), "the chain holds the annexes: {made}");
}

#[test]
fn a_right_entered_after_the_signature_is_not_made_up_for_it() {
    let mut world = World::new();
    let id = world.create(Kind::Customer, "Gammel aftale", PDF);
    world.send(id).unwrap();
    let old = world.sign_at(id, Party::Customer, SIGNATORY, "2025-05-20T07:00:00Z").unwrap();
    assert_eq!(old.signatures.first().unwrap().right_since, None);
}

#[test]
fn events_that_lost_their_hashes_are_found() {
    let mut world = World::new();
    world.create(Kind::Customer, "Kundeaftale", PDF);
    world
        .write(|tx| {
            tx.unrecorded(|tx| {
                crate::platform::db::execute(tx, "DROP TRIGGER agreement_event_no_update", [])?;
                let strip = "UPDATE agreement_event SET hash = NULL, previous = NULL, version = NULL, real_actor = NULL";
                crate::platform::db::execute(tx, strip, []).map(|_| ())
            })
        })
        .unwrap();
    assert_eq!(world.db.read(evidence::check_all).unwrap(), ["agreement 1: events have lost their hashes"]);
}

#[test]
fn what_it_came_into_force_with_cannot_be_changed_unseen() {
    let changes = [
        "UPDATE agreement_signature SET signer = 'Falsk Mand' WHERE party = 'customer'",
        "UPDATE agreement_signature SET signed_at = '2025-01-01T00:00:00Z'",
        "UPDATE agreement_signature SET reference = NULL",
        "DELETE FROM agreement_signature WHERE party = 'provider'",
        "UPDATE agreement SET title = 'En anden'",
        "UPDATE agreement SET expires_on = '2030-12-31'",
        "DELETE FROM agreement_annex WHERE position = 2",
    ];
    for change in changes {
        let mut world = World::new();
        let id = world.in_force(Kind::Customer, "Kundeaftale", PDF, None);
        assert!(world.db.read(evidence::check_all).unwrap().is_empty());
        world
            .write(|tx| tx.unrecorded(|tx| crate::platform::db::execute(tx, change, []).map(|_| ())))
            .unwrap();
        assert_eq!(world.db.read(evidence::check_all).unwrap().len(), 1, "{change}");
        let agreement = world.db.read(|conn| service::find(conn, id)).unwrap();
        let sound = world.db.read(|conn| facts::require_sound(conn, &agreement));
        assert_eq!(refusal(sound), (6, "agreement.evidence".to_owned()), "{change}");
    }
}
