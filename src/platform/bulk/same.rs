//! Rows of one file that are about the same thing.

use std::collections::HashMap;
use std::rc::Rc;

use super::report::RowFault;
use super::run::ReadRow;

/// The rows about one thing.
#[derive(Default)]
struct Same {
    /// The first few lines.
    lines: Vec<u64>,
    count: usize,
    /// What is said of all of them, once it is needed.
    message: Option<Rc<str>>,
}

impl Same {
    /// How many lines are named; the rest is counted, or every row would name every other.
    const NAMED: usize = 3;

    fn message(&mut self, key: &str) -> Rc<str> {
        let message = self.message.get_or_insert_with(|| {
            let named: Vec<_> = self.lines.iter().map(u64::to_string).collect();
            let more = match self.count - self.lines.len() {
                0 => String::new(),
                more => format!(" and {} more", thousands(more)),
            };
            format!("{key} is in the file more than once: lines {}{more}", named.join(", ")).into()
        });
        Rc::clone(message)
    }
}

/// Two rows about the same thing contradict each other, or one is too many: neither is taken.
pub(super) fn mark_doubled<R>(rows: &mut [ReadRow<R>], key_heading: Option<&str>) {
    let mut known: HashMap<String, Same> = HashMap::new();
    for row in rows.iter() {
        if let Some(identity) = &row.identity {
            let same = known.entry(identity.clone()).or_default();
            same.count += 1;
            if same.lines.len() < Same::NAMED {
                same.lines.push(row.line);
            }
        }
    }
    known.retain(|_, same| same.count > 1);
    for row in rows.iter_mut() {
        let Some(same) = row.identity.as_ref().and_then(|identity| known.get_mut(identity)) else { continue };
        row.row = None;
        row.faults.push(RowFault {
            line: row.line,
            column: key_heading.map(str::to_owned),
            value: row.key.clone(),
            code: "key.doubled".to_owned(),
            message: same.message(&row.key),
            hint: None,
            refused: None,
            place: None,
        });
    }
}

/// A number as people read it: `19,996`.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        for (n, text) in
            [(1, "1"), (999, "999"), (1_000, "1,000"), (19_996, "19,996"), (1_234_567, "1,234,567")]
        {
            assert_eq!(thousands(n), text);
        }
    }

    #[test]
    fn what_is_said_of_rows_about_the_same_is_short_and_said_once() {
        let rows = (0..5_000).map(|n| ReadRow {
            line: n + 2,
            key: "a@example.dk".to_owned(),
            identity: Some("a@example.dk".to_owned()),
            row: Some(()),
            faults: Vec::new(),
        });
        let mut rows: Vec<_> = rows.collect();
        mark_doubled(&mut rows, None);
        let said: Vec<_> = rows.iter().map(|row| &row.faults[0].message).collect();
        assert_eq!(&**said[0], "a@example.dk is in the file more than once: lines 2, 3, 4 and 4,997 more");
        assert!(said.iter().all(|message| Rc::ptr_eq(message, said[0])));
        assert!(rows.iter().all(|row| row.row.is_none()));
    }
}
