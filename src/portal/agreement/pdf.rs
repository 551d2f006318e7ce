//! What may be part of an agreement: documents that are PDFs, and annexes.

use super::NamedFile;
use crate::platform::error::Result;
use crate::platform::pdf;

/// A file that is a PDF.
pub struct Pdf {
    /// The file.
    pub file: NamedFile,
    /// How many pages it has.
    pub pages: Option<i64>,
    /// The title that it gives itself.
    pub title: Option<String>,
}

impl Pdf {
    /// Takes a file that opens as PDF, and refuses any other (65).
    pub fn new(file: NamedFile) -> Result<Pdf> {
        let opened = pdf::open(&file.bytes, &file.name)?;
        Ok(Pdf { file, pages: Some(opened.pages.into()), title: opened.title })
    }
}
