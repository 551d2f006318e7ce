//! From what stands in the files to what they ask for: every value goes through the parser of its flag, and everything
//! that is wrong anywhere is listed at once, with its place.

mod catalogues;
mod people;

use std::collections::HashMap;

use super::faults::{Faults, detail};
use super::model::State;
use super::scalar::{Field, List, Place, Text};
use super::wanted::{At, Wanted};
use crate::values::Invalid;

/// Checks what the files say. Answers with what they ask for, or with everything that is wrong.
pub fn check(files: &[(String, State)]) -> Result<Wanted, Faults> {
    let mut wanted = Wanted::default();
    let mut check = Check::default();
    for (n, (name, state)) in files.iter().enumerate() {
        check.file = n;
        check.files.push(name.clone());
        catalogues::check(&mut check, &mut wanted, state);
        people::check(&mut check, &mut wanted, state);
    }
    if check.faults.is_empty() {
        wanted.files = check.files;
        return Ok(wanted);
    }
    Err(check.faults)
}

#[derive(Default)]
struct Check {
    files: Vec<String>,
    file: usize,
    faults: Faults,
    /// Where each object was declared first.
    seen: HashMap<String, (usize, Place)>,
}

impl Check {
    fn fault(&mut self, place: Place, path: &str, value: &str, code: &str, message: &str) {
        let file = self.files.get(self.file).map(String::as_str).unwrap_or_default();
        self.faults.push(|| detail(file, place, path, value, code, message));
    }

    fn invalid(&mut self, text: &Text, path: &str, invalid: &Invalid) {
        let message = format!("{invalid} ({})", invalid.hint());
        self.fault(text.at, path, text.as_str(), invalid.code, &message);
    }

    fn at(&self, key: &Text, path: &str) -> At {
        At { file: self.file, place: key.at, path: path.to_owned() }
    }

    /// A value that must be there and fit.
    fn value<T>(
        &mut self,
        path: &str,
        text: &Text,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        parse(text.as_str()).map_err(|invalid| self.invalid(text, path, &invalid)).ok()
    }

    /// A value that may be absent, and cannot be empty where it is there.
    fn set<T>(
        &mut self,
        path: &str,
        name: &str,
        field: &Field,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let text = field.get()?;
        parse(text.as_str()).map_err(|invalid| self.invalid(text, &format!("{path}.{name}"), &invalid)).ok()
    }

    /// A value that may be absent, or empty.
    fn optional<T>(
        &mut self,
        path: &str,
        name: &str,
        field: &Field,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        let text = field.get()?;
        if text.as_str().trim().is_empty() {
            return Some(None);
        }
        self.set(path, name, field, parse).map(Some)
    }

    /// A list of values.
    fn values<T>(
        &mut self,
        path: &str,
        name: &str,
        list: &List<Text>,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<Vec<T>> {
        let texts = list.get()?;
        let values = texts.iter().enumerate();
        Some(
            values
                .filter_map(|(n, text)| {
                    parse(text.as_str())
                        .map_err(|invalid| self.invalid(text, &format!("{path}.{name}[{n}]"), &invalid))
                        .ok()
                })
                .collect(),
        )
    }

    /// Notes where an object is declared; a second declaration is a fault that names the first.
    fn once(&mut self, kind: &str, key: &str, text: &Text, path: &str) {
        let (file, place) = (self.file, text.at);
        let first = *self.seen.entry(format!("{kind} {key}")).or_insert((file, place));
        if first != (file, place) {
            let name = self.files.get(first.0).map(String::as_str).unwrap_or_default();
            let message = format!(
                "{kind} {key} is declared twice: first in {name}, line {}, column {}",
                first.1.line, first.1.column
            );
            self.fault(place, path, text.as_str(), "state.duplicate", &message);
        }
    }
}

/// Adds to a list that is there as soon as one file has it.
fn add<T>(list: &mut Option<Vec<T>>, more: impl IntoIterator<Item = T>) {
    list.get_or_insert_default().extend(more);
}

/// `true` or `false`; nothing is `false`.
fn truth(text: &str) -> Result<bool, Invalid> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(Invalid::new("truth.invalid", "a truth value", text, "it must be true or false", "true")),
    }
}

/// A whole number in a range.
fn number(range: std::ops::RangeInclusive<i64>) -> impl Fn(&str) -> Result<i64, Invalid> {
    move |text| {
        let rule = format!("it must be a whole number from {} to {}", range.start(), range.end());
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| Invalid::new("number.invalid", "a number", text, rule, "3"))
    }
}
