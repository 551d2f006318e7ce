//! Mails to signatories.

use crate::platform::outbox::Template;

/// The link to the agreement dashboard (K-200).
pub static DASHBOARD: Template = Template {
    name: "signatory.dashboard",
    da: include_str!("dashboard.da.txt"),
    nb: include_str!("dashboard.nb.txt"),
    en: include_str!("dashboard.en.txt"),
};
