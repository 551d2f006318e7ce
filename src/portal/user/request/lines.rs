//! One line of a pasted mail: a field, a signature's beginning, or text.

use super::Field;
use crate::portal::cli::line as one_line;
use crate::values::{BNumber, Cvr, DanishPhone, Email};

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A field with its label as it stands there; the value may follow on the next line.
    Field { field: Field, label: String, value: String },
    /// A field whose label ends at a blank or a dash; the value is one that such a field can have.
    Loose { field: Field, label: String, value: String },
    /// The signature begins.
    SignOff,
    /// Something that may be the value of the label before it.
    Text(String),
    /// Nothing, or another label, which cannot be anybody's value.
    Other,
}

/// How letters end. Each is compared with the beginning of a line.
const SIGN_OFFS: [&str; 11] = [
    "med venlig hilsen",
    "venlig hilsen",
    "med venlige hilsner",
    "venlige hilsner",
    "bedste hilsner",
    "de bedste hilsner",
    "mange hilsner",
    "mvh",
    "hilsen",
    "kind regards",
    "best regards",
];

pub(super) fn read(raw: &str) -> Line {
    let line = clean(raw);
    let lower = line.to_lowercase();
    if line == "--" || SIGN_OFFS.iter().any(|end| begins_with_words(&lower, end)) {
        return Line::SignOff;
    }
    for line in [line.as_str(), without_number(&line)] {
        if let Some(found) = labelled(line) {
            return found;
        }
    }
    if let Some(found) = loose(&line).or_else(|| loose(without_number(&line))) {
        return found;
    }
    if line.is_empty() || is_other_label(&line) { Line::Other } else { Line::Text(value_of(&line)) }
}

/// A line with plain blanks, and without what mail programs put in front of it.
fn clean(raw: &str) -> String {
    let plain: String = raw
        .chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}'))
        .map(|c| match c {
            '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
            // Hyphens that a mail program chose: "E‑mail" is meant as "E-mail".
            '\u{2010}' | '\u{2011}' => '-',
            c => c,
        })
        .collect();
    let mut line = plain.trim();
    loop {
        let unquoted = line.trim_start_matches(['>', '|', '│']).trim_start();
        let rest = unquoted
            .strip_prefix(['•', '·', '◦', '▪', '–', '—', '-', '*', 'o'])
            .filter(|rest| rest.starts_with([' ', '\t']))
            .map_or(unquoted, str::trim_start);
        if rest == line {
            return line.to_owned();
        }
        line = rest;
    }
}

/// A line without the number of an enumeration: `1.` or `2)`.
fn without_number(line: &str) -> &str {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    match rest.strip_prefix(['.', ')']) {
        Some(rest) if line.len() - rest.len() <= 3 => rest.trim_start(),
        _ => line,
    }
}

fn labelled(line: &str) -> Option<Line> {
    // The rows of a table have lines between their cells; the one in front went with the quote marks.
    let (label, value) = line.split_once([':', '\t', '|', '│']).unwrap_or((line, ""));
    let field = field(label)?;
    Some(Line::Field { field, label: label.trim().trim_matches('*').to_owned(), value: value_of(value) })
}

/// `CVR-nummer 10 21 32 31` or `Navn – Eva Dal`: what stands behind the label decides whether that is a field.
fn loose(line: &str) -> Option<Line> {
    let is_dash = |c: char| matches!(c, '-' | '–' | '—');
    let ends = line.char_indices().filter(|(_, c)| c.is_whitespace() || is_dash(*c)).map(|(place, _)| place);
    // No label has more words than these.
    ends.take(4).find_map(|end| {
        let (label, rest) = line.split_at_checked(end)?;
        let field = field(label)?;
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || is_dash(c));
        let between = rest.get(..rest.len() - value.len())?;
        let stands_apart = between.chars().count() > 1 && between.starts_with(char::is_whitespace);
        let fits = match field {
            Field::Cvr => cvrs(value).iter().all(|cvr| cvr.parse::<Cvr>().is_ok()),
            Field::Email => bare_address(value).parse::<Email>().is_ok(),
            Field::BNumber => has_digit(value) && value.parse::<BNumber>().is_ok(),
            Field::Phone => value.parse::<DanishPhone>().is_ok(),
            // Any line is a name, so a sentence that begins with the word must not be taken for one.
            Field::Name => (stands_apart || are_names(value)) && one_line(value).is_ok(),
            Field::Title => stands_apart && one_line(value).is_ok(),
        };
        let label = label.trim().trim_matches('*').to_owned();
        fits.then(|| Line::Loose { field, label, value: value_of(value) })
            .filter(|line| !matches!(line, Line::Loose { value, .. } if value.is_empty()))
    })
}

