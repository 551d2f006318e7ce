//! What a password must be to be taken (V-004), told whole: every broken rule at once, each with its cure.
//!
//! Nothing here repeats the password or says how long it is.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use serde_json::json;
use zeroize::Zeroizing;

use super::password::{Password, is_blank};
use crate::platform::error::Error;
use crate::platform::exit::Exit;

/// No password is longer (characters).
pub const LONGEST: usize = 256;
/// Parts of a name with fewer letters are too common to be held against a password.
const PART: usize = 4;

/// What people here think up first; zxcvbn itself knows English alone.
const COMMON: &[&str] = &[
    "kodeord",
    "adgangskode",
    "passord",
    "velkommen",
    "hemmelig",
    "statens",
    "administration",
    "kundeportal",
    "portal",
    "sommer",
    "vinter",
    "forår",
    "efterår",
    "vår",
    "høst",
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
    "mandag",
    "tirsdag",
    "onsdag",
    "torsdag",
    "fredag",
    "lørdag",
    "søndag",
    "danmark",
    "norge",
    "københavn",
    "århus",
    "aarhus",
    "odense",
    "aalborg",
    "fodbold",
    "elsker",
    "solskin",
    "kærlighed",
];

/// The settings `password.min-length` and `password.min-score`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Characters, not bytes, that it has at least.
    pub min_length: usize,
    /// The strength that zxcvbn gives it at least, 0 to 4.
    pub min_score: u8,
}

/// A rule that a password breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The stable code.
    pub code: &'static str,
    /// The rule, as a clause: `it has no capital letter`.
    pub rule: String,
    /// What to do: `use at least one of A–Å`.
    pub cure: String,
}

/// Checks a password that somebody wants to have; `name` and `email` are its owner's own.
///
/// # Errors
/// Every rule it breaks.
pub fn check(password: &Password, policy: &Policy, name: &str, email: &str) -> Result<(), Vec<Reason>> {
    let text = password.expose();
    let length = text.chars().count();
    let own = own_words(name, email);
    let mut reasons = Vec::new();
    let mut broken = |code, rule: String, cure: String| reasons.push(Reason { code, rule, cure });
    if length < policy.min_length {
        let least = policy.min_length;
        broken(
            "password.too-short",
            format!("it is shorter than {least} characters"),
            format!(
                "use at least {least} characters; a few words that do not belong together are easy to keep in mind"
            ),
        );
    }
    if length > LONGEST {
        broken(
            "password.too-long",
            format!("it is longer than {LONGEST} characters"),
            format!("use at most {LONGEST} characters"),
        );
    }
    if !text.chars().any(char::is_uppercase) {
        broken(
            "password.no-capital",
            "it has no upper-case letter".to_owned(),
            "use at least one (Æ, Ø and Å count)".to_owned(),
        );
    }
    if !text.chars().any(is_special) {
        broken(
            "password.no-special",
            "it has no special character".to_owned(),
            "use at least one character that is neither letter, digit nor blank, such as ! # &".to_owned(),
        );
    }
    if text.starts_with(is_blank) || text.ends_with(is_blank) {
        broken(
            "password.blank-at-end",
            "it begins or ends with white space".to_owned(),
            "leave out the blank at its beginning or end".to_owned(),
        );
    }
    // One at an end is white space, or shows here; it is not told twice.
    if text.trim_matches(is_blank).chars().any(char::is_control) {
        broken(
            "password.control",
            "it holds a control character, such as a tab".to_owned(),
            "use characters that can be seen: nobody could type it again elsewhere".to_owned(),
        );
    }
    if is_own(text, &own) {
        broken(
            "password.own-name",
            "it is your own name or address, or a part of them".to_owned(),
            "use words that have nothing to do with you".to_owned(),
        );
    }
    // The rest of a text that is refused anyway is not worth the work.
    if length <= LONGEST {
        let inputs: Vec<&str> =
            own.iter().map(String::as_str).chain([name, email]).chain(COMMON.iter().copied()).collect();
        if let Some(warning) = too_weak(text, policy.min_score, &inputs) {
            broken(
                "password.too-weak",
                format!("it is too easy to guess{warning}"),
                "make it longer, or add words that do not belong together".to_owned(),
            );
        }
    }
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}

