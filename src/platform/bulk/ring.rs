//! Rows that wait for one another in a ring, as two users who change B-numbers: tried one by one none can be first.

use std::cell::Cell;
use std::collections::HashMap;

use super::Importer;
use super::blame::Blame;
use super::report::{Fate, Report};
use super::run::{ReadRow, is_of_row};
use crate::platform::db::Tx;
use crate::platform::error::Result;

/// Tries the rings among rows that nothing else helped: all of a ring, or none of it. Answers with the other rows.
pub(super) fn attempt<I: Importer>(
    tx: &Tx<'_>,
    importer: &I,
    waiting: Vec<ReadRow<I::Row>>,
    blame: &Blame<'_>,
    report: &mut Report,
) -> Result<Vec<ReadRow<I::Row>>> {
    let mut taken = vec![false; waiting.len()];
    for ring in find(&waits_for(tx, importer, &waiting)?) {
        let rows: Vec<_> = ring
            .iter()
            .filter_map(|place| waiting.get(*place))
            .filter_map(|row| Some((row, row.row.as_ref()?)))
            .collect();
        let at = Cell::new(None);
        let tried = tx.attempt(|tx| {
            let mut befores = Vec::with_capacity(rows.len());
            for (row, said) in &rows {
                at.set(Some(*row));
                befores.push(importer.let_go(tx, said)?);
            }
            let mut applied = Vec::with_capacity(rows.len());
            for ((row, said), before) in rows.iter().zip(befores) {
                at.set(Some(*row));
                applied.push((row.line, importer.apply(tx, said)?.since(before)));
            }
            Ok(applied)
        });
        match tried {
            Ok(applied) => {
                for (line, applied) in applied {
                    report.set(line, Fate::Done(applied));
                }
                for place in ring {
                    taken.get_mut(place).into_iter().for_each(|taken| *taken = true);
                }
            }
            Err(error) if !is_of_row(&error) => return Err(error),
            Err(error) => {
                // The others failed because of this one; what was said of them is still so.
                if let Some(row) = at.get() {
                    let faults = vec![blame.refused(row, &error)];
                    report.set(row.line, Fate::Failed { key: row.key.clone(), faults });
                }
            }
        }
    }
    Ok(waiting.into_iter().zip(taken).filter(|(_, taken)| !taken).map(|(row, _)| row).collect())
}

/// Of every row, the place of the one that has what it wants.
fn waits_for<I: Importer>(tx: &Tx<'_>, importer: &I, rows: &[ReadRow<I::Row>]) -> Result<Vec<Option<usize>>> {
    let identities =
        rows.iter().enumerate().filter_map(|(place, row)| Some((row.identity.as_deref()?, place)));
    let places: HashMap<&str, usize> = identities.collect();
    let holder = |row: &ReadRow<I::Row>| match &row.row {
        Some(said) => importer.holder(tx, said),
        None => Ok(None),
    };
    rows.iter().map(|row| Ok(holder(row)?.and_then(|holder| places.get(holder.as_str()).copied()))).collect()
}

/// The rings in a graph in which every node points to one other at most.
fn find(next: &[Option<usize>]) -> Vec<Vec<usize>> {
    let mut walks: Vec<Option<usize>> = vec![None; next.len()];
    let mut rings = Vec::new();
    for start in 0..next.len() {
        let mut at = Some(start);
        let mut path = Vec::new();
        while let Some(place) = at {
            match walks.get_mut(place) {
                Some(walk @ None) => *walk = Some(start),
                Some(Some(walk)) if *walk == start => {
                    rings.push(path.into_iter().skip_while(|node| *node != place).collect());
                    break;
                }
                _ => break,
            }
            path.push(place);
            at = next.get(place).copied().flatten();
        }
    }
    rings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_found_and_what_leads_to_them_is_not_in_them() {
        // 0 → 1 → 2 → 1; 3 → nobody; 4 → 5 → 6 → 4; 7 → 3.
        let next = [Some(1), Some(2), Some(1), None, Some(5), Some(6), Some(4), Some(3)];
        assert_eq!(find(&next), [vec![1, 2], vec![4, 5, 6]]);
        assert_eq!(find(&[]), Vec::<Vec<usize>>::new());
    }
}
