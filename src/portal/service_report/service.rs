//! Use cases of service-target reports.

use super::{Days, Information, Report, Service, ServiceLine, actions, store};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::portal::access::{self, Menu};
use crate::portal::tenant::unit::{Unit, service as unit_service, store as unit_store};
use crate::portal::tenant::{Tenant, service as tenant_service, store as tenant_store};
use crate::values::{Month, UnitKind, UnitRef, floor_bp, nearest};

/// Fills the catalogue of a new database (K-084). The days are those of the provider's own page (DOMAIN §2.1).
pub fn seed(tx: &Tx<'_>) -> Result<()> {
    let services = [
        ("creditor", 1),
        ("debtor", 1),
        ("ddi-postings", 1),
        ("ddi-master-data", 1),
        ("period-accounts", 0),
        ("travel", 1),
    ];
    (1..).zip(services).try_for_each(|(place, (code, days))| store::insert_service(tx, code, place, days))
}

/// All services.
pub fn services(conn: &Connection, actor: &Actor) -> Result<Vec<Service>> {
    access::provider_only(actor)?;
    store::services(conn)
}

/// Says up to how many days a service is in time.
pub fn set_within_days(tx: &Tx<'_>, name: &str, days: i64) -> Result<(bool, Service)> {
    access::provider_only(tx.actor())?;
    let services = store::services(tx)?;
    let before = Service::named(&services, name).ok_or_else(|| unknown(&services, name))?;
    if before.within_days == days {
        return Ok((false, before.clone()));
    }
    let after = Service { within_days: days, ..before.clone() };
    store::set_within_days(tx, after.id, days)?;
    tx.record(actions::UPDATE, format!("service:{}", after.service), Some(before), Some(&after))?;
    Ok((true, after))
}

/// There is no such service.
pub fn unknown(services: &[Service], name: &str) -> Error {
    let codes: Vec<_> = services.iter().map(|service| service.service.as_str()).collect();
    Error::not_found("service", name.trim())
        .hint(format!("there are: {}", codes.join(", ")))
        .did_you_mean(nearest(&name.trim().to_lowercase(), codes))
}

/// A figure as a file gives it.
#[derive(Debug, Clone)]
pub struct Given {
    /// The month.
    pub month: Month,
    /// The service.
    pub service: Service,
    /// The CVR that the figure is said to be of.
    pub cvr: String,
    /// Kind and number of the unit, as they are stored.
    pub unit: (UnitKind, String),
    /// The unit's row.
    pub unit_id: i64,
    /// The cases.
    pub days: Days,
}

/// Takes a figure: what was before, and what became of it. Another value than the one known needs `correct`.
pub fn put(tx: &Tx<'_>, given: &Given, correct: bool) -> Result<(&'static str, Option<Days>)> {
    access::provider_only(tx.actor())?;
    let Given { month, service, days, .. } = given;
    let (kind, number) = &given.unit;
    let holder = unit_store::holder_in(tx, given.unit_id, *month)?;
    let holder = holder.map(|id| tenant_store::find(tx, id)).transpose()?;
    if holder.as_ref().is_none_or(|tenant| tenant.cvr.as_str() != given.cvr) {
        let whose = holder
            .map_or_else(|| "nobody".to_owned(), |tenant| format!("{} (CVR {})", tenant.code, tenant.cvr));
        return Err(Error::conflict(
            "service.elsewhere",
            format!("{kind}:{number} belonged to {whose} in {month}, not to CVR {}", given.cvr),
        )
        .hint("correct the CVR or the number; `portalctl unit move` is how a unit changes its institution"));
    }
    let before = store::find(tx, *month, service.id, given.unit_id)?;
    match before {
        None => {
            store::insert(tx, *month, service.id, given.unit_id, days)?;
            Ok(("created", None))
        }
        Some(known) if known == *days => Ok(("unchanged", before)),
        Some(_) if correct => {
            store::correct(tx, *month, service.id, given.unit_id, days)?;
            Ok(("updated", before))
        }
        Some(known) => {
            let told = |days: Days| days.counts().map(|count| count.to_string()).join("/");
            Err(Error::conflict(
                "service.differs",
                format!("the figure known is {}, not {}", told(known), told(*days)),
            )
            .hint("--correct takes the file's figures; the old ones are kept in the history"))
        }
    }
}

/// The report of a month, else of the latest with figures; `None` where there are none (K-080).
pub fn report(
    conn: &Connection,
    actor: &Actor,
    tenant: &str,
    unit: Option<&UnitRef>,
    month: Option<Month>,
) -> Result<Option<Report>> {
    let tenant = tenant_service::resolve_for(conn, actor, Menu::Information, tenant)?;
    let unit = unit.map(|name| unit_service::resolve_once_known(conn, actor, name)).transpose()?;
    of_month(conn, &tenant, unit.as_ref(), month)
}

fn of_month(
    conn: &Connection,
    tenant: &Tenant,
    unit: Option<&Unit>,
    month: Option<Month>,
) -> Result<Option<Report>> {
    let unit_id = unit.map(|unit| unit.id);
    let months = store::months(conn, tenant.id, unit_id)?;
    let month = match month {
        Some(month) => Some(month).filter(|month| months.contains(month)),
        None => months.first().copied(),
    };
    let Some(month) = month else { return Ok(None) };
    let sums = store::sums(conn, tenant.id, unit_id, month)?;
    let line = |service: Service| {
        let days = sums.get(&service.id).copied().unwrap_or_default();
        let in_time = days.within(service.within_days);
        ServiceLine {
            service: service.service,
            tenant: tenant.code.clone(),
            unit: unit.map(Unit::key),
            month,
            count: days.count(),
            within_days: service.within_days,
            in_time,
            attainment_bp: floor_bp(in_time, days.count()),
            days,
        }
    };
    let units = store::units(conn, tenant.id, unit_id, month)?;
    let of_kind = |wanted: UnitKind| -> Vec<String> {
        units.iter().filter(|(kind, _)| *kind == wanted).map(|(_, number)| number.clone()).collect()
    };
    Ok(Some(Report {
        ministry: tenant.ministry.clone(),
        name: tenant.name.clone(),
        accounting: of_kind(UnitKind::Accounting),
        payroll: of_kind(UnitKind::Payroll),
        month,
        lines: store::services(conn)?.into_iter().map(line).collect(),
    }))
}

/// What an institution's information holds: the latest service-target report (K-010, K-080).
pub fn information(conn: &Connection, actor: &Actor, tenant: &str) -> Result<(Information, Option<Report>)> {
    let tenant = tenant_service::resolve_for(conn, actor, Menu::Information, tenant)?;
    let report = of_month(conn, &tenant, None, None)?;
    let information = Information {
        months: store::months(conn, tenant.id, None)?,
        service_report: report.as_ref().map(|report| report.month),
        services: report.as_ref().map(|report| report.lines.clone()).unwrap_or_default(),
        tenant: tenant.code,
        name: tenant.name,
    };
    Ok((information, report))
}
