//! What comes in, in the forms in which it comes.

use proptest::prelude::*;

use super::bounce::Action;
use super::*;

fn mail(text: &str) -> Mail {
    parse(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

fn body(text: &str) -> String {
    mail(&format!("From: ida@example.dk\nSubject: x\n{text}")).text.trim().to_owned()
}

#[test]
fn texts_come_out_in_any_charset_and_encoding() {
    let ae = "Æblegrød og ål";
    assert_eq!(body(&format!("\n{ae}")), ae);
    assert_eq!(
        body(
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n=C6blegr=F8d og =\n=E5l"
        ),
        ae
    );
    assert_eq!(
        body(
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nw4ZibGVncsO4ZCBvZ\nyDDpWw=\n"
        ),
        ae
    );
    let (utf16, ..) = (ae.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), ());
    let coded = data_encoding::BASE64.encode(&utf16);
    assert_eq!(
        body(&format!(
            "Content-Type: text/plain; charset=\"utf-16le\"\nContent-Transfer-Encoding: BASE64\n\n{coded}"
        )),
        ae
    );
    let raw = [b"From: ida@example.dk\n\n".as_slice(), b"\xc6blegr\xf8d og \xe5l"].concat();
    assert_eq!(parse(&raw).unwrap().text, ae);
    let raw = [b"From: ida@example.dk\nSubject: \xc6bler\n\nx".as_slice()].concat();
    assert_eq!(parse(&raw).unwrap().head.subject, "Æbler");
    let jis = body("Content-Type: text/plain; charset=iso-2022-jp\n\n\u{1b}$B$3$s$K$A$O\u{1b}(B");
    assert_eq!(jis, "こんにちは");
    assert_eq!(body("Content-Type: text/plain; charset=x-unknown-99\n\nÆ"), "Æ");
}

#[test]
fn flowed_lines_are_joined_and_html_is_read() {
    let flowed = "Content-Type: text/plain; format=flowed\n\nHej \nmed dig.\n> du \n> skrev\n-- \nIda";
    assert_eq!(body(flowed), "Hej med dig.\n> du skrev\n-- \nIda");
    let html = "Content-Type: text/html\n\n<html><head><title>T</title><style>p{a:b}</style></head><body><p>Hej&nbsp;Ida,</p><div>1 &lt; 2 &amp; 3<br>ny</div><ul><li>et<li>to</ul><!-- x --><blockquote><p>du skrev</p></blockquote><script>alert(1)</script></body>";
    assert_eq!(body(html).replace('\u{a0}', " "), "Hej Ida,\n\n1 < 2 & 3\nny\n- et\n- to\n> du skrev");
    assert_eq!(body("Content-Type: text/html\n\n<div>a<div>b</div></div>3 < 4 <unclosed"), "a\nb\n3 < 4");
}

#[test]
fn plain_text_is_preferred_and_files_are_kept() {
    let mail = mail(
        "From: ida@example.dk\nContent-Type: multipart/mixed; boundary=o\n\nforord\n--o\nContent-Type: multipart/alternative; boundary=i\n\n--i\nContent-Type: text/html\n\n<b>html</b>\n--i\nContent-Type: text/plain\n\nren\n--i--\n--o\nContent-Type: application/pdf; name*0*=utf-8''%C3%A6; name*1*=bler.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n--o\nContent-Type: message/rfc822\n\nSubject: Indre\n\nindre\n--o\nContent-Disposition: attachment; filename=\"..\\\\..\\\\a/b\x1b[2J.txt\"\n\nfil\n--o--\nefterord\n",
    );
    assert_eq!(mail.text.trim(), "ren");
    let files: Vec<_> = mail.files.iter().map(|file| (file.name.as_str(), file.bytes.len())).collect();
    assert_eq!(files, [("æbler.pdf", 4), ("Indre.eml", 23), ("b[2J.txt", 3)]);
}

#[test]
fn broken_mails_are_read_as_far_as_they_go() {
    assert_eq!(body("Content-Type: multipart/mixed\n\n--abcd\n\nhej\n--abcd--"), "hej");
    assert_eq!(body("Content-Type: multipart/mixed; boundary=x\n\nkun tekst"), "kun tekst");
    assert_eq!(body("Content-Type: multipart/mixed; boundary=x\n\n--x\n\nafbrudt"), "afbrudt");
    assert_eq!(body("Content-Transfer-Encoding: base64\n\naGVq!!!!IGlkYQ"), "hej ida");
    assert_eq!(parse(b"").unwrap_err(), Unreadable::Empty);
    assert_eq!(parse(b"\n \n").unwrap_err(), Unreadable::Empty);
    assert_eq!(parse(b"bare ord\nuden hoved").unwrap_err(), Unreadable::NoHeader);
    let deep: String =
        (0..40).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    assert_eq!(parse(deep.as_bytes()).unwrap_err(), Unreadable::TooDeep);
    let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(1100));
    assert_eq!(parse(many.as_bytes()).unwrap_err(), Unreadable::TooManyParts);
    let long = format!("Subject: x\nX-A: {}\n\nx", "a".repeat(2_000_000));
    assert_eq!(parse(long.as_bytes()).unwrap_err(), Unreadable::LongHeader);
    // Mails in mails are files, however deep.
    let nested = format!("From: a@example.dk\n{}", "Content-Type: message/rfc822\n\n".repeat(100_000));
    assert_eq!(parse(nested.as_bytes()).unwrap().files.len(), 1);
}

