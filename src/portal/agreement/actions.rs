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
