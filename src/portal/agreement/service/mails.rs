//! What is written about agreements, and what becomes of it.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::signing::{Signer, present_signatory};
use super::{Desk, object};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, format, label_of};
use crate::platform::outbox::{self, Message, NewMail, Template};
use crate::portal::agreement::{Agreement, EventKind, Party, Signature, evidence, mail, sight, store};
use crate::portal::signatory::{self, Signatory};
use crate::portal::tenant::store as tenant_store;
use crate::portal::user;
use crate::values::Email;

/// Sends a signatory the link to the dashboard, naming what waits there.
pub fn send_dashboard(tx: &Tx<'_>, signatory: &Signatory, desk: &Desk) -> Result<()> {
    let tenant = tenant_store::find(tx, signatory.tenant_id)?;
    signatory::service::send_dashboard(tx, signatory, &tenant.name, None, desk.lang)?;
    Ok(())
}

/// Tells the signatory that there is a new version to be signed.
pub fn tell_of_new_version(tx: &Tx<'_>, agreement: &Agreement, desk: &Desk) -> Result<()> {
    let signatory = present_signatory(tx, agreement)?;
    let tenant = tenant_store::find(tx, signatory.tenant_id)?;
    signatory::service::send_dashboard(tx, &signatory, &tenant.name, Some(&agreement.title), desk.lang)?;
    Ok(())
}

/// Tells both sides that the agreement is in force: who signed, and the provider's mailbox.
pub fn tell_in_force(
    tx: &Tx<'_>,
    agreement: &Agreement,
    signatures: &[Signature],
    desk: &Desk,
) -> Result<()> {
    let mut told: Vec<Email> = Vec::new();
    for party in [Party::Customer, Party::Provider] {
        let signed = signatures.iter().find(|signature| signature.counts() && signature.party == party);
        let Some(signature) = signed else { continue };
        let to: Email = signature.email.parse()?;
        write(tx, &mail::IN_FORCE, agreement, (&to, &signature.signer), desk, json!({}))?;
        told.push(to);
    }
    if !told.iter().any(|known| known.key() == desk.mailbox.key()) {
        write(tx, &mail::IN_FORCE, agreement, (&desk.mailbox, PROVIDER), desk, json!({}))?;
    }
    Ok(())
}

/// Tells the provider that the signatory said no: its mailbox, and whoever had signed for it.
pub fn tell_declined(
    tx: &Tx<'_>,
    agreement: &Agreement,
    by: &Signer,
    reason: &str,
    desk: &Desk,
) -> Result<()> {
    let more = json!({"signer": by.name, "email": by.email, "reason": reason});
    write(tx, &mail::DECLINED, agreement, (&desk.mailbox, PROVIDER), desk, more.clone())?;
    for signature in store::signatures::list(tx, agreement.id)? {
        let to: Email = signature.email.parse()?;
        if signature.party == Party::Provider && signature.counts() && to.key() != desk.mailbox.key() {
            write(tx, &mail::DECLINED, agreement, (&to, &signature.signer), desk, more.clone())?;
        }
    }
    Ok(())
}

/// Tells whoever was asked to sign, and whoever has signed, that an agreement was taken back.
pub fn tell_withdrawn(tx: &Tx<'_>, agreement: &Agreement, reason: &str, desk: &Desk) -> Result<()> {
    let mut told: Vec<String> = Vec::new();
    let asked = signatory::store::present(tx, agreement.tenant_id, agreement.kind.scope())?;
    let asked = asked.map(|signatory| (signatory.email, signatory.name));
    let mut readers: Vec<(Email, String)> = asked.into_iter().collect();
    for signature in store::signatures::list(tx, agreement.id)?.into_iter().filter(Signature::counts) {
        readers.push((signature.email.parse()?, signature.signer));
    }
    for (to, name) in readers {
        if told.contains(&to.key()) || sight::is_shut(tx, &to)? {
            continue;
        }
        write(tx, &mail::WITHDRAWN, agreement, (&to, &name), desk, json!({"reason": reason}))?;
        told.push(to.key());
    }
    Ok(())
}

/// Remembers what became of a mail about agreements: it is part of their evidence. What the dashboard's mail names is
/// what it is about, and nothing else that may wait by then.
pub fn noted(tx: &Tx<'_>, message: &Message, result: &str) -> Result<()> {
    let kind = match result {
        "sent" => EventKind::Mailed,
        "failed" => EventKind::MailFailed,
        "bounced" => EventKind::MailBounced,
        _ => return Ok(()),
    };
    let about: Vec<i64> = match outbox::number_of(&message.cause, "agreement") {
        Some(id) => vec![id],
        None if message.template == signatory::mail::DASHBOARD.name => message
            .param("waiting")
            .and_then(|waiting| {
                Some(waiting.as_array()?.iter().filter_map(|one| one["id"].as_i64()).collect())
            })
            .unwrap_or_default(),
        None => Vec::new(),
    };
    for id in about {
        // A mail is not held up by what it is about.
        let Some(agreement) = store::find(tx, id)? else { continue };
        evidence::add(tx, &agreement, kind, Some(&format!("{}, mail {}", message.to, message.id)))?;
    }
    Ok(())
}

/// How the provider's own mailbox is addressed.
pub(super) const PROVIDER: &str = "Statens Administration";

/// Queues a mail about an agreement in the language of whoever reads it.
pub(super) fn write(
    tx: &Tx<'_>,
    template: &'static Template,
    agreement: &Agreement,
    (to, name): (&Email, &str),
    desk: &Desk,
    more: Value,
) -> Result<()> {
    let known = user::store::find_by_email(tx, to)?;
    let lang: Lang = known.and_then(|user| user.language).unwrap_or(desk.lang);
    let date = |date: Option<NaiveDate>| date.map(|date| format::long_date(lang, date));
    let mut params = json!({
        "id": agreement.id,
        "name": name,
        "tenant": tenant_store::find(tx, agreement.tenant_id)?.name,
        "kind": label_of(lang, agreement.kind),
        "title": agreement.title,
        "service": agreement.service,
        "effective_on": date(agreement.effective_on),
        "expires_on": date(agreement.expires_on),
        "sha256": agreement.sha256,
    });
    if let (Value::Object(params), Value::Object(more)) = (&mut params, more) {
        params.extend(more);
    }
    outbox::queue(
        tx,
        &NewMail {
            template,
            to,
            language: lang,
            cause: object(agreement),
            params,
            link: None,
            reply_tag: None,
        },
    )?;
    Ok(())
}
