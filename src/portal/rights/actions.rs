//! What can be recorded of rights; granting and taking them is recorded in [`access`](crate::portal::access).

use crate::platform::db::Action;

/// It was certified who keeps which rights.
pub const REVIEW: Action = Action("rights.review");
