//! What can be recorded of contacts and roles.

use crate::platform::db::Action;

/// A contact was created.
pub const CREATE: Action = Action("contact.create");
/// Its data or roles changed.
pub const UPDATE: Action = Action("contact.update");
/// It was removed.
pub const REMOVE: Action = Action("contact.remove");
/// A role joined the catalogue.
pub const ROLE_CREATE: Action = Action("role.create");
/// A role changed.
pub const ROLE_UPDATE: Action = Action("role.update");
/// A role went out of use.
pub const ROLE_RETIRE: Action = Action("role.retire");
/// A file of contacts was imported.
pub const IMPORT: Action = Action("contact.import");
