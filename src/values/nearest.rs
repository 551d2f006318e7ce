//! "Did you mean …?": the known word that a mistyped one is most like.

/// How alike two words must be before one is offered for the other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// The word of `hay` most like `needle` without regard to case, if one is alike enough
/// (Jaro–Winkler at least 0.8). Of equals the first.
pub fn nearest<'a>(needle: &str, hay: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let needle = needle.to_lowercase();
    let mut best: Option<(f64, &'a str)> = None;
    for word in hay {
        let score = strsim::jaro_winkler(&needle, &word.to_lowercase());
        if score >= ALIKE && best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, word));
        }
    }
    best.map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_its_word() {
        let words = ["administrator", "editor", "reader", "reports"];
        assert_eq!(nearest("raeder", words), Some("reader"));
        assert_eq!(nearest("EDITR", words), Some("editor"));
        assert_eq!(nearest("zzz", words), None);
        assert_eq!(nearest("", words), None);
    }

    #[test]
    fn case_is_no_difference_and_of_equals_the_first_is_offered() {
        assert_eq!(nearest("KUNDE", ["Kunde", "kunde"]), Some("Kunde"));
    }

    proptest! {
        #[test]
        fn a_word_is_nearest_to_itself(word in "[a-z]{1,20}") {
            prop_assert_eq!(nearest(&word, [word.as_str()]), Some(word.as_str()));
        }

        #[test]
        fn no_text_panics(needle in any::<String>(), word in any::<String>()) {
            let _ = nearest(&needle, [word.as_str()]);
        }
    }
}