/// The refusal of a password, with every reason in its sentence, its hint and its details.
pub fn refusal(reasons: &[Reason]) -> Error {
    let join = |text: fn(&Reason) -> &str| reasons.iter().map(text).collect::<Vec<_>>().join("; ");
    let details = reasons
        .iter()
        .map(|reason| json!({"code": reason.code, "message": reason.rule, "hint": reason.cure}))
        .collect();
    Error::new(
        Exit::Usage,
        "password.invalid",
        format!("this password cannot be taken: {}", join(|r| &r.rule)),
    )
    .hint(join(|r| &r.cure))
    .details(details)
}

fn is_special(c: char) -> bool {
    !c.is_alphanumeric() && !is_blank(c) && !c.is_control()
}

/// The clause that names why, where the strength is below the floor.
fn too_weak(text: &str, floor: u8, inputs: &[&str]) -> Option<String> {
    if floor == 0 {
        return None;
    }
    let strength = zxcvbn::zxcvbn(text, inputs);
    if u8::from(strength.score()) >= floor {
        return None;
    }
    // These are fixed sentences of the crate; none repeats the password.
    let warning = strength.feedback().and_then(|feedback| feedback.warning());
    Some(
        warning
            .map(|warning| format!(" ({})", warning.to_string().trim_end_matches('.')))
            .unwrap_or_default(),
    )
}

