//! E-mail addresses: how a person is named, and where the mail goes.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use super::Invalid;

/// The longest address that SMTP carries, in characters of its ASCII form.
const LONGEST: usize = 254;

/// The longest local part.
const LONGEST_LOCAL: usize = 64;

/// The longest label of a domain.
const LONGEST_LABEL: usize = 63;

/// An e-mail address without a display name, its domain in ASCII and lower case.
///
/// The local part keeps the case it was written in, since the mail is sent there; comparing and
/// hashing disregard the case of the whole, since the address is the user name (DESIGN §3).
/// Refused as `email.invalid`.
#[derive(Debug, Clone)]
pub struct Email(String);

impl Email {
    /// The address as it is stored and written to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What comes before the @.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// What comes after the @, in ASCII and lower case.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The whole address in lower case: what a unique index holds.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl FromStr for Email {
    type Err = Invalid;

    /// Trims, and turns an international domain into its ASCII form.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        address(text.trim()).map(Self).map_err(|rule| {
            Invalid::new("email.invalid", "an e-mail address", text, rule, "anna.holm@example.dk")
        })
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(Email);

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Email {}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|byte| state.write_u8(byte));
        // The end mark keeps a tuple of two addresses from hashing as another split of the same letters.
        state.write_u8(0xff);
    }
}

/// The stored form of a trimmed address, or the rule that it breaks.
fn address(text: &str) -> Result<String, String> {
    if text.contains(['<', '>', '"']) {
        return Err("give the bare address, without a name, quotes or angle brackets".to_owned());
    }
    let Some((local, domain)) = text.split_once('@') else {
        return Err("it has no @".to_owned());
    };
    if domain.contains('@') {
        return Err("it has more than one @".to_owned());
    }
    // Far above what can be valid in any script; it bounds the work on hostile input.
    if text.len() > 4 * LONGEST {
        return Err(too_long());
    }
    check_local(local)?;
    let ascii =
        idna::domain_to_ascii(domain).map_err(|_| "what follows the @ is not a domain name".to_owned())?;
    let ascii = ascii.to_ascii_lowercase();
    check_domain(&ascii)?;
    let whole = format!("{local}@{ascii}");
    if whole.len() > LONGEST {
        return Err(too_long());
    }
    Ok(whole)
}

fn too_long() -> String {
    format!("it is longer than {LONGEST} characters")
}

/// A local part is a dot-atom (RFC 5321): plain words with single dots between them.
fn check_local(local: &str) -> Result<(), String> {
    if local.is_empty() {
        return Err("there is nothing before the @".to_owned());
    }
    if !local.is_ascii() {
        return Err("what stands before the @ may hold only ASCII characters (æ, ø and å are not carried by every mail server)".to_owned());
    }
    if local.len() > LONGEST_LOCAL {
        return Err(format!("what stands before the @ is longer than {LONGEST_LOCAL} characters"));
    }
    if local.split('.').any(str::is_empty) {
        return Err("before the @ a dot must stand between other characters, one at a time".to_owned());
    }
    if let Some(wrong) = local.chars().find(|&c| c != '.' && !is_atom(c)) {
        return Err(format!("before the @ the character '{}' is not allowed", wrong.escape_default()));
    }
    Ok(())
}

fn is_atom(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
}

