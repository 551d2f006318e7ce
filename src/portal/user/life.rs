//! The life of an account: shut, opened again, taken out of an institution.

use super::service::{self, Outcome, object};
use super::sight::Sight;
use super::{Staff, User, UserStatus, actions, store};
use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::outbox;
use crate::platform::ui::answer::Warning;
use crate::portal::access::grants::{self, Place};
use crate::portal::access::{self, Menu, Right};
use crate::portal::code::{self, CodePurpose};
use crate::portal::link::{self, Owner};
use crate::portal::session::{self, Ending};
use crate::portal::tenant::{Tenant, service as tenant_service};
use crate::values::{Email, prose};

/// Why an account is shut, in the words that are kept with it: what a state file can say again.
pub fn reason(actor: &Actor) -> Result<String> {
    prose(actor.require_reason()?).map_err(|invalid| {
        Error::usage(invalid.to_string()).hint("say why with --reason TEXT, in at most 2,000 characters")
    })
}

/// Shuts an account: its links end, its mails are taken back, its rights are kept for [`enable`].
pub fn disable(tx: &Tx<'_>, email: &Email) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let reason = reason(tx.actor())?;
    let before = service::resolve(tx, email)?;
    if before.status == UserStatus::Disabled {
        return Ok(Outcome { result: "unchanged", user: before, warnings: Vec::new() });
    }
    disable_because(tx, email, &reason)
}

/// As [`disable`], for a reason that a file gives. Of an account that is shut already the reason may change.
pub fn disable_because(tx: &Tx<'_>, email: &Email, reason: &str) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let before = service::resolve(tx, email)?;
    if is_self(tx.actor(), email) {
        return Err(Error::refused("user.self", "nobody shuts their own account")
            .hint("another system administrator can"));
    }
    if before.status == UserStatus::Disabled {
        if before.disabled_reason.as_deref() == Some(reason) {
            return Ok(Outcome { result: "unchanged", user: before, warnings: Vec::new() });
        }
        store::set_disabled_reason(tx, before.id, reason)?;
        let after = User { disabled_reason: Some(reason.to_owned()), ..before.clone() };
        tx.record(actions::UPDATE, object(&after), Some(&before), Some(&after))?;
        return Ok(Outcome { result: "updated", user: after, warnings: Vec::new() });
    }
    let last = last_system_administrator(tx, &before)?;
    let ended = end_all(tx, &before)?;
    store::set_status(tx, before.id, UserStatus::Disabled, Some(reason))?;
    let after = store::find(tx, before.id)?;
    tx.record(actions::DISABLE, object(&after), Some(&before), Some(&after))?;
    let mut warnings = ended;
    warnings.extend(last);
    for held in before.rights.iter().filter(|held| held.right == Right::Administrator) {
        let tenant = tenant_service::resolve(tx, &held.tenant)?;
        warnings.extend(tenant_service::no_administrator(tx, tenant.id, &tenant.code)?);
    }
    Ok(Outcome { result: "disabled", user: after, warnings })
}

/// The institutions that would be left without an administrator if this user were gone.
pub fn only_administrator_of(conn: &Connection, user: &User) -> Result<Vec<String>> {
    let mut places = Vec::new();
    for held in user.rights.iter().filter(|held| held.right == Right::Administrator) {
        let tenant = tenant_service::resolve(conn, &held.tenant)?;
        if !grants::has_other_administrator(conn, tenant.id, user.id)? {
            places.push(tenant.code);
        }
    }
    Ok(places)
}

/// Ends whatever still opens something for this user: sessions, codes, the links of the account, the links of a
/// signatory with this address; and takes back what is queued to them or about them. Answers with what it did.
fn end_all(tx: &Tx<'_>, user: &User) -> Result<Vec<Warning>> {
    let email = &user.email;
    // Counted first, since ending a link or a code takes its message back too.
    let messages = outbox::cancel_for(tx, &email.key(), &object(user))?;
    let sessions = session::end_all(tx, user.id, Ending::Disabled, None)?;
    let links = link::revoke_all(tx, Owner::User(user.id))? + code::end_all(tx, user.id)?;
    let dashboard = link::revoke_all_of_signatory(tx, email)?;
    let mut warnings = Vec::new();
    let mut tell = |n: usize, code: &str, one: String, many: String| {
        if n > 0 {
            warnings.push(Warning::new(code, if n == 1 { one } else { many }));
        }
    };
    tell(
        sessions,
        "user.sessions-ended",
        format!("a session of {email} was ended"),
        format!("{sessions} sessions of {email} were ended"),
    );
    tell(
        links,
        "user.links-ended",
        format!("a link or code with which {email} would have come in was ended"),
        format!("{links} links or codes with which {email} would have come in were ended"),
    );
    let mend = "`portalctl signatory set` names another";
    tell(
        dashboard,
        "user.dashboard-ended",
        format!("{email} is signatory, and the link to the agreements was ended; {mend}"),
        format!("{email} is signatory, and {dashboard} links to the agreements were ended; {mend}"),
    );
    tell(
        messages,
        "user.messages-cancelled",
        format!("a message queued for {email} was taken back"),
        format!("{messages} messages queued for {email} were taken back"),
    );
    Ok(warnings)
}

