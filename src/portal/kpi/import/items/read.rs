//! From a sheet of cases to items: every row checked and judged, every fault collected.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Basics, Cases, Course, Item, Standing};
use crate::platform::error::Result;
use crate::platform::sheet::{Heading, Record, Sheet, cell};
use crate::platform::spill::Sorter;
use crate::platform::ui::progress::Progress;
use crate::portal::calendar::parse_day;
use crate::portal::cli::line;
use crate::portal::kpi::import::rows::{MEASURE, OWN, Rows, each};
use crate::portal::kpi::import::{ImportOptions, Parsed};
use crate::portal::kpi::{Basis, Measure};
use crate::values::{Invalid, Month};

const HEADINGS: [Heading; 3] = [
    Heading { names: &["Sagsnummer", "case"], required: true },
    Heading { names: &["Modtaget", "received"], required: true },
    Heading { names: &["Behandlet", "handled"], required: true },
];
const CASE: usize = OWN;
const RECEIVED: usize = OWN + 1;
const HANDLED: usize = OWN + 2;

/// Reads, checks and judges a whole sheet, on this day.
pub(super) fn parse(
    sheet: &Sheet,
    basics: &Basics,
    options: ImportOptions,
    today: NaiveDate,
    progress: &Progress,
) -> Result<Parsed<Cases>> {
    let mut reader = Reader {
        rows: Rows::new(sheet, &basics.catalogue, HEADINGS, options)?,
        basics,
        today,
        items: Sorter::new(options.memory),
        months: BTreeSet::new(),
    };
    each(sheet, progress, |record| reader.row(record))?;
    let Reader { rows, items, months, .. } = reader;
    // That a month is final is not said by its cases.
    let months = months.into_iter().map(|month| (month, false)).collect();
    Ok(Parsed { rows: items.finish()?, months, unused: None, known: rows.finish() })
}

struct Reader<'a> {
    rows: Rows<'a>,
    basics: &'a Basics,
    today: NaiveDate,
    items: Sorter<Item>,
    months: BTreeSet<Month>,
}

impl Reader<'_> {
    fn row(&mut self, record: &Record<'_>) -> Result<()> {
        if !self.rows.begin(record) {
            return self.rows.end(record).map(drop);
        }
        let received = self.date(record, RECEIVED);
        let open = self.rows.cell(record, HANDLED).is_empty();
        let handled = if open { None } else { self.date(record, HANDLED) };
        if let (Some(received), Some(handled)) = (received, handled)
            && handled < received
        {
            let message = format!("it was handled before it was received on {received}");
            self.rows.fault(record, HANDLED, "handled.too-early", message);
        }
        // What is open is wanted of the institution whose the unit is now; it is in no month's figures.
        let month = if open { Month::of(self.today) } else { handled.and_then(Month::of) };
        let (unit, kind) = self.rows.unit(record, month);
        let measure = self.rows.measure_of(record, kind).filter(|measure| self.takes_cases(record, measure));
        let area = self.rows.area(record);
        let case = self.case(record);
        let limit = match (measure, received) {
            (Some(measure), Some(received)) => self.limit(record, measure, received),
            _ => None,
        };
        let sound = self.rows.end(record)?;
        let (Some(measure), Some(unit), Some(area), Some(case)) = (measure, unit, area, case) else {
            return Ok(());
        };
        if let (true, Some(_), Some(month)) = (sound, handled, month) {
            self.months.insert(month);
        }
        let received = received.unwrap_or(self.today);
        let handled = handled.map(|date| (date, self.basics.working.age(received, date)));
        let course = Course { area, received, handled, limit: limit.unwrap_or_default() };
        self.items.push(Item {
            measure: u32::try_from(measure.id).unwrap_or_default(),
            unit,
            case: case.into(),
            course,
            line: u32::try_from(record.line).unwrap_or(u32::MAX),
            // A row that is wrong still says what it is about, and another about the same is one too many.
            standing: if sound { Standing::New } else { Standing::Broken },
        })
    }

    /// A day in the form that the files have, not after today.
    fn date(&mut self, record: &Record<'_>, column: usize) -> Option<NaiveDate> {
        let text = self.rows.sheet.text(self.rows.cell(record, column));
        let date = parse_day(&text).and_then(|date| {
            if date <= self.today {
                return Ok(date);
            }
            let rule = format!("it lies after today, {}", self.today);
            Err(Invalid::new("date.future", "a date", &text, rule, "2026-05-04"))
        });
        self.rows.careful(record, column, date)
    }

    fn case(&mut self, record: &Record<'_>) -> Option<String> {
        let text = self.rows.sheet.text(self.rows.cell(record, CASE));
        let rule = |rule: &str| Err(Invalid::new("case.invalid", "a case number", &text, rule, "2026-10442"));
        let case = match cell::broken_by_excel(&text) {
            Some(broken) => Err(Invalid { noun: "a case number", ..broken }),
            None if text.is_empty() => rule("it is empty"),
            None => line(&text).or_else(|invalid| rule(&invalid.rule)),
        };
        self.rows.careful(record, CASE, case)
    }

    /// Whether the measure is reached within a limit.
    fn takes_cases(&mut self, record: &Record<'_>, measure: &Measure) -> bool {
        if measure.basis == Basis::WithinLimit {
            return true;
        }
        let message = format!(
            "measure {} has no limit of days that a case could be judged by (its basis is {}); import its monthly figures without --items",
            measure.code, measure.basis
        );
        self.rows.fault(record, MEASURE, "measure.no-cases", message);
        false
    }

    /// The limit in force on the day of receipt.
    fn limit(&mut self, record: &Record<'_>, measure: &Measure, received: NaiveDate) -> Option<u32> {
        let targets = self.basics.limits.get(&measure.id).map(Vec::as_slice).unwrap_or_default();
        let target = targets.iter().rev().find(|(from, _)| *from <= received);
        let limit = target.and_then(|(_, limit)| *limit);
        if limit.is_none() {
            let code = &measure.code;
            let message = format!(
                "no limit of days was in force for {code} on {received}; `portalctl kpi target set --measure {code} --from DATE --max-days N` sets one"
            );
            self.rows.fault(record, RECEIVED, "target.missing", message);
        }
        limit
    }
}
