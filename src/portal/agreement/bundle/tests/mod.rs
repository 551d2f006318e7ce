//! Bundles: what they hold, by whom they are signed, and that the same data give the same bytes.

mod container;
mod programs;
mod tampering;

use std::cell::Cell;
use std::io::{Cursor, Read};
use std::rc::Rc;

use serde_json::{Value, json};
use zip::ZipArchive;

use super::container::Limits;
use super::manifest::Manifest;
use super::{Choice, Verdict, plan, seal, verify, write};
use crate::platform::blob::hex_sha256;
use crate::platform::env::Entropy;
use crate::platform::secret::Key;
use crate::platform::secret::signing::SigningKey;
use crate::portal::agreement::tests::{PDF, World};
use crate::portal::agreement::{Kind, service};
use crate::portal::tenant::service as tenant_service;
use crate::values::parse_date;

/// The key of an installation; each number is another's.
fn key(number: u64) -> SigningKey {
    let entropy = Entropy::Counter(Rc::new(Cell::new(number)));
    Key::generate(&entropy).unwrap().signing_key().unwrap()
}

fn bundle(world: &World, choice: &Choice) -> Vec<u8> {
    world
        .db
        .read(|conn| {
            let tenant = tenant_service::resolve(conn, "oes")?;
            let today = parse_date("2026-06-10")?;
            let plan = plan(conn, &tenant, choice, today)?;
            Ok(write(conn, &plan, &key(1), Cursor::new(Vec::new()))?.into_inner())
        })
        .unwrap()
}

fn world() -> World {
    let mut world = World::new();
    world.in_force(Kind::Customer, "Kundeaftale 2026", PDF, None);
    world.in_force(Kind::Dispensation, "../Rejser: \u{202e}CON", PDF, Some("2026-06-01"));
    world.create(Kind::Customer, "Kladde", PDF);
    world
}

fn check(bytes: &[u8]) -> Verdict {
    verify(Cursor::new(bytes), None).unwrap()
}

/// With the key that the provider gave away.
fn check_with(bytes: &[u8], key: &SigningKey) -> Verdict {
    verify(Cursor::new(bytes), Some(key.public())).unwrap()
}

/// The entries of a ZIP, in order.
fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.name().unwrap().into_owned(), content)
        })
        .collect()
}

/// A ZIP as the writer writes it.
fn pack(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    container::pack(entries, Limits::ZIP)
}

/// The bundle with its manifest changed, signed and summed up anew with this key: the best that a forger can do.
fn forged(bytes: &[u8], key: &SigningKey, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut entries = entries(bytes);
    let mut manifest: Value = serde_json::from_slice(&entries[0].1).unwrap();
    change(&mut manifest);
    let text = manifest.to_string().into_bytes();
    entries[1].1 = seal::sign(key, text.as_slice()).unwrap().into_bytes();
    if let Ok(manifest) = serde_json::from_value::<Manifest>(manifest) {
        entries[2].1 = seal::sums(&hex_sha256(&text), manifest.files.iter()).into_bytes();
    }
    entries[0].1 = text;
    pack(&entries)
}

#[track_caller]
fn assert_broken(bytes: &[u8], naming: &str) {
    let verdict = check(bytes);
    assert_eq!(verdict.result, "broken");
    assert!(verdict.problems.iter().any(|problem| problem.contains(naming)), "{:?}", verdict.problems);
}

#[test]
fn k_101_a_bundle_holds_what_is_in_force_and_is_sound() {
    let world = world();
    let bytes = bundle(&world, &Choice::default());
    let verdict = check(&bytes);
    assert_eq!((verdict.result, verdict.agreements, verdict.files), ("sound", 1, 4), "{verdict:?}");
    let names: Vec<_> = entries(&bytes).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "manifest.json",
            "manifest.json.minisig",
            "SHA256SUMS",
            "customer/1-Kundeaftale 2026/Aftale.pdf",
            "customer/1-Kundeaftale 2026/annexes/Bilag.pdf",
            "customer/1-Kundeaftale 2026/annexes/bilag (2).PDF",
            "customer/1-Kundeaftale 2026/evidence/kvittering.txt",
        ]
    );
    let ended = bundle(&world, &Choice { include_ended: true, ..Choice::default() });
    assert_eq!((check(&ended).result, check(&ended).agreements), ("sound", 2));
    assert!(entries(&ended).iter().any(|(name, _)| name == "dispensation/2-.._Rejser_ _CON/Aftale.pdf"));
    let manifest: Value = serde_json::from_slice(&entries(&ended)[0].1).unwrap();
    assert_eq!(manifest["agreements"][1]["state"], "in-force", "as recorded, never expired");
    let agreement = &manifest["agreements"][0];
    assert_eq!(agreement["signatures"][0]["party"], "customer");
    assert_eq!(agreement["document"], "customer/1-Kundeaftale 2026/Aftale.pdf");
    assert_eq!((&agreement["version"], &agreement["certificate"]), (&json!(1), &Value::Null));
    let events: Vec<_> = agreement["events"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert_eq!(events, ["created", "sent", "signed", "signed", "in-force"]);
    let read: Manifest = serde_json::from_value(manifest).unwrap();
    let again = format!("{}\n", serde_json::to_string_pretty(&read).unwrap());
    assert_eq!(again.as_bytes(), entries(&ended)[0].1, "what is written is what is read, in the same order");
}

