//! Files that open, files that do not, and files that are out to do harm.

use lopdf::encryption::crypt_filters::{Aes256CryptFilter, CryptFilter};
use lopdf::{
    Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, SaveOptions, Stream,
    dictionary, text_string,
};
use proptest::prelude::*;

use super::*;

const FIXTURE: &[u8] = include_bytes!("../../../fixtures/agreements/oes-kundeaftale.pdf");

fn opened(bytes: &[u8]) -> Result<Opened> {
    open(&Spooled::read(bytes, "aftale.pdf", u64::MAX).unwrap(), "aftale.pdf")
}

/// The code of a refusal is always the same; what it says is not.
fn refused(bytes: &[u8]) -> String {
    let error = opened(bytes).unwrap_err();
    assert_eq!((error.exit().code(), error.code()), (65, "file.invalid"));
    assert!(error.message().starts_with("aftale.pdf ") && error.hint_text().is_some());
    error.message().to_owned()
}

/// A document with this many pages, `wide` of them under each node.
fn document(pages: usize, title: Option<Object>) -> Document {
    let mut document = Document::with_version("1.7");
    let root = document.new_object_id();
    let kids: Vec<Object> = (0..pages)
        .map(|_| document.add_object(dictionary! {"Type" => "Page", "Parent" => root}).into())
        .collect();
    // The count is a lie.
    document.set_object(root, dictionary! {"Type" => "Pages", "Kids" => kids, "Count" => 4711});
    let catalog = document.add_object(dictionary! {"Type" => "Catalog", "Pages" => root});
    document.trailer.set("Root", catalog);
    if let Some(title) = title {
        let info = document.add_object(dictionary! {"Title" => title});
        document.trailer.set("Info", info);
    }
    document
}

