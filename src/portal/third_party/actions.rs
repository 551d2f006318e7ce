//! What can be recorded of third-party tasks.

use crate::platform::db::Action;

/// A task was entered.
pub const CREATE: Action = Action("third-party.create");
/// What is known of it changed.
pub const UPDATE: Action = Action("third-party.update");
/// It was removed.
pub const REMOVE: Action = Action("third-party.remove");
