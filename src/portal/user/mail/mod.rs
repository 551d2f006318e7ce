//! Mails about accounts.

use crate::platform::outbox::{Class, Template};

/// The link with which a new user comes in (V-002, K-045).
pub static ACTIVATION: Template = Template {
    name: "user.activation",
    class: Class::Letter,
    da: include_str!("activation.da.txt"),
    nb: include_str!("activation.nb.txt"),
    en: include_str!("activation.en.txt"),
};

/// The user name of a new user whose initial password comes in a mail of its own (K-033, K-065).
pub static USER_NAME: Template = Template {
    name: "user.user-name",
    class: Class::Letter,
    da: include_str!("user_name.da.txt"),
    nb: include_str!("user_name.nb.txt"),
    en: include_str!("user_name.en.txt"),
};
