//! How an agreement in force ends before its time.

use chrono::NaiveDate;

use super::{detail, find, object};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::i18n::format::local_date;
use crate::portal::access;
use crate::portal::agreement::view::AgreementDetail;
use crate::portal::agreement::{Agreement, EventKind, actions, evidence, rules, store};

/// Terminates an agreement in force: `on` is the last day that it holds.
pub fn terminate(tx: &Tx<'_>, id: i64, on: NaiveDate) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let reason = tx.require_reason()?.to_owned();
    let before = find(tx, id)?;
    let state = rules::take(&before, rules::Step::Terminate, local_date(tx.now()))?;
    rules::check_termination(&before, on)?;
    let after = Agreement { state, terminated_on: Some(on), ..before.clone() };
    store::update(tx, &after)?;
    evidence::add(tx, &after, EventKind::Terminated, Some(&format!("{on}: {reason}")))?;
    tx.record(actions::TERMINATE, object(&after), Some(&before), Some(&after))?;
    detail(tx, after, tx.now())
}

/// Lets another agreement in force take the place of one.
pub fn replace(tx: &Tx<'_>, id: i64, with: i64) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let today = local_date(tx.now());
    let before = find(tx, id)?;
    let state = rules::take(&before, rules::Step::Replace, today)?;
    let new = find(tx, with)?;
    rules::check_replacement(&before, &new, today)?;
    let after = Agreement { state, replaced_by: Some(with), replaced_on: Some(today), ..before.clone() };
    store::update(tx, &after)?;
    evidence::add(tx, &after, EventKind::Replaced, Some(&format!("by agreement {with}")))?;
    tx.record(actions::REPLACE, object(&after), Some(&before), Some(&after))?;
    detail(tx, after, tx.now())
}
