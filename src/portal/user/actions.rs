//! What can be recorded of users.

use crate::platform::db::Action;

/// An account was created.
pub const CREATE: Action = Action("user.create");
/// Its data changed.
pub const UPDATE: Action = Action("user.update");
/// A new activation link was sent.
pub const INVITE: Action = Action("user.invite");
/// It was shut.
pub const DISABLE: Action = Action("user.disable");
/// It was opened again.
pub const ENABLE: Action = Action("user.enable");
/// Someone was taken out of an institution.
pub const REMOVE: Action = Action("user.remove");
/// A file of users was imported.
pub const IMPORT: Action = Action("user.import");