#[test]
fn quotations_are_left_out_where_they_are_plain_to_see() {
    for (text, kept) in [
        ("Ja tak.\n\nDen 4. maj 2026 kl. 10.06 skrev SAM <k@example.dk>:\n> Vil du?\n> Ja?", "Ja tak."),
        ("Ja tak.\n\nOn Mon, May 4, 2026 at 10:06 AM SAM\n<k@example.dk> wrote:\n\n> Vil du?", "Ja tak."),
        ("Ja.\n\n-----Oprindelig meddelelse-----\nFra: SAM\nSendt: 4. maj\n", "Ja."),
        (
            "Ja.\n\n________________________________\nFra: SAM <k@example.dk>\nSendt: 4. maj 2026 10:06\nTil: Ida\nEmne: x\n\nVil du?",
            "Ja.\n\n________________________________",
        ),
        ("*Fra:* SAM\n*Sendt:* 4. maj\nVil du?", "*Fra:* SAM\n*Sendt:* 4. maj\nVil du?"),
        ("Den 4. maj 2026 skrev SAM:\n> Vil du?\n\nJa, gerne.", "Ja, gerne."),
        ("> Et?\nJa.\n> To?\nNej.", "> Et?\nJa.\n> To?\nNej."),
        ("> Et?\nJa.\n> To?\nNej.\n\n> Resten", "> Et?\nJa.\n> To?\nNej."),
        ("> kun citat", "> kun citat"),
        ("Hej\nDen nye aftale er god.\nHilsen", "Hej\nDen nye aftale er god.\nHilsen"),
        (
            "Ja.\n\nDen 4. maj 2026 skrev I til os:\n\nVil du?\n\nDet vil jeg.",
            "Ja.\n\nDen 4. maj 2026 skrev I til os:\n\nVil du?\n\nDet vil jeg.",
        ),
    ] {
        assert_eq!(without_quotes(text, false), kept, "{text}");
    }
    assert!(without_quotes("Se her\n\nFra: A\nSendt: 4. maj\n\nSagen", true).contains("Sagen"));
}

#[test]
fn ids_and_addresses_are_found_in_what_headers_hold() {
    let head = mail("From: =?utf-8?Q?S=C3=B8ren?= <soren@example.dk>\nTo: \"K, Portal\" <k@example.dk>, Gruppe: a@example.dk, b@example.dk;\nDelivered-To: <k+1@example.dk>\nIn-Reply-To: Mail fra <a1@example.dk>\nReferences: <a0@example.dk>\n <a1@example.dk> <a2@example.dk>\nSubject: =?iso-8859-1?Q?=C6bler_og?=\n =?utf-8?B?IHDDpnJlcg==?=\x1b[31m\nMessage-ID: <m1@example.dk>\nReturn-Path: <>\n\nx").head;
    assert_eq!(head.from, ["soren@example.dk"]);
    assert_eq!(head.recipients, ["k+1@example.dk", "k@example.dk", "a@example.dk", "b@example.dk"]);
    assert_eq!(head.answers, ["a1@example.dk", "a2@example.dk", "a0@example.dk"]);
    assert!(head.subject.starts_with("Æbler og pærer") && !head.subject.contains('\x1b'), "{}", head.subject);
    assert_eq!((head.message_id.as_deref(), head.return_path.as_deref()), (Some("m1@example.dk"), Some("")));
}

