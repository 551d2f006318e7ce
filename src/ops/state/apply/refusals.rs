//! What the use cases refuse, collected with the places of the objects in the files.

use serde_json::Value;

use crate::ops::state::faults::detail;
use crate::ops::state::wanted::At;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;

/// After so many the run ends: one mistake can be the cause of thousands.
const MOST: usize = 200;

/// What was refused.
#[derive(Default)]
pub struct Refusals {
    details: Vec<Value>,
    hint: Option<String>,
}

impl Refusals {
    /// Notes a refusal. What is not one (a failing disk, a busy database) ends the run at once.
    pub fn add(&mut self, files: &[String], at: &At, error: Error) -> Result<()> {
        if !matches!(error.exit(), Exit::Usage | Exit::NotFound | Exit::Conflict | Exit::Refused) {
            return Err(error);
        }
        let file = files.get(at.file).map(String::as_str).unwrap_or_default();
        let error = match error.code() {
            // The hint of `rights grant` names a flag that files have not.
            "rights.administrator-taken" => error.hint(
                "take the place from whoever holds it: `rights: []` there, --prune, or `rights grant --replace` first",
            ),
            _ => error,
        };
        let mut entry = detail(file, at.place, &at.path, "", error.code(), error.message());
        if let (Some(entry), Some(hint)) = (entry.as_object_mut(), error.hint_text()) {
            entry.insert("hint".to_owned(), hint.into());
        }
        if self.hint.is_none() {
            self.hint = error.hint_text().map(str::to_owned);
        }
        self.details.push(entry);
        if self.details.len() >= MOST { self.end() } else { Ok(()) }
    }

    /// Ends the run if anything was refused: what the files ask for cannot be (65), whatever kind of refusal it was; so
    /// a wrong file is never taken for a stale plan or a limit. Each detail has the code of its own.
    pub fn end(&mut self) -> Result<()> {
        let n = self.details.len();
        if n == 0 {
            return Ok(());
        }
        let message = match n {
            1 => "one object cannot be as the file says; nothing was changed".to_owned(),
            MOST.. => format!("{n} objects or more cannot be as the files say; nothing was changed"),
            _ => format!("{n} objects cannot be as the files say; nothing was changed"),
        };
        let error = Error::invalid_file(message).details(std::mem::take(&mut self.details));
        Err(match self.hint.take().filter(|_| n == 1) {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }
}
