//! What is packed as a ZIP: plain, or the parts of a document.

use std::io::Read;

use zip::ZipArchive;

use super::Content;
use crate::platform::blob::Spooled;
use crate::platform::error::Result;

/// The documents that are known by their parts.
pub(super) const OFFICE: [&str; 6] = ["docx", "xlsx", "pptx", "odt", "ods", "odp"];

/// Types that say in their part `mimetype` what they are.
const MIMETYPES: [(&str, &str); 4] = [
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
    ("application/vnd.etsi.asic-e+zip", "asice"),
];

/// Where the types of Office Open XML keep what they are about.
const FOLDERS: [(&str, &str); 3] = [("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")];

/// Looks into a file that begins as a ZIP does.
pub(super) fn look(file: &Spooled) -> Result<Content> {
    let Ok(mut archive) = ZipArchive::new(file.rewound()?) else { return Ok(Content::DamagedZip) };
    let mut said = String::new();
    if let Ok(part) = archive.by_name("mimetype") {
        // What cannot be read says nothing.
        let _ = part.take(100).read_to_string(&mut said);
    }
    if let Some((_, ending)) = MIMETYPES.into_iter().find(|(mimetype, _)| *mimetype == said.trim()) {
        return Ok(Content::Known(ending));
    }
    let names: Vec<_> = archive.file_names().flatten().collect();
    if names.iter().any(|name| name == "[Content_Types].xml") {
        let holds = |folder: &str| names.iter().any(|name| name.starts_with(folder));
        if let Some((_, ending)) = FOLDERS.into_iter().find(|(folder, _)| holds(folder)) {
            return Ok(Content::Known(ending));
        }
    }
    // ASiC-E may leave its `mimetype` out.
    let signed = names.iter().any(|name| name.starts_with("META-INF/") && name.contains("signature"));
    let ending = if signed { "asice" } else { "zip" };
    Ok(Content::Known(ending))
}
