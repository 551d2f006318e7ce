//! A plan as a file: what was declared, how it was to be applied, what it would change, and the state of the data it
//! was made on. It holds nothing that the state files do not; no secret is ever in either.

use serde::{Deserialize, Serialize};

use super::apply::Options;
use super::model::State;
use super::read;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::ui::plan::Item;

/// The name and version of the format.
pub const SCHEMA: &str = "portalctl.plan/1";

/// A plan as a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// The name and version of the format.
    pub schema: String,
    /// The last change of the declarable world, as [`base`](super::changes::base) names it.
    pub base: String,
    /// How it is to be applied.
    pub options: SavedOptions,
    /// What it changes.
    pub items: Vec<Item>,
    /// What was declared, all files together.
    pub declaration: State,
}

/// How a plan is to be applied.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedOptions {
    /// Take away what an earlier apply created and the files name no more.
    pub prune: bool,
    /// How much may be taken away.
    pub max_deletes: u64,
    /// Write to the users created and the signatories appointed.
    pub invite: bool,
}

impl SavedOptions {
    /// The options of a run.
    pub fn of(options: Options) -> SavedOptions {
        let Options { prune, max_deletes, invite, .. } = options;
        SavedOptions { prune, max_deletes, invite }
    }

    /// As the options of a run.
    pub fn with(self, lang: Lang) -> Options {
        let SavedOptions { prune, max_deletes, invite } = self;
        Options { prune, max_deletes, invite, lang }
    }
}

/// Whether a file is a saved plan and no state file. Only its beginning is looked at: a plan says what it is first.
pub fn is_plan(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(200)).unwrap_or_default();
    let start = String::from_utf8_lossy(start);
    let mut words = start.trim_start_matches('\u{feff}').split_whitespace();
    words.next() == Some("{")
        && words.next() == Some("\"schema\":")
        && words.next().is_some_and(|schema| schema.starts_with("\"portalctl.plan/"))
}

/// Reads a saved plan.
pub fn read(name: &str, bytes: &[u8]) -> Result<SavedPlan> {
    let damaged = |why: String| {
        Error::invalid_file(format!("{name} is no plan that this version made: {why}"))
            .hint("make it again with `portalctl state plan FILE… --out PLAN`")
    };
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not UTF-8 text".to_owned()))?;
    let plan: SavedPlan = read::parse(text)
        .map_err(|(place, why)| damaged(format!("line {}, column {}: {why}", place.line, place.column)))?;
    if plan.schema != SCHEMA {
        return Err(damaged(format!("its schema is {}, not {SCHEMA}", plan.schema)));
    }
    Ok(plan)
}

/// The data are no longer what a plan was made on.
pub fn stale(what: &str) -> Error {
    Error::conflict("plan.stale", format!("{what}; nothing was changed"))
        .hint("look again with `portalctl state plan`, then apply that")
}
