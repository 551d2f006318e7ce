//! `report kpi`: rows, pages, PDFs, and one for every institution.

use serde_json::{Value, json};

use super::{Put, percent, summed, world};

/// Whether the rows of a report say the same as sums made here.
fn agree(rows: &Value, figures: &[Put], which: impl Fn(&Put) -> bool, part: impl Fn(&Put) -> String) {
    let sums = summed(figures, &which, |put| (put.measure.to_owned(), put.year, part(put)));
    // A measure with a target and no figures has a row that says so.
    let (rows, empty): (Vec<_>, Vec<_>) =
        rows.as_array().unwrap().iter().partition(|row| row["denominator"] != json!(0));
    assert!(empty.iter().all(|row| row["attainment_bp"].is_null() && row["met"].is_null()), "{empty:?}");
    assert_eq!(rows.len(), sums.len(), "{rows:#?}");
    for row in rows {
        let named = ["service_area", "unit", "month"].iter().find_map(|field| row[*field].as_str());
        let year = i32::try_from(row["year"].as_i64().unwrap()).unwrap();
        let key = (row["measure"].as_str().unwrap().to_owned(), year, named.unwrap_or_default().to_owned());
        let (numerator, denominator) = sums[&key];
        assert_eq!(row["numerator"], json!(i64::try_from(numerator).unwrap()), "{key:?}");
        assert_eq!(row["denominator"], json!(i64::try_from(denominator).unwrap()), "{key:?}");
        let bp = i64::try_from(numerator * 10_000 / denominator).unwrap();
        assert_eq!(row["attainment_bp"], json!(bp), "{key:?}");
        let met =
            row["target_bp"].as_i64().map(|target| numerator * 10_000 >= i128::from(target) * denominator);
        assert_eq!(row["met"], json!(met), "{key:?}");
    }
}

#[test]
fn k_162_k_165_k_166_every_row_is_what_generated_figures_add_up_to() {
    let (world, figures) = world();
    let whole = |_: &Put| String::new();
    let may = |put: &Put| put.year == 2026;
    agree(&world.json("report kpi"), &figures, may, whole);
    agree(&world.json("report kpi --year 2024"), &figures, |put| put.year == 2024, whole);
    agree(&world.json("report kpi --by service-area"), &figures, may, |put| put.area.to_owned());
    agree(&world.json("report kpi --by unit"), &figures, may, |put| put.unit.clone());
    let month = |put: &Put| format!("{}-{:02}", put.year, put.month);
    agree(&world.json("report kpi --by month --year 2025"), &figures, |put| put.year == 2025, month);
    let ours = |put: &Put| put.cvr == "10213231";
    agree(&world.json("report kpi --tenant oes"), &figures, |put| ours(put) && may(put), whole);
    let ours_by_unit = world.json("report kpi --tenant oes --by unit");
    agree(&ours_by_unit, &figures, |put| ours(put) && may(put), |put| put.unit.clone());
    let one = world.json("report kpi --unit accounting:12346 --year 2025");
    agree(&one, &figures, |put| put.unit == "accounting:12346" && put.year == 2025, whole);
    // A user's own figures, beside those of all customers.
    let own = world.json("report kpi --as rasmus@oes.example.dk --reason prøve");
    agree(&own, &figures, |put| ours(put) && may(put), whole);
    let all = summed(&figures, may, |put| put.measure);
    for row in own.as_array().unwrap() {
        let (numerator, denominator) = all[row["measure"].as_str().unwrap()];
        let bp = i64::try_from(numerator * 10_000 / denominator).unwrap();
        assert_eq!(row["all_attainment_bp"], json!(bp), "{row}");
    }
    assert_eq!(world.refused("report kpi --tenant digst --as rasmus@oes.example.dk --reason x").0, 4);
}

#[test]
fn domain_2_2_a_year_stands_beside_the_same_months_of_another() {
    let (world, figures) = world();
    let both = |put: &Put| put.month <= 5 && (put.year == 2026 || put.year == 2025);
    let rows = world.json("report kpi --compare 2025");
    agree(&rows, &figures, both, |_| String::new());
    let heads: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| format!("{} {}", row["measure"], row["through"])).collect();
    assert_eq!(heads[..3], ["\"A1\" \"2026-05\"", "\"A1\" \"2025-05\"", "\"A2\" \"2026-05\""]);
    let by_month = world.json("report kpi --compare 2025 --by month --measure A1 --tenant oes");
    let months: Vec<_> = by_month.as_array().unwrap().iter().map(|row| row["month"].clone()).collect();
    assert_eq!(months[..3], ["2026-01", "2025-01", "2026-02"]);
    assert_eq!(world.refused("report kpi --compare 2026"), (2, "usage".to_owned()));
    // A year without closed months is said, and so are months that are missing.
    let said = world.run("report kpi --compare 2019").ok();
    assert!(said.err.contains("none of these months is closed in 2019"), "{said}");
    let said = world.run("report kpi --compare 2025").ok();
    assert!(said.err.contains("closed, but without figures of B2: 2025-03"), "{said}");
    let said = world.run("report kpi --year 2024").ok();
    assert!(said.err.contains("closed, but without figures for this selection: 2024-09"), "{said}");
}

