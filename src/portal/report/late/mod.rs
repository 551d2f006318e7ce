//! `report late`: the cases that were not handled within the limit, and those still open that are older (K-164, "Nej").

pub mod cli;
pub mod store;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::ui::view::{Kind, View, col};
use crate::portal::calendar::service as calendar_service;
use crate::portal::calendar::working::WorkingDays;
use crate::portal::kpi::service::{self as kpi_service, Asked};
use crate::portal::kpi::{Basis, FactFilter};
use crate::values::Month;

/// A case that missed the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LateCase {
    /// The measure's code.
    pub measure: String,
    /// Whose the unit was in the month of handling; of an open case whose it is.
    pub tenant: String,
    /// The unit.
    pub unit: String,
    /// The service area; `None` for "(Tom)".
    pub service_area: Option<String>,
    /// The case number.
    pub case: String,
    /// When it was received.
    pub received: NaiveDate,
    /// When it was handled; `None`: not yet.
    pub handled: Option<NaiveDate>,
    /// How many working days old it was then, or is now.
    pub working_days: u32,
    /// How old it could be.
    pub limit: u32,
}

/// The fields of a late case.
pub static LATE: View = View {
    noun: "late case",
    columns: &[
        col("measure", Kind::Text),
        col("tenant", Kind::Text),
        col("unit", Kind::Text),
        col("service_area", Kind::Area),
        col("case", Kind::Text),
        col("received", Kind::Date),
        col("handled", Kind::Date),
        col("working_days", Kind::Int),
        col("limit", Kind::Int),
    ],
    details: &[],
    key: &["measure", "unit", "case"],
};

/// Which late cases are asked for.
pub struct Wanted {
    filter: FactFilter,
    today: NaiveDate,
    working: WorkingDays,
}

/// What is asked for, if the actor may see it (K-046, K-151). An open case belongs to the month of `today`.
pub fn wanted(
    conn: &Connection,
    actor: &Actor,
    asked: &Asked,
    (from, to): (Option<Month>, Option<Month>),
    today: NaiveDate,
) -> Result<Wanted> {
    let mut filter = kpi_service::authorised(conn, actor, asked)?;
    (filter.from, filter.to) = (from, to);
    if let Some(code) = &asked.measure {
        let measure = kpi_service::measure(conn, code)?;
        if measure.basis != Basis::WithinLimit {
            let code = &measure.code;
            return Err(Error::usage(format!(
                "measure {code} has no limit of days, so no case of it can be late (its basis is {})",
                measure.basis
            ))
            .hint("cases are kept for measures whose basis is within-limit; `portalctl kpi measure list --format json` shows it"));
        }
    }
    Ok(Wanted { filter, today, working: WorkingDays::new(&calendar_service::all(conn)?) })
}

/// Hands on the late cases by unit, day of receipt and case number.
pub fn each(
    conn: &Connection,
    wanted: &Wanted,
    mut receive: impl FnMut(LateCase) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let Wanted { filter, today, working } = wanted;
    let month = Month::new(today.year(), today.month());
    store::each(conn, filter, month, |mut case| {
        if case.handled.is_none() {
            case.working_days = working.age(case.received, *today);
        }
        if case.working_days > case.limit { receive(case) } else { Ok(ControlFlow::Continue(())) }
    })
}
