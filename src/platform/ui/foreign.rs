//! Text from outside on its way to a terminal: control characters become visible, and nothing more.

/// Makes every control character visible, so that no text from outside can move the cursor, change colours or
/// reverse the reading direction. Line breaks are kept where `lines` says so, else shown as `↵`.
pub fn visible(text: &str, lines: bool) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' if lines => shown.push('\n'),
            '\n' => shown.push('↵'),
            '\t' => shown.push_str("    "),
            // The pictures of the C0 controls stand in their own order from U+2400 on.
            '\0'..='\x1f' => shown.push(char::from_u32(0x2400 + c as u32).unwrap_or('�')),
            '\x7f' => shown.push('␡'),
            c if is_hidden(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// JSON that is safe on a terminal: the control characters that JSON lets stand are escaped in its own way.
pub fn safe_json(json: &str) -> String {
    if !json.chars().any(|c| c != '\n' && is_hidden(c)) {
        return json.to_owned();
    }
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_hidden(c) {
            safe.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Whether this shows or does something else than it says when it reaches a terminal raw.
pub fn has_hidden(text: &str) -> bool {
    text.chars().any(is_hidden)
}

/// Controls (C0, DEL, C1) and the marks that reorder text. The latter all lie in the basic plane.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(visible("\x1b[31mrød\x1b[0m", false), "␛[31mrød␛[0m");
        assert_eq!(visible("a\u{9b}2Jb", false), "a\\u{9b}2Jb");
        assert_eq!(visible("a\r\nb", false), "a↵b");
        assert_eq!(visible("a\r\nb\n", true), "a\nb\n");
        assert_eq!(visible("faktura\u{202e}fdp.exe", false), "faktura\\u{202e}fdp.exe");
        assert_eq!(visible("Ærlig tale – æøå", false), "Ærlig tale – æøå");
    }

    #[test]
    fn json_stays_the_same_json() {
        let json = serde_json::json!({"a": "x\u{9b}\u{7f}\u{202e}\x1by"});
        let safe = safe_json(&json.to_string());
        assert!(safe.is_ascii());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), json);
    }
}
