//! The ZIP around a bundle, byte by byte: one rule says what it is written as and what it is checked against.
//!
//! Every entry is stored as it is. Most are PDFs, which are squeezed already; and what a squeezer makes of the others
//! depends on its version, while the same data must give the same bytes, today and after every update. Beyond the names,
//! sizes and checksums nothing in the ZIP is free: times, attributes and versions are fixed, there are no comments, and
//! ZIP64 is used where a number needs it and nowhere else.

/// In the header before a file.
const LOCAL: u32 = 0x0403_4B50;
/// In the line of a file in the directory.
const CENTRAL: u32 = 0x0201_4B50;
/// In the record at the end.
const END: u32 = 0x0605_4B50;
/// In the record at the end for numbers that are too large for the other.
const END_64: u32 = 0x0606_4B50;
/// In the record that tells where that one is.
const LOCATOR: u32 = 0x0706_4B50;
/// Names are UTF-8.
const UTF_8: u16 = 1 << 11;
/// The first day that ZIP knows, 1 January 1980, at midnight.
const DAY: u16 = 0x0021;
/// What reads a stored file.
const VERSION: u16 = 10;
/// What reads ZIP64.
const VERSION_64: u16 = 45;
/// Made on Unix, whose permissions the attributes hold.
const MADE_BY: u16 = 3 << 8 | VERSION_64;
/// A plain file that its owner may write and all may read.
const ATTRIBUTES: u32 = 0o100_644 << 16;
/// The extra field of ZIP64.
const EXTRA_64: u16 = 1;

/// How long a line of the directory is, without name and extra field.
pub const CENTRAL_LEN: usize = 46;
/// How long the record at the end is.
pub const END_LEN: usize = 22;
/// How long what ZIP64 puts before it is.
pub const END_64_LEN: usize = 56 + 20;
/// Where the checksum stands in the header before a file.
pub const CRC_AT: u64 = 14;

/// From which numbers on ZIP64 is used.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of sizes and places.
    pub bytes: u64,
    /// Of files.
    pub files: u64,
}

impl Limits {
    /// What the fields of a ZIP can hold.
    pub const ZIP: Limits = Limits { bytes: 0xFFFF_FFFF, files: 0xFFFF };

    fn short(self, number: u64) -> u32 {
        if number < self.bytes { u32::try_from(number).unwrap_or(u32::MAX) } else { u32::MAX }
    }

    fn count(self, number: u64) -> u16 {
        if number < self.files { u16::try_from(number).unwrap_or(u16::MAX) } else { u16::MAX }
    }
}

/// A file in the ZIP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// The CRC-32 of its bytes.
    pub crc: u32,
    /// Where its header begins.
    pub at: u64,
}

impl Entry {
    /// The header before the file.
    pub fn local(&self, limits: Limits) -> Vec<u8> {
        let large = self.size >= limits.bytes;
        let mut bytes = Vec::with_capacity(64 + self.name.len());
        put32(&mut bytes, LOCAL);
        put16(&mut bytes, if large { VERSION_64 } else { VERSION });
        self.both(&mut bytes, limits);
        put16(&mut bytes, if large { 20 } else { 0 });
        bytes.extend(self.name.as_bytes());
        if large {
            put16(&mut bytes, EXTRA_64);
            put16(&mut bytes, 16);
            put64(&mut bytes, self.size);
            put64(&mut bytes, self.size);
        }
        bytes
    }

