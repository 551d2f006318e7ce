//! Use cases of reports.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::document::{Common, Material, Subject, Whose};
use super::rules::{Period, alike, is_shown, missing, period, reached, share};
use super::store::{self, Part, Summed};
use super::{KpiLine, Question, Split, Sums, late};
use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::ui::answer::Warning;
use crate::portal::access::{self, Menu};
use crate::portal::kpi::service::{self as kpi_service, Asked};
use crate::portal::kpi::store as kpi_store;
use crate::portal::kpi::{FactFilter, Measure, MonthState, ValueKind};
use crate::portal::tenant::unit::store as unit_store;
use crate::portal::tenant::{Tenant, service as tenant_service, store as tenant_store};
use crate::values::Month;

/// How the targets were reached, year to the latest closed month (K-162, K-165, K-166).
pub fn kpi(conn: &Connection, actor: &Actor, question: &Question) -> Result<(Vec<KpiLine>, Vec<Warning>)> {
    let filter = kpi_service::authorised(conn, actor, &question.asked)?;
    let closed = closed_months(conn)?;
    let Some(period) = period(&closed, question.year) else {
        return Ok((Vec::new(), vec![nothing_closed(question.year)]));
    };
    let mut warnings = Vec::new();
    let periods = match question.compare {
        None => vec![period],
        Some(year) => compared(&closed, period, year, &mut warnings)?,
    };
    // Year beside year: a measure's lines of both stand together.
    let mut lines = Vec::new();
    for (place, period) in periods.iter().enumerate() {
        let found = of_period(conn, &filter, period, question.by)?;
        lines.extend(found.into_iter().map(|(measure, part, line)| ((measure, part, place), line)));
        warnings.extend(self::warnings(conn, &filter, period)?);
    }
    if periods.len() > 1 {
        lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    Ok((lines.into_iter().map(|(_, line)| line).collect(), warnings))
}

/// A period and the same months of another year; what only one of them has closed is left out, and told.
fn compared(
    closed: &BTreeSet<Month>,
    period: Period,
    year: i32,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Period>> {
    if year == period.year {
        return Err(Error::usage(format!("--compare {year} is the year of the report itself"))
            .hint(format!("name another year, as in --compare {}", year - 1)));
    }
    let Some((own, other)) = alike(closed, &period, year) else {
        let message = format!("none of these months is closed in {year}; there is nothing to compare with");
        warnings.push(Warning::new("kpi.no-closed-month", message));
        return Ok(vec![period]);
    };
    let left_out: Vec<Month> = period.months.into_iter().filter(|month| !own.has(*month)).collect();
    if !left_out.is_empty() {
        let message = format!("not closed in {year}, and so not compared: {}", names(&left_out));
        warnings.push(Warning::new("kpi.month-left-out", message));
    }
    Ok(vec![own, other])
}

fn names(months: &[Month]) -> String {
    months.iter().map(Month::to_string).collect::<Vec<_>>().join(", ")
}

/// The months that are final.
pub(super) fn closed_months(conn: &Connection) -> Result<BTreeSet<Month>> {
    let states = kpi_store::month_states(conn)?.into_iter();
    Ok(states.filter(|(_, state)| *state == MonthState::Closed).map(|(month, _)| month).collect())
}

fn nothing_closed(year: Option<i32>) -> Warning {
    let when = year.map(|year| format!(" of {year}")).unwrap_or_default();
    Warning::new("kpi.no-closed-month", format!("no month{when} is closed; there is nothing to report"))
}

/// A line with what it is sorted by: the place of its measure, and its part.
type Placed = (usize, (Part, u32), KpiLine);

/// The lines of a period with what they are sorted by: the measure's place, and the part of it. The months of two years
/// are the same month.
fn of_period(
    conn: &Connection,
    filter: &FactFilter,
    period: &Period,
    split: Option<Split>,
) -> Result<Vec<Placed>> {
    let own = store::sums(conn, filter, &period.months, split)?;
    let everyone = FactFilter { measure: filter.measure, ..FactFilter::default() };
    // What all customers reached is told for the same service area or month, but never for one unit.
    let all_split = split.filter(|split| *split != Split::Unit);
    let all = store::sums(conn, &everyone, &period.months, all_split)?;
    let unit = match filter.unit {
        Some(id) => Some(unit_store::find_by_id(conn, id)?.kind),
        None => None,
    };
    let mut lines = Vec::new();
    for (place, measure) in kpi_store::measures(conn)?.into_iter().enumerate() {
        if filter.measure.is_some_and(|wanted| wanted != measure.id) {
            continue;
        }
        let day = period.through.last_day().to_string();
        let target = kpi_store::target_on(conn, measure.id, &day)?;
        let target_bp = target.as_ref().and_then(|target| target.target_bp);
        let from = (measure.id, Part::Whole);
        let mut parts: Vec<_> = own
            .range(from..)
            .take_while(|((id, _), _)| *id == measure.id)
            .map(|((_, part), sums)| (part, *sums))
            .collect();
        if parts.is_empty() && split.is_none() && is_shown(&measure, false, target_bp.is_some(), unit) {
            parts.push((&Part::Whole, Sums::default()));
        }
        for (part, sums) in parts {
            let shared = all_sums(&all, measure.id, part);
            let key = match part {
                Part::Month(month) => (Part::Whole, month.month()),
                part => (part.clone(), 0),
            };
            lines.push((place, key, line(&measure, period, part, sums, shared, target_bp)));
        }
    }
    Ok(lines)
}

fn all_sums(all: &Summed, measure: i64, part: &Part) -> Sums {
    let whole = Part::Whole;
    let part = if matches!(part, Part::Unit(..)) { &whole } else { part };
    all.get(&(measure, part.clone())).copied().unwrap_or_default()
}

fn line(
    measure: &Measure,
    period: &Period,
    part: &Part,
    own: Sums,
    all: Sums,
    target_bp: Option<i64>,
) -> KpiLine {
    let (mut service_area, mut unit, mut month) = (None, None, None);
    match part {
        Part::Whole => {}
        Part::Area(name) => service_area = Some(name.clone()).filter(|name| !name.is_empty()),
        Part::Unit(kind, _, number) => unit = Some(format!("{kind}:{number}")),
        Part::Month(of) => month = Some(*of),
    }
    KpiLine {
        measure: measure.code.clone(),
        description: measure.name.clone(),
        service_area,
        unit,
        month,
        year: period.year,
        through: period.through,
        value_kind: measure.value_kind,
        numerator: measure.direction.counted(own.numerator, own.denominator),
        denominator: own.denominator,
        attainment_bp: share(measure, &own),
        count: (measure.value_kind == ValueKind::Count).then_some(own.denominator),
        within_limit: own.within_limit,
        over_limit: own.over_limit,
        target_bp,
        met: reached(measure, &own, target_bp),
        all_attainment_bp: share(measure, &all),
        all_met: reached(measure, &all, target_bp),
    }
}

/// A gap is told, not silently summed over (DOMAIN §2.2).
fn warnings(conn: &Connection, filter: &FactFilter, period: &Period) -> Result<Vec<Warning>> {
    let mut warnings = Vec::new();
    if !period.gaps.is_empty() {
        let message = format!("not closed, and so not counted: {}", names(&period.gaps));
        warnings.push(Warning::new("kpi.month-open", message));
    }
    let mut present = store::months_with_figures(conn, filter, &period.months)?;
    let (codes, present): (Vec<_>, Vec<_>) = kpi_store::measures(conn)?
        .into_iter()
        .filter_map(|measure| Some((measure.code, present.remove(&measure.id)?)))
        .unzip();
    let missing = missing(period, &present);
    if !missing.all.is_empty() {
        let message = format!("closed, but without figures for this selection: {}", names(&missing.all));
        warnings.push(Warning::new("kpi.month-empty", message));
    }
    for (place, months) in missing.of_measure {
        let code = codes.get(place).map_or("", String::as_str);
        let message = format!("closed, but without figures of {code}: {}", names(&months));
        warnings.push(Warning::new("kpi.month-empty", message));
    }
    Ok(warnings)
}

/// How many late cases of a measure and year a document lists; `report late` lists them all.
const LATE_LISTED: u32 = 200;

/// What all reports of one run have in common.
fn common(conn: &Connection, measure: Option<i64>, year: Option<i32>) -> Result<Common> {
    let closed = closed_months(conn)?;
    let targets = kpi_store::targets(conn)?;
    let mut measures = Vec::new();
    for found in kpi_store::measures(conn)? {
        if measure.is_none_or(|wanted| wanted == found.id) {
            let own: Vec<_> = targets.iter().filter(|target| target.measure == found.code).cloned().collect();
            measures.push((found, own));
        }
    }
    let months: Vec<Month> = closed.iter().copied().collect();
    let all = store::figures(conn, &FactFilter { measure, ..FactFilter::default() }, &months)?;
    Ok(Common { measures, closed, year, all })
}

/// Everything that the document of a report says; `None` where no month of its year is closed, with the warning that
/// says so.
pub fn material(
    conn: &Connection,
    actor: &Actor,
    question: &Question,
) -> Result<(Option<Material>, Vec<Warning>)> {
    let filter = kpi_service::authorised(conn, actor, &question.asked)?;
    let common = common(conn, filter.measure, question.year)?;
    let Some(period) = period(&common.closed, question.year) else {
        return Ok((None, vec![nothing_closed(question.year)]));
    };
    let warnings = warnings(conn, &filter, &period)?;
    let subject = subject(conn, actor, &question.asked, &filter)?;
    let material = of_filter(conn, subject, &filter, Arc::new(common))?;
    Ok((Some(material), warnings))
}

fn of_filter(
    conn: &Connection,
    subject: Subject,
    filter: &FactFilter,
    common: Arc<Common>,
) -> Result<Material> {
    let months: Vec<Month> = common.closed.iter().copied().collect();
    let own = if filter.is_everyone() { None } else { Some(store::figures(conn, filter, &months)?) };
    let late = late::store::missed(conn, filter, &months, LATE_LISTED)?;
    Ok(Material { subject, own, late, common })
}

/// What the reports of all institutions are made of.
pub struct Everyone {
    /// The institutions, by code.
    pub tenants: Vec<Tenant>,
    period: Period,
    common: Arc<Common>,
    measure: Option<i64>,
}

/// Begins the reports of all institutions; `None` where no month of the year is closed. For the provider alone.
pub fn everyone(
    conn: &Connection,
    actor: &Actor,
    question: &Question,
) -> Result<(Option<Everyone>, Vec<Warning>)> {
    access::provider_only(actor)?;
    let measure = match &question.asked.measure {
        Some(code) => Some(kpi_service::measure(conn, code)?.id),
        None => None,
    };
    let common = Arc::new(common(conn, measure, question.year)?);
    let Some(period) = period(&common.closed, question.year) else {
        return Ok((None, vec![nothing_closed(question.year)]));
    };
    let warnings = warnings(conn, &FactFilter { measure, ..FactFilter::default() }, &period)?;
    Ok((Some(Everyone { tenants: tenant_store::list(conn)?, period, common, measure }), warnings))
}

impl Everyone {
    /// Whether an institution has figures in the year, and so a report.
    pub fn has_report(&self, conn: &Connection, tenant: &Tenant) -> Result<bool> {
        store::has_figures(conn, &self.filter(tenant), &self.period.months)
    }

    /// What the report of one institution says.
    pub fn material(&self, conn: &Connection, tenant: &Tenant) -> Result<Material> {
        of_filter(conn, of_tenant(tenant.clone()), &self.filter(tenant), Arc::clone(&self.common))
    }

    fn filter(&self, tenant: &Tenant) -> FactFilter {
        FactFilter { measure: self.measure, tenants: Some(vec![tenant.id]), ..FactFilter::default() }
    }
}

/// Who a report is about: an institution, a unit, all that a user may see, or everyone.
fn subject(conn: &Connection, actor: &Actor, asked: &Asked, filter: &FactFilter) -> Result<Subject> {
    if let Some(unit) = filter.unit {
        let unit = unit_store::find_by_id(conn, unit)?;
        let facts = vec![("report-fact-tenant", tenant_store::find(conn, unit.tenant_id)?.name)];
        return Ok(Subject { whose: Whose::Unit(unit), facts });
    }
    if let Some(name) = &asked.tenant {
        return Ok(of_tenant(tenant_service::resolve_for(conn, actor, Menu::Reports, name)?));
    }
    Ok(match filter.tenants.as_deref() {
        None => Subject { whose: Whose::Everyone, facts: Vec::new() },
        Some([only]) => of_tenant(tenant_store::find(conn, *only)?),
        Some(several) => {
            let names: Vec<String> =
                several.iter().map(|id| Ok(tenant_store::find(conn, *id)?.name)).collect::<Result<_>>()?;
            Subject { whose: Whose::Named(names.join(", ")), facts: Vec::new() }
        }
    })
}

fn of_tenant(tenant: Tenant) -> Subject {
    let mut facts = vec![("report-fact-cvr", tenant.cvr.to_string())];
    facts.extend(tenant.ministry.map(|ministry| ("report-fact-ministry", ministry)));
    Subject { whose: Whose::Named(tenant.name), facts }
}