/// Two words or more that all begin with a capital.
fn are_names(text: &str) -> bool {
    let words: Vec<_> = text.split_whitespace().collect();
    words.len() > 1 && words.iter().all(|word| word.starts_with(char::is_uppercase) && !word.ends_with(':'))
}

/// The field that a label names, whatever its case, hyphens and remarks in parentheses.
fn field(label: &str) -> Option<Field> {
    let bare = label.split('(').next().unwrap_or_default().to_lowercase();
    let key: String = bare.chars().filter(|c| c.is_alphanumeric() || *c == '/').collect();
    Some(match key.as_str() {
        "cvr" | "cvrnr" | "cvrnummer" | "cvrnumre" => Field::Cvr,
        "navn" => Field::Name,
        "email" | "emailadresse" | "mailadresse" => Field::Email,
        "bnr" | "bnummer" => Field::BNumber,
        "telefon" | "telefonnr" | "telefonnummer" | "tlf" | "tlfnr" => Field::Phone,
        "titel" | "funktion" | "titel/funktion" => Field::Title,
        _ => return None,
    })
}

/// A value without emphasis and the blanks around it; a lone dash stands for nothing.
fn value_of(text: &str) -> String {
    let value = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | ':' | '|' | '│'));
    if matches!(value, "-" | "–" | "—") { String::new() } else { value.to_owned() }
}

/// Whether a line is a label that is none of ours, such as `Afdeling: Økonomi`.
fn is_other_label(line: &str) -> bool {
    let Some((label, _)) = line.split_once(':') else { return false };
    let words = label.split_whitespace().count();
    let is_scheme = ["mailto", "tel", "http", "https"].contains(&label.to_lowercase().as_str());
    !is_scheme
        && (1..=3).contains(&words)
        && !label.contains(['@', '<'])
        && label.chars().any(char::is_alphabetic)
}

fn begins_with_words(line: &str, words: &str) -> bool {
    line.strip_prefix(words).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

/// An address without what mail programs put around it: `<a@b.dk>`, `a@b.dk<mailto:a@b.dk>`, `mailto:a@b.dk`.
pub(super) fn bare_address(value: &str) -> &str {
    let value = value.split("<mailto:").next().filter(|head| head.contains('@')).unwrap_or(value).trim();
    let value = value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(value);
    value.strip_prefix("mailto:").unwrap_or(value).trim()
}

/// The CVR numbers of a value: parted by commas, semicolons, slashes or words for "and", each perhaps with a name.
pub(super) fn cvrs(value: &str) -> Vec<String> {
    let parts = parts_of(value);
    let with_digits: Vec<_> = parts.iter().filter(|part| has_digit(part)).cloned().collect();
    // A value without a single digit is nothing that could be passed over: it is refused as it stands.
    let parts = if with_digits.is_empty() { vec![value.to_owned()] } else { with_digits };
    parts.into_iter().flat_map(|part| numbers_of(&part)).collect()
}

/// Whether a line goes on with CVR numbers: nothing but digits and what parts them.
pub(super) fn is_list_of_cvrs(line: &str) -> bool {
    let parts = parts_of(line);
    let is_number = |part: &String| {
        let digits = part.trim().trim_start_matches("DK").trim_start_matches("dk");
        has_digit(digits) && digits.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-')
    };
    !parts.is_empty() && parts.iter().all(is_number)
}

fn parts_of(value: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain.push(' ');
    let joined =
        [" og ", " samt ", " and ", " & ", " + "].iter().fold(plain, |text, word| text.replace(word, ","));
    joined
        .split([',', ';', '/', '&', '+', '|', '│'])
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// The numbers of one part. `10 21 32 31` is one, `10213231 34051178` are two; a name behind a number goes.
fn numbers_of(part: &str) -> Vec<String> {
    let bare = part.trim_start_matches("DK").trim_start_matches("dk").trim_start_matches(['-', ' ']);
    let end = bare.find(|c: char| !(c.is_ascii_digit() || c == ' ' || c == '.')).unwrap_or(bare.len());
    let (head, tail) = bare.split_at_checked(end).unwrap_or((bare, ""));
    let words: Vec<_> = head.split_whitespace().collect();
    if words.len() > 1 && words.iter().all(|word| word.len() == 8) {
        return words.into_iter().map(str::to_owned).collect();
    }
    let is_name = tail.trim_start_matches(['-', '–', ' ']).starts_with(|c: char| c.is_alphabetic());
    let number = head.trim().trim_end_matches('.');
    let digits = number.chars().filter(char::is_ascii_digit).count();
    if digits == 8 && (tail.trim().is_empty() || is_name) {
        vec![number.to_owned()]
    } else {
        vec![part.to_owned()]
    }
}

fn has_digit(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}
