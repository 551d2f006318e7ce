//! From a sheet of figures to facts: every row checked, every fault collected.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::{Fact, Figures, Standing};
use crate::platform::error::Result;
use crate::platform::sheet::number::{plain_count, plain_ore};
use crate::platform::sheet::{Heading, Record, Sheet, cell};
use crate::platform::spill::Sorter;
use crate::platform::ui::progress::Progress;
use crate::portal::kpi::Basis;
use crate::portal::kpi::import::place::yyyymm;
use crate::portal::kpi::import::rows::{OWN, Rows, each};
use crate::portal::kpi::import::{Catalogue, ImportOptions, Key, Parsed};
use crate::values::{Invalid, Month, Ore, parse_count};

/// The largest figure that is taken: ten billion kroner in øre, or as many cases.
const LARGEST: i64 = 1_000_000_000_000;

const HEADINGS: [Heading; 8] = [
    Heading { names: &["Måned", "month"], required: true },
    Heading { names: &["Antal i alt", "total"], required: true },
    Heading { names: &["Antal behandlet indenfor 1 dag", "within_limit"], required: true },
    Heading { names: &["Antal behandlet > 1 dag", "over_limit"], required: true },
    Heading { names: &["Antal fejl", "errors"], required: true },
    Heading { names: &["Søgt beløb", "applied"], required: true },
    Heading { names: &["Mistet beløb", "lost"], required: true },
    Heading { names: &["Afsluttet", "closed"], required: false },
];
const MONTH: usize = OWN;
const TOTAL: usize = OWN + 1;
const WITHIN: usize = OWN + 2;
const OVER: usize = OWN + 3;
const ERRORS: usize = OWN + 4;
const APPLIED: usize = OWN + 5;
const LOST: usize = OWN + 6;
const CLOSED: usize = OWN + 7;

/// Reads and checks a whole sheet, on this day.
pub(super) fn parse(
    sheet: &Sheet,
    catalogue: &Catalogue,
    options: ImportOptions,
    today: NaiveDate,
    progress: &Progress,
) -> Result<Parsed<Figures>> {
    let mut reader = Reader {
        now: Month::of(today),
        rows: Rows::new(sheet, catalogue, HEADINGS, options)?,
        known_months: HashMap::new(),
        facts: Sorter::new(options.memory),
        months: BTreeMap::new(),
        last_month: None,
        unused: None,
    };
    each(sheet, progress, |record| reader.row(record))?;
    let Reader { rows, facts, months, unused, .. } = reader;
    let months = months
        .into_iter()
        .filter_map(|(month, closed)| Some((Month::from_yyyymm(i64::from(month))?, closed)));
    Ok(Parsed { rows: facts.finish()?, months: months.collect(), unused, known: rows.finish() })
}

struct Reader<'a> {
    /// Nothing can be known of a later month.
    now: Option<Month>,
    rows: Rows<'a>,
    known_months: HashMap<Vec<u8>, Month>,
    facts: Sorter<Fact>,
    months: BTreeMap<u32, bool>,
    last_month: Option<(u32, bool)>,
    unused: Option<(u64, u64)>,
}

