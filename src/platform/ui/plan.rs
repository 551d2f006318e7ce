//! What a declaration changes, object by object and field by field: the answer of `state plan` and `state apply`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::foreign::visible;
use super::view::plain;

/// What is done, or would be.
#[derive(Debug, Default)]
pub struct Plan {
    /// Nothing of it was kept.
    pub dry_run: bool,
    /// One for each object that changes, grouped by institution.
    pub items: Vec<Item>,
    /// How many of the declared objects stay as they are.
    pub unchanged: u64,
    /// How many mails go with it, where they were asked for.
    pub mails: Option<u64>,
}

/// What becomes of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is: `tenant`, `unit`, `right` …
    pub kind: String,
    /// Its key among its kind.
    pub key: String,
    /// What becomes of it.
    pub result: Fate,
    /// The institution it belongs to.
    pub tenant: Option<String>,
    /// Its fields that change. Of what is new or gone: those that hold something.
    pub changes: Vec<FieldChange>,
}

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is new.
    Created,
    /// It changes, or comes back into use.
    Updated,
    /// It is removed, or taken out of use.
    Deleted,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it was.
    pub before: Value,
    /// What it is.
    pub after: Value,
}

impl Plan {
    /// How many objects have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.items.iter().filter(|item| item.result == fate).count()
    }

    /// The summary of the JSON answer.
    pub fn summary(&self) -> Map<String, Value> {
        let mut summary = Map::new();
        for (name, fate) in
            [("created", Fate::Created), ("updated", Fate::Updated), ("deleted", Fate::Deleted)]
        {
            summary.insert(name.to_owned(), self.count(fate).into());
        }
        summary.insert("unchanged".to_owned(), self.unchanged.into());
        if let Some(mails) = self.mails {
            summary.insert("mails".to_owned(), mails.into());
        }
        summary
    }

    /// The plan for people: `+`, `~` and `-` say what colour says too.
    pub fn text(&self, colour: bool) -> String {
        if self.items.is_empty() {
            return "Nothing to change.\n".to_owned();
        }
        let mut text = String::new();
        let mut group: Option<&str> = None;
        for item in &self.items {
            if item.tenant.as_deref() != group {
                group = item.tenant.as_deref();
                text.push_str(&format!("\n{}\n", visible(group.unwrap_or_default(), false)));
            }
            item.write(colour, &mut text);
        }
        format!("{}\n{}\n", text.trim_start_matches('\n'), self.closing())
    }

    fn closing(&self) -> String {
        let count = |fate| self.count(fate);
        let (new, changed, gone) = (count(Fate::Created), count(Fate::Updated), count(Fate::Deleted));
        let mails = match self.mails {
            Some(1) => " 1 mail.".to_owned(),
            Some(mails) => format!(" {mails} mails."),
            None => String::new(),
        };
        let unchanged = self.unchanged;
        if self.dry_run {
            format!(
                "Plan: {new} to create, {changed} to update, {gone} to delete; {unchanged} unchanged.{mails}"
            )
        } else {
            format!("Done: {new} created, {changed} updated, {gone} deleted; {unchanged} unchanged.{mails}")
        }
    }

    /// The rows of the CSV answer: one a field, or one where no field is named.
    pub fn rows(&self) -> impl Iterator<Item = [String; 7]> {
        self.items.iter().flat_map(|item| {
            let row = |change: Option<&FieldChange>| {
                [
                    item.kind.clone(),
                    item.key.clone(),
                    item.result.word().to_owned(),
                    item.tenant.clone().unwrap_or_default(),
                    change.map(|change| change.field.clone()).unwrap_or_default(),
                    change.map(|change| listed(&change.before, " ")).unwrap_or_default(),
                    change.map(|change| listed(&change.after, " ")).unwrap_or_default(),
                ]
            };
            let none = item.changes.is_empty().then(|| row(None));
            none.into_iter()
                .chain(item.changes.iter().map(move |change| row(Some(change))))
                .collect::<Vec<_>>()
        })
    }

    /// The headings of [`Plan::rows`].
    pub const HEADINGS: [&str; 7] = ["kind", "key", "result", "tenant", "field", "before", "after"];
}

impl Item {
    fn write(&self, colour: bool, text: &mut String) {
        let style = match (colour, self.result) {
            (false, _) => anstyle::Style::new(),
            (true, Fate::Created) => anstyle::AnsiColor::Green.on_default(),
            (true, Fate::Updated) => anstyle::AnsiColor::Yellow.on_default(),
            (true, Fate::Deleted) => anstyle::AnsiColor::Red.on_default(),
        };
        let key = visible(&self.key, false);
        text.push_str(&format!("{style}{} {} {key}{style:#}\n", self.result.sign(), self.kind));
        for FieldChange { field, before, after } in &self.changes {
            let shown = |value: &Value| match listed(value, ", ") {
                empty if empty.is_empty() => "(none)".to_owned(),
                value => visible(&value, false),
            };
            let line = match self.result {
                Fate::Created => shown(after),
                Fate::Deleted if after.is_null() => shown(before),
                _ => format!("{} → {}", shown(before), shown(after)),
            };
            text.push_str(&format!("    {field}: {line}\n"));
        }
    }
}

impl Fate {
    /// The `result` of the answer.
    pub fn word(self) -> &'static str {
        match self {
            Fate::Created => "created",
            Fate::Updated => "updated",
            Fate::Deleted => "deleted",
        }
    }

    fn sign(self) -> char {
        match self {
            Fate::Created => '+',
            Fate::Updated => '~',
            Fate::Deleted => '-',
        }
    }
}

fn listed(value: &Value, between: &str) -> String {
    match value {
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(between),
        other => plain(other),
    }
}
