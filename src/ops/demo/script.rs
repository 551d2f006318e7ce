//! Reading `fixtures/demo.txt`; its form is described in `fixtures/README.md`.

use chrono::{DateTime, Utc};

use crate::platform::error::{Error, Result};
use crate::values::parse_timestamp;

/// A line of the story.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A chapter begins.
    Heading(String),
    /// A sentence for the reader.
    Remark(String),
    /// The clock moves on.
    At(DateTime<Utc>),
    /// A command is typed.
    Command {
        /// As typed.
        line: String,
        /// As the shell would hand it over.
        words: Vec<String>,
    },
}

/// Reads the story.
pub fn parse(text: &str) -> Result<Vec<Step>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(parse_line).collect()
}

fn parse_line(line: &str) -> Result<Step> {
    if let Some(heading) = line.strip_prefix("# ") {
        return Ok(Step::Heading(heading.to_owned()));
    }
    if let Some(remark) = line.strip_prefix("> ") {
        return Ok(Step::Remark(remark.to_owned()));
    }
    if let Some(time) = line.strip_prefix("at ") {
        return Ok(Step::At(parse_timestamp(time)?));
    }
    let words = shell_words::split(line).map_err(|e| Error::internal(format!("demo: {line}: {e}")))?;
    Ok(Step::Command { line: line.to_owned(), words })
}

/// When the story begins.
pub fn first_time(steps: &[Step]) -> Result<DateTime<Utc>> {
    let first = steps.iter().find_map(|step| match step {
        Step::At(time) => Some(*time),
        _ => None,
    });
    first.ok_or_else(|| Error::internal("demo: the story never says when it begins"))
}