#[test]
fn reports_are_read_in_their_many_forms() {
    let standard = mail(
        "From: MAILER-DAEMON@mx.example.dk\nReturn-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.dk\n\nFinal-Recipient: rfc822; ida@example.dk\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <ida@example.dk>:\n User unknown\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <abc@example.dk>\nSubject: x\n\nx\n--b--\n",
    );
    let bounce = bounce::read(&standard).unwrap();
    assert_eq!(bounce.about, ["abc@example.dk"]);
    assert_eq!(bounce.recipients.len(), 1);
    let one = &bounce.recipients[0];
    assert_eq!(
        (one.addresses.as_slice(), one.action),
        (["ida@example.dk".to_owned()].as_slice(), Action::Failed)
    );
    assert_eq!(
        (one.status.as_deref(), one.said.as_deref()),
        (Some("5.1.1"), Some("550 5.1.1 <ida@example.dk>: User unknown"))
    );
    let qmail = mail(
        "From: MAILER-DAEMON@mx.example.dk\n\nHi. This is the qmail-send program at mx.example.dk.\nI'm afraid I wasn't able to deliver your message.\n\n<ida@example.dk>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <k@example.dk>\nMessage-ID: <abc@example.dk>\nTo: other@example.dk\n",
    );
    let bounce = bounce::read(&qmail).unwrap();
    assert_eq!(
        (bounce.about.as_slice(), bounce.recipients.len()),
        (["abc@example.dk".to_owned()].as_slice(), 1)
    );
    assert_eq!(bounce.recipients[0].status.as_deref(), Some("5.1.1"));
    let person = mail("From: ida@example.dk\n\n<bo@example.dk>:\nfindes ikke. 5.1.1");
    assert_eq!(bounce::read(&person), None);
    let holiday = mail(
        "From: ida@example.dk\nReturn-Path: <>\nAuto-Submitted: auto-replied\n\nJeg er på ferie. Skriv til bo@example.dk:\n5.1.1",
    );
    assert_eq!(bounce::read(&holiday), None);
    assert!(auto::sign_of(&holiday).is_some());
    // A signature that is only the address, and no word of what became of the mail.
    for head in
        ["Auto-Submitted: auto-generated\n", "", "Subject: Automatisk svar: x\nIn-Reply-To: <a@example.dk>\n"]
    {
        let mail = mail(&format!(
            "From: Ida <ida@example.dk>\nReturn-Path: <>\n{head}\nJeg er på ferie til den 5.5.\n\nIda\nida@example.dk\nlokal 55012\n"
        ));
        assert_eq!(bounce::read(&mail), None, "{head}");
        assert!(auto::sign_of(&mail).is_some_and(|sign| sign.sure), "{head}");
    }
    let alias = "From: ida.l@example.dk\nReturn-Path: <>\n\nPå ferie til 5.5.26\n\nida@example.dk\n";
    assert_eq!(bounce::read(&mail(alias)), None, "a date is no status");
    // Nor does one report on oneself, whatever the words.
    let own = mail("From: ida@example.dk\nReturn-Path: <>\n\nida@example.dk\n550 5.1.1 user unknown\n");
    assert_eq!(bounce::read(&own), None);
    let said = |text: &str| {
        let mail =
            mail(&format!("From: postmaster@mx.example.dk\nReturn-Path: <>\n\nida@example.dk\n{text}\n"));
        bounce::read(&mail).map(|bounce| bounce.recipients[0].action)
    };
    assert_eq!(said("550 findes ikke"), Some(Action::Failed));
    assert_eq!(said("Mailen kunne ikke leveres."), Some(Action::Failed));
    assert_eq!(said("It will be retried: delivery failed so far"), Some(Action::Delayed));
    assert_eq!(said("Lokal 5123"), None);
    assert_eq!(said("Venlig hilsen"), None);
}

#[test]
fn everyday_subjects_and_groups_are_no_sure_signs() {
    let sign = |text: &str| {
        auto::sign_of(&mail(&format!("From: ida@example.dk\nIn-Reply-To: <a@example.dk>\n{text}\n\nx")))
    };
    assert_eq!(sign("Subject: Fravær mangler på lønseddel"), None);
    assert_eq!(sign("Subject: Auto: ny leasingaftale"), None);
    assert_eq!(sign("Subject: Automatisk svar: x").map(|sign| sign.sure), Some(false));
    assert_eq!(
        sign("Subject: x\nList-Id: <loen.oes.example.dk>\nPrecedence: list").map(|sign| sign.sure),
        Some(false)
    );
    assert_eq!(
        sign("Subject: x\nList-Id: <l.example.dk>\nPrecedence: bulk").map(|sign| sign.sure),
        Some(true)
    );
}

#[test]
fn the_same_mail_again_is_known_and_another_is_not() {
    let base = "From: Ida@example.dk\nDate: Mon, 4 May 2026 10:06:00 +0200\nMessage-ID: <1@example.dk>\nSubject: x\n\nHej  med dig\n";
    let one = mail(base).fingerprint("", "");
    assert_eq!(mail(&format!("Received: by a\n{base}")).fingerprint("", ""), one);
    assert_eq!(mail(&base.replace("Hej  med", "Hej med").replace("10:06", "10:07")).fingerprint("", ""), one);
    assert_ne!(mail(&base.replace("<1@", "<2@")).fingerprint("", ""), one);
    assert_ne!(mail(base).fingerprint("kundeportal@example.dk", ""), one);
    assert_ne!(mail(&base.replace("Hej", "Nej")).fingerprint("", ""), one);
    let bare = base.replace("Message-ID: <1@example.dk>\n", "");
    assert_ne!(mail(&bare.replace("10:06", "10:07")).fingerprint("", ""), mail(&bare).fingerprint("", ""));
    assert_ne!(mail(base).fingerprint("", "2605-0001"), one);
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..400), head in ".{0,80}") {
        let _ = parse(&bytes);
        let _ = parse(format!("{head}\n\n{}", String::from_utf8_lossy(&bytes)).as_bytes());
        let _ = without_quotes(&String::from_utf8_lossy(&bytes), false);
        let _ = html::to_text(&format!("<{head}>{}", String::from_utf8_lossy(&bytes)), 1000);
    }
}
