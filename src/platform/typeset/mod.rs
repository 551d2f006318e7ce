//! Typeset documents: tagged PDF/A-2a from a template and data.
//!
//! A template is a Typst source of ours, compiled in; the data come to it as `/data.json` and are never spliced into the
//! source, so whatever a name or a title holds is shown and not run. The look that all documents share is in
//! `look.typ`. The same input gives the same bytes: the only date in a document is the one that is given, its
//! identifier is a hash of what it is made of, and the fonts are our own.
//!
//! What our fonts cannot show is written as its number, `[U+4E2D]`, so that nothing that was said is lost.

mod printable;
#[cfg(test)]
mod tests;
mod world;

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde_json::{Value, json};
use typst::comemo;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use self::world::TemplateWorld;
use crate::platform::blob::hex_sha256;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{self, Lang};
use crate::values::Coded;

/// Typesets a template.
///
/// `template` is Typst source that begins with `#import "/look.typ": *` and reads `json("/data.json")`; `title` is what
/// the document is called, in its metadata and on each page; `at` is its date.
///
/// # Errors
/// None that a user could cause: a template that does not compile is a bug (1).
pub fn pdf(
    template: &'static str,
    data: &Value,
    lang: Lang,
    title: &str,
    at: DateTime<Utc>,
) -> Result<Vec<u8>> {
    typeset(template, data, lang, title, at).map(|(bytes, _)| bytes)
}

/// For how many documents the compiler keeps what none of them has needed.
const REMEMBERED: usize = 4;

/// As [`pdf`], with what the compiler warned of.
fn typeset(
    template: &'static str,
    data: &Value,
    lang: Lang,
    title: &str,
    at: DateTime<Utc>,
) -> Result<(Vec<u8>, Vec<String>)> {
    let word = |id: &str| i18n::text(lang, id).unwrap_or_default();
    let region = match lang {
        Lang::Da => "DK",
        Lang::Nb => "NO",
        Lang::En => "GB",
    };
    let job = json!({
        "lang": lang.code(),
        "region": region,
        "title": printable::line(title),
        "page": word("document-page"),
        "of": word("document-page-of"),
    })
    .to_string();
    let data = printable::value(data).to_string();
    let stamp = Datetime::from_ymd_hms(
        at.year(),
        at.month() as u8,
        at.day() as u8,
        at.hour() as u8,
        at.minute() as u8,
        at.second() as u8,
    )
    .ok_or_else(|| Error::internal(format!("{at} is no date of a document")))?;
    let parts = [template, &job, &data, &at.timestamp().to_string()].map(|part| hex_sha256(part.as_bytes()));
    let options = PdfOptions {
        ident: Smart::Custom(hex_sha256(parts.concat().as_bytes())),
        creator: Smart::Custom(Some("portalctl".to_owned())),
        timestamp: Some(Timestamp::new_utc(stamp)),
        standards: PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
            .map_err(|e| Error::internal(e.message().to_string()))?,
        ..PdfOptions::default()
    };
    let world = TemplateWorld::new(template, job, data, stamp)?;
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&world);
    let made = output.and_then(|document| typst_pdf::pdf(&document, &options));
    // The compiler remembers everything. What all documents share (our look, the template, letters that were shaped) helps
    // with the next one; what only one of the last few needed would fill the memory.
    comemo::evict(REMEMBERED);
    let bytes = made.map_err(|faults| {
        Error::internal(format!("a document cannot be typeset: {}", said(&faults).join("; ")))
    })?;
    Ok((bytes, said(&warnings)))
}

fn said(diagnostics: &[SourceDiagnostic]) -> Vec<String> {
    let line = |diagnostic: &SourceDiagnostic| {
        let hints = diagnostic.hints.iter().map(|hint| format!(" ({})", hint.v));
        format!("{}{}", diagnostic.message, hints.collect::<String>())
    };
    diagnostics.iter().map(line).collect()
}
