//! One measure in one year: its figures, the months, the years beside it, and what missed the target.

use std::collections::BTreeMap;

use super::{Report, Shelf};
use crate::platform::document::chart::{self, Lines, Series};
use crate::platform::document::{Block, Card, Table, Verdict};
use crate::platform::i18n::format;
use crate::portal::kpi::{Basis, Direction, Measure, Target};
use crate::portal::report::rules::{self, Period, reached, share, target_of};
use crate::portal::report::{Figure, Sums};
use crate::values::Month;

/// What the blocks of a measure are made of.
pub(super) struct Page<'a> {
    pub report: &'a Report<'a>,
    pub measure: &'a Measure,
    pub targets: &'a [Target],
    /// The measure's place, for names of charts.
    pub number: usize,
}

impl Page<'_> {
    /// Everything about one year.
    pub fn blocks(&self, period: &Period) -> Vec<Block> {
        let words = &self.report.words;
        let span = words.span(period);
        let bp = self.target(period);
        let mut blocks = vec![Block::Heading { text: words.with("report-overview-of", &[("p", &span)]) }];
        if self.measure.basis == Basis::WithoutError {
            blocks.push(Block::Text { text: words.of("report-errors-judged") });
        }
        let limits = self.limits(period);
        if limits.len() > 1 {
            blocks.push(Block::Text {
                text: words.with("report-limits-differ", &[("l", &words.limit(&limits))]),
            });
        }
        blocks.push(Block::Figures { cards: self.cards(period, bp) });
        blocks.push(self.months_chart(period, bp));
        blocks.push(Block::Table(self.areas(period, &span, &limits)));
        blocks.push(Block::Table(self.months(period, &span, &limits)));
        blocks.extend(self.units(period, &span, &limits).map(Block::Table));
        blocks.extend(self.years(period));
        blocks.extend(self.late(period));
        blocks
    }

    pub(super) fn is_about_all(&self) -> bool {
        self.report.material.own.is_none()
    }

    pub(super) fn name(&self) -> &str {
        &self.report.name
    }

    /// The target on the last day of a period, in basis points.
    pub(super) fn target(&self, period: &Period) -> Option<i64> {
        target_of(self.targets, period).and_then(|target| target.target_bp)
    }

    /// What is to be reached, or not to be exceeded.
    fn target_told(&self, bp: i64) -> String {
        let words = &self.report.words;
        let id = match self.measure.direction {
            Direction::Higher => "report-target-is",
            Direction::Lower => "report-target-most",
        };
        words.with(id, &[("t", &format::percent(words.0, bp))])
    }

    /// The limits of days of a period; none where the measure has no such thing.
    pub(super) fn limits(&self, period: &Period) -> Vec<Option<i64>> {
        match self.measure.basis {
            Basis::WithinLimit => rules::limits_of(self.targets, period),
            Basis::WithoutError | Basis::NotLost => Vec::new(),
        }
    }

    fn cards(&self, period: &Period, bp: Option<i64>) -> Vec<Card> {
        let words = &self.report.words;
        let card = |label: String, shelf: &Shelf<'_>, is_own: bool| {
            let sums = shelf.sum(self.measure.id, period);
            let mut lines = vec![self.told(&sums)];
            lines.extend(bp.map(|bp| self.target_told(bp)));
            lines.extend(self.trend(shelf, period));
            if is_own {
                lines.push(words.of("report-informational"));
            }
            let met = reached(self.measure, &sums, bp);
            // An institution's own figures reach or miss nothing: the target is that of all customers.
            let verdict = match (met, bp) {
                (Some(true), _) if is_own => "report-own-yes",
                (Some(false), _) if is_own => "report-own-no",
                (Some(true), _) => "report-reached-yes",
                (Some(false), _) => "report-reached-no",
                (None, Some(_)) => "report-no-figures",
                (None, None) => "report-no-target",
            };
            let verdict = Some(Verdict { met, text: words.of(verdict) });
            Card { label, value: words.share(share(self.measure, &sums)), lines, verdict }
        };
        let mut cards = Vec::new();
        if !self.is_about_all() {
            cards.push(card(self.name().to_owned(), &self.report.own, true));
        }
        cards.push(card(words.of("report-all"), &self.report.all, false));
        cards
    }

    /// What a share is made of.
    fn told(&self, sums: &Sums) -> String {
        let words = &self.report.words;
        let amount = |n: i64| words.amount(self.measure, n);
        let missed = sums.denominator - sums.numerator;
        let (id, part) = match self.measure.basis {
            Basis::WithinLimit => ("report-told-within", sums.numerator),
            Basis::WithoutError => ("report-told-errors", missed),
            Basis::NotLost => ("report-told-lost", missed),
        };
        words.with(id, &[("a", &amount(part)), ("b", &amount(sums.denominator))])
    }

    /// How the share stands to that of the same months a year before: of those that both years have closed, and under
    /// the same limit.
    fn trend(&self, shelf: &Shelf<'_>, period: &Period) -> Option<String> {
        let words = &self.report.words;
        let closed = &self.report.material.common.closed;
        let (same, before) = rules::alike(closed, period, period.year - 1)?;
        let change = share(self.measure, &shelf.sum(self.measure.id, &same))?
            - share(self.measure, &shelf.sum(self.measure.id, &before))?;
        let year = before.year.to_string();
        let earlier = self.limits(&before);
        if earlier != self.limits(&same) {
            let limit = words.limit(&earlier);
            return Some(words.with("report-trend-other-limit", &[("y", &year), ("l", &limit)]));
        }
        let points = format::percent(words.0, change.abs());
        let points = points.trim_end_matches([' ', '%', '\u{a0}']);
        let id = match change {
            1.. => "report-trend-up",
            0 => "report-trend-same",
            _ => "report-trend-down",
        };
        Some(words.with(id, &[("n", points), ("y", &year)]))
    }

    fn months_chart(&self, period: &Period, bp: Option<i64>) -> Block {
        let words = &self.report.words;
        let months: Vec<Month> = (1..=12).filter_map(|number| Month::new(period.year, number)).collect();
        let values = |shelf: &Shelf<'_>| -> Vec<Option<i64>> {
            let by_month = self.by_month(shelf, period);
            months
                .iter()
                .map(|month| by_month.get(month).and_then(|sums| share(self.measure, sums)))
                .collect()
        };
        let places = months.iter().map(|month| words.month_name(*month).chars().take(3).collect()).collect();
        let title = words.with("report-chart-months", &[("y", &period.year.to_string())]);
        let names: Vec<String> = months.iter().map(|month| words.month_name(*month)).collect();
        self.chart(format!("m{}y{}", self.number, period.year), title, places, &names, values, bp)
    }

    /// A chart of own figures and those of all customers.
    pub(super) fn chart(
        &self,
        id: String,
        title: String,
        places: Vec<String>,
        names: &[String],
        values: impl Fn(&Shelf<'_>) -> Vec<Option<i64>>,
        bp: Option<i64>,
    ) -> Block {
        let words = &self.report.words;
        let mut series = Vec::new();
        if !self.is_about_all() {
            series.push(Series { label: self.name().to_owned(), values: values(&self.report.own) });
        }
        series.push(Series { label: words.of("report-all"), values: values(&self.report.all) });
        let described = series.iter().map(|series| {
            let known = names.iter().zip(&series.values).filter_map(|(name, value)| Some((name, (*value)?)));
            let told: Vec<_> = known.map(|(name, bp)| format!("{name} {}", words.share(Some(bp)))).collect();
            let told = if told.is_empty() { words.of("report-no-figures") } else { told.join(", ") };
            format!("{}: {told}.", series.label)
        });
        let mut alt: Vec<String> = described.collect();
        alt.extend(bp.map(|bp| self.target_told(bp)));
        let alt = alt.join(" ");
        let target = bp.map(|bp| (self.target_told(bp), bp));
        let lines = Lines { id, title, alt, places, series, target };
        let svg = chart::lines(&lines, words.0);
        Block::Chart { title: lines.title, alt: lines.alt, svg }
    }

    /// The headings of what a row of figures says.
    fn head(&self, first: &str, limits: &[Option<i64>]) -> Vec<String> {
        let words = &self.report.words;
        // A month's figures are its own; all others add up the year so far.
        let [reached, count] = match first {
            "col-month" => ["col-attainment_bp", "col-count"],
            _ => ["report-reached", "report-count"],
        };
        let mut head = vec![words.of(first), words.of(reached)];
        match self.measure.basis {
            Basis::WithinLimit => {
                head.push(words.of(count));
                head.extend(words.limits(limits));
            }
            Basis::WithoutError => {
                head.extend(["report-forms", "report-errors", "report-error-share"].map(|id| words.of(id)));
            }
            Basis::NotLost => head.extend(["report-applied", "report-lost"].map(|id| words.of(id))),
        }
        head
    }

    fn cells(&self, name: String, sums: &Sums) -> Vec<String> {
        let words = &self.report.words;
        let amount = |n: i64| words.amount(self.measure, n);
        let missed = sums.denominator - sums.numerator;
        let mut cells = vec![name, words.share(share(self.measure, sums)), amount(sums.denominator)];
        match self.measure.basis {
            Basis::WithinLimit => {
                cells.push(amount(sums.within_limit.unwrap_or(sums.numerator)));
                cells.push(amount(sums.over_limit.unwrap_or(missed)));
            }
            Basis::WithoutError => {
                cells.push(amount(missed));
                // What is not reached: the two shares make 100 %.
                cells.push(words.share(Direction::Lower.share_bp(sums.numerator, sums.denominator)));
            }
            Basis::NotLost => cells.push(amount(missed)),
        }
        cells
    }

    /// By service area, then all of it, then all customers (K-162, K-166).
    fn areas(&self, period: &Period, span: &str, limits: &[Option<i64>]) -> Table {
        let words = &self.report.words;
        let caption = words.with("report-by-area", &[("w", self.name()), ("p", span)]);
        let mut table = Table::new(caption, 1, self.head("col-service_area", limits));
        let parts = self.parts(period, |figure| Some(&figure.area));
        for (area, sums) in &parts {
            table.row(self.cells(words.area(area), sums));
        }
        let own = self.report.own.sum(self.measure.id, period);
        if self.is_about_all() {
            table.total(self.cells(words.of("report-all"), &own));
        } else {
            table.total(self.cells(words.with("report-total", &[("w", self.name())]), &own));
            table.total(self.cells(words.of("report-all"), &self.report.all.sum(self.measure.id, period)));
        }
        table
    }

    fn months(&self, period: &Period, span: &str, limits: &[Option<i64>]) -> Table {
        let words = &self.report.words;
        let caption = words.with("report-by-month", &[("w", self.name()), ("p", span)]);
        let mut head = self.head("col-month", limits);
        if !self.is_about_all() {
            head.push(words.of("report-all-reached"));
        }
        let mut table = Table::new(caption, 1, head);
        let [own, all] = [&self.report.own, &self.report.all].map(|shelf| self.by_month(shelf, period));
        let of = |sums: &BTreeMap<Month, Sums>, month| sums.get(month).copied().unwrap_or_default();
        for month in &period.months {
            let mut cells = self.cells(words.month(*month), &of(&own, month));
            if !self.is_about_all() {
                cells.push(words.share(share(self.measure, &of(&all, month))));
            }
            table.row(cells);
        }
        table
    }

    /// The sums of each month that has figures.
    fn by_month(&self, shelf: &Shelf<'_>, period: &Period) -> BTreeMap<Month, Sums> {
        let mut by_month: BTreeMap<Month, Sums> = BTreeMap::new();
        for figure in shelf.of(self.measure.id, period) {
            by_month.entry(figure.month).or_default().add(&figure.sums);
        }
        by_month
    }

    /// By unit, where there is more than one.
    fn units(&self, period: &Period, span: &str, limits: &[Option<i64>]) -> Option<Table> {
        let words = &self.report.words;
        let parts = self.parts(period, |figure| figure.unit.as_deref());
        let caption = words.with("report-by-unit", &[("w", self.name()), ("p", span)]);
        let mut table = Table::new(caption, 1, self.head("col-unit", limits));
        for (unit, sums) in &parts {
            let (kind, number) = unit.split_once(':').unwrap_or(("", unit));
            let kind = words.of(&format!("unit-kind-{kind}"));
            table.row(self.cells(format!("{kind} {number}"), sums));
        }
        (parts.len() > 1).then_some(table)
    }

    fn parts(&self, period: &Period, name: impl Fn(&Figure) -> Option<&str>) -> BTreeMap<&str, Sums> {
        let mut parts: BTreeMap<&str, Sums> = BTreeMap::new();
        for figure in self.report.own.of(self.measure.id, period) {
            if let Some(name) = name(figure) {
                parts.entry(name).or_default().add(&figure.sums);
            }
        }
        parts
    }
}
