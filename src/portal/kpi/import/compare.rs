//! How the figures of a file stand to those stored, and what is against taking them.

use super::{Catalogue, Comparison, Difference, Fact, ImportOptions, Parsed, Standing, store};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::sheet::{Fault, Faults};
use crate::values::Month;

/// Marks each fact as new, same or different.
pub(super) fn compare(conn: &Connection, facts: &mut [Fact]) -> Result<Comparison> {
    let mut comparison = Comparison::default();
    let mut offset = 0;
    for group in facts.chunk_by_mut(|a, b| (a.key.measure, a.key.month) == (b.key.measure, b.key.month)) {
        for fact in group.iter_mut() {
            fact.standing = Standing::New;
        }
        let Some(first) = group.first().map(|fact| fact.key) else { continue };
        let mut next = 0;
        store::stored(conn, first.measure, first.month, |key, numerator, denominator| {
            while group.get(next).is_some_and(|fact| fact.key < key) {
                next += 1;
            }
            let Some(fact) = group.get_mut(next).filter(|fact| fact.key == key) else { return };
            if (fact.numerator, fact.denominator) == (numerator, denominator) {
                fact.standing = Standing::Same;
                comparison.unchanged += 1;
            } else {
                fact.standing = Standing::Different;
                comparison.differences.push(Difference { fact: offset + next, numerator, denominator });
            }
        })?;
        offset += group.len();
    }
    let known = comparison.unchanged + comparison.differences.len() as u64;
    comparison.created = facts.len() as u64 - known;
    Ok(comparison)
}

/// Refuses what a closed month, or a figure that is known otherwise, is against (5).
pub(super) fn judge(
    parsed: &Parsed,
    comparison: &Comparison,
    catalogue: &Catalogue,
    options: ImportOptions,
) -> Result<()> {
    let mut closed = Faults::default();
    let mut months: Vec<Month> = Vec::new();
    for fact in parsed.facts.iter().filter(|fact| fact.standing != Standing::Same) {
        let Some(month) = Month::from_yyyymm(i64::from(fact.key.month)) else { continue };
        if catalogue.closed.contains(&month) {
            if !months.contains(&month) {
                months.push(month);
            }
            let message = format!("{month} is closed");
            closed.push(fault(fact, month.to_string(), "kpi.month-closed", message));
        }
    }
    if let Some(month) = months.first() {
        let names: Vec<_> = months.iter().map(Month::to_string).collect();
        let what = format!("the file would change what is closed ({})", names.join(", "));
        let (message, details) = closed.into_details(&what)?;
        return Err(Error::conflict("kpi.month-closed", message)
            .hint(format!("`portalctl kpi reopen {month} --reason TEXT` opens a month again"))
            .details(details));
    }
    if options.correct || comparison.differences.is_empty() {
        return Ok(());
    }
    let mut differs = Faults::default();
    for difference in &comparison.differences {
        let Some(fact) = parsed.facts.get(difference.fact) else { continue };
        let value = format!("{}/{}", fact.numerator, fact.denominator);
        let message =
            format!("the figure known is {}/{}, not {value}", difference.numerator, difference.denominator);
        differs.push(fault(fact, value, "kpi.differs", message));
    }
    let (message, details) = differs.into_details("figures are known otherwise; nothing was taken")?;
    Err(Error::conflict("kpi.differs", message)
        .hint("--correct takes the file's figures; the old ones are kept in the history")
        .details(details))
}

fn fault(fact: &Fact, value: String, code: &'static str, message: String) -> Fault {
    Fault { line: u64::from(fact.line), column: None, value, code, message }
}
