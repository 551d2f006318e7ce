//! All measures on one page: where they stand, the figures with the columns of K-162, and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use crate::platform::document::{Block, Panel, Tab, Table};
use crate::platform::i18n::format;
use crate::portal::kpi::{Measure, Target};
use crate::portal::report::Sums;
use crate::portal::report::rules::{self, Period, reached, share, target_of};
use crate::values::Month;

/// The measures of a report, each with its targets.
type Shown<'a> = [&'a (Measure, Vec<Target>)];

impl Report<'_> {
    pub fn overview(&self, shown: &Shown<'_>, periods: &[Period]) -> Tab {
        let heading = self.words.of("report-overview");
        let panels = periods.iter().enumerate().map(|(place, period)| {
            let through = self.words.with("report-through", &[("m", &self.words.month(period.through))]);
            let mut blocks = vec![Block::Text { text: through }];
            let items = self.notes(shown, period);
            if !items.is_empty() {
                blocks.push(Block::Notes { items });
            }
            blocks.push(Block::Table(self.standing(shown, period)));
            blocks.push(Block::Table(self.figures(shown, period)));
            Panel { choice: Some(place), blocks }
        });
        Tab { label: heading.clone(), heading, panels: panels.collect() }
    }

    /// Where each measure stands.
    fn standing(&self, shown: &Shown<'_>, period: &Period) -> Table {
        let (words, has_own) = (&self.words, self.material.own.is_some());
        let mut head = vec![words.of("col-measure"), words.of("report-description")];
        if has_own {
            head.push(self.name.clone());
        }
        head.extend(["report-all", "report-target", "report-met"].map(|id| words.of(id)));
        let words_from = head.len() - 2;
        let caption = words.with("report-standing", &[("p", &words.span(period))]);
        let mut table = Table::new(caption, 2, head).words_from(words_from);
        for (measure, targets) in shown {
            let bp = target_of(targets, period).and_then(|target| target.target_bp);
            let everyone = self.all.sum(measure.id, period);
            let mut cells = vec![measure.code.clone(), measure.name.clone()];
            if has_own {
                cells.push(words.share(share(measure, &self.own.sum(measure.id, period))));
            }
            cells.extend([
                words.share(share(measure, &everyone)),
                words.target(bp),
                words.verdict(reached(measure, &everyone, bp), bp),
            ]);
            table.row(cells);
        }
        table
    }

    /// The table of K-162 over all measures: own figures by service area.
    fn figures(&self, shown: &Shown<'_>, period: &Period) -> Table {
        let words = &self.words;
        let caption = words.with("report-figures-of", &[("w", &self.name), ("p", &words.span(period))]);
        let mut head =
            ["col-measure", "report-description", "col-service_area", "report-reached", "report-count"]
                .map(|id| words.of(id))
                .to_vec();
        let limits: BTreeSet<Option<i64>> = shown
            .iter()
            .map(|(_, targets)| rules::limits_of(targets, period))
            .filter(|limits| limits.iter().any(Option::is_some))
            .flatten()
            .collect();
        head.extend(words.limits(&limits.into_iter().collect::<Vec<_>>()));
        let mut table = Table::new(caption, 3, head);
        for (measure, _) in shown {
            let mut parts: BTreeMap<&str, Sums> = BTreeMap::new();
            for figure in self.own.of(measure.id, period) {
                parts.entry(&*figure.area).or_default().add(&figure.sums);
            }
            for (area, sums) in parts {
                let optional =
                    |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| format::integer(words.0, n));
                table.row(vec![
                    measure.code.clone(),
                    measure.name.clone(),
                    words.area(area),
                    words.share(share(measure, &sums)),
                    words.amount(measure, sums.denominator),
                    optional(sums.within_limit),
                    optional(sums.over_limit),
                ]);
            }
        }
        table
    }

    /// Months that are missing: not closed, or closed without figures. A gap is told, never summed over in silence.
    fn notes(&self, shown: &Shown<'_>, period: &Period) -> Vec<String> {
        let words = &self.words;
        let list =
            |months: &[Month]| months.iter().map(|month| words.month(*month)).collect::<Vec<_>>().join(", ");
        let mut notes = Vec::new();
        if !period.gaps.is_empty() {
            notes.push(words.with("report-note-open", &[("m", &list(&period.gaps))]));
        }
        let present: Vec<BTreeSet<Month>> = shown
            .iter()
            .map(|(measure, _)| self.own.of(measure.id, period).map(|figure| figure.month).collect())
            .collect();
        let missing = rules::missing(period, &present);
        if !missing.all.is_empty() {
            notes.push(words.with("report-note-empty", &[("m", &list(&missing.all))]));
        }
        for (place, months) in missing.of_measure {
            let code = shown.get(place).map_or("", |(measure, _)| measure.code.as_str());
            notes.push(words.with("report-note-empty-of", &[("k", code), ("m", &list(&months))]));
        }
        notes
    }
}
