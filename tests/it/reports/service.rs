//! `service import`, `report service` and `information show` (K-010, K-080..K-085).

use serde_json::json;

use crate::support::World;

const HEAD: &str =
    "Måned;Service;CVR-nummer;Enhedstype;Enhedsnummer;Antal;0 dage;1 dag;2 dage;3 dage;>3 dage";

fn world() -> World {
    let world = World::new();
    for line in [
        "tenant create --cvr 10213231 --name Økonomistyrelsen --code oes --ministry Finansministeriet",
        "tenant create --cvr 34051178 --name Digitaliseringsstyrelsen --code digst",
        "unit create --tenant oes --kind accounting --number 12345",
        "unit create --tenant oes --kind accounting --number 01234",
        "unit create --tenant digst --kind accounting --number 34567",
        "user create --email rikke@oes.example.dk --name 'Rikke Læsø' --rights oes:reader",
    ] {
        world.run(line).ok();
    }
    world
}

fn sheet(rows: &[&str]) -> String {
    format!("{HEAD}\n{}\n", rows.join("\n"))
}

#[test]
fn k_083_k_085_attainment_and_distribution_are_what_the_file_says() {
    let world = world();
    // As Excel saves it: Windows-1252, dots in thousands, an accounting circle without its zero.
    let text = sheet(&[
        "01-04-2026;Kreditortransaktioner;10213231;Bogføringskreds;12345;10;9;1;0;0;0",
        "01-05-2026;Kreditortransaktioner;10213231;Bogføringskreds;12345;1.234;1.000;200;20;10;4",
        "01-05-2026;creditor;10213231;Bogføringskreds;1234;3;0;1;1;0;1",
        "01-05-2026;Udarbejd perioderegnskab;10213231;Bogføringskreds;12345;3;2;1;0;0;0",
        "2026-05;Rejser;34051178;Bogføringskreds;34567;7;7;0;0;0;0",
    ]);
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    world.write("s.csv", bytes);
    let answer = world.json("service import s.csv");
    assert_eq!(
        (&answer["summary"]["created"], &answer["summary"]["encoding"]),
        (&json!(5), &json!("windows-1252"))
    );
    assert!(answer["warnings"].to_string().contains("unit.padded"));
    let rows = world.json("report service --tenant oes");
    assert_eq!(rows.as_array().unwrap().len(), 6, "the six services of K-084");
    let expected = json!({
        "service": "creditor", "tenant": "oes", "unit": null, "month": "2026-05", "count": 1237, "within_days": 1,
        "in_time": 1201, "attainment_bp": 9708, "days_0": 1000, "days_1": 201, "days_2": 21, "days_3": 10, "days_more": 5,
    });
    assert_eq!(rows[0], expected);
    // Period accounts: day 0 is the deadline, so what came a day later was late.
    assert_eq!((&rows[4]["in_time"], &rows[4]["attainment_bp"]), (&json!(2), &json!(6666)));
    assert_eq!(
        (&rows[5]["count"], &rows[5]["attainment_bp"]),
        (&json!(0), &json!(null)),
        "nothing of others"
    );
    let one = world.json("report service --tenant oes --unit accounting:01234 --month 2026-05");
    assert_eq!((&one[0]["count"], &one[0]["unit"]), (&json!(3), &json!("accounting:01234")));
    assert_eq!(world.json("report service --tenant oes --month 2026-04")[0]["attainment_bp"], 10_000);
    assert_eq!(world.json("report service --tenant oes --month 2026-01"), json!([]));
    world.run("service update Kreditortransaktioner --within-days 2").ok();
    assert_eq!(world.json("report service --tenant oes")[0]["in_time"], 1222);
    assert_eq!(world.json("service list")[0], json!({"service": "creditor", "within_days": 2}));
}

#[test]
fn k_081_the_header_names_the_units_that_were_the_institutions_in_the_month() {
    let world = world();
    world.run("unit create --tenant oes --kind payroll --number 999").ok();
    world.run("unit create --tenant oes --kind payroll --number 321").ok();
    world.run("unit archive payroll:321 --yes").ok();
    world.write("s.csv", sheet(&["01-05-2026;Rejser;10213231;Bogføringskreds;12345;1;1;0;0;0;0"]));
    world.run("service import s.csv").ok();
    world.run("unit move accounting:01234 --to digst --from 2026-06 --yes").ok();
    world.run("report service --tenant oes --out s.html").ok();
    let page = std::fs::read_to_string(world.path("s.html")).unwrap();
    for fact in ["<dt>Bogføringskreds</dt><dd>01234, 12345</dd>", "<dt>Løngruppe</dt><dd>999</dd>"] {
        assert!(page.contains(fact), "{fact}");
    }
}

