//! How errors look: JSON where the answer would be JSON, otherwise a sentence, its details and a hint.

use serde_json::Value;

use super::foreign::{safe_json, visible};
use super::render::{Format, Sink};
use super::view::plain;
use crate::platform::error::Error;

/// Prints an error to stderr, in the form that the format asks for.
pub fn print(error: &Error, format: Format, err: &mut Sink<'_>) {
    let text = if format.is_json() {
        format!("{}\n", safe_json(&error.to_json().to_string()))
    } else {
        let (red, cyan) = if err.colour {
            (
                anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into())),
                anstyle::Style::new().fg_color(Some(anstyle::AnsiColor::Cyan.into())),
            )
        } else {
            (anstyle::Style::new(), anstyle::Style::new())
        };
        let mut text = format!("{red}error:{red:#} {}\n", visible(error.message(), true));
        for detail in error.detail_values() {
            let line = detail_line(detail);
            // What stands in the sentence already is not said twice.
            if !error.message().contains(&line) {
                text.push_str(&format!("  {}\n", visible(&line, false)));
            }
        }
        if let Some(hint) = error.hint_text() {
            text.push_str(&format!("{cyan}hint:{cyan:#} {}\n", visible(hint, true)));
        }
        text
    };
    // There is nobody left to tell that stderr is closed.
    let _ = err.writer.write_all(text.as_bytes()).and_then(|()| err.writer.flush());
}

fn detail_line(detail: &Value) -> String {
    let get = |name: &str| detail.get(name).map(plain).unwrap_or_default();
    let place: Vec<_> = [("file", ""), ("line", "line "), ("column", "column ")]
        .iter()
        .filter(|(name, _)| !get(name).is_empty())
        .map(|(name, word)| format!("{word}{}", get(name)))
        .collect();
    match (place.is_empty(), detail.get("message")) {
        (_, None) => detail.to_string(),
        (true, Some(message)) => plain(message),
        (false, Some(message)) => format!("{}: {}", place.join(", "), plain(message)),
    }
}
