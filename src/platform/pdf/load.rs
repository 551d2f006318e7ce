//! Loading the skeleton of a PDF, at a cost that is known beforehand.
//!
//! A hostile file can make a loader unpack streams without end, or read one large part a million times over. So what is
//! unpacked is limited for each stream and in sum, every object that was read is charged to a purse that grows with the
//! size of the file, and only what the pages and the title need is kept.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use lopdf::xref::XrefRecovery;
use lopdf::{Document, LoadOptions, Object, ObjectId, Stream};

use super::Fault;

const MIB: usize = 1024 * 1024;
/// How much one stream may unpack to, and all lists of parts together.
const STREAM_MAX: usize = 16 * MIB;
const LISTS_MAX: usize = 256 * MIB;
/// How much memory one object that lies in the file itself may take, and all objects of one stream.
const OBJECT_MAX: usize = 256 * MIB;
const OBJECTS_MAX: usize = 512 * MIB;
/// How much memory all objects may take, one after the other, whatever the size of the file.
const WORK_MIN: usize = 1024 * MIB;
/// How often a file may have been saved in place, each time with a list of its own.
const SECTIONS_MAX: usize = 256;
/// The largest description of a document (XMP) that is looked at.
pub(super) const METADATA_MAX: usize = 256 * 1024;
const EACH: usize = size_of::<Object>();
/// What is kept of a dictionary.
const KEPT: [&[u8]; 6] = [b"Type", b"Pages", b"Kids", b"Title", b"Metadata", b"Subtype"];

thread_local! {
    /// What reading may still cost. The loader calls a plain function for each object, which has no other memory.
    static PURSE: Cell<usize> = const { Cell::new(0) };
}

/// Unwinds out of the loader when the purse is empty.
struct Spent;

/// Loads a document without its streams, its fonts and whatever else is neither page nor title.
pub(super) fn load(bytes: &[u8]) -> Result<Document, Fault> {
    let named = Named::find(bytes);
    if named.encryption {
        return Err(Fault::Encrypted);
    }
    if named.lists > SECTIONS_MAX {
        return Err(Fault::Limits);
    }
    let options = LoadOptions {
        filter: Some(keep),
        max_decompressed_size: Some((LISTS_MAX / named.lists.max(1)).min(STREAM_MAX)),
        ..LoadOptions::default()
    };
    let work = bytes.len().saturating_mul(64).saturating_add(WORK_MIN);
    if !objects_fit(bytes, work) {
        return Err(Fault::Limits);
    }
    PURSE.set(work);
    // The loader offers no way to stop it, and whatever it may stumble over is a fault of the file, not of ours.
    let loaded = catch_unwind(AssertUnwindSafe(|| Document::load_mem_with_options(bytes, options)));
    let document = match loaded {
        Ok(Ok(document)) => document,
        Ok(Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. }))) => {
            return Err(Fault::Limits);
        }
        Ok(Err(lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_))) => return Err(Fault::Encrypted),
        Ok(Err(_)) => return Err(Fault::CrossReference),
        Err(thrown) if thrown.is::<Spent>() => return Err(Fault::Limits),
        Err(_) => return Err(Fault::CrossReference),
    };
    if document.is_encrypted() || document.was_encrypted() {
        return Err(Fault::Encrypted);
    }
    if document.xref_recovery == Some(XrefRecovery::Reconstructed) {
        return Err(Fault::CrossReference);
    }
    Ok(document)
}

fn spend(cost: usize) {
    match PURSE.get().checked_sub(cost) {
        Some(rest) => PURSE.set(rest),
        // Unwinds without a panic's message: nothing went wrong here.
        None => resume_unwind(Box::new(Spent)),
    }
}

/// The loader asks of each object whether to keep it. What is left of a kept one is what [`KEPT`] names.
fn keep(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    spend(64 + weight(object, 0));
    match object {
        Object::Stream(stream) if stream.dict.has_type(b"ObjStm") => spend(unpacking(stream)),
        Object::Stream(stream)
            if stream.dict.has_type(b"Metadata") && stream.content.len() <= METADATA_MAX => {}
        Object::Stream(_) => return None,
        Object::Dictionary(dictionary) => {
            dictionary.as_hashmap_mut().retain(|key, _| KEPT.contains(&key.as_slice()));
        }
        Object::Array(items) => items.retain(|item| matches!(item, Object::Reference(_))),
        _ => {}
    }
    // Of an object that lies in the file itself the loader keeps `object`, of one in a stream what is returned.
    let kept = if matches!(object, Object::Stream(_)) { Object::Null } else { object.clone() };
    Some((id, kept))
}

/// About how many bytes of memory an object takes.
fn weight(object: &Object, depth: usize) -> usize {
    if depth > 100 {
        return EACH;
    }
    EACH + match object {
        Object::Name(text) | Object::String(text, _) => text.len(),
        Object::Array(items) => items.iter().map(|item| weight(item, depth + 1)).sum(),
        Object::Dictionary(entries) => {
            entries.iter().map(|(key, item)| key.len() + weight(item, depth + 1)).sum()
        }
        Object::Stream(stream) => {
            stream.content.len() + stream.dict.iter().map(|(_, item)| weight(item, depth + 1)).sum::<usize>()
        }
        _ => 0,
    }
}

