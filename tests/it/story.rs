//! The main job end to end: KPI figures and agreements through the front door.

use serde_json::{Value, json};

use crate::support::World;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The institutions and units of the sample files.
fn sample_world() -> World {
    let world = World::new();
    for line in [
        "tenant create --cvr 10213231 --name Økonomistyrelsen",
        "tenant create --cvr 53383211 --name Kriminalforsorgen",
        "unit create --tenant 10213231 --kind accounting --number 12345",
        "unit create --tenant 10213231 --kind payroll --number 999",
        "unit create --tenant 53383211 --kind accounting --number 23456",
        "unit create --tenant 53383211 --kind payroll --number 017",
    ] {
        world.run(line).ok();
    }
    world
}

/// One line of the figures computed independently: measure, CVR or all, numerator, denominator (øre or counts), met.
fn expected() -> Vec<(String, String, i64, i64, Value)> {
    let text = String::from_utf8(fixture("kpi/expected-ytd-2026-05.csv")).unwrap();
    let number = |cell: &str| cell.replace('.', "").parse::<i64>().unwrap();
    text.trim_start_matches('\u{feff}')
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let cells: Vec<_> = line.split(';').collect();
            let met = match cells[5].trim() {
                "Ja" => json!(true),
                "Nej" => json!(false),
                _ => Value::Null,
            };
            (cells[0].to_owned(), cells[1].to_owned(), number(cells[2]), number(cells[3]), met)
        })
        .collect()
}

#[test]
fn k_162_k_166_the_samples_give_the_figures_computed_elsewhere_from_either_encoding() {
    for sample in ["kpi/sample-cp1252.csv", "kpi/sample-utf8-bom.csv"] {
        let world = sample_world();
        world.write("kpi.csv", fixture(sample));
        // June has begun, and is not over.
        world.wait(chrono::TimeDelta::days(40));
        let answer = world.json("kpi import kpi.csv --close");
        assert_eq!(answer["summary"]["rows"], 72, "{sample}");
        assert_eq!(answer["summary"]["created"], 72, "{sample}");
        let mut seen = 0;
        for (measure, who, numerator, denominator, met) in expected() {
            let selection = if who == "ALLE" { String::new() } else { format!(" --tenant {who}") };
            let rows = world.json(&format!("report kpi --measure {measure}{selection}"));
            let row = &rows[0];
            assert_eq!(
                (&row["numerator"], &row["denominator"]),
                (&json!(numerator), &json!(denominator)),
                "{measure} {who}"
            );
            assert_eq!(row["met"], met, "{measure} {who}");
            // Floored, never rounded up to a target (DOMAIN §0.12).
            let floor = i128::from(numerator) * 10_000 / i128::from(denominator);
            assert_eq!(row["attainment_bp"], json!(floor as i64), "{measure} {who}");
            assert_eq!(row["through"], "2026-05");
            seen += 1;
        }
        assert_eq!(seen, 18);
        let again = world.json("kpi import kpi.csv --close");
        assert_eq!((&again["summary"]["unchanged"], &again["summary"]["created"]), (&json!(72), &json!(0)));
    }
}

#[test]
fn a_wrong_file_names_every_fault_and_takes_nothing() {
    let world = sample_world();
    world.write("kpi.csv", "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet\n\
        01-05-2026;A1;12345678;Bogføringskreds;12345;;10;10;0;;;;Ja\n\
        maj-26;A1;10213231;Bogføringskreds;12345;;10;10;0;;;;Ja\n\
        01-05-2026;A1;10213231;Bogføringskreds;12345;;12.34;10;0;;;;Ja\n\
        01-05-2026;A1;10213231;Bogføringskreds;12345;X;10;9;0;;;;Ja\n");
    let said = world.run("kpi import kpi.csv --format json");
    assert_eq!((said.code, said.out.as_str()), (65, ""));
    let error: Value = serde_json::from_str(&said.err).unwrap();
    let faults: Vec<_> =
        error["error"]["details"].as_array().unwrap().iter().map(|fault| fault["line"].clone()).collect();
    assert_eq!(faults, [json!(2), json!(3), json!(4), json!(5)]);
    assert_eq!(world.json("kpi list"), json!([]));
    assert_eq!(world.refused("kpi import nowhere.csv").0, 4);
}

#[test]
fn a_figure_too_large_to_be_summed_is_refused_with_its_line() {
    let world = sample_world();
    world.write("kpi.csv", "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet\n\
        01-05-2026;B3;10213231;Løngruppe;999;;;;;;92.233.720.368.547.758,07;0;Ja\n");
    let said = world.run("kpi import kpi.csv --format json");
    assert_eq!(said.code, 65, "{said}");
    let error: Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(
        (&error["error"]["details"][0]["line"], &error["error"]["details"][0]["code"]),
        (&json!(2), &json!("number.invalid"))
    );
}

#[test]
fn a_different_value_needs_correct_and_a_closed_month_reopening() {
    let world = sample_world();
    let file = |total: u32, closed: &str| {
        format!(
            "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb;Afsluttet\n\
            2026-05;A1;10213231;Bogføringskreds;12345;;{total};{total};0;;;;{closed}\n"
        )
    };
    world.write("a.csv", file(10, "Nej"));
    world.write("b.csv", file(11, "Nej"));
    world.run("kpi import a.csv").ok();
    assert_eq!(world.refused("kpi import b.csv").0, 5);
    assert_eq!(world.json("kpi import b.csv --correct")["summary"]["updated"], 1);
    world.run("kpi close 2026-05").ok();
    assert_eq!(world.refused("kpi import a.csv --correct").0, 5);
    assert_eq!(world.refused("kpi reopen 2026-05 --yes").0, 2, "a reason is needed");
    world.run("kpi reopen 2026-05 --yes --reason 'forkert opgjort'").ok();
    world.run("kpi import a.csv --correct").ok();
    assert_eq!(world.json("kpi list")[0]["denominator"], 10);
}

