//! What the header of a mail says.

use mail_parser::{HeaderName, Message, MessageParser};

/// How many addresses and ids of a header are looked at.
const MOST: usize = 200;
/// How many characters of a subject.
const LONGEST_SUBJECT: usize = 1000;

/// What the header of a mail says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Its Message-ID without the angle brackets.
    pub message_id: Option<String>,
    /// The ids that it answers: In-Reply-To, then References from the nearest on.
    pub answers: Vec<String>,
    /// Who wrote it, by the addresses in From as they stand there.
    pub from: Vec<String>,
    /// What it is about, on one line.
    pub subject: String,
    /// When it was written, as it stands there.
    pub date: Option<String>,
    /// To whom it was delivered and written, the most reliable first.
    pub recipients: Vec<String>,
    /// Where the mail system reports to; empty for mails that nobody is to answer (RFC 5321 §4.5.5).
    pub return_path: Option<String>,
    /// Every field, its name in small letters, folded lines joined.
    fields: Vec<(String, String)>,
}

impl Head {
    /// Reads a header that ends with its empty line. `None` where there is not one field.
    pub(super) fn read(bytes: &[u8]) -> Option<Head> {
        let bytes = in_utf8(bytes);
        let message = MessageParser::default().parse_headers(bytes.as_slice())?;
        let fields = fields(&bytes);
        if fields.is_empty() {
            return None;
        }
        let mut head = Head { fields, ..Head::default() };
        head.from = addresses(&message, &HeaderName::From);
        let mut recipients = Vec::new();
        for name in ["delivered-to", "x-original-to", "envelope-to"] {
            recipients.extend(head.all(name).map(|value| bare(value).to_owned()));
        }
        for name in [HeaderName::To, HeaderName::Cc] {
            recipients.extend(addresses(&message, &name));
        }
        recipients.truncate(MOST);
        head.recipients = recipients;
        head.subject = one_line(message.subject().unwrap_or_default());
        head.date = head.first("date").map(str::to_owned).filter(|date| !date.is_empty());
        head.message_id = head.first("message-id").and_then(|value| ids(value).into_iter().next());
        let mut answers = head.first("in-reply-to").map(ids).unwrap_or_default();
        let references: Vec<String> = head.all("references").flat_map(ids).collect();
        for id in references.into_iter().rev() {
            if !answers.contains(&id) {
                answers.push(id);
            }
        }
        answers.truncate(MOST);
        head.answers = answers;
        head.return_path = head.first("return-path").map(|value| bare(value).to_owned());
        Some(head)
    }

    /// The first field of this name, given in small letters.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Every field of this name, given in small letters.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The first word of a field, in small letters, without what parameters stand behind it.
    pub fn word(&self, name: &str) -> Option<String> {
        let word = self.first(name)?.split([';', ' ', '(', ',']).next().unwrap_or_default();
        Some(word.trim().to_lowercase())
    }
}

/// Where a header ends: the bytes up to and with its empty line, or all of them.
pub(super) fn end_of(bytes: &[u8]) -> usize {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return at;
        }
    }
    bytes.len()
}

/// A header that is not UTF-8 was written in the letters of Western Europe.
fn in_utf8(bytes: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(_) => bytes.to_vec(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned().into_bytes(),
    }
}

fn fields(bytes: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(bytes);
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
            continue;
        }
        if let Some((name, value)) = line.split_once(':') {
            let name = name.trim_end();
            if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()) {
                fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
    }
    fields
}

/// The addresses of every field of this name. What is no address stays as it is written: it is not for us to guess.
fn addresses(message: &Message<'_>, name: &HeaderName<'_>) -> Vec<String> {
    let fields = message.headers().iter().filter(|header| header.name == *name);
    let all = fields.filter_map(|header| header.value.as_address()).flat_map(|list| {
        let written =
            list.iter().map(|one| one.address().or(one.name()).unwrap_or_default().trim().to_owned());
        written.take(MOST).collect::<Vec<_>>()
    });
    let mut found: Vec<String> = Vec::new();
    for address in all.take(MOST) {
        if !address.is_empty() && !found.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
            found.push(address);
        }
    }
    found
}

/// The ids in angle brackets; where there are none, the words.
fn ids(value: &str) -> Vec<String> {
    let bracketed = value.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(id, _)| id.trim());
    let mut ids: Vec<&str> = bracketed.filter(|id| !id.is_empty()).take(MOST).collect();
    if ids.is_empty() && !value.contains('<') {
        ids = value.split_whitespace().filter(|word| word.contains('@')).take(MOST).collect();
    }
    ids.into_iter().map(|id| id.chars().take(998).collect()).collect()
}

/// An address without angle brackets.
pub(super) fn bare(value: &str) -> &str {
    let value = value.trim();
    let inner = value.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
    inner.unwrap_or(value).trim()
}

/// A text on one line: line breaks and other control characters become spaces, and several spaces one.
pub(super) fn one_line(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| {
            if c.is_control() || crate::platform::ui::foreign::has_hidden(c.encode_utf8(&mut [0; 4])) {
                ' '
            } else {
                c
            }
        })
        .take(LONGEST_SUBJECT)
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
