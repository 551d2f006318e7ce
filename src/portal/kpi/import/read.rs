//! From a sheet to facts: every row checked, every fault collected.

use std::collections::{BTreeMap, HashMap};

use super::place::{Place, PlaceCell, PlaceCells, Places};
use super::{Catalogue, Fact, ImportOptions, Key, PROVISIONAL, Parsed, Standing};
use crate::platform::error::Result;
use crate::platform::i18n::{self, Lang};
use crate::platform::sheet::number::{plain_count, plain_ore};
use crate::platform::sheet::{Fault, Faults, Heading, Record, Sheet, cell};
use crate::portal::cli::line_or_empty;
use crate::portal::kpi::{Basis, Measure, MeasureStatus};
use crate::values::{Coded, Invalid, Month, Ore, UnitKind, parse_count};

/// The largest figure that is taken: ten billion kroner in øre, or as many cases.
const LARGEST: i64 = 1_000_000_000_000;

const HEADINGS: &[Heading] = &[
    Heading { names: &["Måned", "month"], required: true },
    Heading { names: &["Mål", "measure"], required: true },
    Heading { names: &["CVR-nummer", "cvr"], required: true },
    Heading { names: &["Enhedstype", "unit_kind"], required: true },
    Heading { names: &["Enhedsnummer", "unit_number"], required: true },
    Heading { names: &["Serviceområde", "service_area"], required: true },
    Heading { names: &["Antal i alt", "total"], required: true },
    Heading { names: &["Antal behandlet indenfor 1 dag", "within_limit"], required: true },
    Heading { names: &["Antal behandlet > 1 dag", "over_limit"], required: true },
    Heading { names: &["Antal fejl", "errors"], required: true },
    Heading { names: &["Søgt beløb", "applied"], required: true },
    Heading { names: &["Mistet beløb", "lost"], required: true },
    Heading { names: &["Afsluttet", "closed"], required: false },
];
const MONTH: usize = 0;
const MEASURE: usize = 1;
const CVR: usize = 2;
const UNIT_KIND: usize = 3;
const UNIT_NUMBER: usize = 4;
const AREA: usize = 5;
const TOTAL: usize = 6;
const WITHIN: usize = 7;
const OVER: usize = 8;
const ERRORS: usize = 9;
const APPLIED: usize = 10;
const LOST: usize = 11;
const CLOSED: usize = 12;

/// Parses and checks a whole sheet. All faults are told at once (65).
pub(super) fn parse(sheet: &Sheet, catalogue: &Catalogue, options: ImportOptions) -> Result<Parsed> {
    let places = sheet.columns(HEADINGS)?;
    // An absent column lies behind the last cell, where every cell is empty.
    let columns = places.iter().map(|place| place.unwrap_or(usize::MAX)).collect();
    let mut reader = Reader {
        sheet,
        catalogue,
        columns,
        has_closed: places.get(CLOSED).copied().flatten().is_some(),
        places: Places::new(catalogue, options.create_units),
        known_places: HashMap::new(),
        last_place: (Vec::new(), None),
        known_areas: HashMap::new(),
        new_areas: HashMap::new(),
        missing_areas: Vec::new(),
        facts: Vec::new(),
        months: BTreeMap::new(),
        last_month: None,
        unused: None,
        faults: Faults::default(),
    };
    sheet.each(|record| {
        reader.row(record);
        Ok(())
    })?;
    reader.finish()
}

struct Reader<'a> {
    sheet: &'a Sheet,
    catalogue: &'a Catalogue,
    columns: Vec<usize>,
    has_closed: bool,
    places: Places<'a>,
    known_places: HashMap<Vec<u8>, Place>,
    last_place: (Vec<u8>, Option<Place>),
    known_areas: HashMap<Vec<u8>, u32>,
    new_areas: HashMap<String, u32>,
    missing_areas: Vec<String>,
    facts: Vec<Fact>,
    months: BTreeMap<u32, bool>,
    last_month: Option<(u32, bool)>,
    unused: Option<(u64, u64)>,
    faults: Faults,
}

