//! The one renderer: every answer in every format (CLI.md §2).

mod bulk;
mod plan;

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Body, Change, RowSource, Warning};
use super::csv;
use super::foreign::{safe_json, visible};
use super::table::{self, Style};
use super::view::{Column, View};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::Lang;
use crate::platform::sheet::{Cell, Dialect, Form};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// CSV of one dialect.
    Csv,
    /// Keys only, one a line.
    Id,
}

impl Format {
    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Format> {
        match name {
            "table" => Some(Format::Table),
            "json" => Some(Format::Json),
            "jsonl" => Some(Format::Jsonl),
            "csv" => Some(Format::Csv),
            "id" => Some(Format::Id),
            _ => None,
        }
    }

    /// Whether errors are JSON too.
    pub fn is_json(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl)
    }
}

/// How answers are to look.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The form.
    pub format: Format,
    /// For whom CSV is written.
    pub csv: Dialect,
    /// Which fields, in which order.
    pub fields: Option<Vec<String>>,
    /// How many rows at most.
    pub limit: Option<usize>,
    /// How many rows to pass over first.
    pub offset: usize,
    /// The language of labels.
    pub lang: Lang,
    /// Whether this was a dry run.
    pub dry_run: bool,
    /// Whether to say less on stderr.
    pub quiet: bool,
}

/// A stream to print to.
pub struct Sink<'a> {
    /// Where the bytes go.
    pub writer: &'a mut dyn Write,
    /// Whether a person's terminal is at the other end.
    pub is_terminal: bool,
    /// Columns of that terminal.
    pub width: Option<u16>,
    /// Whether to use colour.
    pub colour: bool,
}

/// Rows that a table shows unless told otherwise.
const TABLE_ROWS: usize = 100;

/// Prints an answer. Answers with the exit code.
pub fn print<'s>(answer: Answer, manner: &Manner, out: &mut Sink<'s>, err: &mut Sink<'s>) -> Result<Exit> {
    let Answer { body, exit, warnings } = answer;
    let mut print = Print { manner, out, err, row: Vec::new() };
    let changed = match &body {
        Body::Change(_) | Body::Bulk(_) => !manner.dry_run,
        Body::Plan(plan) => !plan.dry_run,
        _ => false,
    };
    print.body(body, &warnings).map_err(|error| match changed && error.code() != "stdout.closed" {
        true => error.hint("the change itself was made; only its answer could not be written"),
        false => error,
    })?;
    if !manner.format.is_json() && !manner.quiet {
        for warning in &warnings {
            print.note("warning", &warning.message);
        }
    }
    Ok(exit)
}

impl Print<'_, '_> {
    fn body(&mut self, body: Body, warnings: &[Warning]) -> Result<()> {
        let print = self;
        match body {
            Body::Nothing => {}
            Body::List(view, source) => print.list(view, source)?,
            Body::Show(view, item) => print.show(view, &item)?,
            Body::Change(change) => print.change(&change, warnings)?,
            Body::Bulk(bulk) => print.bulk(bulk, warnings)?,
            Body::Plan(plan) => print.plan(&plan, warnings)?,
            Body::Text(text) => print.raw(&text)?,
        }
        print.out.writer.flush().map_err(|e| cannot_print(&e))
    }
}

struct Print<'p, 's> {
    manner: &'p Manner,
    out: &'p mut Sink<'s>,
    err: &'p mut Sink<'s>,
    /// The row of CSV that is being written.
    row: Vec<u8>,
}

impl Print<'_, '_> {
    fn style(&self) -> Style {
        Style {
            lang: self.manner.lang,
            width: self.out.width.filter(|_| self.out.is_terminal),
            colour: self.out.colour,
        }
    }

    fn raw(&mut self, text: &str) -> Result<()> {
        self.out.writer.write_all(text.as_bytes()).map_err(|e| cannot_print(&e))
    }

    fn line(&mut self, text: &str) -> Result<()> {
        self.raw(text)?;
        self.raw("\n")
    }

