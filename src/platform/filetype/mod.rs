//! What a file from outside is, by its content; its name does not count.
//!
//! Known exactly are the types that offices exchange: text, XML, PDF, RTF, pictures, ZIP and what is made of it
//! (Office, OpenDocument, ASiC-E), and PKCS#7. Of others it is told only whether they are a program or HTML.

mod packed;
#[cfg(test)]
mod tests;
mod text;

use std::io::Read;

use crate::platform::blob::Spooled;
use crate::platform::error::{Error, Result};

/// How much of a file's beginning is looked at, where that is enough.
const HEAD: u64 = 64 * 1024;

/// Endings that say exactly what the content is; those of Office besides.
const EXACT: [&str; 6] = ["asice", "pdf", "rtf", "png", "jpeg", "tiff"];

/// What a file's content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// There is none.
    Empty,
    /// Something that a computer runs: a program, a library, a script.
    Program,
    /// A page for a browser, which may run what it holds.
    Html,
    /// Characters in UTF-8 or Windows-1252.
    Text,
    /// XML, which is text too.
    Xml,
    /// A type that is known by this ending.
    Known(&'static str),
    /// It begins like a ZIP and does not open as one.
    DamagedZip,
    /// Something else.
    Unknown,
}

impl Content {
    /// As a phrase that can stand behind "its content is".
    pub fn phrase(self) -> String {
        match self {
            Content::Empty => "empty".to_owned(),
            Content::Program => "a program".to_owned(),
            Content::Html => "HTML".to_owned(),
            Content::Text => "plain text".to_owned(),
            Content::Xml => "xml".to_owned(),
            Content::Known("ole") => "a file of an older or protected Office (OLE)".to_owned(),
            Content::Known(ending) => ending.to_owned(),
            Content::DamagedZip => "a ZIP that does not open".to_owned(),
            Content::Unknown => "of a type that is not known".to_owned(),
        }
    }

    /// The ending that a file of this content would have.
    pub fn ending(self) -> Option<&'static str> {
        match self {
            Content::Text => Some("txt"),
            Content::Xml => Some("xml"),
            Content::Known("pem") => Some("txt"),
            Content::Known(ending) if ending != "ole" => Some(ending),
            _ => None,
        }
    }

    /// Whether a file of this content may have this ending (see [`canonical`]). Of endings that nothing is known of any
    /// content is taken, but programs and HTML; those fit no ending.
    pub fn fits(self, ending: &str) -> bool {
        if matches!(self, Content::Empty | Content::Program | Content::Html) {
            return false;
        }
        match ending {
            "txt" | "csv" | "eml" => matches!(self, Content::Text | Content::Xml | Content::Known("pem")),
            "xml" => self == Content::Xml,
            "zip" => matches!(self, Content::Known("zip" | "asice")) || self.is_office(),
            // A signature may also be written in letters.
            "p7s" => matches!(self, Content::Known("p7s" | "pem")),
            _ if EXACT.contains(&ending) || packed::OFFICE.contains(&ending) => {
                matches!(self, Content::Known(found) if found == ending)
            }
            _ => true,
        }
    }

    fn is_office(self) -> bool {
        matches!(self, Content::Known(ending) if packed::OFFICE.contains(&ending))
    }
}

/// The one spelling of an ending: `JPG` and `jpeg` are the same.
pub fn canonical(ending: &str) -> String {
    let lower = ending.trim().to_lowercase();
    match lower.as_str() {
        "jpg" | "jpe" => "jpeg".to_owned(),
        "tif" => "tiff".to_owned(),
        _ => lower,
    }
}

/// Looks at a file.
pub fn look(file: &Spooled) -> Result<Content> {
    if file.size == 0 {
        return Ok(Content::Empty);
    }
    let mut head = Vec::new();
    file.rewound()?.take(HEAD).read_to_end(&mut head).map_err(|e| cannot(&e))?;
    if is_program(&head) {
        return Ok(Content::Program);
    }
    if text::is_html(&head) {
        return Ok(Content::Html);
    }
    if head.starts_with(b"%PDF-") {
        return Ok(Content::Known("pdf"));
    }
    if text::is_text(file)? {
        return Ok(text::kind(&head));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return packed::look(file);
    }
    if is_pkcs7(&head) {
        return Ok(Content::Known("p7s"));
    }
    if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Ok(Content::Known("ole"));
    }
    Ok(infer::get(&head).map_or(Content::Unknown, |found| Content::Known(spelt(found.extension()))))
}

/// What `infer` calls a type, in our spelling.
fn spelt(ending: &'static str) -> &'static str {
    match ending {
        "jpg" => "jpeg",
        "tif" => "tiff",
        other => other,
    }
}

/// What Windows, Unix, a Mac, Java, Android or a browser runs, and scripts that name what runs them. Two letters alone
/// make no program: a text may begin with "MZ".
fn is_program(head: &[u8]) -> bool {
    use infer::app;
    (app::is_exe(head) && head.contains(&0))
        || app::is_elf(head)
        || app::is_mach(head)
        || app::is_java(head)
        || app::is_dex(head)
        || app::is_dey(head)
        || app::is_wasm(head)
        || head.starts_with(b"#!")
}

/// DER that says near its beginning to be PKCS#7 signed data (1.2.840.113549.1.7.2).
fn is_pkcs7(head: &[u8]) -> bool {
    const SIGNED_DATA: [u8; 11] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
    let begin = head.get(..32).unwrap_or(head);
    begin.first() == Some(&0x30) && begin.windows(SIGNED_DATA.len()).any(|window| window == SIGNED_DATA)
}

fn cannot(source: &std::io::Error) -> Error {
    Error::io("cannot read a temporary file", source)
}
