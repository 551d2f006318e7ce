//! What can be recorded of KPI figures.

use crate::platform::db::Action;

/// A file was imported.
pub const IMPORT: Action = Action("kpi.import");
/// A month's figures became final.
pub const CLOSE: Action = Action("kpi.close");
/// A month's figures are open again.
pub const REOPEN: Action = Action("kpi.reopen");
/// A measure was added.
pub const MEASURE_CREATE: Action = Action("kpi-measure.create");
/// A measure changed.
pub const MEASURE_UPDATE: Action = Action("kpi-measure.update");
/// A target was set.
pub const TARGET_SET: Action = Action("kpi-target.set");
/// A target was removed; the one before it holds on.
pub const TARGET_REMOVE: Action = Action("kpi-target.remove");
