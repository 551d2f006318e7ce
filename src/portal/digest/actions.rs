//! What can be recorded of reminders.

use crate::platform::db::Action;

/// Reminders were queued: one row for each part of the users.
pub const SEND: Action = Action("digest.send");
