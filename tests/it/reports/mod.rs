//! Reports through the front door: figures computed here anew over generated data, and the files that people look at.

mod browser;
mod kpi;
mod pages;
mod service;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::World;

/// A figure that was put into a file: year, month, measure, CVR, unit, service area, numerator, denominator.
#[derive(Clone)]
struct Put {
    year: i32,
    month: u32,
    measure: &'static str,
    cvr: &'static str,
    unit: String,
    area: &'static str,
    numerator: i64,
    denominator: i64,
}

const UNITS: [(&str, &str, &str); 5] = [
    ("10213231", "Bogføringskreds", "12345"),
    ("10213231", "Bogføringskreds", "12346"),
    ("10213231", "Løngruppe", "999"),
    ("34051178", "Bogføringskreds", "34567"),
    ("34051178", "Løngruppe", "321"),
];

/// January 2024 to May 2026, all of it final; of September 2024 there is nothing, and of B2 nothing in March 2025.
fn figures() -> Vec<Put> {
    let mut state = 7_u64;
    let mut next = |below: i64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(state >> 33).unwrap() % below
    };
    let mut all = Vec::new();
    for year in 2024..=2026 {
        for month in 1..=if year == 2026 { 5 } else { 12 } {
            for (cvr, kind, number) in UNITS {
                let measures: &[(&'static str, &[&'static str])] = match kind {
                    "Løngruppe" => &[("B1", &[""]), ("B2", &["Løn", ""]), ("B3", &[""])],
                    _ => &[("A1", &["Kreditor", "Rejser"]), ("A2", &["", "Debitor"]), ("A3", &[""])],
                };
                for (measure, areas) in measures {
                    for area in *areas {
                        let skipped =
                            (year, month) == (2024, 9) || (year, month, *measure) == (2025, 3, "B2");
                        let scale = if *measure == "B3" { 900_000_000 } else { 3000 };
                        let denominator = 1 + next(scale);
                        let missed = next(2 + denominator / 60);
                        let put = Put {
                            year,
                            month,
                            measure,
                            cvr,
                            unit: format!(
                                "{}:{number}",
                                if kind == "Løngruppe" { "payroll" } else { "accounting" }
                            ),
                            area,
                            numerator: (denominator - missed).max(0),
                            denominator,
                        };
                        all.extend((!skipped).then_some(put));
                    }
                }
            }
        }
    }
    all
}

fn sheet(figures: &[Put]) -> String {
    let mut text = String::from(
        "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;\
         Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet\r\n",
    );
    for put in figures {
        let (kind, number) = put.unit.split_once(':').unwrap();
        let kind = if kind == "payroll" { "Løngruppe" } else { "Bogføringskreds" };
        let missed = put.denominator - put.numerator;
        let kroner = |ore: i64| format!("{},{:02}", ore / 100, ore % 100);
        let rest = match put.measure {
            "B1" | "B2" => format!("{};;;{missed};;", put.denominator),
            "B3" => format!(";;;;{};{}", kroner(put.denominator), kroner(missed)),
            _ => format!("{};{};{missed};;;", put.denominator, put.numerator),
        };
        let Put { year, month, measure, cvr, area, .. } = put;
        writeln!(text, "01-{month:02}-{year};{measure};{cvr};{kind};{number};{area};{rest};Ja\r").unwrap();
    }
    text
}

/// Two institutions with those figures.
fn world() -> (World, Vec<Put>) {
    let world = World::new();
    for line in [
        "tenant create --cvr 10213231 --name 'Økonomistyrelsen & <Co>' --code oes --ministry Finansministeriet",
        "tenant create --cvr 34051178 --name Digitaliseringsstyrelsen --code digst",
        "tenant create --cvr 53383211 --name Kriminalforsorgen --code krim",
        "user create --email rasmus@oes.example.dk --name 'Rasmus Bo' --b-number B123457 --rights oes:reports",
    ] {
        world.run(line).ok();
    }
    let figures = figures();
    world.write("kpi.csv", sheet(&figures));
    world.run("kpi import kpi.csv --create-units --close").ok();
    world.run("kpi close 2024-09").ok();
    (world, figures)
}

/// Sums by what `name` says, in exact numbers.
fn summed<K: Ord>(
    figures: &[Put],
    which: impl Fn(&Put) -> bool,
    name: impl Fn(&Put) -> K,
) -> BTreeMap<K, (i128, i128)> {
    let mut sums = BTreeMap::new();
    for put in figures.iter().filter(|put| which(put)) {
        let sum: &mut (i128, i128) = sums.entry(name(put)).or_default();
        sum.0 += i128::from(put.numerator);
        sum.1 += i128::from(put.denominator);
    }
    sums
}

/// A share as Danish text, cut off and never rounded.
fn percent((numerator, denominator): (i128, i128)) -> String {
    let bp = numerator * 10_000 / denominator;
    format!("{},{:02} %", bp / 100, bp % 100)
}

/// Asks a program that is not ours.
fn qpdf(world: &World, name: &str) {
    let checked = std::process::Command::new("qpdf").arg("--check").arg(world.path(name)).output();
    match checked {
        Ok(checked) => assert!(checked.status.success(), "{checked:?}"),
        Err(_) => eprintln!("skipped: the qpdf program is not installed"),
    }
}
