//! Text of several lines, as people write remarks and reasons.

use super::Invalid;

/// How many characters it may have.
const LONGEST: usize = 2000;

/// A text of several lines, or an empty one, without the blanks around it: at most 2,000 characters, without control
/// characters but line breaks and tabs.
pub fn prose(text: &str) -> Result<String, Invalid> {
    let plain = text.replace("\r\n", "\n");
    let trimmed = plain.trim();
    let rule = if trimmed.chars().count() > LONGEST {
        "it has more than 2,000 characters"
    } else if trimmed.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        "it holds a control character"
    } else {
        return Ok(trimmed.to_owned());
    };
    Err(Invalid::new("text.invalid", "a text", text, rule, "Træffes tirsdag til torsdag"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_has_lines_and_a_limit() {
        assert_eq!(prose("  to\nlinjer\t. ").unwrap(), "to\nlinjer\t.");
        assert!(prose(&"å".repeat(2000)).is_ok());
        assert!(prose(&"å".repeat(2001)).unwrap_err().to_string().contains("2,000"));
        assert!(prose("a\u{1b}[31m").is_err());
    }
}