impl Reader<'_> {
    fn row(&mut self, record: &Record<'_>) -> Result<()> {
        if !self.rows.begin(record) {
            return self.rows.end(record).map(drop);
        }
        let month = self.month(record);
        let (unit, kind) = self.rows.unit(record, month);
        let measure = self.rows.measure_of(record, kind);
        let area = self.rows.area(record);
        let (numerator, denominator) =
            measure.and_then(|measure| self.figures(record, measure.basis)).unwrap_or_default();
        let closed = self.closed(record);
        let sound = self.rows.end(record)?;
        let (Some(month), Some(unit), Some(measure), Some(area)) = (month, unit, measure, area) else {
            return Ok(());
        };
        let month = yyyymm(month);
        let key = Key { measure: u32::try_from(measure.id).unwrap_or_default(), month, unit, area };
        // A row that is wrong still says what it is about, and another about the same is one too many.
        let standing = if sound { Standing::New } else { Standing::Broken };
        let line = u32::try_from(record.line).unwrap_or(u32::MAX);
        self.facts.push(Fact { key, numerator, denominator, line, standing })?;
        if self.last_month != Some((month, closed)) {
            *self.months.entry(month).or_insert(true) &= closed;
            self.last_month = Some((month, closed));
        }
        Ok(())
    }

    fn month(&mut self, record: &Record<'_>) -> Option<Month> {
        let cell = self.rows.cell(record, MONTH);
        if let Some(month) = self.known_months.get(cell) {
            return Some(*month);
        }
        let text = self.rows.sheet.text(cell);
        let read = Month::from_sheet(&text).and_then(|month| month.not_after(self.now, "kpi.month-future"));
        match read {
            Ok(month) => {
                // There are few months, but ways to write them without end.
                if self.known_months.len() < 10_000 {
                    self.known_months.insert(cell.to_vec(), month);
                }
                Some(month)
            }
            Err(invalid) => {
                // Of a month that Excel turned into text, its own parser knows what to write instead.
                let explained =
                    if invalid.rule.starts_with("Excel") { invalid } else { cell::explain(invalid) };
                self.rows.fault(record, MONTH, explained.code, format!("{explained}; {}", explained.hint()));
                None
            }
        }
    }

    /// Numerator and denominator (DOMAIN §2.3).
    fn figures(&mut self, record: &Record<'_>, basis: Basis) -> Option<(i64, i64)> {
        match basis {
            Basis::WithinLimit => {
                self.note_unused(record, [ERRORS, APPLIED, LOST].as_slice());
                let [total, within, over] = [TOTAL, WITHIN, OVER].map(|column| self.count(record, column));
                let (total, within, over) = (total?, within?, over?);
                if within.checked_add(over) != Some(total) {
                    let message = format!("{total} is not {within} + {over}");
                    self.rows.fault(record, TOTAL, "sum.differs", message);
                }
                Some((within, total))
            }
            Basis::WithoutError => {
                self.note_unused(record, [WITHIN, OVER, APPLIED, LOST].as_slice());
                let [total, errors] = [TOTAL, ERRORS].map(|column| self.count(record, column));
                let (total, errors) = (total?, errors?);
                if errors > total {
                    self.rows.fault(record, ERRORS, "errors.exceed", format!("{errors} errors of {total}"));
                }
                Some((total - errors, total))
            }
            Basis::NotLost => {
                self.note_unused(record, [TOTAL, WITHIN, OVER, ERRORS].as_slice());
                let [applied, lost] = [APPLIED, LOST].map(|column| self.amount(record, column));
                let (applied, lost) = (applied?, lost?);
                if lost > applied {
                    let (lost, applied) = (Ore::new(lost).danish(), Ore::new(applied).danish());
                    let message = format!("{lost} lost of {applied} applied for");
                    self.rows.fault(record, LOST, "lost.exceed", message);
                }
                Some((applied - lost, applied))
            }
        }
    }

    fn count(&mut self, record: &Record<'_>, column: usize) -> Option<i64> {
        let cell = self.rows.cell(record, column);
        let count = plain_count(cell).or_else(|| {
            let read = parse_count(&self.rows.sheet.text(cell));
            self.rows.careful(record, column, read)
        });
        self.bounded(record, column, count)
    }

    fn amount(&mut self, record: &Record<'_>, column: usize) -> Option<i64> {
        let cell = self.rows.cell(record, column);
        if let Some(ore) = plain_ore(cell) {
            return self.bounded(record, column, Some(ore));
        }
        let text = self.rows.sheet.text(cell);
        let amount = Ore::from_danish(&text).and_then(|ore| match ore.get() {
            0.. => Ok(ore.get()),
            _ => Err(Invalid::new("amount.invalid", "an amount", &text, "it is negative", "1.234,50")),
        });
        let amount = self.rows.careful(record, column, amount);
        self.bounded(record, column, amount)
    }

    /// A value that is right and small enough that sums over the country and the years cannot overflow.
    fn bounded(&mut self, record: &Record<'_>, column: usize, value: Option<i64>) -> Option<i64> {
        if value.is_none_or(|value| value <= LARGEST) {
            return value;
        }
        let text = self.rows.sheet.text(self.rows.cell(record, column)).into_owned();
        let rule = "it is larger than ten billion, more than any month can have";
        let read = Err(Invalid::new("number.invalid", "a figure", &text, rule, "1.234"));
        self.rows.careful(record, column, read)
    }

    fn note_unused(&mut self, record: &Record<'_>, columns: &[usize]) {
        if columns.iter().any(|column| !matches!(self.rows.cell(record, *column), b"" | b"0" | b"0,00")) {
            let (rows, first) = self.unused.unwrap_or((0, record.line));
            self.unused = Some((rows + 1, first));
        }
    }

    fn closed(&mut self, record: &Record<'_>) -> bool {
        let cell = self.rows.cell(record, CLOSED);
        let is_one_of = |words: [&str; 3]| words.iter().any(|w| w.as_bytes().eq_ignore_ascii_case(cell));
        if is_one_of(["Ja", "yes", "true"]) {
            return true;
        }
        if self.rows.has(CLOSED) && !cell.is_empty() && !is_one_of(["Nej", "no", "false"]) {
            self.rows.fault(record, CLOSED, "closed.invalid", "write Ja or Nej".to_owned());
        }
        false
    }
}