fn signed_world() -> World {
    let world = World::peopled();
    world
        .run("signatory set --tenant 10213231 --scope customer --name 'Birgitte Havemark' --email birgitte@oes.example.dk --title Vicedirektør --phone 70000112")
        .ok();
    world.write("aftale.pdf", fixture("agreements/oes-kundeaftale.pdf"));
    world.write("bilag.pdf", fixture("agreements/oes-kundeaftale-bilag-1.pdf"));
    world.run("agreement create --tenant 10213231 --kind customer --title 'Kundeaftale 2026' --document aftale.pdf --annex bilag.pdf").ok();
    world
}

#[test]
fn k_203_in_force_only_when_both_have_signed() {
    let world = signed_world();
    let sign = "agreement record-signature 1 --method 'MitID Erhverv' --signed-at 2026-05-04T09:00:00+02:00";
    let customer = format!("{sign} --party customer --signer birgitte@oes.example.dk");
    assert_eq!(world.refused(&customer), (5, "agreement.state".to_owned()), "a draft is not signed");
    world.run("agreement send 1").ok();
    let stranger = format!("{sign} --party customer --signer anna.holm@oes.example.dk");
    assert_eq!(world.refused(&stranger), (6, "agreement.not-signatory".to_owned()));
    assert_eq!(world.json(&customer)["item"]["state"], "partly-signed");
    let provider = format!("{sign} --party provider --signer jonas.brandtoft@sam.example.dk");
    let item = world.json(&provider)["item"].clone();
    assert_eq!(item["state"], "in-force");
    assert_eq!(item["signatures"].as_array().unwrap().len(), 2);
    assert_eq!(world.json("agreement list --state in-force").as_array().unwrap().len(), 1);
    world.write("brev.pdf", "dette er ikke en PDF");
    assert_eq!(
        world.refused("agreement create --tenant 10213231 --kind customer --title X --document brev.pdf").0,
        65
    );
}

#[test]
fn k_101_the_same_data_give_the_same_bundle_and_it_proves_itself() {
    let world = signed_world();
    world.run("agreement send 1").ok();
    let sign = "agreement record-signature 1 --method 'MitID Erhverv' --signed-at 2026-05-04T09:00:00+02:00";
    world.run(&format!("{sign} --party customer --signer birgitte@oes.example.dk")).ok();
    world.run(&format!("{sign} --party provider --signer jonas.brandtoft@sam.example.dk")).ok();
    world.run("agreement export --tenant oekonomistyrelsen --out a.zip").ok();
    world.wait(chrono::Duration::days(3));
    world.run("agreement export --tenant oekonomistyrelsen --out b.zip").ok();
    let (a, b) = (std::fs::read(world.path("a.zip")).unwrap(), std::fs::read(world.path("b.zip")).unwrap());
    assert!(a == b, "the bundle depends on when it was made");
    assert_eq!(
        world.refused("agreement export --tenant oekonomistyrelsen --out a.zip"),
        (5, "file.exists".to_owned())
    );

    // Without the database.
    let elsewhere = World::empty();
    elsewhere.write("a.zip", &a);
    assert_eq!(elsewhere.json("agreement verify a.zip")["result"], "sound");
    let own = elsewhere.json("agreement verify a.zip");
    assert_eq!(
        (&own["signature"], &own["warnings"][0]["code"]),
        (&"self".into(), &"bundle.signer-unknown".into())
    );
    assert!(elsewhere.run("agreement verify a.zip").ok().err.contains("--public-key"));
    let public = world.run("key show-public").ok().out;
    let line = public.lines().nth(1).unwrap();
    elsewhere.write("portal.pub", public.as_bytes());
    for key in ["portal.pub", line] {
        let verdict = elsewhere.json(&format!("agreement verify a.zip --public-key {key}"));
        assert_eq!((&verdict["result"], &verdict["signature"]), (&"sound".into(), &"valid".into()));
    }
    // The one of minisign's own manual.
    let other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let refused = elsewhere.run(&format!("agreement verify a.zip --public-key {other} --format json"));
    let verdict: serde_json::Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!((refused.code, &verdict["signature"]), (6, &"wrong".into()), "{verdict}");
    assert_eq!(elsewhere.refused("agreement verify a.zip --public-key no.pub").0, 4);
    assert_eq!(elsewhere.refused("agreement verify a.zip --public-key RWx").0, 2);
    elsewhere.write("brev.txt", b"Hej");
    assert_eq!(elsewhere.refused("agreement verify a.zip --public-key brev.txt").0, 2);
    assert_eq!(elsewhere.refused("agreement verify a.zip --public-key a.zip").0, 65);
    elsewhere.write("cut.zip", &a[..a.len() / 2]);
    assert_eq!(elsewhere.run("agreement verify cut.zip").code, 6);
    let document = fixture("agreements/oes-kundeaftale.pdf");
    let begin =
        a.windows(document.len()).position(|window| window == document).expect("a PDF is stored as it is");
    for at in (begin..begin + document.len()).step_by(document.len() / 40) {
        let mut broken = a.clone();
        broken[at] ^= 0x20;
        elsewhere.write("broken.zip", &broken);
        let code = elsewhere.run("agreement verify broken.zip").code;
        assert_eq!(code, 6, "byte {at} changed and nobody noticed");
    }
}
