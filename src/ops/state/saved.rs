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

/// Whether a file is a saved plan and no state file, however its JSON is laid out.
pub fn is_plan(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Some(inside) = bytes.trim_ascii_start().strip_prefix(b"{") else { return false };
    says_first(inside).unwrap_or_else(|| says_anywhere(bytes))
}

/// What a file says of itself that begins with its schema, as plans are written; such a one is known even where it was
/// cut off.
fn says_first(inside: &[u8]) -> Option<bool> {
    let after = inside.trim_ascii_start().strip_prefix(b"\"schema\"")?;
    let value = after.trim_ascii_start().strip_prefix(b":")?;
    Some(value.trim_ascii_start().starts_with(b"\"portalctl.plan/"))
}

/// What a file says of itself whose keys another program has sorted.
fn says_anywhere(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Head<'b> {
        #[serde(borrow)]
        schema: std::borrow::Cow<'b, str>,
    }
    serde_json::from_slice::<Head<'_>>(bytes).is_ok_and(|head| head.schema.starts_with("portalctl.plan/"))
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
