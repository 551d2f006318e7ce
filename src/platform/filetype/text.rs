//! Whether a file is text, and which.

use std::io::Read;

use super::{Content, cannot};
use crate::platform::blob::Spooled;
use crate::platform::error::Result;

/// How much is read at a time.
const CHUNK: usize = 256 * 1024;

/// Whether a whole file is text: no control characters but those of lines and tabs, in UTF-8 or Windows-1252. Text in
/// UTF-16 is not, since it is full of NUL.
pub(super) fn is_text(file: &Spooled) -> Result<bool> {
    let mut reader = file.rewound()?;
    let (mut utf8, mut windows) = (true, true);
    let mut buffer = vec![0_u8; CHUNK];
    // What of a character's bytes lies before the end of the last piece.
    let mut begun: Vec<u8> = Vec::new();
    loop {
        let n = reader.read(&mut buffer).map_err(|e| cannot(&e))?;
        let Some(bytes) = buffer.get(..n).filter(|bytes| !bytes.is_empty()) else { break };
        if bytes.iter().any(|byte| is_control(*byte)) {
            return Ok(false);
        }
        windows = windows && !bytes.iter().any(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D));
        if utf8 {
            begun.extend_from_slice(bytes);
            let (fits, rest) = match std::str::from_utf8(&begun) {
                Ok(_) => (true, Vec::new()),
                Err(e) if e.error_len().is_none() => {
                    (true, begun.get(e.valid_up_to()..).unwrap_or_default().to_vec())
                }
                Err(_) => (false, Vec::new()),
            };
            (utf8, begun) = (fits, rest);
        }
        if !utf8 && !windows {
            return Ok(false);
        }
    }
    Ok((utf8 && begun.is_empty()) || windows)
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C)) || byte == 0x7F
}

/// Which text it is, by its beginning.
pub(super) fn kind(head: &[u8]) -> Content {
    if head.starts_with(b"{\\rtf") {
        Content::Known("rtf")
    } else if head.starts_with(b"-----BEGIN ") {
        Content::Known("pem")
    } else if marked(head).starts_with(b"<") {
        Content::Xml
    } else {
        Content::Text
    }
}

/// Whether it begins as HTML does, also behind white space, comments and what XML may begin with.
pub(super) fn is_html(head: &[u8]) -> bool {
    let mut rest = marked(head);
    let mut is_xml = false;
    loop {
        let end: &[u8] = if rest.starts_with(b"<?") {
            is_xml = true;
            b"?>"
        } else if rest.starts_with(b"<!--") {
            b"-->"
        } else {
            break;
        };
        let Some(at) = rest.windows(end.len()).position(|window| window == end) else { return false };
        rest = blank(rest.get(at + end.len()..).unwrap_or_default());
    }
    let begins = |with: &[u8]| rest.get(..with.len()).is_some_and(|rest| rest.eq_ignore_ascii_case(with));
    // An element of XML may be called `p`; without a word of XML before it, it is one of HTML.
    begins(b"<!doctype html") || begins(b"<html") || (!is_xml && infer::text::is_html(rest))
}

/// What stands behind a byte-order mark and white space.
fn marked(head: &[u8]) -> &[u8] {
    blank(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head))
}

fn blank(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}
