//! Mails that come in: taken apart at a bounded cost, whatever they hold. What they mean to the business is decided
//! elsewhere.
//!
//! A mail within a mail is a file like any other and is never looked into, so that nesting costs nothing; packed files are
//! not unpacked.

pub mod auto;
pub mod bounce;
mod head;
mod html;
mod names;
mod quote;
mod text;
mod walk;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use sha2::{Digest, Sha256};

use crate::platform::audit::hex;

pub use head::Head;
pub use quote::without_quotes;

/// How long a header may be, in bytes.
const LONGEST_HEADER: usize = 1024 * 1024;
/// How deep parts may lie in parts, and how many there may be.
const DEEPEST: usize = 30;
const MOST_PARTS: usize = 1000;
/// How many characters of a text are looked at; what is behind stays in the mail itself.
const LONGEST_TEXT: usize = 200_000;

/// A mail, taken apart.
#[derive(Debug)]
pub struct Mail {
    /// What its header says.
    pub head: Head,
    /// What it says: the plain text, or what can be read of the HTML. With everything that it quotes.
    pub text: String,
    /// Whether the text was longer than what is looked at.
    pub cut: bool,
    /// The files that come with it, pictures in the text among them.
    pub files: Vec<File>,
    /// The parts of a report of the mail system (RFC 3464), and the header of the mail it is about.
    reports: Vec<Report>,
}

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name without folders and characters that could do harm; one is made where it has none.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A part that only the mail system reads.
#[derive(Debug)]
enum Report {
    /// What became of a mail, RFC 3464.
    Delivery(String),
    /// The mail that it is about, or its header.
    Returned(Head),
}

/// Why nothing could be made of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It holds nothing.
    Empty,
    /// It does not begin with a header.
    NoHeader,
    /// Its header is longer than any that means well.
    LongHeader,
    /// Its parts lie too deep in each other.
    TooDeep,
    /// It has too many parts.
    TooManyParts,
    /// A fault of ours, which is no reason to lose it.
    Fault,
}

/// Takes a mail apart. Whatever the bytes are, this ends with an answer.
pub fn parse(raw: &[u8]) -> Result<Mail, Unreadable> {
    // The parser below is well tested; should it panic all the same, the mail is kept and somebody hears of it.
    catch_unwind(AssertUnwindSafe(|| walk::parse(raw))).unwrap_or(Err(Unreadable::Fault))
}

impl Mail {
    /// By what a second copy of this mail is known: its Message-ID and to whom it was delivered, with what was written; the
    /// same Message-ID with another content is another mail. Where it has none, its date stands for it.
    pub fn fingerprint(&self, recipient: &str, matter: &str) -> String {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(recipient.trim().to_lowercase().as_bytes());
        part(matter.as_bytes());
        for address in &self.head.from {
            part(address.to_lowercase().as_bytes());
        }
        match (&self.head.message_id, &self.head.date) {
            (Some(id), _) => part(id.as_bytes()),
            (None, Some(date)) => part(date.split_whitespace().collect::<Vec<_>>().join(" ").as_bytes()),
            (None, None) => part(b""),
        }
        part(self.head.subject.as_bytes());
        for word in self.text.split_whitespace() {
            part(word.as_bytes());
        }
        for file in &self.files {
            part(&file.bytes);
        }
        for report in &self.reports {
            if let Report::Delivery(text) = report {
                part(text.as_bytes());
            }
        }
        hex(&hash.finalize())
    }
}
