//! Mails about agreements.

use crate::platform::outbox::Template;

/// Both have signed: the agreement is in force (K-203, K-204).
pub static IN_FORCE: Template = Template {
    name: "agreement.in-force",
    da: include_str!("in_force.da.txt"),
    nb: include_str!("in_force.nb.txt"),
    en: include_str!("in_force.en.txt"),
};
