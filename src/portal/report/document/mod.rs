//! The KPI report as a document that people look at: a tab a measure as in the portal (K-162, K-164), for every year
//! with closed months.

mod measure;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::measure::Page;
use self::words::Words;
use super::rules::{self, Period};
use super::{Figure, Sums};
use crate::platform::document::{Block, Choices, Document, Panel, Tab, Table};
use crate::platform::i18n::{Lang, format};
use crate::portal::kpi::{Measure, MeasureStatus, Target};
use crate::values::{Month, floor_bp, meets};

/// Whose figures a report shows.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// What is known of it: the id of its label, and the value.
    pub facts: Vec<(&'static str, String)>,
}

/// What all reports of one run have in common.
#[derive(Debug)]
pub struct Common {
    /// The measures to show, each with its targets by day.
    pub measures: Vec<(Measure, Vec<Target>)>,
    /// The months that are final.
    pub closed: BTreeSet<Month>,
    /// The year that is looked at first.
    pub year: Option<i32>,
    /// The figures of all customers.
    pub all: Vec<Figure>,
}

/// A case that missed the target, as the portal's "Nej" pages list them (K-164).
#[derive(Debug, Clone)]
pub struct LateCase {
    /// The measure's row.
    pub measure: i64,
    /// The month that it counts in.
    pub month: Month,
    /// Unit, service area, number of the case, received, handled, working days, limit: as they are shown.
    pub cells: [String; 7],
}

/// Everything that a report says.
#[derive(Debug)]
pub struct Material {
    /// Whose figures.
    pub subject: Subject,
    /// Its own figures; `None` where the report is about all customers.
    pub own: Option<Vec<Figure>>,
    /// The cases that missed their target.
    pub late: Vec<LateCase>,
    /// The rest.
    pub common: Arc<Common>,
}

/// Figures by measure and year.
#[derive(Debug, Default)]
struct Shelf<'a>(BTreeMap<(i64, i32), Vec<&'a Figure>>);

impl<'a> Shelf<'a> {
    fn new(figures: &'a [Figure]) -> Shelf<'a> {
        let mut shelf = Shelf::default();
        for figure in figures {
            shelf.0.entry((figure.measure, figure.month.year())).or_default().push(figure);
        }
        shelf
    }

    /// The figures of the closed months of a period.
    fn of(&self, measure: i64, period: &Period) -> impl Iterator<Item = &'a Figure> {
        let through = period.through;
        let found = self.0.get(&(measure, period.year)).into_iter().flatten().copied();
        found.filter(move |figure| figure.month <= through)
    }

    fn sum(&self, measure: i64, period: &Period) -> Sums {
        sum(self.of(measure, period))
    }
}

fn sum<'a>(figures: impl Iterator<Item = &'a Figure>) -> Sums {
    let mut sums = Sums::default();
    figures.for_each(|figure| sums.add(&figure.sums));
    sums
}

/// A measure's target on the last day of a period.
fn target_of<'a>(targets: &'a [Target], period: &Period) -> Option<&'a Target> {
    let day = period.through.last_day().to_string();
    targets.iter().filter(|target| target.from <= day).max_by(|a, b| a.from.cmp(&b.from))
}

/// Whether sums reach a target; `None` without target or figures.
fn reached(sums: &Sums, target: Option<i64>) -> Option<bool> {
    let target = target.filter(|_| sums.denominator > 0)?;
    Some(meets(sums.numerator, sums.denominator, target))
}

fn share(sums: &Sums) -> Option<i64> {
    floor_bp(sums.numerator, sums.denominator)
}

/// Puts the document together; `None` where no month is closed.
pub fn document(material: &Material, lang: Lang) -> Option<Document> {
    let words = Words(lang);
    let subject = match material.own {
        None => words.of("report-all"),
        Some(_) => material.subject.name.clone(),
    };
    let common = &material.common;
    let chosen = rules::period(&common.closed, common.year)?;
    let years: BTreeSet<i32> = common.closed.iter().map(|month| month.year()).collect();
    // The latest year first, as one reads.
    let periods: Vec<Period> =
        years.iter().rev().filter_map(|year| rules::period(&common.closed, Some(*year))).collect();
    let own = Shelf::new(material.own.as_deref().unwrap_or(&common.all));
    let all = Shelf::new(&common.all);
    let shown: Vec<_> = common
        .measures
        .iter()
        .filter(|(measure, targets)| {
            let has_target = targets.iter().any(|target| target.target_bp.is_some());
            let in_use = measure.status == MeasureStatus::Active && has_target;
            in_use || periods.iter().any(|period| own.of(measure.id, period).next().is_some())
        })
        .collect();
    let mut tabs = vec![overview(&words, &shown, &periods, &own, &all, material)];
    for (number, (measure, targets)) in shown.iter().enumerate() {
        let page = Page { words: &words, measure, targets, own: &own, all: &all, material, number };
        let panels = periods
            .iter()
            .enumerate()
            .map(|(place, period)| Panel { choice: Some(place), blocks: page.blocks(period, &periods) });
        tabs.push(Tab {
            label: measure.code.clone(),
            heading: format!("{} – {}", measure.code, measure.name),
            panels: panels.collect(),
        });
    }
    let through = words.month(chosen.through);
    let mut lead = vec![words.with("report-through", &[("m", &through)]), words.of("report-all-decide")];
    if material.own.is_some() {
        lead.push(words.of("report-own-beside"));
    }
    Some(Document {
        lang,
        title: words.of("report-title"),
        from: "Statens Administration".to_owned(),
        subject,
        facts: material.subject.facts.iter().map(|(id, value)| (words.of(id), value.clone())).collect(),
        lead,
        notes: notes(&words, &shown, &periods, &own),
        choices: Some(Choices {
            legend: words.of("report-choose-year"),
            labels: periods.iter().map(|period| period.year.to_string()).collect(),
            chosen: periods.iter().position(|period| period.year == chosen.year).unwrap_or(0),
        }),
        tabs_legend: words.of("report-choose-measure"),
        tabs,
        page_each: true,
        day: chosen.through.last_day(),
    })
}

