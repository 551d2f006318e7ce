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
    let said = SheetOptions { encoding: Some(Encoding::Utf8), delimiter: None, ..SheetOptions::default() };
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

/// The text in UTF-16, with a mark or without.
fn utf16(text: &str, encoding: Encoding, mark: bool) -> Vec<u8> {
    let text = if mark { format!("\u{feff}{text}") } else { text.to_owned() };
    let to_bytes = if encoding == Encoding::Utf16Le { u16::to_le_bytes } else { u16::to_be_bytes };
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn domain_2_4_unicode_text_of_excel_is_read_and_hashed_as_it_came() {
    let text = "M\u{e5}l\tb\r\n\u{f8}\t\u{1f600}\r\n\"1\n2\"\tx";
    let expected = [row(1, &["M\u{e5}l", "b"]), row(2, &["\u{f8}", "\u{1f600}"]), row(3, &["1\n2", "x"])];
    for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
        for mark in [true, false] {
            let bytes = utf16(text, encoding, mark);
            assert_eq!(lines(&bytes), expected, "{encoding} {mark}");
            let sheet = Sheet::open(bytes.as_slice(), "t", SheetOptions::default()).unwrap();
            assert_eq!((sheet.encoding, sheet.delimiter), (encoding, b'\t'));
            let spooled = Spooled::read(bytes.as_slice(), "t", u64::MAX).unwrap();
            assert_eq!(sheet.sha256(), spooled.sha256);
        }
    }
}

#[test]
fn domain_2_4_utf_16_that_is_damaged_or_something_else_is_refused() {
    let refused = |bytes: &[u8], encoding| {
        let error = rows(bytes, SheetOptions { encoding, ..SheetOptions::default() }).unwrap_err();
        assert_eq!(error.exit(), crate::platform::exit::Exit::InvalidFile);
        error.message().to_owned()
    };
    let mut odd = utf16("a;b\n1;2\n", Encoding::Utf16Le, true);
    odd.pop();
    assert!(refused(&odd, None).contains("odd number of bytes"));
    let mut lone = utf16("a;b\n1;2\n", Encoding::Utf16Le, true);
    lone.extend([0x3D, 0xD8, b'x', 0]);
    assert!(refused(&lone, None).contains("line 3 has half of a character"));
    assert!(refused(&lone, Some(Encoding::Utf8)).contains("mark of utf-16le"));
    assert!(refused("\u{feff}a;b".as_bytes(), Some(Encoding::Windows1252)).contains("mark of utf-8"));
    assert!(refused(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1], None).contains("Excel workbook"));
}

