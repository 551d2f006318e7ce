//! What can be recorded of signatories.

use crate::platform::db::Action;

/// Someone became signatory.
pub const SET: Action = Action("signatory.set");
/// Someone's time as signatory ended.
pub const REMOVE: Action = Action("signatory.remove");
