//! Use cases of agreements.

pub mod certificate;
pub mod dashboard;
pub mod ending;
pub mod expiry;
pub mod mails;
pub mod overview;
pub mod signing;
pub mod versions;

use super::view::AgreementDetail;
use super::{
    Agreement, EventKind, Filter, NewAgreement, Party, Signature, State, actions, evidence, rules, sight,
    store,
};
use crate::platform::actor::Actor;
use crate::platform::blob::{self, Blob};
use crate::platform::ctx::Ctx;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, OrNotFound, Result};
use crate::platform::i18n::{Lang, format};
use crate::portal::access::{self, Menu};
use crate::portal::tenant::service as tenant_service;
use crate::values::{Email, parse_utc_text};
use chrono::{DateTime, NaiveDate, Utc};

/// How the provider writes about agreements.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The language of whoever has chosen none.
    pub lang: Lang,
    /// Where the provider reads what happened.
    pub mailbox: Email,
}

impl Desk {
    /// As this machine's configuration says.
    pub fn of(ctx: &Ctx<'_>) -> Desk {
        Desk { lang: ctx.lang(), mailbox: ctx.config.sender_address.clone() }
    }
}

/// Creates a draft.
pub fn create(tx: &Tx<'_>, new: NewAgreement) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let tenant = tenant_service::resolve(tx, &new.tenant)?;
    tenant_service::require_active(&tenant)?;
    rules::check_dates(new.effective_on, new.expires_on)?;
    if let Some(id) = new.supplements {
        let other = store::find(tx, id)?.or_not_found("agreement", id)?;
        if other.tenant_id != tenant.id {
            return Err(Error::conflict(
                "agreement.other-tenant",
                format!("agreement {id} is {}'s, not {}'s", other.tenant, tenant.code),
            )
            .hint("--supplements names an agreement of the same institution"));
        }
    }
    let document = new.document;
    let stored = blob::store(tx, &document.file.bytes)?;
    let draft = Agreement {
        id: 0,
        tenant_id: tenant.id,
        tenant: tenant.code,
        kind: new.kind,
        title: new.title,
        state: State::Draft,
        effective_on: new.effective_on,
        expires_on: new.expires_on,
        sha256: stored.sha256,
        signed_by: None,
        signed_at: None,
        supplements: new.supplements,
        service: new.service,
        document: document.file.name,
        created_at: tx.now_text(),
        sent_at: None,
        in_force_at: None,
        version: 1,
        pages: document.pages,
        document_title: document.title,
        terminated_on: None,
        replaced_by: None,
        replaced_on: None,
        blob: stored.id,
        certificate: None,
    };
    let draft = Agreement { id: store::insert(tx, &draft)?, ..draft };
    versions::put_annexes(tx, &draft, &new.annexes)?;
    evidence::add(tx, &draft, EventKind::Created, versions::annex_note(tx, &draft)?.as_deref())?;
    tx.record(actions::CREATE, object(&draft), None::<&()>, Some(&draft))?;
    detail(tx, draft, tx.now())
}

/// The agreements that the actor may see, with what the dates make of their states.
pub fn list(conn: &Connection, actor: &Actor, filter: &Filter, now: DateTime<Utc>) -> Result<Vec<Agreement>> {
    let tenant = match &filter.tenant {
        Some(name) => Some(sight::tenant_for(conn, actor, name)?.id),
        None => access::places(conn, actor, Menu::Agreements).map(|_| None)?,
    };
    let today = format::local_date(now);
    let signed_by = match &filter.signed_by {
        Some(part) => Some(signed_by(conn, part)?),
        None => None,
    };
    let mut sight = sight::Sight::default();
    let mut seen = Vec::new();
    for mut agreement in store::list(conn, tenant, filter)? {
        if !sight.sees(conn, actor, &agreement)? {
            continue;
        }
        agreement.state = rules::derived(agreement.state, agreement.expires_on, today);
        let fits = filter.state.is_none_or(|state| state == agreement.state)
            && signed_by.as_ref().is_none_or(|ids| ids.contains(&agreement.id))
            && signed_within(&agreement, filter.signed_from, filter.signed_to);
        if fits {
            seen.push(agreement);
        }
    }
    Ok(seen)
}

/// One agreement with all that belongs to it.
pub fn show(conn: &Connection, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<AgreementDetail> {
    let agreement = sight::visible(conn, actor, id)?;
    detail(conn, agreement, now)
}

/// A file of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What is signed.
    Document,
    /// The annex of this number.
    Annex(i64),
    /// The certificate of its signatures.
    Certificate,
    /// The document of this earlier version; for the provider.
    Version(i64),
    /// What proves the recorded signature of a party.
    Evidence(Party),
}

