//! The words of the report in the reader's language.

use super::Whose;
use crate::platform::i18n::{self, Lang, format};
use crate::portal::kpi::{Measure, ValueKind};
use crate::portal::report::rules::Period;
use crate::values::Month;

/// Words of a language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub Lang);

impl Words {
    /// The text with this id.
    pub fn of(&self, id: &str) -> String {
        i18n::text(self.0, id).unwrap_or_else(|| id.to_owned())
    }

    /// The text with this id, `%k` in it replaced by the value of `k`.
    pub fn with(&self, id: &str, values: &[(&str, &str)]) -> String {
        i18n::filled(self.0, id, values)
    }

    /// `maj 2026`.
    pub fn month(&self, month: Month) -> String {
        format::month(self.0, month)
    }

    pub fn month_name(&self, month: Month) -> String {
        format::month_name(self.0, month)
    }

    /// `januar–maj 2026`.
    pub fn span(&self, period: &Period) -> String {
        match Month::new(period.year, 1).filter(|first| *first != period.through) {
            Some(first) => format!("{}–{}", self.month_name(first), self.month(period.through)),
            None => self.month(period.through),
        }
    }

    /// `99,33 %`, or "(Tom)" where there is nothing to divide by.
    pub fn share(&self, bp: Option<i64>) -> String {
        bp.map_or_else(|| self.of("empty"), |bp| format::percent(self.0, bp))
    }

    pub fn target(&self, bp: Option<i64>) -> String {
        bp.map_or_else(|| self.of("report-no-target"), |bp| format::percent(self.0, bp))
    }

    /// Whether a target is reached, as a table says it.
    pub fn verdict(&self, met: Option<bool>, target: Option<i64>) -> String {
        match (met, target) {
            (Some(true), _) => self.of("yes"),
            (Some(false), _) => self.of("no"),
            (None, Some(_)) => self.of("report-no-figures"),
            (None, None) => "–".to_owned(),
        }
    }

    pub fn area(&self, area: &str) -> String {
        if area.is_empty() { self.of("empty") } else { area.to_owned() }
    }

    pub fn amount(&self, measure: &Measure, amount: i64) -> String {
        match measure.value_kind {
            ValueKind::Count => format::integer(self.0, amount),
            ValueKind::Ore => format!("{} kr.", format::ore(self.0, amount)),
        }
    }

    /// "Antal behandlet indenfor 1 dag" and "Antal behandlet > 1 dag"; without a number where it was not one all the
    /// time.
    pub fn limits(&self, limits: &[Option<i64>]) -> [String; 2] {
        match limits {
            [Some(days)] => {
                ["report-within", "report-over"].map(|id| self.with(id, &[("d", &self.days(*days))]))
            }
            _ => ["report-within-limit", "report-over-limit"].map(|id| self.of(id)),
        }
    }

    /// The limits of a period in words: "3 dage, 1 dag".
    pub fn limit(&self, limits: &[Option<i64>]) -> String {
        let told = |limit: &Option<i64>| {
            limit.map_or_else(|| self.of("report-limit-unknown"), |days| self.days(days))
        };
        limits.iter().map(told).collect::<Vec<_>>().join(", ")
    }

    fn days(&self, days: i64) -> String {
        match days {
            1 => self.of("report-day"),
            days => self.with("report-days", &[("n", &days.to_string())]),
        }
    }

    /// Whose figures a report shows.
    pub fn whose(&self, whose: &Whose) -> String {
        match whose {
            Whose::Everyone => self.of("report-all"),
            Whose::Named(name) => name.clone(),
            Whose::Unit(unit) => {
                let kind = self.of(&format!("unit-kind-{}", unit.kind));
                let name = unit.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
                format!("{kind} {}{name}", unit.number)
            }
        }
    }
}
