//! `rights review import`: takes what was decided, all of it or nothing.

use serde_json::{Value, json};

use super::read::Parsed;
use super::store::{self, Certified};
use super::{Decided, Decision, mark, read};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::format::local_date;
use crate::platform::sheet::{Fault, Faults, Sheet};
use crate::platform::ui::Bulk;
use crate::platform::ui::answer::Warning;
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{Menu, Right};
use crate::portal::rights::actions;
use crate::portal::tenant::{Tenant, service as tenant_service};
use crate::portal::user::{User, life, service as user_service, store as user_store};

/// What an import did.
pub struct Imported {
    /// Counts, and each grant that was certified or taken.
    pub bulk: Bulk,
    /// What should be known besides.
    pub warnings: Vec<Warning>,
    /// The institutions left without an administrator, by code.
    pub headless: Vec<String>,
}

/// A decision with the grant it is about.
struct Settled {
    decided: Decided,
    user: User,
    tenant: Tenant,
    item: Certified,
}

/// What a row turned out to be.
enum Found {
    /// A grant to certify or take.
    Open(Box<Settled>),
    /// What was certified already in the same way.
    Done,
    /// Nothing that this actor knows of.
    Unknown(String),
    /// Something that changed since the sheet was written.
    Changed(String),
}

/// Applies the removals of a review and records who certified what.
///
/// A row whose grant changed since the export is a conflict; one that names nothing is an error of the file; what was
/// certified in the same way before is unchanged.
pub fn import(tx: &Tx<'_>, sheet: &Sheet, file: &str) -> Result<Imported> {
    let Parsed { decided, undecided } = read::parse(sheet)?;
    let rows = decided.len();
    let (mut open, mut done) = (Vec::new(), 0_u64);
    let (mut faults, mut changed) = (Faults::default(), Vec::new());
    for decided in decided {
        let (line, value) = (decided.line, decided.key());
        match find(tx, decided)? {
            Found::Open(settled) => open.push(*settled),
            Found::Done => done += 1,
            Found::Unknown(message) => {
                faults.push(Fault { line, column: None, value, code: "review.unknown", message });
            }
            Found::Changed(message) => changed.push(json!({
                "line": line, "column": null, "value": value, "code": "review.changed", "message": message,
            })),
        }
    }
    faults.into_result(
        "the review is not right; nothing of it was taken",
        "`portalctl rights review export` writes a fresh sheet",
    )?;
    refuse_changed(changed)?;
    let bulk = Bulk::default().with("rows", rows as u64 + undecided);
    let (bulk, warnings, headless) = apply(tx, &open, file, sheet.sha256(), bulk)?;
    let bulk = bulk.with("unchanged", done).with("undecided", undecided);
    Ok(Imported { bulk, warnings, headless })
}

fn refuse_changed(changed: Vec<Value>) -> Result<()> {
    let Some(first) = changed.first().and_then(|row| row.get("message")).and_then(Value::as_str) else {
        return Ok(());
    };
    let message = match changed.len() {
        1 => format!("{first}; nothing of the review was taken"),
        n => format!("{n} rights changed since the sheet was written; nothing of the review was taken"),
    };
    Err(Error::conflict("review.changed", message)
        .hint("`portalctl rights review export` writes a fresh sheet; decide anew upon those lines")
        .details(changed))
}

