//! Counts and amounts straight from bytes; what is not plain is left to the careful parsers of `values`.

/// A plain count: digits, or digits in groups of three behind dots. `None`: ask the careful parser.
pub fn plain_count(cell: &[u8]) -> Option<i64> {
    // Eighteen digits always fit.
    if cell.is_empty() || cell.len() > 23 {
        return None;
    }
    let mut value = 0_i64;
    let mut digits = 0_u32;
    let mut since_dot: Option<u32> = None;
    for byte in cell {
        match (byte, since_dot) {
            (b'0'..=b'9', _) => {
                digits += 1;
                if digits > 18 {
                    return None;
                }
                value = value * 10 + i64::from(byte - b'0');
                since_dot = since_dot.map(|n| n + 1);
            }
            (b'.', None) if (1..=3).contains(&digits) && cell.first() != Some(&b'0') => since_dot = Some(0),
            (b'.', Some(3)) => since_dot = Some(0),
            _ => return None,
        }
    }
    matches!(since_dot, None | Some(3)).then_some(value)
}

/// A plain amount in øre: a plain count of kroner, with a decimal comma and one or two decimals or without.
pub fn plain_ore(cell: &[u8]) -> Option<i64> {
    let comma = cell.iter().rposition(|byte| *byte == b',');
    let (kroner, ore) = match comma {
        None => (cell, 0),
        Some(comma) => {
            let ore = match cell.get(comma + 1..)? {
                [tens @ b'0'..=b'9'] => i64::from(tens - b'0') * 10,
                [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                    i64::from(tens - b'0') * 10 + i64::from(ones - b'0')
                }
                _ => return None,
            };
            (cell.get(..comma)?, ore)
        }
    };
    plain_count(kroner)?.checked_mul(100)?.checked_add(ore)
}
