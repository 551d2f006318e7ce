//! How a row looks: its fields, their kinds, and its key. The rooms' `view.rs` declare theirs as constants.

use serde_json::Value;

/// A field of a row.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The JSON name. Its heading is the text `col-<field>`.
    pub field: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a table shows it without being asked with `--fields`.
    pub in_table: bool,
}

/// What a field holds: how a table shows it.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text, perhaps from outside.
    Text,
    /// A code of a catalogue, shown as its label.
    Code(&'static str),
    /// Several codes of a catalogue.
    Codes(&'static str),
    /// A UTC time, shown in Copenhagen.
    Time,
    /// A date.
    Date,
    /// A whole number.
    Int,
    /// Øre, shown as kroner.
    Ore,
    /// A whole number, or øre where the row's `value_kind` says so.
    Amount,
    /// Basis points, shown as a percentage.
    Bp,
    /// A share in basis points, null for "(Tom)": there is nothing to divide by (DOMAIN §2.3).
    Share,
    /// Yes or no.
    Bool,
    /// Several texts.
    List,
    /// Several objects, each shown as the named fields with `:` between.
    Tuples(&'static [&'static str]),
    /// Several rows with columns of their own, shown as a table of their own below.
    Rows(&'static [Column]),
    /// Several entries of a conversation: a line with these fields, then the field `text` over several lines.
    Thread(&'static [Column]),
    /// Any JSON.
    Json,
    /// A name, null for "(Tom)" (K-163).
    Area,
}

impl Kind {
    /// What it is in this row.
    pub(super) fn of(self, row: &Value) -> Kind {
        match self {
            Kind::Amount if row["value_kind"] == "ore" => Kind::Ore,
            Kind::Amount => Kind::Int,
            kind => kind,
        }
    }
}

/// A column of a table.
pub const fn col(field: &'static str, kind: Kind) -> Column {
    Column { field, kind, in_table: true }
}

/// A field that a table shows only when asked.
pub const fn extra(field: &'static str, kind: Kind) -> Column {
    Column { field, kind, in_table: false }
}

/// A kind of row.
#[derive(Debug)]
pub struct View {
    /// What one is called in messages: `tenant`.
    pub noun: &'static str,
    /// The fields of a list, in order.
    pub columns: &'static [Column],
    /// The fields that `show` adds.
    pub details: &'static [Column],
    /// The fields that make up the key, with `:` between (`--format id`).
    pub key: &'static [&'static str],
}

impl View {
    /// The key of a row, as `--format id` prints it.
    pub fn key_of(&self, row: &Value) -> String {
        let parts: Vec<_> =
            self.key.iter().map(|field| plain(row.get(*field).unwrap_or(&Value::Null))).collect();
        parts.join(":")
    }

    /// Every field there is, in order.
    pub fn all(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain(self.details)
    }
}

/// A value as bare text: nothing for null, no quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
