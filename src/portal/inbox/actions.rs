//! What can be recorded of mails that come in.

use crate::platform::db::Action;

/// A mail was stored.
pub const RECEIVE: Action = Action("mail.receive");
/// What becomes of it was decided.
pub const SETTLE: Action = Action("mail.settle");
/// The provider let a held one in.
pub const RELEASE: Action = Action("mail.release");
/// The provider dropped a held one.
pub const DROP: Action = Action("mail.drop");
/// An unreadable one is to be looked at again.
pub const RETRY: Action = Action("mail.retry");
/// Mail goes to an address again that it came back from.
pub const CLEAR: Action = Action("mail.clear-bounced");
