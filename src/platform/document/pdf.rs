//! A document as a tagged PDF/A-2a. On paper there is nothing to choose: whoever makes the document for it leaves away
//! what is not chosen.

use chrono::{NaiveTime, TimeZone, Utc};
use serde_json::{Value, json};

use super::{Block, Document, Table};
use crate::platform::error::{Error, Result};
use crate::platform::i18n;
use crate::platform::typeset;

const TEMPLATE: &str = include_str!("document.typ");

/// The PDF. Its date is the day that its figures reach to, so that the same figures give the same bytes.
///
/// # Errors
/// None that a user could cause: a document that cannot be typeset is a bug (1).
pub fn pdf(document: &Document) -> Result<Vec<u8>> {
    let word = |id: &str| i18n::text(document.lang, id).unwrap_or_default();
    let data = json!({
        "doc": with_widths(document)?,
        "notes": word("document-notes"),
    });
    let title = format!("{} · {}", document.title, document.subject);
    let at = Utc.from_utc_datetime(&document.day.and_time(NaiveTime::MIN));
    typeset::pdf(TEMPLATE, &data, document.lang, &title, at)
}

/// The document as data. Of each table it is said how wide its columns want to be, and what breaks nowhere.
fn with_widths(document: &Document) -> Result<Value> {
    let mut document = document.clone();
    let blocks = document.tabs.iter_mut().flat_map(|tab| &mut tab.panels).flat_map(|panel| &mut panel.blocks);
    let mut widths = Vec::new();
    for block in blocks {
        if let Block::Table(table) = block {
            widths.push(table_widths(table));
            keep_numbers_whole(table);
        }
    }
    let mut data =
        serde_json::to_value(&document).map_err(|e| Error::internal(format!("a document as data: {e}")))?;
    let mut widths = widths.into_iter();
    let tabs = data["tabs"].as_array_mut().into_iter().flatten();
    let panels = tabs.flat_map(|tab| tab["panels"].as_array_mut().into_iter().flatten());
    for block in panels.flat_map(|panel| panel["blocks"].as_array_mut().into_iter().flatten()) {
        if block["kind"] == "table" {
            block["widths"] = json!(widths.next());
        }
    }
    Ok(data)
}

/// How wide each column wants to be, in characters: its longest word, and of words in a row some thirty.
fn table_widths(table: &Table) -> Vec<usize> {
    let longest_word = |text: &str| text.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
    let columns = table.head.iter().zip(&table.words).enumerate();
    columns
        .map(|(column, (head, words))| {
            let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
            let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(1);
            let (least, body) = if *words { (5, longest.min(30)) } else { (8, longest) };
            least.max(longest_word(head)).max(body) + 2
        })
        .collect()
}

/// A number stays on its line, with its unit.
fn keep_numbers_whole(table: &mut Table) {
    for row in &mut table.rows {
        for (cell, words) in row.cells.iter_mut().zip(&table.words) {
            if !words {
                *cell = cell.replace(' ', "\u{a0}");
            }
        }
    }
}
