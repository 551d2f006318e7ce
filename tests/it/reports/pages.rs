//! What pages and PDFs of `report kpi` show, cell by cell, beside sums made here.

use std::process::Command;

use super::{Put, percent, summed, world};
use crate::support::World;

const OWN: &str = "10213231";

/// The tab of a measure.
fn tab<'a>(page: &'a str, code: &str) -> &'a str {
    let start = page.find(&format!("\">{code} – ")).unwrap_or_else(|| panic!("no tab of {code}"));
    page[start..].split("</section>").next().unwrap()
}

fn text(cell: &str) -> String {
    cell.replace("&lt;", "<").replace("&gt;", ">").replace("&#x2f;", "/").replace("&amp;", "&")
}

/// The rows of the table with this caption, each cell as it is read.
fn table(part: &str, caption: &str) -> Vec<Vec<String>> {
    let start = part.find(&format!("<caption>{caption}</caption>"));
    let start = start.unwrap_or_else(|| panic!("no table \"{caption}\""));
    let body = part[start..].split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
    let cells = |row: &str| -> Vec<String> {
        row.lines()
            .filter(|line| line.starts_with("<th") || line.starts_with("<td"))
            .map(|line| text(line.split_once('>').unwrap().1.split("</t").next().unwrap()))
            .collect()
    };
    body.split("<tr").skip(1).map(cells).collect()
}

fn page(world: &World, line: &str) -> String {
    world.run(&format!("{line} --out p.html --force")).ok();
    std::fs::read_to_string(world.path("p.html")).unwrap()
}

/// A whole number with Danish thousands.
fn thousands(number: i128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}

/// What a row of A1–A3 says of a sum: share, count, within, over.
fn within(name: &str, (numerator, denominator): (i128, i128)) -> Vec<String> {
    [name.to_owned(), percent((numerator, denominator))]
        .into_iter()
        .chain([denominator, numerator, denominator - numerator].map(thousands))
        .collect()
}

const MONTHS: [&str; 5] = ["januar", "februar", "marts", "april", "maj"];

#[test]
fn k_162_k_163_k_166_every_cell_of_a_tab_is_what_the_figures_add_up_to() {
    let (world, figures) = world();
    let page = page(&world, "report kpi --tenant oes");
    let name = "Økonomistyrelsen &amp; &lt;Co&gt;";
    for measure in ["A1", "A2", "A3"] {
        let part = tab(&page, measure);
        let here = |put: &Put| put.measure == measure && put.year == 2026;
        let own = |put: &Put| here(put) && put.cvr == OWN;
        let (own_all, all) = (summed(&figures, own, |_| ())[&()], summed(&figures, here, |_| ())[&()]);
        let mut areas: Vec<Vec<String>> = summed(&figures, own, |put| put.area)
            .into_iter()
            .map(|(area, sums)| within(if area.is_empty() { "(Tom)" } else { area }, sums))
            .collect();
        areas.push(within("Økonomistyrelsen & <Co> i alt", own_all));
        areas.push(within("Alle kunder", all));
        assert_eq!(table(part, &format!("Efter serviceområde: {name}, januar–maj 2026")), areas, "{measure}");
        let by_month = summed(&figures, own, |put| put.month);
        let all_by_month = summed(&figures, here, |put| put.month);
        let months: Vec<Vec<String>> = by_month
            .into_iter()
            .map(|(month, sums)| {
                let mut cells = within(&format!("{} 2026", MONTHS[month as usize - 1]), sums);
                cells.push(percent(all_by_month[&month]));
                cells
            })
            .collect();
        assert_eq!(table(part, &format!("Efter måned: {name}, januar–maj 2026")), months, "{measure}");
        let units: Vec<Vec<String>> = summed(&figures, own, |put| put.unit.clone())
            .into_iter()
            .map(|(unit, sums)| within(&unit.replace("accounting:", "Bogføringskreds "), sums))
            .collect();
        assert_eq!(table(part, &format!("Efter enhed: {name}, januar–maj 2026")), units, "{measure}");
        // The chart says in words what its line shows.
        for (month, sums) in all_by_month {
            assert!(
                part.contains(&format!("{} {}", MONTHS[month as usize - 1], percent(sums))),
                "{measure} {month}"
            );
        }
    }
}

