//! What can be recorded of agreements.

use crate::platform::db::Action;

/// A draft was created.
pub const CREATE: Action = Action("agreement.create");
/// It was sent for signature.
pub const SEND: Action = Action("agreement.send");
/// A signature was recorded.
pub const SIGN: Action = Action("agreement.sign");
/// The second signature brought it into force.
pub const IN_FORCE: Action = Action("agreement.in-force");
/// It was taken back before it was in force.
pub const WITHDRAW: Action = Action("agreement.withdraw");
/// It was changed: a draft, or by a new version what was sent.
pub const UPDATE: Action = Action("agreement.update");
/// Its signatory looked at it, or fetched one of its files.
pub const OPEN: Action = Action("agreement.open");
/// The signatory declined.
pub const DECLINE: Action = Action("agreement.decline");
/// It was ended before its time.
pub const TERMINATE: Action = Action("agreement.terminate");
/// Another took its place.
pub const REPLACE: Action = Action("agreement.replace");
/// The certificate of its signatures was made and kept.
pub const CERTIFY: Action = Action("agreement.certify");
/// Its signatory was sent the link to the dashboard again.
pub const REMIND: Action = Action("agreement.remind");
/// It was warned that its end is near.
pub const WARN: Action = Action("agreement.warn");
