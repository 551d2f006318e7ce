//! From bytes to text: transfer encodings, charsets, and lines that flow.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// The bytes that a transfer encoding stands for. What does not keep its rules is read as far as it goes.
pub(super) fn decoded<'a>(body: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => Cow::Owned(base64_decode(body).unwrap_or_else(|| leniently(body))),
        "quoted-printable" => match quoted_printable_decode(body) {
            Some(bytes) => Cow::Owned(bytes),
            None => Cow::Borrowed(body),
        },
        _ => Cow::Borrowed(body),
    }
}

/// Base64 with what does not belong to it left out.
fn leniently(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}

/// Bytes of a charset as text. An unknown or wrong one is read as UTF-8, or else as Western European.
pub(super) fn in_charset(bytes: &[u8], charset: Option<&str>) -> String {
    let label = charset.unwrap_or_default().trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    // Who says ASCII and writes more means one of the two below.
    let plain = matches!(label.as_str(), "" | "us-ascii" | "ascii" | "utf-8" | "utf8" | "unknown-8bit");
    if !plain {
        if let Some(encoding) = Encoding::for_label(label.as_bytes()) {
            return encoding.decode(bytes).0.into_owned();
        }
        if let Some(decode) = charset_decoder(label.as_bytes()) {
            return decode(bytes);
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) if label.starts_with("utf") => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// Lines as they were typed: `format=flowed` breaks them for travelling (RFC 3676).
pub(super) fn unflowed(text: &str, del_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // How deep the last line is quoted, while it goes on in the next.
    let mut goes_on: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let content = line.get(depth..).unwrap_or_default();
        let content = content.strip_prefix(' ').unwrap_or(content);
        if goes_on != Some(depth) {
            if !out.is_empty() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && content != "-- ";
        out.push_str(if flows && del_space { content.strip_suffix(' ').unwrap_or(content) } else { content });
        goes_on = flows.then_some(depth);
    }
    out
}
