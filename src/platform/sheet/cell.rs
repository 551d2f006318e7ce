//! Cells as people and Excel write them: read by the parsers of `values`, and where Excel broke one, said so.

use super::excel;
use crate::values::Invalid;

/// Reads a cell; what Excel made of it is named where it is the reason that it cannot be read.
///
/// # Errors
/// What `parse` refuses, or `excel.scientific`, `excel.date`, `excel.error`.
pub fn read<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Result<T, Invalid> {
    parse(text).map_err(explain)
}

/// A refusal, with Excel's part in it for its reason where Excel broke the value.
pub fn explain(invalid: Invalid) -> Invalid {
    match broken_by_excel(&invalid.value) {
        Some(broken) => Invalid { noun: invalid.noun, example: invalid.example, ..broken },
        None => invalid,
    }
}

/// What Excel makes of something else, even where it could be read: for codes and names, of which none looks like that.
///
/// # Errors
/// `excel.scientific`, `excel.date`, `excel.error`.
pub fn never_excel(text: &str) -> Result<(), Invalid> {
    let date = || {
        let parts: Vec<_> = text.trim().split(['-', '/', '.']).collect();
        let of = |longest: usize| {
            move |part: &&str| (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        match parts.as_slice() {
            [a, b] => [a, b].into_iter().all(of(2)),
            [a, b, c] => [a, b, c].into_iter().all(of(4)),
            _ => false,
        }
    };
    let broken = broken_by_excel(text).or_else(|| date().then(|| is_date(text)));
    broken.map_or(Ok(()), Err)
}

fn is_date(text: &str) -> Invalid {
    Invalid::new("excel.date", "the value that was typed", text, DATE, "10213231")
}

const DATE: &str =
    "Excel has taken it for a date; format the column as text, type the value again, and save again";

/// What Excel did to a value that cannot be what somebody typed. For values that could not be read: a text that
/// means something may look like this too.
pub fn broken_by_excel(text: &str) -> Option<Invalid> {
    let cell = text.trim();
    let signed = || cell.contains("E+") || cell.contains("E-");
    let (code, rule) = if excel::is_scientific(cell) && signed() {
        (
            "excel.scientific",
            "Excel has shortened a long number; format the column as text, type the number again, and save again",
        )
    } else if excel::is_month_and_number(cell) {
        ("excel.date", DATE)
    } else if excel::is_error(cell) {
        (
            "excel.error",
            "Excel shows this where a column is too narrow or a formula failed; mend it there, and save again",
        )
    } else {
        return None;
    };
    Some(Invalid::new(code, "the value that was typed", text, rule, "10213231"))
}

#[cfg(test)]
mod tests {
    use crate::platform::sheet::cell;

    #[test]
    fn domain_2_4_what_excel_makes_of_codes_and_names_is_known() {
        for text in ["maj-26", "01-02", "1/2", "01-02-2026", "2026-02-01", "#N/A", "4,12E+12", "#####"] {
            assert!(cell::never_excel(text).is_err(), "{text}");
        }
        for text in
            ["", "Kontor 1-2", "10213231", "oes-26", "1-2-3-4", "Maj", "101", "12-345", "3F", "-", "a.b"]
        {
            assert!(cell::never_excel(text).is_ok(), "{text}");
        }
    }
}
