//! The way to force: sent, signed by both parties, or declined or taken back before that (K-200..K-204).

use chrono::{DateTime, Utc};

use super::{Desk, detail, find, mails, object, versions};
use crate::platform::actor::{Actor, Principal};
use crate::platform::blob;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::i18n::format::local_date;
use crate::portal::access;
use crate::portal::agreement::view::AgreementDetail;
use crate::portal::agreement::{
    Agreement, Annex, EventKind, NewSignature, Origin, Party, Signature, State, actions, evidence, facts,
    rules, sight, store,
};
use crate::portal::session::Method;
use crate::portal::signatory::{self, Signatory};
use crate::portal::tenant::{service as tenant_service, store as tenant_store};
use crate::portal::user::{self, UserStatus};
use crate::values::{Coded, Email, utc_text};

/// Who signs, and with what right, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Title.
    pub title: Option<String>,
    /// The signatory's scope or the staff role.
    pub role: String,
    /// Since when the right is held, UTC; `None` where it is not known.
    pub since: Option<String>,
}

/// What somebody is about to sign: shown to them, and compared when they have said yes.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The agreement as it is now.
    pub agreement: Agreement,
    /// Its annexes.
    pub annexes: Vec<Annex>,
    /// Who would sign.
    pub signer: Signer,
}

/// How somebody who signs here has shown who they are.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// `dashboard-link`, `session` or `operator`.
    pub method: &'static str,
    /// The second step of the session.
    pub second_step: Option<Method>,
}

/// Sends a draft for signature. From here on its document is frozen; the signatory gets the dashboard's link (K-200).
pub fn send(tx: &Tx<'_>, id: i64, desk: &Desk) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let before = find(tx, id)?;
    let state = rules::take(&before, rules::Step::Send, local_date(tx.now()))?;
    let tenant = tenant_store::find(tx, before.tenant_id)?;
    tenant_service::require_active(&tenant)?;
    let signatory = present_signatory(tx, &before)?;
    require_frozen(tx, &before)?;
    let after = Agreement { state, sent_at: Some(tx.now_text()), ..before.clone() };
    store::update(tx, &after)?;
    let told = format!("{} <{}>", signatory.name, signatory.email);
    evidence::add(tx, &after, EventKind::Sent, Some(&told))?;
    tx.record(actions::SEND, object(&after), Some(&before), Some(&after))?;
    mails::send_dashboard(tx, &signatory, desk)?;
    detail(tx, after, tx.now())
}

/// Sends the signatory of what still waits for the customer a new link to the dashboard; the older one ends.
pub fn remind(tx: &Tx<'_>, id: i64, desk: &Desk) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let agreement = find(tx, id)?;
    let today = local_date(tx.now());
    if !rules::awaited(&agreement, &store::signatures::list(tx, id)?).contains(&Party::Customer) {
        return Err(Error::conflict(
            "agreement.state",
            format!(
                "agreement {id} is {} and does not wait for the customer's signature",
                rules::derived(agreement.state, agreement.expires_on, today)
            ),
        )
        .hint("`portalctl agreement dashboard` lists what waits for whom"));
    }
    rules::check_not_over(&agreement, today)?;
    let signatory = present_signatory(tx, &agreement)?;
    let told = format!("{} <{}>", signatory.name, signatory.email);
    evidence::add(tx, &agreement, EventKind::Reminded, Some(&told))?;
    tx.record(actions::REMIND, object(&agreement), None::<&()>, Some(&serde_json::json!({"to": told})))?;
    mails::send_dashboard(tx, &signatory, desk)?;
    detail(tx, agreement, tx.now())
}