    fn note(&mut self, word: &str, text: &str) {
        let _ = writeln!(self.err.writer, "{word}: {}", visible(text, true));
    }

    fn json_line(&mut self, value: &Value) -> Result<()> {
        self.line(&safe_json(&value.to_string()))
    }

    fn json_document(&mut self, value: &Value) -> Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(|e| Error::internal(e.to_string()))?;
        self.line(&safe_json(&text))
    }

    fn list(&mut self, view: &'static View, source: RowSource) -> Result<()> {
        let columns = self.columns(view, false)?;
        let offset = self.manner.offset;
        let limit = match (self.manner.limit, self.manner.format) {
            (Some(limit), _) => limit,
            (None, Format::Table) => TABLE_ROWS,
            (None, _) => usize::MAX,
        };
        match self.manner.format {
            Format::Table => self.list_table(&columns, source, offset, limit),
            Format::Json => {
                let mut first = true;
                self.raw("[")?;
                self.each_row(source, offset, limit, |print, row| {
                    print.raw(if first { "\n  " } else { ",\n  " })?;
                    first = false;
                    print.raw(&safe_json(&print.chosen(&columns, row).to_string()))
                })?;
                self.line(if first { "]" } else { "\n]" })
            }
            Format::Jsonl => self.each_row(source, offset, limit, |print, row| {
                let row = print.chosen(&columns, row);
                print.json_line(&row)
            }),
            Format::Csv => {
                self.csv_columns(&columns, None)?;
                self.each_row(source, offset, limit, |print, row| print.csv_row(&columns, None, &row))
            }
            Format::Id => self.each_row(source, offset, limit, |print, row| print.line(&view.key_of(&row))),
        }
    }

    fn list_table(
        &mut self,
        columns: &[&Column],
        source: RowSource,
        offset: usize,
        limit: usize,
    ) -> Result<()> {
        let mut rows = Vec::new();
        let mut more = false;
        let mut seen = 0_usize;
        source(&mut |row| {
            seen += 1;
            if seen <= offset {
                return Ok(ControlFlow::Continue(()));
            }
            if rows.len() == limit {
                more = true;
                return Ok(ControlFlow::Break(()));
            }
            rows.push(row);
            Ok(ControlFlow::Continue(()))
        })?;
        let text = table::rows(columns, &rows, self.style());
        self.raw(&text)?;
        if more && !self.manner.quiet {
            self.out.writer.flush().map_err(|e| cannot_print(&e))?;
            self.note("note", "there are more rows; see them with --limit N or --offset N");
        }
        Ok(())
    }

    /// Hands on the rows between offset and limit.
    fn each_row(
        &mut self,
        source: RowSource,
        offset: usize,
        limit: usize,
        mut receive: impl FnMut(&mut Self, Value) -> Result<()>,
    ) -> Result<()> {
        let mut seen = 0_usize;
        source(&mut |row| {
            seen += 1;
            if seen <= offset {
                return Ok(ControlFlow::Continue(()));
            }
            if seen - offset > limit {
                return Ok(ControlFlow::Break(()));
            }
            receive(self, row)?;
            Ok(if seen - offset == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    }

    fn show(&mut self, view: &'static View, item: &Value) -> Result<()> {
        let columns = self.columns(view, true)?;
        match self.manner.format {
            Format::Table => {
                let text = table::show(&columns, item, self.style());
                self.raw(&text)
            }
            Format::Json => {
                let item = self.chosen(&columns, item.clone());
                self.json_document(&item)
            }
            Format::Jsonl => {
                let item = self.chosen(&columns, item.clone());
                self.json_line(&item)
            }
            Format::Csv => {
                self.csv_columns(&columns, None)?;
                self.csv_row(&columns, None, item)
            }
            Format::Id => self.line(&view.key_of(item)),
        }
    }

    fn change(&mut self, change: &Change, warnings: &[Warning]) -> Result<()> {
        let Change { view, result, item, remark } = change;
        match self.manner.format {
            Format::Table => {
                let dry = if self.manner.dry_run { " (dry run: nothing was kept)" } else { "" };
                let key = visible(&view.key_of(item), false);
                let remark = remark.as_ref().map(|text| format!("; {}", visible(text, false)));
                self.line(&format!("{} {key}: {result}{}{dry}", view.noun, remark.unwrap_or_default()))
            }
            Format::Id => self.line(&view.key_of(item)),
            Format::Csv => {
                let columns: Vec<_> = view.columns.iter().collect();
                self.csv_columns(&columns, Some("result"))?;
                self.csv_row(&columns, Some(result), item)
            }
            Format::Json | Format::Jsonl => {
                let whole = json!({
                    "result": result, "dry_run": self.manner.dry_run, "item": item, "warnings": warnings,
                });
                if self.manner.format == Format::Json {
                    self.json_document(&whole)
                } else {
                    self.json_line(&whole)
                }
            }
        }
    }

    /// The first line of CSV, behind what the dialect begins with.
    fn csv_heading(&mut self, names: impl Iterator<Item = String>) -> Result<()> {
        let opening = Form::from(self.manner.csv).opening();
        self.out.writer.write_all(&opening).map_err(|e| cannot_print(&e))?;
        self.csv_line(names.map(|name| Cell::Value(name.into())))
    }

    fn csv_line<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>) -> Result<()> {
        let safe = self.out.is_terminal;
        let shown = |cell| match cell {
            Cell::Text(text) if safe => Cell::Text(visible(&text, false).into()),
            cell => cell,
        };
        self.row.clear();
        Form::from(self.manner.csv).row(cells.map(shown), &mut self.row);
        self.out.writer.write_all(&self.row).map_err(|e| cannot_print(&e))
    }

    fn csv_columns(&mut self, columns: &[&Column], first: Option<&str>) -> Result<()> {
        let dialect = self.manner.csv;
        let names = columns.iter().map(|column| csv::heading(column, dialect));
        self.csv_heading(first.map(str::to_owned).into_iter().chain(names))
    }

    fn csv_row(&mut self, columns: &[&Column], first: Option<&str>, row: &Value) -> Result<()> {
        let dialect = self.manner.csv;
        let first = first.map(|text| Cell::Text(text.into()));
        self.csv_line(first.into_iter().chain(columns.iter().map(|column| csv::cell(column, row, dialect))))
    }

    /// The columns asked for, or those that fit the format.
    fn columns(&self, view: &'static View, whole: bool) -> Result<Vec<&'static Column>> {
        let known = || view.columns.iter().chain(if whole { view.details } else { &[] });
        let Some(fields) = &self.manner.fields else {
            let table_list = self.manner.format == Format::Table && !whole;
            return Ok(known().filter(|column| !table_list || column.in_table).collect());
        };
        fields
            .iter()
            .map(|field| {
                known().find(|column| column.field == field).ok_or_else(|| {
                    let names: Vec<_> = known().map(|column| column.field).collect();
                    Error::usage(format!("there is no field \"{field}\"; there are: {}", names.join(", ")))
                        .did_you_mean(crate::values::nearest(field, names.iter().copied()))
                })
            })
            .collect()
    }

    /// The row with just the fields asked for, in their order; as it is where none were named.
    fn chosen(&self, columns: &[&Column], mut row: Value) -> Value {
        if self.manner.fields.is_none() {
            return row;
        }
        let chosen: Map<_, _> = columns
            .iter()
            .map(|column| {
                let value = row.get_mut(column.field).map(Value::take).unwrap_or_default();
                (column.field.to_owned(), value)
            })
            .collect();
        Value::Object(chosen)
    }
}

/// A reader that went away ends the program quietly; `main` looks for this code.
pub fn cannot_print(source: &io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::BrokenPipe => Error::new(Exit::Success, "stdout.closed", "the reader went away"),
        io::ErrorKind::StorageFull => {
            Error::new(Exit::Failure, "disk.full", "cannot write the answer: the disk is full")
        }
        _ => Error::io("cannot write the answer", source),
    }
}
