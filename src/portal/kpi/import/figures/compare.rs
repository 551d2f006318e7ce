//! How the figures of a file stand to those stored, and what is against taking them.

use super::store::{self, Stored};
use super::{Fact, Figures, Standing};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::spill::Stream;
use crate::portal::kpi::import::failures::Failures;
use crate::portal::kpi::import::{Catalogue, Comparison, ImportOptions, Line, doubled};
use crate::values::Month;

/// Marks each fact as new, same or different. Rows about the same are noted as `wrong`; neither is kept.
pub(super) fn compare(
    conn: &Connection,
    catalogue: &Catalogue,
    options: ImportOptions,
    facts: &mut impl Stream<Fact>,
    wrong: &mut Failures,
) -> Result<Comparison<Figures>> {
    let mut comparison = Comparison::new(options, ());
    let mut statement = store::stored(conn)?;
    let mut next = facts.next()?;
    while let Some(first) = next {
        let (measure, number) = (first.key.measure, first.key.month);
        let month = Month::from_yyyymm(i64::from(number));
        let closed = month.filter(|month| catalogue.closed.contains(month));
        let mut stored = Stored::of(&mut statement, measure, number)?;
        while let Some(fact) = next {
            if (fact.key.measure, fact.key.month) != (measure, number) {
                break;
            }
            next = facts.next()?;
            if next.is_some_and(|next| next.is_about_the_same(&fact)) {
                next = doubled(&fact, next, facts, wrong)?;
                continue;
            }
            if fact.standing == Standing::Broken {
                continue;
            }
            let known = stored.find(fact.key.unit, fact.key.area)?;
            comparison.put(fact, known, closed, options)?;
        }
    }
    Ok(comparison)
}

impl Comparison<Figures> {
    fn put(
        &mut self,
        fact: Fact,
        known: Option<(i64, i64)>,
        closed: Option<Month>,
        options: ImportOptions,
    ) -> Result<()> {
        let standing = match known {
            None => Standing::New,
            Some(known) if known == (fact.numerator, fact.denominator) => Standing::Same,
            Some(_) => Standing::Different,
        };
        self.rows.push(Fact { standing, ..fact })?;
        if standing == Standing::Same {
            self.unchanged += 1;
            return Ok(());
        }
        let line = u64::from(fact.line);
        if let Some(month) = closed {
            return self.against.closed(line, month);
        }
        match known {
            Some((numerator, denominator)) if !options.correct => {
                let value = format!("{}/{}", fact.numerator, fact.denominator);
                let message = format!("the figure known is {numerator}/{denominator}, not {value}");
                return self.against.differs(line, value, message);
            }
            Some(_) => self.updated += 1,
            None => self.created += 1,
        }
        self.needed.note(fact.key.unit, fact.key.area);
        Ok(())
    }
}
