//! What can be recorded of tickets.

use crate::platform::db::Action;

/// A ticket was created.
pub const CREATE: Action = Action("ticket.create");
/// Something was added to its thread.
pub const REPLY: Action = Action("ticket.reply");
/// It was given to one of the staff.
pub const ASSIGN: Action = Action("ticket.assign");
/// Its status changed.
pub const ADVANCE: Action = Action("ticket.advance");
/// It was closed.
pub const CLOSE: Action = Action("ticket.close");
/// It was taken up again.
pub const REOPEN: Action = Action("ticket.reopen");
/// It was shared.
pub const SHARE: Action = Action("ticket.share");
/// It was shared with some no longer.
pub const UNSHARE: Action = Action("ticket.unshare");
/// Some were closed because their time had come.
pub const CLOSE_DUE: Action = Action("ticket.close-due");
/// A type was created.
pub const TYPE_CREATE: Action = Action("ticket-type.create");
/// A type changed.
pub const TYPE_UPDATE: Action = Action("ticket-type.update");
/// A type is no longer given to new tickets.
pub const TYPE_RETIRE: Action = Action("ticket-type.retire");
/// Who asked for some was told that they will soon be closed.
pub const REMIND: Action = Action("ticket.remind");
