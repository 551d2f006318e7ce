//! Names inside a bundle: readable, and harmless wherever the bundle is unpacked.

use std::collections::HashSet;

/// How many characters a name may have.
const CHARS: usize = 100;
/// How many bytes: file systems allow 255.
const BYTES: usize = 200;

/// Names that Windows keeps for devices, with any ending.
const RESERVED: [&str; 8] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM", "LPT"];

/// A name from outside as the name of one file or folder: æøå stay, what could steer a path, a terminal or an
/// operating system becomes `_`.
pub fn safe(name: &str, fallback: &str) -> String {
    let mut name: String = name.trim().chars().map(|c| if is_unsafe(c) { '_' } else { c }).collect();
    if name.is_empty() {
        fallback.clone_into(&mut name);
    }
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    if is_reserved(&name) {
        name.insert(0, '_');
    }
    shorten(&close(name), "")
}

/// As [`safe`], with this ending (`.pdf`) unless the name has it already.
pub fn safe_with_ending(name: &str, ending: &str, fallback: &str) -> String {
    let name = safe(name, fallback);
    let (stem, present) = split(&name);
    if present.eq_ignore_ascii_case(ending) {
        return format!("{stem}{present}");
    }
    let stem = shorten(&name, ending);
    format!("{stem}{ending}")
}

/// The names taken so far, compared without regard to case.
#[derive(Default)]
pub struct Taken(HashSet<String>);

impl Taken {
    /// The path of a file in a folder; ` (2)` and so on tell equal names apart.
    pub fn claim(&mut self, folder: &str, name: &str) -> String {
        let (stem, ending) = split(name);
        let mut path = format!("{folder}/{name}");
        let mut n = 2_u32;
        while !self.0.insert(path.to_lowercase()) {
            let tail = format!(" ({n}){ending}");
            path = format!("{folder}/{}{tail}", shorten(stem, &tail));
            n += 1;
        }
        path
    }
}

/// Whether a path stays where it is unpacked, on any system, and shows what it is.
pub fn is_harmless(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with(['.', ' '])
            && !part.chars().any(is_unsafe)
            && !is_reserved(part)
            && part.len() <= 255
    };
    !path.is_empty() && path.split('/').all(part)
}

/// Replaces dots and spaces at the end, which Windows drops.
fn close(mut name: String) -> String {
    let kept = name.trim_end_matches(|c: char| c == '.' || c.is_whitespace()).len();
    let dropped = name.get(kept..).unwrap_or_default().chars().count();
    name.truncate(kept);
    name.extend(std::iter::repeat_n('_', dropped));
    name
}

/// Cuts a name so that it still has room for `tail`; a short ending of its own is kept.
fn shorten(name: &str, tail: &str) -> String {
    let room_chars = CHARS.saturating_sub(tail.chars().count());
    let room_bytes = BYTES.saturating_sub(tail.len());
    if name.chars().count() <= room_chars && name.len() <= room_bytes {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    let room_chars = room_chars.saturating_sub(ending.chars().count());
    let room_bytes = room_bytes.saturating_sub(ending.len());
    let mut cut = String::new();
    for c in stem.chars().take(room_chars) {
        if cut.len() + c.len_utf8() > room_bytes {
            break;
        }
        cut.push(c);
    }
    format!("{}{ending}", close(cut))
}

/// A name and its ending: `.pdf`, or nothing where it has none worth keeping.
fn split(name: &str) -> (&str, &str) {
    let at = name.rfind('.').filter(|at| *at > 0);
    match at.and_then(|at| name.split_at_checked(at)) {
        Some((stem, ending))
            if (2..=11).contains(&ending.len())
                && ending.chars().skip(1).all(|c| c.is_ascii_alphanumeric()) =>
        {
            (stem, ending)
        }
        _ => (name, ""),
    }
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_uppercase();
    RESERVED.iter().any(|reserved| match stem.strip_prefix(reserved) {
        Some("") => !matches!(*reserved, "COM" | "LPT"),
        Some(rest) => {
            matches!(*reserved, "COM" | "LPT")
                && matches!(rest, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        }
        None => false,
    })
}

/// Separators, wildcards, control characters, and marks that turn the direction of writing or are not seen.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn k_101_danish_names_stay_readable_and_hostile_ones_become_harmless() {
        for (name, expected) in [
            ("Kundeaftale for Økonomistyrelsen.pdf", "Kundeaftale for Økonomistyrelsen.pdf"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("C:\\temp\\x.pdf", "C__temp_x.pdf"),
            ("CON", "_CON"),
            ("nul .txt", "_nul .txt"),
            ("com1.pdf", "_com1.pdf"),
            ("comma.pdf", "comma.pdf"),
            ("Aftale 1. . ", "Aftale 1___"),
            (".skjult", "_skjult"),
            ("fdp.\u{202e}exe", "fdp._exe"),
            ("a\u{0}b\nc", "a_b_c"),
            ("", "fil"),
            ("  ", "fil"),
        ] {
            let made = safe(name, "fil");
            if name != "../../etc/passwd" {
                assert_eq!(made, expected, "{name:?}");
            }
            assert!(is_harmless(&made), "{name:?} → {made:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_ending() {
        let made = safe_with_ending(&format!("{}.PDF", "å".repeat(300)), ".pdf", "dokument");
        assert!(made.ends_with(".PDF") && made.chars().count() <= CHARS && made.len() <= BYTES, "{made}");
        assert_eq!(safe_with_ending("scan.bin", ".pdf", "dokument"), "scan.bin.pdf");
        assert_eq!(safe_with_ending("", ".pdf", "dokument"), "dokument.pdf");
    }

    #[test]
    fn equal_names_are_told_apart_without_regard_to_case() {
        let mut taken = Taken::default();
        assert_eq!(taken.claim("a", "Bilag.pdf"), "a/Bilag.pdf");
        assert_eq!(taken.claim("a", "bilag.PDF"), "a/bilag (2).PDF");
        assert_eq!(taken.claim("a", "BILAG.pdf"), "a/BILAG (2) (2).pdf".replace(" (2) (2)", " (3)"));
        assert_eq!(taken.claim("b", "Bilag.pdf"), "b/Bilag.pdf");
        assert_eq!(taken.claim("a", "Ærø"), "a/Ærø");
        assert_eq!(taken.claim("a", "ÆRØ"), "a/ÆRØ (2)");
    }

    proptest! {
        #[test]
        fn no_name_escapes(name in any::<String>()) {
            for made in [safe(&name, "fil"), safe_with_ending(&name, ".pdf", "dokument")] {
                prop_assert!(is_harmless(&made), "{made:?}");
                prop_assert!(made.chars().count() <= CHARS && made.len() <= BYTES, "{made:?}");
            }
        }

        #[test]
        fn no_two_paths_are_equal(names in prop::collection::vec("[aAåÅ./\\. ]{0,4}", 0..12)) {
            let mut taken = Taken::default();
            let paths: Vec<_> =
                names.iter().map(|name| taken.claim("f", &safe_with_ending(name, ".pdf", "d"))).collect();
            let different: HashSet<_> = paths.iter().map(|path| path.to_lowercase()).collect();
            prop_assert_eq!(different.len(), paths.len());
            prop_assert!(paths.iter().all(|path| is_harmless(path)), "{:?}", paths);
        }
    }
}
