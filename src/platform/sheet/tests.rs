//! What sheets are read as.

use proptest::prelude::*;

use super::number::{plain_count, plain_ore};
use super::*;
use crate::values::{Ore, parse_count};

fn rows(bytes: &[u8], options: SheetOptions) -> Result<Vec<(u64, Vec<String>)>> {
    let sheet = Sheet::open(bytes, "test.csv", options)?;
    let mut rows = vec![(sheet.header_line, sheet.header.clone())];
    sheet.each(|record| {
        let cells = (0..record.len()).map(|i| sheet.text(record.cell(i)).into_owned()).collect();
        rows.push((record.line, cells));
        Ok(())
    })?;
    Ok(rows)
}

fn lines(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    rows(bytes, SheetOptions::default()).unwrap()
}

fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
    (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

#[test]
fn domain_2_4_lines_are_counted_whatever_ends_them() {
    let expected = [row(1, &["a", "b"]), row(2, &["1", "2"]), row(5, &["3", "4"])];
    assert_eq!(lines(b"a;b\n1;2\n\n\n3;4\n"), expected);
    assert_eq!(lines(b"a;b\r\n1;2\r\n\r\n;\r\n3;4\r\n"), expected);
    assert_eq!(lines(b"a;b\n1;2\n\n\n3;4"), expected);
    assert_eq!(lines(b"a;b\r\n1;2\r\n;\r\n\r\n\"3\";\"4\"\r\n"), expected);
    let expected = [row(2, &["a", "b"]), row(3, &["1\n2", "x;\"y"]), row(5, &["3", "4"])];
    assert_eq!(lines(b"sep=;\r\na;b\r\n\"1\n2\";\"x;\"\"y\"\r\n3;4"), expected);
}

#[test]
fn domain_2_4_the_encoding_is_told_from_the_bytes() {
    let expected = [row(1, &["M\u{e5}l", "b"]), row(2, &["\u{f8}", "\u{c6}"])];
    assert_eq!(lines("\u{feff}Mål,b\nø,Æ\n".as_bytes()), expected);
    assert_eq!(lines("Mål\tb\nø\tÆ\n".as_bytes()), expected);
    assert_eq!(lines(b"M\xe5l;b\n\xf8;\xc6\n"), expected);
    let error = rows(&[0xFF, 0xFE, b'a', 0], SheetOptions::default()).unwrap_err();
    assert!(error.message().contains("UTF-16"), "{}", error.message());
    let said = SheetOptions { encoding: Some(Encoding::Utf8), delimiter: None };
    assert!(rows(b"M\xe5l;b\n", said).unwrap_err().message().contains("not UTF-8"));
    assert!(rows(b"", SheetOptions::default()).unwrap_err().message().contains("empty"));
}

#[test]
fn domain_2_4_a_character_across_two_blocks_is_still_utf_8() {
    let text = format!("a;b\n{}", "ø;å\n".repeat(200_000));
    let mut text = text.into_bytes();
    text.insert(0, b'x');
    let sheet = Sheet::open(text.as_slice(), "big.csv", SheetOptions::default()).unwrap();
    assert_eq!(sheet.encoding, Encoding::Utf8);
}

#[test]
fn domain_2_4_unknown_doubled_and_missing_columns_are_named() {
    let sheet = Sheet::open(&b"A;b;a;x\n"[..], "t", SheetOptions::default()).unwrap();
    let headings = [
        Heading { names: &["a"], required: true },
        Heading { names: &["B", "bb"], required: true },
        Heading { names: &["c"], required: true },
    ];
    let error = sheet.columns(&headings).unwrap_err();
    let codes: Vec<_> = error.detail_values().iter().map(|d| d["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["column.doubled", "column.unknown", "column.missing"]);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = rows(&bytes, SheetOptions::default());
        let _ = (plain_count(&bytes), plain_ore(&bytes));
    }

    #[test]
    fn no_text_with_many_quotes_panics(text in "[\";,\t\r\n a\u{e5}=sep]{0,80}") {
        let _ = rows(text.as_bytes(), SheetOptions::default());
    }

    #[test]
    fn the_quick_way_agrees_with_the_careful_one(text in "[0-9.,]{0,12}", grouped in any::<u32>()) {
        for text in [text, Ore::new(i64::from(grouped)).danish()] {
            if let Some(count) = plain_count(text.as_bytes()) {
                prop_assert_eq!(parse_count(&text), Ok(count));
            }
            if let Some(ore) = plain_ore(text.as_bytes()) {
                prop_assert_eq!(Ore::from_danish(&text), Ok(Ore::new(ore)));
            }
        }
    }
}
