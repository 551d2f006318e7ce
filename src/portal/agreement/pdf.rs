//! Whether a file is a PDF, by its content. Its name does not count.

use std::io::{Read, Seek, SeekFrom};

use super::NamedFile;
use crate::platform::blob::Spooled;
use crate::platform::error::{Error, Result};

/// How far from the ends a reader looks for the marks, as most PDF readers do.
const WINDOW: u64 = 1024;

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
    /// Takes a file that is a PDF by its content, and refuses any other (65).
    pub fn new(file: NamedFile) -> Result<Pdf> {
        require(&file.bytes, &file.name)?;
        Ok(Pdf { file, pages: None, title: None })
    }
}

/// Refuses what is not a PDF: `%PDF-` near the beginning, `startxref` and `%%EOF` near the end.
fn require(file: &Spooled, name: &str) -> Result<()> {
    let mut reader = file.rewound()?;
    let cannot = |e: std::io::Error| Error::io("cannot read a temporary file", &e);
    reader.seek(SeekFrom::Start(file.size.saturating_sub(WINDOW))).map_err(cannot)?;
    let mut end = Vec::new();
    Read::take(&mut reader, WINDOW).read_to_end(&mut end).map_err(cannot)?;
    let missing = missing(&file.start, &end);
    match missing {
        None => Ok(()),
        Some(what) => Err(Error::invalid_file(format!("{name} is not a PDF: {what}"))
            .hint("save the document as PDF; the name of the file does not count, its content does")),
    }
}

/// What of a PDF the beginning and the end of a file lack.
fn missing(start: &[u8], end: &[u8]) -> Option<&'static str> {
    let start = start.get(..WINDOW as usize).unwrap_or(start);
    if start.is_empty() {
        return Some("it is empty");
    }
    if !holds(start, b"%PDF-") {
        return Some("it does not begin with %PDF-");
    }
    if !(holds(end, b"startxref") && holds(end, b"%%EOF")) {
        return Some("its end is missing (startxref, %%EOF); it may be cut off");
    }
    None
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8]) -> Result<()> {
        require(&Spooled::read(bytes, "f", u64::MAX).unwrap(), "f")
    }

    #[test]
    fn d_5_a_document_is_a_pdf_by_its_content() {
        assert!(check(include_bytes!("../../../fixtures/agreements/oes-kundeaftale.pdf")).is_ok());
        let long = [b"\n\n%PDF-1.7\n".as_slice(), &vec![b'x'; 70_000], b"startxref\n12\n%%EOF\n"].concat();
        assert!(check(&long).is_ok());
        let late = [vec![b' '; 1024].as_slice(), b"%PDF-1.7\nstartxref\n1\n%%EOF"].concat();
        let cut = long.get(..60_000).unwrap().to_vec();
        let not = include_bytes!("../../../fixtures/agreements/not-a-pdf.pdf").to_vec();
        for wrong in [Vec::new(), late, cut, not] {
            let error = check(&wrong).unwrap_err();
            assert_eq!((error.exit().code(), error.code()), (65, "file.invalid"));
        }
    }
}
