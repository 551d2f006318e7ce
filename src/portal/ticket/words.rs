//! What is typed after `ticket list --text`, and whether a ticket holds it.

use crate::values::plain_letters;

/// Words beyond these are not looked at.
const MOST_WORDS: usize = 12;

/// The words that are looked for, all of which a ticket must hold: each anywhere in its subject or in an entry of its
/// thread, also inside a longer word, in whatever case and with or without accents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<Word>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// As it was typed, in small letters.
    typed: String,
    /// In plain letters.
    plain: String,
}

impl Words {
    /// The words of a text; `None` where there are none.
    pub fn new(text: &str) -> Option<Words> {
        let words: Vec<_> = text
            .split_whitespace()
            .take(MOST_WORDS)
            .map(|word| Word { typed: word.to_lowercase(), plain: plain_letters(word) })
            .collect();
        (!words.is_empty()).then_some(Words(words))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none, which cannot be.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes which words a text holds: `found` has a place for each.
    pub fn find(&self, text: &str, found: &mut [bool]) {
        let (mut typed, mut plain) = (None, None);
        for (word, found) in self.0.iter().zip(found).filter(|(_, found)| !**found) {
            // A digraph at its edge, as in `poet`, is one letter in the plain text: then the word as typed counts.
            *found = plain.get_or_insert_with(|| plain_letters(text)).contains(&word.plain)
                || typed.get_or_insert_with(|| text.to_lowercase()).contains(&word.typed);
        }
    }

    /// Of each word that is long enough, what the index is asked for: its trigrams, all of which a text must hold.
    pub fn asked(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter_map(|word| {
            // The first letter may be the second of a digraph in the text, which the index does not know.
            let sure = word.plain.strip_prefix(['a', 'e']).unwrap_or(&word.plain);
            let letters: Vec<_> = sure.chars().collect();
            let mut trigrams: Vec<_> = letters
                .windows(3)
                .map(|three| format!("\"{}\"", three.iter().collect::<String>().replace('"', "\"\"")))
                .collect();
            trigrams.sort_unstable();
            trigrams.dedup();
            (!trigrams.is_empty()).then(|| trigrams.join(" AND "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, typed: &str) -> bool {
        let words = Words::new(typed).unwrap();
        let mut found = vec![false; words.len()];
        words.find(text, &mut found);
        found.into_iter().all(|found| found)
    }

    #[test]
    fn parts_of_compounds_are_found_in_any_case_and_spelling() {
        for typed in ["seddel", "LØNSEDDEL", "loensed", "lonseddel", "mangler LØN", "%", "(maj)"] {
            assert!(holds("Lønseddel mangler 50 % (maj)", typed), "{typed}");
        }
        for typed in ["sedlen", "lønseddel juni", "%%"] {
            assert!(!holds("Lønseddel mangler 50 % (maj)", typed), "{typed}");
        }
        assert!(holds("Israel", "el") && holds("poet", "et") && holds("ÅRHUS", "aarhus"));
        assert_eq!(Words::new(" \t"), None);
    }

    #[test]
    fn the_index_is_asked_for_trigrams() {
        let asked: Vec<_> = Words::new("Løn på ånd el \"ab seddel").unwrap().asked().collect();
        assert_eq!(asked, ["\"lon\"", "\"\"\"ab\"", "\"dde\" AND \"del\" AND \"edd\" AND \"sed\""]);
    }
}