/// What the actor, a signatory, is about to sign for the customer. Anyone else is refused.
pub fn offer_to_customer(conn: &Connection, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Offer> {
    let agreement = sight::visible(conn, actor, id)?;
    let signer = customer_signer(conn, actor, &agreement)?;
    offer(conn, agreement, signer, Party::Customer, now)
}

/// What the actor, a signatory, is about to decline. Anyone else is refused.
pub fn offer_to_decline(conn: &Connection, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<Offer> {
    let agreement = sight::visible(conn, actor, id)?;
    let signer = customer_signer(conn, actor, &agreement)?;
    rules::take(&agreement, rules::Step::Decline, local_date(now))?;
    Ok(Offer { annexes: store::annexes(conn, id)?, agreement, signer })
}

/// What a member of staff is about to sign for the provider. Whoever is logged in signs in nobody else's name.
pub fn offer_to_provider(
    conn: &Connection,
    actor: &Actor,
    id: i64,
    email: &Email,
    now: DateTime<Utc>,
) -> Result<Offer> {
    access::provider_only(actor)?;
    let agreement = find(conn, id)?;
    if let Some(own) = actor.user().filter(|own| !own.eq_ignore_ascii_case(email.as_str())) {
        return Err(Error::refused(
            "agreement.not-oneself",
            format!("{own} does not sign in the name of {email}"),
        )
        .hint("--signer names whoever is logged in; leave it away"));
    }
    let signer = provider_signer(conn, email)?;
    offer(conn, agreement, signer, Party::Provider, now)
}

fn offer(
    conn: &Connection,
    agreement: Agreement,
    signer: Signer,
    party: Party,
    now: DateTime<Utc>,
) -> Result<Offer> {
    let today = local_date(now);
    rules::take(&agreement, rules::signing_step(agreement.state), today)?;
    let signatures = store::signatures::list(conn, agreement.id)?;
    rules::check_signature(&agreement, &signatures, party, now, None, now)?;
    rules::check_not_over(&agreement, today)?;
    Ok(Offer { annexes: store::annexes(conn, agreement.id)?, agreement, signer })
}

/// Refuses to show for signing what is not stored as it was sent, byte for byte. It reads the whole document, so it is
/// asked before the write and not in it.
pub fn require_whole(conn: &Connection, offer: &Offer) -> Result<()> {
    blob::copy_to(conn, &blob::find(conn, offer.agreement.blob)?, &mut std::io::sink())
}

/// Signs for the customer what was offered and confirmed.
pub fn sign(tx: &Tx<'_>, confirmed: &Offer, how: How, desk: &Desk) -> Result<AgreementDetail> {
    let offer = offer_to_customer(tx, tx.actor(), confirmed.agreement.id, tx.now())?;
    signed_here(tx, Party::Customer, offer, confirmed, how, desk)
}

/// Signs for the provider what was offered and confirmed.
pub fn countersign(tx: &Tx<'_>, confirmed: &Offer, how: How, desk: &Desk) -> Result<AgreementDetail> {
    let email: Email = confirmed.signer.email.parse()?;
    let offer = offer_to_provider(tx, tx.actor(), confirmed.agreement.id, &email, tx.now())?;
    signed_here(tx, Party::Provider, offer, confirmed, how, desk)
}

fn signed_here(
    tx: &Tx<'_>,
    party: Party,
    offer: Offer,
    confirmed: &Offer,
    how: How,
    desk: &Desk,
) -> Result<AgreementDetail> {
    require_same(&offer, confirmed)?;
    let Offer { agreement, signer, .. } = offer;
    let signature = Signature {
        party,
        signer: signer.name,
        email: signer.email,
        title: signer.title,
        role: signer.role,
        method: how.method.to_owned(),
        reference: None,
        signed_at: tx.now_text(),
        sha256: agreement.sha256.clone(),
        evidence: None,
        evidence_sha256: None,
        origin: Origin::Portal,
        second_step: how.second_step,
        right_since: signer.since,
        version: agreement.version,
        voided_at: None,
        evidence_blob: None,
    };
    put(tx, agreement, signature, desk)
}

/// What was shown must be what is there now.
fn require_same(now: &Offer, then: &Offer) -> Result<()> {
    let of = |offer: &Offer| (offer.agreement.version, offer.agreement.sha256.clone(), offer.signer.clone());
    if of(now) == of(then) {
        return Ok(());
    }
    Err(Error::conflict(
        "agreement.changed",
        format!("agreement {} or its signer was changed while it was being confirmed", now.agreement.id),
    )
    .hint("look at the new version, then decide"))
}

/// Records a signature that was made elsewhere, with what proves it.
pub fn record_signature(tx: &Tx<'_>, id: i64, new: NewSignature, desk: &Desk) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let agreement = find(tx, id)?;
    rules::take(&agreement, rules::signing_step(agreement.state), local_date(tx.now()))?;
    let present = store::signatures::list(tx, id)?;
    let superseded = versions::superseded_at(tx, id)?;
    rules::check_signature(&agreement, &present, new.party, new.signed_at, superseded, tx.now())?;
    let signer = match new.party {
        Party::Customer => named_signatory(tx, &agreement, &new.signer)?,
        Party::Provider => provider_signer(tx, &new.signer)?,
    };
    let stored = new.evidence.as_ref().map(|file| blob::store(tx, &file.bytes)).transpose()?;
    let signed_at = utc_text(new.signed_at);
    let signature = Signature {
        party: new.party,
        signer: new.name.unwrap_or(signer.name),
        email: signer.email,
        title: new.title.or(signer.title),
        role: signer.role,
        method: new.method,
        reference: new.reference,
        sha256: agreement.sha256.clone(),
        evidence: new.evidence.map(|file| file.name),
        evidence_sha256: stored.as_ref().map(|blob| blob.sha256.clone()),
        origin: Origin::Recorded,
        second_step: None,
        // A right that was entered here after the signature says nothing of the right at that time.
        right_since: signer.since.filter(|since| *since <= signed_at),
        signed_at,
        version: agreement.version,
        voided_at: None,
        evidence_blob: stored.map(|blob| blob.id),
    };
    put(tx, agreement, signature, desk)
}

/// Adds a signature. The second one, of the same bytes, brings the agreement into force (K-203); both sides are told.
fn put(tx: &Tx<'_>, before: Agreement, signature: Signature, desk: &Desk) -> Result<AgreementDetail> {
    let id = before.id;
    let state = rules::take(&before, rules::signing_step(before.state), local_date(tx.now()))?;
    require_frozen(tx, &before)?;
    store::signatures::insert(tx, id, &signature)?;
    let signatures = store::signatures::list(tx, id)?;
    if state == State::InForce && !rules::both_signed(&before.sha256, &signatures) {
        return Err(Error::conflict(
            "agreement.document-differs",
            format!("the two parties did not sign the same bytes of agreement {id}"),
        )
        .hint("only signatures of the very same document bring an agreement into force (K-203)"));
    }
    let in_force_at = (state == State::InForce).then(|| tx.now_text());
    store::update(tx, &Agreement { state, in_force_at, ..before.clone() })?;
    let after = find(tx, id)?;
    let proof = signature.evidence_sha256.as_ref().map(|sha256| format!(", evidence SHA-256 {sha256}"));
    let Signature { party, signer, email, method, .. } = &signature;
    let told = format!("{party}: {signer} <{email}>, {method}{}", proof.unwrap_or_default());
    evidence::add(tx, &after, EventKind::Signed, Some(&told))?;
    tx.record(actions::SIGN, object(&after), None::<&()>, Some(&signature))?;
    if after.state == State::InForce {
        evidence::add(tx, &after, EventKind::InForce, Some(&facts::note(tx, &after)?))?;
        tx.record(actions::IN_FORCE, object(&after), Some(&before), Some(&after))?;
        mails::tell_in_force(tx, &after, &signatures, desk)?;
    }
    detail(tx, after, tx.now())
}

/// The signatory says no. The provider is told why.
pub fn decline(tx: &Tx<'_>, confirmed: &Offer, desk: &Desk) -> Result<AgreementDetail> {
    let reason = tx.require_reason()?.to_owned();
    let offer = offer_to_decline(tx, tx.actor(), confirmed.agreement.id, tx.now())?;
    require_same(&offer, confirmed)?;
    let Offer { agreement: before, signer, .. } = offer;
    let state = rules::take(&before, rules::Step::Decline, local_date(tx.now()))?;
    let after = Agreement { state, ..before.clone() };
    store::update(tx, &after)?;
    let told = format!("{} <{}>: {reason}", signer.name, signer.email);
    evidence::add(tx, &after, EventKind::Declined, Some(&told))?;
    tx.record(actions::DECLINE, object(&after), Some(&before), Some(&after))?;
    mails::tell_declined(tx, &after, &signer, &reason, desk)?;
    detail(tx, after, tx.now())
}

/// Takes an agreement back before it is in force. Whoever was asked to sign it, or has signed it, is told.
pub fn withdraw(tx: &Tx<'_>, id: i64, desk: &Desk) -> Result<AgreementDetail> {
    access::provider_only(tx.actor())?;
    let reason = tx.require_reason()?.to_owned();
    let before = find(tx, id)?;
    let state = rules::take(&before, rules::Step::Withdraw, local_date(tx.now()))?;
    let after = Agreement { state, ..before.clone() };
    store::update(tx, &after)?;
    evidence::add(tx, &after, EventKind::Withdrawn, Some(&reason))?;
    tx.record(actions::WITHDRAW, object(&after), Some(&before), Some(&after))?;
    mails::tell_withdrawn(tx, &after, &reason, desk)?;
    detail(tx, after, tx.now())
}

/// The signatory who signs this agreement now, or the refusal that names the cure.
pub(super) fn present_signatory(conn: &Connection, agreement: &Agreement) -> Result<Signatory> {
    let (id, tenant, scope) = (agreement.id, &agreement.tenant, agreement.kind.scope());
    let missing = |why: String| {
        Error::conflict("agreement.no-signatory", why)
            .hint(format!("`portalctl signatory set --tenant {tenant} --scope {scope} …` first"))
    };
    let present = signatory::store::present(conn, agreement.tenant_id, scope)?.ok_or_else(|| {
        missing(format!("{tenant} has no signatory of scope {scope}, who would sign agreement {id}"))
    })?;
    match sight::is_shut(conn, &present.email)? {
        true => Err(missing(format!(
            "the account of {}, {tenant}'s signatory of scope {scope}, is disabled",
            present.email
        ))),
        false => Ok(present),
    }
}

/// The actor, as far as they are the signatory of this agreement at this moment.
fn customer_signer(conn: &Connection, actor: &Actor, agreement: &Agreement) -> Result<Signer> {
    if let Some(signatory) = sight::signatory(conn, actor, agreement)? {
        return Ok(signer_of(signatory));
    }
    let who = match &actor.effective {
        Principal::Provider(email) | Principal::User(email) => email.as_str(),
        Principal::Signatory(holder) => holder.email.as_str(),
        Principal::Operator | Principal::Job(_) => "the operator",
    };
    let scope = agreement.kind.scope();
    Err(Error::refused(
        "agreement.not-signatory",
        format!("{who} is not {}'s signatory of scope {scope}", agreement.tenant),
    )
    .hint(
        "the signatory signs with --session FILE, or with --token-stdin and the token of the dashboard's link; \
         `agreement record-signature` records a signature that was made elsewhere",
    ))
}

fn signer_of(signatory: Signatory) -> Signer {
    Signer {
        name: signatory.name,
        email: signatory.email.to_string(),
        title: Some(signatory.title),
        role: signatory.scope.code().to_owned(),
        since: Some(signatory.since),
    }
}

/// The customer's signer must be the signatory of the scope (K-051..K-053).
fn named_signatory(conn: &Connection, agreement: &Agreement, email: &Email) -> Result<Signer> {
    let (scope, tenant) = (agreement.kind.scope(), &agreement.tenant);
    let hint = match signatory::store::present(conn, agreement.tenant_id, scope)? {
        Some(present) if present.email.key() == email.key() => return Ok(signer_of(present)),
        Some(other) => format!("the signatory is {} <{}>", other.name, other.email),
        None => format!("`portalctl signatory set --tenant {tenant} --scope {scope} …`"),
    };
    let message = format!("{email} is not {tenant}'s signatory of scope {scope}");
    Err(Error::refused("agreement.not-signatory", message).hint(hint))
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
        since: known.staff_since,
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
