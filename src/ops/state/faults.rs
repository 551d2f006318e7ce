//! What is wrong with state files, all of it in one run; of very much, as much as somebody reads.

use serde_json::{Value, json};

use super::scalar::Place;
use crate::platform::error::Error;

/// How many faults are listed; the rest is counted.
const LISTED: usize = 1000;

/// How many characters of a value and of a path a fault shows.
const SHOWN: usize = 200;

/// How long a sentence may be; the words of the files are a part of some.
const SENTENCE: usize = 1000;

/// A fault as one of the `details` of an error.
pub fn detail(file: &str, place: Place, path: &str, value: &str, code: &str, message: &str) -> Value {
    let (path, value, message) = (shown(path, SHOWN), shown(value, SHOWN), shown(message, SENTENCE));
    json!({
        "file": file, "line": place.line, "column": place.column,
        "path": path, "value": value, "code": code, "message": message,
    })
}

fn shown(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The faults of state files.
#[derive(Debug, Default)]
pub struct Faults {
    listed: Vec<Value>,
    total: usize,
}

impl Faults {
    /// Adds a fault, which is made only if it is listed.
    pub fn push(&mut self, fault: impl FnOnce() -> Value) {
        self.total += 1;
        if self.listed.len() < LISTED {
            self.listed.push(fault());
        }
    }

    /// Adds what was found elsewhere.
    pub fn append(&mut self, others: Faults) {
        self.total += others.total;
        let free = LISTED - self.listed.len().min(LISTED);
        self.listed.extend(others.listed.into_iter().take(free));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The files are refused with every fault (65).
    pub fn into_error(self) -> Error {
        let more = match self.total - self.listed.len() {
            0 => String::new(),
            more => format!(", of which {more} more are not listed"),
        };
        let message = match self.total {
            1 => "there is a mistake in the files; nothing was taken".to_owned(),
            n => format!("there are {n} mistakes in the files{more}; nothing was taken"),
        };
        Error::invalid_file(message)
            .hint("`portalctl state schema` prints what such files may hold; `state export` writes one")
            .details(self.listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_much_a_part_is_listed_and_the_rest_counted() {
        let fault = || detail("f", Place::default(), &"p".repeat(300), &"å".repeat(300), "c", "m");
        let (mut some, mut others) = (Faults::default(), Faults::default());
        for _ in 0..600 {
            some.push(fault);
            others.push(fault);
        }
        some.append(others);
        let error = some.into_error();
        assert_eq!(
            error.message(),
            "there are 1200 mistakes in the files, of which 200 more are not listed; nothing was taken"
        );
        assert_eq!(error.detail_values().len(), LISTED);
        let first = error.detail_values().first().unwrap();
        assert_eq!(first["value"].as_str().unwrap().chars().count(), SHOWN + 1);
        assert_eq!(first["path"].as_str().unwrap().chars().count(), SHOWN + 1);
    }
}