/// A file of an agreement: its stored bytes and what it is called (K-100).
pub fn file(conn: &Connection, actor: &Actor, id: i64, part: Part) -> Result<(Blob, String)> {
    let agreement = sight::visible(conn, actor, id)?;
    match part {
        Part::Document => Ok((blob::find(conn, agreement.blob)?, agreement.document)),
        Part::Annex(position) => annex(conn, id, position),
        Part::Version(version) => {
            access::provider_only(actor)?;
            let earlier = store::versions(conn, id)?.into_iter().find(|earlier| earlier.version == version);
            let earlier = earlier.ok_or_else(|| {
                Error::not_found("version", format!("{version} of agreement {id}")).hint(format!(
                    "its present one is {}; the earlier ones stand in `portalctl agreement show {id} --format json`",
                    agreement.version
                ))
            })?;
            Ok((blob::find(conn, earlier.blob)?, earlier.document))
        }
        Part::Evidence(party) => {
            let mut signatures = store::signatures::list(conn, id)?.into_iter().rev();
            let proof = signatures
                .find(|signature| signature.party == party && signature.counts())
                .and_then(|signature| Some((signature.evidence_blob?, signature.evidence?)));
            let (blob, name) = proof.ok_or_else(|| {
                Error::not_found("evidence", format!("of the {party}'s signature of agreement {id}"))
            })?;
            Ok((blob::find(conn, blob)?, name))
        }
        Part::Certificate => {
            let certificate = agreement.certificate.ok_or_else(|| {
                let error = Error::not_found("certificate", format!("of agreement {id}"));
                match agreement.in_force_at {
                    Some(_) => error.hint(format!("`portalctl agreement certify {id}` makes it")),
                    None => error.hint("it is made when both parties have signed"),
                }
            })?;
            Ok((blob::find(conn, certificate)?, "certificate.pdf".to_owned()))
        }
    }
}

fn annex(conn: &Connection, id: i64, position: i64) -> Result<(Blob, String)> {
    let annexes = store::annexes(conn, id)?;
    let count = annexes.len();
    let annex = annexes.into_iter().find(|annex| annex.position == position).ok_or_else(|| {
        Error::not_found("annex", position).hint(match count {
            0 => format!("agreement {id} has no annexes"),
            1 => format!("agreement {id} has one annex, number 1"),
            n => format!("agreement {id} has annexes 1 to {n}"),
        })
    })?;
    Ok((blob::find(conn, annex.blob)?, format!("annex {position}: {}", annex.name)))
}

/// An agreement as recorded, without asking who wants to know.
pub fn find(conn: &Connection, id: i64) -> Result<Agreement> {
    store::find(conn, id)?.ok_or_else(|| sight::unknown(id))
}

/// Whether the last signature was given within these days, in Copenhagen.
pub fn signed_within(agreement: &Agreement, from: Option<NaiveDate>, to: Option<NaiveDate>) -> bool {
    if from.is_none() && to.is_none() {
        return true;
    }
    let Some(at) = agreement.signed_at.as_deref().and_then(parse_utc_text) else { return false };
    let day = format::local_date(at);
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}

pub(super) fn detail(
    conn: &Connection,
    mut agreement: Agreement,
    now: DateTime<Utc>,
) -> Result<AgreementDetail> {
    let id = agreement.id;
    agreement.state = rules::derived(agreement.state, agreement.expires_on, format::local_date(now));
    let (signatures, voided_signatures) =
        store::signatures::list(conn, id)?.into_iter().partition(Signature::counts);
    let certificate = agreement.certificate.map(|blob| blob::find(conn, blob)).transpose()?;
    Ok(AgreementDetail {
        certificate: certificate.map(|blob| blob.sha256),
        annexes: store::annexes(conn, id)?,
        signatures,
        voided_signatures,
        versions: store::versions(conn, id)?,
        events: store::events::list(conn, id)?,
        agreement,
    })
}

/// The numbers of the agreements that someone signed whose name or address holds this text.
fn signed_by(conn: &Connection, part: &str) -> Result<std::collections::HashSet<i64>> {
    let part = part.trim().to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&part);
    let signers = store::signatures::signers(conn)?;
    Ok(signers
        .into_iter()
        .filter(|(_, name, email)| holds(name) || holds(email))
        .map(|(id, _, _)| id)
        .collect())
}

pub(super) fn object(agreement: &Agreement) -> String {
    format!("agreement:{}", agreement.id)
}