/// A domain has two or more labels of letters, digits and inner hyphens, the last not only digits.
fn check_domain(domain: &str) -> Result<(), String> {
    if domain.is_empty() {
        return Err("there is nothing after the @".to_owned());
    }
    let mut labels = 0;
    let mut last = "";
    for label in domain.split('.') {
        if label.is_empty() {
            return Err("after the @ a dot must stand between other characters, one at a time".to_owned());
        }
        if !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err("after the @ only letters, digits, hyphens and dots are allowed".to_owned());
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("after the @ no part begins or ends with a hyphen".to_owned());
        }
        if label.len() > LONGEST_LABEL {
            return Err(format!("after the @ a part between dots is longer than {LONGEST_LABEL} characters"));
        }
        labels += 1;
        last = label;
    }
    if labels < 2 {
        return Err("the domain has no ending such as .dk".to_owned());
    }
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("the domain's ending is a number".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn email(text: &str) -> String {
        text.parse::<Email>().map_or_else(|invalid| invalid.rule, |email| email.to_string())
    }

    #[test]
    fn the_domain_is_lower_cased_and_made_ascii_and_the_local_part_kept() {
        for (text, stored) in [
            (" anna.holm@example.dk\n", "anna.holm@example.dk"),
            ("Anna.Holm@EXAMPLE.dk", "Anna.Holm@example.dk"),
            ("post@rødgrød.example.dk", "post@xn--rdgrd-vuad.example.dk"),
            ("post@RØDGRØD.example.dk", "post@xn--rdgrd-vuad.example.dk"),
            ("o'hara+tag_1@a-b.example.dk", "o'hara+tag_1@a-b.example.dk"),
        ] {
            assert_eq!(email(text), stored);
        }
    }

    #[test]
    fn each_refusal_names_its_rule() {
        let long_local = format!("{}@example.dk", "a".repeat(65));
        let long_label = format!("a@{}.dk", "b".repeat(64));
        let long = format!("a@{}dk", "bbbbbbbbb.".repeat(26));
        for (text, word) in [
            ("", "has no @"),
            ("anna.example.dk", "has no @"),
            ("Anna Holm <anna@example.dk>", "bare address"),
            ("\"anna\"@example.dk", "bare address"),
            ("a@b@example.dk", "more than one @"),
            ("@example.dk", "nothing before the @"),
            ("anna@", "nothing after the @"),
            ("søren@example.dk", "only ASCII"),
            (".anna@example.dk", "before the @ a dot"),
            ("anna..holm@example.dk", "before the @ a dot"),
            ("anna holm@example.dk", "the character ' '"),
            ("mailto:anna@example.dk", "the character ':'"),
            ("a\u{1b}b@example.dk", r"the character '\u{1b}'"),
            ("anna@localhost", "no ending"),
            ("anna@example.dk.", "after the @ a dot"),
            ("anna@.example.dk", "after the @ a dot"),
            ("anna@-example.dk", "hyphen"),
            ("anna@example-.dk", "hyphen"),
            ("anna@exa mple.dk", "only letters"),
            ("anna@exa_mple.dk", "only letters"),
            ("anna@[127.0.0.1]", "only letters"),
            ("anna@127.0.0.1", "is a number"),
            (&long_local, "longer than 64"),
            (&long_label, "longer than 63"),
            (&long, "longer than 254"),
            (&format!("a@{}.dk", "æ".repeat(5000)), "longer than 254"),
        ] {
            assert!(email(text).contains(word), "{text:?}: {}", email(text));
        }
    }

    #[test]
    fn addresses_that_differ_in_case_are_the_same_user() {
        let one: Email = "Anna.Holm@example.dk".parse().unwrap();
        let two: Email = "anna.holm@Example.DK".parse().unwrap();
        assert_eq!(one, two);
        assert_eq!(one.cmp(&two), Ordering::Equal);
        assert_eq!(one.key(), "anna.holm@example.dk");
        assert_eq!(one.domain(), "example.dk");
        assert_eq!([one, two].into_iter().collect::<HashSet<_>>().len(), 1);
    }

    proptest! {
        #[test]
        fn parse_after_display_is_the_identity(text in "[A-Za-z0-9.+_-]{1,12}@[a-zæøåßÆ0-9.。-]{1,20}\\.(dk|example|xn--p1ai)") {
            if let Ok(email) = text.parse::<Email>() {
                let again: Email = email.to_string().parse().unwrap();
                prop_assert_eq!(again.as_str(), email.as_str());
            }
        }

        #[test]
        fn a_stored_address_is_short_ascii_with_one_at(local in ".{1,20}", domain in ".{1,40}") {
            if let Ok(email) = format!("{local}@{domain}.dk").parse::<Email>() {
                prop_assert!(email.as_str().is_ascii() && email.as_str().len() <= 254);
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
                prop_assert_eq!(email.to_string().parse::<Email>().map(|e| e.0), Ok(email.0));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = text.parse::<Email>();
            let _ = format!("a@{text}").parse::<Email>();
        }
    }
}
