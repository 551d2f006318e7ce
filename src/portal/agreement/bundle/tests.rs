//! Bundles: the same data give the same bytes, and no tampering goes unnoticed.

use std::io::{Cursor, Read, Write};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{Choice, Verdict, plan, verify, write};
use crate::portal::agreement::Kind;
use crate::portal::agreement::tests::{PDF, World};
use crate::portal::tenant::service as tenant_service;
use crate::values::parse_date;

fn bundle(world: &World, choice: &Choice) -> Vec<u8> {
    world
        .db
        .read(|conn| {
            let tenant = tenant_service::resolve(conn, "oes")?;
            let today = parse_date("2026-06-10")?;
            let plan = plan(conn, &tenant, choice, today)?;
            Ok(write(conn, &plan, Cursor::new(Vec::new()))?.into_inner())
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
    verify(Cursor::new(bytes)).unwrap()
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

fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.start_file(name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The bundle with its manifest changed.
fn forged(bytes: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut entries = entries(bytes);
    let mut manifest: Value = serde_json::from_slice(&entries[0].1).unwrap();
    change(&mut manifest);
    entries[0].1 = manifest.to_string().into_bytes();
    zip(&entries)
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
    assert_eq!(manifest["agreements"][0]["signatures"][0]["party"], "customer");
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

#[test]
fn every_kind_of_tampering_with_files_is_found() {
    let sound = bundle(&world(), &Choice::default());
    let path = "customer/1-Kundeaftale 2026/Aftale.pdf";
    let mut changed = entries(&sound);
    changed[1].1[100] ^= 1;
    assert_broken(&zip(&changed), &format!("{path}: it was changed"));
    let mut longer = entries(&sound);
    longer[1].1.push(b' ');
    assert_broken(&zip(&longer), &format!("{path}: it was changed: its size"));
    let mut missing = entries(&sound);
    missing.remove(1);
    assert_broken(&zip(&missing), &format!("{path}: it is missing"));
    for extra in ["extra.pdf", "../ude.pdf", "/etc/x", "a\\b", "C:x", "con.txt", "MANIFEST.json"] {
        let mut more = entries(&sound);
        more.push((extra.to_owned(), b"x".to_vec()));
        assert_broken(&zip(&more), extra);
    }
    let mut no_manifest = entries(&sound);
    no_manifest.remove(0);
    assert_broken(&zip(&no_manifest), "manifest.json");
    // A byte of the ZIP itself: the checksum of the entry no longer fits.
    let mut flipped = sound.clone();
    let at = flipped.windows(5).position(|window| window == b"%PDF-").unwrap();
    flipped[at + 50] ^= 1;
    assert_broken(&flipped, path);
    let before = [b"MZ".as_slice(), &sound].concat();
    assert_broken(&before, "stand before the ZIP");
    assert_broken(&[sound.as_slice(), b"x"].concat(), "behind the end");
    let not_a_zip = verify(Cursor::new(b"%PDF-1.7 and no ZIP".to_vec())).unwrap();
    assert_eq!((not_a_zip.result, not_a_zip.problems.len()), ("broken", 1));
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let sound = bundle(&world(), &Choice::default());
    let mut twice = entries(&sound);
    twice.push(("dobbelt/1.pdf".to_owned(), b"x".to_vec()));
    twice.push(("dobbelt/2.pdf".to_owned(), b"y".to_vec()));
    let mut bytes = zip(&twice);
    let positions: Vec<_> = bytes
        .windows(13)
        .enumerate()
        .filter(|(_, window)| window == b"dobbelt/2.pdf")
        .map(|(at, _)| at)
        .collect();
    for at in positions {
        bytes[at + 8] = b'1';
    }
    assert_broken(&bytes, "dobbelt/1.pdf: it stands in the ZIP more than once");
}

#[test]
fn k_203_every_forged_manifest_is_found() {
    let sound = bundle(&world(), &Choice::default());
    assert_eq!(check(&forged(&sound, |_| {})).result, "sound");
    let other = "0".repeat(64);
    type Change<'a> = Box<dyn FnOnce(&mut Value) + 'a>;
    let cases: Vec<(Change<'_>, &str)> = vec![
        (Box::new(|m| m["agreements"][0]["signatures"][0]["sha256"] = json!(other)), "customer's signature"),
        (
            Box::new(|m| m["agreements"][0]["signatures"] = json!([])),
            "in-force without a signature of the provider",
        ),
        (
            Box::new(|m| m["agreements"][0]["signatures"][1]["party"] = json!("customer")),
            "signed more than once",
        ),
        (Box::new(|m| m["agreements"][0]["state"] = json!("draft")), "does not belong into a bundle"),
        (Box::new(|m| m["agreements"][0]["state"] = json!("fine")), "not a state"),
        (Box::new(|m| m["agreements"][0]["kind"] = json!("addon")), "not lie in the folder"),
        (Box::new(|m| m["schema"] = json!("portalctl.bundle/2")), "schema"),
        (Box::new(|m| m["files"][0]["path"] = json!("../Aftale.pdf")), "lead out of the folder"),
        (Box::new(|m| m["files"][0]["role"] = json!("annex")), "0 documents"),
        (Box::new(|m| m["files"][1]["agreement"] = json!(9)), "agreement 9, which is not listed"),
        (
            Box::new(|m| {
                let first = m["files"][0].clone();
                m["files"].as_array_mut().unwrap().push(first);
            }),
            "more than once",
        ),
        (
            Box::new(|m| {
                m["files"].as_array_mut().unwrap().remove(3);
            }),
            "the manifest does not list it",
        ),
        (Box::new(|m| *m = json!([])), "manifest.json"),
    ];
    for (change, naming) in cases {
        assert_broken(&forged(&sound, change), naming);
    }
}
