//! Mails as they are sent: quoted-printable (RFC 2045, 6.7).

/// The bytes that a text stands for whose headers say that it is quoted-printable; `None` where none says so.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let is_header = |line: &str| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("content-transfer-encoding")
                && value.trim().eq_ignore_ascii_case("quoted-printable")
        })
    };
    if !text.lines().any(is_header) {
        return None;
    }
    let mut bytes = Vec::new();
    for line in text.lines() {
        let line = line.trim_end();
        let (line, is_soft) = line.strip_suffix('=').map_or((line, false), |line| (line, true));
        let mut rest = line;
        while let Some((head, tail)) = rest.split_once('=') {
            bytes.extend_from_slice(head.as_bytes());
            match byte(tail) {
                Some(byte) => bytes.push(byte),
                None => bytes.push(b'='),
            }
            rest = if byte(tail).is_some() { tail.get(2..).unwrap_or_default() } else { tail };
        }
        bytes.extend_from_slice(rest.as_bytes());
        if !is_soft {
            bytes.push(b'\n');
        }
    }
    Some(bytes)
}

/// Whether a value is quoted-printable still: no name, number or address ends in `=` or holds `=C3`.
pub(super) fn is_left_in(value: &str) -> bool {
    value.ends_with('=') || value.split('=').skip(1).any(|tail| byte(tail).is_some())
}

fn byte(tail: &str) -> Option<u8> {
    let digits = tail.get(..2).filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}
