//! Use cases of agreements.

use serde_json::json;

use super::view::AgreementDetail;
use super::{
    Agreement, Filter, NewAgreement, NewSignature, Party, Signature, State, actions, mail, rules, sight,
    store,
};
use crate::platform::actor::Actor;
use crate::platform::blob::{self, Blob};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, OrNotFound, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::{Lang, format, label_of};
use crate::platform::outbox::{self, NewMail};
use crate::portal::access::{self, Menu};
use crate::portal::signatory::{self, Signatory};
use crate::portal::tenant::{service as tenant_service, store as tenant_store};
use crate::portal::user::{self, UserStatus};
use crate::values::{Coded, Email, parse_utc_text, utc_text};
use chrono::{DateTime, NaiveDate, Utc};

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
    let document = new.document.into_file();
    let stored = blob::store(tx, &document.bytes)?;
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
        document: document.name,
        created_at: tx.now_text(),
        sent_at: None,
        in_force_at: None,
        blob: stored.id,
    };
    let draft = Agreement { id: store::insert(tx, &draft)?, ..draft };
    for (position, annex) in (1_i64..).zip(&new.annexes) {
        let stored = blob::store(tx, &annex.bytes)?;
        store::insert_annex(tx, draft.id, position, &annex.name, stored.id)?;
    }
    store::insert_event(tx, &draft, "created", None)?;
    tx.record(actions::CREATE, object(&draft), None::<&()>, Some(&draft))?;
    detail(tx, draft, tx.now())
}

/// Sends a draft for signature. From here on its document is frozen; the signatory gets the dashboard's link (K-200).
pub fn send(tx: &Tx<'_>, id: i64, lang: Lang) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let before = find(tx, id)?;
    let state = rules::take(&before, rules::Step::Send)?;
    let tenant = tenant_store::find(tx, before.tenant_id)?;
    tenant_service::require_active(&tenant)?;
    let scope = before.kind.scope();
    let signatory = signatory::store::present(tx, tenant.id, scope)?.ok_or_else(|| {
        Error::conflict(
            "agreement.no-signatory",
            format!("{} has no signatory of scope {scope}, who would sign agreement {id}", tenant.code),
        )
        .hint(format!("`portalctl signatory set --tenant {} --scope {scope} …` first", tenant.code))
    })?;
    let after = Agreement { state, sent_at: Some(tx.now_text()), ..before.clone() };
    store::update_state(tx, &after)?;
    store::insert_event(tx, &after, "sent", Some(&format!("{} <{}>", signatory.name, signatory.email)))?;
    tx.record(actions::SEND, object(&after), Some(&before), Some(&after))?;
    signatory::service::send_dashboard(tx, &signatory, &tenant.name, lang)?;
    detail(tx, after, tx.now())
}

/// Records a signature that was made elsewhere. The second one, of the same bytes, brings the agreement into force
/// (K-203); the signatory is told.
pub fn record_signature(tx: &Tx<'_>, id: i64, new: NewSignature, lang: Lang) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let before = find(tx, id)?;
    let mut signatures = store::signatures(tx, id)?;
    let step = rules::signing_step(before.state);
    let state = rules::take(&before, step)?;
    rules::check_signature(&before, &signatures, new.party, new.signed_at, tx.now())?;
    let signer = match new.party {
        Party::Customer => customer_signer(tx, &before, &new.signer)?,
        Party::Provider => provider_signer(tx, &new.signer)?,
    };
    require_frozen(tx, &before)?;
    let (evidence, evidence_blob) = match &new.evidence {
        Some(file) => (Some(file.name.clone()), Some(blob::store(tx, &file.bytes)?.id)),
        None => (None, None),
    };
    let signature = Signature {
        party: new.party,
        signer: new.name.unwrap_or(signer.name),
        email: signer.email,
        title: new.title.or(signer.title),
        role: signer.role,
        method: new.method,
        reference: new.reference,
        signed_at: utc_text(new.signed_at),
        sha256: before.sha256.clone(),
        evidence,
        evidence_blob,
    };
    store::insert_signature(tx, id, &signature)?;
    signatures.push(signature.clone());
    if state == State::InForce && !rules::both_signed(&before.sha256, &signatures) {
        return Err(Error::conflict(
            "agreement.document-differs",
            format!("the two parties did not sign the same bytes of agreement {id}"),
        )
        .hint("only signatures of the very same document bring an agreement into force (K-203)"));
    }
    let in_force_at = (state == State::InForce).then(|| tx.now_text());
    store::update_state(tx, &Agreement { state, in_force_at, ..before.clone() })?;
    let after = find(tx, id)?;
    let told =
        format!("{}: {} <{}>, {}", signature.party, signature.signer, signature.email, signature.method);
    store::insert_event(tx, &after, "signed", Some(&told))?;
    tx.record(actions::SIGN, object(&after), None::<&()>, Some(&signature))?;
    if after.state == State::InForce {
        store::insert_event(tx, &after, "in-force", None)?;
        tx.record(actions::IN_FORCE, object(&after), Some(&before), Some(&after))?;
        tell_signatory(tx, &after, &signatures, lang)?;
    }
    detail(tx, after, tx.now())
}

