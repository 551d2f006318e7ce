//! The two overviews: approved dispensations with their ends (K-097), and add-on services together with other
//! agreements (K-098). They tell of what was agreed, so to everyone only of what is or was in force.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{Agreement, Filter, Kind, State, rules, service};
use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::i18n::format::local_date;
use crate::platform::ui::view::{Kind as Holds, View, col, extra};

/// What is asked of an overview.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of one institution, by code or CVR.
    pub tenant: Option<String>,
    /// Only what still holds, and ends before this day.
    pub expires_before: Option<NaiveDate>,
}

/// A line of an overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its number.
    pub id: i64,
    /// The institution's code.
    pub tenant: String,
    /// What it is about.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// The extra service bought.
    pub service: Option<String>,
    /// The agreement that it supplements.
    pub supplements: Option<i64>,
    /// Where it stands today.
    pub state: State,
    /// First day of validity.
    pub effective_on: Option<NaiveDate>,
    /// Last day of validity, as agreed.
    pub expires_on: Option<NaiveDate>,
    /// The last day that it holds, where it was terminated.
    pub terminated_on: Option<NaiveDate>,
    /// Whole days until its last day: 0 on that day, `None` without an end or when it is over.
    pub days_left: Option<i64>,
    /// Who signed for the customer.
    pub signed_by: Option<String>,
    /// When the last signature was given, UTC.
    pub signed_at: Option<String>,
}

/// The fields of the dispensations.
pub static DISPENSATIONS: View = View {
    noun: "agreement",
    columns: &[
        col("id", Holds::Int),
        col("tenant", Holds::Text),
        extra("kind", Holds::Code("agreement-kind")),
        col("title", Holds::Text),
        col("service", Holds::Text),
        extra("supplements", Holds::Int),
        col("state", Holds::Code("agreement-state")),
        col("effective_on", Holds::Date),
        col("expires_on", Holds::Date),
        extra("terminated_on", Holds::Date),
        col("days_left", Holds::Int),
        extra("signed_by", Holds::Text),
        extra("signed_at", Holds::Time),
    ],
    details: &[],
    key: &["id"],
};

/// The fields of the add-ons and other agreements.
pub static ADDONS: View = View {
    noun: "agreement",
    columns: &[
        col("id", Holds::Int),
        col("tenant", Holds::Text),
        col("kind", Holds::Code("agreement-kind")),
        col("title", Holds::Text),
        col("service", Holds::Text),
        extra("supplements", Holds::Int),
        col("state", Holds::Code("agreement-state")),
        col("effective_on", Holds::Date),
        col("expires_on", Holds::Date),
        extra("terminated_on", Holds::Date),
        col("days_left", Holds::Int),
        extra("signed_by", Holds::Text),
        extra("signed_at", Holds::Time),
    ],
    details: &[],
    key: &["id"],
};

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
        let agreements = service::list(conn, actor, &filter, now)?;
        let agreed = agreements.into_iter().filter(|agreement| rules::customer_sees(agreement.state));
        lines.extend(agreed.map(|agreement| line(agreement, today)));
    }
    if let Some(day) = wanted.expires_before {
        lines.retain(|line| line.days_left.is_some() && line.last_day().is_some_and(|last| last < day));
    }
    lines.sort_by_key(|line| (line.last_day().is_none(), line.last_day(), line.id));
    Ok(lines)
}

impl Line {
    /// The last day that it holds, or held.
    fn last_day(&self) -> Option<NaiveDate> {
        self.terminated_on.or(self.expires_on)
    }
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
