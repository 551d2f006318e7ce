//! `rights review import`: takes what was decided, all of it or nothing.

use serde_json::{Value, json};

use super::read::Parsed;
use super::store::{self, Certified};
use super::{About, Decided, Decision, mark, read};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::format::local_date;
use crate::platform::sheet::{Fault, Faults, Sheet};
use crate::platform::ui::Bulk;
use crate::platform::ui::answer::Warning;
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{self, Menu, Right};
use crate::portal::rights::actions;
use crate::portal::tenant::{Tenant, service as tenant_service};
use crate::portal::user::{Staff, User, UserPatch, life, service as user_service, store as user_store};

/// What an import did.
pub struct Imported {
    /// Counts, and each grant that was certified or taken.
    pub bulk: Bulk,
    /// What should be known besides.
    pub warnings: Vec<Warning>,
    /// Who is left without an administrator: institutions, by code, or the provider.
    pub headless: Vec<String>,
}

/// A decision with the grant it is about.
struct Settled {
    decided: Decided,
    user: User,
    what: What,
    item: Certified,
}

/// The grant itself.
enum What {
    Right(Box<Tenant>, Right),
    Staff(Staff),
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
    let (rows, today) = (decided.len(), local_date(tx.now()));
    let (mut open, mut done) = (Vec::new(), 0_u64);
    let (mut faults, mut changed) = (Faults::default(), Vec::new());
    for decided in decided {
        let (line, value) = (decided.line, decided.key());
        if let Some(on) = decided.on.filter(|on| *on > today) {
            let message = format!(
                "{on} is in the future; nobody has reviewed this then: give the day of the review, or none for today"
            );
            let column = Some("Dato".to_owned());
            faults.push(Fault { line, column, value: on.to_string(), code: "date.invalid", message });
            continue;
        }
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

/// What a row is about, as far as this actor may administer it.
fn find(tx: &Tx<'_>, decided: Decided) -> Result<Found> {
    match decided.about.clone() {
        About::Right(tenant, right) => find_grant(tx, decided, &tenant, right),
        About::Staff(staff) => find_staff(tx, decided, staff),
    }
}

fn find_grant(tx: &Tx<'_>, decided: Decided, tenant: &str, right: Right) -> Result<Found> {
    let tenant = match tenant_service::resolve_for(tx, tx.actor(), Menu::Users, tenant) {
        Ok(tenant) => tenant,
        Err(error) if matches!(error.exit(), Exit::NotFound | Exit::Conflict) => {
            return Ok(Found::Unknown(error.message().to_owned()));
        }
        Err(error) => return Err(error),
    };
    let Some(user) = user_store::find_by_email(tx, &decided.email)? else {
        return Ok(Found::Unknown(format!("there is no user \"{}\"", decided.email)));
    };
    let fits = |at: &str| mark(user.email.as_str(), &tenant.code, right, at) == decided.mark;
    let before = store::certified(tx, user.id, tenant.id, right)?;
    let place = Place { id: tenant.id, code: &tenant.code };
    let held = grants::held(tx, user.holder(), place, right)?.map(|grant| grant.granted_at);
    match judge(tx, &decided, held, &before, fits) {
        Verdict::Open(item) => Ok(Found::Open(Box::new(Settled {
            decided,
            user,
            what: What::Right(Box::new(tenant), right),
            item,
        }))),
        Verdict::Done => Ok(Found::Done),
        Verdict::Anew(message) => Ok(Found::Changed(message)),
        // Of people of other institutions nobody learns here that they exist.
        Verdict::Gone(message) => match user_service::show(tx, tx.actor(), &decided.email) {
            Ok(_) => Ok(Found::Changed(message)),
            Err(error) if error.exit() == Exit::NotFound => Ok(Found::Unknown(error.message().to_owned())),
            Err(error) => Err(error),
        },
    }
}

/// The provider's staff are the provider's to review; nobody else learns who is among them.
fn find_staff(tx: &Tx<'_>, decided: Decided, staff: Staff) -> Result<Found> {
    if access::provider_only(tx.actor()).is_err() {
        let message = "staff roles are reviewed by the provider; name the institution of a right";
        return Ok(Found::Unknown(message.to_owned()));
    }
    let Some(user) = user_store::find_by_email(tx, &decided.email)? else {
        return Ok(Found::Unknown(format!("there is no user \"{}\"", decided.email)));
    };
    let fits = |since: &str| mark(user.email.as_str(), "", staff, since) == decided.mark;
    let before = store::certified_staff(tx, user.id, staff)?;
    let held = user.staff_since.clone().filter(|_| user.staff == Some(staff));
    match judge(tx, &decided, held, &before, fits) {
        Verdict::Open(item) => {
            Ok(Found::Open(Box::new(Settled { decided, user, what: What::Staff(staff), item })))
        }
        Verdict::Done => Ok(Found::Done),
        Verdict::Anew(message) | Verdict::Gone(message) => Ok(Found::Changed(message)),
    }
}

/// What is to become of a row.
enum Verdict {
    /// To be certified or taken.
    Open(Certified),
    /// Certified already in the same way.
    Done,
    /// Granted anew since the sheet was written.
    Anew(String),
    /// There no more.
    Gone(String),
}

/// Judges a row by what is held now (when it was granted), and by what was certified before.
fn judge(
    tx: &Tx<'_>,
    decided: &Decided,
    held: Option<String>,
    before: &[Certified],
    fits: impl Fn(&str) -> bool,
) -> Verdict {
    let Some(granted_at) = held else {
        let taken = |known: &Certified| known.decision == Decision::Remove && fits(&known.granted_at);
        if decided.decision == Decision::Remove && before.iter().any(taken) {
            return Verdict::Done;
        }
        return Verdict::Gone(format!("{} is there no more", decided.key()));
    };
    if !fits(&granted_at) {
        return Verdict::Anew(format!("{} was granted anew since the sheet was written", decided.key()));
    }
    let item = Certified {
        granted_at,
        decision: decided.decision,
        reviewer: decided.reviewer.clone().unwrap_or_else(|| tx.actor().effective_text()),
        on: decided.on.unwrap_or_else(|| local_date(tx.now())).to_string(),
    };
    // What the sheet leaves open, who and when, does not make another review of it.
    let same = |known: &Certified| {
        (&known.granted_at, known.decision) == (&item.granted_at, Decision::Keep)
            && decided.reviewer.as_ref().is_none_or(|reviewer| *reviewer == known.reviewer)
            && decided.on.is_none_or(|on| on.to_string() == known.on)
    };
    if decided.decision == Decision::Keep && before.iter().any(same) {
        return Verdict::Done;
    }
    Verdict::Open(item)
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
    let (mut certified, mut headless, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let mut warnings = Vec::new();
    for Settled { decided, user, what, item } in open {
        let remove = decided.decision == Decision::Remove;
        match what {
            What::Right(tenant, right) => {
                store::insert_item(tx, review, user.id, tenant.id, *right, item)?;
                if remove {
                    let place = Place { id: tenant.id, code: &tenant.code };
                    grants::revoke(tx, user.holder(), place, *right)?;
                    if *right == Right::Administrator && !headless.contains(&tenant) {
                        headless.push(tenant);
                    }
                }
            }
            What::Staff(staff) => {
                store::insert_staff_item(tx, review, user.id, *staff, item)?;
                if remove {
                    let patch = UserPatch { staff: Some(None), ..UserPatch::default() };
                    warnings.extend(user_service::update(tx, &user.email, patch)?.warnings);
                }
            }
        }
        if remove {
            life::end_idle_invitation(tx, &user_store::find(tx, user.id)?)?;
        }
        certified.push(
            json!({"grant": decided.key(), "decision": decided.decision, "by": item.reviewer, "on": item.on}),
        );
        let result = if remove { "removed" } else { "kept" };
        bulk.items.push(json!({"key": decided.key(), "line": decided.line, "result": result}));
    }
    let after = json!({"sha256": sha256, "kept": kept, "removed": removed, "certified": certified});
    tx.record(actions::REVIEW, format!("rights-review:{review}"), None::<&()>, Some(&after))?;
    if !warnings.is_empty() {
        left.push("the provider".to_owned());
    }
    for tenant in headless {
        if let Some(warning) = tenant_service::no_administrator(tx, tenant.id, &tenant.code)? {
            warnings.push(warning);
            left.push(tenant.code.clone());
        }
    }
    Ok((bulk.with("review", review), warnings, left))
}
