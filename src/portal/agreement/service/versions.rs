//! What an agreement says: its document, annexes and dates. A change after it was sent makes a new version, and what
//! was signed so far counts no more.

use chrono::{DateTime, Utc};

use super::{detail, find, mails, object};
use crate::platform::blob;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::portal::access;
use crate::portal::agreement::view::AgreementDetail;
use crate::portal::agreement::{
    Agreement, Annex, Changes, EventKind, NamedFile, actions, evidence, rules, store,
};
use crate::values::parse_utc_text;

/// Changes an agreement that is not in force yet; answers with `result`. A draft is simply changed. One that was sent
/// becomes a new version, which its signatory is told of: signatures so far are void.
pub fn update(
    tx: &Tx<'_>,
    id: i64,
    changes: Changes,
    desk: &super::Desk,
) -> Result<(&'static str, AgreementDetail)> {
    access::provider_only(tx.actor())?;
    let before = find(tx, id)?;
    let state = rules::take(&before, rules::Step::Update, local_date(tx.now()))?;
    let mut after = Agreement { state, ..before.clone() };
    let annexes = apply(tx, &mut after, changes)?;
    rules::check_dates(after.effective_on, after.expires_on)?;
    let same_annexes = match &annexes {
        None => true,
        Some(annexes) => has_annexes(tx, &before, annexes)?,
    };
    if same_annexes && (Agreement { state: before.state, ..after.clone() }) == before {
        return Ok(("unchanged", detail(tx, before, tx.now())?));
    }
    let is_frozen = before.sent_at.is_some();
    if is_frozen {
        store::insert_version(tx, &before)?;
        after.version += 1;
    }
    store::update(tx, &after)?;
    match annexes {
        Some(annexes) => {
            store::delete_annexes(tx, &after)?;
            put_annexes(tx, &after, &annexes)?;
        }
        None if is_frozen => copy_annexes(tx, &before, &after)?,
        None => {}
    }
    evidence::add(tx, &after, EventKind::Updated, annex_note(tx, &after)?.as_deref())?;
    if is_frozen {
        void(tx, &after)?;
    }
    tx.record(actions::UPDATE, object(&after), Some(&before), Some(&after))?;
    if is_frozen {
        mails::tell_of_new_version(tx, &after, desk)?;
    }
    let after = find(tx, id)?;
    Ok(("updated", detail(tx, after, tx.now())?))
}

/// Puts the changes into an agreement; answers with the annexes where they change.
fn apply(tx: &Tx<'_>, after: &mut Agreement, changes: Changes) -> Result<Option<Vec<NamedFile>>> {
    if let Some(title) = changes.title {
        after.title = title;
    }
    if let Some(document) = changes.document {
        let stored = blob::store(tx, &document.file.bytes)?;
        after.document = document.file.name;
        after.blob = stored.id;
        after.sha256 = stored.sha256;
        after.pages = document.pages;
        after.document_title = document.title;
    }
    if let Some(date) = changes.effective_on {
        after.effective_on = date;
    }
    if let Some(date) = changes.expires_on {
        after.expires_on = date;
    }
    if let Some(service) = changes.service {
        after.service = service;
    }
    Ok(changes.annexes)
}

/// Stores the annexes of a version, in the order given.
pub(super) fn put_annexes(tx: &Tx<'_>, agreement: &Agreement, annexes: &[NamedFile]) -> Result<()> {
    for (position, annex) in (1_i64..).zip(annexes) {
        let stored = blob::store(tx, &annex.bytes)?;
        store::insert_annex(tx, agreement, position, &annex.name, stored.id)?;
    }
    Ok(())
}

/// The annexes of the present version, by name and hash: they are part of what is signed, and the chain of events holds
/// them.
pub(super) fn annex_note(tx: &Tx<'_>, agreement: &Agreement) -> Result<Option<String>> {
    let annexes = store::annexes_of(tx, agreement.id, agreement.version)?;
    let line = |annex: &Annex| format!("annex {}: {}, SHA-256 {}", annex.position, annex.name, annex.sha256);
    Ok((!annexes.is_empty()).then(|| annexes.iter().map(line).collect::<Vec<_>>().join("; ")))
}

/// When the present version took the place of the one before it.
pub(super) fn superseded_at(tx: &Connection, agreement: i64) -> Result<Option<DateTime<Utc>>> {
    let versions = store::versions(tx, agreement)?;
    Ok(versions.last().and_then(|version| parse_utc_text(&version.superseded_at)))
}

fn copy_annexes(tx: &Tx<'_>, before: &Agreement, after: &Agreement) -> Result<()> {
    for annex in store::annexes_of(tx, before.id, before.version)? {
        store::insert_annex(tx, after, annex.position, &annex.name, annex.blob)?;
    }
    Ok(())
}

/// Whether these are the very annexes that it has.
fn has_annexes(tx: &Tx<'_>, agreement: &Agreement, annexes: &[NamedFile]) -> Result<bool> {
    let present = store::annexes_of(tx, agreement.id, agreement.version)?;
    Ok(present.len() == annexes.len()
        && present.iter().zip(annexes).all(|(a, b)| a.name == b.name && a.sha256 == b.bytes.sha256))
}

/// Voids what was signed of the version before.
fn void(tx: &Tx<'_>, after: &Agreement) -> Result<()> {
    let signatures = store::signatures::list(tx, after.id)?;
    store::signatures::void(tx, after.id)?;
    for signature in signatures.iter().filter(|signature| signature.counts()) {
        let told = format!(
            "{}: {} <{}>, version {}",
            signature.party, signature.signer, signature.email, signature.version
        );
        evidence::add(tx, after, EventKind::Voided, Some(&told))?;
    }
    Ok(())
}

/// Refuses an update that would change nothing because nothing was said.
pub fn require_some(changes: &Changes) -> Result<()> {
    let Changes { title, document, annexes, effective_on, expires_on, service } = changes;
    let some = title.is_some()
        || document.is_some()
        || annexes.is_some()
        || effective_on.is_some()
        || expires_on.is_some()
        || service.is_some();
    if some {
        return Ok(());
    }
    Err(Error::usage("nothing to change was named")
        .hint("--document FILE makes a new version; --help shows what else can be changed"))
}
