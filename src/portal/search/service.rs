//! Use cases of search.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use super::reach::Reach;
use super::rules::{self, Query, Rank, STRICT, fold_fields, part};
use super::{Hit, store};
use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};

/// At most so many answers.
pub const MOST: usize = 1000;

/// With fewer answers than this, slips of the fingers are looked for too.
const ENOUGH: usize = 5;

/// So many rows of each trigram are looked at for slips, and so many of those that share most with what was typed.
const ROWS_OF_TRIGRAM: i64 = 400;
const CANDIDATES: usize = 300;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// There is more than [`MOST`].
    pub more: bool,
}

/// What is called something like this, or has this number, of all that the actor may see (K-070..K-074).
pub fn search(conn: &Connection, actor: &Actor, text: &str) -> Result<Found> {
    let query = Query::new(text).ok_or_else(|| {
        Error::usage(format!("\"{text}\" holds no letter and no digit; there is nothing to search for"))
            .hint("type part of a name, a number, a CVR or an address")
    })?;
    let reach = Reach::of(conn, actor)?;
    let mut looking = Looking { conn, query, reach, seen: HashSet::new(), ranked: Vec::new() };
    looking.strictly()?;
    let exact = looking.ranked.iter().any(|(rank, _)| *rank == Rank::Exact);
    if !exact && looking.ranked.len() < ENOUGH {
        looking.forgivingly()?;
    }
    Ok(looking.found())
}

/// A search under way.
struct Looking<'a> {
    conn: &'a Connection,
    query: Query,
    reach: Reach,
    seen: HashSet<i64>,
    ranked: Vec<(Rank, Hit)>,
}

impl Looking<'_> {
    /// Takes what matches letter by letter, the best kinds of match first, until there is enough.
    fn strictly(&mut self) -> Result<()> {
        if let Some(ids) = self.all_ids() {
            return self.consider_all(ids, false);
        }
        let (conn, highest) = (self.conn, self.reach.highest());
        for rank in STRICT {
            let needles = self.query.needles(rank);
            store::each(conn, &needles, highest, |id| {
                if self.ranked.len() > MOST {
                    return Ok(ControlFlow::Break(()));
                }
                if self.reach.sees(id) && self.seen.insert(id) {
                    self.consider(id, false)?;
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(())
    }

    /// Takes what matches but for slips of the fingers.
    fn forgivingly(&mut self) -> Result<()> {
        if self.query.forgiving().next().is_none() {
            return Ok(());
        }
        if let Some(ids) = self.all_ids() {
            let ids = ids.into_iter().filter(|id| !self.seen.contains(id)).collect();
            return self.consider_all(ids, true);
        }
        let sound = self.sound_words()?;
        let mut candidates = self.candidates(&sound)?;
        if candidates.is_empty() && !sound.is_empty() {
            candidates = self.candidates(&[])?;
        }
        self.consider_all(candidates, true)
    }

    /// The words that stand somewhere as they were typed, if there are others beside them.
    fn sound_words(&self) -> Result<Vec<String>> {
        let mut sound = Vec::new();
        for word in self.query.words() {
            let piece = vec![part(word)];
            if !store::first(self.conn, &piece, i64::MAX, 1)?.is_empty() {
                sound.extend(piece);
            }
        }
        Ok(if sound.len() < self.query.words().len() { sound } else { Vec::new() })
    }

    /// The rows that hold the sound words and share most trigrams with the others. Of a trigram that is everywhere
    /// the first rows are looked at, which are institutions and units.
    fn candidates(&self, sound: &[String]) -> Result<Vec<i64>> {
        let highest = self.reach.highest();
        let mut shared: BTreeMap<i64, usize> = BTreeMap::new();
        for word in self.query.forgiving().filter(|word| !sound.contains(&part(word))) {
            for trigram in rules::trigrams(word) {
                let mut pieces = sound.to_vec();
                pieces.push(trigram);
                for id in store::first(self.conn, &pieces, highest, ROWS_OF_TRIGRAM)? {
                    *shared.entry(id).or_default() += 1;
                }
            }
        }
        let visible = |id: &i64| self.reach.sees(*id) && !self.seen.contains(id);
        let mut best: Vec<_> = shared.into_iter().filter(|(id, _)| visible(id)).collect();
        best.sort_unstable_by_key(|(id, count)| Reverse((*count, *id)));
        Ok(best.into_iter().take(CANDIDATES).map(|(id, _)| id).collect())
    }

    fn all_ids(&self) -> Option<Vec<i64>> {
        self.reach.few().map(Iterator::collect)
    }

    fn consider_all(&mut self, ids: Vec<i64>, forgiving: bool) -> Result<()> {
        for id in ids {
            self.consider(id, forgiving)?;
        }
        Ok(())
    }

    /// Takes a row that the actor may see, if it matches.
    fn consider(&mut self, id: i64, forgiving: bool) -> Result<()> {
        let Some(entry) = store::find(self.conn, id)? else { return Ok(()) };
        let text = fold_fields([entry.hit.key.as_str(), &entry.hit.label, &entry.more]);
        if let Some(rank) = self.query.rank(&text, forgiving) {
            self.seen.insert(id);
            self.ranked.push((rank, entry.hit));
        }
        Ok(())
    }

    fn found(self) -> Found {
        let mut ranked = self.ranked;
        ranked.sort_by_cached_key(|(rank, hit)| (*rank, Reverse(hit.kind.base()), hit.label.to_lowercase(), hit.key.clone()));
        let more = ranked.len() > MOST;
        Found { hits: ranked.into_iter().take(MOST).map(|(_, hit)| hit).collect(), more }
    }
}
