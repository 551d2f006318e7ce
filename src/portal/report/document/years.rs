//! The same months of all years ("År til år").

use super::Shelf;
use super::measure::Page;
use crate::platform::document::{Block, Table};
use crate::portal::report::rules::{self, Period, reached, share};

/// A year beside the one that is looked at.
struct Beside {
    period: Period,
    /// Its year; where not all of the months are closed in it, how many are.
    label: String,
}

impl Page<'_> {
    /// The years side by side, each over the months of this period that it has closed; nothing where there is one only.
    pub(super) fn years(&self, period: &Period) -> Vec<Block> {
        let words = &self.report.words;
        let years = self.beside(period);
        if years.len() < 2 {
            return Vec::new();
        }
        let values = |shelf: &Shelf<'_>| {
            years
                .iter()
                .map(|year| share(self.measure, &shelf.sum(self.measure.id, &year.period)))
                .collect::<Vec<_>>()
        };
        let labels: Vec<String> = years.iter().map(|year| year.label.clone()).collect();
        let places: Vec<String> = years.iter().map(|year| year.period.year.to_string()).collect();
        let span = words.span(period);
        let months = span.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned();
        let title = words.with("report-chart-years", &[("p", &months)]);
        let id = format!("y{}y{}", self.number, period.year);
        // The target may be another in each year, so the table alone tells of it.
        let chart = self.chart(id, title, places, &labels, values, None);
        let heading = Block::Heading { text: words.of("report-years") };
        let mut blocks = vec![heading, chart, Block::Table(self.years_table(&years, &months))];
        if years.iter().any(|year| year.period.months.len() < period.months.len()) {
            blocks.push(Block::Text { text: words.of("report-years-partly") });
        }
        blocks
    }

    fn beside(&self, period: &Period) -> Vec<Beside> {
        let closed = &self.report.material.common.closed;
        let all = period.months.len();
        let mut years: Vec<Beside> = self
            .report
            .periods
            .iter()
            .filter_map(|other| rules::alike(closed, period, other.year).map(|(_, other)| other))
            .filter(|other| self.report.all.of(self.measure.id, other).next().is_some())
            .map(|period| {
                let months = period.months.len();
                let label = match months == all {
                    true => period.year.to_string(),
                    false => self.report.words.with(
                        "report-year-partly",
                        &[
                            ("y", &period.year.to_string()),
                            ("n", &months.to_string()),
                            ("a", &all.to_string()),
                        ],
                    ),
                };
                Beside { period, label }
            })
            .collect();
        years.sort_by_key(|year| year.period.year);
        years
    }

    fn years_table(&self, years: &[Beside], months: &str) -> Table {
        let words = &self.report.words;
        let has_limit = years.iter().any(|year| self.limits(&year.period).iter().any(Option::is_some));
        let mut head = vec![words.of("col-year")];
        if !self.is_about_all() {
            head.push(self.name().to_owned());
        }
        head.extend(["report-all", "report-target", "report-met"].map(|id| words.of(id)));
        let words_from = head.len() - 2;
        if has_limit {
            head.push(words.of("report-limit"));
        }
        let mut table =
            Table::new(words.with("report-by-year", &[("p", months)]), 1, head).words_from(words_from);
        for Beside { period, label } in years.iter().rev() {
            let bp = self.target(period);
            let everyone = self.report.all.sum(self.measure.id, period);
            let mut cells = vec![label.clone()];
            if !self.is_about_all() {
                cells.push(words.share(share(self.measure, &self.report.own.sum(self.measure.id, period))));
            }
            cells.extend([
                words.share(share(self.measure, &everyone)),
                words.target(bp),
                words.verdict(reached(self.measure, &everyone, bp), bp),
            ]);
            if has_limit {
                cells.push(words.limit(&self.limits(period)));
            }
            table.row(cells);
        }
        table
    }
}
