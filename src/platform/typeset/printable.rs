//! Text as our fonts can show it.

use icu_normalizer::ComposingNormalizerBorrowed;
use serde_json::Value;

use super::world;

/// The same value, each text of it printable.
pub(super) fn value(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(self::text(text, true)),
        Value::Array(items) => items.iter().map(self::value).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), self::value(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// A text of one line.
pub(super) fn line(text: &str) -> String {
    self::text(text, false)
}

fn text(text: &str, lines: bool) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    let mut shown = String::with_capacity(composed.len());
    let mut chars = composed.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' if lines => shown.push('\n'),
            '\n' | '\t' => shown.push(' '),
            c if is_shown(c) => shown.push(c),
            c => shown.push_str(&format!("[U+{:04X}]", c as u32)),
        }
    }
    shown
}

/// Whether our fonts have it, it is no mark that is not seen or turns the direction of writing, and it means the same
/// to everyone: PDF/A-2a allows nothing of private use.
fn is_shown(c: char) -> bool {
    let hidden = c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}' | '\u{e0000}'..
        );
    !hidden && world::fonts_have(c)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_shown_is_named() {
        assert_eq!(
            line("Ærø, Øster Ålborg, ŁódźŽ ß ñ Ελλάδα Москва – €"),
            "Ærø, Øster Ålborg, ŁódźŽ ß ñ Ελλάδα Москва – €"
        );
        assert_eq!(line("A\u{30a}rhus"), "Århus");
        assert_eq!(
            line("中\u{1f600}\u{202e}\u{0}\u{f001}\u{feff}"),
            "[U+4E2D][U+1F600][U+202E][U+0000][U+F001][U+FEFF]"
        );
        assert_eq!(line("a\tb\r\nc"), "a b c");
        let data = json!({"a\u{1}": ["x\r\ny\u{7}", 1, null, {"b": "ø"}]});
        assert_eq!(value(&data), json!({"a\u{1}": ["x\ny[U+0007]", 1, null, {"b": "ø"}]}));
    }
}
