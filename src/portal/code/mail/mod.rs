//! The messages that hold a code or a password.

use crate::platform::outbox::{Class, Template};

/// The code of an SMS (V-012, V-025). One text for login and enrolment: whoever reads it over a shoulder learns nothing.
pub static SMS: Template = Template {
    name: "code.sms",
    class: Class::Letter,
    da: include_str!("sms.da.txt"),
    nb: include_str!("sms.nb.txt"),
    en: include_str!("sms.en.txt"),
};

/// The password with which a new user first comes in (K-065): a mail of its own, without the user name.
pub static INITIAL_PASSWORD: Template = Template {
    name: "code.initial-password",
    class: Class::Letter,
    da: include_str!("initial_password.da.txt"),
    nb: include_str!("initial_password.nb.txt"),
    en: include_str!("initial_password.en.txt"),
};
