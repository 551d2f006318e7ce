//! QR codes on a terminal: two modules in one character (Unicode half blocks), with the quiet zone around.
//!
//! A scanner wants dark modules on a light ground. With colours the code says so itself, in a black and a white that no
//! palette bends, so it looks the same on a dark and on a light terminal. Without colours it paints the *light* modules
//! in the colour of writing, which is right on a dark terminal; on a light one it shows inverted, which phones of the
//! last years read too. Whoever's does not types the key that stands below.

use std::fmt::Write;

use anstyle::{Ansi256Color, Style};
use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

use crate::platform::error::{Error, Result};

/// Columns that a code should not go beyond.
const COLUMNS: usize = 60;

/// The lines of a QR code, each with its line end. It is as secret as its text.
pub fn qr(text: &str, colour: bool) -> Result<Zeroizing<String>> {
    // The least redundancy: a screen has no stains, and a small code is scanned sooner.
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .map_err(|e| Error::internal(format!("no QR code can hold this text: {e}")))?;
    let width = code.width();
    let modules = code.to_colors();
    // The standard asks for four modules of quiet; two do, where four would not fit.
    let quiet = if width + 8 <= COLUMNS { 4 } else { 2 };
    let dark = |x: usize, y: usize| {
        let (x, y) = (x.checked_sub(quiet), y.checked_sub(quiet));
        let place = x.zip(y).filter(|(x, y)| *x < width && *y < width);
        place.and_then(|(x, y)| modules.get(y * width + x)) == Some(&Color::Dark)
    };
    let style = if colour {
        Style::new().fg_color(Some(Ansi256Color(16).into())).bg_color(Some(Ansi256Color(231).into()))
    } else {
        Style::new()
    };
    let side = width + 2 * quiet;
    // Room for every character's three bytes and each line's colours: no copy is left behind by growing.
    let mut lines = Zeroizing::new(String::with_capacity((3 * side + 40) * (side / 2 + 1)));
    for y in (0..side).step_by(2) {
        // Writing to a String cannot fail.
        let _ = write!(lines, "{style}");
        for x in 0..side {
            // What is painted: with colours the dark modules, without them the light ones.
            let (upper, lower) = (dark(x, y) == colour, dark(x, y + 1) == colour);
            lines.push(match (upper, lower) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        let _ = writeln!(lines, "{style:#}");
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::platform::env::Entropy;
    use crate::platform::secret::totp::TotpSecret;

    fn columns(lines: &str) -> usize {
        lines.lines().map(|line| line.chars().count()).max().unwrap()
    }

    #[test]
    fn the_code_of_any_address_fits_sixty_columns() {
        let entropy = Entropy::Counter(Rc::new(Cell::new(3)));
        let secret = TotpSecret::generate(&entropy).unwrap();
        let longest = format!("{}@{}.dk", "#".repeat(64), "b".repeat(60));
        for email in ["ida@example.dk", "anna.kristine.mikkelsen@oekonomistyrelsen.example.dk", &longest] {
            let lines = qr(&secret.uri(email), false).unwrap();
            assert!(columns(&lines) <= COLUMNS, "{email}: {}", columns(&lines));
        }
    }

    #[test]
    fn a_small_code_has_its_finder_and_its_quiet_zone() {
        let lines = qr("A", false).unwrap();
        let lines: Vec<_> = lines.lines().collect();
        // 21 modules and 4 of quiet on every side; the last line has only an upper half.
        assert_eq!((lines.len(), columns(&lines.join("\n"))), (15, 29));
        assert_eq!(lines[0], "█".repeat(29));
        assert!(lines[2].starts_with("████ ▄▄▄▄▄ █"), "{}", lines[2]);
    }

    #[test]
    fn with_colours_every_line_is_black_on_white_and_ends_so() {
        let lines = qr("A", true).unwrap();
        for line in lines.lines() {
            assert!(
                line.starts_with("\u{1b}[38;5;16m\u{1b}[48;5;231m") && line.ends_with("\u{1b}[0m"),
                "{line:?}"
            );
        }
        assert!(lines.lines().next().unwrap().contains(&" ".repeat(29)));
    }
}
