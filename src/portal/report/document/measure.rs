//! One measure in one year: its figures, the months, the years beside it, and what missed the target.

use std::collections::BTreeMap;

use super::words::Words;
use super::{Material, Shelf, reached, share, sum, target_of};
use crate::platform::document::chart::{self, Lines, Series};
use crate::platform::document::{Block, Card, Table, Verdict};
use crate::platform::i18n::format;
use crate::portal::kpi::{Basis, Measure, Target};
use crate::portal::report::rules::{self, Period};
use crate::portal::report::{Figure, Sums};
use crate::values::Month;

/// What the blocks of a measure are made of.
pub(super) struct Page<'a> {
    pub words: &'a Words,
    pub measure: &'a Measure,
    pub targets: &'a [Target],
    pub own: &'a Shelf<'a>,
    pub all: &'a Shelf<'a>,
    pub material: &'a Material,
    /// The measure's place, for names of charts.
    pub number: usize,
}

impl Page<'_> {
    /// Everything about one year.
    pub fn blocks(&self, period: &Period, periods: &[Period]) -> Vec<Block> {
        let words = self.words;
        let span = words.span(period);
        let target = target_of(self.targets, period);
        let bp = target.and_then(|target| target.target_bp);
        let days = target.and_then(|target| target.max_days);
        let mut blocks = vec![Block::Heading { text: words.with("report-overview-of", &[("p", &span)]) }];
        if self.measure.basis == Basis::WithoutError {
            blocks.push(Block::Text { text: words.of("report-errors-judged") });
        }
        blocks.push(Block::Figures { cards: self.cards(period, bp) });
        blocks.push(self.months_chart(period, bp));
        blocks.push(Block::Table(self.areas(period, &span, days)));
        blocks.push(Block::Table(self.months(period, &span, days)));
        blocks.extend(self.units(period, &span, days).map(Block::Table));
        blocks.push(Block::Heading { text: words.of("report-years") });
        blocks.extend(self.years(period, periods));
        blocks.extend(self.late(period));
        blocks
    }

    fn is_about_all(&self) -> bool {
        self.material.own.is_none()
    }

    fn name(&self) -> &str {
        &self.material.subject.name
    }

    fn cards(&self, period: &Period, bp: Option<i64>) -> Vec<Card> {
        let words = self.words;
        let card = |label: String, shelf: &Shelf<'_>, is_own: bool| {
            let sums = shelf.sum(self.measure.id, period);
            let mut lines = vec![self.told(&sums)];
            lines
                .extend(bp.map(|bp| words.with("report-target-is", &[("t", &format::percent(words.0, bp))])));
            lines.extend(self.trend(shelf, period, &sums));
            if is_own {
                lines.push(words.of("report-informational"));
            }
            let met = reached(&sums, bp);
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
            Card { label, value: words.share(share(&sums)), lines, verdict }
        };
        let mut cards = Vec::new();
        if !self.is_about_all() {
            cards.push(card(self.name().to_owned(), self.own, true));
        }
        cards.push(card(words.of("report-all"), self.all, false));
        cards
    }

    /// What a share is made of.
    fn told(&self, sums: &Sums) -> String {
        let words = self.words;
        let amount = |n: i64| words.amount(self.measure, n);
        let missed = sums.denominator - sums.numerator;
        let (id, part) = match self.measure.basis {
            Basis::WithinLimit => ("report-told-within", sums.numerator),
            Basis::WithoutError => ("report-told-errors", missed),
            Basis::NotLost => ("report-told-lost", missed),
        };
        words.with(id, &[("a", &amount(part)), ("b", &amount(sums.denominator))])
    }

    /// How the share stands to that of the same months a year before.
    fn trend(&self, shelf: &Shelf<'_>, period: &Period, sums: &Sums) -> Option<String> {
        let before = rules::beside(&self.material.common.closed, period, period.year - 1)?;
        let change = share(sums)? - share(&shelf.sum(self.measure.id, &before))?;
        let words = self.words;
        let points = format::percent(words.0, change.abs());
        let points = points.trim_end_matches([' ', '%', '\u{a0}']);
        let id = match change {
            1.. => "report-trend-up",
            0 => "report-trend-same",
            _ => "report-trend-down",
        };
        Some(words.with(id, &[("n", points), ("y", &before.year.to_string())]))
    }

    fn months_chart(&self, period: &Period, bp: Option<i64>) -> Block {
        let words = self.words;
        let months: Vec<Month> = (1..=12).filter_map(|number| Month::new(period.year, number)).collect();
        let values = |shelf: &Shelf<'_>| -> Vec<Option<i64>> {
            let mut by_month: BTreeMap<Month, Sums> = BTreeMap::new();
            for figure in shelf.of(self.measure.id, period) {
                by_month.entry(figure.month).or_default().add(&figure.sums);
            }
            months.iter().map(|month| by_month.get(month).and_then(share)).collect()
        };
        let places = months.iter().map(|month| words.month_name(*month).chars().take(3).collect()).collect();
        let title = words.with("report-chart-months", &[("y", &period.year.to_string())]);
        let names: Vec<String> = months.iter().map(|month| words.month_name(*month)).collect();
        self.chart(format!("m{}y{}", self.number, period.year), title, places, &names, values, bp)
    }

    /// A chart of own figures and those of all customers.
    fn chart(
        &self,
        id: String,
        title: String,
        places: Vec<String>,
        names: &[String],
        values: impl Fn(&Shelf<'_>) -> Vec<Option<i64>>,
        bp: Option<i64>,
    ) -> Block {
        let words = self.words;
        let mut series = Vec::new();
        if !self.is_about_all() {
            series.push(Series { label: self.name().to_owned(), values: values(self.own) });
        }
        series.push(Series { label: words.of("report-all"), values: values(self.all) });
        let described = series.iter().map(|series| {
            let known = names.iter().zip(&series.values).filter_map(|(name, value)| Some((name, (*value)?)));
            let told: Vec<_> = known.map(|(name, bp)| format!("{name} {}", words.share(Some(bp)))).collect();
            let told = if told.is_empty() { words.of("report-no-figures") } else { told.join(", ") };
            format!("{}: {told}.", series.label)
        });
        let mut alt: Vec<String> = described.collect();
        alt.extend(bp.map(|bp| words.with("report-target-is", &[("t", &format::percent(words.0, bp))])));
        let alt = alt.join(" ");
        let target =
            bp.map(|bp| (words.with("report-target-is", &[("t", &format::percent(words.0, bp))]), bp));
        let lines = Lines { id, title, alt, places, series, target };
        let svg = chart::lines(&lines, words.0);
        Block::Chart { title: lines.title, alt: lines.alt, svg }
    }

    /// The headings of what a row of figures says.
    fn head(&self, first: &str, days: Option<i64>) -> Vec<String> {
        let words = self.words;
        // A month's figures are its own; all others add up the year so far.
        let [reached, count] = match first {
            "col-month" => ["col-attainment_bp", "col-count"],
            _ => ["report-reached", "report-count"],
        };
        let mut head = vec![words.of(first), words.of(reached)];
        match self.measure.basis {
            Basis::WithinLimit => {
                head.push(words.of(count));
                head.extend(words.limits(days));
            }
            Basis::WithoutError => {
                head.extend(["report-forms", "report-errors", "report-error-share"].map(|id| words.of(id)));
            }
            Basis::NotLost => head.extend(["report-applied", "report-lost"].map(|id| words.of(id))),
        }
        head
    }

    fn cells(&self, name: String, sums: &Sums) -> Vec<String> {
        let words = self.words;
        let amount = |n: i64| words.amount(self.measure, n);
        let missed = sums.denominator - sums.numerator;
        let mut cells = vec![name, words.share(share(sums)), amount(sums.denominator)];
        match self.measure.basis {
            Basis::WithinLimit => {
                cells.push(amount(sums.within_limit.unwrap_or(sums.numerator)));
                cells.push(amount(sums.over_limit.unwrap_or(missed)));
            }
            Basis::WithoutError => {
                cells.push(amount(missed));
                // What is not reached: the two shares make 100 %.
                cells.push(words.share(share(sums).map(|bp| 10_000 - bp)));
            }
            Basis::NotLost => cells.push(amount(missed)),
        }
        cells
    }

    /// By service area, then all of it, then all customers (K-162, K-166).
    fn areas(&self, period: &Period, span: &str, days: Option<i64>) -> Table {
        let words = self.words;
        let caption = words.with("report-by-area", &[("w", self.name()), ("p", span)]);
        let mut table = Table::new(caption, 1, self.head("col-service_area", days));
        let parts = self.parts(period, |figure| Some(&figure.area));
        for (area, sums) in &parts {
            table.row(self.cells(words.area(area), sums));
        }
        let own = self.own.sum(self.measure.id, period);
        if self.is_about_all() {
            table.total(self.cells(words.of("report-all"), &own));
        } else {
            table.total(self.cells(words.with("report-total", &[("w", self.name())]), &own));
            table.total(self.cells(words.of("report-all"), &self.all.sum(self.measure.id, period)));
        }
        table
    }

    fn months(&self, period: &Period, span: &str, days: Option<i64>) -> Table {
        let words = self.words;
        let caption = words.with("report-by-month", &[("w", self.name()), ("p", span)]);
        let mut head = self.head("col-month", days);
        if !self.is_about_all() {
            head.push(words.of("report-all-reached"));
        }
        let mut table = Table::new(caption, 1, head);
        for month in &period.months {
            let of = |shelf: &Shelf<'_>| {
                sum(shelf.of(self.measure.id, period).filter(|figure| figure.month == *month))
            };
            let mut cells = self.cells(words.month(*month), &of(self.own));
            if !self.is_about_all() {
                cells.push(words.share(share(&of(self.all))));
            }
            table.row(cells);
        }
        table
    }

    /// By unit, where there is more than one.
    fn units(&self, period: &Period, span: &str, days: Option<i64>) -> Option<Table> {
        let words = self.words;
        let parts = self.parts(period, |figure| figure.unit.as_deref());
        let caption = words.with("report-by-unit", &[("w", self.name()), ("p", span)]);
        let mut table = Table::new(caption, 1, self.head("col-unit", days));
        for (unit, sums) in &parts {
            let (kind, number) = unit.split_once(':').unwrap_or(("", unit));
            let kind = words.of(&format!("unit-kind-{kind}"));
            table.row(self.cells(format!("{kind} {number}"), sums));
        }
        (parts.len() > 1).then_some(table)
    }

    fn parts(&self, period: &Period, name: impl Fn(&Figure) -> Option<&str>) -> BTreeMap<&str, Sums> {
        let mut parts: BTreeMap<&str, Sums> = BTreeMap::new();
        for figure in self.own.of(self.measure.id, period) {
            if let Some(name) = name(figure) {
                parts.entry(name).or_default().add(&figure.sums);
            }
        }
        parts
    }

    /// The same months of all years ("År til år").
    fn years(&self, period: &Period, periods: &[Period]) -> Vec<Block> {
        let words = self.words;
        let closed = &self.material.common.closed;
        let mut beside: Vec<Period> = periods
            .iter()
            .filter_map(|other| rules::beside(closed, period, other.year))
            .filter(|other| self.all.of(self.measure.id, other).next().is_some())
            .collect();
        beside.sort_by_key(|other| other.year);
        if beside.len() < 2 {
            return vec![Block::Text { text: words.of("report-one-year") }];
        }
        let values = |shelf: &Shelf<'_>| {
            beside.iter().map(|other| share(&shelf.sum(self.measure.id, other))).collect::<Vec<_>>()
        };
        let places: Vec<String> = beside.iter().map(|other| other.year.to_string()).collect();
        let span = words.span(period);
        let months = span.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned();
        let title = words.with("report-chart-years", &[("p", &months)]);
        let id = format!("y{}y{}", self.number, period.year);
        // The target may be another in each year, so the table alone tells of it.
        let chart = self.chart(id, title, places.clone(), &places, values, None);
        let mut head = vec![words.of("col-year")];
        if !self.is_about_all() {
            head.push(self.name().to_owned());
        }
        head.extend(["report-all", "report-target", "report-met"].map(|id| words.of(id)));
        let first = head.len() - 2;
        let mut table =
            Table::new(words.with("report-by-year", &[("p", &months)]), 1, head).words_from(first);
        for other in beside.iter().rev() {
            let bp = target_of(self.targets, other).and_then(|target| target.target_bp);
            let everyone = self.all.sum(self.measure.id, other);
            let mut cells = vec![other.year.to_string()];
            if !self.is_about_all() {
                cells.push(words.share(share(&self.own.sum(self.measure.id, other))));
            }
            cells.extend([
                words.share(share(&everyone)),
                words.target(bp),
                words.verdict(reached(&everyone, bp), bp),
            ]);
            table.row(cells);
        }
        vec![chart, Block::Table(table)]
    }

    /// The cases that missed the target ("Nej"), where cases are known.
    fn late(&self, period: &Period) -> Vec<Block> {
        let words = self.words;
        let cases = self.material.late.iter().filter(|case| {
            case.measure == self.measure.id
                && case.month <= period.through
                && case.month.year() == period.year
        });
        let columns = [
            "col-unit",
            "col-service_area",
            "report-late-case",
            "report-late-received",
            "report-late-handled",
            "report-late-days",
            "report-late-limit",
        ];
        let caption = words.with("report-late-caption", &[("p", &words.span(period))]);
        let mut table = Table::new(caption, 5, columns.map(|id| words.of(id)).to_vec());
        cases.for_each(|case| table.row(case.cells.to_vec()));
        if table.rows.is_empty() {
            return Vec::new();
        }
        vec![Block::Heading { text: words.of("report-late") }, Block::Table(table)]
    }
}
