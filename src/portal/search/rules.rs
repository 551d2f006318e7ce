//! What a text has to do with what is typed: folding, ranking, slips of the fingers. No SQL.

use crate::values::{TicketNumber, UnitNumber, plain_letters};

/// Words beyond these are not looked at.
const MOST_WORDS: usize = 12;

/// Letters and digits in their plainest form, words divided by one blank: `Økonomi`, `oekonomi` and `okonomi` become
/// the same. What the trigger's `replace` chain and the tokenizer do to `search_entry.folded`, and no more.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in plain_letters(text).chars() {
        if letter.is_alphanumeric() {
            folded.push(letter);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Several fields as one text to look in: ` |oekonomistyrelsen |10213231 |`, folded. A word begins after a blank or a bar, a
/// field after a bar.
pub(super) fn fold_fields<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::from(" |");
    for field in fields.into_iter().flat_map(str::lines) {
        text.push_str(&fold(field));
        text.push_str(" |");
    }
    text
}

/// Whether a folded text holds a piece; one that begins with a blank, at the beginning of a word.
fn holds(text: &str, piece: &str) -> bool {
    let after_bar =
        |word: &str| text.match_indices(word).any(|(at, _)| text.get(..at).is_some_and(|t| t.ends_with('|')));
    text.contains(piece) || piece.strip_prefix(' ').is_some_and(after_bar)
}

/// How well something matches, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A whole field is what was typed.
    Exact,
    /// A field begins with it.
    Prefix,
    /// Each word typed begins a word.
    Word,
    /// Each word typed stands somewhere.
    Part,
    /// As many slips of the fingers lie between.
    Slips(usize),
}

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    words: Vec<String>,
    /// Of each strict rank, the pieces that a folded text must hold to be of this rank.
    needles: [(Rank, Vec<String>); 4],
}

impl Query {
    /// Understands what was typed; `None` if there is neither letter nor digit in it.
    pub(super) fn new(text: &str) -> Option<Query> {
        let text = text.trim();
        let phrase = if let Ok(unit) = text.parse::<UnitNumber>() {
            fold(&unit.to_string())
        } else if let Ok(ticket) = text.parse::<TicketNumber>() {
            fold(&ticket.to_string())
        } else {
            number(text).unwrap_or_else(|| fold(text))
        };
        if phrase.is_empty() {
            return None;
        }
        let words: Vec<_> = phrase.split(' ').take(MOST_WORDS).map(str::to_owned).collect();
        // With the blank before it even a single letter makes a trigram.
        let begins =
            || vec![if phrase.chars().count() == 1 { format!(" |{phrase}") } else { format!("|{phrase}") }];
        // Single letters would stand everywhere: they must begin a field.
        let single = words.iter().all(|word| word.chars().count() == 1);
        let each = |piece: fn(&str) -> String| {
            if single { begins() } else { words.iter().map(|word| piece(word)).collect() }
        };
        let needles = [
            (Rank::Exact, vec![format!("|{phrase} |")]),
            (Rank::Prefix, begins()),
            (Rank::Word, each(|word| format!(" {word}"))),
            (Rank::Part, each(part)),
        ];
        Some(Query { words, needles })
    }

    /// The ranks that need no forgiving, the best first, and the pieces that a folded text must hold to be of each.
    pub(super) fn needles(&self) -> &[(Rank, Vec<String>)] {
        &self.needles
    }

    /// How well a folded text matches.
    pub(super) fn rank(&self, text: &str, forgiving: bool) -> Option<Rank> {
        let all_held = |(_, needles): &&(Rank, Vec<String>)| needles.iter().all(|needle| holds(text, needle));
        let strict = self.needles.iter().rev().take_while(all_held).last().map(|(rank, _)| *rank);
        if strict.is_some() || !forgiving {
            return strict;
        }
        let letters: Vec<_> = text.chars().collect();
        let mut total = 0;
        for word in &self.words {
            if !holds(text, &part(word)) {
                total += forgiven(word, &letters)?;
            }
        }
        Some(Rank::Slips(total))
    }

