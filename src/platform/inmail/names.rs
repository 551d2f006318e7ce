//! Names of files as they may be stored: no folders, nothing that hides or moves.

use crate::platform::ui::foreign::has_hidden;

const LONGEST: usize = 120;

/// A name without folders and hidden characters; where nothing is left, one made from the place and the type.
pub(super) fn safe(name: Option<&str>, place: usize, kind: &str) -> String {
    let name = name.unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = name.chars().filter(|c| !has_hidden(c.encode_utf8(&mut [0; 4]))).collect();
    let clean = clean.replace([':', '*', '?', '"', '<', '>', '|'], "_");
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = clean.trim_start_matches('.').trim_end_matches(['.', ' ']).trim();
    if clean.is_empty() {
        return format!("file-{place}.{}", ending(kind));
    }
    shortened(clean)
}

/// The name of a mail that came as a file.
pub(super) fn of_mail(subject: &str, place: usize) -> String {
    let name = safe(Some(&subject.replace(['/', '\\'], "-")), place, "message/rfc822");
    if name.to_lowercase().ends_with(".eml") { name } else { format!("{name}.eml") }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() <= 10 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let stem: String = stem.chars().take(LONGEST - ending.chars().count()).collect();
    format!("{stem}{ending}")
}

fn ending(kind: &str) -> &'static str {
    match kind {
        "message/rfc822" | "message/global" => "eml",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "application/pdf" => "pdf",
        "application/ms-tnef" | "application/vnd.ms-tnef" => "dat",
        "application/zip" => "zip",
        _ => "bin",
    }
}