#[test]
fn a_quote_that_is_never_closed_is_told_on_the_line_where_it_opens() {
    for end in ["", "\n", "\r\n\r\n"] {
        let text = format!("a;b\r\n1;2\r\n3;\"x\r\n4;5\r\n6;7{end}");
        let sheet = Sheet::open(text.as_bytes(), "t", SheetOptions::default()).unwrap();
        let mut faults = Faults::default();
        let mut kept = Vec::new();
        sheet
            .each(|record| {
                if sheet.check(record, &mut faults) {
                    kept.push(record.line);
                }
                Ok(())
            })
            .unwrap();
        let [fault] = faults.listed().try_into().unwrap();
        assert_eq!((fault.line, fault.code, fault.column.as_deref()), (3, "quote.unclosed", Some("b")));
        assert_eq!(kept, [2]);
    }
    let closed = lines(b"a;b\n\n\n\"1\";\"x\ny\"");
    assert_eq!(closed, [row(1, &["a", "b"]), row(4, &["1", "x\ny"])]);
    let error = rows(b"a;\"b\n1;2\n", SheetOptions::default()).unwrap_err();
    assert_eq!(error.detail_values()[0]["code"], "quote.unclosed");
    // A quote within a cell, or behind a closed one, is a character like any other.
    for text in ["a;b\n1;x\"\n", "a;b\n1;\"x\"y\"\n", "a;b\n1;\"x\"\"\"\n"] {
        let sheet = Sheet::open(text.as_bytes(), "t", SheetOptions::default()).unwrap();
        sheet
            .each(|record| {
                assert_eq!(record.unclosed, None, "{text}");
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_record_past_the_limit_is_refused_and_a_flood_of_blank_lines_is_not() {
    let limit = usize::try_from(records::LIMIT).unwrap();
    let error =
        rows(format!("a;b\n1;2\n3;\"x\n{}", "4;5\n".repeat(limit)).as_bytes(), SheetOptions::default())
            .unwrap_err();
    assert!(error.message().contains("begins in line 3"), "{}", error.message());
    assert!(error.message().contains("opens in line 3"), "{}", error.message());
    assert_eq!(error.detail_values()[0]["line"], 3);
    let long = |n: usize| rows(format!("a\n\n{}\nz", "x".repeat(n)).as_bytes(), SheetOptions::default());
    assert_eq!(long(limit - 1).unwrap()[2], row(4, &["z"]));
    assert!(long(limit).unwrap_err().message().contains("begins in line 3"));
    let flood = format!("a;b\n{}1;2\n3;4\n", "\n".repeat(3 * limit));
    let line = 3 * limit as u64 + 2;
    assert_eq!(
        lines(flood.as_bytes()),
        [row(1, &["a", "b"]), row(line, &["1", "2"]), row(line + 1, &["3", "4"])]
    );
}

#[test]
fn domain_2_4_a_row_of_another_width_is_told() {
    let sheet = Sheet::open(&b"a;b;\n1;2;\n1;2;;\n1;2;3\n1\n"[..], "t", SheetOptions::default()).unwrap();
    let mut faults = Faults::default();
    sheet
        .each(|record| {
            sheet.check_whole(record, &mut faults);
            Ok(())
        })
        .unwrap();
    let found: Vec<_> = faults.listed().iter().map(|fault| (fault.line, fault.code)).collect();
    assert_eq!(found, [(4, "row.too-long"), (5, "row.too-short")]);
}

#[test]
fn domain_2_4_unbreakable_blanks_are_blanks() {
    for bytes in [
        "a;b\n\u{a0} x\u{202f};\u{2009}å\u{a0}\u{a0}\n \u{a0};\u{202f}\n".as_bytes(),
        b"a;b\n\xa0 x\xa0;\xe5\xa0 \n",
    ] {
        assert_eq!(lines(bytes), [row(1, &["a", "b"]), row(2, &["x", "å"])]);
    }
    // Its last byte is that of NBSP.
    assert_eq!(lines("a\nxà\n".as_bytes())[1], row(2, &["xà"]));
}

#[test]
fn domain_2_4_what_excel_broke_is_said() {
    let code = |text: &str| cell::broken_by_excel(text).map_or("", |broken| broken.code);
    for text in ["4,12E+12", "4.12E+12", " 5,79E+12 ", "1E-07"] {
        assert_eq!(code(text), "excel.scientific", "{text}");
    }
    for text in ["maj-26", "mar-26", "01-maj", "26-okt", "jan 2026"] {
        assert_eq!(code(text), "excel.date", "{text}");
    }
    for text in ["#####", "#N/A", "#REF!", "#I/T", "#REFERENCE!", "#VÆRDI!", "#NAVN?", "#DIVISION/0!"] {
        assert_eq!(code(text), "excel.error", "{text}");
    }
    for text in ["", "#", "#1", "E+5", "1E5", "10213231", "3-4", "marked-26", "maj", "æøå", "1.234"] {
        assert_eq!(code(text), "", "{text}");
    }
    let cvr = |text: &str| cell::read(text, str::parse::<crate::values::Cvr>);
    let broken = cvr("1,02E+07").unwrap_err();
    assert_eq!((broken.code, broken.noun), ("excel.scientific", "a CVR number"));
    assert_eq!(cvr("12345678").unwrap_err().code, "cvr.invalid");
    assert!(cvr("10213231").is_ok());
}

#[test]
fn domain_2_4_numbers_and_dates_are_read_as_danish_sheets_have_them() {
    let count = |text: &str| cell::read(text, parse_count).map_err(|invalid| invalid.code);
    assert_eq!(count("1.234"), Ok(1234));
    assert_eq!(count("1\u{a0}234"), Ok(1234));
    assert_eq!(count("12.34"), Err("number.invalid"));
    assert_eq!(count("maj-26"), Err("excel.date"));
    let ore = |text: &str| cell::read(text, Ore::from_danish).map(Ore::get).map_err(|invalid| invalid.code);
    assert_eq!(ore("123-"), Ok(-12_300));
    assert_eq!(ore("kr.\u{a0}1\u{202f}234,50"), Ok(123_450));
    assert_eq!(ore("#####"), Err("excel.error"));
    let percent = cell::read("99,90\u{a0}%", str::parse::<crate::values::BasisPoints>).unwrap();
    assert_eq!(percent.get(), 9990);
    for text in ["31-05-2026", "2026-05-31"] {
        assert_eq!(cell::read(text, crate::values::parse_date).unwrap().to_string(), "2026-05-31");
    }
}

/// What was written in a form, read again: the cells as they were before.
fn written_and_read(form: Form, table: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut writer = SheetWriter::new(Vec::new(), form);
    for cells in table {
        writer.texts(cells).unwrap();
    }
    let bytes = writer.finish().unwrap();
    let unmarked = form.encoding != Encoding::Utf8 && !(form.mark && form.encoding != Encoding::Windows1252);
    let options = SheetOptions {
        encoding: Some(form.encoding).filter(|_| unmarked),
        delimiter: None,
        ..SheetOptions::default()
    };
    let sheet = Sheet::open(bytes.as_slice(), "t", options).unwrap();
    assert_eq!((sheet.encoding, sheet.delimiter), (form.encoding, form.delimiter));
    let mut read = vec![sheet.header.clone()];
    sheet
        .each(|record| {
            assert_eq!(record.unclosed, None);
            let exact = (0..record.len()).map(|index| record.exact(index).into_owned());
            let raw = (0..record.len()).map(|index| sheet.text(record.raw(index)).into_owned());
            read.push(if form.guarded { exact.collect() } else { raw.collect() });
            Ok(())
        })
        .unwrap();
    read
}

#[test]
fn lessons_csv_injection_texts_are_guarded_and_numbers_never() {
    let mut row = Vec::new();
    let text = |text: &'static str| Cell::Text(text.into());
    let cells =
        [text("=1+1"), text("plain"), Cell::Value("-5".into()), text("007"), text("\tx"), text("Åse \"A\"")];
    Form::from(Dialect::ExcelDa).row(cells.clone(), &mut row);
    assert_eq!(
        String::from_utf8(row.clone()).unwrap(),
        "\"\t=1+1\";plain;-5;\"\t007\";\"\t\tx\";\"Åse \"\"A\"\"\"\r\n"
    );
    row.clear();
    Form::from(Dialect::Plain).row(cells, &mut row);
    assert_eq!(String::from_utf8(row).unwrap(), "=1+1,plain,-5,007,\tx,\"Åse \"\"A\"\"\"\r\n");
    let guarded = |text: &str| excel::needs_guard(text.as_bytes());
    for text in [
        "=A1",
        "+45 12345678",
        "-",
        "@x",
        "\t",
        "\r",
        "0123",
        "123456789012",
        "1E5",
        "4,12E+12",
        "maj-26",
        "1. maj",
        "3-4",
        "1/2",
        "2026-05",
        "12:30",
        "1.234",
        "50 %",
        " 007",
        "true",
    ] {
        assert!(guarded(text), "{text:?}");
    }
    for text in
        ["", "0", "10213231", "12345678901", "abc", "anna@example.dk", "accounting:01234", "B3", "a=b", "maj"]
    {
        assert!(!guarded(text), "{text:?}");
    }
}

#[test]
fn what_an_encoding_does_not_have_is_a_question_mark() {
    assert_eq!(Encoding::Windows1252.bytes("\u{1f600}–æ").as_ref(), b"?\x96\xe6");
}

/// Cells that windows-1252 has too, and many that are hard on a CSV reader.
const CELL: &str = "[=+@\t\r\n\";, a0-9E./\u{a0}æøåÆ€–-]{0,8}|[0-9]{1,14}|[0-9]{1,2}-(maj|okt)|\t{0,3}=x";

fn table(cell: &'static str) -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![4 => cell, 1 => "[a-z]{1,4}"];
    (1_usize..4).prop_flat_map(move |width| {
        proptest::collection::vec(proptest::collection::vec(cell.clone(), width), 0..6).prop_map(
            move |rows| {
                let header = (0..=width).map(|n| format!("h{n}")).collect();
                // Rows of nothing are passed over, so each has a cell of its own.
                let rows = rows.into_iter().map(|row| [vec!["x".to_owned()], row].concat());
                std::iter::once(header).chain(rows).collect()
            },
        )
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = rows(&bytes, SheetOptions::default());
        let _ = (plain_count(&bytes), plain_ore(&bytes));
    }

    #[test]
    fn no_bytes_behind_a_mark_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for (encoding, mark) in Encoding::marked() {
            let _ = rows(&[mark, &bytes].concat(), SheetOptions::default());
            let options = SheetOptions { encoding: Some(encoding), delimiter: Some(b','), ..SheetOptions::default() };
            let _ = rows(&bytes, options);
        }
    }

    #[test]
    fn any_table_survives_write_and_read(table in table(CELL), which in 0_usize..4, mark in any::<bool>(),
        says_delimiter in any::<bool>(), guarded in any::<bool>(), delimiter in "[;,\t]") {
        use crate::values::Coded;
        let form = Form {
            encoding: Encoding::all()[which], delimiter: delimiter.as_bytes()[0], mark, says_delimiter, guarded,
        };
        // Without a mark, bytes of windows-1252 and of UTF-8 are told apart by what they are.
        prop_assert_eq!(written_and_read(form, &table), table);
    }

    #[test]
    fn lessons_csv_injection_any_texts_survive_excel_da(table in table("\\PC{0,6}|[=+@\t\r\n-]{0,3}[0-9a-z]{0,3}")) {
        prop_assert_eq!(written_and_read(Dialect::ExcelDa.into(), &table), table);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_record_is_larger_than_the_limit(pattern in "[\"\n;a\r]{1,6}", head in "[\"\n;a]{0,4}", size in 0_usize..3_000_000) {
        let bytes = [head.as_bytes(), &pattern.as_bytes().repeat(size / pattern.len())].concat();
        let Ok(sheet) = Sheet::open(bytes.as_slice(), "t", SheetOptions::default()) else { return Ok(()) };
        let _ = sheet.each(|record| {
            assert!(record.cells.as_slice().len() as u64 <= records::LIMIT);
            Ok(())
        });
    }
}
