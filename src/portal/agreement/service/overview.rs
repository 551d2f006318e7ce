//! The two overviews: approved dispensations with their ends (K-097), and add-on services together with other
//! agreements (K-098). They tell of what was agreed, so to everyone only of what is or was in force.

use chrono::{DateTime, NaiveDate, Utc};

use super::list as visible;
use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::i18n::format::local_date;
use crate::portal::agreement::view::OverviewLine as Line;
use crate::portal::agreement::{Agreement, Filter, Kind, State, rules};

/// What is asked of an overview.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of one institution, by code or CVR.
    pub tenant: Option<String>,
    /// Only what still holds, and ends before this day.
    pub expires_before: Option<NaiveDate>,
}

/// The agreements of these kinds that the actor may see and that are or were in force: the first to end first, those
/// without an end last.
pub fn list(
    conn: &Connection,
    actor: &Actor,
    kinds: &[Kind],
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Result<Vec<Line>> {
    let today = local_date(now);
    let mut lines = Vec::new();
    for kind in kinds {
        let filter = Filter { tenant: wanted.tenant.clone(), kind: Some(*kind), ..Filter::default() };
        let agreements = visible(conn, actor, &filter, now)?;
        let agreed = agreements.into_iter().filter(|agreement| rules::customer_sees(agreement.state));
        lines.extend(agreed.map(|agreement| line(agreement, today)));
    }
    if let Some(day) = wanted.expires_before {
        lines.retain(|line| line.days_left.is_some() && line.last_day().is_some_and(|last| last < day));
    }
    lines.sort_by_key(|line| (line.last_day().is_none(), line.last_day(), line.id));
    Ok(lines)
}

/// One line; the state is what the dates say already.
fn line(agreement: Agreement, today: NaiveDate) -> Line {
    let last = agreement.terminated_on.or(agreement.expires_on);
    let holds = matches!(agreement.state, State::InForce | State::Terminated);
    let left = last.map(|last| (last - today).num_days()).filter(|left| holds && *left >= 0);
    Line {
        id: agreement.id,
        tenant: agreement.tenant,
        kind: agreement.kind,
        title: agreement.title,
        service: agreement.service,
        supplements: agreement.supplements,
        state: agreement.state,
        effective_on: agreement.effective_on,
        expires_on: agreement.expires_on,
        terminated_on: agreement.terminated_on,
        days_left: left,
        signed_by: agreement.signed_by,
        signed_at: agreement.signed_at,
    }
}
