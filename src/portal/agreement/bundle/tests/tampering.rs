//! No tampering goes unnoticed: no byte of a bundle, no file of it, nothing that its manifest says.

use std::io::Cursor;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Choice, Verdict, verify};
use super::*;

/// The paths that a verdict names: missing, changed and extra.
fn named(verdict: &Verdict) -> [Vec<&str>; 3] {
    [&verdict.missing, &verdict.changed, &verdict.extra]
        .map(|paths| paths.iter().map(String::as_str).collect())
}

#[test]
fn k_101_every_file_that_is_missing_changed_or_extra_is_named() {
    let sound = bundle(&world(), &Choice::default());
    let path = "customer/1-Kundeaftale 2026/Aftale.pdf";
    let mut changed = entries(&sound);
    changed[3].1[100] ^= 1;
    assert_broken(&pack(&changed), &format!("{path}: it was changed"));
    assert_eq!(named(&check(&pack(&changed))), [vec![], vec![path], vec![]]);
    let mut longer = entries(&sound);
    longer[3].1.push(b' ');
    assert_broken(&pack(&longer), &format!("{path}: it was changed: its size"));
    let mut missing = entries(&sound);
    missing.remove(3);
    assert_broken(&pack(&missing), &format!("{path}: it is missing"));
    assert_eq!(named(&check(&pack(&missing))), [vec![path], vec![], vec![]]);
    for extra in ["extra.pdf", "../ude.pdf", "/etc/x", "a\\b", "C:x", "con.txt", "MANIFEST.json"] {
        let mut more = entries(&sound);
        more.push((extra.to_owned(), b"x".to_vec()));
        assert_broken(&pack(&more), extra);
        assert_eq!(named(&check(&pack(&more))), [vec![], vec![], vec![extra]]);
    }
    let mut several = entries(&sound);
    several[4].1.clear();
    several.remove(3);
    several.push(("ny.txt".to_owned(), Vec::new()));
    let annex = "customer/1-Kundeaftale 2026/annexes/Bilag.pdf";
    assert_eq!(named(&check(&pack(&several))), [vec![path], vec![annex], vec!["ny.txt"]]);
    let mut no_manifest = entries(&sound);
    no_manifest.remove(0);
    assert_eq!(named(&check(&pack(&no_manifest))), [vec!["manifest.json"], vec![], vec![]]);
    let mut turned = entries(&sound);
    turned.reverse();
    assert_broken(&pack(&turned), "in another order");
    // A byte of the ZIP itself: the checksum of the entry no longer fits.
    let mut flipped = sound.clone();
    let at = flipped.windows(5).position(|window| window == b"%PDF-").unwrap();
    flipped[at + 50] ^= 1;
    assert_broken(&flipped, path);
    let before = [b"MZ".as_slice(), &sound].concat();
    assert_broken(&before, "stand before the ZIP");
    assert_broken(&[sound.as_slice(), b"x"].concat(), "the ZIP");
    let not_a_zip = verify(Cursor::new(b"%PDF-1.7 and no ZIP".to_vec()), None).unwrap();
    assert_eq!((not_a_zip.result, not_a_zip.problems.len()), ("broken", 1));
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let sound = bundle(&world(), &Choice::default());
    let mut twice = entries(&sound);
    twice.push(("dobbelt/1.pdf".to_owned(), b"x".to_vec()));
    twice.push(("dobbelt/1.pdf".to_owned(), b"y".to_vec()));
    assert_broken(&pack(&twice), "dobbelt/1.pdf: it stands in the ZIP more than once");
}

/// A bundle as small as they get, and what it must not be taken for.
static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut world = World::new();
    world.in_force(Kind::Customer, "Ø", PDF, None);
    bundle(&world, &Choice::default())
});

