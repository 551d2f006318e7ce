//! Files of monthly figures: every row becomes a small fixed-size [`Fact`].

mod compare;
mod read;
pub(super) mod store;

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::failures::Failures;
use super::service::each_row;
use super::store::{Inserting, catalogue};
use super::{
    Catalogue, Comparison, Content, ImportKind, ImportOptions, Key, Line, Parsed, Writing, put_key, take_key,
};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::sheet::Sheet;
use crate::platform::spill::{self, Spill, Stream};
use crate::platform::ui::progress::Progress;
use crate::portal::kpi::Basis;
use crate::values::Month;

/// Files of monthly figures.
pub(super) struct Figures;

/// How a figure of the file stands to the one stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    New,
    Same,
    Different,
    /// The row is wrong; it only says what it is about.
    Broken,
}

/// A figure of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fact {
    key: Key,
    numerator: i64,
    denominator: i64,
    line: u32,
    standing: Standing,
}

/// The counts behind a figure, as they are stored.
struct Behind {
    within_limit: Option<i64>,
    over_limit: Option<i64>,
    errors: Option<i64>,
}

impl Fact {
    /// Key and line as one number and another: most of the sorting is comparing these.
    fn order(&self) -> (u128, u32) {
        let Key { measure, month, unit, area } = self.key;
        let high = u64::from(measure) << 32 | u64::from(month);
        let low = u64::from(unit) << 32 | u64::from(area);
        (u128::from(high) << 64 | u128::from(low), self.line)
    }
}

impl Ord for Fact {
    fn cmp(&self, other: &Fact) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Fact {
    fn partial_cmp(&self, other: &Fact) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Spill for Fact {
    fn write(&self, out: &mut Vec<u8>) {
        put_key(self.key, out);
        [self.line, self.standing as u32].into_iter().for_each(|number| spill::put(u64::from(number), out));
        // What is wrong may be below nothing, and is never looked at again.
        for figure in [self.numerator, self.denominator] {
            spill::put(u64::try_from(figure).unwrap_or_default(), out);
        }
    }

    fn read(from: &mut &[u8]) -> Option<Fact> {
        let key = take_key(from)?;
        let (line, standing) = (spill::take_small(from)?, spill::take_small(from)?);
        let all = [Standing::New, Standing::Same, Standing::Different, Standing::Broken];
        let standing = all.into_iter().find(|known| *known as u32 == standing)?;
        let mut figure = || spill::take(from).and_then(|figure| figure.try_into().ok());
        let (numerator, denominator) = (figure()?, figure()?);
        Some(Fact { key, numerator, denominator, line, standing })
    }
}

impl Fact {
    fn behind(&self, basis: Basis) -> Behind {
        let missed = Some(self.denominator - self.numerator);
        match basis {
            Basis::WithinLimit => {
                Behind { within_limit: Some(self.numerator), over_limit: missed, errors: None }
            }
            Basis::WithoutError => Behind { within_limit: None, over_limit: None, errors: missed },
            Basis::NotLost => Behind { within_limit: None, over_limit: None, errors: None },
        }
    }
}

impl Line for Fact {
    const ABOUT: &'static str = "month, measure, unit and service area";

    fn is_about_the_same(&self, other: &Fact) -> bool {
        self.key == other.key
    }

    fn line(&self) -> u32 {
        self.line
    }
}

impl Content for Figures {
    const KIND: ImportKind = ImportKind::Figures;
    const NOUN: &'static str = "figures";
    type Row = Fact;
    type Basics = Catalogue;
    type More = ();

    fn basics(conn: &Connection) -> Result<Catalogue> {
        catalogue(conn)
    }

    fn catalogue(basics: &Catalogue) -> &Catalogue {
        basics
    }

    fn parse(
        sheet: &Sheet,
        basics: &Catalogue,
        options: ImportOptions,
        today: NaiveDate,
        progress: &Progress,
    ) -> Result<Parsed<Figures>> {
        read::parse(sheet, basics, options, today, progress)
    }

    fn compare(
        conn: &Connection,
        basics: &Catalogue,
        options: ImportOptions,
        rows: &mut impl Stream<Fact>,
        wrong: &mut Failures,
    ) -> Result<Comparison<Figures>> {
        compare::compare(conn, basics, options, rows, wrong)
    }

    fn write(writing: Writing<'_, Figures>) -> Result<()> {
        let Writing { tx, import, basics, options, comparison, settled, progress } = writing;
        let mut inserting = Inserting::new(tx, import)?;
        // Of the measure and month at hand.
        let mut last: Option<(u32, u32, Basis, bool)> = None;
        each_row(&mut comparison.rows, progress, |fact| {
            let Key { measure, month, unit, area } = fact.key;
            let (basis, closed) = match last {
                Some((of, on, basis, closed)) if (of, on) == (measure, month) => (basis, closed),
                _ => {
                    let month = Month::from_yyyymm(i64::from(month));
                    (basis_of(basics, &fact), month.is_some_and(|month| basics.closed.contains(&month)))
                }
            };
            last = Some((measure, month, basis, closed));
            match fact.standing {
                _ if closed => Ok(()),
                Standing::New => {
                    let key = Key { unit: settled.unit(unit), area: settled.area(area), ..fact.key };
                    inserting.add((Fact { key, ..fact }, basis))
                }
                Standing::Different if options.correct => store::correct(tx, import, &fact, basis),
                Standing::Different | Standing::Same | Standing::Broken => Ok(()),
            }
        })?;
        inserting.finish()
    }
}

fn basis_of(catalogue: &Catalogue, fact: &Fact) -> Basis {
    let measure = catalogue.measures.iter().find(|measure| measure.id == i64::from(fact.key.measure));
    measure.map_or(Basis::NotLost, |measure| measure.basis)
}
