//! What may be an annex: a file of an allowed type, whose content is what its name says.

use super::NamedFile;
use crate::platform::error::{Error, Result};
use crate::platform::filetype::{self, Content};
use crate::platform::{pdf, settings};

/// Takes a file as an annex, or refuses it (65): where its type is not among those allowed, or its content is another
/// one. A file without a name gets one by its content.
pub fn check(file: NamedFile, allowed: &[String]) -> Result<NamedFile> {
    let content = filetype::look(&file.bytes)?;
    let file = if file.name.is_empty() {
        NamedFile { name: format!("annex.{}", content.ending().unwrap_or("bin")), ..file }
    } else {
        file
    };
    let name = &file.name;
    match content {
        Content::Empty => {
            return Err(Error::invalid_file(format!("{name} is empty"))
                .hint("an annex says something; look whether this is the right file"));
        }
        Content::Program | Content::Html => {
            return Err(Error::invalid_file(format!(
                "{name} is {}, which is never taken as an annex, whatever its name; allowed are {}",
                content.phrase(),
                allowed.join(", ")
            ))
            .hint("save what it says as PDF and take that as the annex"));
        }
        _ => {}
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(is_ending).unwrap_or_default();
    let wanted = filetype::canonical(ending);
    if !allowed.iter().any(|allowed| filetype::canonical(allowed) == wanted) {
        return Err(not_allowed(name, ending, content, allowed));
    }
    if wanted == "pdf" {
        pdf::open(&file.bytes, name)?;
    } else if !content.fits(&wanted) {
        return Err(contradicted(name, &wanted, content, allowed));
    }
    Ok(file)
}

/// Whether this can be the ending of a type: "2 (endelig)" of "Bilag 1.2 (endelig)" is none.
fn is_ending(text: &&str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn not_allowed(name: &str, ending: &str, content: Content, allowed: &[String]) -> Error {
    let what = match ending {
        "" => {
            format!("{name} has no ending that says of what type it is (its content is {})", content.phrase())
        }
        ending => format!("{name} is of type {ending}, which is not allowed for annexes"),
    };
    let listed = allowed.join(",");
    let cure = match ending {
        "" => format!("give it the ending of its type, or see `portalctl setting get {}`", KEY),
        ending => format!(
            "save it as PDF, or allow the type: `portalctl setting set {KEY} {listed},{}`",
            ending.to_lowercase()
        ),
    };
    Error::invalid_file(format!("{what}; allowed are {}", allowed.join(", "))).hint(cure)
}

fn contradicted(name: &str, ending: &str, content: Content, allowed: &[String]) -> Error {
    let cure = match (ending, content) {
        ("txt" | "csv" | "eml" | "xml", Content::Unknown | Content::Known(_)) => {
            "save it as text in UTF-8".to_owned()
        }
        (_, content) => match content.ending() {
            Some(found) => format!("if it is a {found} file, name it so"),
            None => "open it where it was made and save it anew".to_owned(),
        },
    };
    Error::invalid_file(format!(
        "{name} is called {ending}, but its content is {}; allowed are {}",
        content.phrase(),
        allowed.join(", ")
    ))
    .hint(format!(
        "{cure}; further types are allowed with `portalctl setting set {KEY} {},…`",
        allowed.join(",")
    ))
}

/// The setting that says what is allowed.
const KEY: &str = settings::AGREEMENT_ANNEX_TYPES.key;
