//! CSV in and out: what Excel writes is read, and what is written for Excel is read back the same.

use portalctl::platform::sheet::{Sheet, SheetOptions};

use crate::support::World;

/// Every cell of a CSV text, the heading first, exactly as it was before it was written.
fn cells(text: &str) -> Vec<Vec<String>> {
    let sheet = Sheet::open(text.as_bytes(), "export.csv", SheetOptions::default()).unwrap();
    let mut rows = vec![sheet.header.clone()];
    sheet
        .each(|record| {
            rows.push((0..record.len()).map(|index| record.exact(index).into_owned()).collect());
            Ok(())
        })
        .unwrap();
    rows
}

#[test]
fn lessons_csv_injection_an_export_for_excel_is_read_back_the_same() {
    let world = World::peopled();
    for line in [
        "tenant create --cvr 53383211 --name '=HYPERLINK(\"http://example.dk\")' --gln 5798000000001",
        "tenant create --cvr 17143611 --name='-2+3;\"x\"' --ministry 'maj-26'",
        "user create --email plus@example.dk --name '@Anna; Holm' --title '007' --phone '+45 12345678'",
    ] {
        world.run(line).ok();
    }
    for line in ["tenant list", "user list", "unit list", "audit list", "mail list", "tenant show 53383211"] {
        let plain = world.run(&format!("{line} --format csv")).ok().out;
        let excel = world.run(&format!("{line} --format csv --csv-dialect excel-da")).ok().out;
        assert!(excel.starts_with('\u{feff}') && !plain.starts_with('\u{feff}'), "{line}");
        assert_eq!(cells(&excel), cells(&plain), "{line}");
        assert_eq!(world.run(&format!("{line} --format csv --csv-dialect plain")).ok().out, plain);
        // No cell begins as a formula does.
        let danger = |cell: &str| cell.starts_with(['=', '+', '-', '@']);
        let raw = Sheet::open(excel.as_bytes(), "e", SheetOptions::default()).unwrap();
        raw.each(|record| {
            assert!((0..record.len()).all(|n| !danger(&String::from_utf8_lossy(record.raw(n)))), "{line}");
            Ok(())
        })
        .unwrap();
    }
    let excel = world.run("tenant list --format csv --csv-dialect excel-da --fields cvr,name,glns").ok().out;
    assert!(
        excel.contains("53383211;\"\t=HYPERLINK(\"\"http://example.dk\"\")\";\"\t5798000000001\"\r\n"),
        "{excel}"
    );
}

#[test]
fn figures_for_excel_have_decimal_commas_and_say_their_unit() {
    let world = World::peopled();
    world
        .run("kpi target set --measure A1 --from 2026-01-01 --percent 99,5 --max-days 1 --reason fordi")
        .ok();
    let said = world.run("kpi target list --format csv --csv-dialect excel-da").ok().out;
    assert!(said.starts_with("\u{feff}measure;from;target_percent;max_days\r\n"), "{said}");
    assert!(said.contains("A1;2026-01-01;99,50;1\r\n"), "{said}");
    let plain = world.run("kpi target list --format csv").ok().out;
    assert!(plain.contains("A1,2026-01-01,9950,1\r\n"), "{plain}");
}

#[test]
fn changes_are_written_for_excel_too_and_the_dialect_is_about_csv_alone() {
    let mut world = World::peopled();
    let change = "tenant create --cvr 53383211 --name '=1' --dry-run --format csv --csv-dialect excel-da";
    let said = world.run(change).ok().out;
    assert!(said.starts_with("\u{feff}result;code;"), "{said}");
    assert!(said.contains(";\"\t=1\";"), "{said}");
    insta::assert_snapshot!(world.run("tenant list --csv-dialect excel-da"), @"
    ------- stderr -------
    error: --csv-dialect says how CSV is written, and this answer is not CSV
    hint: add --format csv, or leave --csv-dialect away
    [exit code 2]
    ");
    assert_eq!(world.refused("tenant list --csv-dialect excel-da"), (2, "usage".to_owned()));
    assert_eq!(world.run("tenant list --format csv --csv-dialect excel-en").code, 2);
    world.vars.insert("PORTALCTL_FORMAT".into(), "csv".into());
    world.run("tenant list --csv-dialect excel-da").ok();
}

const HEADING: &str = "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;\
    Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb";

#[test]
fn domain_2_4_figures_come_in_as_unicode_text() {
    let world = World::peopled();
    let text = format!(
        "\u{feff}{HEADING}\r\n01-05-2026;A1;10213231;Bogføringskreds;12345;Ærø;1\u{a0}200;1.190;10;;;\r\n"
    );
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let bytes = utf16(&text.replace(';', "\t"));
    world.write("unicode.txt", &bytes);
    let answer = world.json("kpi import unicode.txt --dry-run");
    let summary = &answer["summary"];
    assert_eq!((&summary["encoding"], &summary["delimiter"]), (&"utf-16le".into(), &"\t".into()));
    assert_eq!(summary["created"], 1);
    world.write("bare.txt", &bytes[2..]);
    let said = "kpi import bare.txt --encoding utf-16le --delimiter tab --dry-run";
    assert_eq!(world.json(said)["summary"]["created"], 1);
    let bulk = world.run("kpi import unicode.txt --dry-run --format csv --csv-dialect excel-da").ok().out;
    assert_eq!(bulk, "\u{feff}key;result;message\r\n");
    world.write("odd.txt", &bytes[..bytes.len() - 1]);
    assert_eq!(world.refused("kpi import odd.txt"), (65, "file.invalid".to_owned()));
    assert_eq!(world.refused("kpi import unicode.txt --encoding utf-8"), (65, "file.invalid".to_owned()));
    assert_eq!(world.run("kpi import unicode.txt --delimiter :").code, 2);
}

#[test]
fn domain_2_4_what_excel_broke_and_open_quotes_are_said() {
    let world = World::peopled();
    let rows = [
        "01-05-2026;A1;1,02E+07;Bogføringskreds;12345;;4,12E+12;1;1;;;",
        "#####;A1;10213231;Bogføringskreds;12345;;1;1;maj-26;;;",
        "maj-26;#N/A;10213231;Bogføringskreds;12345;;1;1;0;;;",
        "01-05-2026;A1;10213231;Bogføringskreds;12345;\"Ærø;1;1;0;;;",
        "01-05-2026;A1;10213231;Bogføringskreds;12345;;1;1;0;;;",
    ];
    world.write("broken.csv", format!("{HEADING}\r\n{}\r\n", rows.join("\r\n")));
    let said = world.run("kpi import broken.csv --format json");
    assert_eq!(said.code, 65, "{said}");
    let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    let faults = error["error"]["details"].as_array().unwrap();
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    let expected = [
        (2, "excel.scientific"),
        (2, "excel.scientific"),
        (3, "excel.error"),
        (3, "excel.date"),
        (4, "month.invalid"),
        (4, "excel.error"),
        (5, "quote.unclosed"),
    ];
    assert_eq!(found, expected, "{said}");
}
