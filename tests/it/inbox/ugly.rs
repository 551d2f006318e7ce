//! Every mail of `fixtures/mail` against the real rules, and mails that are too large to be kept as files.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::{IDA, OPEN, Post, take};
use crate::support::World;

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/mail"))
}

fn rows() -> Vec<Vec<String>> {
    let table = std::fs::read_to_string(fixtures().join("expected.csv")).unwrap();
    table.lines().skip(1).map(|line| line.splitn(5, ';').map(str::to_owned).collect()).collect()
}

/// No character that does something to a terminal.
pub fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c))
}

#[test]
fn s_029_every_ugly_mail_gets_its_verdict() {
    let post = Post::new();
    let (mut wrong, mut seen) = (Vec::new(), Vec::new());
    for row in rows() {
        let [name, result, reason, ticket, why] = row.as_slice() else { panic!("{row:?}") };
        let bytes = std::fs::read(fixtures().join(format!("{name}.eml"))).unwrap();
        let world = post.copy();
        let item = take(&world, &post.filled(&bytes));
        let found = match item["ticket"].as_str() {
            None => "",
            Some(OPEN) => "open",
            Some(_) => "new",
        };
        let got = [item["result"].as_str().unwrap(), item["reason"].as_str().unwrap(), found];
        if got != [result, reason, ticket] {
            let story = world.run(&format!("mail explain {}", item["key"]));
            wrong.push(format!(
                "{name} ({why}): {result}, {reason}, {ticket} expected, found {got:?}\n{story}"
            ));
        }
        for command in ["mail explain", "mail show"] {
            for format in ["table", "json"] {
                let said = world.run(&format!("{command} {} --format {format}", item["key"])).ok();
                if !is_harmless(&said.out) {
                    wrong
                        .push(format!("{name}: {command} --format {format} lets control characters through"));
                }
            }
        }
        if let Some(number) = item["ticket"].as_str() {
            let shown = world.run(&format!("ticket show '{number}'")).ok();
            if !is_harmless(&shown.out) {
                wrong.push(format!("{name}: ticket show lets control characters through"));
            }
        }
        // The same mail once more is a copy of the first.
        let again = take(&world, &post.filled(&bytes));
        if *result != "unreadable" && again["reason"] != "duplicate" {
            wrong.push(format!("{name}: a second time it is {again}"));
        }
        seen.push(name.clone());
    }
    let files =
        std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let unlisted: Vec<_> = files
        .filter(|name| name.ends_with(".eml") && !seen.contains(&name.trim_end_matches(".eml").to_owned()))
        .collect();
    assert!(unlisted.is_empty(), "not in expected.csv: {unlisted:?}");
    assert!(seen.len() >= 60, "{} mails", seen.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn text_of(post: &Post, name: &str) -> (Value, Value) {
    let world = post.copy();
    let item = take(&world, &post.filled(&std::fs::read(fixtures().join(format!("{name}.eml"))).unwrap()));
    let ticket = world.json(&format!("ticket show '{}'", item["ticket"].as_str().unwrap()));
    let entry =
        ticket["thread"].as_array().unwrap().iter().find(|entry| entry["kind"] == "mail").unwrap().clone();
    (ticket, entry)
}

#[test]
fn what_the_ticket_holds_is_what_was_written() {
    let post = Post::new();
    let danish = "Æblegrød, øl og ål koster 10 €";
    for name in ["charset-utf8", "charset-windows1252", "charset-utf16", "charset-unknown", "charset-gbk"] {
        assert_eq!(text_of(&post, name).1["text"], danish, "{name}");
    }
    assert_eq!(text_of(&post, "charset-koi8").1["text"], "Привет, нужен доступ");
    assert_eq!(text_of(&post, "charset-iso2022jp").1["text"], "アクセスをお願いします");
    assert_eq!(text_of(&post, "subject-raw-latin1").0["subject"], "Løn på afveje");
    assert_eq!(
        text_of(&post, "subject-encoded-split").0["subject"],
        "Lønseddelen mangler".replace("Lønseddelen", "Lønsedlen")
    );
    assert_eq!(text_of(&post, "subject-missing").0["subject"], "(uden emne)");
    assert_eq!(text_of(&post, "subject-long").0["subject"].as_str().unwrap().chars().count(), 80);
    assert_eq!(text_of(&post, "body-empty").1["text"], "(mailen er tom)");
    assert_eq!(text_of(&post, "thread-answer").1["text"], "Ja tak.");
    assert_eq!(text_of(&post, "html-outlook").1["text"], "Tak.");
    assert!(text_of(&post, "subject-forward").1["text"].as_str().unwrap().contains("Selve sagen"));
    for (name, files) in [
        ("attachment-rfc2231", "løn ændringer.csv"),
        ("attachment-rfc2047", "lønseddel.pdf"),
        ("attachment-evil-name", "pass[2Jwdfdp.exe"),
        ("attachment-eml", "Den gamle mail.eml"),
        ("attachment-winmail", "winmail.dat"),
        ("attachment-inline-picture", "image001.png"),
    ] {
        assert_eq!(text_of(&post, name).1["attachments"], serde_json::json!([files]), "{name}");
    }
}

#[test]
fn a_bounce_marks_the_address_and_tells_the_ticket() {
    let post = Post::new();
    let bytes = std::fs::read(fixtures().join("bounce-exchange.eml")).unwrap();
    take(&post.world, &post.filled(&bytes));
    let bounced = post.world.json("mail bounced list");
    assert_eq!((&bounced[0]["email"], &bounced[0]["status"]), (&IDA.into(), &"5.1.10".into()));
    let ticket = post.world.json(&format!("ticket show '{OPEN}'"));
    let note = ticket["thread"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&note["kind"], &note["internal"]), (&"note".into(), &true.into()));
    assert_eq!(ticket["status"], "awaiting-requester");
    post.world.run(&format!("mail bounced clear {IDA}")).ok();
    assert_eq!(post.world.json("mail bounced list"), serde_json::json!([]));
    assert_eq!(post.world.refused(&format!("mail bounced clear {IDA}")).0, 4);
}

/// A mail of so many bytes in one base64 part, or in one line of text.
fn large(bytes: usize, encoded: bool) -> Vec<u8> {
    let head = format!("From: {IDA}\nSubject: stor\nDate: Mon, 4 May 2026 09:00:00 +0200\n");
    let mut mail = head.into_bytes();
    if encoded {
        mail.extend_from_slice(
            b"Content-Type: application/octet-stream; name=stor.bin\nContent-Transfer-Encoding: base64\n\n",
        );
        mail.resize(bytes, b'A');
    } else {
        mail.extend_from_slice(b"\n");
        mail.resize(bytes, b'a');
    }
    mail
}

#[test]
fn fifty_megabytes_are_taken_and_what_is_too_large_is_said() {
    let post = Post::new();
    let world = post.copy();
    let item = take(&world, &large(50 * 1024 * 1024, true));
    assert_eq!(item["result"], "taken", "{item}");
    let ticket = world.json(&format!("ticket show '{}'", item["ticket"].as_str().unwrap()));
    assert_eq!(ticket["thread"][0]["text"], "[Filen stor.bin er udeladt: den er for stor.]");
    let item = take(&world, &large(50 * 1024 * 1024, false));
    assert_eq!(item["result"], "taken", "{item}");
    world.run("setting set mail.max-bytes '1 MiB'").ok();
    let said = world
        .run_with_stdin("mail ingest --format json", Box::new(std::io::Cursor::new(large(2_000_000, true))));
    assert_eq!((said.code, said.out.as_str()), (75, ""), "{said}");
    assert!(said.err.contains("mail.too-large"), "{said}");
}

fn mutated() -> impl Strategy<Value = (usize, Vec<(prop::sample::Index, u8, u8)>)> {
    (0..1000_usize, prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Mails of the fixtures with bytes changed, left out, doubled and cut off: whatever they are, they are read or said
    /// to be unreadable.
    #[test]
    fn mutated_mails_never_panic((which, changes) in mutated()) {
        static MAILS: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
            rows().iter().map(|row| std::fs::read(fixtures().join(format!("{}.eml", row[0]))).unwrap()).filter(|mail| mail.len() < 20_000).collect()
        });
        let mut mail = MAILS[which % MAILS.len()].clone();
        for (at, byte, how) in changes {
            if mail.is_empty() {
                break;
            }
            let at = at.index(mail.len());
            match how {
                0 => mail[at] = byte,
                1 => drop(mail.drain(at..(at + usize::from(byte)).min(mail.len()))),
                2 => {
                    let piece = mail[at..(at + usize::from(byte)).min(mail.len())].to_vec();
                    mail.splice(at..at, piece);
                }
                _ => mail.truncate(at),
            }
        }
        if let Ok(read) = portalctl::platform::inmail::parse(&mail) {
            let _ = portalctl::platform::inmail::bounce::read(&read);
            let _ = portalctl::platform::inmail::auto::sign_of(&read);
            let _ = portalctl::platform::inmail::without_quotes(&read.text, false);
            let _ = read.fingerprint("", "");
        } else {
            prop_assert_ne!(portalctl::platform::inmail::parse(&mail).unwrap_err(), portalctl::platform::inmail::Unreadable::Fault);
        }
    }
}

#[test]
fn mutated_mails_through_the_command_are_always_stored() {
    let post = Post::new();
    let world: &World = &post.world;
    world.run("setting set mail.sender-cap 10000").ok();
    for (n, row) in rows().iter().enumerate() {
        let mut mail = std::fs::read(fixtures().join(format!("{}.eml", row[0]))).unwrap();
        let cut = mail.len() * (n % 7 + 1) / 8;
        mail.truncate(cut);
        let item = take(world, &post.filled(&mail));
        assert_ne!(item["result"], "received", "{}: {item}", row[0]);
    }
}
