//! CRC-32 as ZIP has it, sixteen bytes at a time.

/// The polynomial of ZIP, bits reversed.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// What a byte adds that stands 0 … 15 bytes before the end of a block.
static TABLES: [[u32; 256]; 16] = tables();

/// A checksum that grows.
#[derive(Debug, Clone, Copy)]
pub struct Crc(u32);

impl Crc {
    /// Of nothing.
    pub const fn new() -> Crc {
        Crc(u32::MAX)
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<16>();
        let mut crc = self.0;
        for block in blocks {
            let [a, b, c, d, others @ ..] = block;
            let [w, x, y, z] = crc.to_le_bytes();
            crc = at(15, a ^ w) ^ at(14, b ^ x) ^ at(13, c ^ y) ^ at(12, d ^ z);
            let [e, f, g, h, i, j, k, l, m, n, o, p] = *others;
            crc ^= at(11, e) ^ at(10, f) ^ at(9, g) ^ at(8, h) ^ at(7, i) ^ at(6, j);
            crc ^= at(5, k) ^ at(4, l) ^ at(3, m) ^ at(2, n) ^ at(1, o) ^ at(0, p);
        }
        for byte in rest {
            let [low, ..] = crc.to_le_bytes();
            crc = (crc >> 8) ^ at(0, low ^ byte);
        }
        self.0 = crc;
    }

    /// The checksum of all that was added.
    pub const fn value(self) -> u32 {
        !self.0
    }
}

/// There are 16 tables, and a byte is below 256.
fn at(table: usize, byte: u8) -> u32 {
    TABLES[table & 15][byte as usize]
}

/// The compiler runs this.
const fn tables() -> [[u32; 256]; 16] {
    let mut tables = [[0_u32; 256]; 16];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 16 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = Crc::new();
        crc.update(bytes);
        crc.value()
    }

    #[test]
    fn it_is_the_checksum_that_everyone_has() {
        assert_eq!(crc(b""), 0);
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc(b"The quick brown fox jumps over the lazy dog"), 0x414F_A339);
    }

    proptest! {
        #[test]
        fn blocks_and_single_bytes_agree(bytes: Vec<u8>, cut: prop::sample::Index) {
            let mut slow = u32::MAX;
            for byte in &bytes {
                slow ^= u32::from(*byte);
                for _ in 0..8 {
                    slow = if slow & 1 == 1 { (slow >> 1) ^ POLYNOMIAL } else { slow >> 1 };
                }
            }
            prop_assert_eq!(crc(&bytes), !slow);
            let (one, two) = bytes.split_at(cut.index(bytes.len() + 1));
            let mut parts = Crc::new();
            parts.update(one);
            parts.update(two);
            prop_assert_eq!(parts.value(), !slow);
        }
    }
}