/// The words that are its owner's: the whole name, its parts, and the address's parts, folded.
fn own_words(name: &str, email: &str) -> Vec<String> {
    let local = email.split('@').next().unwrap_or_default();
    let parts = |text: &str| -> Vec<String> {
        // Composed first: an accent that stands alone parts no word.
        ComposingNormalizerBorrowed::new_nfc()
            .normalize(text)
            .split(|c: char| !c.is_alphabetic())
            .map(|part| fold(part.chars()))
            .collect()
    };
    let mut words: Vec<_> = [name, local, email].iter().map(|whole| fold(whole.chars())).collect();
    words.extend(parts(name).into_iter().chain(parts(email)));
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether a password's letters are nothing but own words, forwards or backwards: `Anna.Holm!`, `Holm#Holm1`, `mloH_99`.
fn is_own(text: &str, own: &[String]) -> bool {
    let forwards = Zeroizing::new(fold(text.chars()));
    let backwards =
        Zeroizing::new(fold(ComposingNormalizerBorrowed::new_nfc().normalize(text).chars().rev()));
    [forwards, backwards]
        .iter()
        .any(|letters| (PART..=LONGEST).contains(&letters.chars().count()) && is_made_of(letters, own))
}

/// Whether a text is one or more of the words, one behind the other.
fn is_made_of(text: &str, words: &[String]) -> bool {
    // The places up to which the text is made of words; ASCII or not, they are always between two characters.
    let mut reached = vec![false; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for place in 0..text.len() {
        if reached.get(place) != Some(&true) {
            continue;
        }
        let rest = text.get(place..).unwrap_or_default();
        for word in words.iter().filter(|word| rest.starts_with(word.as_str())) {
            if let Some(end) = reached.get_mut(place + word.len()) {
                *end = true;
            }
        }
    }
    reached.last() == Some(&true)
}

/// The letters alone, in lower case, without accents, and with æ, ø and å as one writes them in an address: Søren,
/// Soeren and Soren are the same.
fn fold(text: impl Iterator<Item = char>) -> String {
    let plain: String = text
        .map(|c| match c {
            'æ' | 'Æ' => 'a',
            'ø' | 'Ø' => 'o',
            _ => c,
        })
        .flat_map(char::to_lowercase)
        .collect();
    let plain = Zeroizing::new(plain);
    let letters: String = DecomposingNormalizerBorrowed::new_nfd()
        .normalize(&plain)
        .chars()
        .filter(|c| c.is_alphabetic())
        .collect();
    Zeroizing::new(letters).replace("aa", "a").replace("ae", "a").replace("oe", "o")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: Policy = Policy { min_length: 8, min_score: 3 };
    const FORM: Policy = Policy { min_length: 8, min_score: 0 };

    fn codes(policy: &Policy, password: &str) -> Vec<&'static str> {
        check(
            &Password::chosen(password),
            policy,
            "Søren Bo Mikkelsen",
            "soeren.mikkelsen@skatteborg.example.dk",
        )
        .map_or_else(|reasons| reasons.iter().map(|reason| reason.code).collect(), |()| Vec::new())
    }

    #[test]
    fn v_004_the_form_of_a_password() {
        for (password, broken) in [
            ("Æbletræ!", &[][..]),
            ("ærteØst&", &[]),
            ("a\u{30a}bnA\u{30a}ret#", &[]),
            ("Kaffe te!", &[]),
            ("Kaffe€ti", &[]),
            // Seven characters that are more than eight bytes.
            ("Æøåæøå!", &["password.too-short"]),
            ("æbletræ!", &["password.no-capital"]),
            ("Æbletræ7", &["password.no-special"]),
            ("Æble træ", &["password.no-special"]),
            ("Æble\u{200b}træ", &["password.no-special"]),
            ("Æbletræ! ", &["password.blank-at-end"]),
            ("\tÆbletræ!", &["password.blank-at-end"]),
            ("\u{a0}Æbletræ!", &["password.blank-at-end"]),
            ("Æble\ttræ!", &["password.control"]),
            ("Æbletræ!\u{7}", &["password.control"]),
            ("abc", &["password.too-short", "password.no-capital", "password.no-special"]),
            ("", &["password.too-short", "password.no-capital", "password.no-special"]),
        ] {
            assert_eq!(codes(&FORM, password), broken, "{password:?}");
        }
        assert_eq!(codes(&FORM, &format!("Å!{}", "å".repeat(254))), [""; 0]);
        assert_eq!(codes(&FORM, &format!("Å!{}", "å".repeat(255))), ["password.too-long"]);
    }

    #[test]
    fn ones_own_name_or_address_is_no_password() {
        for password in [
            "Mikkelsen1!",
            "Soeren.Mikkelsen@skatteborg.example.dk",
            "Søren Bo Mikkelsen!",
            "soren-Mikkelsen",
            "Skatteborg#2026",
            "nesleKkim#1",
            "Mikkelsen&Mikkelsen",
            "BoSøren!1234",
            "nereos!NEREOS",
        ] {
            assert!(codes(&FORM, password).contains(&"password.own-name"), "{password}");
        }
        for password in ["Mikkelsens hest!", "Bo!39485720", "Borgen#Skat1", "Sørensen!77"] {
            assert!(!codes(&FORM, password).contains(&"password.own-name"), "{password}");
        }
        // A name of one letter, and none at all, forbid nothing.
        assert!(check(&Password::chosen("Aaaa-aaaa"), &FORM, "", "").is_ok());
    }

    #[test]
    fn weak_passwords_are_refused_by_the_floor() {
        for password in
            ["Password1!", "Qwertyuiop!", "Mikkelsen1990!", "Sommer2026!", "Velkommen1!", "Søndag#7"]
        {
            assert!(codes(&POLICY, password).contains(&"password.too-weak"), "{password}");
        }
        assert_eq!(codes(&POLICY, "Tog-Vrimmel-Ostehøvl"), [""; 0]);
    }

    #[test]
    fn a_refusal_tells_all_and_never_the_password() {
        let password = Password::chosen(" hemmelig");
        let reasons = check(&password, &POLICY, "Ida Holm", "ida@example.dk").unwrap_err();
        let error = refusal(&reasons);
        assert_eq!(
            (error.code(), error.exit(), error.detail_values().len()),
            ("password.invalid", Exit::Usage, reasons.len())
        );
        assert!(reasons.len() >= 3);
        let told = format!("{error} {:?} {}", error.hint_text(), error.to_json());
        assert!(!told.contains("hemmelig"), "{told}");
        assert!(
            reasons.iter().all(|reason| told.contains(&reason.rule) && told.contains(&reason.cure)),
            "{told}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_panics_and_what_is_taken_logs_in(text in any::<String>(), name in any::<String>()) {
            let chosen = Password::chosen(&text);
            let taken = check(&chosen, &POLICY, &name, "ida@example.dk").is_ok();
            // Whatever blanks come along with copying later, it is still the same password (K-034).
            let copied = Password::typed(&format!(" {text}\r\n"));
            prop_assert!(!taken || copied == chosen);
        }

        #[test]
        fn a_broken_rule_is_never_lifted_by_a_stricter_policy(text in "[a-zA-ZæøåÆØÅ0-9 !#]{0,20}") {
            let lax = check(&Password::chosen(&text), &Policy { min_length: 8, min_score: 1 }, "Ida Holm", "ida@example.dk");
            let strict = check(&Password::chosen(&text), &Policy { min_length: 12, min_score: 4 }, "Ida Holm", "ida@example.dk");
            prop_assert!(lax.is_ok() || strict.is_err());
        }
    }
}
