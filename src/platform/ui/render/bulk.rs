//! How a change to many things looks.

use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::{Format, Print, TABLE_ROWS, cannot_print};
use crate::platform::error::Result;
use crate::platform::i18n::{self, Lang};
use crate::platform::sheet::Cell;
use crate::platform::ui::answer::{Bulk, More, Warning};
use crate::platform::ui::foreign::{safe_json, visible};
use crate::platform::ui::view::plain;

impl Print<'_, '_> {
    pub(super) fn bulk(&mut self, mut bulk: Bulk, warnings: &[Warning]) -> Result<()> {
        let more = bulk.more.take();
        match self.manner.format {
            Format::Table => self.bulk_table(&bulk, more),
            Format::Id => self.each_item(&bulk.items, more, |print, item| {
                if failed(item) {
                    return Ok(());
                }
                print.line(&item.get("key").map(plain).unwrap_or_default())
            }),
            Format::Csv => {
                self.csv_heading(["key", "result", "message"].map(str::to_owned).into_iter())?;
                self.each_item(&bulk.items, more, |print, item| {
                    let get = |name: &str| item.get(name).map(plain).unwrap_or_default();
                    let told = told(item, print.manner.lang);
                    let cells = [get("key"), get("result"), told];
                    print.csv_line(cells.into_iter().map(|cell| Cell::Text(cell.into())))
                })
            }
            Format::Json | Format::Jsonl if more.is_some() => self.bulk_json(&bulk, more, warnings),
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

    /// Hands on each item, be it held or made now.
    fn each_item(
        &mut self,
        items: &[Value],
        more: Option<More>,
        mut receive: impl FnMut(&mut Self, &Value) -> Result<()>,
    ) -> Result<()> {
        for item in items {
            receive(self, item)?;
        }
        let Some(More(source)) = more else { return Ok(()) };
        source(&mut |item| receive(self, &item).map(ControlFlow::Continue))
    }

    /// The same document as of items that are held, without holding them: an item is a line.
    fn bulk_json(&mut self, bulk: &Bulk, more: Option<More>, warnings: &[Warning]) -> Result<()> {
        let pretty = self.manner.format == Format::Json;
        let (line, inner, colon) = if pretty { ("\n  ", "\n    ", ": ") } else { ("", "", ":") };
        let part = |value: Value| {
            let text = if pretty { format!("{value:#}").replace('\n', line) } else { value.to_string() };
            safe_json(&text)
        };
        let dry_run = self.manner.dry_run;
        let summary = part(json!(bulk.summary));
        self.raw(&format!(
            "{{{line}\"dry_run\"{colon}{dry_run},{line}\"summary\"{colon}{summary},{line}\"items\"{colon}["
        ))?;
        let mut first = true;
        self.each_item(&bulk.items, more, |print, item| {
            let before = if first { "" } else { "," };
            first = false;
            print.raw(&format!("{before}{inner}{}", safe_json(&item.to_string())))
        })?;
        let (end, warnings) = (if pretty { "\n" } else { "" }, part(json!(warnings)));
        let close = if first { "" } else { line };
        self.line(&format!("{close}],{line}\"warnings\"{colon}{warnings}{end}}}"))
    }

    fn bulk_table(&mut self, bulk: &Bulk, more: Option<More>) -> Result<()> {
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
        let mut left = bulk.items.len() - shown.len();
        let mut room = TABLE_ROWS - shown.len();
        self.each_item(&[], more, |print, item| {
            if room == 0 {
                left += 1;
                return Ok(());
            }
            room -= 1;
            let line = line(item, print.manner.lang);
            print.line(&visible(&line, false))
        })?;
        let facts: Vec<_> = bulk
            .summary
            .iter()
            .map(|(name, value)| format!("{}: {}", name.replace('_', " "), short(name, &fact(value))))
            .collect();
        let dry = if self.manner.dry_run { " (dry run: nothing was kept)" } else { "" };
        self.line(&visible(&format!("{}{dry}", facts.join(", ")), false))?;
        if left > 0 && !self.manner.quiet {
            self.out.writer.flush().map_err(|e| cannot_print(&e))?;
            self.note("note", &format!("{left} more are not shown; see them all with --format json or csv"));
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
