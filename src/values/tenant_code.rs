//! The codes of tenants: made from their names, stable from then on (CLI §4 Keys).

use std::{fmt, str::FromStr};

use super::{Invalid, text::is_digits};

/// The longest code.
const LONGEST: usize = 64;

/// The code of a tenant: 1–64 of a–z, 0–9 and `-`, with no `-` at the ends and not only digits, so that it
/// is never taken for a CVR number. Refused as `tenant-code.invalid`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantCode(String);

impl TenantCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The code that a name gives (CLI §4 Keys): lower case, æ→ae, ø→oe, å→aa, other accents dropped, every run of
/// anything else one `-`; `t-` goes before a code of digits alone, and a name without any letter or
/// digit gives `t`. Always a valid [`TenantCode`], so a long name is cut at 64 characters.
pub fn tenant_code(name: &str) -> String {
    let mut code = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            'a'..='z' | '0'..='9' => code.push(character),
            // A decomposed å is an a and a ring; the other combining accents are dropped.
            '\u{30a}' if code.ends_with('a') => code.push('a'),
            '\u{300}'..='\u{36f}' => {}
            _ => match plain_letters(character) {
                "" if code.is_empty() || code.ends_with('-') => {}
                "" => code.push('-'),
                letters => code.push_str(letters),
            },
        }
    }
    let code = shortened(&code, LONGEST);
    if code.is_empty() {
        "t".to_owned()
    } else if is_digits(code) {
        shortened(&format!("t-{code}"), LONGEST).to_owned()
    } else {
        code.to_owned()
    }
}

/// The code to try when the `base` is taken: `base-2`, `base-3` (CLI §4 Keys). Not longer than 64 characters.
pub fn tenant_code_taken(base: &str, n: u32) -> String {
    let ending = format!("-{n}");
    format!("{}{ending}", shortened(base, LONGEST.saturating_sub(ending.len())))
}

impl FromStr for TenantCode {
    type Err = Invalid;

    /// Trims; upper case is refused, since the code is a key.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: &str| {
            Invalid::new("tenant-code.invalid", "a tenant's code", text, rule, "oekonomistyrelsen")
        };
        let code = text.trim();
        if code.is_empty() {
            return Err(invalid("it is empty"));
        }
        if !code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(invalid("it may hold only a–z, 0–9 and -"));
        }
        if code.starts_with('-') || code.ends_with('-') {
            return Err(invalid("it may not begin or end with -"));
        }
        if is_digits(code) {
            return Err(invalid("digits alone could be taken for a CVR number"));
        }
        if code.len() > LONGEST {
            return Err(invalid("it is longer than 64 characters"));
        }
        Ok(Self(code.to_owned()))
    }
}

impl fmt::Display for TenantCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(TenantCode);

/// At most that many characters of a code, without a `-` at the end.
fn shortened(code: &str, length: usize) -> &str {
    code.get(..length).unwrap_or(code).trim_end_matches('-')
}

/// The plain letters of a lower-case letter of Latin-1 or Latin Extended-A; nothing of anything else.
fn plain_letters(character: char) -> &'static str {
    match character {
        'æ' | 'ǽ' => "ae",
        'ø' | 'ǿ' | 'œ' => "oe",
        'å' | 'ǻ' => "aa",
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĳ' => "ij",
        'ĵ' => "j",
        'ķ' | 'ĸ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŉ' => "n",
        'ŋ' => "ng",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ō' | 'ŏ' | 'ő' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ſ' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cli_4_a_code_is_the_name_in_plain_letters() {
        for (name, code) in [
            ("Økonomistyrelsen", "oekonomistyrelsen"),
            ("Børne- og Undervisningsministeriet", "boerne-og-undervisningsministeriet"),
            ("Ærø Åben Skole", "aeroe-aaben-skole"),
            ("A\u{30a}rhus", "aarhus"),
            ("Cafe\u{301} Müller & Søn", "cafe-muller-soen"),
            ("  --Hej!!  ", "hej"),
            ("Straße Þór Eiður Œuvre İzmir Łódź", "strasse-thor-eidur-oeuvre-izmir-lodz"),
            ("1234", "t-1234"),
            ("12 34", "12-34"),
            ("", "t"),
            ("!!!", "t"),
            ("会社", "t"),
        ] {
            assert_eq!(tenant_code(name), code, "{name:?}");
        }
    }

    #[test]
    fn cli_4_every_letter_of_latin_1_and_extended_a_has_plain_letters() {
        for character in ('\u{c0}'..='\u{17f}').filter(|c| c.is_alphabetic()) {
            let code = tenant_code(&format!("x{character}x"));
            assert!(!code.contains('-') && code.len() > 2, "{character}: {code}");
        }
    }

    #[test]
    fn cli_4_a_taken_code_is_numbered() {
        assert_eq!(tenant_code_taken("hej", 2), "hej-2");
        let long = tenant_code_taken(&"a".repeat(64), 10);
        assert_eq!(long, format!("{}-10", "a".repeat(61)));
    }

    #[test]
    fn cli_4_each_refusal_names_its_rule() {
        for (text, word) in [
            ("", "empty"),
            ("Hej", "only a–z"),
            ("h_j", "only a–z"),
            ("-hej", "begin or end"),
            ("hej-", "begin or end"),
            ("10213231", "CVR number"),
            (&"a".repeat(65), "longer than 64"),
        ] {
            let invalid = text.parse::<TenantCode>().unwrap_err();
            assert!(invalid.rule.contains(word), "{text:?}: {}", invalid.rule);
        }
    }

    proptest! {
        #[test]
        fn cli_4_every_name_gives_a_valid_code(name in any::<String>(), letters in "[a-zæøåé0-9 -]{0,80}", n in 2_u32..) {
            for name in [name, letters] {
                let code = tenant_code(&name);
                prop_assert!(code.parse::<TenantCode>().is_ok(), "{:?}", code);
                prop_assert_eq!(tenant_code(&code), code.clone());
                prop_assert!(tenant_code_taken(&code, n).parse::<TenantCode>().is_ok());
            }
        }

        #[test]
        fn parse_after_display_is_the_identity(text in "[a-z0-9-]{1,64}") {
            if let Ok(code) = text.parse::<TenantCode>() {
                prop_assert_eq!(code.to_string().parse::<TenantCode>(), Ok(code));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>(), n in any::<u32>()) {
            let _ = text.parse::<TenantCode>();
            let _ = tenant_code_taken(&text, n);
        }
    }
}
