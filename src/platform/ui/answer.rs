//! What a command gives back. The renderer prints it; commands never do (DESIGN §1 rule 4).

use std::fmt;
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::ui::plan::Plan;
use crate::platform::ui::view::View;

/// Takes rows one by one until it has enough.
pub type RowSink<'a> = &'a mut dyn FnMut(Value) -> Result<ControlFlow<()>>;

/// Rows that are made while they are printed.
pub type RowSource = Box<dyn FnOnce(RowSink<'_>) -> Result<()>>;

/// What a command gives back.
pub struct Answer {
    /// The answer itself.
    pub body: Body,
    /// How the program ends.
    pub exit: Exit,
    /// What the user should know besides.
    pub warnings: Vec<Warning>,
}

/// Something the user should know besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A stable code.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// The answer itself.
pub enum Body {
    /// Nothing noteworthy.
    Nothing,
    /// Rows.
    List(&'static View, RowSource),
    /// One thing, whole.
    Show(&'static View, Value),
    /// A change to one thing.
    Change(Change),
    /// A change to many.
    Bulk(Bulk),
    /// What a declaration changes.
    Plan(Plan),
    /// Text that is the answer as it stands, such as a completion script.
    Text(String),
}

/// A change to one thing (CLI.md §2).
pub struct Change {
    /// The kind of thing.
    pub view: &'static View,
    /// `created`, `updated`, `unchanged`, `deleted` …
    pub result: &'static str,
    /// The thing as `show` would give it.
    pub item: Value,
    /// What a person who reads the text should know of it at once.
    pub remark: Option<String>,
}

/// A change to many (CLI.md §2).
#[derive(Debug, Default)]
pub struct Bulk {
    /// Counts and facts, in order.
    pub summary: Map<String, Value>,
    /// One object for each, each with `key` and `result`.
    pub items: Vec<Value>,
    /// More of them, where they may be too many to be held: made while they are printed.
    pub more: Option<More>,
}

/// Items that are made while they are printed.
pub struct More(pub RowSource);

impl fmt::Debug for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("More")
    }
}

impl Answer {
    fn of(body: Body) -> Answer {
        Answer { body, exit: Exit::Success, warnings: Vec::new() }
    }

    /// Nothing noteworthy.
    pub fn nothing() -> Answer {
        Answer::of(Body::Nothing)
    }

    /// Rows that are all there.
    pub fn list<T: Serialize + 'static>(view: &'static View, rows: Vec<T>) -> Answer {
        Answer::stream(view, move |sink| {
            for row in rows {
                if sink(to_value(&row)?)?.is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Rows that are made while they are printed.
    pub fn stream(view: &'static View, source: impl FnOnce(RowSink<'_>) -> Result<()> + 'static) -> Answer {
        Answer::of(Body::List(view, Box::new(source)))
    }

    /// One thing.
    pub fn show(view: &'static View, item: &impl Serialize) -> Result<Answer> {
        Ok(Answer::of(Body::Show(view, to_value(item)?)))
    }

    /// A change to one thing.
    pub fn change(view: &'static View, result: &'static str, item: &impl Serialize) -> Result<Answer> {
        Ok(Answer::of(Body::Change(Change { view, result, item: to_value(item)?, remark: None })))
    }

    /// A change to many.
    pub fn bulk(bulk: Bulk) -> Answer {
        Answer::of(Body::Bulk(bulk))
    }

    /// What a declaration changes.
    pub fn plan(plan: Plan) -> Answer {
        Answer::of(Body::Plan(plan))
    }

    /// Text as it stands.
    pub fn text(text: impl Into<String>) -> Answer {
        Answer::of(Body::Text(text.into()))
    }

    /// Ends the program with this code.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Answer {
        self.exit = exit;
        self
    }

    /// Adds to a change what a person should know of it at once. Programs find the same in the item.
    #[must_use]
    pub fn remark(mut self, text: Option<String>) -> Answer {
        if let Body::Change(change) = &mut self.body {
            change.remark = text;
        }
        self
    }

    /// Adds warnings.
    #[must_use]
    pub fn warn(mut self, warnings: impl IntoIterator<Item = Warning>) -> Answer {
        self.warnings.extend(warnings);
        self
    }
}

impl Warning {
    /// A warning with a stable code and a sentence.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Warning {
        Warning { code: code.into(), message: message.into() }
    }
}

impl Bulk {
    /// Adds a count or fact to the summary.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Bulk {
        self.summary.insert(name.to_owned(), value.into());
        self
    }

    /// Puts together what was done to several keys, each on its own (CLI.md §2): counts by result and `failed`;
    /// if every key failed for the same reason, that reason is the answer.
    pub fn of_attempts(attempts: Vec<(String, Result<(&'static str, Value)>)>) -> Result<Answer> {
        let total = attempts.len();
        let mut bulk = Bulk::default();
        let mut counts: Vec<(&'static str, u64)> = Vec::new();
        let mut failures: Vec<Error> = Vec::new();
        for (key, attempt) in attempts {
            match attempt {
                Ok((result, item)) => {
                    match counts.iter_mut().find(|(name, _)| *name == result) {
                        Some((_, n)) => *n += 1,
                        None => counts.push((result, 1)),
                    }
                    bulk.items.push(json!({"key": key, "result": result, "item": item}));
                }
                Err(error) => {
                    bulk.items.push(json!({"key": key, "result": "failed", "errors": [error.to_item()]}));
                    failures.push(error);
                }
            }
        }
        let failed = failures.len();
        if failed == total
            && failures.windows(2).all(|pair| matches!(pair, [a, b] if a.code() == b.code()))
            && let Some(first) = failures.into_iter().next()
        {
            return Err(first);
        }
        for (name, n) in counts {
            bulk = bulk.with(name, n);
        }
        let exit = if failed > 0 { Exit::Partial } else { Exit::Success };
        Ok(Answer::bulk(bulk.with("failed", failed as u64)).exit(exit))
    }
}

/// A row as JSON.
pub fn to_value(row: &impl Serialize) -> Result<Value> {
    serde_json::to_value(row)
        .map_err(|e| Error::internal(format!("an answer cannot be written as JSON: {e}")))
}
