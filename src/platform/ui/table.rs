//! Tables for people. The one place that knows comfy-table.

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::Value;

use super::foreign::visible;
use super::view::{Column, Kind, plain};
use crate::platform::i18n::{Lang, filled, format, label, text};
use crate::values::parse_utc_text;

/// How tables look here and now.
#[derive(Clone, Copy)]
pub struct Style {
    /// The language of headings and labels.
    pub lang: Lang,
    /// Columns of the terminal; `None` where nobody's screen limits it.
    pub width: Option<u16>,
    /// Whether to use colour.
    pub colour: bool,
}

/// Rows as a table with headings. Where the terminal is too narrow for that, one row below the other.
pub fn rows(columns: &[&Column], rows: &[Value], style: Style) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let value = |column: &&Column| {
                cell(column.kind.of(row), row.get(column.field).unwrap_or(&Value::Null), style.lang)
            };
            columns.iter().map(value).collect()
        })
        .collect();
    let least = least_widths(columns, &cells);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match style.width {
        Some(width) if least.iter().map(|least| least + 2).sum::<usize>() > usize::from(width) => {
            return records(columns, rows, style);
        }
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table.set_header(
        columns
            .iter()
            .map(|column| Cell::new(heading(column.field, style.lang)).set_alignment(alignment(column))),
    );
    for row in cells {
        table.add_row(
            row.into_iter()
                .zip(columns)
                .map(|(text, column)| Cell::new(text).set_alignment(alignment(column))),
        );
    }
    for (column, least) in table.column_iter_mut().zip(least) {
        let least = u16::try_from(least + 2).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text = table.to_string();
    let mut lines = text.lines().map(str::trim_end);
    let mut out = String::with_capacity(text.len());
    if let Some(head) = lines.next() {
        if style.colour {
            let bold = anstyle::Style::new().bold();
            out.push_str(&format!("{bold}{head}{bold:#}\n"));
        } else {
            out.push_str(head);
            out.push('\n');
        }
    }
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// How wide each column must be at least: a number, a time or a code is not broken, a text is, after twelve letters.
fn least_widths(columns: &[&Column], cells: &[Vec<String>]) -> Vec<usize> {
    const BREAKABLE: usize = 12;
    columns
        .iter()
        .enumerate()
        .map(|(n, column)| {
            let widest =
                cells.iter().filter_map(|row| row.get(n)).map(|text| text.chars().count()).max().unwrap_or(0);
            match column.kind {
                Kind::Text | Kind::Code(_) | Kind::List | Kind::Codes(_) | Kind::Tuples(_) | Kind::Json
                    if n > 0 =>
                {
                    widest.min(BREAKABLE)
                }
                _ => widest,
            }
        })
        .collect()
}

/// Rows one below the other, for a narrow terminal.
fn records(columns: &[&Column], rows: &[Value], style: Style) -> String {
    let shown: Vec<_> = rows.iter().map(|row| show(columns, row, style)).collect();
    shown.join("\n")
}

/// One thing: a line for each field, then its tables.
pub fn show(columns: &[&Column], item: &Value, style: Style) -> String {
    let lines: Vec<_> = columns
        .iter()
        .filter(|column| !matches!(column.kind, Kind::Rows(_) | Kind::Thread(_)))
        .map(|column| {
            let value = item.get(column.field).unwrap_or(&Value::Null);
            let shown = match column.kind.of(item) {
                Kind::Text => visible(&plain(value), true),
                kind => cell(kind, value, style.lang),
            };
            (heading(column.field, style.lang), if shown.is_empty() { "–".to_owned() } else { shown })
        })
        .collect();
    let width = lines.iter().map(|(head, _)| head.chars().count()).max().unwrap_or(0);
    let bold = if style.colour { anstyle::Style::new().bold() } else { anstyle::Style::new() };
    let mut out = String::new();
    for (head, shown) in lines {
        let pad = " ".repeat(width.saturating_sub(head.chars().count()));
        let indented = shown.trim_end().replace('\n', &format!("\n{}", " ".repeat(width + 2)));
        out.push_str(&format!("{bold}{head}{bold:#}{pad}  {indented}\n"));
    }
    for column in columns {
        let (Kind::Rows(inner) | Kind::Thread(inner)) = column.kind else { continue };
        let entries = item.get(column.field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if entries.is_empty() {
            continue;
        }
        let inner: Vec<_> = inner.iter().filter(|column| column.in_table).collect();
        if matches!(column.kind, Kind::Thread(_)) {
            out.push_str(&format!("\n{bold}{}{bold:#}\n", heading(column.field, style.lang)));
            out.push_str(&conversation(&inner, entries, style));
            continue;
        }
        out.push_str(&format!("\n{bold}{}{bold:#}\n", heading(column.field, style.lang)));
        for line in
            rows(&inner, entries, Style { width: style.width.map(|w| w.saturating_sub(2)), ..style }).lines()
        {
            out.push_str(&format!("  {line}\n"));
        }
    }
    out
}

/// Entries of a conversation, each a line of its fields, its text below, and below that its files, which are counted
/// through the whole of it.
fn conversation(columns: &[&Column], entries: &[Value], style: Style) -> String {
    let width = style.width.map(usize::from);
    let (mut out, mut files) = (String::new(), 0);
    for entry in entries {
        let value = |column: &Column| entry.get(column.field).unwrap_or(&Value::Null);
        let (lists, fields): (Vec<&Column>, Vec<&Column>) =
            columns.iter().copied().partition(|column| matches!(column.kind, Kind::List));
        let head = fields.iter().map(|column| match column.kind {
            Kind::Time => value(column)
                .as_str()
                .and_then(parse_utc_text)
                .map_or_else(|| plain(value(column)), |at| format::long_time(style.lang, at)),
            kind => cell(kind, value(column), style.lang),
        });
        let head: Vec<_> = head.filter(|shown| !shown.is_empty()).collect();
        push_indented(&mut out, 2, &head.join(" · "), width);
        let text = entry.get("text").map(plain).unwrap_or_default();
        // A status is in the line above already, in words.
        if entry.get("status").and_then(Value::as_str) != Some(text.as_str()) {
            push_indented(&mut out, 4, &visible(&text, true), width);
        }
        let mail = entry.get("mail").and_then(Value::as_i64);
        if let (Some(true), Some(mail)) = (entry.get("shortened").and_then(Value::as_bool), mail) {
            push_indented(
                &mut out,
                4,
                &filled(style.lang, "thread-shortened", &[("m", &mail.to_string())]),
                width,
            );
        }
        for name in lists.iter().filter_map(|column| value(column).as_array()).flatten() {
            files += 1;
            push_indented(&mut out, 4, &format!("[{files}] {}", visible(&plain(name), false)), width);
        }
    }
    out
}

/// Appends lines, each behind so many blanks; what is wider than the terminal goes on below, broken between words where
/// there are any.
fn push_indented(out: &mut String, blanks: usize, text: &str, width: Option<usize>) {
    const NARROWEST: usize = 20;
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(blanks).max(NARROWEST));
    let margin = " ".repeat(blanks);
    for line in text.lines() {
        let mut rest = line.trim_end();
        while let Some((limit, _)) = rest.char_indices().nth(room) {
            let fits = rest.get(..limit).unwrap_or(rest);
            // A blank right behind what fits is as good as one within it.
            let next_is_blank = rest.get(limit..).is_some_and(|next| next.starts_with(' '));
            let end =
                if next_is_blank { limit } else { fits.rfind(' ').filter(|end| *end > 0).unwrap_or(limit) };
            let (now, later) = rest.split_at_checked(end).unwrap_or((rest, ""));
            out.push_str(&format!("{margin}{}\n", now.trim_end()));
            rest = later.trim_start_matches(' ');
        }
        out.push_str(format!("{margin}{rest}").trim_end());
        out.push('\n');
    }
}

/// The heading of a field in words.
pub fn heading(field: &str, lang: Lang) -> String {
    text(lang, &format!("col-{field}")).unwrap_or_else(|| field.to_owned())
}

fn alignment(column: &Column) -> CellAlignment {
    match column.kind {
        Kind::Int | Kind::Ore | Kind::Amount | Kind::Bp | Kind::Share => CellAlignment::Right,
        _ => CellAlignment::Left,
    }
}

/// A value as a person reads it.
pub fn cell(kind: Kind, value: &Value, lang: Lang) -> String {
    if value.is_null() {
        return match kind {
            Kind::Area | Kind::Share => text(lang, "empty").unwrap_or_default(),
            _ => String::new(),
        };
    }
    let each = |show: &dyn Fn(&Value) -> String| {
        let values = value.as_array().map(Vec::as_slice).unwrap_or_default();
        values.iter().map(show).collect::<Vec<_>>().join(", ")
    };
    let shown = match kind {
        Kind::Text | Kind::Area => plain(value),
        Kind::Code(catalogue) => label(lang, catalogue, &plain(value)),
        Kind::Codes(catalogue) => each(&|code| label(lang, catalogue, &plain(code))),
        Kind::Time => {
            value.as_str().and_then(parse_utc_text).map_or_else(|| plain(value), format::short_time)
        }
        Kind::Date => {
            value.as_str().and_then(|date| date.parse().ok()).map_or_else(|| plain(value), format::short_date)
        }
        Kind::Int | Kind::Amount => value.as_i64().map_or_else(|| plain(value), |n| format::integer(lang, n)),
        Kind::Ore => value.as_i64().map_or_else(|| plain(value), |n| format::ore(lang, n)),
        Kind::Bp | Kind::Share => value.as_i64().map_or_else(|| plain(value), |n| format::percent(lang, n)),
        Kind::Bool => {
            let id = if value.as_bool() == Some(true) { "yes" } else { "no" };
            text(lang, id).unwrap_or_else(|| id.to_owned())
        }
        Kind::List => each(&plain),
        Kind::Tuples(fields) => each(&|object| {
            let parts: Vec<_> =
                fields.iter().map(|field| plain(object.get(*field).unwrap_or(&Value::Null))).collect();
            parts.join(":")
        }),
        Kind::Rows(_) | Kind::Thread(_) => value.as_array().map_or(0, Vec::len).to_string(),
        Kind::Json => value.to_string(),
    };
    visible(&shown, false)
}
