//! What a mail server says, and what it means that it says nothing.

use std::error::Error as _;
use std::fmt;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::Response;

use crate::platform::ui::foreign::visible;

/// How much of what a server says is kept.
const KEPT: usize = 500;

/// What came back.
#[derive(Debug)]
pub enum Heard {
    /// A refusal.
    Said(Reply),
    /// Nothing that can be understood: the connection is gone, or as good as gone. Why.
    Nothing(String),
}

/// An answer of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its three digits.
    pub code: u16,
    /// Its words, on one line and harmless.
    pub text: String,
}

impl Reply {
    /// What a response says.
    pub fn of(response: &Response) -> Reply {
        let words: Vec<&str> = response.message().collect();
        Reply { code: number(&response.code().to_string()), text: readable(&words.join(" ")) }
    }

    /// Whether it stays at that (5xx).
    pub fn is_final(&self) -> bool {
        self.code >= 500
    }

    /// What RFC 3463 calls the reason: `5.1.1`.
    pub fn status(&self) -> Option<&str> {
        let word = self.text.split_whitespace().next()?;
        let mut parts = word.split('.');
        let digits = |part: Option<&str>| {
            part.is_some_and(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
        };
        let fits =
            digits(parts.next()) && digits(parts.next()) && digits(parts.next()) && parts.next().is_none();
        fits.then_some(word)
    }

    /// Whether there is no such address.
    pub fn is_bad_address(&self) -> bool {
        self.status().is_some_and(|status| status.starts_with("5.1."))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.as_str() {
            "" => write!(f, "{}", self.code),
            text => write!(f, "{} {text}", self.code),
        }
    }
}

impl Heard {
    /// The same without a secret that it may repeat.
    pub fn without(self, secret: &str) -> Heard {
        let mask = |text: String| if secret.is_empty() { text } else { text.replace(secret, "…") };
        match self {
            Heard::Said(reply) => Heard::Said(Reply { text: mask(reply.text), ..reply }),
            Heard::Nothing(said) => Heard::Nothing(mask(said)),
        }
    }
}

/// What an error of the library stands for.
pub fn heard(error: &SmtpError) -> Heard {
    match error.status() {
        Some(code) => Heard::Said(Reply {
            code: number(&code.to_string()),
            text: readable(&error.source().map(ToString::to_string).unwrap_or_default()),
        }),
        None => Heard::Nothing(said(error)),
    }
}

/// An error of the library in a few words.
pub fn said(error: &SmtpError) -> String {
    match (error.status(), error.source()) {
        (Some(code), Some(source)) => readable(&format!("{code} {source}")),
        (None, Some(source)) if is_late(error) => {
            format!("no answer in time ({})", readable(&source.to_string()))
        }
        (None, Some(source)) => readable(&source.to_string()),
        _ => readable(&error.to_string()),
    }
}

/// Whether it was TLS that failed: the certificate, the version. The library tells that by the kind of the I/O error.
pub fn is_about_tls(error: &SmtpError) -> bool {
    error.is_tls() || io_kind(error) == Some(std::io::ErrorKind::InvalidData)
}

/// Whether it was in writing that it failed, and not in waiting for the answer.
pub fn is_unwritten(error: &SmtpError) -> bool {
    matches!(io_kind(error), Some(std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::WriteZero))
}

fn is_late(error: &SmtpError) -> bool {
    matches!(io_kind(error), Some(std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut))
}

fn io_kind(error: &SmtpError) -> Option<std::io::ErrorKind> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        source = inner.source();
    }
    None
}

fn number(code: &str) -> u16 {
    code.parse().unwrap_or_default()
}

fn readable(text: &str) -> String {
    let line = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
    visible(&line.collect::<Vec<_>>().join(" "), false).chars().take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_read_where_there_is_one() {
        let reply = |text: &str| Reply { code: 550, text: text.to_owned() };
        assert!(reply("5.1.1 no such user").is_bad_address());
        assert!(reply("5.1.10 null MX").is_bad_address());
        for other in ["5.7.1 relaying denied", "no such user", "5.1 x", "5.1.1.1 x", "5.1.x", ""] {
            assert!(!reply(other).is_bad_address(), "{other}");
        }
        assert_eq!(reply("5.7.1 no").to_string(), "550 5.7.1 no");
        assert_eq!(readable("a\r\n b\u{1b}[2J\r\n"), "a b␛[2J");
    }
}
