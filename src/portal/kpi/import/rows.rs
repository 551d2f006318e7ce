//! What the rows of figures and the rows of cases have in common: whose they are, of which measure and service area.

use std::collections::{BTreeSet, HashMap};

use super::failures::Failures;
use super::place::{PlaceCell, PlaceCells, Places};
use super::{Catalogue, ImportOptions, PROVISIONAL, STEP};
use crate::platform::bulk::{self, WRONG};
use crate::platform::error::Result;
use crate::platform::i18n::{self, Lang};
use crate::platform::sheet::{Fault, Faults, Heading, Record, Sheet, cell};
use crate::platform::ui::progress::Progress;
use crate::portal::cli::line_or_empty;
use crate::portal::kpi::{Measure, MeasureStatus};
use crate::values::{Coded, Invalid, Month, UnitKind};

/// The headings that say what a row is about.
pub(super) const KEY: [&str; 12] = [
    "Måned",
    "Mål",
    "Enhedstype",
    "Enhedsnummer",
    "Serviceområde",
    "Sagsnummer",
    "month",
    "measure",
    "unit_kind",
    "unit_number",
    "service_area",
    "case",
];

/// The columns that every file has, before its own.
pub(super) const MEASURE: usize = 0;
const CVR: usize = 1;
const UNIT_KIND: usize = 2;
const UNIT_NUMBER: usize = 3;
const AREA: usize = 4;
/// The reasons, in a file of rows that were set aside.
pub(super) const REASON: usize = 5;
/// The first of its own.
pub(super) const OWN: usize = 6;

const SHARED: [Heading; OWN] = [
    Heading { names: &["Mål", "measure"], required: true },
    Heading { names: &["CVR-nummer", "cvr"], required: true },
    Heading { names: &["Enhedstype", "unit_kind"], required: true },
    Heading { names: &["Enhedsnummer", "unit_number"], required: true },
    Heading { names: &["Serviceområde", "service_area"], required: true },
    Heading { names: &["Fejl"], required: false },
];

/// How many different cells are remembered, so that no file can fill the memory.
const REMEMBERED: usize = 200_000;

/// Reads rows, and collects what is wrong with them.
pub(super) struct Rows<'a> {
    pub sheet: &'a Sheet,
    pub catalogue: &'a Catalogue,
    columns: Vec<usize>,
    misplaced: BTreeSet<u64>,
    places: Places<'a>,
    known_units: HashMap<Vec<u8>, (u32, UnitKind)>,
    last_unit: (Vec<u8>, Option<(u32, UnitKind)>),
    /// Room for the cells that name a unit.
    scratch: Vec<u8>,
    known_areas: HashMap<Vec<u8>, u32>,
    new_areas: HashMap<String, u32>,
    missing_areas: Vec<String>,
    /// Of the row at hand.
    faults: Faults,
    pub failures: Failures,
    /// How many rows there are.
    pub count: u64,
}

/// What is known behind the last row.
pub(super) struct Known {
    pub count: u64,
    pub failures: Failures,
    pub missing_units: Vec<super::MissingUnit>,
    pub missing_areas: Vec<String>,
    pub padded: BTreeSet<String>,
}

