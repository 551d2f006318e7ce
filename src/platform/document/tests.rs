//! The same content as a page and as a PDF; nothing from outside is run, and nothing is fetched.

use super::chart::{Bars, Lines, Series};
use super::*;

const EVIL: &str = "<script>alert(1)</script> & \"Søn\" \u{202e}x</svg><img src=http://evil.example>";

fn example() -> Document {
    let mut table = Table::new("Pr. måned", 1, vec!["Måned".into(), "Antal".into()]);
    table.row(vec![EVIL.into(), "1.234".into()]);
    table.total(vec!["I alt".into(), "1.234".into()]);
    let chart = Lines {
        id: "a".into(),
        title: EVIL.into(),
        alt: EVIL.into(),
        places: vec!["jan".into(), "feb".into(), "mar".into()],
        series: vec![
            Series { label: EVIL.into(), values: vec![Some(9950), None, Some(9971)] },
            Series { label: "Alle".into(), values: vec![Some(9900), Some(9910), Some(9920)] },
        ],
        target: Some(("Mål".into(), 9900)),
    };
    let bars = Bars {
        id: "b".into(),
        title: "Fordeling".into(),
        alt: EVIL.into(),
        parts: vec![("0 dage".into(), 9000)],
    };
    let svg = |svg| Block::Chart { title: EVIL.into(), alt: EVIL.into(), svg };
    let card = |met| Card {
        label: EVIL.into(),
        value: "99,33 %".into(),
        lines: vec![EVIL.into()],
        verdict: Some(Verdict { met, text: "Opfyldt".into() }),
    };
    let panel = |choice| Panel {
        choice,
        blocks: vec![
            Block::Heading { text: "Overblik".into() },
            Block::Text { text: EVIL.into() },
            Block::Notes { items: vec![EVIL.into()] },
            Block::Figures { cards: vec![card(Some(true)), card(Some(false)), card(None)] },
            svg(chart::lines(&chart, Lang::Da)),
            svg(chart::bars(&bars, Lang::Da)),
            Block::Table(table.clone()),
        ],
    };
    Document {
        lang: Lang::Da,
        title: "KPI-rapport".into(),
        from: "Statens Administration".into(),
        subject: EVIL.into(),
        facts: vec![("Kunde".into(), EVIL.into())],
        lead: vec![EVIL.into()],
        choices: Some(Choices {
            legend: "År".into(), labels: vec!["2025".into(), "2026".into()], chosen: 1
        }),
        tabs_legend: "Mål".into(),
        tabs: vec![
            Tab { label: "A1".into(), heading: EVIL.into(), panels: vec![panel(Some(0)), panel(Some(1))] },
            Tab { label: "A2".into(), heading: "A2".into(), panels: vec![panel(None)] },
        ],
        page_each: true,
        day: chrono::NaiveDate::from_ymd_opt(2026, 5, 31).unwrap(),
    }
}

#[test]
fn what_comes_from_outside_is_shown_and_never_run() {
    let page = html(&example()).unwrap();
    for forbidden in ["<script", "<img", "evil.example>", "\u{202e}", "onload", "url(", "@import"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&lt;script&gt;"));
    // The only address of the page is the name of SVG itself, which nobody fetches; the only links are its own.
    let addresses = page.matches("http://").count() - page.matches("http://evil.example").count();
    assert_eq!(addresses, page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
    assert_eq!(page.matches("href=").count(), page.matches("href=\"#figures\"").count());
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
    assert_eq!(page, html(&example()).unwrap());
}

#[test]
fn every_tab_and_choice_can_be_reached_without_a_script() {
    let page = html(&example()).unwrap();
    assert_eq!(page.matches("type=\"radio\" name=\"tab\"").count(), 2);
    assert_eq!(page.matches("type=\"radio\" name=\"choice\"").count(), 2);
    assert!(page.contains("id=\"c1\" checked") && page.contains("id=\"t0\" checked"));
    for rule in ["body:has(#t1:checked) .tab:not(#p1)", "body:has(#c0:checked) .panel:is(.k):not(.k0)"] {
        assert!(page.contains(rule), "{rule}");
    }
    // Rows and columns are named, charts have words, and the language is said.
    assert!(page.contains("<html lang=\"da\">") && page.contains("<main id=\"figures\""));
    assert_eq!(page.matches("<th scope=\"col\"").count(), 6);
    assert_eq!(page.matches("<th scope=\"row\"").count(), 6);
    assert_eq!(page.matches("role=\"img\"").count(), page.matches("<desc id=").count());
}

#[test]
fn the_same_document_is_the_same_pdf() {
    let bytes = pdf(&example()).unwrap();
    assert!(bytes.starts_with(b"%PDF"));
    assert!(bytes == pdf(&example()).unwrap());
}

#[test]
fn an_axis_has_round_numbers_around_what_it_shows() {
    let svg = |values: Vec<Option<i64>>, target| {
        chart::lines(
            &Lines {
                id: "x".into(),
                title: String::new(),
                alt: String::new(),
                places: values.iter().map(|_| "m".to_owned()).collect(),
                series: vec![Series { label: "Vi".into(), values }],
                target,
            },
            Lang::Da,
        )
    };
    // The ticks, from the lowest to the highest: none above the whole, and each where a round number is.
    let ticks = |drawn: String| -> Vec<String> {
        let labels = drawn.split("text-anchor=\"end\"").skip(1);
        labels.filter_map(|rest| Some(rest.split_once('>')?.1.split_once('<')?.0.to_owned())).collect()
    };
    let drawn = svg(vec![Some(9812), Some(9977)], Some(("Mål".into(), 9900)));
    assert_eq!(ticks(drawn), ["98,00 %", "98,50 %", "99,00 %", "99,50 %", "100,00 %"]);
    assert_eq!(ticks(svg(vec![Some(10_000)], None)), ["99,95 %", "100,00 %"]);
    assert_eq!(ticks(svg(vec![Some(9_999), Some(10_000)], None)), ["99,95 %", "100,00 %"]);
    assert_eq!(ticks(svg(vec![None, Some(0), None], None)), ["0,00 %", "0,05 %"]);
    assert!(svg(Vec::new(), None).ends_with("</svg>"));
}