/// Opens an account again. All its rights are back, save an administrator's place that others hold by now.
pub fn enable(tx: &Tx<'_>, email: &Email) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let before = service::resolve(tx, email)?;
    if before.status != UserStatus::Disabled {
        return Ok(Outcome { result: "unchanged", user: before, warnings: Vec::new() });
    }
    let mut warnings = Vec::new();
    for held in before.rights.iter().filter(|held| held.right == Right::Administrator) {
        let tenant = tenant_service::resolve(tx, &held.tenant)?;
        if grants::administrators_full(tx, tenant.id, before.id)? {
            let place = Place { id: tenant.id, code: &tenant.code };
            grants::revoke(tx, before.holder(), place, Right::Administrator)?;
            warnings.push(Warning::new(
                "rights.administrator-taken",
                format!(
                    "someone else is administrator of {} by now; {email} did not get that right back",
                    tenant.code
                ),
            ));
        }
    }
    warnings.extend(granted_while_shut(&before));
    let status = if before.activated { UserStatus::Active } else { UserStatus::Invited };
    store::set_status(tx, before.id, status, None)?;
    let after = store::find(tx, before.id)?;
    tx.record(actions::ENABLE, object(&after), Some(&before), Some(&after))?;
    if status == UserStatus::Invited {
        warnings.push(Warning::new(
            "user.not-invited",
            format!("{email} has never come in and has no link: `portalctl user invite {email}` sends one"),
        ));
    }
    Ok(Outcome { result: "enabled", user: after, warnings })
}

/// Rights that were given to an account while it was shut: an institution's administrator may do so without learning that
/// it is shut, so whoever opens it should know of them.
fn granted_while_shut(user: &User) -> Option<Warning> {
    let since = user.disabled_at.as_ref()?;
    let new: Vec<_> = user.rights.iter().filter(|held| held.granted_at > *since).collect();
    let named: Vec<_> = new.iter().map(|held| format!("{}:{}", held.tenant, held.right)).collect();
    let message = format!(
        "{} was given rights while the account was shut, which count from now on: {}; `portalctl rights list --user {}` tells by whom",
        user.email,
        named.join(", "),
        user.email
    );
    (!new.is_empty()).then(|| Warning::new("user.granted-while-shut", message))
}

/// Someone who is to be taken out of an institution.
pub struct Leaving {
    /// The user.
    pub user: User,
    /// The institution.
    pub tenant: Tenant,
    /// The rights there that will be gone.
    pub held: Vec<Right>,
    /// Whether the institution will be left without an administrator.
    pub last_administrator: bool,
}

/// Who would be taken out of what, once everything that is against it has been looked at.
///
/// Nobody takes out themselves, and an administrator is the provider's to take out (K-021).
pub fn leaving(conn: &Connection, actor: &Actor, email: &Email, tenant: &str) -> Result<Leaving> {
    let tenant = tenant_service::resolve_for(conn, actor, Menu::Users, tenant)?;
    let user = service::show(conn, actor, email)?;
    if is_self(actor, email) {
        return Err(Error::refused("user.self", "nobody takes themselves out of an institution")
            .hint("another administrator, or the provider, can"));
    }
    let held: Vec<_> =
        user.rights.iter().filter(|held| held.tenant == tenant.code).map(|held| held.right).collect();
    if held.is_empty() {
        let message = format!("{email} has no right at {}", tenant.code);
        return Err(Error::new(Exit::NotFound, "rights.not-found", message));
    }
    let last_administrator = held.contains(&Right::Administrator) && {
        access::provider_only(actor)?;
        !grants::has_other_administrator(conn, tenant.id, user.id)?
    };
    Ok(Leaving { user, tenant, held, last_administrator })
}

/// Takes a user out of one institution, at once and for good. Documents and tickets stay (A-093..A-095).
pub fn remove(tx: &Tx<'_>, email: &Email, tenant: &str) -> Result<Outcome> {
    let Leaving { tenant, held, user: seen, .. } = leaving(tx, tx.actor(), email, tenant)?;
    let before = service::resolve(tx, email)?;
    for right in &held {
        grants::revoke(tx, before.holder(), Place { id: tenant.id, code: &tenant.code }, *right)?;
    }
    let after = store::find(tx, before.id)?;
    tx.record(actions::REMOVE, object(&after), Some(&before), Some(&after))?;
    end_idle_invitation(tx, &after)?;
    let lost = held.contains(&Right::Administrator);
    let warning = if lost { tenant_service::no_administrator(tx, tenant.id, &tenant.code)? } else { None };
    // Who has no right here any more is shown as they were seen before.
    let user = Sight::of(tx, tx.actor())?.seen(after).unwrap_or(User { rights: Vec::new(), ..seen });
    Ok(Outcome { result: "removed", user, warnings: warning.into_iter().collect() })
}

/// An invitation of someone who has no right left anywhere leads nowhere, and ends.
pub fn end_idle_invitation(tx: &Tx<'_>, user: &User) -> Result<()> {
    if user.rights.is_empty() && user.staff.is_none() && user.status == UserStatus::Invited {
        link::revoke_all(tx, Owner::User(user.id))?;
        code::revoke_all(tx, user.id, CodePurpose::InitialPassword)?;
        session::end_all(tx, user.id, Ending::Invited, None)?;
    }
    Ok(())
}

/// Whether the last system administrator in use would be gone with this user: refused to whoever is logged in, told to
/// the operator, who can make another.
pub(super) fn last_system_administrator(tx: &Tx<'_>, user: &User) -> Result<Option<Warning>> {
    let counts = user.staff == Some(Staff::SystemAdministrator) && user.status == UserStatus::Active;
    if !counts || store::has_other_system_administrator(tx, user.id)? {
        return Ok(None);
    }
    let message = format!("{} is the last system administrator in use", user.email);
    if tx.actor().user().is_some() {
        return Err(Error::refused("user.last-system-administrator", message).hint(
            "another one must have come in first; the operator at the machine can do it all the same",
        ));
    }
    let mend = "`portalctl user create --staff system-administrator …` makes another";
    Ok(Some(Warning::new("user.no-system-administrator", format!("{message}; {mend}"))))
}

pub(super) fn is_self(actor: &Actor, email: &Email) -> bool {
    actor.user().is_some_and(|own| own.to_lowercase() == email.key())
}
