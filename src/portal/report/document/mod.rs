//! The KPI report as a document that people look at: a tab a measure as in the portal (K-162, K-164), for every year
//! with closed months.

mod late;
mod measure;
mod overview;
mod words;
mod years;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::measure::Page;
use self::words::Words;
use super::late::store::Missed;
use super::rules::{self, Period};
use super::{Figure, Sums};
use crate::platform::document::{Choices, Document, Panel, Tab};
use crate::platform::i18n::Lang;
use crate::portal::kpi::{Measure, Target};
use crate::portal::tenant::unit::Unit;
use crate::values::Month;

/// Whose figures a report shows.
#[derive(Debug, Clone)]
pub enum Whose {
    /// All customers'.
    Everyone,
    /// Those of an institution, or of several, by name.
    Named(String),
    /// A unit's.
    Unit(Unit),
}

/// What a report is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Whose figures.
    pub whose: Whose,
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

/// Everything that a report says.
#[derive(Debug)]
pub struct Material {
    /// Whose figures.
    pub subject: Subject,
    /// Its own figures; `None` where the report is about all customers.
    pub own: Option<Vec<Figure>>,
    /// The cases that missed their target (K-164).
    pub late: Vec<Missed>,
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
    fn of<'p>(&self, measure: i64, period: &'p Period) -> impl Iterator<Item = &'a Figure> + use<'a, 'p, '_> {
        let found = self.0.get(&(measure, period.year)).into_iter().flatten().copied();
        found.filter(move |figure| period.has(figure.month))
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

/// Which years a document shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Years {
    /// All, to choose among.
    All,
    /// The one that is asked for.
    Chosen,
}

/// Puts the document together; `None` where no month is closed.
pub fn document(material: &Material, lang: Lang, shown_years: Years) -> Option<Document> {
    let words = Words(lang);
    let common = &material.common;
    let chosen = rules::period(&common.closed, common.year)?;
    let years: BTreeSet<i32> = common.closed.iter().map(|month| month.year()).collect();
    // The latest year first, as one reads.
    let all_periods: Vec<Period> =
        years.iter().rev().filter_map(|year| rules::period(&common.closed, Some(*year))).collect();
    let periods = match shown_years {
        Years::All => all_periods.clone(),
        Years::Chosen => vec![chosen.clone()],
    };
    let own = Shelf::new(material.own.as_deref().unwrap_or(&common.all));
    let all = Shelf::new(&common.all);
    let unit = match &material.subject.whose {
        Whose::Unit(unit) => Some(unit.kind),
        _ => None,
    };
    let has_figures =
        |measure: &Measure| all_periods.iter().any(|it| own.of(measure.id, it).next().is_some());
    let shown: Vec<_> = common
        .measures
        .iter()
        .filter(|(measure, targets)| {
            let has_target = targets.iter().any(|target| target.target_bp.is_some());
            rules::is_shown(measure, has_figures(measure), has_target, unit)
        })
        .collect();
    let report = Report {
        words,
        name: words.whose(&material.subject.whose),
        material,
        own,
        all,
        periods: all_periods,
    };
    let mut tabs = vec![report.overview(&shown, &periods)];
    for (number, (measure, targets)) in shown.iter().enumerate() {
        let page = Page { report: &report, measure, targets, number };
        let panels = periods
            .iter()
            .enumerate()
            .map(|(place, period)| Panel { choice: Some(place), blocks: page.blocks(period) });
        tabs.push(Tab {
            label: measure.code.clone(),
            heading: format!("{} – {}", measure.code, measure.name),
            panels: panels.collect(),
        });
    }
    let mut lead = vec![words.of("report-all-decide")];
    if material.own.is_some() {
        lead.push(words.of("report-own-beside"));
    }
    Some(Document {
        lang,
        title: words.of("report-title"),
        from: "Statens Administration".to_owned(),
        subject: report.name.clone(),
        facts: material.subject.facts.iter().map(|(id, value)| (words.of(id), value.clone())).collect(),
        lead,
        choices: (shown_years == Years::All).then(|| Choices {
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

/// What all parts of a document are made of.
struct Report<'a> {
    words: Words,
    /// Whose figures it shows, in the reader's language.
    name: String,
    material: &'a Material,
    own: Shelf<'a>,
    all: Shelf<'a>,
    /// All years, the latest first.
    periods: Vec<Period>,
}
