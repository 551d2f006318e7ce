//! The portals' own words: labels of codes, column headings, dates and numbers in `da`, `nb` and `en`.
//!
//! The texts are Fluent files beside this one. A label's id is its catalogue and code: `ticket-status-done`.

pub mod format;

use std::sync::OnceLock;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use unic_langid::LanguageIdentifier;

use crate::values::{Coded, Invalid};

crate::coded! {
    /// A language of labels, mails and documents.
    pub enum Lang("language") {
        /// Danish.
        Da => "da",
        /// Norwegian (bokmål).
        Nb => "nb",
        /// English.
        En => "en",
    }
}

type Bundle = FluentBundle<FluentResource>;

fn source(lang: Lang) -> &'static str {
    match lang {
        Lang::Da => include_str!("da.ftl"),
        Lang::Nb => include_str!("nb.ftl"),
        Lang::En => include_str!("en.ftl"),
    }
}

fn bundle(lang: Lang) -> &'static Bundle {
    static BUNDLES: [OnceLock<Bundle>; 3] = [const { OnceLock::new() }; 3];
    let slot = match lang {
        Lang::Da => &BUNDLES[0],
        Lang::Nb => &BUNDLES[1],
        Lang::En => &BUNDLES[2],
    };
    slot.get_or_init(|| {
        let language: LanguageIdentifier = lang.code().parse().unwrap_or_default();
        let mut bundle = Bundle::new_concurrent(vec![language]);
        bundle.set_use_isolating(false);
        // A broken line of a text file loses only itself; `tests` below hold that there is none.
        let resource = match FluentResource::try_new(source(lang).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        bundle
    })
}

/// The text with this id, if there is one.
pub fn text(lang: Lang, id: &str) -> Option<String> {
    let bundle = bundle(lang);
    let pattern = bundle.get_message(id)?.value()?;
    Some(bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned())
}

/// The text with this id, `%k` in it replaced by the value of `k`, in one pass: a value is never looked into.
pub fn filled(lang: Lang, id: &str, values: &[(&str, &str)]) -> String {
    let text = text(lang, id).unwrap_or_else(|| id.to_owned());
    let mut pieces = text.split('%');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match values.iter().find_map(|(name, value)| Some((value, piece.strip_prefix(name)?))) {
            Some((value, rest)) => filled.extend([value, rest]),
            None => filled.extend(["%", piece]),
        }
    }
    filled
}

/// The label of a code of a catalogue; the code itself where the catalogue is not ours to translate.
pub fn label(lang: Lang, catalogue: &str, code: &str) -> String {
    text(lang, &format!("{catalogue}-{code}")).unwrap_or_else(|| code.to_owned())
}

/// The label of a coded value.
pub fn label_of<T: Coded>(lang: Lang, value: T) -> String {
    label(lang, T::CATALOGUE, value.code())
}

/// A coded value from its code or its label in any language, without regard to case (CLI.md §1).
pub fn parse_coded<T: Coded>(input: &str) -> Result<T, Invalid> {
    let wanted = input.trim().to_lowercase();
    let by_code = T::all().iter().copied().find(|value| value.code() == wanted);
    let by_label = || {
        T::all()
            .iter()
            .copied()
            .find(|value| Lang::all().iter().any(|lang| label_of(*lang, *value).to_lowercase() == wanted))
    };
    by_code.or_else(by_label).ok_or_else(|| {
        let codes: Vec<_> = T::all().iter().map(|value| value.code()).collect();
        Invalid::new(
            invalid_code(T::CATALOGUE),
            noun(T::CATALOGUE),
            input,
            format!("it must be one of {}", codes.join(", ")),
            codes.first().copied().unwrap_or_default(),
        )
    })
}

/// What a member of a catalogue is called in a message: the catalogue's name with its article.
fn noun(catalogue: &'static str) -> &'static str {
    match catalogue {
        "language" => "a language",
        "right" => "a right",
        "menu" => "a menu",
        "unit-kind" => "a kind of unit",
        "user-kind" => "a kind of user",
        "staff" => "a staff role",
        "scope" => "a signatory's scope",
        "managed-by" => "a maintainer of a role",
        "tab" => "a tab",
        "ticket-status" => "a ticket status",
        "agreement-kind" => "a kind of agreement",
        "agreement-state" => "an agreement state",
        "party" => "a party",
        "mail-state" => "a mail state",
        "user-status" => "a user status",
        "review-decision" => "a decision of a review",
        "encoding" => "an encoding",
        "csv-dialect" => "a dialect of CSV",
        _ => "a known code",
    }
}

fn invalid_code(catalogue: &'static str) -> &'static str {
    match catalogue {
        "language" => "language.invalid",
        "right" => "right.invalid",
        "menu" => "menu.invalid",
        "unit-kind" => "unit-kind.invalid",
        "staff" => "staff.invalid",
        "scope" => "scope.invalid",
        "tab" => "tab.invalid",
        "ticket-status" => "ticket-status.invalid",
        "agreement-kind" => "agreement-kind.invalid",
        "agreement-state" => "agreement-state.invalid",
        "party" => "party.invalid",
        _ => "code.invalid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(lang: Lang) -> Vec<String> {
        source(lang)
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" =").map(|(id, _)| id.to_owned()))
            .collect()
    }

    #[test]
    fn the_three_languages_have_the_same_texts_and_none_is_broken() {
        for lang in Lang::all() {
            assert!(FluentResource::try_new(source(*lang).to_owned()).is_ok(), "{lang}");
            assert_eq!(ids(*lang), ids(Lang::Da), "{lang}");
            for id in ids(*lang) {
                assert!(text(*lang, &id).is_some(), "{lang}: {id}");
            }
        }
    }

    #[test]
    fn input_takes_the_code_or_a_label_of_any_language() {
        assert_eq!(parse_coded::<Lang>("nb"), Ok(Lang::Nb));
        assert_eq!(parse_coded::<Lang>("DANSK"), Ok(Lang::Da));
        assert_eq!(parse_coded::<Lang>("english"), Ok(Lang::En));
        assert_eq!(parse_coded::<Lang>("se").unwrap_err().code, "language.invalid");
    }
}