/// The targets of DOMAIN §2.1: all that is known.
fn target(measure: &str, year: i32) -> Option<i128> {
    match (measure, year) {
        ("B1", _) => Some(10_000),
        ("B2", 2026..) => Some(9_900),
        ("B2", _) => Some(9_850),
        ("B3", 2026..) => Some(9_990),
        _ => None,
    }
}

#[test]
fn domain_2_2_years_stand_side_by_side_with_the_targets_of_their_time() {
    let (world, figures) = world();
    let page = page(&world, "report kpi --tenant oes");
    for measure in ["A1", "A2", "A3", "B1", "B2", "B3"] {
        let part = tab(&page, measure);
        let rows = table(part, "De samme måneder i hvert år: januar–maj");
        let mut expected = Vec::new();
        for year in [2026, 2025, 2024] {
            let here = |put: &Put| put.measure == measure && put.year == year && put.month <= 5;
            let own = summed(&figures, |put| here(put) && put.cvr == OWN, |_| ())[&()];
            let all = summed(&figures, here, |_| ())[&()];
            let target = target(measure, year);
            let told = |bp: i128| format!("{},{:02} %", bp / 100, bp % 100);
            let met = target.map(|target| all.0 * 10_000 >= target * all.1);
            let mut cells = vec![year.to_string(), percent(own), percent(all)];
            cells.push(target.map_or("Intet mål fastsat".to_owned(), told));
            cells.push(met.map_or("–", |met| if met { "Ja" } else { "Nej" }).to_owned());
            expected.push(cells);
        }
        // Behind these stands the limit, where there is one.
        let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row[..5].to_vec()).collect();
        assert_eq!(rows, expected, "{measure}");
    }
    // How much better or worse than the year before: own, then all customers'.
    let bp = |year: i32, cvr: Option<&str>| {
        let here = |put: &Put| {
            put.measure == "B1" && put.year == year && put.month <= 5 && cvr.is_none_or(|cvr| put.cvr == cvr)
        };
        let (numerator, denominator) = summed(&figures, here, |_| ())[&()];
        numerator * 10_000 / denominator
    };
    for cvr in [Some(OWN), None] {
        let change = bp(2026, cvr) - bp(2025, cvr);
        let points = format!("{},{:02}", change.abs() / 100, change.abs() % 100);
        let told = match change {
            1.. => format!("▲ {points} procentpoint højere"),
            0 => "uændret".to_owned(),
            _ => format!("▼ {points} procentpoint lavere"),
        };
        assert!(tab(&page, "B1").contains(&told), "{told}");
    }
}

#[test]
fn domain_2_2_only_months_that_both_years_have_closed_are_compared() {
    let (world, figures) = world();
    world.run("kpi reopen 2025-02 --reason rettelse --yes").ok();
    let said = world.run("report kpi --compare 2025").ok();
    assert!(said.err.contains("not closed in 2025, and so not compared: 2026-02"), "{said}");
    for row in world.json("report kpi --compare 2025").as_array().unwrap() {
        let (measure, year) = (row["measure"].as_str().unwrap(), row["year"].as_i64().unwrap());
        let same = |put: &Put| {
            put.measure == measure && i64::from(put.year) == year && put.month <= 5 && put.month != 2
        };
        let (numerator, denominator) = summed(&figures, same, |_| ())[&()];
        assert_eq!(i128::from(row["numerator"].as_i64().unwrap()), numerator, "{row}");
        assert_eq!(i128::from(row["denominator"].as_i64().unwrap()), denominator, "{row}");
    }
    // The page marks the year that lacks one.
    let page = page(&world, "report kpi --tenant oes");
    let rows = table(tab(&page, "A1"), "De samme måneder i hvert år: januar–maj");
    let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["2026", "2025 (4 af 5 måneder)", "2024"]);
}

#[test]
fn domain_2_1_a_limit_that_changed_is_not_told_of_the_months_before() {
    let (world, _) = world();
    world.run("kpi target set --measure A1 --from 2026-04-01 --max-days 2").ok();
    let page = page(&world, "report kpi --tenant oes");
    let part = tab(&page, "A1");
    assert!(part.contains("Fristen er ændret i perioden eller ikke kendt hele tiden: 1 dag, 2 dage."));
    let year = part.split("<caption>Efter måned").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(year.contains("indenfor fristen") && !year.contains("indenfor 2 dage"), "{year}");
    assert!(part.contains("Kan ikke sammenlignes med 2025"), "a trend under another limit is none");
    let limits = table(part, "De samme måneder i hvert år: januar–maj");
    assert_eq!(limits[0].last().unwrap(), "1 dag, 2 dage");
}

