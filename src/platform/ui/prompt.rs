//! Questions to a person at a terminal.

use zeroize::Zeroizing;

use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;

/// Asks for a secret, which is not shown while it is typed.
pub fn secret(question: &str) -> Result<Zeroizing<String>> {
    let answer = dialoguer::Password::new().with_prompt(question).allow_empty_password(true);
    ask(|| answer.interact())
}

/// Asks for a new secret, twice; asks again until both are the same (V-005).
pub fn new_secret(question: &str, again: &str) -> Result<Zeroizing<String>> {
    let answer = dialoguer::Password::new()
        .with_prompt(question)
        .with_confirmation(again, "These are not the same; once more, please")
        .allow_empty_password(true);
    ask(|| answer.interact())
}

fn ask(interact: impl FnOnce() -> dialoguer::Result<String>) -> Result<Zeroizing<String>> {
    // While the question stands nothing typed is shown; Ctrl-C must come back here to undo that.
    let _guard = interrupt::graceful();
    let answer = interact().map(Zeroizing::new);
    answer.map_err(|e| {
        let _ = dialoguer::console::Term::stderr().show_cursor();
        Error::new(Exit::Interrupted, "interrupted", format!("no answer: {e}; nothing was changed"))
    })
}

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

/// A secret that cannot be asked for: no terminal, and nothing says where else it comes from.
pub fn secret_needed(what: &str, cure: &str) -> Error {
    let message = format!("this asks for {what}, and there is no terminal to ask at");
    Error::new(Exit::Confirmation, "secret.needed", message).hint(cure)
}
