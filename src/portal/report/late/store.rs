//! SQL of late cases.

use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::LateCase;
use crate::platform::db::{self, Connection, Where};
use crate::platform::error::{Error, Result};
use crate::portal::kpi::FactFilter;
use crate::values::Month;

/// Hands on the cases that were handled late, and all that are open, which count in the month of `today`.
pub(super) fn each(
    conn: &Connection,
    filter: &FactFilter,
    today: Option<Month>,
    mut receive: impl FnMut(LateCase) -> Result<ControlFlow<()>>,
) -> Result<()> {
    // A number, written out.
    let today = today.map_or(0, Month::yyyymm);
    let month = format!("coalesce(i.month, {today})");
    let tenant = format!(
        "(SELECT p.tenant_id FROM unit_period p WHERE p.unit_id = i.unit_id AND p.from_month <= {month}
          ORDER BY p.from_month DESC LIMIT 1)"
    );
    let mut conditions = Where::default();
    conditions.always("(i.handled IS NULL OR i.working_days > i.max_days)");
    conditions.equals("i.measure_id = ?", filter.measure);
    conditions.equals("i.unit_id = ?", filter.unit);
    if let Some(tenants) = &filter.tenants {
        let marks = vec!["?"; tenants.len()].join(", ");
        let theirs = format!("i.unit_id IN (SELECT unit_id FROM unit_period WHERE tenant_id IN ({marks}))");
        conditions.all(&theirs, tenants.iter().map(|tenant| (*tenant).into()));
        conditions.among(&tenant, Some(tenants));
    }
    conditions.equals(&format!("{month} >= ?"), filter.from.map(Month::yyyymm));
    conditions.equals(&format!("{month} <= ?"), filter.to.map(Month::yyyymm));
    let sql = format!(
        "SELECT m.code AS measure, (SELECT code FROM tenant WHERE id = {tenant}) AS tenant,
                u.kind || ':' || u.number AS unit, a.name AS service_area, i.case_number, i.received, i.handled,
                coalesce(i.working_days, 0) AS working_days, i.max_days
         FROM kpi_item i JOIN kpi_measure m ON m.id = i.measure_id JOIN unit u ON u.id = i.unit_id
         JOIN service_area a ON a.id = i.area_id{}
         ORDER BY m.code, u.kind, length(u.number), u.number, i.received, i.case_number",
        conditions.sql()
    );
    db::each(conn, &sql, conditions.params(), |row| {
        receive(LateCase {
            measure: row.get("measure")?,
            tenant: row.get::<_, Option<String>>("tenant")?.unwrap_or_default(),
            unit: row.get("unit")?,
            service_area: Some(row.get::<_, String>("service_area")?).filter(|area| !area.is_empty()),
            case: row.get("case_number")?,
            received: date(&row.get::<_, String>("received")?)?,
            handled: row.get::<_, Option<String>>("handled")?.map(|text| date(&text)).transpose()?,
            working_days: row.get("working_days")?,
            limit: row.get("max_days")?,
        })
    })
}

fn date(text: &str) -> Result<NaiveDate> {
    text.parse()
        .map_err(|_| Error::internal(format!("the database holds the date \"{text}\", which cannot be")))
}