    /// Its line in the directory.
    pub fn central(&self, limits: Limits) -> Vec<u8> {
        let mut extra = Vec::new();
        if self.size >= limits.bytes {
            put64(&mut extra, self.size);
            put64(&mut extra, self.size);
        }
        if self.at >= limits.bytes {
            put64(&mut extra, self.at);
        }
        let extra_len = extra.len() as u16;
        let mut bytes = Vec::with_capacity(CENTRAL_LEN + self.name.len() + 28);
        put32(&mut bytes, CENTRAL);
        put16(&mut bytes, MADE_BY);
        put16(&mut bytes, if extra.is_empty() { VERSION } else { VERSION_64 });
        self.both(&mut bytes, limits);
        put16(&mut bytes, if extra.is_empty() { 0 } else { extra_len + 4 });
        put16(&mut bytes, 0); // the length of a comment
        put16(&mut bytes, 0); // the disk it is on
        put16(&mut bytes, 0); // attributes of its content
        put32(&mut bytes, ATTRIBUTES);
        put32(&mut bytes, limits.short(self.at));
        bytes.extend(self.name.as_bytes());
        if !extra.is_empty() {
            put16(&mut bytes, EXTRA_64);
            put16(&mut bytes, extra_len);
            bytes.extend(extra);
        }
        bytes
    }

    /// What the two have in common, from the flags to the length of the name.
    fn both(&self, bytes: &mut Vec<u8>, limits: Limits) {
        put16(bytes, if self.name.is_ascii() { 0 } else { UTF_8 });
        put16(bytes, 0); // stored
        put16(bytes, 0); // midnight
        put16(bytes, DAY);
        put32(bytes, self.crc);
        put32(bytes, limits.short(self.size));
        put32(bytes, limits.short(self.size));
        // A longer name is refused before it is written, and cannot be read back.
        put16(bytes, u16::try_from(self.name.len()).unwrap_or(u16::MAX));
    }
}

/// Where the directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directory {
    /// How many files it has.
    pub files: u64,
    /// Where it begins.
    pub at: u64,
    /// How many bytes it has.
    pub size: u64,
}

impl Directory {
    /// Whether this record at the end says that ZIP64's records stand before it.
    pub fn is_large(end: &[u8]) -> bool {
        get16(end, 10) == Some(u16::MAX)
            || get32(end, 12) == Some(u32::MAX)
            || get32(end, 16) == Some(u32::MAX)
    }

    /// Reads the last bytes of a ZIP: the record at the end, or with ZIP64's before it.
    pub fn parse(bytes: &[u8]) -> Option<Directory> {
        if bytes.len() == END_LEN {
            let (files, size, at) = (get16(bytes, 10)?, get32(bytes, 12)?, get32(bytes, 16)?);
            return Some(Directory { files: files.into(), at: at.into(), size: size.into() });
        }
        Some(Directory { files: get64(bytes, 32)?, size: get64(bytes, 40)?, at: get64(bytes, 48)? })
    }

    /// What stands behind the directory.
    pub fn end(self, limits: Limits) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(END_64_LEN + END_LEN);
        if self.files >= limits.files || self.at >= limits.bytes || self.size >= limits.bytes {
            put32(&mut bytes, END_64);
            put64(&mut bytes, 44); // the length of what follows
            put16(&mut bytes, MADE_BY);
            put16(&mut bytes, VERSION_64);
            put32(&mut bytes, 0); // this disk
            put32(&mut bytes, 0); // the disk of the directory
            put64(&mut bytes, self.files);
            put64(&mut bytes, self.files);
            put64(&mut bytes, self.size);
            put64(&mut bytes, self.at);
            put32(&mut bytes, LOCATOR);
            put32(&mut bytes, 0); // the disk of that record
            put64(&mut bytes, self.at.saturating_add(self.size));
            put32(&mut bytes, 1); // how many disks
        }
        put32(&mut bytes, END);
        put16(&mut bytes, 0); // this disk
        put16(&mut bytes, 0); // the disk of the directory
        put16(&mut bytes, limits.count(self.files));
        put16(&mut bytes, limits.count(self.files));
        put32(&mut bytes, limits.short(self.size));
        put32(&mut bytes, limits.short(self.at));
        put16(&mut bytes, 0); // the length of a comment
        bytes
    }
}

fn put16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend(number.to_le_bytes());
}

fn put32(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend(number.to_le_bytes());
}

fn put64(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_le_bytes());
}

/// The number of two bytes that stands here.
pub fn get16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The number of four bytes that stands here.
pub fn get32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The number of eight bytes that stands here.
pub fn get64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
