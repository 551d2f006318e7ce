//! Requests as people write and forward them. Everybody in them is invented.

use proptest::prelude::*;

use super::*;

fn request(text: &str) -> Request {
    parse(text, "mail.txt").unwrap()
}

/// Line, code and message of each fault.
fn faults(text: &str) -> Vec<(u64, String, String)> {
    let error = request(text).refuse_unread(Path::new("mail.txt"), &[]).unwrap_err();
    assert_eq!((error.exit().code(), error.code()), (65, "file.invalid"));
    let text = |fault: &serde_json::Value, name: &str| fault[name].as_str().unwrap().to_owned();
    let details = error.detail_values();
    details.iter().map(|f| (f["line"].as_u64().unwrap(), text(f, "code"), text(f, "message"))).collect()
}

const PLAIN: &str = "\
Fra: Karen Rasmussen <karen.rasmussen@oes.example.dk>
Til: kundeportal@example.dk
Sendt: 4. maj 2026 09:12
Emne: Ny administrator

Kære kundeportal

Vi beder om en administratoradgang til:

CVR-nummer: 10213231
Navn: Anna Holm
E-mailadresse: anna.holm@oes.example.dk
B-nummer: b123456
Telefonnummer: +45 70 10 10 10
Titel/funktion: Kontorchef

Med venlig hilsen
Karen Rasmussen
Telefon: 33 92 80 00
E-mail: karen.rasmussen@oes.example.dk
";

#[test]
fn k_032_a_plain_request_between_its_headers_and_its_signature() {
    let found = request(PLAIN);
    assert_eq!(found.cvrs, ["10213231".parse().unwrap()]);
    assert_eq!(found.name.as_deref(), Some("Anna Holm"));
    assert_eq!(found.email.as_ref().unwrap().as_str(), "anna.holm@oes.example.dk");
    assert_eq!(found.b_number.as_ref().unwrap().as_str(), "B123456");
    assert_eq!(found.phone.as_ref().unwrap().as_str(), "70101010");
    assert_eq!(found.title.as_deref(), Some("Kontorchef"));
}

#[test]
fn a_forwarded_request_is_read_behind_quote_marks_bullets_and_hard_blanks() {
    let quoted = "Hej\n\nSe nedenfor.\n\nMvh Bo\n\n> > \u{2022}\tCVR\u{2011}nummer:\u{a0}10213231\n\
         > > - NAVN :\u{a0}Anna Holm\n> > 3. e-mail: anna.holm@oes.example.dk<mailto:anna.holm@oes.example.dk>\n\
         > > * B-nr.: B123456\n> > *Telefon:* 70 10 10 10\n> > o  Titel: Kontorchef\n";
    assert_eq!(request(quoted), request(PLAIN));
}

#[test]
fn values_may_stand_on_the_next_line() {
    let text = "CVR-nummer\n10213231\nNavn:\n  Anna Holm\nE-mailadresse\n<anna.holm@oes.example.dk>\nB-nummer:\nB123456\n\
         Telefonnummer (direkte):\n70-10-10-10\nTitel/funktion:\nKontorchef\n";
    assert_eq!(request(text), request(PLAIN));
    let empty = request("B-nummer:\nTelefonnummer: 70101010\nTitel/funktion: -\nNavn:\nAfdeling: Økonomi\n");
    assert_eq!((empty.b_number, empty.title, empty.name), (None, None, None));
}

#[test]
fn k_032_several_cvr_numbers_however_they_are_parted() {
    let all = ["10213231", "34051178", "53383211"].map(|cvr| cvr.parse::<Cvr>().unwrap());
    for text in [
        "CVR-nummer: 10213231, 34051178 og 53383211",
        "CVR-nummer (flere muligt): 10 21 32 31; DK34051178/53383211",
        "CVR-nummer: 10213231 34051178 53383211",
        "CVR-nummer:\n10213231\n34051178 og\n53383211\nNavn: Anna Holm",
        "CVR-nummer:\n - 10213231\n - 34051178\n - 53383211\n",
        "CVR-nummer: 10213231\nCVR-nummer: 34051178\nCVR: 10213231 & 53383211",
        "CVR-nummer: 10213231 (Økonomistyrelsen, regnskab), 34051178 Digitaliseringsstyrelsen og 53383211",
    ] {
        assert_eq!(request(text).cvrs, all, "{text}");
    }
}

