//! What can be recorded of institutions and units.

use crate::platform::db::Action;

/// An institution was created.
pub const CREATE: Action = Action("tenant.create");
/// Its data changed.
pub const UPDATE: Action = Action("tenant.update");
/// It is no longer in use.
pub const ARCHIVE: Action = Action("tenant.archive");
/// A unit was created.
pub const UNIT_CREATE: Action = Action("unit.create");
/// A unit's data changed.
pub const UNIT_UPDATE: Action = Action("unit.update");
/// A unit is no longer in use.
pub const UNIT_ARCHIVE: Action = Action("unit.archive");
/// A unit went over to another institution.
pub const UNIT_MOVE: Action = Action("unit.move");
/// A file of institutions was imported.
pub const IMPORT: Action = Action("tenant.import");
/// A file of units was imported.
pub const UNIT_IMPORT: Action = Action("unit.import");