fn bytes(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn modern(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = SaveOptions::builder().use_object_streams(true).use_xref_streams(true).build();
    document.save_with_options(&mut bytes, options).unwrap();
    bytes
}

#[test]
fn d_5_a_document_is_a_pdf_by_its_content() {
    assert_eq!(opened(FIXTURE).unwrap().pages, 1);
    assert!(refused(b"").contains("it is empty"));
    assert!(refused(include_bytes!("../../../fixtures/agreements/not-a-pdf.pdf")).contains("%PDF-"));
    let late = [vec![b' '; 1024].as_slice(), FIXTURE].concat();
    assert!(refused(&late).contains("%PDF-"));
    // What a mail gateway puts before it is passed over, as by PDF readers.
    let preceded = [b"\n\n".as_slice(), FIXTURE].concat();
    assert_eq!(opened(&preceded).unwrap().pages, 1);
    let cut = FIXTURE.get(..FIXTURE.len() / 2).unwrap();
    assert!(refused(cut).contains("cut off"));
}

#[test]
fn what_has_the_marks_alone_does_not_open() {
    let marks = b"%PDF-1.7\nThe rest is prose.\nstartxref\n12\n%%EOF\n";
    assert!(refused(marks).contains("cross-reference"));
    // All objects are there, but the list of where they lie is not.
    let text = String::from_utf8_lossy(FIXTURE).replace("trailer", "trolley").replace("0000000", "9999999");
    assert!(refused(text.as_bytes()).contains("cross-reference"));
}

#[test]
fn pages_are_counted_and_not_believed() {
    for pages in [1, 3, 250] {
        assert_eq!(opened(&bytes(document(pages, None))).unwrap().pages, pages as u32);
        assert_eq!(opened(&modern(document(pages, None))).unwrap().pages, pages as u32);
    }
    assert!(refused(&bytes(document(0, None))).contains("without pages"));
}

#[test]
fn a_page_tree_in_circles_or_knots_is_walked_once() {
    let mut circle = document(2, None);
    let root = circle.catalog().unwrap().get(b"Pages").unwrap().as_reference().unwrap();
    let kids = circle.get_dictionary_mut(root).unwrap().get_mut(b"Kids").unwrap().as_array_mut().unwrap();
    kids.push(root.into());
    kids.push(Object::Reference((9_999, 0)));
    assert_eq!(opened(&bytes(circle)).unwrap().pages, 2);
    // Each node names the one below twice: 2^60 ways down to the one page.
    let mut knot = document(1, None);
    let root = knot.catalog().unwrap().get(b"Pages").unwrap().as_reference().unwrap();
    let mut below: Object = knot.add_object(dictionary! {"Type" => "Page"}).into();
    for _ in 0..60 {
        below = knot.add_object(dictionary! {"Kids" => vec![below.clone(), below]}).into();
    }
    knot.set_object(root, dictionary! {"Type" => "Pages", "Kids" => vec![below]});
    assert_eq!(opened(&bytes(knot)).unwrap().pages, 2);
}

#[test]
fn titles_are_read_in_each_encoding() {
    let literal = |bytes: &[u8]| Some(Object::string_literal(bytes));
    for (title, read) in [
        (Some(text_string("  Aftale om løn – 2026\u{7}\n")), Some("Aftale om løn – 2026")),
        (literal(b"Kundeaftale nr. 7"), Some("Kundeaftale nr. 7")),
        (literal(b"L\xf8naftale \x8a"), Some("Lønaftale −")),
        (literal(b"\xef\xbb\xbfK\xc3\xb8b"), Some("Køb")),
        (literal(b" \x07 "), None),
        (None, None),
    ] {
        assert_eq!(opened(&bytes(document(1, title.clone()))).unwrap().title.as_deref(), read);
        assert_eq!(opened(&modern(document(1, title))).unwrap().title.as_deref(), read);
    }
    let mut described = document(1, None);
    let xmp = "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Blå aftale</rdf:li></rdf:Alt></dc:title>";
    let kind = dictionary! {"Type" => "Metadata", "Subtype" => "XML"};
    let metadata = described.add_object(Stream::new(kind, xmp.as_bytes().to_vec()));
    described.catalog_mut().unwrap().set("Metadata", metadata);
    assert_eq!(opened(&bytes(described)).unwrap().title.as_deref(), Some("Blå aftale"));
}

#[test]
fn what_is_encrypted_is_refused_also_with_an_empty_password() {
    for (user, version) in [("", 1), ("hemmelig", 1), ("", 5), ("hemmelig", 5)] {
        let mut document = document(1, Some(text_string("Hemmelig aftale")));
        let id = Object::string_literal(*b"0123456789abcdef");
        document.trailer.set("ID", vec![id.clone(), id]);
        let permissions = Permissions::all();
        let filter: std::sync::Arc<dyn CryptFilter> = std::sync::Arc::new(Aes256CryptFilter);
        let version = match version {
            1 => EncryptionVersion::V1 {
                document: &document,
                owner_password: "ejer",
                user_password: user,
                permissions,
            },
            _ => EncryptionVersion::V5 {
                encrypt_metadata: true,
                crypt_filters: [(b"StdCF".to_vec(), filter)].into(),
                file_encryption_key: &[7; 32],
                stream_filter: b"StdCF".to_vec(),
                string_filter: b"StdCF".to_vec(),
                owner_password: "ejer",
                user_password: user,
                permissions,
            },
        };
        let state = EncryptionState::try_from(version).unwrap();
        document.encrypt(&state).unwrap();
        let error = opened(&bytes(document)).unwrap_err();
        assert!(error.message().contains("encrypted"), "{error}");
        assert!(error.hint_text().unwrap().contains("without a password"));
    }
    // A page that speaks of encryption is not encrypted.
    let mut talks = document(1, None);
    talks.add_object(Stream::new(Dictionary::new(), b"(the key /Encrypt of the trailer)".to_vec()));
    assert_eq!(opened(&bytes(talks)).unwrap().pages, 1);
}

/// A file of one page with one more object, a stream: the library itself writes no harmful ones.
fn with_stream(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let stream =
        [format!("<</Length {} {kind}>>\nstream\n", content.len()).as_bytes(), content, b"\nendstream"]
            .concat();
    let objects: [&[u8]; 4] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page>>",
        &stream,
    ];
    for (n, object) in objects.iter().enumerate() {
        places.push(format!("{:010} 00000 n \n", file.len()));
        file.extend([format!("{} 0 obj\n", n + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    let list = file.len();
    let places = places.concat();
    file.extend(
        format!("xref\n0 5\n0000000000 65535 f \n{places}trailer\n<</Root 1 0 R/Size 5>>\nstartxref\n{list}\n%%EOF\n")
            .bytes(),
    );
    file
}

#[test]
fn a_stream_that_unpacks_without_end_is_refused() {
    let mut bomb = Stream::new(Dictionary::new(), [b"9 0 ".as_slice(), &vec![b' '; 40 << 20]].concat());
    bomb.compress().unwrap();
    let flate = "/Filter/FlateDecode";
    let file = with_stream(&format!("/Type/ObjStm/N 1/First 4{flate}"), &bomb.content);
    assert!(file.len() < 1 << 20 && refused(&file).contains("safely"));
    // Bombs that nobody needs are left alone.
    for kind in ["/Type/XObject", "/Type/Metadata", ""] {
        assert_eq!(opened(&with_stream(&format!("{kind}{flate}"), &bomb.content)).unwrap().pages, 1);
    }
}

#[test]
fn objects_that_lie_inside_each_other_are_refused_before_they_are_read() {
    let numbers = format!("[{}]", "1 ".repeat(200_000));
    let index = |place: fn(usize) -> usize| -> String {
        (0..20_000).map(|n| format!("{} {} ", n + 100, place(n))).collect()
    };
    for (index, body) in [
        (index(|_| 0), numbers.clone()),
        (index(|n| n % 90), "[".repeat(90) + &numbers),
        (index(|n| 2 * n + 1), "\\(".repeat(200_000) + ")"),
    ] {
        let kind = format!("/Type/ObjStm/N 20000/First {}", index.len());
        let file = with_stream(&kind, [index, body].concat().as_bytes());
        assert!(refused(&file).contains("safely"));
    }
    let sound = with_stream("/Type/ObjStm/N 2/First 9", b"90 0 91 9 [1 (a)<</B<12>>>] 7");
    assert_eq!(opened(&sound).unwrap().pages, 1);
}

#[test]
fn a_list_that_names_one_place_over_and_over_is_refused() {
    let mut file = b"%PDF-1.7\n".to_vec();
    let place = file.len();
    file.extend(format!("1 0 obj\n[{}]\nendobj\n", "1 ".repeat(100_000)).bytes());
    let list = file.len();
    let entries = 5_000;
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", entries + 1).bytes());
    for _ in 0..entries {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    file.extend(
        format!("trailer\n<</Root 1 0 R /Size {}>>\nstartxref\n{list}\n%%EOF\n", entries + 1).bytes(),
    );
    assert!(refused(&file).contains("safely"));
}

#[test]
fn an_object_that_would_fill_the_memory_is_refused_before_it_is_read() {
    for head in ["9 0 obj", "9 0obj", "9 0\0obj", "9 0 % remark\nobj"] {
        let giant = format!("{head}\n[(endobj stream) {}]\nendobj\n", "1 ".repeat(3_000_000));
        assert!(refused(&with_stream("", giant.as_bytes())).contains("safely"), "{head}");
    }
    let many = "9 0 obj [".repeat(20_000) + &"1 ".repeat(400_000);
    assert!(refused(&with_stream("", many.as_bytes())).contains("safely"));
}

#[test]
fn a_file_saved_in_place_too_often_is_refused() {
    let many = "/XRef ".repeat(200) + &"/#58Ref ".repeat(200);
    let mut document = document(1, None);
    document.add_object(Stream::new(Dictionary::new(), many.into_bytes()));
    assert!(refused(&bytes(document)).contains("safely"));
}

#[test]
fn deep_nesting_ends() {
    for (open, close) in [("[", "]"), ("<</A", ">>"), ("(", ")")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let file = String::from_utf8_lossy(FIXTURE).replacen("endobj", &format!("{deep} endobj"), 1);
        let _ = opened(file.as_bytes());
    }
}

#[test]
fn a_file_of_fifty_mebibytes_opens() {
    let mut large = document(2, None);
    large.add_object(Stream::new(Dictionary::new(), vec![0xe6; 49 << 20]).with_compression(false));
    assert_eq!(opened(&bytes(large)).unwrap().pages, 2);
}

fn samples() -> Vec<Vec<u8>> {
    let title = Some(text_string("Aftale om løn"));
    let mut samples = vec![bytes(document(3, title.clone())), modern(document(3, title))];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/agreements");
    for entry in std::fs::read_dir(folder).unwrap() {
        samples.push(std::fs::read(entry.unwrap().path()).unwrap());
    }
    samples.sort();
    samples
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever the bytes: an answer or a refusal, and neither a panic nor a wait.
    #[test]
    fn no_mutation_does_harm(
        which: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        (cut, from, length) in (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..200),
    ) {
        let samples = samples();
        let mut file = which.get(&samples).clone();
        for (at, byte) in changes {
            *at.get_mut(file.as_mut_slice()) = byte;
        }
        let from = from.index(file.len());
        let piece: Vec<u8> = file.iter().skip(from).take(length).copied().collect();
        let at = cut.index(file.len());
        file.splice(at..(at + length / 2).min(file.len()), piece);
        answers(&file)?;
    }

    #[test]
    fn no_bytes_do_harm(noise: Vec<u8>, words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        let body: Vec<u8> = words.join(" ").into_bytes();
        answers(&[b"%PDF-1.7\n", body.as_slice(), &noise, b"\nstartxref\n9\n%%EOF"].concat())?;
        answers(&noise)?;
    }
}

const WORDS: &[&str] = &[
    "1 0 obj",
    "endobj",
    "<<",
    ">>",
    "[",
    "]",
    "/Type",
    "/Pages",
    "/Kids",
    "/XRef",
    "/Root 1 0 R",
    "/Size 3",
    "/W [1 1 1]",
    "/Length 9",
    "stream\n",
    "endstream",
    "xref\n0 2\n",
    "0000000009 00000 n \n",
    "trailer",
    "/Prev 9",
    "/Index [0 9]",
    "-1",
    "4294967295",
    "18446744073709551616",
    "(",
    ")",
    "<",
    ">",
    "%",
    "\n",
    "1 0 R",
    "/ObjStm",
    "/First 0",
    "/N 9",
    "/Filter /FlateDecode",
    "/DecodeParms <</Predictor 12 /Columns 0>>",
    "/XRefStm 9",
];

fn answers(file: &[u8]) -> Result<(), TestCaseError> {
    match opened(file) {
        Ok(opened) => prop_assert!(opened.pages > 0),
        Err(error) => prop_assert_eq!(error.code(), "file.invalid"),
    }
    Ok(())
}