#[test]
fn a_file_is_taken_whole_once_and_corrected_only_when_asked() {
    let world = world();
    let good = "01-05-2026;Rejser;10213231;Bogføringskreds;12345;10;9;1;0;0;0";
    world.write("s.csv", sheet(&[good]));
    assert_eq!(world.json("service import s.csv -n")["summary"]["created"], 1);
    assert_eq!(world.json("service import s.csv")["summary"]["created"], 1, "the dry run took nothing");
    let again = world.json("service import s.csv");
    assert_eq!((&again["summary"]["created"], &again["summary"]["unchanged"]), (&json!(0), &json!(1)));
    world.write("other.csv", sheet(&["01-05-2026;Rejser;10213231;Bogføringskreds;12345;10;8;1;1;0;0"]));
    assert_eq!(world.refused("service import other.csv"), (5, "service.differs".to_owned()));
    let corrected = world.json("service import other.csv --correct");
    assert_eq!(corrected["summary"]["updated"], 1);
    assert_eq!(world.json("report service --tenant oes")[5]["days_0"], 8);
    // Everything that is wrong is told at once, and nothing is taken.
    let wrong = [
        "01-04-2026;Rejser;10213231;Bogføringskreds;12345;10;9;1;1;0;0",
        "01-04-2026;Kantine;10213231;Bogføringskreds;12345;1;1;0;0;0;0",
        "01-04-2026;creditor;34051178;Bogføringskreds;12345;1;1;0;0;0;0",
        "01-04-2026;debtor;10213231;Bogføringskreds;99999;1;1;0;0;0;0",
        "01-04-2026;travel;10213231;Løngruppe;1;1;1;0;0;0;",
        "01-04-2026;DDI-stamdata;10213231;Bogføringskreds;12345;1;1;0;0;0;0",
        "01-04-2026;ddi-master-data;10213231;Bogføringskreds;12345;1;1;0;0;0;0",
    ];
    world.write("bad.csv", sheet(&wrong));
    let said = world.run("service import bad.csv --format json");
    assert_eq!(said.code, 65, "{said}");
    for code in
        ["sum.differs", "service.unknown", "service.elsewhere", "unit.not-found", "cell.empty", "key.doubled"]
    {
        assert!(said.err.contains(code), "{code}: {}", said.err);
    }
    assert_eq!(world.json("report service --tenant oes --month 2026-04"), json!([]));
    world.write(
        "mixed.csv",
        sheet(&[wrong[0], "01-04-2026;creditor;10213231;Bogføringskreds;12345;1;1;0;0;0;0"]),
    );
    let said = world.run("service import mixed.csv --on-error continue --errors-to wrong.csv");
    assert_eq!(said.code, 3, "{said}");
    assert!(std::fs::read_to_string(world.path("wrong.csv")).unwrap().contains("sum.differs"));
    let template = world.run("service import --template").ok().out;
    assert!(template.starts_with(HEAD), "{template}");
}

#[test]
fn k_010_k_080_k_082_the_latest_report_is_opened_from_information() {
    let world = world();
    assert_eq!(world.json("information show --tenant oes")["service_report"], json!(null));
    assert_eq!(
        world.refused("report service --tenant oes --out s.html"),
        (5, "service.no-figures".to_owned())
    );
    world.write("s.csv", sheet(&["01-05-2026;Rejser;10213231;Bogføringskreds;12345;10;9;1;0;0;0"]));
    world.run("service import s.csv").ok();
    let shown = world.json("information show --tenant oes --as rikke@oes.example.dk --reason prøve");
    assert_eq!((&shown["service_report"], &shown["months"]), (&json!("2026-05"), &json!(["2026-05"])));
    assert_eq!(shown["services"][5]["attainment_bp"], 10_000);
    assert_eq!(world.refused("information show --tenant digst --as rikke@oes.example.dk --reason x").0, 4);
    world.run("information show --tenant oes --out s.html").ok();
    world.run("report service --tenant oes --out t.html").ok();
    let page = std::fs::read_to_string(world.path("s.html")).unwrap();
    assert_eq!(page, std::fs::read_to_string(world.path("t.html")).unwrap());
    for words in [
        "<h1>Servicemålsrapport",
        "<dt>Ministerområde</dt><dd>Finansministeriet</dd>",
        "<dt>Kunde</dt><dd>Økonomistyrelsen</dd>",
        "<dt>Bogføringskreds</dt><dd>01234, 12345</dd>",
        "<dt>Periode</dt><dd>maj 2026</dd>",
        "Målopfyldelse",
        "Opnået %",
        "Fordeling",
        "Udarbejd perioderegnskab",
    ] {
        assert!(page.contains(words), "{words}");
    }
    world.run("report service --tenant oes --out s.pdf --lang nb").ok();
    assert!(std::fs::read(world.path("s.pdf")).unwrap().starts_with(b"%PDF-1.7"));
    // A unit that moves takes its later figures along, and leaves the earlier ones.
    world.run("unit move accounting:12345 --to digst --from 2026-06 --yes").ok();
    assert_eq!(world.json("report service --tenant oes")[5]["count"], 10);
    world.write("june.csv", sheet(&["01-06-2026;Rejser;34051178;Bogføringskreds;12345;4;4;0;0;0;0"]));
    // Of a month that has not begun nothing can be known.
    let said = world.run("service import june.csv --format json");
    assert!(said.code == 65 && said.err.contains("service.month-future"), "{said}");
    world.wait(chrono::TimeDelta::days(30));
    world.run("service import june.csv").ok();
    assert_eq!(world.json("report service --tenant oes")[5]["month"], "2026-05");
    assert_eq!(world.json("report service --tenant digst")[5]["count"], 4);
}