/// The grant that a row is about, as far as this actor may administer it.
fn find(tx: &Tx<'_>, decided: Decided) -> Result<Found> {
    let tenant = match tenant_service::resolve_for(tx, tx.actor(), Menu::Users, &decided.tenant) {
        Ok(tenant) => tenant,
        Err(error) if matches!(error.exit(), Exit::NotFound | Exit::Conflict) => {
            return Ok(Found::Unknown(error.message().to_owned()));
        }
        Err(error) => return Err(error),
    };
    let Some(user) = user_store::find_by_email(tx, &decided.email)? else {
        return Ok(Found::Unknown(format!("there is no user \"{}\"", decided.email)));
    };
    let asked = |granted_at: String| Certified {
        granted_at,
        decision: decided.decision,
        reviewer: decided.reviewer.clone().unwrap_or_else(|| tx.actor().effective_text()),
        on: decided.on.unwrap_or_else(|| local_date(tx.now())).to_string(),
    };
    let fits =
        |granted_at: &str| mark(user.email.as_str(), &tenant.code, decided.right, granted_at) == decided.mark;
    let before = store::certified(tx, user.id, tenant.id, decided.right)?;
    if let Some(grant) =
        grants::held(tx, user.holder(), Place { id: tenant.id, code: &tenant.code }, decided.right)?
    {
        if !fits(&grant.granted_at) {
            let message = format!("{} was granted anew since the sheet was written", decided.key());
            return Ok(Found::Changed(message));
        }
        let item = asked(grant.granted_at);
        // What the sheet leaves open, who and when, does not make another review of it.
        let same = |known: &Certified| {
            (&known.granted_at, known.decision) == (&item.granted_at, Decision::Keep)
                && decided.reviewer.as_ref().is_none_or(|reviewer| *reviewer == known.reviewer)
                && decided.on.is_none_or(|on| on.to_string() == known.on)
        };
        if decided.decision == Decision::Keep && before.iter().any(same) {
            return Ok(Found::Done);
        }
        return Ok(Found::Open(Box::new(Settled { decided, user, tenant, item })));
    }
    let taken = |known: &Certified| known.decision == Decision::Remove && fits(&known.granted_at);
    if decided.decision == Decision::Remove && before.iter().any(taken) {
        return Ok(Found::Done);
    }
    // Of people of other institutions nobody learns here that they exist.
    match user_service::show(tx, tx.actor(), &decided.email) {
        Ok(_) => Ok(Found::Changed(format!("{} is there no more", decided.key()))),
        Err(error) if error.exit() == Exit::NotFound => Ok(Found::Unknown(error.message().to_owned())),
        Err(error) => Err(error),
    }
}

fn apply(
    tx: &Tx<'_>,
    open: &[Settled],
    file: &str,
    sha256: &str,
    mut bulk: Bulk,
) -> Result<(Bulk, Vec<Warning>, Vec<String>)> {
    let count =
        |decision: Decision| open.iter().filter(|row| row.decided.decision == decision).count() as u64;
    let (kept, removed) = (count(Decision::Keep), count(Decision::Remove));
    bulk = bulk.with("kept", kept).with("removed", removed);
    if open.is_empty() {
        return Ok((bulk, Vec::new(), Vec::new()));
    }
    let review = store::insert(tx, file, sha256)?;
    let (mut certified, mut headless) = (Vec::new(), Vec::new());
    for Settled { decided, user, tenant, item } in open {
        store::insert_item(tx, review, user.id, tenant.id, decided.right, item)?;
        let result = if decided.decision == Decision::Keep { "kept" } else { "removed" };
        if decided.decision == Decision::Remove {
            let place = Place { id: tenant.id, code: &tenant.code };
            grants::revoke(tx, user.holder(), place, decided.right)?;
            life::end_idle_invitation(tx, &user_store::find(tx, user.id)?)?;
            if decided.right == Right::Administrator && !headless.contains(&tenant) {
                headless.push(tenant);
            }
        }
        certified.push(
            json!({"grant": decided.key(), "decision": decided.decision, "by": item.reviewer, "on": item.on}),
        );
        bulk.items.push(json!({"key": decided.key(), "line": decided.line, "result": result}));
    }
    let after = json!({"sha256": sha256, "kept": kept, "removed": removed, "certified": certified});
    tx.record(actions::REVIEW, format!("rights-review:{review}"), None::<&()>, Some(&after))?;
    let (mut warnings, mut without) = (Vec::new(), Vec::new());
    for tenant in headless {
        if let Some(warning) = tenant_service::no_administrator(tx, tenant.id, &tenant.code)? {
            warnings.push(warning);
            without.push(tenant.code.clone());
        }
    }
    Ok((bulk.with("review", review), warnings, without))
}
