//! The cases that missed the target ("Nej", K-164), where cases are known.

use super::measure::Page;
use crate::platform::document::{Block, Table};
use crate::platform::i18n::format;
use crate::portal::report::late::LateCase;
use crate::portal::report::rules::Period;

impl Page<'_> {
    /// The cases of one year; of many the first, and how many there are.
    pub(super) fn late(&self, period: &Period) -> Vec<Block> {
        let words = &self.report.words;
        let is_here = |measure: i64, year: i32| measure == self.measure.id && year == period.year;
        let Some(missed) = self.report.material.late.iter().find(|it| is_here(it.measure, it.year)) else {
            return Vec::new();
        };
        let mut head = vec![words.of("report-late-case")];
        if self.is_about_all() {
            head.push(words.of("col-tenant"));
        }
        head.extend(
            ["col-unit", "col-service_area", "report-late-received", "report-late-handled"]
                .map(|id| words.of(id)),
        );
        let words_until = head.len();
        head.extend(["report-late-days", "report-late-limit"].map(|id| words.of(id)));
        let caption = words.with("report-late-caption", &[("p", &words.span(period))]);
        let mut table = Table::new(caption, words_until, head);
        missed.cases.iter().for_each(|case| table.row(self.cells_of(case)));
        let mut blocks = vec![Block::Heading { text: words.of("report-late") }, Block::Table(table)];
        let more = missed.total - missed.cases.len() as i64;
        if more > 0 {
            let count = format::integer(words.0, more);
            blocks.push(Block::Text { text: words.with("report-late-more", &[("n", &count)]) });
        }
        blocks
    }

    fn cells_of(&self, case: &LateCase) -> Vec<String> {
        let words = &self.report.words;
        let mut cells = vec![case.case.clone()];
        if self.is_about_all() {
            cells.push(case.tenant.clone());
        }
        let (kind, number) = case.unit.split_once(':').unwrap_or(("", &case.unit));
        cells.extend([
            format!("{} {number}", words.of(&format!("unit-kind-{kind}"))),
            words.area(case.service_area.as_deref().unwrap_or_default()),
            format::short_date(case.received),
            case.handled.map(format::short_date).unwrap_or_default(),
            case.working_days.to_string(),
            case.limit.to_string(),
        ]);
        cells
    }
}
