//! Arguments that many commands share, and questions for those that are missing.

pub mod ask;

pub mod import;
pub mod output;
pub mod clashes;
mod rejects;

use clap::ArgMatches;

use crate::platform::i18n::parse_coded;
use crate::platform::sheet::{Encoding, SheetOptions};
use crate::values::Invalid;
pub use crate::values::prose;
pub use rejects::RejectArgs;

/// Which part of a list. Every list takes it.
#[derive(clap::Args, Debug)]
pub struct Page {
    /// Show at most so many rows [default: 100 in a table, else all]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Pass over so many rows first
    #[arg(long, value_name = "N", default_value = "0")]
    pub offset: usize,
}

/// How a CSV file is to be read. Every import takes it.
#[derive(clap::Args, Debug)]
pub struct SheetArgs {
    /// utf-8, windows-1252, utf-16le or utf-16be [default: detected]
    #[arg(long, value_parser = parse_coded::<Encoding>)]
    encoding: Option<Encoding>,
    /// What parts the cells: ; , or tab [default: detected]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    delimiter: Option<u8>,
}

impl SheetArgs {
    /// What was said of the sheet.
    pub fn options(&self) -> SheetOptions {
        SheetOptions { encoding: self.encoding, delimiter: self.delimiter, ..SheetOptions::default() }
    }
}

fn parse_delimiter(text: &str) -> Result<u8, Invalid> {
    match text {
        ";" => Ok(b';'),
        "," => Ok(b','),
        "\t" | "\\t" | "tab" => Ok(b'\t'),
        _ => Err(Invalid::new("usage", "a delimiter", text, "it must be one of ; , tab", ";")),
    }
}

/// The page that the command typed asks for; the renderer cuts it out of the rows.
pub fn page_of(matches: &ArgMatches) -> Page {
    let innermost = innermost(matches);
    let limit = innermost.try_get_one::<usize>("limit").ok().flatten().copied();
    let offset = innermost.try_get_one::<usize>("offset").ok().flatten().copied();
    Page { limit, offset: offset.unwrap_or(0) }
}

/// What was typed behind the last verb.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    let mut innermost = matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    innermost
}

/// What an empty argument means for an optional text: take it away. Absent means leave alone.
pub fn emptied(argument: Option<String>) -> Option<Option<String>> {
    argument.map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// A name or title: not empty, one line, at most 200 characters.
pub fn line(text: &str) -> Result<String, Invalid> {
    let trimmed = text.trim();
    let rule = if trimmed.is_empty() {
        "it is empty"
    } else if trimmed.chars().count() > 200 {
        "it has more than 200 characters"
    } else if trimmed.chars().any(char::is_control) {
        "it holds a line break or another control character"
    } else {
        return Ok(trimmed.to_owned());
    };
    Err(Invalid::new("text.invalid", "a text of one line", text, rule, "Anna Holm"))
}

/// As [`line()`], but an empty text is taken: it empties the field.
pub fn line_or_empty(text: &str) -> Result<String, Invalid> {
    if text.trim().is_empty() { Ok(String::new()) } else { line(text) }
}

/// A value of type `T`, or an empty text that empties the field.
pub fn or_empty<T: std::str::FromStr<Err = Invalid>>(text: &str) -> Result<Emptied<T>, Invalid> {
    if text.trim().is_empty() { Ok(Emptied(None)) } else { text.parse().map(|value| Emptied(Some(value))) }
}

/// A value, or nothing where an empty text was given (see [`or_empty`]).
#[derive(Debug, Clone)]
pub struct Emptied<T>(pub Option<T>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_may_have_several_lines_and_be_empty() {
        assert_eq!(prose(" Linje 1\r\n\tto \n").unwrap(), "Linje 1\n\tto");
        assert_eq!(prose(" \n").unwrap(), "");
        assert_eq!(prose("\u{7}x").unwrap_err().rule, "it holds a control character");
        assert!(prose(&"æ".repeat(2000)).is_ok() && prose(&"æ".repeat(2001)).is_err());
    }
}
