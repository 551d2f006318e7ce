//! The business's policy: settings in the database, the same for everyone who runs the tool (CLI.md §5).
//!
//! Every setting has a default, a rule its values must keep, and a sentence that says what it decides.

mod store;

use crate::platform::db::{Action, Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::secret::password::Params;

/// A setting: key, default, rule, meaning.
#[derive(Debug)]
pub struct Setting {
    /// `noun.what`.
    pub key: &'static str,
    /// The value where nobody set one.
    pub default: &'static str,
    /// What its values must be.
    pub rule: Rule,
    /// What it decides.
    pub about: &'static str,
}

/// What the values of a setting must be.
#[derive(Debug)]
pub enum Rule {
    /// A whole number in a range.
    Int(i64, i64),
    /// A whole number in a range, or `off`.
    IntOrOff(i64, i64),
    /// Whole numbers parted by commas.
    Ints,
    /// Endings of file names parted by commas.
    Endings,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A text that matches this regular expression.
    Pattern(&'static str),
    /// A regular expression.
    Regex,
    /// Parameters that passwords can be hashed with; others would keep everybody out.
    Argon2,
    /// A number of bytes; `KiB` and `MiB` may stand behind it.
    Bytes,
}

macro_rules! settings {
    ($( $name:ident = $key:literal, $default:literal, $rule:expr, $about:literal; )+) => {
        $( #[doc = $about] pub const $name: &Setting =
            &Setting { key: $key, default: $default, rule: $rule, about: $about }; )+
        /// Every setting, in the order of CLI.md §5.
        pub const ALL: &[&Setting] = &[ $( $name ),+ ];
    };
}

settings! {
    ONBOARDING_METHOD = "onboarding.method", "activation-link", Rule::OneOf(&["activation-link", "initial-password"]), "How a new user first comes in.";
    ONBOARDING_LINK_HOURS = "onboarding.link-hours", "24", Rule::Int(1, 720), "Hours that an activation link is valid (V-003).";
    ONBOARDING_INITIAL_PASSWORD_DAYS = "onboarding.initial-password-days", "14", Rule::Int(1, 90), "Days that an initial password is valid.";
    PASSWORD_MIN_LENGTH = "password.min-length", "8", Rule::Int(8, 256), "Characters that a password has at least (V-004).";
    PASSWORD_MIN_SCORE = "password.min-score", "3", Rule::Int(0, 4), "Strength that a password has at least (zxcvbn 0-4).";
    PASSWORD_ARGON2 = "password.argon2", "m=65536,t=3,p=4", Rule::Argon2, "Parameters of Argon2id: KiB, passes, lanes.";
    LOGIN_REQUIRE_MFA = "login.require-mfa", "true", Rule::Bool, "Whether two steps are required (A-010).";
    LOGIN_MAX_FAILURES = "login.max-failures", "5", Rule::Int(3, 100), "Failed attempts before an account locks.";
    LOGIN_LOCK_MINUTES = "login.lock-minutes", "15", Rule::Int(1, 1440), "Minutes that a locked account stays locked.";
    SESSION_IDLE_MINUTES = "session.idle-minutes", "30", Rule::Int(1, 1440), "Minutes without use after which a session ends.";
    SESSION_HOURS = "session.hours", "12", Rule::Int(1, 168), "Hours after which a session ends in any case.";
    ADMINISTRATORS_PER_TENANT = "rights.administrators-per-tenant", "1", Rule::Int(1, 100), "How many administrators an institution may have (K-030, C-04).";
    B_NUMBER_PATTERN = "user.b-number-pattern", "^B[0-9]{4,8}$", Rule::Regex, "What B-numbers usually look like; others are taken with a warning.";
    TICKET_PREFIX = "ticket.prefix", "SAM", Rule::Pattern("^[A-Z]{2,5}$"), "What ticket numbers begin with (S-005).";
    TICKET_CLOSE_AFTER_HOURS = "ticket.close-after-hours", "168", Rule::Int(1, 8760), "Hours in `done` after which a ticket closes (S-026).";
    TICKET_REMINDER_HOURS = "ticket.reminder-hours", "off", Rule::IntOrOff(1, 8760), "Hours before closing at which the requester is reminded.";
    TICKET_ATTACHMENT_MAX_BYTES = "ticket.attachment-max-bytes", "25 MiB", Rule::Bytes, "How large one attachment of a ticket may be.";
    AGREEMENT_DOCUMENT_MAX_BYTES = "agreement.document-max-bytes", "50 MiB", Rule::Bytes, "How large a document or annex of an agreement may be.";
    AGREEMENT_ANNEX_TYPES = "agreement.annex-types", "pdf,docx,xlsx,pptx,odt,ods,odp,rtf,txt,csv,xml,png,jpeg,tiff,eml,zip,asice,p7s", Rule::Endings, "Which types of files may be annexes of an agreement, by their endings; programs and HTML never are.";
    AGREEMENT_LINK_DAYS = "agreement.link-days", "30", Rule::Int(1, 365), "Days that a signatory's link to the dashboard is valid (K-200).";
    AGREEMENT_WARN_DAYS = "agreement.warn-days", "90,30", Rule::Ints, "Days before the end of a dispensation at which people are warned.";
    MAIL_LOOP_CAP = "mail.loop-cap", "20", Rule::Int(1, 10000), "Mails of news an hour to one address; the rest wait.";
    MAIL_SENDER_CAP = "mail.sender-cap", "60", Rule::Int(1, 10000), "Mails an hour that are taken from one sender; more are held.";
    MAIL_MAX_BYTES = "mail.max-bytes", "100 MiB", Rule::Bytes, "How large a mail that comes in may be; a larger one stays with the mail server (75).";
}

/// What can be recorded.
const SET: Action = Action("setting.set");

impl Setting {
    /// The value in force.
    pub fn get(&self, conn: &Connection) -> Result<String> {
        Ok(store::find(conn, self.key)?.unwrap_or_else(|| self.default.to_owned()))
    }

    /// The value in force, of a setting that is a number (`off` is `None`).
    pub fn number(&self, conn: &Connection) -> Result<Option<i64>> {
        let value = self.get(conn)?;
        if value == "off" {
            return Ok(None);
        }
        let number = match self.rule {
            Rule::Bytes => bytes(&value),
            _ => value.parse().ok(),
        };
        number.map(Some).ok_or_else(|| Error::internal(format!("setting {} holds \"{value}\"", self.key)))
    }

    /// The value in force, of a setting that is a number without `off`.
    pub fn int(&self, conn: &Connection) -> Result<i64> {
        self.number(conn)?.ok_or_else(|| Error::internal(format!("setting {} is off", self.key)))
    }

    /// The values in force, of a setting that is a list of numbers.
    pub fn ints(&self, conn: &Connection) -> Result<Vec<i64>> {
        let value = self.get(conn)?;
        let numbers = value.split(',').map(|number| number.trim().parse());
        numbers
            .collect::<Result<_, _>>()
            .map_err(|_| Error::internal(format!("setting {} holds \"{value}\"", self.key)))
    }

    /// The values in force, of a setting that is a list of words.
    pub fn words(&self, conn: &Connection) -> Result<Vec<String>> {
        Ok(self.get(conn)?.split(',').map(|word| word.trim().to_owned()).collect())
    }

    /// Whether the value in force is the default.
    pub fn is_default(&self, conn: &Connection) -> Result<bool> {
        Ok(self.get(conn)? == self.default)
    }

    /// Checks a value and brings it to its canonical form.
    pub fn check(&self, value: &str) -> Result<String> {
        let value = value.trim();
        let in_range = |low: i64, high: i64| value.parse().is_ok_and(|n: i64| (low..=high).contains(&n));
        let (fits, rule) = match self.rule {
            Rule::Int(low, high) => (in_range(low, high), format!("a whole number from {low} to {high}")),
            Rule::IntOrOff(low, high) => (
                value == "off" || in_range(low, high),
                format!("a whole number from {low} to {high}, or `off`"),
            ),
            Rule::Ints => {
                let fits = value.split(',').all(|n| n.trim().parse().is_ok_and(|n: u16| n > 0));
                (fits, "whole numbers parted by commas".to_owned())
            }
            Rule::Endings => {
                let fits = |ending: &str| {
                    let letters = ending.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
                    letters && (1..=10).contains(&ending.len())
                };
                let fits = value.split(',').all(|ending| fits(ending.trim()));
                (
                    fits,
                    "endings of file names in small letters, parted by commas, such as pdf,docx".to_owned(),
                )
            }
            Rule::Bool => (matches!(value, "true" | "false"), "`true` or `false`".to_owned()),
            Rule::OneOf(words) => (words.contains(&value), format!("one of {}", words.join(", "))),
            Rule::Pattern(pattern) => {
                let fits = regex_lite::Regex::new(pattern).is_ok_and(|regex| regex.is_match(value));
                (fits, format!("a text of the form {pattern}"))
            }
            Rule::Regex => (regex_lite::Regex::new(value).is_ok(), "a regular expression".to_owned()),
            Rule::Argon2 => {
                let params = value.parse::<Params>();
                let rule =
                    params.as_ref().err().map(|invalid| format!(" ({})", invalid.rule)).unwrap_or_default();
                (params.is_ok(), format!("Argon2id parameters{rule}"))
            }
            Rule::Bytes => (
                bytes(value).is_some_and(|n| n > 0),
                "a number of bytes, such as 26214400 or `25 MiB`".to_owned(),
            ),
        };
        if fits {
            return Ok(value.to_owned());
        }
        Err(Error::new(
            crate::platform::exit::Exit::Usage,
            "setting.invalid",
            format!("\"{value}\" cannot be the value of {}: it must be {rule}", self.key),
        )
        .hint(format!("its default is {}", self.default)))
    }
}

/// The setting of this name, or "not found" with the nearest.
pub fn find(key: &str) -> Result<&'static Setting> {
    ALL.iter().copied().find(|setting| setting.key == key).ok_or_else(|| {
        Error::not_found("setting", key)
            .hint("`portalctl setting list` shows them all")
            .did_you_mean(crate::values::nearest(key, ALL.iter().map(|setting| setting.key)))
    })
}

/// Sets a value; answers with whether it changed.
pub fn set(tx: &Tx<'_>, setting: &Setting, value: &str) -> Result<bool> {
    let value = setting.check(value)?;
    let before = setting.get(tx)?;
    if before == value {
        return Ok(false);
    }
    store::upsert(tx, setting.key, &value)?;
    tx.record(SET, format!("setting:{}", setting.key), Some(&before), Some(&value))?;
    Ok(true)
}

/// Takes a setting back to its default, which it then follows also where a later version has another. Answers with
/// whether a value had been set.
pub fn reset(tx: &Tx<'_>, setting: &Setting) -> Result<bool> {
    let Some(before) = store::find(tx, setting.key)? else { return Ok(false) };
    store::delete(tx, setting.key)?;
    tx.record(SET, format!("setting:{}", setting.key), Some(&before), Some(&setting.default))?;
    Ok(true)
}

fn bytes(value: &str) -> Option<i64> {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end();
    let unit = value.get(digits.len()..)?.trim();
    let factor = match unit {
        "" => 1,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::actor::{Actor, Principal};
    use crate::platform::db::{Db, Options};
    use crate::platform::env::{Clock, Entropy};

    #[test]
    fn a_reset_setting_holds_no_value_of_its_own_even_where_it_was_set_to_the_default() {
        let now = "2026-05-04T08:00:00Z".parse().unwrap();
        let options = Options {
            dry_run: false,
            wait: std::time::Duration::ZERO,
            clock: Clock::Story(std::rc::Rc::new(std::cell::Cell::new(now))),
            entropy: Entropy::Counter(std::rc::Rc::default()),
        };
        let real = "operator:test@host".to_owned();
        let actor = Actor { real, effective: Principal::Operator, reason: None };
        let mut db = Db::in_memory(options).unwrap();
        db.write(&actor, |tx| {
            assert!(!reset(tx, TICKET_PREFIX)?, "nobody set it");
            assert!(set(tx, TICKET_PREFIX, "ABC")? && set(tx, TICKET_PREFIX, "SAM")?);
            assert!(reset(tx, TICKET_PREFIX)? && !reset(tx, TICKET_PREFIX)?);
            assert_eq!(store::find(tx, TICKET_PREFIX.key)?, None);
            assert_eq!(TICKET_PREFIX.get(tx)?, "SAM");
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn every_default_keeps_its_own_rule() {
        for setting in ALL {
            assert_eq!(setting.check(setting.default).unwrap(), setting.default, "{}", setting.key);
        }
    }

    #[test]
    fn parameters_that_cannot_be_are_refused_before_anyone_logs_in() {
        assert!(PASSWORD_ARGON2.check("m=19456,t=2,p=1").is_ok());
        let refused = PASSWORD_ARGON2.check("m=9999999,t=3,p=4").unwrap_err();
        assert!(refused.message().contains("m (memory in KiB) must lie between"), "{refused}");
    }

    #[test]
    fn endings_are_small_letters_without_dots() {
        for fits in ["pdf", "pdf, docx,7z"] {
            assert!(AGREEMENT_ANNEX_TYPES.check(fits).is_ok(), "{fits}");
        }
        for wrong in ["", "pdf,", ".pdf", "PDF", "pdf docx", "pdf;docx", "tar.gz", "abcdefghijk"] {
            assert!(AGREEMENT_ANNEX_TYPES.check(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_are_counted_in_binary_units() {
        assert_eq!(bytes("25 MiB"), Some(26_214_400));
        assert_eq!(bytes("512KiB"), Some(524_288));
        assert_eq!(bytes("1 GB"), None);
        assert_eq!(bytes("9223372036854775807 MiB"), None);
    }
}