/// Cases of A1: one of each institution is late in April 2026, one was in time, one is open.
const CASES: &str = "Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Sagsnummer;Modtaget;Behandlet\r\n\
    A1;10213231;Bogføringskreds;22222;Kreditor;S-own-late;07-04-2026;10-04-2026\r\n\
    A1;10213231;Bogføringskreds;22222;Kreditor;S-own-ok;08-04-2026;08-04-2026\r\n\
    A1;10213231;Bogføringskreds;22222;Kreditor;S-own-open;09-04-2026;\r\n\
    A1;34051178;Bogføringskreds;33333;Rejser;S-other-late;07-04-2026;15-04-2026\r\n";

#[test]
fn k_164_the_cases_that_missed_are_listed_and_nobody_elses() {
    let world = World::new();
    world.run("tenant create --cvr 10213231 --name Ministeriet --code oes").ok();
    world.run("tenant create --cvr 34051178 --name Digitaliseringsstyrelsen --code digst").ok();
    for (tenant, number) in [("oes", "22222"), ("digst", "33333")] {
        world.run(&format!("unit create --tenant {tenant} --kind accounting --number {number}")).ok();
    }
    world.write("sager.csv", CASES);
    world.run("kpi import sager.csv --items").ok();
    world.run("kpi close 2026-04").ok();
    let own = page(&world, "report kpi --tenant oes");
    // 7 April to 10 April 2026: three working days, of one.
    let row = ["S-own-late", "Bogføringskreds 22222", "Kreditor", "07-04-2026", "10-04-2026", "3", "1"];
    assert_eq!(table(tab(&own, "A1"), "Sager over fristen, januar–april 2026"), [row.map(str::to_owned)]);
    for other in ["S-own-ok", "S-own-open", "S-other-late"] {
        assert!(!own.contains(other), "{other}");
    }
    // All customers' names whose each is.
    let all = page(&world, "report kpi");
    let rows = table(tab(&all, "A1"), "Sager over fristen, januar–april 2026");
    let named: Vec<_> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str(), row[6].as_str())).collect();
    assert_eq!(named, [("S-own-late", "oes", "3"), ("S-other-late", "digst", "6")]);
    if let Some(text) = words_of_pdf(&world, "report kpi --tenant oes --out p.pdf", "p.pdf") {
        assert!(text.contains("S-own-late") && !text.contains("S-other-late"), "{text}");
    }
}

/// The text of a PDF, read by a program that is not ours; `None` where there is none.
fn words_of_pdf(world: &World, line: &str, name: &str) -> Option<String> {
    world.run(line).ok();
    match Command::new("pdftotext").args(["-layout", name, "-"]).current_dir(world.path("")).output() {
        Ok(read) => {
            assert!(read.status.success(), "{read:?}");
            Some(String::from_utf8(read.stdout).unwrap())
        }
        Err(_) => {
            eprintln!("skipped: the pdftotext program is not installed");
            None
        }
    }
}

#[test]
fn k_162_a_pdf_says_the_same_in_every_language_and_is_sound() {
    let (world, figures) = world();
    for (lang, region, share_sign) in [("da", "da-DK", ','), ("nb", "nb-NO", ','), ("en", "en-GB", '.')] {
        let name = format!("{lang}.pdf");
        let text =
            words_of_pdf(&world, &format!("report kpi --tenant oes --lang {lang} --out {name}"), &name);
        for measure in text.iter().flat_map(|_| ["A1", "A2", "A3", "B1", "B2", "B3"]) {
            let of = |put: &Put| put.measure == measure && put.year == 2026;
            let own = summed(&figures, |put| of(put) && put.cvr == OWN, |_| ())[&()];
            for sums in [own, summed(&figures, of, |_| ())[&()]] {
                let bp = sums.0 * 10_000 / sums.1;
                let share = format!("{}{share_sign}{:02}", bp / 100, bp % 100);
                assert!(text.as_ref().unwrap().contains(&share), "{lang} {measure}: {share}");
            }
        }
        let bytes = std::fs::read(world.path(&name)).unwrap();
        let holds = |part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
        for part in ["/StructTreeRoot", "<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"] {
            assert!(holds(part), "{lang}: {part}");
        }
        assert!(holds(&format!("/Lang({region})")) || holds(&format!("/Lang ({region})")), "{lang}");
        super::qpdf(&world, &name);
    }
}
