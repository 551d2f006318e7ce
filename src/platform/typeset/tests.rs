//! What comes out is a PDF/A-2a with tags, the same each time, whatever stands in the data.

use std::process::Command;

use serde_json::json;

use super::*;
use crate::platform::blob::Spooled;
use crate::platform::pdf as reader;

const TEMPLATE: &str = r#"
#import "/look.typ": *
#let data = json("/data.json")
#show: look.with(head: data.from, foot: data.foot)

#title()
#data.intro

= Parter
#facts(data.facts)

= Hændelser
#rows-of((auto, 1fr, auto), data.head, data.rows.map(((at, who, sum)) => (at, who, hash(sum))))

== Note
#data.note
"#;

fn data(rows: usize) -> Value {
    let sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let row = |n: usize| {
        json!([
            format!("2026-05-{:02} 09:41", n % 28 + 1),
            "soeren.aagaard-oestergaard@en-meget-lang-institution.example.dk",
            &sum[..16]
        ])
    };
    json!({
        "from": "Statens Administration",
        "foot": "Kundeaftale 7 · Økonomistyrelsen",
        "intro": "Ærlig tale på blåbærgrød: æøå ÆØÅ ßñçžł – “citat” 100 €.",
        "facts": [["Kunde", "Økonomistyrelsen"], ["Leverandør", "Statens Administration"], ["SHA-256", sum]],
        "head": ["Tid", "Hvem", "Hash"],
        "rows": (0..rows).map(row).collect::<Vec<_>>(),
        "note": "To linjer\nher",
    })
}

fn at() -> DateTime<Utc> {
    "2026-05-04T07:30:00Z".parse().unwrap()
}

fn make(data: &Value, lang: Lang) -> Vec<u8> {
    let (bytes, warnings) = typeset(TEMPLATE, data, lang, "Underskriftsbevis", at()).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    bytes
}

fn holds(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

#[test]
fn a_document_is_a_tagged_pdf_a_2a_and_ua_1_in_its_language() {
    for lang in Lang::all() {
        let bytes = make(&data(3), *lang);
        assert!(bytes.starts_with(b"%PDF-1.7"));
        for part in [
            "/StructTreeRoot",
            "/MarkInfo",
            "<pdfaid:part>2<",
            "<pdfaid:conformance>A<",
            "<pdfuaid:part>1<",
            "/DisplayDocTitle true",
            "2026-05-04T07:30:00",
        ] {
            assert!(holds(&bytes, part), "{part}");
        }
        let locale = match lang {
            Lang::Da => "da-DK",
            Lang::Nb => "nb-NO",
            Lang::En => "en-GB",
        };
        assert!(holds(&bytes, &format!("/Lang({locale})")) || holds(&bytes, &format!("/Lang ({locale})")));
        let opened = reader::open(&Spooled::read(bytes.as_slice(), "a", u64::MAX).unwrap(), "a").unwrap();
        assert_eq!(opened, reader::Opened { pages: 1, title: Some("Underskriftsbevis".to_owned()) });
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let one = make(&data(40), Lang::Da);
    let _another = make(&data(2), Lang::En);
    assert!(one == make(&data(40), Lang::Da));
    assert!(one != make(&data(41), Lang::Da));
    let later =
        pdf(TEMPLATE, &data(40), Lang::Da, "Underskriftsbevis", at() + chrono::TimeDelta::days(1)).unwrap();
    assert!(one != later);
}

#[test]
fn data_are_shown_and_never_run() {
    let mut data = data(1);
    data["intro"] = json!("#panic(\"no\") $x$ *b* @ref <label> \\ #read(\"/etc/passwd\") \" ]");
    data["note"] = json!("中文 \u{1f600} \u{202e}\u{0}\u{f8ff}\u{feff}\u{200d}".repeat(50));
    data["foot"] = json!("x".repeat(300));
    make(&data, Lang::Da);
    let (_, warnings) = typeset(TEMPLATE, &data, Lang::Da, &"En titel uden ende ".repeat(20), at()).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    // No template reads what lies on the machine.
    let error = pdf("#read(\"/etc/passwd\")", &data, Lang::Da, "", at()).unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("internal", 1));
    assert!(error.message().contains("cannot be typeset"), "{error}");
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn qpdf_finds_nothing_wrong() {
    if Command::new("qpdf").arg("--version").output().is_err() {
        eprintln!("skipped: the qpdf program is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    std::fs::write(&path, make(&data(120), Lang::Nb)).unwrap();
    let said = Command::new("qpdf").arg("--check").arg(&path).output().unwrap();
    assert!(said.status.success(), "{said:?}");
}
