//! Whether a file is a PDF that opens, how many pages it has, and what it is called.
//!
//! The file comes from outside. Its name does not count, nothing in it is believed (the pages are counted, not read off
//! `/Count`), and what reading it may cost is bounded ([`load`]).

mod load;
#[cfg(test)]
mod tests;
mod title;

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom};

use lopdf::{Dictionary, Document, Object};

use crate::platform::blob::Spooled;
use crate::platform::error::{Error, Result};

/// How far from the ends a reader looks for the marks, as most PDF readers do.
const WINDOW: u64 = 1024;

/// What is known of a PDF that opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// How many pages it has: one or more.
    pub pages: u32,
    /// What it calls itself, in one line without control characters; `None` where it does not say.
    pub title: Option<String>,
}

/// Why a file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Empty,
    Beginning,
    End,
    Encrypted,
    CrossReference,
    Pages,
    /// What it unpacks to, or how often it was saved in place, goes beyond reason.
    Limits,
}

impl Fault {
    fn what(self) -> &'static str {
        match self {
            Fault::Empty => "is not a PDF: it is empty",
            Fault::Beginning => "is not a PDF: it does not begin with %PDF-",
            Fault::End => "is not a PDF: its end is missing (startxref, %%EOF); it may be cut off",
            Fault::Encrypted => "is an encrypted PDF, which not everyone can open, now or in ten years",
            Fault::CrossReference => {
                "is a damaged PDF: its cross-reference, the list of where its parts lie, does not fit"
            }
            Fault::Pages => "is a PDF without pages",
            Fault::Limits => {
                "is a PDF that cannot be opened safely: opening it takes more memory or work than a file of its size should"
            }
        }
    }

    fn cure(self) -> &'static str {
        match self {
            Fault::Empty | Fault::Beginning | Fault::End => {
                "save the document as PDF; the name of the file does not count, its content does"
            }
            Fault::Encrypted => {
                "open it where it was made and save it without a password and without restrictions, or print it to a new PDF"
            }
            Fault::CrossReference | Fault::Pages | Fault::Limits => {
                "open it in a PDF reader, look whether it is whole, and save or print it to a new PDF"
            }
        }
    }
}

/// Opens a file as PDF. What does not open is refused (65), naming what is wrong and the cure.
pub fn open(file: &Spooled, name: &str) -> Result<Opened> {
    let size = usize::try_from(file.size).map_err(|_| refusal(Fault::Limits, name))?;
    marks(file)?.map_or(Ok(()), |fault| Err(refusal(fault, name)))?;
    let mut bytes = Vec::with_capacity(size);
    file.rewound()?.read_to_end(&mut bytes).map_err(|e| cannot(&e))?;
    examine(bytes).map_err(|fault| refusal(fault, name))
}

fn refusal(fault: Fault, name: &str) -> Error {
    Error::invalid_file(format!("{name} {}", fault.what())).hint(fault.cure())
}

fn cannot(source: &std::io::Error) -> Error {
    Error::io("cannot read a temporary file", source)
}

/// What of a PDF the beginning and the end lack: `%PDF-` near the one, `startxref` and `%%EOF` near the other.
fn marks(file: &Spooled) -> Result<Option<Fault>> {
    let mut reader = file.rewound()?;
    reader.seek(SeekFrom::Start(file.size.saturating_sub(WINDOW))).map_err(|e| cannot(&e))?;
    let mut end = Vec::new();
    Read::take(&mut reader, WINDOW).read_to_end(&mut end).map_err(|e| cannot(&e))?;
    let start = file.start.get(..WINDOW as usize).unwrap_or(&file.start);
    let holds = |bytes: &[u8], mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    Ok(match () {
        () if start.is_empty() => Some(Fault::Empty),
        () if !holds(start, b"%PDF-") => Some(Fault::Beginning),
        () if !(holds(&end, b"startxref") && holds(&end, b"%%EOF")) => Some(Fault::End),
        () => None,
    })
}

fn examine(bytes: Vec<u8>) -> Result<Opened, Fault> {
    let document = load::load(&bytes)?;
    drop(bytes);
    let catalog = follow(&document, document.trailer.get(b"Root").ok())
        .and_then(|object| object.as_dict().ok())
        .ok_or(Fault::CrossReference)?;
    let pages = count(&document, catalog.get(b"Pages").ok());
    if pages == 0 {
        return Err(Fault::Pages);
    }
    let info = follow(&document, document.trailer.get(b"Info").ok()).and_then(|object| object.as_dict().ok());
    Ok(Opened { pages, title: title::title(&document, info, catalog) })
}

/// Where a reference leads; the object itself where it is none.
fn follow<'d>(document: &'d Document, object: Option<&'d Object>) -> Option<&'d Object> {
    document.dereference(object?).ok().map(|(_, object)| object)
}

/// The leaves of the page tree. What stands in it twice is entered once, so that no cycle and no web of references
/// takes longer than the tree is large.
fn count(document: &Document, root: Option<&Object>) -> u32 {
    let mut entered = HashSet::new();
    let mut waiting: Vec<&Object> = root.into_iter().collect();
    let mut pages = 0_u32;
    while let Some(node) = waiting.pop() {
        let fresh = match node {
            Object::Reference(id) => entered.insert(*id),
            _ => true,
        };
        let Some(Object::Dictionary(node)) = follow(document, Some(node)) else { continue };
        match kids(document, node) {
            Some(kids) if fresh => waiting.extend(kids),
            Some(_) => {}
            None if node.has_type(b"Pages") => {}
            None => pages = pages.saturating_add(1),
        }
    }
    pages
}

fn kids<'d>(document: &'d Document, node: &'d Dictionary) -> Option<&'d Vec<Object>> {
    follow(document, node.get(b"Kids").ok())?.as_array().ok()
}
