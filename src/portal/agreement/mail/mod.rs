//! Mails about agreements.

use crate::platform::outbox::{Class, Template};

/// Both have signed: the agreement is in force (K-203, K-204).
pub static IN_FORCE: Template = Template {
    name: "agreement.in-force",
    class: Class::Letter,
    da: include_str!("in_force.da.txt"),
    nb: include_str!("in_force.nb.txt"),
    en: include_str!("in_force.en.txt"),
};

/// The signatory has declined.
pub static DECLINED: Template = Template {
    name: "agreement.declined",
    class: Class::Letter,
    da: include_str!("declined.da.txt"),
    nb: include_str!("declined.nb.txt"),
    en: include_str!("declined.en.txt"),
};

/// A dispensation ends soon (K-097).
pub static EXPIRING: Template = Template {
    name: "agreement.expiring",
    class: Class::Notice,
    da: include_str!("expiring.da.txt"),
    nb: include_str!("expiring.nb.txt"),
    en: include_str!("expiring.en.txt"),
};

/// The provider has taken it back before it was in force.
pub static WITHDRAWN: Template = Template {
    name: "agreement.withdrawn",
    class: Class::Letter,
    da: include_str!("withdrawn.da.txt"),
    nb: include_str!("withdrawn.nb.txt"),
    en: include_str!("withdrawn.en.txt"),
};
