//! What Excel takes a cell for: a formula, a number, a date; and how a text is kept from it.

use crate::values::month_of_name;

/// The longest number that Excel shows in full.
const LONGEST: usize = 11;

/// Whether a text would be run as a formula or turned into something else, so that it wants a tab in front.
pub(super) fn needs_guard(cell: &[u8]) -> bool {
    match cell.first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n') => true,
        _ => is_misread(cell.trim_ascii()),
    }
}

/// A cell without the tab that was put in front of it.
pub(super) fn unguarded(cell: &[u8]) -> &[u8] {
    match cell.strip_prefix(b"\t") {
        Some(text) if needs_guard(text) => text,
        _ => cell,
    }
}

/// Whether Excel would make another value of a text: digits that lose their zeros or their end, numbers with marks,
/// dates, times, truth values.
fn is_misread(cell: &[u8]) -> bool {
    if cell.iter().all(u8::is_ascii_digit) {
        return cell.len() > LONGEST || (cell.len() > 1 && cell.starts_with(b"0"));
    }
    let Ok(text) = std::str::from_utf8(cell) else { return false };
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return ["true", "false", "sand", "sandt", "falsk"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word));
    }
    text.bytes().all(|byte| byte.is_ascii_digit() || b" .,:/-%".contains(&byte))
        || is_scientific(text)
        || is_month_and_number(text)
}

/// Whether it is a number as `4,12E+12`.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, decimals) = mantissa.split_once([',', '.']).unwrap_or((mantissa, "0"));
    [whole, decimals, exponent]
        .iter()
        .all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether it is the name of a month with a day or a year, as `maj-26` and `1. maj 2026`.
pub(super) fn is_month_and_number(text: &str) -> bool {
    let name = text.trim_matches(|c: char| !c.is_ascii_alphabetic());
    let mut others = text.bytes().filter(|byte| !byte.is_ascii_alphabetic());
    month_of_name(name).is_some()
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && others.all(|byte| byte.is_ascii_digit() || b" .,/-".contains(&byte))
}

/// Whether it is what Excel shows for a column that is too narrow, or for a formula that failed, in Danish or English.
pub(super) fn is_error(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|rest| {
        let hashes = rest.len() > 1 && rest.bytes().all(|byte| byte == b'#');
        hashes || rest.ends_with(['!', '?']) || matches!(rest, "N/A" | "I/T")
    })
}
