//! Mails about logging in.

use crate::platform::outbox::{Class, Template};

/// The link to a new password (K-060, V-023).
pub static RESET: Template = Template {
    name: "auth.reset",
    class: Class::Letter,
    da: include_str!("reset.da.txt"),
    nb: include_str!("reset.nb.txt"),
    en: include_str!("reset.en.txt"),
};

/// Too many failures shut the way in for a while.
pub static LOCKED: Template = Template {
    name: "auth.locked",
    class: Class::Letter,
    da: include_str!("locked.da.txt"),
    nb: include_str!("locked.nb.txt"),
    en: include_str!("locked.en.txt"),
};

/// Too many wrong codes shut one method for a while, not the login.
pub static CODE_LOCKED: Template = Template {
    name: "auth.code-locked",
    class: Class::Letter,
    da: include_str!("code_locked.da.txt"),
    nb: include_str!("code_locked.nb.txt"),
    en: include_str!("code_locked.en.txt"),
};

/// A second step is in use (V-008).
pub static MFA_ON: Template = Template {
    name: "auth.mfa-on",
    class: Class::Letter,
    da: include_str!("mfa_on.da.txt"),
    nb: include_str!("mfa_on.nb.txt"),
    en: include_str!("mfa_on.en.txt"),
};

/// A second step was switched off (V-008).
pub static MFA_OFF: Template = Template {
    name: "auth.mfa-off",
    class: Class::Letter,
    da: include_str!("mfa_off.da.txt"),
    nb: include_str!("mfa_off.nb.txt"),
    en: include_str!("mfa_off.en.txt"),
};

/// The provider took the second step away.
pub static MFA_RESET: Template = Template {
    name: "auth.mfa-reset",
    class: Class::Letter,
    da: include_str!("mfa_reset.da.txt"),
    nb: include_str!("mfa_reset.nb.txt"),
    en: include_str!("mfa_reset.en.txt"),
};

/// The password is another now.
pub static PASSWORD_CHANGED: Template = Template {
    name: "auth.password-changed",
    class: Class::Letter,
    da: include_str!("password_changed.da.txt"),
    nb: include_str!("password_changed.nb.txt"),
    en: include_str!("password_changed.en.txt"),
};

/// The emergency code was used (V-016).
pub static EMERGENCY_USED: Template = Template {
    name: "auth.emergency-used",
    class: Class::Letter,
    da: include_str!("emergency_used.da.txt"),
    nb: include_str!("emergency_used.nb.txt"),
    en: include_str!("emergency_used.en.txt"),
};

/// A new emergency code took the old one's place.
pub static EMERGENCY_CODE: Template = Template {
    name: "auth.emergency-code",
    class: Class::Letter,
    da: include_str!("emergency_code.da.txt"),
    nb: include_str!("emergency_code.nb.txt"),
    en: include_str!("emergency_code.en.txt"),
};
