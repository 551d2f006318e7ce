//! Questions to a person at a terminal.

use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;

/// Asks a yes/no question; the answer is no unless said otherwise.
pub fn confirm(question: &str) -> Result<bool> {
    // While the question stands the cursor is hidden; Ctrl-C must come back here to show it again.
    let _guard = interrupt::graceful();
    let answer = dialoguer::Confirm::new().with_prompt(question).default(false).interact();
    answer.map_err(|e| {
        let _ = dialoguer::console::Term::stderr().show_cursor();
        Error::new(Exit::Interrupted, "interrupted", format!("no answer: {e}; nothing was changed"))
    })
}

/// A confirmation that cannot be asked for: no terminal and no `--yes`.
pub fn needed(question: &str) -> Error {
    Error::new(Exit::Confirmation, "confirm.needed", format!("this asks for confirmation: {question}")).hint(
        "there is no terminal to ask at; say --yes if you mean it, or --dry-run to see what it would do",
    )
}
