//! Mails about accounts.

use crate::platform::outbox::Template;

/// The link with which a new user comes in (V-002, K-045).
pub static ACTIVATION: Template = Template {
    name: "user.activation",
    da: include_str!("activation.da.txt"),
    nb: include_str!("activation.nb.txt"),
    en: include_str!("activation.en.txt"),
};
