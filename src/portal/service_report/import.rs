//! Figures of services from CSV files: a row a month, service and unit.

use super::service::{Given, put, unknown};
use super::{Days, Service, actions};
use crate::platform::bulk::{Applied, Cells, Column, Importer, Need, Shape};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::answer::Warning;
use crate::portal::tenant::unit::store as unit_store;
use crate::values::{AccountingCircle, Cvr, Invalid, Month, UnitKind, UnitNumber, parse_count};

/// The largest figure that is taken, so that no sum can overflow.
const LARGEST: i64 = 1_000_000_000;

/// What files of figures look like.
pub static SHAPE: Shape = Shape {
    noun: "service",
    columns: &[
        Column::new(&["Måned", "month"], Need::Always, "01-05-2026", "The month, by its first day"),
        Column::new(
            &["Service", "service"],
            Need::Always,
            "Kreditortransaktioner",
            "The service: its name or code (`portalctl service list`)",
        ),
        Column::new(&["CVR-nummer", "cvr"], Need::Always, "10213231", "The institution's CVR"),
        Column::new(
            &["Enhedstype", "kind"],
            Need::Always,
            "Bogføringskreds",
            "Bogføringskreds (accounting) or Løngruppe (payroll)",
        ),
        Column::new(&["Enhedsnummer", "number"], Need::Always, "12345", "The unit's number"),
        Column::new(&["Antal", "count"], Need::Always, "105", "All cases: the sum of the columns behind"),
        Column::new(&["0 dage", "days_0"], Need::Always, "90", "Handled on the day itself"),
        Column::new(&["1 dag", "days_1"], Need::Always, "10", "Handled in a day"),
        Column::new(&["2 dage", "days_2"], Need::Always, "3", "Handled in two days"),
        Column::new(&["3 dage", "days_3"], Need::Always, "2", "Handled in three days"),
        Column::new(&[">3 dage", "days_more"], Need::Always, "0", "Handled later"),
    ],
    key: &["month", "service", "kind", "number"],
    read_only: &[],
    blames: &[("service.elsewhere", "cvr"), ("service.differs", "count"), ("unit.", "number")],
    missed: &[],
    retried: &[],
    conflicts: &["service.differs"],
    action: actions::IMPORT,
};

/// An import of figures.
pub struct ServiceImport {
    /// The services there are.
    pub services: Vec<Service>,
    /// Take figures that differ from those known.
    pub correct: bool,
    /// The month that it is: nothing can be known of a later one.
    pub now: Option<Month>,
}

/// What a row says.
pub struct Row {
    month: Month,
    service: Service,
    cvr: Cvr,
    number: UnitNumber,
    days: Days,
}

impl Row {
    fn key(&self) -> String {
        format!("{}:{}:{}", self.month, self.service.service, self.number)
    }
}

impl Importer for ServiceImport {
    type Row = Row;

    fn shape(&self) -> &'static Shape {
        &SHAPE
    }

    fn read(&self, cells: &mut Cells<'_>) -> Option<Row> {
        let month = cells.filled("month", |text| {
            Month::from_sheet(text).and_then(|month| month.not_after(self.now, "service.month-future"))
        });
        let service = cells.filled("service", |text| {
            Service::named(&self.services, text).cloned().ok_or_else(|| {
                let error = unknown(&self.services, text);
                let rule = error.hint_text().unwrap_or("it is no service").to_owned();
                Invalid::new("service.unknown", "a service", text, rule, "creditor")
            })
        });
        let cvr = cells.filled("cvr", str::parse::<Cvr>);
        let number = number(cells);
        if let (Some(month), Some(service), Some(number)) = (&month, &service, &number) {
            cells.is_about(format!("{month}:{}:{number}", service.service));
        }
        let count = cells.filled("count", figure);
        let [d0, d1, d2, d3, more] =
            ["days_0", "days_1", "days_2", "days_3", "days_more"].map(|field| cells.filled(field, figure));
        let days = Days { days_0: d0?, days_1: d1?, days_2: d2?, days_3: d3?, days_more: more? };
        if count? != days.count() {
            let parts = days.counts().map(|count| count.to_string()).join(" + ");
            cells.fault("count", "sum.differs", format!("{} is not {parts}", count?));
        }
        Some(Row { month: month?, service: service?, cvr: cvr?, number: number?, days })
    }

    fn apply(&self, tx: &Tx<'_>, row: &Row) -> Result<Applied> {
        let unit = unit_store::find(tx, &row.number)?.ok_or_else(|| {
            crate::platform::error::Error::not_found("unit", row.number.to_string())
                .hint("`portalctl unit create` adds it")
        })?;
        let given = Given {
            month: row.month,
            service: row.service.clone(),
            cvr: row.cvr.as_str().to_owned(),
            unit: (unit.kind, unit.number),
            unit_id: unit.id,
            days: row.days,
        };
        let (result, before) = put(tx, &given, self.correct)?;
        Applied::new(row.key(), result, before.as_ref(), &row.days)
    }
}

fn figure(text: &str) -> Result<i64, Invalid> {
    parse_count(text).and_then(|count| {
        let rule = "it is larger than a billion, more than any month can have";
        if count <= LARGEST {
            Ok(count)
        } else {
            Err(Invalid::new("number.invalid", "a figure", text, rule, "1.234"))
        }
    })
}

/// Kind and number; an accounting circle that lost its zeros to a spreadsheet gets them back.
fn number(cells: &mut Cells<'_>) -> Option<UnitNumber> {
    match cells.filled("kind", parse_coded::<UnitKind>)? {
        UnitKind::Payroll => cells.filled("number", |text| UnitNumber::parse(UnitKind::Payroll, text)),
        UnitKind::Accounting => {
            let (circle, padded) = cells.filled("number", AccountingCircle::from_sheet)?;
            if padded {
                let message = format!("accounting circle {circle} had lost the zeros it begins with");
                cells.warn(Warning::new("unit.padded", message));
            }
            Some(UnitNumber::Accounting(circle))
        }
    }
}
