//! Warnings that a dispensation ends soon (K-097): to the provider and to the institution's primary contacts, once each
//! for a last day and a number of days before it. Looks at the state, not at the last run.

use std::collections::HashSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::json;

use super::{Desk, find, mails, object};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Db, Tx};
use crate::platform::error::Result;
use crate::platform::i18n::format::local_date;
use crate::platform::settings;
use crate::platform::ui::answer::Warning;
use crate::portal::access;
use crate::portal::agreement::store::warnings as sql;
use crate::portal::agreement::{Agreement, EventKind, Kind, State, actions, evidence, mail, rules};
use crate::portal::contact::role::store as role_store;
use crate::portal::contact::service as contact_service;
use crate::values::Email;

/// The job's name.
pub const JOB: &str = "agreement-expiry";

/// Whose contacts of an institution are warned.
const ROLES: [&str; 2] = ["primary-payroll", "primary-accounting"];

/// How many agreements one transaction warns of.
const CHUNK: usize = 50;

/// What a run did.
#[derive(Debug, Default)]
pub struct Run {
    /// Of how many agreements it warned.
    pub warned: u64,
    /// How many mails it queued.
    pub mails: u64,
    /// What should be known besides.
    pub warnings: Vec<Warning>,
}

/// Warns of every dispensation in force whose end has come near, in a series of transactions.
pub fn warn(db: &mut Db, actor: &Actor, desk: &Desk) -> Result<Run> {
    access::provider_only(actor)?;
    let now = db.now();
    let near = db.read(|conn| near(conn, now))?;
    let mut run = Run::default();
    for chunk in near.chunks(CHUNK) {
        // What was so when it was read is asked again: another run may have been here since.
        let told = db.write(actor, |tx| {
            let horizons = settings::AGREEMENT_WARN_DAYS.ints(tx)?;
            chunk.iter().map(|id| warn_of(tx, *id, &horizons, desk)).collect::<Result<Vec<_>>>()
        })?;
        for told in told.into_iter().flatten() {
            run.warned += 1;
            run.mails += told.mails;
            run.warnings.extend(told.warning);
        }
    }
    Ok(run)
}

/// How many agreements are to be warned of now.
pub fn count(conn: &Connection, now: DateTime<Utc>) -> Result<i64> {
    let (horizons, today) = (settings::AGREEMENT_WARN_DAYS.ints(conn)?, local_date(now));
    let mut due = 0;
    for id in near(conn, now)? {
        if !due_of(conn, &find(conn, id)?, &horizons, today)?.1.is_empty() {
            due += 1;
        }
    }
    Ok(due)
}

/// What ends within the longest of the numbers of days, whether or not it was warned of.
fn near(conn: &Connection, now: DateTime<Utc>) -> Result<Vec<i64>> {
    let today = local_date(now);
    let longest = settings::AGREEMENT_WARN_DAYS.ints(conn)?.into_iter().max().unwrap_or_default();
    sql::ending(conn, today, today + Duration::days(longest))
}

/// An agreement's last day, and for which numbers of days before it a warning is due now, the nearest first.
fn due_of(
    conn: &Connection,
    agreement: &Agreement,
    horizons: &[i64],
    today: NaiveDate,
) -> Result<(NaiveDate, Vec<i64>)> {
    let last = agreement
        .expires_on
        .filter(|_| agreement.kind == Kind::Dispensation && agreement.state == State::InForce);
    let Some(last) = last else { return Ok((today, Vec::new())) };
    let given = sql::given(conn, agreement.id, last)?;
    Ok((last, rules::due_warnings(last, horizons, &given, today)))
}

/// What became of one agreement.
struct Told {
    mails: u64,
    warning: Option<Warning>,
}

/// Warns of one agreement; `None` where nothing is due. A late run warns of the nearest day alone, and notes the others
/// with it.
fn warn_of(tx: &Tx<'_>, id: i64, horizons: &[i64], desk: &Desk) -> Result<Option<Told>> {
    let (agreement, today) = (find(tx, id)?, local_date(tx.now()));
    let (last, due) = due_of(tx, &agreement, horizons, today)?;
    let Some(nearest) = due.first() else { return Ok(None) };
    let contacts = primary_contacts(tx, &agreement)?;
    let warning = contacts.is_empty().then(|| nobody(&agreement, last));
    let mut recipients = vec![(desk.mailbox.clone(), mails::PROVIDER.to_owned())];
    recipients.extend(contacts);
    let mut known = HashSet::new();
    recipients.retain(|(to, _)| known.insert(to.key()));
    let left = (last - today).num_days();
    for (to, name) in &recipients {
        mails::write(tx, &mail::EXPIRING, &agreement, (to, name), desk, json!({"days_left": left}))?;
    }
    for days in &due {
        sql::insert(tx, id, last, *days)?;
    }
    let mails = recipients.len() as u64;
    let noun = if mails == 1 { "mail" } else { "mails" };
    evidence::add(
        tx,
        &agreement,
        EventKind::Warned,
        Some(&format!("{nearest} days before {last}: {mails} {noun}")),
    )?;
    let to: Vec<&str> = recipients.iter().map(|(to, _)| to.as_str()).collect();
    let after = json!({"expires_on": last, "days": due, "to": to});
    tx.record(actions::WARN, object(&agreement), None::<&()>, Some(&after))?;
    Ok(Some(Told { mails, warning }))
}

/// The addresses of the institution's primary contacts and whose they are.
fn primary_contacts(tx: &Tx<'_>, agreement: &Agreement) -> Result<Vec<(Email, String)>> {
    let mut contacts = Vec::new();
    for role in ROLES {
        // The catalogue is data: a role may have been left out of it.
        if role_store::find(tx, role)?.is_none() {
            continue;
        }
        for contact in contact_service::recipients(tx, tx.actor(), role, Some(&agreement.tenant))? {
            contacts.push((contact.address.parse()?, contact.name));
        }
    }
    Ok(contacts)
}

fn nobody(agreement: &Agreement, last: NaiveDate) -> Warning {
    let (id, tenant) = (agreement.id, &agreement.tenant);
    Warning::new(
        "agreement.no-primary-contact",
        format!(
            "{tenant} has no primary contact who could be warned that agreement {id} ends on {last}; the provider was: \
             `portalctl contact create --tenant {tenant} --role primary-accounting …` enters one"
        ),
    )
}
