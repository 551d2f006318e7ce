//! Users and their rights.

use super::Run;
use crate::ops::state::wanted;
use crate::platform::bulk::Mode;
use crate::platform::error::{Error, Result};
use crate::portal::access::Right;
use crate::portal::access::grants::{self, Place};
use crate::portal::tenant::service as tenant_service;
use crate::portal::tenant::service::NO_ADMINISTRATOR;
use crate::portal::user::service::Outcome;
use crate::portal::user::store::Filter;
use crate::portal::user::{User, UserStatus, put as user_put, service, store};

/// Puts users and gives them their rights. Those who are to be shut come first, each with all that is theirs, so that
/// an administrator's place is free again for the others.
pub(super) fn put(run: &mut Run<'_, '_>) -> Result<()> {
    let users = || run.wanted.users.iter().flatten();
    let shut: Vec<_> = users().filter(|user| matches!(user.disabled, Some(Some(_)))).collect();
    let open: Vec<_> = users().filter(|user| !matches!(user.disabled, Some(Some(_)))).collect();
    for wanted in shut {
        let Some((user, _)) = put_user(run, wanted)? else { continue };
        let Some(Some(reason)) = &wanted.disabled else { continue };
        let shut = service::disable_because(run.tx, &user.email, reason);
        let Some(outcome) = run.attempt(&wanted.at, shut)? else { continue };
        // Shut first: an administrator who is shut takes nobody's place.
        let user = shut_out(run, outcome);
        grant(run, wanted, &user)?;
    }
    let mut put = Vec::with_capacity(open.len());
    for wanted in open {
        let Some((user, created)) = put_user(run, wanted)? else { continue };
        let shut = user.status == UserStatus::Disabled;
        let user = match &wanted.disabled {
            Some(None) if shut => {
                let opened = service::enable(run.tx, &user.email);
                let Some(outcome) = run.attempt(&wanted.at, opened)? else { continue };
                take_in(run, outcome)
            }
            _ => user,
        };
        put.push((wanted, user, created));
    }
    for (wanted, user, created) in put {
        grant(run, wanted, &user)?;
        if created && run.options.invite {
            user_put::invite(run.tx, user.id, run.options.lang)?;
            run.mails += 1;
        }
    }
    Ok(())
}

/// Puts one user's data. Answers with the user, and whether it is new.
fn put_user(run: &mut Run<'_, '_>, wanted: &wanted::User) -> Result<Option<(User, bool)>> {
    run.declare("user", wanted.email.as_str());
    let put = || user_put::put(run.tx, Mode::Upsert, &wanted.email, wanted.patch.clone());
    let put = match put() {
        Err(error) if error.code() == "user.b-number-taken" && yield_b_number(run, wanted)? => put(),
        put => put,
    };
    let Some(outcome) = run.attempt(&wanted.at, put)? else { return Ok(None) };
    let created = outcome.result == "created";
    Ok(Some((take_in(run, outcome), created)))
}

/// Takes a B-number from a user who is declared with another, so that it does not matter whose turn comes first.
fn yield_b_number(run: &Run<'_, '_>, wanted: &wanted::User) -> Result<bool> {
    let Some(Some(b_number)) = &wanted.patch.b_number else { return Ok(false) };
    let Some(holder) = store::find_by_b_number(run.tx, b_number)? else { return Ok(false) };
    let Some(holder) = run.people.get(&holder.to_ascii_lowercase()) else { return Ok(false) };
    match &holder.patch.b_number {
        Some(other) if other.as_ref() != Some(b_number) => {
            user_put::give_up_b_number(run.tx, service::resolve(run.tx, &holder.email)?)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn take_in(run: &mut Run<'_, '_>, outcome: Outcome) -> User {
    run.warnings.extend(outcome.warnings);
    outcome.user
}

/// Takes in someone who was shut, and notes which institutions lose an administrator. Whether one is left without any
/// is known only at the end.
fn shut_out(run: &mut Run<'_, '_>, outcome: Outcome) -> User {
    let Outcome { result, user, warnings } = outcome;
    run.warnings.extend(warnings.into_iter().filter(|warning| warning.code != NO_ADMINISTRATOR));
    if result == "disabled" {
        let held = user.rights.iter().filter(|held| held.right == Right::Administrator);
        run.lost.extend(held.map(|held| held.tenant.clone()));
    }
    user
}

/// Gives the rights that are declared and not held.
fn grant(run: &mut Run<'_, '_>, wanted: &wanted::User, user: &User) -> Result<()> {
    for right in wanted.rights.iter().flatten() {
        if run.failed.contains(&right.tenant) {
            continue;
        }
        let found = run.tenant(&right.tenant);
        let Some(tenant) = run.attempt(&right.at, found)? else { continue };
        run.declare("right", &format!("{} {}:{}", user.email, tenant.code, right.right));
        if user.rights.iter().any(|held| held.tenant == tenant.code && held.right == right.right) {
            continue;
        }
        let holder = user.holder();
        let place = Place { id: tenant.id, code: &tenant.code };
        let give = if run.created.contains(&tenant.code) { grants::restore } else { grants::declare };
        let granted =
            tenant_service::require_active(&tenant).and_then(|()| give(run.tx, holder, place, right.right));
        if let Some((true, _)) = run.attempt(&right.at, granted)? {
            grants::stamp(run.tx, holder, place, right.right)?;
        }
    }
    Ok(())
}

/// `users: []` shuts every account that is not of the provider's staff; why is for the person who does it to say.
pub(super) fn shut_all(run: &mut Run<'_, '_>) -> Result<()> {
    if !run.wanted.users.as_ref().is_some_and(Vec::is_empty) {
        return Ok(());
    }
    let reason = service::reason(run.tx.actor()).map_err(|error| {
        Error::usage(format!("`users: []` shuts every account; {error}")).hint("say why with --reason TEXT")
    })?;
    for user in store::list(run.tx, &Filter::default())? {
        if user.staff.is_none() && user.status != UserStatus::Disabled {
            let outcome = service::disable_because(run.tx, &user.email, &reason)?;
            shut_out(run, outcome);
        }
    }
    Ok(())
}
