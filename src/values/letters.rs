//! Letters in their plainest form, so that what is typed finds what is written.

/// A text with its letters in their plainest form: `Økonomi`, `oekonomi` and `okonomi` become the same. What the `replace`
/// chains of schema.sql and the tokenizer of its indexes do, and no more.
pub fn plain_letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        letters.push(match letter {
            'æ' | 'å' => 'a',
            'ø' => 'o',
            other => other,
        });
    }
    for (digraph, letter) in [("aa", "a"), ("ae", "a"), ("oe", "o")] {
        if letters.contains(digraph) {
            letters = letters.replace(digraph, letter);
        }
    }
    if letters.is_ascii() {
        return letters;
    }
    // Accents may also stand on their own behind their letter.
    letters.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).map(bare).collect()
}

/// A letter without its accent, for those that people here type.
fn bare(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'ę' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' | 'ń' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ś' | 'ş' | 'š' => 's',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}