    /// The words in which a slip would be forgiven.
    pub(super) fn forgiving(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str).filter(|word| allowance(word) > 0)
    }

    /// All the words.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }
}

/// How a word must stand in a text: a short one at the beginning of a word (see [`holds`]), a longer one anywhere.
pub(super) fn part(word: &str) -> String {
    if word.chars().count() < 3 { format!(" {word}") } else { word.to_owned() }
}

/// The trigrams of a word and the blank before it, each once; of a long word every other, which are plenty.
pub(super) fn trigrams(word: &str) -> Vec<String> {
    let letters: Vec<_> = std::iter::once(' ').chain(word.chars()).collect();
    let step = if letters.len() > 12 { 2 } else { 1 };
    let windows = letters.windows(3).step_by(step);
    let mut trigrams: Vec<String> = windows.map(|three| three.iter().collect()).collect();
    trigrams.sort_unstable();
    trigrams.dedup();
    trigrams
}

/// Digits with blanks, hyphens or dots between, as CVR, GLN and telephone numbers are typed, without them.
fn number(text: &str) -> Option<String> {
    let text = text.strip_prefix("+45").unwrap_or(text);
    let text = text.strip_prefix("DK").or_else(|| text.strip_prefix("dk")).unwrap_or(text);
    let between = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '\u{2010}'..='\u{2013}');
    let digits: String = text.chars().filter(|c| !between(*c)).collect();
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// How many slips are forgiven in a word: none in a number, where one digit is another thing.
fn allowance(word: &str) -> usize {
    if word.chars().any(|c| c.is_ascii_digit()) {
        return 0;
    }
    match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// The fewest slips with which a word stands in a text, where they are forgiven.
fn forgiven(word: &str, text: &[char]) -> Option<usize> {
    let word: Vec<_> = word.chars().collect();
    let most = allowance(&word.iter().collect::<String>());
    // Inside a long word only what is itself long is recognisable; anything else must begin a word.
    let anywhere = word.len() >= 8;
    Some(slips(&word, text, anywhere)).filter(|slips| most > 0 && *slips <= most)
}

/// The fewest insertions, deletions, replacements and swaps of neighbours that turn a word into a piece of the text. The
/// piece may end anywhere; it begins at the beginning of a word, or `anywhere`.
fn slips(word: &[char], text: &[char], anywhere: bool) -> usize {
    // A column of the table holds the cost of the first n letters of the word, for pieces that end at one letter.
    let start = |before: &char| if anywhere || matches!(before, ' ' | '|') { 0 } else { word.len() + 1 };
    let mut older: Vec<usize> = Vec::new();
    let mut old: Vec<usize> = (0..=word.len()).collect();
    let mut best = word.len();
    let mut before: Option<&char> = None;
    for letter in text {
        let mut new = Vec::with_capacity(old.len());
        new.push(start(letter));
        for (n, wanted) in word.iter().enumerate() {
            let cost = |column: &[usize], n: usize| column.get(n).copied().unwrap_or(usize::MAX - 1);
            let mut least = cost(&old, n) + usize::from(wanted != letter);
            least = least.min(cost(&old, n + 1) + 1).min(cost(&new, n) + 1);
            let swapped = n.checked_sub(1).filter(|m| word.get(*m) == Some(letter) && before == Some(wanted));
            if let Some(m) = swapped {
                least = least.min(cost(&older, m) + 1);
            }
            new.push(least);
        }
        best = best.min(new.last().copied().unwrap_or(usize::MAX));
        (older, old) = (old, new);
        before = Some(letter);
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rank(typed: &str, text: &str) -> Option<Rank> {
        Query::new(typed).unwrap().rank(&fold_fields([text]), true)
    }

    #[test]
    fn spellings_of_danish_letters_are_one() {
        for spelling in ["Økonomistyrelsen", "oekonomistyrelsen", "ØKONOMISTYRELSEN", "Ökonomistyrelsen"] {
            assert_eq!(fold(spelling), "okonomistyrelsen", "{spelling}");
        }
        for spelling in ["Århus", "Aarhus", "AARHUS", "århus"] {
            assert_eq!(fold(spelling), "arhus", "{spelling}");
        }
        assert_eq!(fold("  Næstved – Renée (Løn) "), "nastved renee lon");
    }

    #[test]
    fn k_072_numbers_are_found_however_they_are_written() {
        let phrase = |text: &str| Query::new(text).unwrap().words.join(" ");
        for text in ["10213231", "10 21 32 31", "DK 10213231", "dk10213231", "10-21-32-31"] {
            assert_eq!(phrase(text), "10213231", "{text}");
        }
        assert_eq!(phrase("+45 33 92 80 00"), "33928000");
        assert_eq!(phrase("payroll:17"), "payroll 017");
        assert_eq!(phrase("sam2404-1030"), "sam 2404 1030");
        assert_eq!(phrase("2404-1030"), "24041030");
        assert_eq!(Query::new(" -- "), None);
    }

    #[test]
    fn the_better_match_ranks_first() {
        let name = "Digitaliseringsstyrelsen, Løn";
        assert_eq!(rank("digitaliseringsstyrelsen lon", name), Some(Rank::Exact));
        assert_eq!(rank("Digitalis", name), Some(Rank::Prefix));
        assert_eq!(rank("lø", name), Some(Rank::Word));
        assert_eq!(rank("løn digi", name), Some(Rank::Word));
        assert_eq!(rank("styrelsen løn", name), Some(Rank::Part));
        assert_eq!(rank("ty", name), None);
        assert_eq!(rank("styrelsen bogføring", name), None);
        assert!(Rank::Part < Rank::Slips(1) && Rank::Slips(1) < Rank::Slips(2));
    }

    #[test]
    fn slips_of_the_fingers_are_forgiven_in_words_and_not_in_numbers() {
        for (typed, name, slips) in [
            ("Digitaliseringstyrelsen", "Digitaliseringsstyrelsen", 1),
            ("Økonomistyrelesn", "Økonomistyrelsen", 1),
            ("Brandtfot", "Jonas Brandtoft", 1),
            ("styrlesen", "Økonomistyrelsen", 1),
            ("jnas brandtoft", "Jonas Brandtoft", 1),
            ("jnas brandtfot", "Jonas Brandtoft", 2),
            ("Digitalsierings", "Digitaliseringsstyrelsen", 1),
            ("yLkkebo", "Ida Lykkebo", 1),
        ] {
            assert_eq!(rank(typed, name), Some(Rank::Slips(slips)), "{typed}");
        }
        for (typed, name) in [
            ("xqzvkjw", "Jonas Brandtoft"),
            ("Ann", "Ane"),
            ("10213232", "10213231"),
            ("tyrls", "Økonomistyrelsen"),
            ("brxndtxxft", "Jonas Brandtoft"),
        ] {
            assert_eq!(rank(typed, name), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_found_by_itself_by_its_beginning_and_with_two_letters_swapped(
            name in "[A-ZÆØÅ][a-zæøå]{9,14}( [A-ZÆØÅ][a-zæøå]{3,9})?", at in 1_usize..8
        ) {
            prop_assert_eq!(rank(&name, &name), Some(Rank::Exact));
            let beginning: String = name.chars().take(5).collect();
            prop_assert!(rank(&beginning, &name) <= Some(Rank::Slips(2)) && rank(&beginning, &name).is_some());
            let mut letters: Vec<_> = fold(&name).chars().collect();
            let at = at.min(letters.len() - 2);
            if letters[at] != ' ' && letters[at + 1] != ' ' {
                letters.swap(at, at + 1);
            }
            let swapped: String = letters.iter().collect();
            // A swap can make a digraph that folds to one letter, which costs a slip more.
            if fold(&swapped) == swapped && swapped.split(' ').all(|word| word.len() > 3) {
                prop_assert!(rank(&swapped, &name).is_some(), "{}", swapped);
            }
        }

        #[test]
        fn no_text_panics(typed in any::<String>(), text in any::<String>()) {
            if let Some(query) = Query::new(&typed) {
                let _ = query.rank(&fold_fields([text.as_str()]), true);
            }
        }
    }
}
