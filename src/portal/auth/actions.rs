//! What can be recorded of logging in.

use crate::platform::db::Action;

/// Someone came in, or got as far as the next thing that is required.
pub const LOGIN: Action = Action("auth.login");
/// A password or a code was refused.
pub const REFUSED: Action = Action("auth.refused");
/// Too many failures shut a way in for a while.
pub const LOCK: Action = Action("auth.lock");
/// A session that knew the password alone was taken back to where a second step is to be set up.
pub const LIMIT: Action = Action("auth.limit");
/// A session was ended by its user.
pub const LOGOUT: Action = Action("auth.logout");
/// Sessions were ended from outside.
pub const REVOKE: Action = Action("auth.revoke");
/// A user chose the first password.
pub const ACTIVATE: Action = Action("auth.activate");
/// A link to a new password was asked for.
pub const FORGOT: Action = Action("auth.forgot");
/// A forgotten password was replaced.
pub const RESET: Action = Action("auth.reset");
/// A password was changed.
pub const CHANGE_PASSWORD: Action = Action("auth.change-password");
/// An initial password was hashed for the mail that carries it.
pub const INITIAL_PASSWORD: Action = Action("auth.initial-password");
/// A second step was begun to be set up.
pub const MFA_ENROL: Action = Action("auth.mfa-enrol");
/// A second step is in use.
pub const MFA_CONFIRM: Action = Action("auth.mfa-confirm");
/// A second step was switched off by its user.
pub const MFA_DISABLE: Action = Action("auth.mfa-disable");
/// The second step was taken away by the provider.
pub const MFA_RESET: Action = Action("auth.mfa-reset");
/// A new emergency code took the old one's place.
pub const EMERGENCY_CODE: Action = Action("auth.emergency-code");
/// A code was sent by SMS.
pub const SMS: Action = Action("auth.sms");
