//! Questions to a person at a terminal.

use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;

/// Asks a yes/no question; the answer is no unless said otherwise.
pub fn confirm(question: &str) -> Result<bool> {
    dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(|e| Error::new(Exit::Interrupted, "interrupted", format!("no answer: {e}")))
}

/// A confirmation that cannot be asked for: no terminal and no `--yes`.
pub fn needed(question: &str) -> Error {
    Error::new(Exit::Confirmation, "confirm.needed", format!("this asks for confirmation: {question}")).hint(
        "there is no terminal to ask at; say --yes if you mean it, or --dry-run to see what it would do",
    )
}
