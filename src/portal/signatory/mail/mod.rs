//! Mails to signatories.

use crate::platform::outbox::{Class, Template};

/// The link to the agreement dashboard (K-200).
pub static DASHBOARD: Template = Template {
    name: "signatory.dashboard",
    class: Class::Letter,
    da: include_str!("dashboard.da.txt"),
    nb: include_str!("dashboard.nb.txt"),
    en: include_str!("dashboard.en.txt"),
};