#[test]
fn windows_1252_and_utf_16_are_read_as_well_as_utf_8() {
    let text = "Navn: Søren Ærø\r\nTitel/funktion: Økonomichef\r\n";
    let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(text);
    assert!(!lossy);
    let utf_16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    for bytes in [text.as_bytes(), &bytes, &utf_16, &marked] {
        let found = request(&decode(bytes));
        assert_eq!((found.name.as_deref(), found.title.as_deref()), (Some("Søren Ærø"), Some("Økonomichef")));
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_line_value_and_rule_all_at_once() {
    let text = "Navn: Anna Holm\nCVR-nummer: 12345678 og 10213231\nTelefonnummer: 123\n\nNavn: Bo Lund\nE-mail: anna\n";
    let found = faults(text);
    let lines: Vec<_> = found.iter().map(|(line, code, _)| (*line, code.as_str())).collect();
    assert_eq!(
        lines,
        [(2, "cvr.invalid"), (3, "phone.invalid"), (5, "request.doubled"), (6, "email.invalid")]
    );
    assert_eq!(
        found[0].2,
        "CVR-nummer: \"12345678\" is not a CVR number: the check digit does not fit (modulus 11)"
    );
    assert_eq!(found[2].2, "Navn: \"Bo Lund\" is not what line 1 says; one of the two must go");
    assert_eq!(faults("CVR-nummer: Økonomistyrelsen\n")[0].1, "cvr.invalid");
}

#[test]
fn the_same_said_twice_is_no_contradiction() {
    let twice = format!("{PLAIN}\n> Navn: Anna Holm\n");
    assert_eq!(request(&twice), request(PLAIN));
    assert_eq!(request("Navn: Anna Holm\nNavn:  Anna Holm\n").name.as_deref(), Some("Anna Holm"));
}

#[test]
fn a_text_without_fields_says_which_there_are() {
    let error = parse("Hej\n\nMvh\n", "mail.txt").unwrap_err();
    assert_eq!(error.exit().code(), 65);
    assert!(error.hint_text().unwrap().contains("Titel/funktion"));
}

#[test]
fn prose_that_begins_like_a_label_is_no_field() {
    let text = "Navn: Anna Holm\nTelefon til kontoret findes på nettet.\nNavnet staves med o.\n";
    assert_eq!(request(text), Request { name: Some("Anna Holm".to_owned()), ..Request::default() });
}

#[test]
fn a_flag_makes_what_cannot_be_read_bearable() {
    let found = request("E-mail: a@example.dk b@example.dk\nTelefon: 12345\nNavn: Bo\nNavn: Eva\n");
    let path = Path::new("mail.txt");
    assert_eq!(
        found.refuse_unread(path, &[Field::Email, Field::Phone]).unwrap_err().detail_values().len(),
        1
    );
    assert!(found.refuse_unread(path, &[Field::Email, Field::Phone, Field::Name]).is_ok());
    assert_eq!(found.name, None, "said twice");
    assert!(found.summary(&[], true).contains("Telefonnummer   ! \"12345\" is not a phone number"));
}

#[test]
fn a_label_may_end_at_a_blank_or_a_dash_and_fields_may_be_the_rows_of_a_table() {
    for text in [
        "CVR-nummer 10 21 32 31\nNavn – Anna Holm\nE-mail anna.holm@oes.example.dk\nB nummer – B123456\n\
         Telefonnummer - 70 10 10 10\nTitel/funktion   Kontorchef\n\nMvh\nTlf 33 92 80 00\n",
        "| Felt | Værdi |\n|---|---|\n| CVR-nummer | 10213231 |\n| Navn | Anna Holm |\n\
         | E-mailadresse | anna.holm@oes.example.dk |\n| B-nummer | B123456 |\n\
         > | **Telefonnummer** | 70101010 |\n| Titel/funktion | Kontorchef |\n",
    ] {
        assert_eq!(request(text), request(PLAIN), "{text}");
    }
    assert_eq!(request("Navn Anna Holm\nCVR nr. 10213231").name.as_deref(), Some("Anna Holm"));
    let signature_above = format!("Mvh Bo\nTelefon 33 92 80 00\n\n{PLAIN}");
    assert_eq!(request(&signature_above).phone, request(PLAIN).phone);
    assert!(parse("Navn og adresse følger senere.\nTitel er vigtig\nCVR nummer følger\n", "x").is_err());
}

#[test]
fn quoted_printable_is_decoded_where_the_header_says_so_and_else_never_taken() {
    let mail = "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: Quoted-Printable\n\n\
                Navn: S=F8ren =\nde =C6r=F8\nE-mail: s=3D@example.dk\nTitel: a = b\n";
    let found = request(&decode(&printable::decode(mail).unwrap()));
    assert_eq!(found.name.as_deref(), Some("Søren de Ærø"));
    assert_eq!(found.title.as_deref(), Some("a = b"));
    let bare = "Navn: =C6r=F8\nTitel: Direkt=\n";
    assert!(printable::decode(bare).is_none());
    let codes: Vec<_> = faults(bare).into_iter().map(|(_, code, _)| code).collect();
    assert_eq!(codes, ["request.encoded", "request.encoded"]);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&text, "x");
        let _ = parse(&decode(&bytes), "x");
        let _ = printable::decode(&format!("Content-Transfer-Encoding: quoted-printable\n{text}={text}"));
    }

    #[test]
    fn no_value_panics(label in "(CVR-nummer|Navn|E-mail|B-nummer|Telefon|Titel/funktion)", value in any::<String>()) {
        let _ = parse(&format!("> {label}: {value}"), "x");
        let _ = parse(&format!("{label}\n{value}"), "x");
    }

    #[test]
    fn any_name_of_one_line_comes_back(name in "[A-ZÆØÅ][a-zæøåé]{1,12} [A-ZÆØÅ][a-zæøå-]{1,12}[a-z]") {
        prop_assert_eq!(request(&format!("Navn: {name}")).name, Some(name));
    }
}
