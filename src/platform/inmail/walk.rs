//! The parts of a mail, one after the other: texts, files, and what the mail system reports.

use std::borrow::Cow;

use mail_parser::{MessageParser, MimeHeaders};

use super::head::{self, Head};
use super::{
    DEEPEST, File, LONGEST_HEADER, LONGEST_TEXT, MOST_PARTS, Mail, Report, Unreadable, html, names, text,
};

/// Takes a mail apart.
pub(super) fn parse(raw: &[u8]) -> Result<Mail, Unreadable> {
    let raw = without_envelope(raw);
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    let end = head::end_of(raw);
    if end > LONGEST_HEADER {
        return Err(Unreadable::LongHeader);
    }
    let head = raw.get(..end).and_then(Head::read).ok_or(Unreadable::NoHeader)?;
    let mut walk = Walk { parts: 0, reports: Vec::new() };
    let found = walk.part(raw, "text/plain", 0)?;
    let (text, cut) = shortened(&found.text());
    Ok(Mail { head, text, cut, files: found.files, reports: walk.reports })
}

/// Without the line `From …` that a mailbox file has above a mail, and empty lines.
fn without_envelope(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let raw = raw.trim_ascii_start();
    if !raw.starts_with(b"From ") && !raw.starts_with(b">From ") {
        return raw;
    }
    let end = raw.iter().position(|byte| *byte == b'\n').map_or(raw.len(), |at| at + 1);
    raw.get(end..).unwrap_or_default()
}

fn shortened(text: &str) -> (String, bool) {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => (text.get(..at).unwrap_or_default().to_owned(), true),
        None => (text.to_owned(), false),
    }
}

/// What was found in a part.
#[derive(Default)]
struct Found {
    /// Texts that are shown one below the other; whether they were plain.
    texts: Vec<(bool, String)>,
    files: Vec<File>,
}

impl Found {
    fn text(&self) -> String {
        self.texts.iter().map(|(_, text)| text.trim_end()).collect::<Vec<_>>().join("\n\n")
    }

    fn says_something(&self) -> bool {
        self.texts.iter().any(|(_, text)| !text.trim().is_empty())
    }
}

struct Walk {
    parts: usize,
    reports: Vec<Report>,
}

/// What the header of a part says of it.
struct Kind {
    name: String,
    boundary: Option<String>,
    charset: Option<String>,
    flowed: bool,
    del_space: bool,
    file_name: Option<String>,
    attached: bool,
    encoding: String,
}

impl Walk {
    /// A part with its header. `default` is the type of one that does not say.
    fn part(&mut self, bytes: &[u8], default: &str, depth: usize) -> Result<Found, Unreadable> {
        self.parts += 1;
        if depth > DEEPEST {
            return Err(Unreadable::TooDeep);
        }
        if self.parts > MOST_PARTS {
            return Err(Unreadable::TooManyParts);
        }
        let end = head::end_of(bytes);
        if end > LONGEST_HEADER {
            return Err(Unreadable::LongHeader);
        }
        let (header, body) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let kind = kind_of(header, default);
        if kind.name.starts_with("multipart/")
            && let Some(parts) = parts_of(body, kind.boundary.as_deref())
        {
            return self.parts(&parts, &kind, depth);
        }
        Ok(self.leaf(body, kind))
    }

    fn parts(&mut self, parts: &[&[u8]], kind: &Kind, depth: usize) -> Result<Found, Unreadable> {
        let default = if kind.name == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let mut all = Vec::new();
        for part in parts {
            all.push(self.part(part, default, depth + 1)?);
        }
        if kind.name != "multipart/alternative" {
            let mut together = Found::default();
            for found in all {
                together.texts.extend(found.texts);
                together.files.extend(found.files);
            }
            return Ok(together);
        }
        // The same thing several times: plain text where it says anything.
        let plain = |found: &Found| found.says_something() && found.texts.iter().all(|(plain, _)| *plain);
        let chosen =
            all.iter().position(plain).or_else(|| all.iter().position(Found::says_something)).unwrap_or(0);
        let mut together = Found::default();
        for (n, found) in all.into_iter().enumerate() {
            if n == chosen {
                together.texts = found.texts;
            }
            together.files.extend(found.files);
        }
        Ok(together)
    }

