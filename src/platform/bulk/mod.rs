//! Changes to many things at once, from CSV files: rows are read and checked whole, then tried one by one in one
//! transaction ([`run()`]). What the columns mean is a room's matter ([`Importer`]).

mod blame;
mod cells;
mod rejects;
mod report;
mod ring;
mod run;
mod same;
mod template;

use serde::Serialize;
use serde_json::Value;

use crate::platform::db::{Action, Connection, Tx};
use crate::platform::error::Result;
use crate::platform::ui::answer::{Warning, to_value};

pub use cells::{Cells, REASON, cut_off, damaged, pieces};
pub use rejects::write as write_rejected;
pub use run::{Done, Order, WRONG, run};
pub use template::template;

crate::coded! {
    /// What a file's rows may do. There is no default: whoever imports says what is meant (LESSONS 1b).
    pub enum Mode("mode") {
        /// Create; what exists already is a conflict.
        Create => "create",
        /// Change what exists; what does not is an error.
        Update => "update",
        /// Create what is missing, change what exists.
        Upsert => "upsert",
    }
}

crate::coded! {
    /// What a row that is wrong does to the others.
    pub enum OnError("on-error") {
        /// Nothing of the file is taken.
        Stop => "stop",
        /// The others are taken.
        Continue => "continue",
    }
}

impl Mode {
    /// Whether what is missing may be created.
    pub fn creates(self) -> bool {
        self != Mode::Update
    }

    /// Whether what exists may be changed.
    pub fn updates(self) -> bool {
        self != Mode::Create
    }
}

/// In which modes a column must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// In every mode.
    Always,
    /// Where rows only create.
    Create,
    /// Where rows may change what exists.
    UnlessCreate,
    /// In none.
    Never,
}

impl Need {
    /// The modes that need it.
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Need::Always => &[Mode::Create, Mode::Update, Mode::Upsert],
            Need::Create => &[Mode::Create],
            Need::UnlessCreate => &[Mode::Update, Mode::Upsert],
            Need::Never => &[],
        }
    }
}

/// A column that a file may have.
#[derive(Debug)]
pub struct Column {
    /// How people head it, and the JSON field, which is accepted as a heading too.
    pub names: &'static [&'static str; 2],
    /// When it must be there.
    pub need: Need,
    /// What the template shows.
    pub example: &'static str,
    /// What it means, in a sentence.
    pub about: &'static str,
    /// Whether the template has it. What few files need is known all the same.
    pub in_template: bool,
}

impl Column {
    /// A column.
    pub const fn new(
        names: &'static [&'static str; 2],
        need: Need,
        example: &'static str,
        about: &'static str,
    ) -> Column {
        Column { names, need, example, about, in_template: true }
    }

    /// A column that the template leaves out.
    pub const fn beside(self) -> Column {
        Column { in_template: false, ..self }
    }

    /// How people head it.
    pub fn heading(&self) -> &'static str {
        let [heading, _] = self.names;
        heading
    }

    /// The JSON field.
    pub fn field(&self) -> &'static str {
        let [_, field] = self.names;
        field
    }
}

/// What files of a kind of thing look like.
#[derive(Debug)]
pub struct Shape {
    /// What one is called: `user`.
    pub noun: &'static str,
    /// The columns.
    pub columns: &'static [Column],
    /// The fields by which a row names what it is about.
    pub key: &'static [&'static str],
    /// The fields of the list that a file cannot set; they are passed over with a warning.
    pub read_only: &'static [&'static str],
    /// Which field a refusal is about, by how its code begins; the first that fits. Else it is about the key.
    pub blames: &'static [(&'static str, &'static str)],
    /// Fields among those that a file cannot set, and what they may say without anybody missing it; rows that say
    /// something else are counted in the warning.
    pub missed: &'static [(&'static str, &'static [&'static str])],
    /// Refusals that another row of the file may do away with: such rows are tried again.
    pub retried: &'static [&'static str],
    /// Refusals that say of a row that is right that it is known otherwise: a file that has no other faults ends as a
    /// conflict (5), not as a wrong file.
    pub conflicts: &'static [&'static str],
    /// What the trail calls an import.
    pub action: Action,
}

/// What a room knows of its files.
pub trait Importer {
    /// What a row says.
    type Row;

    /// What the files look like.
    fn shape(&self) -> &'static Shape;

    /// What is counted in the summary besides the results.
    fn counts(&self) -> &'static [&'static str] {
        &[]
    }

    /// Reads a row. What is wrong is noted in the cells; the row then counts as failed.
    fn read(&self, cells: &mut Cells<'_>) -> Option<Self::Row>;

    /// What a row is about, where the file alone cannot tell when two rows mean the same. Asked before any row is
    /// tried, once for all that told [`Cells::is_about`] the same; `None` where that was all there is to know.
    fn identity(&self, _tx: &Tx<'_>, _row: &Self::Row) -> Result<Option<String>> {
        Ok(None)
    }

    /// Who holds what a row that was refused (see [`Shape::retried`]) is to have: what its own row would be about.
    fn holder(&self, _conn: &Connection, _row: &Self::Row) -> Result<Option<String>> {
        Ok(None)
    }

    /// Lets go of what another row is to have, where rows wait for one another in a ring. Answers with how the thing
    /// was before.
    fn let_go(&self, _tx: &Tx<'_>, _row: &Self::Row) -> Result<Option<Value>> {
        Ok(None)
    }

    /// Does what a row says. An error undoes what it did.
    fn apply(&self, tx: &Tx<'_>, row: &Self::Row) -> Result<Applied>;
}

/// What a row did.
#[derive(Debug)]
pub struct Applied {
    key: String,
    result: &'static str,
    states: Option<(Option<Value>, Value)>,
    warnings: Vec<Warning>,
    counted: Option<&'static str>,
}

impl Applied {
    /// What a row did to the thing of this key: `created`, `updated` or `unchanged`.
    pub fn new(
        key: impl Into<String>,
        result: &'static str,
        before: Option<&impl Serialize>,
        after: &impl Serialize,
    ) -> Result<Applied> {
        let states = match result {
            "unchanged" => None,
            _ => Some((before.map(to_value).transpose()?, to_value(after)?)),
        };
        Ok(Applied { key: key.into(), result, states, warnings: Vec::new(), counted: None })
    }

    /// As it is, but what was before is this, where it is known.
    fn since(mut self, earlier: Option<Value>) -> Applied {
        if let (Some((before, _)), Some(earlier)) = (&mut self.states, earlier) {
            *before = Some(earlier);
        }
        self
    }

    /// Adds what should be known besides.
    #[must_use]
    pub fn warn(mut self, warnings: Vec<Warning>) -> Applied {
        self.warnings = warnings;
        self
    }

    /// Counts it in the summary under this name too.
    #[must_use]
    pub fn count(mut self, name: &'static str) -> Applied {
        self.counted = Some(name);
        self
    }
}