/// Takes an agreement back before it is in force.
pub fn withdraw(tx: &Tx<'_>, id: i64) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let reason = tx.require_reason()?.to_owned();
    let before = find(tx, id)?;
    let after = Agreement { state: rules::take(&before, rules::Step::Withdraw)?, ..before.clone() };
    store::update_state(tx, &after)?;
    store::insert_event(tx, &after, "withdrawn", Some(&reason))?;
    tx.record(actions::WITHDRAW, object(&after), Some(&before), Some(&after))?;
    detail(tx, after, tx.now())
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

/// The document of an agreement, or one of its annexes: its stored file and its name (K-100).
pub fn file(conn: &Connection, actor: &Actor, id: i64, annex: Option<i64>) -> Result<(Blob, String)> {
    let agreement = sight::visible(conn, actor, id)?;
    let Some(position) = annex else {
        return Ok((blob::find(conn, agreement.blob)?, agreement.document));
    };
    let annexes = store::annexes(conn, id)?;
    let count = annexes.len();
    let annex = annexes.into_iter().find(|annex| annex.position == position).ok_or_else(|| {
        Error::not_found("annex", position).hint(match count {
            0 => format!("agreement {id} has no annexes"),
            1 => format!("agreement {id} has one annex, number 1"),
            n => format!("agreement {id} has annexes 1 to {n}"),
        })
    })?;
    Ok((blob::find(conn, annex.blob)?, annex.name))
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

fn detail(conn: &Connection, mut agreement: Agreement, now: DateTime<Utc>) -> Result<AgreementDetail> {
    agreement.state = rules::derived(agreement.state, agreement.expires_on, format::local_date(now));
    Ok(AgreementDetail {
        annexes: store::annexes(conn, agreement.id)?,
        signatures: store::signatures(conn, agreement.id)?,
        events: store::events(conn, agreement.id)?,
        agreement,
    })
}

/// The numbers of the agreements that someone signed whose name or address holds this text.
fn signed_by(conn: &Connection, part: &str) -> Result<std::collections::HashSet<i64>> {
    let part = part.trim().to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&part);
    let signers = store::signers(conn)?;
    Ok(signers
        .into_iter()
        .filter(|(_, name, email)| holds(name) || holds(email))
        .map(|(id, _, _)| id)
        .collect())
}

/// Who signs, as known when the signature is recorded.
struct Signer {
    name: String,
    email: String,
    title: Option<String>,
    role: String,
}

/// The customer's signer must be the signatory of the scope (K-051..K-053).
fn customer_signer(conn: &Connection, agreement: &Agreement, email: &Email) -> Result<Signer> {
    let scope = agreement.kind.scope();
    let present = signatory::store::present(conn, agreement.tenant_id, scope)?;
    let wrong = |hint: String| {
        Error::refused(
            "agreement.not-signatory",
            format!("{email} is not {}'s signatory of scope {scope}", agreement.tenant),
        )
        .hint(hint)
    };
    match present {
        Some(Signatory { name, email: known, title, .. }) if known.key() == email.key() => {
            Ok(Signer { name, email: known.to_string(), title: Some(title), role: scope.code().to_owned() })
        }
        Some(other) => Err(wrong(format!("the signatory is {} <{}>", other.name, other.email))),
        None => {
            Err(wrong(format!("`portalctl signatory set --tenant {} --scope {scope} …`", agreement.tenant)))
        }
    }
}

/// The provider's signer must be one of its staff, with an account that is not disabled.
fn provider_signer(conn: &Connection, email: &Email) -> Result<Signer> {
    let wrong = || {
        Error::refused("agreement.not-staff", format!("{email} is not one of the provider's staff"))
            .hint("the provider's signer is a user with a staff role: `portalctl user list` shows them")
    };
    let known = match user::service::resolve(conn, email) {
        Ok(known) => known,
        Err(e) if e.exit() == Exit::NotFound => return Err(wrong()),
        Err(e) => return Err(e),
    };
    let staff = known.staff.filter(|_| known.status != UserStatus::Disabled).ok_or_else(wrong)?;
    Ok(Signer {
        name: known.name,
        email: known.email.to_string(),
        title: known.title,
        role: staff.code().to_owned(),
    })
}

/// What is signed must be the document that was sent: the stored file and the recorded hash must agree.
fn require_frozen(conn: &Connection, agreement: &Agreement) -> Result<()> {
    if blob::find(conn, agreement.blob)?.sha256 == agreement.sha256 {
        return Ok(());
    }
    Err(Error::conflict(
        "agreement.document-differs",
        format!("the document of agreement {} is not the one that was sent", agreement.id),
    )
    .hint("a signature is never recorded on a changed document; `portalctl db check` looks closer"))
}

/// Tells the customer's signer that the agreement is in force.
fn tell_signatory(tx: &Tx<'_>, agreement: &Agreement, signatures: &[Signature], lang: Lang) -> Result<()> {
    let Some(signature) = signatures.iter().find(|signature| signature.party == Party::Customer) else {
        return Ok(());
    };
    let to: Email = signature.email.parse()?;
    let known = user::store::find_by_email(tx, &to)?;
    let lang = known.and_then(|user| user.language).unwrap_or(lang);
    let date = |date: Option<NaiveDate>| date.map(|date| format::long_date(lang, date));
    outbox::queue(
        tx,
        &NewMail {
            template: &mail::IN_FORCE,
            to: &to,
            language: lang,
            cause: object(agreement),
            params: json!({
                "id": agreement.id,
                "name": signature.signer,
                "tenant": tenant_store::find(tx, agreement.tenant_id)?.name,
                "kind": label_of(lang, agreement.kind),
                "title": agreement.title,
                "effective_on": date(agreement.effective_on),
                "expires_on": date(agreement.expires_on),
                "sha256": agreement.sha256,
            }),
            link: None,
        },
    )?;
    Ok(())
}

fn object(agreement: &Agreement) -> String {
    format!("agreement:{}", agreement.id)
}
