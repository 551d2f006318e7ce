//! What a document calls itself: the title of its information dictionary, else that of its XMP description.

use lopdf::{Dictionary, Document, decode_text_string};

use super::{follow, load};

/// How long a title may be; what is longer is no title.
const CHARS: usize = 300;

pub(super) fn title(document: &Document, info: Option<&Dictionary>, catalog: &Dictionary) -> Option<String> {
    let from_info = || {
        let text = follow(document, info?.get(b"Title").ok())?;
        decode_text_string(text).ok()
    };
    let from_xmp = || {
        let stream = follow(document, catalog.get(b"Metadata").ok())?.as_stream().ok()?;
        let bytes = stream.get_plain_content_with_limit(load::METADATA_MAX).ok()?;
        xmp(&String::from_utf8_lossy(&bytes))
    };
    from_info().and_then(|text| clean(&text)).or_else(|| from_xmp().and_then(|text| clean(&text)))
}

/// One line without control characters, trimmed and not too long; `None` where nothing is left.
fn clean(text: &str) -> Option<String> {
    let visible = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
    };
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let shown: String = spaced.chars().filter(|c| visible(*c)).collect();
    let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(CHARS).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">…</rdf:li>`: the first of the texts, which is the default one.
fn xmp(packet: &str) -> Option<String> {
    let inner = element(packet, "dc:title")?;
    let text = element(inner, "rdf:li").unwrap_or(inner);
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        plain.push_str(before);
        let (entity, behind) = behind.split_once(';')?;
        let number = entity.strip_prefix('#').map(|digits| match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        });
        plain.push(match (entity, number) {
            ("amp", _) => '&',
            ("lt", _) => '<',
            ("gt", _) => '>',
            ("quot", _) => '"',
            ("apos", _) => '\'',
            (_, Some(Ok(number))) => char::from_u32(number)?,
            _ => return None,
        });
        rest = behind;
    }
    plain.push_str(rest);
    (!plain.contains('<')).then_some(plain)
}

/// What stands between the first opening and the next closing tag of a name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, opened) = text.split_once(&format!("<{name}"))?;
    let (attributes, inner) = opened.split_once('>')?;
    if attributes.ends_with('/') {
        return None;
    }
    inner.split_once(&format!("</{name}>")).map(|(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_clean_line() {
        assert_eq!(clean("  Kundeaftale\u{0}\r\n 2026 \u{202e}").as_deref(), Some("Kundeaftale 2026"));
        assert_eq!(clean(" \u{feff}\u{7} "), None);
        assert_eq!(clean(&"x".repeat(1000)).unwrap().len(), CHARS);
    }

    #[test]
    fn the_title_of_xmp_is_read() {
        let packet = |title: &str| format!("<x:xmpmeta><dc:title>{title}</dc:title></x:xmpmeta>");
        let alt = "<rdf:Alt>\n<rdf:li xml:lang=\"x-default\">K&#248;b &amp; salg</rdf:li></rdf:Alt>";
        assert_eq!(xmp(&packet(alt)).as_deref(), Some("Køb & salg"));
        assert_eq!(xmp(&packet("Plain")).as_deref(), Some("Plain"));
        for wrong in ["<rdf:Alt/>", "a &unknown; b", "a & b", "&#xd800;"] {
            assert_eq!(xmp(&packet(wrong)), None, "{wrong}");
        }
        assert_eq!(xmp("<dc:title/>"), None);
    }
}
