//! Ticket numbers: `SAM 2404-1030` (S-005, DOMAIN §4).

use std::{fmt, str::FromStr};

use super::{Invalid, text::is_digits};

/// The number of a ticket: a prefix, the month it was opened in, and a running number of that month (S-005).
///
/// Refused as `ticket.invalid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketNumber {
    /// Two to five capital letters, such as `SAM`.
    pub prefix: String,
    /// The last two digits of the year.
    pub year: u32,
    /// The month, 1–12.
    pub month: u32,
    /// The running number, which starts again every month.
    pub sequence: u32,
}

impl TicketNumber {
    /// Reads a ticket number whose prefix may be left out (CLI §1): `2404-1030` gets the given one.
    ///
    /// # Errors
    /// `ticket.invalid`.
    pub fn parse_with_prefix(text: &str, prefix: &str) -> Result<Self, Invalid> {
        read(text.trim(), Some(prefix)).map_err(|rule| invalid(text, rule))
    }
}

impl FromStr for TicketNumber {
    type Err = Invalid;

    /// Reads `SAM 2404-1030` in any case, with or without the space.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        read(text.trim(), None).map_err(|rule| invalid(text, rule))
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:02}{:02}-{:04}", self.prefix, self.year, self.month, self.sequence)
    }
}

serde_as_text!(TicketNumber);

fn invalid(text: &str, rule: &'static str) -> Invalid {
    Invalid::new("ticket.invalid", "a ticket number", text, rule, "SAM 2404-1030")
}

/// Reads a trimmed number; `default` is the prefix where none is written.
fn read(text: &str, default: Option<&str>) -> Result<TicketNumber, &'static str> {
    let number = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let written = text.strip_suffix(number).unwrap_or_default();
    let (prefix, number) = match default {
        Some(default) if written.is_empty() => (default, number),
        _ => (written, number.strip_prefix(char::is_whitespace).unwrap_or(number)),
    };
    if !(2..=5).contains(&prefix.len()) || !prefix.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err("it begins with a prefix of 2 to 5 letters");
    }
    let form = "after the prefix come year and month, a hyphen and 4 digits or more";
    let (opened, sequence) = number.split_once('-').ok_or(form)?;
    if opened.len() != 4 || !is_digits(opened) || !is_digits(sequence) || sequence.len() < 4 {
        return Err(form);
    }
    let opened: u32 = opened.parse().map_err(|_| form)?;
    let (year, month) = (opened / 100, opened % 100);
    if !(1..=12).contains(&month) {
        return Err("the month must lie between 01 and 12");
    }
    let sequence = sequence.parse().map_err(|_| "the running number is too large")?;
    Ok(TicketNumber { prefix: prefix.to_ascii_uppercase(), year, month, sequence })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ticket(text: &str) -> String {
        text.parse::<TicketNumber>().map_or_else(|invalid| invalid.rule, |ticket| ticket.to_string())
    }

    #[test]
    fn s_005_a_ticket_number_is_read_in_every_form_of_the_guides() {
        for number in ["SAM 2404-1030", "SAM 2404-0304", "SAM 2404-0133", "SAM 2404-3129", "SAM 2403-2289"] {
            assert_eq!(ticket(number), number);
            assert_eq!(ticket(&number.replace(' ', "")), number);
            assert_eq!(ticket(&format!("  {}\n", number.to_lowercase())), number);
        }
        assert_eq!(ticket("SAM 2404-12345"), "SAM 2404-12345");
    }

    #[test]
    fn cli_1_the_prefix_may_be_left_out_where_one_is_known() {
        let read = |text| TicketNumber::parse_with_prefix(text, "SAM").map(|ticket| ticket.to_string());
        assert_eq!(read("2404-1030"), Ok("SAM 2404-1030".to_owned()));
        assert_eq!(read("sam2404-1030"), Ok("SAM 2404-1030".to_owned()));
        assert_eq!(read("ABC 2404-1030"), Ok("ABC 2404-1030".to_owned()));
        assert!(read("").is_err());
        assert_eq!(ticket("2404-1030"), "it begins with a prefix of 2 to 5 letters");
        assert!(TicketNumber::parse_with_prefix("2404-1030", "").is_err());
    }

    #[test]
    fn s_005_each_refusal_names_its_rule() {
        for (text, word) in [
            ("", "prefix"),
            ("S 2404-1030", "prefix"),
            ("SAMSAM 2404-1030", "prefix"),
            ("SÅM 2404-1030", "prefix"),
            ("SAM  2404-1030", "after the prefix"),
            ("SAM 2404-103", "after the prefix"),
            ("SAM 24041030", "after the prefix"),
            ("SAM 240-1030", "after the prefix"),
            ("SAM 2404-1030x", "after the prefix"),
            ("SAM 2400-1030", "between 01 and 12"),
            ("SAM 2413-1030", "between 01 and 12"),
            ("SAM 2404-99999999999", "too large"),
        ] {
            assert!(ticket(text).contains(word), "{text:?}: {}", ticket(text));
        }
    }

    proptest! {
        #[test]
        fn parse_after_display_is_the_identity(
            prefix in "[A-Z]{2,5}", year in 0_u32..100, month in 1_u32..=12, sequence in any::<u32>(),
        ) {
            let number = TicketNumber { prefix, year, month, sequence };
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), prefix in any::<String>()) {
            let _ = text.parse::<TicketNumber>();
            let _ = TicketNumber::parse_with_prefix(&text, &prefix);
        }
    }
}
