//! Why a value cannot be: one shape for every refusal of the parsers.

use std::fmt;

/// How many characters of a refused value a message shows.
const SHOWN: usize = 60;

/// A text that is not what it should be, with the rule it breaks and an example that fits.
///
/// The command line shows it with exit code 2; an import puts it in its list of errors with line
/// and column (CLI.md §2 and §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The stable error code, such as `cvr.invalid`.
    pub code: &'static str,
    /// What the value should have been, with its article: `a CVR number`.
    pub noun: &'static str,
    /// The value as it was given, whole and raw: escape it before showing it.
    pub value: String,
    /// The rule it breaks, as a clause: `the check digit does not fit (modulus 11)`.
    pub rule: String,
    /// A value that fits.
    pub example: &'static str,
}

impl Invalid {
    /// A refusal of `value`.
    pub fn new(
        code: &'static str,
        noun: &'static str,
        value: &str,
        rule: impl Into<String>,
        example: &'static str,
    ) -> Self {
        Self { code, noun, value: value.to_owned(), rule: rule.into(), example }
    }

    /// What would fit: `for example 10213231`.
    pub fn hint(&self) -> String {
        format!("for example {}", self.example)
    }
}

impl fmt::Display for Invalid {
    /// `"12345678" is not a CVR number: the check digit does not fit (modulus 11)`, with control
    /// characters escaped and a long value cut, since the value is text from outside (DESIGN §5).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.value.chars();
        f.write_str("\"")?;
        for character in characters.by_ref().take(SHOWN) {
            if steers_a_terminal(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        let cut = if characters.next().is_some() { "…" } else { "" };
        write!(f, "{cut}\" is not {}: {}", self.noun, self.rule)
    }
}

impl std::error::Error for Invalid {}

/// Control characters, line separators and the marks that turn the direction of writing or
/// are not seen at all.
fn steers_a_terminal(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refuse(value: &str) -> Invalid {
        Invalid::new(
            "cvr.invalid",
            "a CVR number",
            value,
            "the check digit does not fit (modulus 11)",
            "10213231",
        )
    }

    #[test]
    fn a_message_names_the_value_the_noun_and_the_rule() {
        let invalid = refuse("12345678");
        assert_eq!(
            invalid.to_string(),
            "\"12345678\" is not a CVR number: the check digit does not fit (modulus 11)"
        );
        assert_eq!(invalid.hint(), "for example 10213231");
    }

    #[test]
    fn control_characters_of_the_value_are_escaped() {
        let message = refuse("a\u{1b}[31m\n\u{202e}b").to_string();
        assert!(message.starts_with(r#""a\u{1b}[31m\n\u{202e}b" is not"#), "{message}");
    }

    #[test]
    fn a_long_value_is_cut_to_sixty_characters() {
        let message = refuse(&"å".repeat(61)).to_string();
        assert!(message.starts_with(&format!("\"{}…\" is not", "å".repeat(60))), "{message}");
        let message = refuse(&"å".repeat(60)).to_string();
        assert!(message.starts_with(&format!("\"{}\" is not", "å".repeat(60))), "{message}");
    }

    proptest! {
        #[test]
        fn no_message_holds_a_control_character(value in any::<String>()) {
            prop_assert!(!refuse(&value).to_string().chars().any(char::is_control));
        }
    }
}
