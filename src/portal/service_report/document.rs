//! The service-target report as a document (K-081..K-085): header, attainment, and a distribution for each service.

use super::{Report, ServiceLine};
use crate::platform::document::chart::{self, Bars};
use crate::platform::document::{Block, Document, Panel, Tab, Table};
use crate::platform::i18n::{self, Lang, format};

const BUCKETS: [&str; 5] =
    ["service-days-0", "service-days-1", "service-days-2", "service-days-3", "service-days-more"];

/// Puts the document together.
pub fn document(report: &Report, lang: Lang) -> Document {
    let word = |id: &str| i18n::text(lang, id).unwrap_or_else(|| id.to_owned());
    let month = format::month(lang, report.month);
    let mut facts = Vec::new();
    facts.extend(report.ministry.as_ref().map(|ministry| (word("report-fact-ministry"), ministry.clone())));
    facts.push((word("report-fact-tenant"), report.name.clone()));
    for (id, units) in
        [("report-fact-accounting", &report.accounting), ("report-fact-payroll", &report.payroll)]
    {
        if !units.is_empty() {
            facts.push((word(id), units.join(", ")));
        }
    }
    facts.push((word("report-fact-period"), month.clone()));
    let mut tabs = vec![Tab {
        label: word("service-attainment"),
        heading: word("service-attainment"),
        panels: vec![Panel { choice: None, blocks: vec![Block::Table(attainment(report, lang, &month))] }],
    }];
    for (place, line) in report.lines.iter().enumerate().filter(|(_, line)| line.count > 0) {
        let name = i18n::label(lang, "service", &line.service);
        tabs.push(Tab {
            label: name.clone(),
            heading: name.clone(),
            panels: vec![Panel { choice: None, blocks: distribution(line, lang, &name, place, &month) }],
        });
    }
    Document {
        lang,
        title: word("service-title"),
        from: "Statens Administration".to_owned(),
        subject: format!("{}, {month}", report.name),
        facts,
        lead: vec![word("service-floored")],
        choices: None,
        tabs_legend: word("service-choose"),
        tabs,
        page_each: false,
        day: report.month.last_day(),
    }
}

fn share(lang: Lang, bp: Option<i64>) -> String {
    bp.map_or_else(|| i18n::text(lang, "empty").unwrap_or_default(), |bp| format::percent(lang, bp))
}

fn limit(line: &ServiceLine, lang: Lang) -> String {
    match (line.service.as_str(), line.within_days) {
        ("period-accounts", 0) => i18n::text(lang, "service-limit-deadline").unwrap_or_default(),
        (_, days) => {
            let days = i18n::text(lang, &format!("service-days-{days}")).unwrap_or_default();
            i18n::filled(lang, "service-limit-of", &[("d", &days)])
        }
    }
}

/// "Målopfyldelse": Service, Antal, Opnået % (K-083), and what that is made of.
fn attainment(report: &Report, lang: Lang, month: &str) -> Table {
    let word = |id: &str| i18n::text(lang, id).unwrap_or_else(|| id.to_owned());
    let head = ["service-service", "service-within", "service-count", "service-in-time", "service-reached"];
    let caption = format!("{}, {month}", word("service-attainment"));
    let mut table = Table::new(caption, 2, head.map(word).to_vec());
    for line in &report.lines {
        table.row(vec![
            i18n::label(lang, "service", &line.service),
            limit(line, lang),
            format::integer(lang, line.count),
            format::integer(lang, line.in_time),
            share(lang, line.attainment_bp),
        ]);
    }
    table
}

/// Antal and Fordeling by days of processing (K-085).
fn distribution(line: &ServiceLine, lang: Lang, name: &str, place: usize, month: &str) -> Vec<Block> {
    let word = |id: &str| i18n::text(lang, id).unwrap_or_else(|| id.to_owned());
    let caption = format!("{name}, {month}");
    let head = ["service-days", "service-count", "service-share"].map(word).to_vec();
    let mut table = Table::new(caption.clone(), 1, head);
    let mut parts = Vec::new();
    for (id, count) in BUCKETS.iter().zip(line.days.counts()) {
        let part = line.share(count);
        parts.push((word(id), part.unwrap_or(0)));
        table.row(vec![word(id), format::integer(lang, count), share(lang, part)]);
    }
    table.total(vec![
        word("service-total"),
        format::integer(lang, line.count),
        share(lang, line.share(line.count)),
    ]);
    let told: Vec<_> =
        parts.iter().map(|(name, bp)| format!("{name} {}", format::percent(lang, *bp))).collect();
    let bars = Bars { id: format!("b{place}"), title: caption, alt: format!("{}.", told.join(", ")), parts };
    let svg = chart::bars(&bars, lang);
    let mut blocks = vec![Block::Text { text: format!("{}: {}", word("service-within"), limit(line, lang)) }];
    if line.service == "period-accounts" {
        blocks.push(Block::Text { text: format!("{}.", word("service-deadline")) });
    }
    blocks.push(Block::Chart { title: bars.title, alt: bars.alt, svg });
    blocks.push(Block::Table(table));
    blocks
}
