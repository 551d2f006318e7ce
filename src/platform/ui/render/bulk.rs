//! How a change to many things looks.

use serde_json::{Value, json};

use super::{Format, Print, TABLE_ROWS, cannot_print};
use crate::platform::error::Result;
use crate::platform::i18n::{self, Lang};
use crate::platform::sheet::Cell;
use crate::platform::ui::answer::{Bulk, Warning};
use crate::platform::ui::foreign::visible;
use crate::platform::ui::view::plain;

impl Print<'_, '_> {
    pub(super) fn bulk(&mut self, bulk: &Bulk, warnings: &[Warning]) -> Result<()> {
        match self.manner.format {
            Format::Table => self.bulk_table(bulk),
            Format::Id => {
                for item in bulk.items.iter().filter(|item| !failed(item)) {
                    self.line(&item.get("key").map(plain).unwrap_or_default())?;
                }
                Ok(())
            }
            Format::Csv => {
                self.csv_heading(["key", "result", "message"].map(str::to_owned).into_iter())?;
                for item in &bulk.items {
                    let get = |name: &str| item.get(name).map(plain).unwrap_or_default();
                    let told = told(item, self.manner.lang);
                    let cells = [get("key"), get("result"), told];
                    self.csv_line(cells.into_iter().map(|cell| Cell::Text(cell.into())))?;
                }
                Ok(())
            }
            Format::Json | Format::Jsonl => {
                let whole = json!({
                    "dry_run": self.manner.dry_run, "summary": bulk.summary, "items": bulk.items, "warnings": warnings,
                });
                if self.manner.format == Format::Json {
                    self.json_document(&whole)
                } else {
                    self.json_line(&whole)
                }
            }
        }
    }

    fn bulk_table(&mut self, bulk: &Bulk) -> Result<()> {
        let mut shown: Vec<&Value> = bulk.items.iter().collect();
        if shown.len() > TABLE_ROWS {
            // What failed must not be hidden behind what went well.
            shown.sort_by_key(|item| !failed(item));
            shown.truncate(TABLE_ROWS);
        }
        for item in &shown {
            let line = line(item, self.manner.lang);
            self.line(&visible(&line, false))?;
        }
        let facts: Vec<_> = bulk
            .summary
            .iter()
            .map(|(name, value)| format!("{}: {}", name.replace('_', " "), short(name, &fact(value))))
            .collect();
        let dry = if self.manner.dry_run { " (dry run: nothing was kept)" } else { "" };
        self.line(&visible(&format!("{}{dry}", facts.join(", ")), false))?;
        let more = bulk.items.len() - shown.len();
        if more > 0 && !self.manner.quiet {
            self.out.writer.flush().map_err(|e| cannot_print(&e))?;
            self.note("note", &format!("{more} more are not shown; see them all with --format json or csv"));
        }
        Ok(())
    }
}

fn failed(item: &Value) -> bool {
    item.get("result").and_then(Value::as_str) == Some("failed")
}

/// What became of one thing: `anna@example.dk (line 3): updated – Navn: Anna → Anna Holm`.
fn line(item: &Value, lang: Lang) -> String {
    let get = |name: &str| item.get(name).map(plain).unwrap_or_default();
    let place = match get("line") {
        line if line.is_empty() => line,
        line => format!(" (line {line})"),
    };
    let tail = match told(item, lang) {
        told if told.is_empty() => told,
        told => format!(" – {told}"),
    };
    format!("{}{place}: {}{tail}", get("key"), get("result"))
}

/// What is said of an item besides its result: why it failed, or what changed.
fn told(item: &Value, lang: Lang) -> String {
    if let Some(changes) = item.get("changes").and_then(Value::as_array) {
        let new = item.get("result").and_then(Value::as_str) == Some("created");
        let changes: Vec<_> = changes.iter().map(|change| change_text(change, new, lang)).collect();
        return changes.join(", ");
    }
    if let Some(errors) = item.get("errors").and_then(Value::as_array) {
        let messages: Vec<_> = errors.iter().filter_map(|error| error.get("message")).map(plain).collect();
        return messages.join("; ");
    }
    item.get("message").or_else(|| item.get("why")).map(plain).unwrap_or_default()
}

fn change_text(change: &Value, new: bool, lang: Lang) -> String {
    let get = |name: &str| change.get(name).unwrap_or(&Value::Null);
    let field = plain(get("field"));
    let name = i18n::text(lang, &format!("col-{field}")).unwrap_or(field);
    let after = shown(get("after"), lang);
    if new {
        format!("{name}: {after}")
    } else {
        format!("{name}: {} → {after}", shown(get("before"), lang))
    }
}

/// A fact of the summary as people need it: of a hash its beginning, which is enough to tell files apart; a tab by name.
fn short(name: &str, fact: &str) -> String {
    match (name, fact, fact.get(..12)) {
        ("sha256", _, Some(beginning)) => format!("{beginning}…"),
        ("delimiter", "\t", _) => "tab".to_owned(),
        _ => fact.to_owned(),
    }
}

/// A value in a sentence; nothing is called so.
fn shown(value: &Value, lang: Lang) -> String {
    let word = |id: &str| i18n::text(lang, id).unwrap_or_default();
    match value {
        Value::Bool(true) => word("yes"),
        Value::Bool(false) => word("no"),
        value => Some(fact(value)).filter(|text| !text.is_empty()).unwrap_or_else(|| word("empty")),
    }
}

/// A fact or a value: lists parted by blanks, the parts of an object by colons.
fn fact(value: &Value) -> String {
    match value {
        Value::Array(values) => values.iter().map(fact).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => fields.values().map(plain).collect::<Vec<_>>().join(":"),
        other => plain(other),
    }
}
