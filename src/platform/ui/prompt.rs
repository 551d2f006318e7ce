//! Questions to a person at a terminal: always on stderr, and Ctrl-C ends them with nothing changed.

use dialoguer::console::Term;
use dialoguer::{Confirm, Input, MultiSelect, Select};
use zeroize::Zeroizing;

use super::errors;
use super::foreign::visible;
use super::hidden::{self, Typed};
use super::render::{Format, Sink};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::interrupt;

/// Asks for a secret, which is not shown while it is typed.
pub fn secret(question: &str) -> Result<Zeroizing<String>> {
    let question = visible(question, false);
    let typed = ask(|term| {
        let typed = hidden::line(|| term.write_str(&format!("{question}: ")))?;
        term.write_line("")?;
        Ok(typed)
    })?;
    match typed {
        Typed::Line(line) => Ok(line),
        Typed::Nothing => {
            Err(Error::new(Exit::Confirmation, "secret.needed", "no answer; nothing was changed")
                .hint(format!("type an answer to \"{question}\" and press Enter; Ctrl-D gives none")))
        }
    }
}

/// Asks for a new secret, twice; asks again until both are the same (V-005).
pub fn new_secret(question: &str, again: &str) -> Result<Zeroizing<String>> {
    loop {
        let chosen = secret(question)?;
        if *secret(again)? == *chosen {
            return Ok(chosen);
        }
        ask(|term| Ok(term.write_line("These are not the same; once more, please")?))?;
    }
}

/// Asks a yes/no question; the answer is no unless said otherwise.
pub fn confirm(question: &str) -> Result<bool> {
    let question = visible(question, false);
    // With Enter, as every other answer: one typed out of habit would otherwise answer the question after this.
    let confirm = Confirm::new().with_prompt(question).default(false).wait_for_newline(true);
    ask(|term| confirm.interact_on(term))
}

/// Asks for a line until it passes the check. A wrong answer is told as the flag would tell it.
pub fn line<T>(question: &str, err: &mut Sink<'_>, mut check: impl FnMut(&str) -> Result<T>) -> Result<T> {
    let question = visible(question, false);
    loop {
        let prompt = Input::<String>::new().with_prompt(question.as_str()).allow_empty(true);
        let answer = ask(|term| prompt.interact_text_on(term))?;
        match check(answer.trim()) {
            Ok(value) => return Ok(value),
            Err(error) if is_about_the_answer(&error) => errors::print(&error, Format::Table, err),
            Err(error) => return Err(error),
        }
    }
}

/// Asks for one of several things; answers with its place.
pub fn choice(question: &str, labels: &[String], default: usize) -> Result<usize> {
    let question = visible(question, false);
    ask(|term| {
        let labels = fitting(labels, term);
        Select::new().with_prompt(question).items(labels).default(default).report(true).interact_on(term)
    })
}

/// Asks for any number of several things; answers with their places. `marked` says which are chosen already.
pub fn choices(question: &str, labels: &[String], marked: &[bool]) -> Result<Vec<usize>> {
    let question = visible(question, false);
    ask(|term| {
        let labels = fitting(labels, term);
        let items = labels.into_iter().zip(marked.iter().copied());
        MultiSelect::new().with_prompt(question).items_checked(items).interact_on(term)
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

/// Whether another answer could mend it. A busy database or a full disk is not the answer's fault.
pub fn is_about_the_answer(error: &Error) -> bool {
    matches!(error.exit(), Exit::Usage | Exit::NotFound | Exit::Conflict | Exit::Refused)
}

/// Puts one question. Whatever goes wrong, the terminal is left as it was found.
fn ask<T>(question: impl FnOnce(&Term) -> dialoguer::Result<T>) -> Result<T> {
    // While a question stands the cursor may be hidden; Ctrl-C must come back here to show it again.
    let _guard = interrupt::graceful();
    let term = Term::stderr();
    let answer = question(&term);
    match answer {
        Ok(answer) if !interrupt::pending() => Ok(answer),
        Ok(_) => Err(unanswered(None)),
        Err(dialoguer::Error::IO(e)) => {
            let _ = term.show_cursor();
            let _ = term.write_line("");
            // Ctrl-C arrives as a key here, and as a failed read.
            let is_signal = interrupt::pending() || e.kind() == std::io::ErrorKind::Interrupted;
            Err(unanswered(Some(&e).filter(|_| !is_signal)))
        }
    }
}

fn unanswered(why: Option<&std::io::Error>) -> Error {
    // A signal knows its own exit code; a terminal that went away counts as Ctrl-C.
    let exit = if interrupt::pending() { interrupt::error().exit() } else { Exit::Interrupted };
    let what = why.map_or_else(|| "interrupted".to_owned(), |why| format!("no answer: {why}"));
    Error::new(exit, "interrupted", format!("{what}; nothing was changed"))
}

/// Labels that keep to one line each: what wraps could not be drawn anew in its place.
fn fitting(labels: &[String], term: &Term) -> Vec<String> {
    // The marks before a label take up to six columns.
    let room = usize::from(term.size().1).saturating_sub(8).max(8);
    labels.iter().map(|label| cut(&visible(label, false), room)).collect()
}

fn cut(label: &str, room: usize) -> String {
    if label.chars().count() <= room {
        return label.to_owned();
    }
    label.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_labels_are_cut_to_their_room() {
        assert_eq!(cut("Løn", 8), "Løn");
        assert_eq!(cut("Bogføringskreds", 8), "Bogføri…");
    }

    #[test]
    fn only_what_another_answer_can_mend_is_asked_again() {
        assert!(is_about_the_answer(&Error::not_found("tenant", "x")));
        assert!(!is_about_the_answer(&Error::busy("db.busy", "busy")));
        assert!(!is_about_the_answer(&Error::internal("x")));
    }
}
