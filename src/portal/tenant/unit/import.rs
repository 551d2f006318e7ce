//! Units from CSV files.

use super::cli::technical;
use super::{UnitPatch, service, store};
use crate::platform::bulk::{Applied, Cells, Column, Importer, Mode, Need, Shape};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::i18n::parse_coded;
use crate::platform::ui::answer::Warning;
use crate::portal::cli::line;
use crate::portal::tenant::actions;
use crate::values::{AccountingCircle, UnitKind, UnitNumber};

/// What files of units look like.
pub static SHAPE: Shape = Shape {
    noun: "unit",
    columns: &[
        Column::new(
            &["Kunde", "tenant"],
            Need::Create,
            "eksempelstyrelsen",
            "The institution: its code or CVR. It never changes so; that is `unit move`",
        ),
        Column::new(
            &["Enhedstype", "kind"],
            Need::Always,
            "Bogføringskreds",
            "Bogføringskreds (accounting) or Løngruppe (payroll)",
        ),
        Column::new(
            &["Enhedsnummer", "number"],
            Need::Always,
            "54321",
            "The number: five digits, or a pay group of 1 to 10 digits",
        ),
        Column::new(&["Navn", "name"], Need::Never, "Regnskab Nord", "The name"),
        Column::new(&["Server", "server"], Need::Never, "SQL-01", "The server's name"),
        Column::new(&["Database", "database"], Need::Never, "NS54321", "The database's name"),
        Column::new(&["LDV", "ldv"], Need::Never, "LDV54321", "The LDV name"),
    ],
    key: &["kind", "number"],
    read_only: &["status"],
    blames: &[("tenant.", "tenant"), ("unit.elsewhere", "tenant")],
    missed: &[("status", &["active"])],
    retried: &[],
    conflicts: &[],
    action: actions::UNIT_IMPORT,
};

/// An import of units.
pub struct UnitImport {
    /// What rows may do.
    pub mode: Mode,
}

/// What a row says of a unit.
pub struct UnitRow {
    tenant: Option<String>,
    number: UnitNumber,
    patch: UnitPatch,
}

impl Importer for UnitImport {
    type Row = UnitRow;

    fn shape(&self) -> &'static Shape {
        &SHAPE
    }

    fn read(&self, cells: &mut Cells<'_>) -> Option<UnitRow> {
        let number = number(cells);
        if let Some(number) = &number {
            cells.is_about(number.to_string());
        }
        let tenant = cells.filled("tenant", |text| Ok(text.to_owned()));
        let patch = UnitPatch {
            name: cells.optional("name", cells.untouched("name", line)),
            server: cells.optional("server", technical),
            database: cells.optional("database", technical),
            ldv: cells.optional("ldv", technical),
            status: None,
        };
        Some(UnitRow { tenant, number: number?, patch })
    }

    fn apply(&self, tx: &Tx<'_>, row: &UnitRow) -> Result<Applied> {
        let before = store::find(tx, &row.number)?;
        let (result, unit) =
            service::put(tx, self.mode, row.tenant.as_deref(), &row.number, row.patch.clone())?;
        Applied::new(unit.key(), result, before.as_ref(), &unit)
    }
}

/// Kind and number; an accounting circle that lost its zeros to a spreadsheet gets them back.
fn number(cells: &mut Cells<'_>) -> Option<UnitNumber> {
    match cells.filled("kind", parse_coded::<UnitKind>) {
        Some(UnitKind::Payroll) => cells.filled("number", |text| UnitNumber::parse(UnitKind::Payroll, text)),
        Some(UnitKind::Accounting) => {
            let (circle, padded) = cells.filled("number", AccountingCircle::from_sheet)?;
            if padded {
                let message = format!("accounting circle {circle} had lost the zeros it begins with");
                cells.warn(Warning::new("unit.padded", message));
            }
            Some(UnitNumber::Accounting(circle))
        }
        None => {
            cells.filled("number", |text| Ok(text.to_owned()));
            None
        }
    }
}