/// Whether no object that lies in the file itself is so large that reading it would fill the memory.
fn objects_fit(bytes: &[u8], mut work: usize) -> bool {
    let places = bytes.windows(3).enumerate().filter(|(_, word)| *word == b"obj").map(|(at, _)| at);
    for at in places {
        let (Some(before), Some(body)) = (bytes.get(..at), bytes.get(at + 3..)) else { continue };
        if !follows_a_number(before) {
            continue;
        }
        let cost = extent(body, OBJECT_MAX);
        match work.checked_sub(cost) {
            Some(rest) if cost <= OBJECT_MAX => work = rest,
            _ => return false,
        }
    }
    true
}

/// Whether a number stands last, with nothing but white space or a comment behind it.
fn follows_a_number(before: &[u8]) -> bool {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let length = before.iter().rposition(|byte| !blank(byte)).map_or(0, |last| last + 1);
    let trimmed = before.get(..length).unwrap_or(before);
    let commented = || {
        let line = trimmed.rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        trimmed.len() < before.len() && line.contains(&b'%')
    };
    trimmed.last().is_some_and(u8::is_ascii_digit) || commented()
}

/// What reading the objects in a stream will cost. Their index may name any places, each of them the beginning of
/// something that goes on to the end of the stream, so each place is looked at.
fn unpacking(stream: &Stream) -> usize {
    // Where something is wrong, the loader meets the same fault next and says so itself.
    let Ok(content) = stream.get_plain_content_with_limit(STREAM_MAX) else { return 0 };
    let first = stream.dict.get(b"First").and_then(Object::as_i64).ok().and_then(|n| usize::try_from(n).ok());
    let Some((index, body)) = first.and_then(|first| content.split_at_checked(first)) else { return 0 };
    let numbers = index.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut cost = content.len();
    for word in numbers.skip(1).step_by(2) {
        let place = std::str::from_utf8(word).ok().and_then(|word| word.parse::<usize>().ok());
        cost += place.and_then(|place| body.get(place..)).map_or(0, |object| extent(object, OBJECTS_MAX));
        if cost > OBJECTS_MAX {
            resume_unwind(Box::new(Spent));
        }
    }
    cost
}

/// About how many bytes of memory the object takes that begins here; counted no further than `limit`.
fn extent(body: &[u8], limit: usize) -> usize {
    let (mut at, mut depth, mut tokens) = (0_usize, 0_usize, 0_usize);
    let past = |at: usize, ends: fn(&u8) -> bool| {
        body.get(at..).and_then(|rest| rest.iter().position(ends)).map_or(body.len(), |n| at + n)
    };
    while let Some(byte) = body.get(at) {
        let next = body.get(at + 1);
        at += 1;
        match byte {
            b'\0' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' => continue,
            b'%' => {
                at = past(at, |byte| matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'(' => at += text(body.get(at..).unwrap_or_default()),
            b'<' if next != Some(&b'<') => at = past(at, |byte| *byte == b'>') + 1,
            b'[' | b'<' => depth += 1,
            b']' | b'>' => depth = depth.saturating_sub(1),
            _ => at = past(at, |byte| byte.is_ascii_whitespace() || b"\0/<>[]()%".contains(byte)),
        }
        // The second half of << and >>.
        if matches!(byte, b'<' | b'>') && next == Some(byte) {
            at += 1;
        }
        tokens += 1;
        if depth == 0 || at >= body.len() || at + tokens * EACH > limit {
            break;
        }
    }
    at + tokens * EACH
}

/// How long a text is behind its opening bracket.
fn text(body: &[u8]) -> usize {
    let mut depth = 1_usize;
    let mut escaped = false;
    for (at, byte) in body.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    body.len()
}

/// What can be told of a file before it is loaded, by the names that never stand inside a compressed part.
struct Named {
    /// `/Encrypt` with a dictionary or a reference behind it.
    encryption: bool,
    /// Cross-reference streams.
    lists: usize,
}

impl Named {
    fn find(bytes: &[u8]) -> Named {
        let mut named = Named { encryption: false, lists: 0 };
        let slashes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for rest in slashes.filter_map(|(at, _)| bytes.get(at + 1..)) {
            if after(rest, b"XRef").is_some() {
                named.lists += 1;
            } else if let Some(value) = after(rest, b"Encrypt") {
                let value = value.trim_ascii_start();
                named.encryption |= matches!(value.first(), Some(b'0'..=b'9' | b'<'));
            }
        }
        named
    }
}

/// What stands behind a name, which may be written with `#xx` for any of its bytes.
fn after<'b>(mut rest: &'b [u8], name: &[u8]) -> Option<&'b [u8]> {
    for wanted in name {
        rest = match rest {
            [byte, rest @ ..] if byte == wanted => rest,
            [b'#', high, low, rest @ ..] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                (digit(high)? * 16 + digit(low)? == u32::from(*wanted)).then_some(rest)?
            }
            _ => return None,
        };
    }
    let ends = rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || b"/<>[]()%\0".contains(byte));
    ends.then_some(rest)
}
