//! A document as a tagged PDF/A-2a. On paper there is nothing to choose: whoever makes the document for it leaves away
//! what is not chosen.

use chrono::{NaiveTime, TimeZone, Utc};
use serde_json::json;

use super::Document;
use crate::platform::error::{Error, Result};
use crate::platform::i18n;
use crate::platform::typeset;

const TEMPLATE: &str = include_str!("document.typ");

/// The PDF. Its date is the day that its figures reach to, so that the same figures give the same bytes.
///
/// # Errors
/// None that a user could cause: a document that cannot be typeset is a bug (1).
pub fn pdf(document: &Document) -> Result<Vec<u8>> {
    let word = |id: &str| i18n::text(document.lang, id).unwrap_or_default();
    let data = json!({
        "doc": serde_json::to_value(document).map_err(|e| Error::internal(format!("a document as data: {e}")))?,
        "notes": word("document-notes"),
    });
    let title = format!("{} · {}", document.title, document.subject);
    let at = Utc.from_utc_datetime(&document.day.and_time(NaiveTime::MIN));
    typeset::pdf(TEMPLATE, &data, document.lang, &title, at)
}
