//! The one error type: a kind that decides the exit code, a stable code, a sentence and a hint.

use std::fmt;

use serde_json::{Value, json};

use crate::platform::exit::Exit;
use crate::values::Invalid;

/// What went wrong, for people and for scripts.
#[derive(Debug)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    exit: Exit,
    code: String,
    message: String,
    hint: Option<String>,
    details: Vec<Value>,
    /// The transaction that ends in this refusal is committed all the same (DESIGN §1 rule 1).
    committed: bool,
}

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of the kind that `exit` stands for.
    pub fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Error {
        let inner = Inner {
            exit,
            code: code.into(),
            message: message.into(),
            hint: None,
            details: Vec::new(),
            committed: false,
        };
        Error { inner: Box::new(inner) }
    }

    /// A failure that should not happen: a bug, or the disk (1).
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(Exit::Failure, "internal", message)
            .hint("this should not happen; please report it with the command and `portalctl --version`")
    }

    /// A disk, a pipe or a file system that did not do what it was asked (1).
    pub fn io(doing: impl fmt::Display, source: &std::io::Error) -> Error {
        Error::new(Exit::Failure, "io", format!("{doing}: {source}"))
    }

    /// A command line that cannot be meant (2).
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Exit::Usage, "usage", message)
    }

    /// A thing that does not exist, or not for this actor (4). The code is `noun.not-found`.
    pub fn not_found(noun: &str, key: impl fmt::Display) -> Error {
        let code = format!("{}.not-found", noun.replace(' ', "-"));
        Error::new(Exit::NotFound, code, format!("there is no {noun} \"{key}\""))
    }

    /// Something exists, differs, or is in a state that does not allow it (5).
    pub fn conflict(code: impl Into<String>, message: impl Into<String>) -> Error {
        Error::new(Exit::Conflict, code, message)
    }

    /// A right, policy, hold or limit is against it (6).
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Error {
        Error::new(Exit::Refused, code, message)
    }

    /// The input file is wrong and nothing of it was taken (65).
    pub fn invalid_file(message: impl Into<String>) -> Error {
        Error::new(Exit::InvalidFile, "file.invalid", message)
    }

    /// Busy, locked or out of reach: try again later (75).
    pub fn busy(code: impl Into<String>, message: impl Into<String>) -> Error {
        Error::new(Exit::Busy, code, message)
    }

    /// The configuration or the database's version is wrong (78).
    pub fn config(code: impl Into<String>, message: impl Into<String>) -> Error {
        Error::new(Exit::Config, code, message)
    }

    /// Adds what to do next, as a phrase that can stand behind "hint: ".
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.inner.hint = Some(hint.into());
        self
    }

    /// Adds "did you mean" where a near name is known and no other hint stands yet.
    #[must_use]
    pub fn did_you_mean(self, near: Option<&str>) -> Error {
        match near {
            Some(near) => self.hint(format!("did you mean \"{near}\"?")),
            None => self,
        }
    }

    /// Adds what is wrong in particular, one object each.
    #[must_use]
    pub fn details(mut self, details: Vec<Value>) -> Error {
        self.inner.details = details;
        self
    }

    /// The same failure as one that may be over later (75): for whoever hands something over and keeps it until it is taken.
    #[must_use]
    pub fn temporary(mut self) -> Error {
        self.inner.exit = Exit::Busy;
        self
    }

    /// Makes the transaction that ends in this refusal keep what it wrote.
    #[must_use]
    pub fn committed(mut self) -> Error {
        self.inner.committed = true;
        self
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.inner.exit
    }

    /// The stable code, such as `ticket.closed`.
    pub fn code(&self) -> &str {
        &self.inner.code
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// What to do next.
    pub fn hint_text(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    /// What is wrong in particular.
    pub fn detail_values(&self) -> &[Value] {
        &self.inner.details
    }

    /// Whether the transaction keeps what it wrote.
    pub fn is_committed(&self) -> bool {
        self.inner.committed
    }

    /// The error as scripts read it: `{"error": {…}}` (CLI.md §2).
    pub fn to_json(&self) -> Value {
        json!({"error": {
            "code": self.inner.code,
            "message": self.inner.message,
            "hint": self.inner.hint,
            "details": self.inner.details,
        }})
    }

    /// The error as one entry of an answer to many (`errors` of an item).
    pub fn to_item(&self) -> Value {
        json!({"code": self.inner.code, "message": self.inner.message, "hint": self.inner.hint})
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl std::error::Error for Error {}

/// A value that cannot be: a usage error with the rule and an example (2).
impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Error {
        let hint = invalid.hint();
        Error::new(Exit::Usage, invalid.code, invalid.to_string()).hint(hint)
    }
}

/// Turns a missing row into "not found".
pub trait OrNotFound<T> {
    /// The value, or `noun.not-found` naming the key.
    fn or_not_found(self, noun: &str, key: impl fmt::Display) -> Result<T>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self, noun: &str, key: impl fmt::Display) -> Result<T> {
        self.ok_or_else(|| Error::not_found(noun, key))
    }
}