impl<'a> Rows<'a> {
    pub fn new(
        sheet: &'a Sheet,
        catalogue: &'a Catalogue,
        own: impl IntoIterator<Item = Heading>,
        options: ImportOptions,
    ) -> Result<Rows<'a>> {
        let headings: Vec<_> = SHARED.into_iter().chain(own).collect();
        let places = sheet.columns(&headings)?;
        Ok(Rows {
            sheet,
            catalogue,
            // An absent column lies behind the last cell, where every cell is empty.
            columns: places.iter().map(|place| place.unwrap_or(usize::MAX)).collect(),
            misplaced: sheet.misplaced_quotes(WRONG + 1)?,
            places: Places::new(catalogue, options.create_units),
            known_units: HashMap::new(),
            last_unit: (Vec::new(), None),
            scratch: Vec::new(),
            known_areas: HashMap::new(),
            new_areas: HashMap::new(),
            missing_areas: Vec::new(),
            faults: Faults::default(),
            failures: Failures::new(options.keeps_failures()),
            count: 0,
        })
    }

    pub fn has(&self, column: usize) -> bool {
        self.column(column) != usize::MAX
    }

    pub fn cell<'r>(&self, record: &Record<'r>, column: usize) -> &'r [u8] {
        record.cell(self.column(column))
    }

    pub fn column(&self, column: usize) -> usize {
        self.columns.get(column).copied().unwrap_or(usize::MAX)
    }

    pub fn fault(&mut self, record: &Record<'_>, column: usize, code: &'static str, message: String) {
        let value = self.sheet.text(self.cell(record, column)).into_owned();
        let heading = self.sheet.heading(Some(self.column(column)));
        self.faults.push(Fault { line: record.line, column: heading, value, code, message });
    }

    /// A value, or what is wrong with it at its cell.
    pub fn careful<T>(&mut self, record: &Record<'_>, column: usize, read: Result<T, Invalid>) -> Option<T> {
        read.map_err(|invalid| {
            let invalid = cell::explain(invalid);
            let message = format!("{invalid}; {}", invalid.hint());
            self.fault(record, column, invalid.code, message);
        })
        .ok()
    }

    /// Whether the record's cells mean anything.
    pub fn begin(&mut self, record: &Record<'_>) -> bool {
        self.count += 1;
        if self.misplaced.contains(&record.line) {
            self.faults.push(bulk::damaged(record.line, String::new()));
            return false;
        }
        if !self.sheet.check_whole(record, &mut self.faults) {
            return false;
        }
        let reason = self.column(REASON);
        if let Some(fault) =
            (reason != usize::MAX).then(|| bulk::cut_off(self.sheet, record, reason)).flatten()
        {
            self.faults.push(fault);
            return false;
        }
        true
    }

    /// Whether nothing is wrong with the row.
    pub fn end(&mut self, record: &Record<'_>) -> Result<bool> {
        if self.faults.is_empty() {
            return Ok(true);
        }
        let faults = std::mem::take(&mut self.faults).listed();
        self.failures.row(record.line, faults)?;
        Ok(false)
    }

    /// What is known behind the last row.
    pub fn finish(self) -> Known {
        Known {
            count: self.count,
            failures: self.failures,
            missing_units: self.places.missing,
            missing_areas: self.missing_areas,
            padded: self.places.padded,
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

    /// As [`Rows::measure`], and it must have figures for units of this kind.
    pub fn measure_of(&mut self, record: &Record<'_>, kind: Option<UnitKind>) -> Option<&'a Measure> {
        let measure = self.measure(record);
        if let (Some(measure), Some(kind)) = (measure, kind)
            && measure.unit_kind.is_some_and(|wanted| wanted != kind)
        {
            let wanted = measure.unit_kind.map_or("", Coded::code);
            let message = format!("measure {} has figures of {wanted} units only", measure.code);
            self.fault(record, UNIT_KIND, "unit.kind", message);
        }
        measure
    }

    /// The unit, if it is that institution's in that month, and its kind as far as that is known.
    pub fn unit(&mut self, record: &Record<'_>, month: Option<Month>) -> (Option<u32>, Option<UnitKind>) {
        match self.find_unit(record, month) {
            Ok((unit, kind)) => (Some(unit), Some(kind)),
            Err(kind) => (None, kind),
        }
    }

    fn find_unit(
        &mut self,
        record: &Record<'_>,
        month: Option<Month>,
    ) -> Result<(u32, UnitKind), Option<UnitKind>> {
        let cells = [CVR, UNIT_KIND, UNIT_NUMBER].map(|column| self.cell(record, column));
        let mut key = std::mem::take(&mut self.scratch);
        key.clear();
        key.extend_from_slice(&month.map_or(0, Month::yyyymm).to_le_bytes());
        for cell in cells {
            key.extend_from_slice(cell);
            key.push(0x1F);
        }
        if let (true, Some(found)) = (key == self.last_unit.0, self.last_unit.1) {
            self.scratch = key;
            return Ok(found);
        }
        let known = self.known_units.get(&key).copied();
        self.scratch = std::mem::replace(&mut self.last_unit.0, key);
        self.last_unit.1 = known;
        if let Some(found) = known {
            return Ok(found);
        }
        let [cvr, kind, number] = cells.map(|cell| self.sheet.text(cell));
        match self.places.find(&PlaceCells { cvr: &cvr, kind: &kind, number: &number }, month) {
            Ok(found) => {
                if self.known_units.len() >= REMEMBERED {
                    self.known_units.clear();
                }
                self.known_units.insert(self.last_unit.0.clone(), found);
                self.last_unit.1 = Some(found);
                Ok(found)
            }
            Err((kind, faults)) => {
                for (cell, code, message) in faults {
                    let column = match cell {
                        PlaceCell::Cvr => CVR,
                        PlaceCell::Kind => UNIT_KIND,
                        PlaceCell::Number => UNIT_NUMBER,
                    };
                    self.fault(record, column, code, message);
                }
                Err(kind)
            }
        }
    }

    pub fn area(&mut self, record: &Record<'_>) -> Option<u32> {
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
        if self.known_areas.len() >= REMEMBERED {
            self.known_areas.clear();
        }
        self.known_areas.insert(cell.to_vec(), area);
        Some(area)
    }
}

/// Whether a service area's name says that there is none (K-163).
fn is_none(name: &str) -> bool {
    let is_label =
        |lang: &Lang| i18n::text(*lang, "empty").is_some_and(|label| label.eq_ignore_ascii_case(name));
    name.is_empty() || Lang::all().iter().any(is_label)
}

/// Hands on every record, and moves the bar along.
pub(super) fn each(
    sheet: &Sheet,
    progress: &Progress,
    mut receive: impl FnMut(&Record<'_>) -> Result<()>,
) -> Result<()> {
    progress.begin("checking", sheet.size());
    let (mut rows, mut bytes) = (0, 0);
    sheet.each(|record| {
        (rows, bytes) = (rows + 1, bytes + record.size());
        if rows % STEP == 0 {
            progress.advance(std::mem::take(&mut bytes));
        }
        receive(record)
    })
}