#[test]
fn k_101_the_signature_is_the_provider_s_or_it_is_said_that_nobody_knows() {
    let sound = bundle(&world(), &Choice::default());
    let own = check(&sound);
    assert_eq!((own.result, own.signature), ("sound", "self"));
    assert_eq!(own.key_id.as_deref(), Some(key(1).public().id().as_str()));
    let with = check_with(&sound, &key(1));
    assert_eq!((with.result, with.signature, with.key_id), ("sound", "valid", own.key_id));
    let stranger = check_with(&sound, &key(2));
    assert_eq!((stranger.result, stranger.signature), ("broken", "wrong"));
    assert_eq!(stranger.key_id, Some(key(2).public().id()), "the key that it was checked with");

    // Signed anew with a key of one's own: only the provider's key shows it.
    let forged_key = key(2);
    let forgery = forged(&sound, &forged_key, |m| m["public_key"] = json!(forged_key.public().line()));
    assert_eq!((check(&forgery).result, check(&forgery).signature), ("sound", "self"));
    let caught = check_with(&forgery, &key(1));
    assert_eq!((caught.result, caught.signature), ("broken", "wrong"));
    assert!(caught.problems.iter().any(|problem| problem.contains("another key")), "{caught:?}");
    // The key that it names does not fit the signature.
    assert_broken(&forged(&sound, &forged_key, |_| {}), "another key");
    let named = forged(&sound, &key(1), |m| m["public_key"] = json!(forged_key.public().line()));
    assert_broken(&named, "another key");
    assert_eq!(check_with(&named, &key(1)).result, "broken", "the manifest names another key");
    assert_broken(&forged(&sound, &key(1), |m| m["public_key"] = json!("RW")), "not a public key");

    // Changed and not signed anew.
    let mut changed = entries(&sound);
    changed[0].1.push(b' ');
    let verdict = check_with(&pack(&changed), &key(1));
    assert_eq!(
        (verdict.signature, verdict.changed),
        ("wrong", vec!["manifest.json".to_owned(), seal::SUMS.to_owned()])
    );
    for (at, path) in [(1, seal::SIGNATURE), (2, seal::SUMS)] {
        let mut missing = entries(&sound);
        missing.remove(at);
        let verdict = check(&pack(&missing));
        assert_eq!((verdict.result, verdict.missing), ("broken", vec![path.to_owned()]));
        let mut longer = entries(&sound);
        longer[at].1.push(b'\n');
        let verdict = check(&pack(&longer));
        assert_eq!((verdict.result, verdict.changed), ("broken", vec![path.to_owned()]));
    }
    let mut comment = entries(&sound);
    comment[1].1[20] ^= 1;
    assert_broken(&pack(&comment), "manifest.json.minisig: it was changed");
}

#[test]
fn a_certificate_lies_beside_the_document_and_the_plan_tells_which_are_missing() {
    let mut world = World::new();
    let id = world.in_force(Kind::Customer, "Kundeaftale 2026", PDF, None);
    let other = world.in_force(Kind::Dispensation, "Rejser", PDF, None);
    world
        .write(|tx| {
            let file = crate::portal::agreement::tests::file("x.pdf", b"%PDF-1.7 a certificate");
            let stored = crate::platform::blob::store(tx, &file.bytes)?;
            let agreement = service::find(tx, id)?;
            let agreement = crate::portal::agreement::Agreement { certificate: Some(stored.id), ..agreement };
            crate::portal::agreement::store::update(tx, &agreement)?;
            tx.record(
                crate::platform::db::Action("agreement.certify"),
                "agreement:1",
                None::<&()>,
                None::<&()>,
            )
        })
        .unwrap();
    let bytes = bundle(&world, &Choice::default());
    let path = "customer/1-Kundeaftale 2026/certificate.pdf";
    assert!(entries(&bytes).iter().any(|(name, content)| name == path && content.starts_with(b"%PDF")));
    assert_eq!(check(&bytes).problems, Vec::<String>::new());
    assert_broken(
        &forged(&bytes, &key(1), |m| m["agreements"][0]["certificate"] = json!(null)),
        "its certificate",
    );
    assert_broken(
        &forged(&bytes, &key(1), |m| m["agreements"][1]["certificate"] = json!(path)),
        "its certificate",
    );
    let uncertified = world.db.read(|conn| {
        let tenant = tenant_service::resolve(conn, "oes")?;
        Ok(plan(conn, &tenant, &Choice::default(), parse_date("2026-06-10")?)?.uncertified().to_vec())
    });
    assert_eq!(uncertified.unwrap(), [other]);
}

#[test]
fn k_101_as_of_a_day_and_by_the_day_of_signing() {
    let world = world();
    let count = |choice: Choice| check(&bundle(&world, &choice)).agreements;
    let day = |text: &str| Some(parse_date(text).unwrap());
    assert_eq!(count(Choice { as_of: day("2026-06-01"), ..Choice::default() }), 2, "its last day");
    assert_eq!(count(Choice { as_of: day("2026-06-02"), ..Choice::default() }), 1);
    assert_eq!(count(Choice { kind: Some(Kind::Dispensation), ..Choice::default() }), 0);
    assert_eq!(count(Choice { signed_from: day("2026-05-20"), ..Choice::default() }), 1);
    assert_eq!(count(Choice { signed_from: day("2026-05-21"), ..Choice::default() }), 0);
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let first = bundle(&world(), &Choice::default());
    let later = world();
    later.clock.set(crate::portal::agreement::tests::at("2026-06-09T10:11:12Z"));
    assert_eq!(first, bundle(&later, &Choice::default()));
}
