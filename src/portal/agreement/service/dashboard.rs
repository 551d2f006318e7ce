//! The signatory's dashboard: what awaits whose signature, and the token that opens it (K-200..K-205).

use chrono::{DateTime, Utc};

use super::object;
use crate::platform::actor::{Actor, Holder, Principal};
use crate::platform::ctx::Identity;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::format::local_date;
use crate::platform::secret::Key;
use crate::portal::agreement::view::DashboardLine;
use crate::portal::agreement::{Agreement, EventKind, State, actions, evidence, rules, sight, store};
use crate::portal::link::{self, Owner, Purpose};
use crate::portal::signatory::{Signatory, store as signatories};
use crate::values::{Email, utc_text};

/// What is asked of the dashboard.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What one person signs, by address.
    pub signatory: Option<Email>,
    /// Also what no longer waits (K-205).
    pub all: bool,
}

/// Whose dashboard a token opens.
pub fn opened_by(conn: &Connection, key: &Key, token: &str, now: DateTime<Utc>) -> Result<Identity> {
    let found = link::opened_by(conn, key, token, Purpose::Dashboard, &utc_text(now))?;
    let Some((link, Owner::Signatory(id))) = found else { return Err(refused()) };
    let signatory = signatories::find(conn, id)?;
    if signatory.until.is_some() || sight::is_shut(conn, &signatory.email)? {
        return Err(refused());
    }
    let holder = Holder { signatory: id, link, email: signatory.email.to_string() };
    Ok(Identity {
        real: None,
        principal: Principal::Signatory(holder),
        session: None,
        session_file: None,
        still_in,
    })
}

/// Whether the link still opens something.
fn still_in(conn: &Connection, now: DateTime<Utc>, identity: &Identity) -> Result<()> {
    let Principal::Signatory(holder) = &identity.principal else { return Ok(()) };
    link::store::find_live(conn, holder.link, &utc_text(now))?.map(drop).ok_or_else(refused)
}

fn refused() -> Error {
    Error::refused("auth.refused", "the link is wrong, or is no longer valid")
        .hint("the provider sends a new one with `portalctl agreement remind N`")
}

/// What awaits whose signature: to the provider everyone's, to a signatory their own; with `all` also what is signed,
/// declined or over.
pub fn list(
    conn: &Connection,
    actor: &Actor,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Result<Vec<DashboardLine>> {
    let held = match (&wanted.signatory, sight::held(conn, actor)?) {
        (None, None) => None,
        (None, Some(_)) if actor.is_provider() => None,
        (None, Some(own)) if own.is_empty() => return Err(no_signatory(actor)),
        (None, Some(own)) => Some(own),
        (Some(email), _) if actor.is_provider() => Some(held_by(conn, email)?),
        (Some(email), own) => match own.unwrap_or_default() {
            own if own.first().is_some_and(|own| own.email.key() == email.key()) => Some(own),
            _ => return Err(no_signatory(actor).hint("leave --signatory away: the dashboard is one's own")),
        },
    };
    let agreements = match &held {
        None if wanted.all => sent(conn)?,
        None => store::awaiting(conn, None)?,
        Some(held) => of_signatory(conn, held, wanted.all)?,
    };
    let today = local_date(now);
    agreements.into_iter().map(|agreement| line(conn, agreement, today)).collect()
}

fn sent(conn: &Connection) -> Result<Vec<Agreement>> {
    let all = store::list(conn, None, &super::Filter::default())?;
    Ok(all.into_iter().filter(|agreement| agreement.state != State::Draft).collect())
}

fn of_signatory(conn: &Connection, held: &[Signatory], all: bool) -> Result<Vec<Agreement>> {
    let mut agreements = Vec::new();
    for own in held {
        let of_scope = store::of_scope(conn, own.tenant_id, own.scope)?;
        let waits =
            |agreement: &Agreement| matches!(agreement.state, State::AwaitingSignature | State::PartlySigned);
        agreements.extend(of_scope.into_iter().filter(|agreement| all || waits(agreement)));
    }
    Ok(agreements)
}

fn line(conn: &Connection, agreement: Agreement, today: chrono::NaiveDate) -> Result<DashboardLine> {
    let awaits = rules::awaited(&agreement, &store::signatures::list(conn, agreement.id)?);
    let signatory = signatories::present(conn, agreement.tenant_id, agreement.kind.scope())?;
    Ok(DashboardLine {
        state: rules::derived(agreement.state, agreement.expires_on, today),
        awaits,
        signatory: signatory.map(|signatory| signatory.email.to_string()),
        id: agreement.id,
        tenant: agreement.tenant,
        kind: agreement.kind,
        title: agreement.title,
        sent_at: agreement.sent_at,
        effective_on: agreement.effective_on,
        expires_on: agreement.expires_on,
        pages: agreement.pages,
        sha256: agreement.sha256,
    })
}

fn held_by(conn: &Connection, email: &Email) -> Result<Vec<Signatory>> {
    let held = signatories::held_by(conn, email, None)?;
    if held.is_empty() {
        return Err(Error::not_found("signatory", email).hint("`portalctl signatory list` shows them all"));
    }
    Ok(held)
}

fn no_signatory(actor: &Actor) -> Error {
    let who = actor.user().unwrap_or("whoever brought this link");
    Error::refused("rights.refused", format!("{who} is nobody's signatory, or not this one"))
}

/// Whether looking at this agreement is an event: its signatory looks at what is still to be signed, for the first time
/// in this version. `file` is what was fetched.
pub fn is_news(conn: &Connection, actor: &Actor, id: i64, file: Option<&str>) -> Result<bool> {
    let agreement = sight::visible(conn, actor, id)?;
    let waits = matches!(agreement.state, State::AwaitingSignature | State::PartlySigned);
    if !waits || actor.is_provider() || sight::signatory(conn, actor, &agreement)?.is_none() {
        return Ok(false);
    }
    let kind = kind_of(file);
    Ok(!store::events::is_noted(conn, id, agreement.version, kind, &actor.effective_text(), file)?)
}

/// Notes that its signatory looked at an agreement, or fetched one of its files.
pub fn note_opened(tx: &Tx<'_>, id: i64, file: Option<&str>) -> Result<()> {
    let agreement = sight::visible(tx, tx.actor(), id)?;
    evidence::add(tx, &agreement, kind_of(file), file)?;
    tx.record(actions::OPEN, object(&agreement), None::<&()>, Some(&serde_json::json!({"file": file})))
}

fn kind_of(file: Option<&str>) -> EventKind {
    if file.is_some() { EventKind::Downloaded } else { EventKind::Opened }
}
