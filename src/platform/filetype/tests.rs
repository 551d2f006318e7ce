//! Files of every type that is known, and files that pretend.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Content, canonical, look};
use crate::platform::blob::Spooled;

const PDF: &[u8] = include_bytes!("../../../fixtures/agreements/oes-kundeaftale.pdf");

fn content(bytes: &[u8]) -> Content {
    look(&Spooled::read(bytes, "file", u64::MAX).unwrap()).unwrap()
}

fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn elf() -> Vec<u8> {
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.resize(100, 0);
    elf
}

/// One of each, under the endings that it fits.
fn samples() -> Vec<(Vec<u8>, &'static [&'static str])> {
    let office =
        |folder: &str| packed(&[("[Content_Types].xml", "<Types/>"), (&format!("{folder}/x.xml"), "x")]);
    let open = |kind: &str| {
        packed(&[("mimetype", &format!("application/vnd.oasis.opendocument.{kind}")), ("content.xml", "x")])
    };
    let signed = b"\x30\x82\x0b\x8e\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x0b\x7f".to_vec();
    vec![
        (PDF.to_vec(), &["pdf"]),
        (office("word"), &["docx", "zip"]),
        (office("xl"), &["xlsx", "zip"]),
        (office("ppt"), &["pptx", "zip"]),
        (open("text"), &["odt", "zip"]),
        (open("spreadsheet"), &["ods", "zip"]),
        (open("presentation"), &["odp", "zip"]),
        (packed(&[("mimetype", "application/vnd.etsi.asic-e+zip"), ("a.pdf", "x")]), &["asice", "zip"]),
        (packed(&[("META-INF/signatures0.xml", "x"), ("a.pdf", "x")]), &["asice", "zip"]),
        (packed(&[("a.pdf", "x")]), &["zip"]),
        (packed(&[]), &["zip"]),
        (b"{\\rtf1\\ansi Bilag}".to_vec(), &["rtf"]),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), &["png"]),
        (b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), &["jpeg"]),
        (b"II*\0\x08\0\0\0\0\0".to_vec(), &["tiff"]),
        (signed, &["p7s"]),
        (b"-----BEGIN PKCS7-----\nMIIB\n".to_vec(), &["txt", "csv", "eml", "p7s"]),
        ("Kære Anna\r\n\tBlåbærgrød\n".as_bytes().to_vec(), &["txt", "csv", "eml"]),
        (b"Bl\xe5b\xe6rgr\xf8d, i Windows-1252".to_vec(), &["txt", "csv", "eml"]),
        (b"MZ;BM;PK;uden nuller".to_vec(), &["txt", "csv", "eml"]),
        (b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<p>x</p>".to_vec(), &["txt", "csv", "eml", "xml"]),
        (b"From: a@example.dk\r\n\r\n<html>x</html>".to_vec(), &["txt", "csv", "eml"]),
    ]
}

const ENDINGS: [&str; 18] = [
    "pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "rtf", "txt", "csv", "xml", "png", "jpeg", "tiff",
    "eml", "zip", "asice", "p7s",
];

#[test]
fn each_type_fits_its_own_ending_and_no_other() {
    for (n, (bytes, fitting)) in samples().into_iter().enumerate() {
        let found = content(&bytes);
        for ending in ENDINGS {
            assert_eq!(found.fits(ending), fitting.contains(&ending), "sample {n}: {found:?} as {ending}");
        }
        assert!(found.fits("dwg"), "sample {n}: nothing is known of that ending");
    }
}

#[test]
fn programs_and_html_fit_no_name() {
    let exe = b"MZ\x90\0\x03\0\0\0".to_vec();
    let class = b"\xca\xfe\xba\xbe\0\0\0\x3d".to_vec();
    for (bytes, expected) in [
        (exe, Content::Program),
        (elf(), Content::Program),
        (class, Content::Program),
        (b"\xcf\xfa\xed\xfe\x07\0\0\x01".to_vec(), Content::Program),
        (b"#!/bin/sh\nrm -rf x\n".to_vec(), Content::Program),
        (b"<!DOCTYPE html><p>x".to_vec(), Content::Html),
        (b"\xef\xbb\xbf \n<HTML\nlang=da>".to_vec(), Content::Html),
        (b"<!-- a --><?xml version='1.0'?> <!-- b --> <html xmlns='x'>".to_vec(), Content::Html),
        (b"<script >alert(1)</script>".to_vec(), Content::Html),
        // What a PDF reader would still open.
        (b"<html>%PDF-1.7".to_vec(), Content::Html),
        (Vec::new(), Content::Empty),
    ] {
        let found = content(&bytes);
        assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(&bytes));
        assert!(ENDINGS.into_iter().chain(["exe", "html", "dwg"]).all(|ending| !found.fits(ending)));
    }
}

#[test]
fn text_is_text_to_its_end_wherever_its_pieces_part() {
    // A character of two bytes on either side of where a piece ends.
    for length in [256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1] {
        let text = format!("{}å…€", "a".repeat(length - 1));
        assert_eq!(content(text.as_bytes()), Content::Text, "{length}");
        let broken = format!("{}\0", "a".repeat(length));
        assert_eq!(content(broken.as_bytes()), Content::Unknown, "{length}");
    }
    let cut = [b"\x81 ".as_slice(), "å".as_bytes().get(..1).unwrap()].concat();
    assert_eq!(content(&cut), Content::Unknown, "neither UTF-8 nor Windows-1252");
    let utf16: Vec<u8> = "Kære".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_ne!(content(&utf16), Content::Text);
}

#[test]
fn a_zip_that_is_cut_off_is_no_zip_and_old_office_is_told() {
    let whole = packed(&[("a.txt", "x"), ("b.txt", "y")]);
    assert_eq!(content(whole.get(..whole.len() / 2).unwrap()), Content::DamagedZip);
    assert!(!Content::DamagedZip.fits("zip") && !Content::DamagedZip.fits("docx"));
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0".to_vec();
    assert_eq!(content(&ole), Content::Known("ole"));
}

#[test]
fn endings_have_one_spelling() {
    assert_eq!([" JPG", "jpe", "TIF", "Docx"].map(canonical), ["jpeg", "jpeg", "tiff", "docx"]);
}
