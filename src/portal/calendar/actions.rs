//! What can be recorded of the calendar.

use crate::platform::db::Action;

/// A closed day was added.
pub const ADD: Action = Action("calendar.add");
/// A closed day got another name.
pub const UPDATE: Action = Action("calendar.update");
/// A closed day was removed.
pub const REMOVE: Action = Action("calendar.remove");