    fn leaf(&mut self, body: &[u8], kind: Kind) -> Found {
        let bytes = text::decoded(body, &kind.encoding);
        match kind.name.as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                self.reports.push(Report::Delivery(text::in_charset(&bytes, kind.charset.as_deref())));
            }
            "text/rfc822-headers"
            | "message/rfc822-headers"
            | "message/global-headers"
            | "message/rfc822"
            | "message/global" => {
                let head = bytes.get(..usize::min(head::end_of(&bytes), LONGEST_HEADER)).and_then(Head::read);
                self.reports.extend(head.map(Report::Returned));
            }
            // A multipart whose parts cannot be told is shown as the text that it is.
            name if name.starts_with("multipart/") || is_shown(&kind) => return shown(&bytes, &kind),
            _ => {}
        }
        Found { files: vec![self.file(bytes, &kind)], ..Found::default() }
    }

    fn file(&self, bytes: Cow<'_, [u8]>, kind: &Kind) -> File {
        let name = match (&kind.file_name, kind.name.as_str(), self.reports.last()) {
            (None, "message/rfc822" | "message/global", Some(Report::Returned(head)))
                if !head.subject.is_empty() =>
            {
                names::of_mail(&head.subject, self.parts)
            }
            (name, _, _) => names::safe(name.as_deref(), self.parts, &kind.name),
        };
        File { name, bytes: bytes.into_owned() }
    }
}

/// Whether a part is text to be read, and not a file.
fn is_shown(kind: &Kind) -> bool {
    matches!(kind.name.as_str(), "text/plain" | "text/html" | "text/enriched" | "text")
        && !kind.attached
        && kind.file_name.is_none()
}

fn shown(bytes: &[u8], kind: &Kind) -> Found {
    // Four bytes a character at most, and the tags of an HTML mail besides.
    let is_html = kind.name == "text/html";
    let most = if is_html { LONGEST_TEXT * 40 } else { LONGEST_TEXT * 4 };
    let bytes = bytes.get(..usize::min(bytes.len(), most)).unwrap_or(bytes);
    let text = text::in_charset(bytes, kind.charset.as_deref());
    let text = match (is_html, kind.flowed) {
        (true, _) => html::to_text(&text, LONGEST_TEXT * 4),
        (false, true) => text::unflowed(&text, kind.del_space),
        (false, false) => text.replace("\r\n", "\n"),
    };
    Found { texts: vec![(!is_html, text)], files: Vec::new() }
}

fn kind_of(header: &[u8], default: &str) -> Kind {
    let mut kind = Kind {
        name: default.to_owned(),
        boundary: None,
        charset: None,
        flowed: false,
        del_space: false,
        file_name: None,
        attached: false,
        encoding: String::new(),
    };
    let Some(message) = MessageParser::default().parse_headers(header) else { return kind };
    let Some(part) = message.parts.first() else { return kind };
    if let Some(stated) = part.content_type() {
        let attribute = |name: &str| stated.attribute(name).map(|value| value.trim().to_owned());
        let (main, sub) = (
            stated.ctype().trim().to_lowercase(),
            stated.subtype().unwrap_or_default().trim().to_lowercase(),
        );
        if !main.is_empty() {
            kind.name = if sub.is_empty() { main } else { format!("{main}/{sub}") };
        }
        kind.boundary = attribute("boundary").filter(|boundary| !boundary.is_empty());
        kind.charset = attribute("charset");
        kind.flowed = attribute("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
        kind.del_space = attribute("delsp").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
    }
    kind.file_name = part.attachment_name().map(str::to_owned).filter(|name| !name.trim().is_empty());
    kind.attached =
        part.content_disposition().is_some_and(|stated| stated.ctype().eq_ignore_ascii_case("attachment"));
    kind.encoding = part.content_transfer_encoding().unwrap_or_default().to_owned();
    kind
}

/// The parts between the lines that bear the boundary. Where none is named, the first line that could be one is taken for
/// it; `None` where there is no such line.
fn parts_of<'a>(body: &'a [u8], boundary: Option<&str>) -> Option<Vec<&'a [u8]>> {
    let guessed;
    let boundary = match boundary {
        Some(boundary) => boundary.as_bytes(),
        None => {
            guessed = lines(body).find_map(|(_, line)| {
                line.strip_prefix(b"--").map(<[u8]>::trim_ascii_end).filter(|rest| {
                    rest.len() > 3 && !rest.starts_with(b"-") && rest.iter().all(u8::is_ascii_graphic)
                })
            })?;
            guessed
        }
    };
    let mut parts = Vec::new();
    let mut begun: Option<usize> = None;
    for (at, line) in lines(body) {
        let Some(rest) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)) else {
            continue;
        };
        let rest = rest.trim_ascii_end();
        if !rest.is_empty() && rest != b"--" {
            continue;
        }
        if let Some(begin) = begun {
            parts.push(without_break(body.get(begin..at).unwrap_or_default()));
        }
        begun = (rest != b"--").then_some(at + line.len());
        if parts.len() > MOST_PARTS {
            break;
        }
    }
    // The last one was cut off on its way.
    if let Some(begin) = begun.filter(|begin| *begin < body.len()) {
        parts.push(body.get(begin..).unwrap_or_default());
    }
    (!parts.is_empty()).then_some(parts)
}

/// The line break before a boundary belongs to it.
fn without_break(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// Every line with where it begins.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        let begin = at;
        at += line.len();
        (begin, line)
    })
}
