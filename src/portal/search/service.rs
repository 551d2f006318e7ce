//! Use cases of search.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use super::reach::Reach;
use super::rules::{self, Query, Rank, fold_fields, part};
use super::store::{self, Entry, Sieve};
use super::{Hit, Kind};
use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};

/// At most so many answers.
pub const MOST: usize = 1000;

/// At most so many rows are looked at for one rank. Only words of one letter and repeated digits come near it.
const MOST_LOOKED_AT: usize = 2500;

/// With fewer answers than this, slips of the fingers are looked for too.
const ENOUGH: usize = 5;

/// In what has more words than this no slip is forgiven.
const MOST_FORGIVEN: usize = 4;

/// So many rows of each trigram are looked at for slips, and so many of those that share most with what was typed.
const ROWS_OF_TRIGRAM: i64 = 400;
const CANDIDATES: usize = 300;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// There is more, or may be.
    pub more: bool,
}

/// What is called something like this, or has this number, of all that the actor may see (K-070..K-074).
pub fn search(conn: &Connection, actor: &Actor, text: &str) -> Result<Found> {
    let query = Query::new(text).ok_or_else(|| {
        Error::usage(format!("\"{text}\" holds no letter and no digit; there is nothing to search for"))
            .hint("type part of a name, a number, a CVR or an address")
    })?;
    let reach = Reach::of(conn, actor)?;
    let mut looking = Looking { conn, query, reach, ranked: Vec::new(), more: false };
    looking.strictly()?;
    let exact = looking.ranked.iter().any(|(rank, _)| *rank == Rank::Exact);
    if !exact && looking.ranked.len() < ENOUGH {
        looking.forgivingly()?;
    }
    looking.found()
}

/// A search under way.
struct Looking<'a> {
    conn: &'a Connection,
    query: Query,
    reach: Reach,
    ranked: Vec<(Rank, Entry)>,
    more: bool,
}

impl Looking<'_> {
    /// Takes what matches letter by letter.
    fn strictly(&mut self) -> Result<()> {
        if let Some(ids) = self.all_ids() {
            return self.consider_all(ids, false);
        }
        // The last rank takes in the others; only where there is too much of it are they worth asking for first.
        let Some(((last, pieces), better)) = self.query.needles().split_last() else { return Ok(()) };
        let (mut part, complete) = self.matching(*last, pieces, Sieve::Fine)?;
        if complete {
            self.ranked = part;
            return Ok(());
        }
        for (rank, pieces) in better {
            let (mut matching, _) = self.matching(*rank, pieces, Sieve::Coarse)?;
            self.ranked.append(&mut matching);
        }
        self.ranked.append(&mut part);
        let mut seen = HashSet::new();
        self.ranked.retain(|(_, entry)| seen.insert(entry.id));
        self.more = true;
        Ok(())
    }

    /// The rows that hold these pieces and match no worse than that, but no more than are of use; and whether these are all.
    fn matching(&self, worst: Rank, pieces: &[String], sieve: Sieve) -> Result<(Vec<(Rank, Entry)>, bool)> {
        let mut matching = Vec::new();
        let mut looked_at = 0;
        let wanted = |id| self.reach.sees(id);
        let asked = store::each(self.conn, pieces, sieve, self.reach.highest(), wanted, |entry| {
            looked_at += 1;
            let rank = self.query.rank(&entry.folded(), false).filter(|rank| *rank <= worst);
            matching.extend(rank.map(|rank| (rank, entry)));
            let enough = matching.len() > MOST || looked_at > MOST_LOOKED_AT;
            if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let complete = asked && matching.len() <= MOST && looked_at <= MOST_LOOKED_AT;
        Ok((matching, complete))
    }

    /// Takes what matches but for slips of the fingers.
    fn forgivingly(&mut self) -> Result<()> {
        if self.query.words().len() > MOST_FORGIVEN || self.query.forgiving().next().is_none() {
            return Ok(());
        }
        if let Some(ids) = self.all_ids() {
            let ids = ids.into_iter().filter(|id| !self.found_already(*id)).collect();
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
            if !store::first(self.conn, &piece, Sieve::Fine, i64::MAX, 1)?.is_empty() {
                sound.extend(piece);
            }
        }
        Ok(if sound.len() < self.query.words().len() { sound } else { Vec::new() })
    }

    /// The rows that hold the sound words (or the longest of them) and share most trigrams with the others. Of a trigram that is everywhere
    /// the first rows are looked at, which are institutions and units.
    fn candidates(&self, sound: &[String]) -> Result<Vec<i64>> {
        let highest = self.reach.highest();
        let mut shared: BTreeMap<i64, usize> = BTreeMap::new();
        // Where few rows hold the sound words, these are all there can be.
        let holding = store::first(self.conn, sound, Sieve::Fine, highest, ROWS_OF_TRIGRAM)?;
        let few = !sound.is_empty() && i64::try_from(holding.len()).is_ok_and(|n| n < ROWS_OF_TRIGRAM);
        if few {
            return Ok(holding
                .into_iter()
                .filter(|id| self.reach.sees(*id) && !self.found_already(*id))
                .collect());
        }
        let longest = sound.iter().max_by_key(|piece| piece.len());
        for word in self.query.forgiving().filter(|word| !sound.contains(&part(word))) {
            for trigram in rules::trigrams(word) {
                let pieces: Vec<_> = longest.cloned().into_iter().chain([trigram]).collect();
                for id in store::first(self.conn, &pieces, Sieve::Coarse, highest, ROWS_OF_TRIGRAM)? {
                    *shared.entry(id).or_default() += 1;
                }
            }
        }
        let visible = |id: &i64| self.reach.sees(*id) && !self.found_already(*id);
        let mut best: Vec<_> = shared.into_iter().filter(|(id, _)| visible(id)).collect();
        best.sort_unstable_by_key(|(id, count)| Reverse((*count, *id)));
        Ok(best.into_iter().take(CANDIDATES).map(|(id, _)| id).collect())
    }

    fn found_already(&self, id: i64) -> bool {
        self.ranked.iter().any(|(_, entry)| entry.id == id)
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
        if let Some(rank) = self.query.rank(&entry.folded(), forgiving) {
            self.ranked.push((rank, entry));
        }
        Ok(())
    }

    fn found(self) -> Result<Found> {
        let mut ranked = self.ranked;
        ranked.sort_by_cached_key(|(rank, entry)| {
            (*rank, Reverse(entry.id >> 40), entry.label.to_lowercase(), entry.id)
        });
        let codes = store::tenant_codes(self.conn)?;
        let more = self.more || ranked.len() > MOST;
        let hit = |entry: Entry| {
            let kind = Kind::of(entry.id)?;
            let tenant = entry.tenant.and_then(|tenant| codes.get(&tenant).cloned());
            Some(Hit { kind, key: entry.key, label: entry.label, tenant })
        };
        Ok(Found { hits: ranked.into_iter().take(MOST).filter_map(|(_, entry)| hit(entry)).collect(), more })
    }
}

impl Entry {
    /// What is looked for in it.
    pub(super) fn folded(&self) -> String {
        fold_fields([self.key.as_str(), &self.label, &self.more])
    }
}