#[test]
fn k_165_the_sums_of_closed_months_follow_every_opening_and_correction() {
    let (world, mut figures) = world();
    let whole = |_: &Put| String::new();
    world.run("kpi reopen 2026-05 --reason rettelse --yes").ok();
    agree(&world.json("report kpi"), &figures, |put| put.year == 2026 && put.month < 5, whole);
    for put in figures.iter_mut().filter(|put| put.year == 2026 && put.month == 5) {
        put.numerator /= 2;
    }
    let may: Vec<_> = figures.iter().filter(|put| put.year == 2026 && put.month == 5).cloned().collect();
    world.write("may.csv", super::sheet(&may));
    world.run("kpi import may.csv --correct --close").ok();
    agree(&world.json("report kpi"), &figures, |put| put.year == 2026, whole);
    // What one institution's figures add up to is told by the figures themselves, not by the sums.
    let parts =
        ["oes", "digst"].map(|tenant| world.json(&format!("report kpi --tenant {tenant} --measure A1")));
    let total: i64 = parts.iter().map(|rows| rows[0]["numerator"].as_i64().unwrap()).sum();
    assert_eq!(world.json("report kpi --measure A1")[0]["numerator"], json!(total));
}

#[test]
fn k_162_k_164_a_page_and_a_pdf_say_what_the_figures_say() {
    let (world, figures) = world();
    world.run("report kpi --tenant oes --out r.html").ok();
    let page = std::fs::read_to_string(world.path("r.html")).unwrap();
    for measure in ["A1", "A2", "A3", "B1", "B2", "B3"] {
        for year in 2024..=2026 {
            let of = |put: &Put| put.measure == measure && put.year == year;
            let own = summed(&figures, |put| of(put) && put.cvr == "10213231", |_| ())[&()];
            let all = summed(&figures, of, |_| ())[&()];
            for shown in [own, all] {
                let card = format!("<p class=\"value\">{}</p>", percent(shown));
                assert!(page.contains(&card), "{measure} {year}: {card}");
            }
        }
    }
    for words in [
        "<html lang=\"da\">",
        "Økonomistyrelsen &amp; &lt;Co&gt;",
        "Data til og med seneste afsluttede måned: maj 2026.",
        "Målet opgøres samlet for alle kunder.",
        "Antal behandlet indenfor 1 dag",
        "Antal – år til seneste afsluttede måned",
        "Intet mål fastsat",
        "Målet er ikke nået",
        "År til år",
        "(Tom)",
        "Afsluttet, men uden tal: september 2024.",
        "B2: afsluttet, men uden tal: marts 2025.",
        "Det er Statens Administrations vurdering, der afgør, om en blanket tæller som fejl.",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<Co>"));
    // The same each time; in another language other words.
    world.run("report kpi --tenant oes --out again.html").ok();
    assert_eq!(page, std::fs::read_to_string(world.path("again.html")).unwrap());
    world.run("report kpi --out all.html --lang en").ok();
    let page = std::fs::read_to_string(world.path("all.html")).unwrap();
    assert!(
        page.contains("<html lang=\"en\">")
            && page.contains("All customers")
            && !page.contains("Alle kunder")
    );
}

#[test]
fn files_are_named_made_whole_and_never_replaced_unasked() {
    let (world, _) = world();
    for (line, code) in [
        ("report kpi --out r.txt", "usage"),
        ("report kpi --form html", "usage"),
        ("report kpi --out r.html --by month", "usage"),
        ("report kpi --all", "usage"),
        ("report kpi --all --out-dir d --tenant oes", "usage"),
        ("report kpi --year 2019 --out r.html", "kpi.no-closed-month"),
    ] {
        assert_eq!(world.refused(line).1, code, "{line}");
    }
    assert!(!world.path("r.html").exists());
    world.run("report kpi --out r.html -n").ok();
    assert!(!world.path("r.html").exists(), "a dry run writes nothing");
    world.run("report kpi --out r.html").ok();
    assert_eq!(world.refused("report kpi --out r.html"), (5, "file.exists".to_owned()));
    world.run("report kpi --out r.html --force").ok();
    // Rows in a file are the rows on the screen.
    for (form, line) in [("json", "report kpi --by unit"), ("csv", "report kpi --tenant oes")] {
        let screen = world.run(&format!("{line} --format {form}")).ok().out;
        world.run(&format!("{line} --out rows.{form}")).ok();
        assert_eq!(std::fs::read_to_string(world.path(&format!("rows.{form}"))).unwrap(), screen);
        assert_eq!(world.run(&format!("{line} --out - --form {form}")).ok().out, screen);
    }
}

#[test]
fn a_folder_holds_one_report_for_every_institution_with_figures() {
    let (world, _) = world();
    let answer = world.json("report kpi --all --out-dir alle");
    assert_eq!(answer["summary"]["written"], 2, "one institution has no figures");
    let mut names: Vec<_> = std::fs::read_dir(world.path("alle"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["digst.html", "oes.html"]);
    // Each is what the report of one is.
    world.run("report kpi --tenant oes --out oes.html").ok();
    let read = |name: &str| std::fs::read(world.path(name)).unwrap();
    assert_eq!(read("alle/oes.html"), read("oes.html"));
    assert_eq!(world.refused("report kpi --all --out-dir alle"), (5, "file.exists".to_owned()));
    world.run("report kpi --all --out-dir alle --force").ok();
    for form in ["pdf", "csv", "json"] {
        world.run(&format!("report kpi --all --out-dir {form} --form {form}")).ok();
        assert!(world.path(&format!("{form}/digst.{form}")).exists());
    }
    let one = world.run("report kpi --tenant oes --format csv").ok().out;
    assert_eq!(std::fs::read_to_string(world.path("csv/oes.csv")).unwrap(), one);
    let said = world.refused("report kpi --all --out-dir x --as rasmus@oes.example.dk --reason x");
    assert_eq!(said, (6, "rights.refused".to_owned()));
}