impl<'a> Reader<'a> {
    fn cell<'r>(&self, record: &Record<'r>, column: usize) -> &'r [u8] {
        record.cell(self.column(column))
    }

    fn column(&self, column: usize) -> usize {
        self.columns.get(column).copied().unwrap_or(usize::MAX)
    }

    fn fault(&mut self, record: &Record<'_>, column: usize, code: &'static str, message: String) {
        let value = self.sheet.text(self.cell(record, column)).into_owned();
        let heading = self.sheet.heading(self.columns.get(column).copied());
        self.faults.push(Fault { line: record.line, column: heading, value, code, message });
    }

    fn row(&mut self, record: &Record<'_>) {
        if !self.sheet.check_whole(record, &mut self.faults) {
            return;
        }
        let (place, kind) = self.place(record);
        let measure = self.measure(record);
        if let (Some(measure), Some(kind)) = (measure, kind)
            && measure.unit_kind.is_some_and(|wanted| wanted != kind)
        {
            let wanted = measure.unit_kind.map_or("", Coded::code);
            let message = format!("measure {} has figures of {wanted} units only", measure.code);
            self.fault(record, UNIT_KIND, "unit.kind", message);
        }
        let area = self.area(record);
        let (numerator, denominator) =
            measure.and_then(|measure| self.figures(record, measure.basis)).unwrap_or_default();
        let closed = self.closed(record);
        let (Some(place), Some(measure), Some(area)) = (place, measure, area) else { return };
        let key = Key {
            measure: u32::try_from(measure.id).unwrap_or_default(),
            month: place.month,
            unit: place.unit,
            area,
        };
        let line = u32::try_from(record.line).unwrap_or(u32::MAX);
        self.facts.push(Fact { key, numerator, denominator, line, standing: Standing::New });
        if self.last_month != Some((place.month, closed)) {
            *self.months.entry(place.month).or_insert(true) &= closed;
            self.last_month = Some((place.month, closed));
        }
    }

    fn place(&mut self, record: &Record<'_>) -> (Option<Place>, Option<UnitKind>) {
        let cells = [MONTH, CVR, UNIT_KIND, UNIT_NUMBER].map(|column| self.cell(record, column));
        let key = &mut self.last_place.0;
        let same = key.len() == cells.iter().map(|cell| cell.len() + 1).sum::<usize>() && {
            let mut rest = key.as_slice();
            cells.iter().all(|cell| {
                let fits = rest.starts_with(cell) && rest.get(cell.len()) == Some(&0x1F);
                rest = rest.get(cell.len() + 1..).unwrap_or_default();
                fits
            })
        };
        if let (true, Some(place)) = (same, self.last_place.1) {
            return (Some(place), Some(place.kind));
        }
        key.clear();
        for cell in cells {
            key.extend_from_slice(cell);
            key.push(0x1F);
        }
        self.last_place.1 = self.known_places.get(key.as_slice()).copied();
        if let Some(place) = self.last_place.1 {
            return (Some(place), Some(place.kind));
        }
        let [month, cvr, kind, number] = cells.map(|cell| self.sheet.text(cell));
        let texts = PlaceCells { month: &month, cvr: &cvr, kind: &kind, number: &number };
        match self.places.find(&texts) {
            Ok(place) => {
                self.known_places.insert(self.last_place.0.clone(), place);
                self.last_place.1 = Some(place);
                (Some(place), Some(place.kind))
            }
            Err((kind, faults)) => {
                for (cell, code, message) in faults {
                    let column = match cell {
                        PlaceCell::Month => MONTH,
                        PlaceCell::Cvr => CVR,
                        PlaceCell::Kind => UNIT_KIND,
                        PlaceCell::Number => UNIT_NUMBER,
                    };
                    self.fault(record, column, code, message);
                }
                (None, kind)
            }
        }
    }

    fn measure(&mut self, record: &Record<'_>) -> Option<&'a Measure> {
        let cell = self.cell(record, MEASURE);
        let catalogue = self.catalogue;
        let found = catalogue.measures.iter().find(|m| m.code.as_bytes().eq_ignore_ascii_case(cell));
        match found {
            Some(measure) if measure.status == MeasureStatus::Active => return Some(measure),
            Some(measure) => {
                let message = format!("measure {} is retired", measure.code);
                self.fault(record, MEASURE, "measure.retired", message);
            }
            None => {
                let codes: Vec<_> = catalogue.measures.iter().map(|m| m.code.as_str()).collect();
                let message = format!("there is no such measure; there are {}", codes.join(", "));
                let (code, message) = match cell::broken_by_excel(&record.text(self.column(MEASURE))) {
                    Some(broken) => (broken.code, format!("{message}; {}", broken.rule)),
                    None => ("measure.unknown", message),
                };
                self.fault(record, MEASURE, code, message);
            }
        }
        None
    }

    fn area(&mut self, record: &Record<'_>) -> Option<u32> {
        let cell = self.cell(record, AREA);
        if let Some(area) = self.known_areas.get(cell) {
            return Some(*area);
        }
        let text = self.sheet.text(cell);
        let name = match line_or_empty(&text) {
            Ok(name) if is_none(&name) => String::new(),
            Ok(name) => name,
            Err(invalid) => {
                self.fault(record, AREA, "service-area.invalid", invalid.to_string());
                return None;
            }
        };
        let known = self.catalogue.areas.get(&name).or_else(|| self.new_areas.get(&name)).copied();
        let area = known.unwrap_or_else(|| {
            let area = PROVISIONAL + u32::try_from(self.missing_areas.len()).unwrap_or(PROVISIONAL - 1);
            self.missing_areas.push(name.clone());
            self.new_areas.insert(name, area);
            area
        });
        self.known_areas.insert(cell.to_vec(), area);
        Some(area)
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
                    self.fault(record, TOTAL, "sum.differs", message);
                }
                Some((within, total))
            }
            Basis::WithoutError => {
                self.note_unused(record, [WITHIN, OVER, APPLIED, LOST].as_slice());
                let [total, errors] = [TOTAL, ERRORS].map(|column| self.count(record, column));
                let (total, errors) = (total?, errors?);
                if errors > total {
                    self.fault(record, ERRORS, "errors.exceed", format!("{errors} errors of {total}"));
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
                    self.fault(record, LOST, "lost.exceed", message);
                }
                Some((applied - lost, applied))
            }
        }
    }

    fn count(&mut self, record: &Record<'_>, column: usize) -> Option<i64> {
        let cell = self.cell(record, column);
        let count =
            plain_count(cell).or_else(|| self.careful(record, column, parse_count(&self.sheet.text(cell))));
        self.bounded(record, column, count)
    }

    fn amount(&mut self, record: &Record<'_>, column: usize) -> Option<i64> {
        let cell = self.cell(record, column);
        if let Some(ore) = plain_ore(cell) {
            return self.bounded(record, column, Some(ore));
        }
        let text = self.sheet.text(cell);
        let amount = Ore::from_danish(&text).and_then(|ore| match ore.get() {
            0.. => Ok(ore.get()),
            _ => Err(Invalid::new("amount.invalid", "an amount", &text, "it is negative", "1.234,50")),
        });
        let amount = self.careful(record, column, amount);
        self.bounded(record, column, amount)
    }

    /// A value that is right and small enough that sums over the country and the years cannot overflow.
    fn bounded(&mut self, record: &Record<'_>, column: usize, value: Option<i64>) -> Option<i64> {
        if value.is_none_or(|value| value <= LARGEST) {
            return value;
        }
        let text = self.sheet.text(self.cell(record, column)).into_owned();
        let rule = "it is larger than ten billion, more than any month can have";
        self.careful(record, column, Err(Invalid::new("number.invalid", "a figure", &text, rule, "1.234")))
    }

    fn careful(&mut self, record: &Record<'_>, column: usize, read: Result<i64, Invalid>) -> Option<i64> {
        read.map_err(|invalid| {
            let invalid = cell::explain(invalid);
            let message = format!("{invalid}; {}", invalid.hint());
            self.fault(record, column, invalid.code, message);
        })
        .ok()
    }

    fn note_unused(&mut self, record: &Record<'_>, columns: &[usize]) {
        if columns.iter().any(|column| !matches!(self.cell(record, *column), b"" | b"0" | b"0,00")) {
            let (rows, first) = self.unused.unwrap_or((0, record.line));
            self.unused = Some((rows + 1, first));
        }
    }

    fn closed(&mut self, record: &Record<'_>) -> bool {
        let cell = self.cell(record, CLOSED);
        let is_one_of = |words: [&str; 3]| words.iter().any(|w| w.as_bytes().eq_ignore_ascii_case(cell));
        if is_one_of(["Ja", "yes", "true"]) {
            return true;
        }
        if self.has_closed && !cell.is_empty() && !is_one_of(["Nej", "no", "false"]) {
            self.fault(record, CLOSED, "closed.invalid", "write Ja or Nej".to_owned());
        }
        false
    }

    fn finish(mut self) -> Result<Parsed> {
        self.facts.sort_unstable_by_key(|fact| (fact.key, fact.line));
        let mut first: Option<&Fact> = None;
        for fact in &self.facts {
            match first {
                Some(first) if first.key == fact.key => self.faults.push(Fault {
                    line: u64::from(fact.line),
                    column: None,
                    value: String::new(),
                    code: "row.duplicate",
                    message: format!(
                        "month, measure, unit and service area are those of line {} again",
                        first.line
                    ),
                }),
                _ => first = Some(fact),
            }
        }
        self.faults.into_result("the file was not taken", "mend the lines listed and import it again")?;
        let months = self
            .months
            .into_iter()
            .filter_map(|(month, closed)| Some((Month::from_yyyymm(i64::from(month))?, closed)));
        Ok(Parsed {
            facts: self.facts,
            months: months.collect(),
            missing_units: self.places.missing,
            missing_areas: self.missing_areas,
            unused: self.unused,
            padded: self.places.padded,
        })
    }
}

/// Whether a service area's name says that there is none (K-163).
fn is_none(name: &str) -> bool {
    let is_label =
        |lang: &Lang| i18n::text(*lang, "empty").is_some_and(|label| label.eq_ignore_ascii_case(name));
    name.is_empty() || Lang::all().iter().any(is_label)
}