#[test]
fn k_101_no_byte_of_a_bundle_can_be_changed() {
    let mut bytes = SMALL.clone();
    assert_eq!(check(&bytes).result, "sound");
    for at in 0..bytes.len() {
        let flip = 1 << (at % 8);
        bytes[at] ^= flip;
        assert_eq!(check(&bytes).result, "broken", "byte {at} changed and nobody noticed");
        bytes[at] ^= flip;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn k_101_no_change_of_a_bundle_goes_unnoticed(
        at: prop::sample::Index, to: prop::sample::Index, byte in 1_u8.., what in 0..6,
    ) {
        let mut bytes = SMALL.clone();
        let (at, to) = (at.index(bytes.len()), to.index(bytes.len()));
        match what {
            0 => bytes[at] ^= byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at.min(to)..=at.max(to))),
            _ => bytes.copy_within(at.min(to)..at.max(to), 0),
        }
        prop_assume!(bytes != *SMALL);
        for key in [None, Some(key(1))] {
            let verdict = verify(Cursor::new(bytes.as_slice()), key.as_ref().map(SigningKey::public)).unwrap();
            prop_assert_eq!(verdict.result, "broken");
            prop_assert!(!verdict.problems.is_empty());
        }
    }
}

#[test]
fn k_203_every_forged_manifest_is_found() {
    let sound = bundle(&world(), &Choice::default());
    let key = key(1);
    assert_eq!(check_with(&forged(&sound, &key, |_| {}), &key).problems, Vec::<String>::new());
    let other = "0".repeat(64);
    let certain = |m: &mut Value| m["agreements"][0]["events"].as_array_mut().unwrap().len();
    type Change<'a> = Box<dyn FnOnce(&mut Value) + 'a>;
    let cases: Vec<(Change<'_>, &str)> = vec![
        (Box::new(|m| m["agreements"][0]["signatures"][0]["sha256"] = json!(other)), "customer's signature"),
        (Box::new(|m| m["agreements"][0]["signatures"][0]["version"] = json!(2)), "of version 2"),
        (Box::new(|m| m["agreements"][0]["signatures"][0]["origin"] = json!("x")), "not where a signature"),
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
        (
            Box::new(|m| m["agreements"][0]["state"] = json!("terminated")),
            "its events tell that it is in-force",
        ),
        (Box::new(|m| m["agreements"][0]["terminated_on"] = json!("2026-05-21")), "its last day"),
        (Box::new(|m| m["agreements"][0]["replaced_by"] = json!(2)), "took its place"),
        (Box::new(|m| m["agreements"][0]["in_force_at"] = json!(null)), "came into force"),
        (Box::new(|m| m["agreements"][0]["kind"] = json!("addon")), "not lie in the folder"),
        (Box::new(|m| m["agreements"][0]["sha256"] = json!(other)), "the SHA-256 of its document"),
        (Box::new(|m| m["agreements"][0]["document"] = json!("x")), "it names x"),
        (
            Box::new(|m| m["agreements"][0]["events"][2]["at"] = json!("2026-05-19T08:00:00Z")),
            "event 3 does not",
        ),
        (Box::new(|m| m["agreements"][0]["events"][1]["kind"] = json!("seen")), "not a kind of event"),
        (
            Box::new(|m| drop(m["agreements"][0]["events"].as_array_mut().unwrap().remove(2))),
            "event 3 does not fit",
        ),
        (
            Box::new(|m| {
                let events = certain(m);
                m["agreements"][0]["events"].as_array_mut().unwrap().truncate(events - 2);
            }),
            "its events tell of 1",
        ),
        (Box::new(|m| m["schema"] = json!("portalctl.bundle/2")), "schema"),
        (Box::new(|m| m["files"][0]["path"] = json!("../Aftale.pdf")), "lead out of the folder"),
        (Box::new(|m| m["files"][0]["role"] = json!("annex")), "0 documents"),
        (Box::new(|m| m["files"][1]["agreement"] = json!(9)), "agreement 9, which is not listed"),
        (Box::new(|m| m["files"][1]["sha256"] = json!(other)), "it was changed"),
        (Box::new(|m| m["files"][1]["size"] = json!(1)), "its size is not 1"),
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
        assert_broken(&forged(&sound, &key, change), naming);
    }
}