/// All measures on one page: where they stand, and the figures with the columns of K-162.
fn overview(
    words: &Words,
    shown: &[&(Measure, Vec<Target>)],
    periods: &[Period],
    own: &Shelf<'_>,
    all: &Shelf<'_>,
    material: &Material,
) -> Tab {
    let panels = periods.iter().enumerate().map(|(place, period)| {
        let span = words.span(period);
        let mut standing =
            Table::new(words.with("report-standing", &[("p", &span)]), 2, standing_head(words, material))
                .words_from(if material.own.is_some() { 4 } else { 3 });
        let mut limits = BTreeSet::new();
        for (measure, targets) in shown {
            let target = target_of(targets, period);
            let bp = target.and_then(|target| target.target_bp);
            limits.extend(target.and_then(|target| target.max_days));
            let everyone = all.sum(measure.id, period);
            let mut cells = vec![measure.code.clone(), measure.name.clone()];
            if material.own.is_some() {
                cells.push(words.share(share(&own.sum(measure.id, period))));
            }
            cells.push(words.share(share(&everyone)));
            cells.push(words.target(bp));
            cells.push(words.verdict(reached(&everyone, bp), bp));
            standing.row(cells);
        }
        let limit = if limits.len() == 1 { limits.first().copied() } else { None };
        Panel {
            choice: Some(place),
            blocks: vec![
                Block::Table(standing),
                Block::Table(areas(words, shown, period, own, material, &span, limit)),
            ],
        }
    });
    Tab { label: words.of("report-overview"), heading: words.of("report-overview"), panels: panels.collect() }
}

fn standing_head(words: &Words, material: &Material) -> Vec<String> {
    let mut head = vec![words.of("col-measure"), words.of("report-description")];
    if material.own.is_some() {
        head.push(material.subject.name.clone());
    }
    head.extend(["report-all", "report-target", "report-met"].map(|id| words.of(id)));
    head
}

/// The table of K-162 over all measures: own figures by service area.
fn areas(
    words: &Words,
    shown: &[&(Measure, Vec<Target>)],
    period: &Period,
    own: &Shelf<'_>,
    material: &Material,
    span: &str,
    limit: Option<i64>,
) -> Table {
    let whose = ("w", material.subject.name.as_str());
    let caption = words.with("report-figures-of", &[whose, ("p", span)]);
    let mut head =
        ["col-measure", "report-description", "col-service_area", "report-reached", "report-count"]
            .map(|id| words.of(id))
            .to_vec();
    head.extend(words.limits(limit));
    let mut table = Table::new(caption, 3, head);
    for (measure, _) in shown {
        let mut parts: BTreeMap<&str, Sums> = BTreeMap::new();
        for figure in own.of(measure.id, period) {
            parts.entry(&*figure.area).or_default().add(&figure.sums);
        }
        for (area, sums) in parts {
            let optional = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| format::integer(words.0, n));
            table.row(vec![
                measure.code.clone(),
                measure.name.clone(),
                words.area(area),
                words.share(share(&sums)),
                words.amount(measure, sums.denominator),
                optional(sums.within_limit),
                optional(sums.over_limit),
            ]);
        }
    }
    table
}

/// Months that are missing: not closed, or closed without figures. A gap is told, never summed over in silence.
fn notes(
    words: &Words,
    shown: &[&(Measure, Vec<Target>)],
    periods: &[Period],
    own: &Shelf<'_>,
) -> Vec<String> {
    let list =
        |months: &[Month]| months.iter().map(|month| words.month(*month)).collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    for period in periods {
        if !period.gaps.is_empty() {
            notes.push(words.with("report-note-open", &[("m", &list(&period.gaps))]));
        }
        let missing = |found: &BTreeSet<Month>| -> Vec<Month> {
            period.months.iter().copied().filter(|month| !found.contains(month)).collect()
        };
        let by_measure: Vec<(&str, BTreeSet<Month>)> = shown
            .iter()
            .map(|(measure, _)| {
                (measure.code.as_str(), own.of(measure.id, period).map(|f| f.month).collect())
            })
            .collect();
        let empty = missing(&by_measure.iter().flat_map(|(_, months)| months).copied().collect());
        if !empty.is_empty() {
            notes.push(words.with("report-note-empty", &[("m", &list(&empty))]));
        }
        for (code, months) in by_measure.iter().filter(|(_, months)| !months.is_empty()) {
            let only_here: Vec<_> = missing(months).into_iter().filter(|m| !empty.contains(m)).collect();
            if !only_here.is_empty() {
                let told = [("k", *code), ("m", list(&only_here).as_str())].map(|(k, v)| (k, v.to_owned()));
                let told: Vec<_> = told.iter().map(|(k, v)| (*k, v.as_str())).collect();
                notes.push(words.with("report-note-empty-of", &told));
            }
        }
    }
    notes
}
