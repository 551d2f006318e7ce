//! What can be recorded of service-target reports.

use crate::platform::db::Action;

/// A file of figures was imported.
pub const IMPORT: Action = Action("service.import");
/// A service's limit changed.
pub const UPDATE: Action = Action("service.update");
