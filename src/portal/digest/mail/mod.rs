//! The mail of reminders.

use crate::platform::outbox::{Class, Template};

/// What is new since the last one.
pub static DIGEST: Template = Template {
    name: "digest.news",
    class: Class::Notice,
    da: include_str!("digest.da.txt"),
    nb: include_str!("digest.nb.txt"),
    en: include_str!("digest.en.txt"),
};
