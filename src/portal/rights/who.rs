//! Who has access to an institution: everyone who reaches it, through what, since when, and by whom.

use std::collections::HashMap;

use serde::Serialize;

use crate::platform::actor::Actor;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::ui::answer::Warning;
use crate::portal::access::grants::{self, Grant};
use crate::portal::access::{Access, Denial, Menu, Standing, decide};
use crate::portal::tenant::service as tenant_service;
use crate::portal::user::sight::Sight;
use crate::portal::user::store::{self as user_store, Filter};
use crate::portal::user::{User, UserStatus};
use crate::values::Coded;

/// The word in `via` for a member of the provider's staff.
const STAFF: &str = "staff";

/// Someone who reaches an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The user's address.
    pub user: String,
    /// The user's name.
    pub name: String,
    /// The institution's code.
    pub tenant: String,
    /// The menus that are open to them.
    pub menus: Vec<Menu>,
    /// Through what: the rights that count, or `staff`.
    pub via: Vec<&'static str>,
    /// Since when: the earliest of those rights, or the staff role, UTC.
    pub since: Option<String>,
    /// Who granted that right; `None` for staff.
    pub granted_by: Option<String>,
    /// Reports would be open, and are not for want of a B-number (C-02).
    pub b_number_missing: bool,
    /// Where the account stands: a disabled one opens nothing.
    pub status: UserStatus,
}

/// Everyone who reaches an institution; with `menu` those to whom it is open.
///
/// The provider's staff are told to the provider alone: who works there is not an institution's to know.
pub fn who(
    conn: &Connection,
    actor: &Actor,
    tenant: &str,
    menu: Option<Menu>,
) -> Result<(Vec<Reach>, Option<Warning>)> {
    let tenant = tenant_service::resolve_for(conn, actor, Menu::Users, tenant)?;
    let granted = grants::list(conn, Some(&[tenant.id]), None)?;
    let mut held: HashMap<&str, Vec<&Grant>> = HashMap::new();
    for grant in &granted {
        held.entry(&grant.user).or_default().push(grant);
    }
    let there = Filter { tenants: Some(vec![tenant.id]), ..Filter::default() };
    let mut people = user_store::list(conn, &there)?;
    if actor.is_provider() {
        people.extend(user_store::list(conn, &Filter { staff: true, ..Filter::default() })?);
    }
    let sight = Sight::of(conn, actor)?;
    let mut rows = Vec::with_capacity(people.len());
    for user in people {
        // The B-number decides what is open, whoever sees it; what the account came through elsewhere is not told.
        let status = sight.seen(user.clone()).map_or(user.status, |seen| seen.status);
        let user = User { status, ..user };
        let rights = held.get(user.email.as_str()).map_or(&[] as &[_], Vec::as_slice);
        rows.extend(reach(&user, &tenant.code, rights, menu));
    }
    let warning = if actor.is_provider() {
        tenant_service::no_administrator(conn, tenant.id, &tenant.code)?
    } else {
        None
    };
    Ok((rows, warning))
}

/// How a user reaches an institution; `None` where the menu that was asked for is closed to them.
fn reach(user: &User, tenant: &str, held: &[&Grant], menu: Option<Menu>) -> Option<Reach> {
    let standing = Standing {
        disabled: user.status == UserStatus::Disabled,
        staff: user.staff.map(|staff| staff.code().to_owned()),
        has_b_number: user.b_number.is_some(),
        rights: held.iter().map(|grant| grant.right).collect(),
    };
    let counts = match menu.map(|menu| decide(&standing, menu)) {
        None => standing.rights.clone(),
        Some(Access::Allowed { via }) => via,
        Some(Access::Denied(_)) => return None,
    };
    let first =
        held.iter().filter(|grant| counts.contains(&grant.right)).min_by_key(|grant| &grant.granted_at);
    let opens = |menu: &Menu| matches!(decide(&standing, *menu), Access::Allowed { .. });
    Some(Reach {
        user: user.email.to_string(),
        name: user.name.clone(),
        tenant: tenant.to_owned(),
        menus: Menu::all().iter().copied().filter(opens).collect(),
        via: if user.staff.is_some() {
            vec![STAFF]
        } else {
            counts.iter().map(|right| right.code()).collect()
        },
        since: first.map(|grant| grant.granted_at.clone()).or_else(|| user.staff_since.clone()),
        granted_by: first.map(|grant| grant.granted_by.clone()),
        b_number_missing: decide(&standing, Menu::Reports) == Access::Denied(Denial::NoBNumber),
        status: user.status,
    })
}

/// A note on those whom no list can show.
pub fn note(actor: &Actor) -> &'static str {
    if actor.is_provider() {
        "besides: whoever may read the database file at the machine acts with the provider's rights"
    } else {
        "besides: the provider's staff reach every institution"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::access::Right;
    use crate::portal::user::{Staff, UserKind};

    fn user(b_number: Option<&str>, staff: Option<Staff>, status: UserStatus) -> User {
        User {
            id: 1,
            email: "ida@oes.example.dk".parse().unwrap(),
            name: "Ida".to_owned(),
            b_number: b_number.map(|number| number.parse().unwrap()),
            phone: None,
            title: None,
            language: None,
            kind: UserKind::Person,
            staff,
            staff_since: staff.map(|_| "2026-05-03T00:00:00Z".to_owned()),
            status,
            disabled_reason: None,
            disabled_at: None,
            rights: Vec::new(),
            mfa: None,
            last_login_at: None,
            created_at: None,
            activated: true,
        }
    }

    fn grant(right: Right, at: &str, by: &str) -> Grant {
        let (user, tenant) = ("ida@oes.example.dk".to_owned(), "oes".to_owned());
        Grant { user, tenant, right, granted_at: at.to_owned(), granted_by: by.to_owned() }
    }

    #[test]
    fn k_046_c_02_what_a_user_reaches_is_what_the_matrix_and_the_b_number_open() {
        let reader = grant(Right::Reader, "2026-05-02T00:00:00Z", "anna@oes.example.dk");
        let reports = grant(Right::Reports, "2026-05-01T00:00:00Z", "operator:drift@testhost");
        let held = [&reader, &reports];
        let without = reach(&user(None, None, UserStatus::Active), "oes", &held, None).unwrap();
        assert!(without.b_number_missing && !without.menus.contains(&Menu::Reports));
        assert_eq!(without.via, ["reader", "reports"]);
        assert_eq!(without.since.as_deref(), Some("2026-05-01T00:00:00Z"), "the earliest");
        assert_eq!(reach(&user(None, None, UserStatus::Active), "oes", &held, Some(Menu::Reports)), None);
        let with = reach(&user(Some("B123456"), None, UserStatus::Active), "oes", &held, Some(Menu::Reports));
        assert_eq!(with.unwrap().via, ["reports"], "only what opens the menu");
        let playbooks =
            reach(&user(None, None, UserStatus::Active), "oes", &held, Some(Menu::Playbooks)).unwrap();
        assert_eq!(
            (playbooks.via, playbooks.granted_by.as_deref()),
            (vec!["reader"], Some("anna@oes.example.dk"))
        );
    }

    #[test]
    fn a_disabled_user_opens_nothing_and_staff_come_through_their_role() {
        let reader = grant(Right::Reader, "2026-05-02T00:00:00Z", "anna@oes.example.dk");
        let disabled = user(None, None, UserStatus::Disabled);
        assert_eq!(reach(&disabled, "oes", &[&reader], None).unwrap().menus, []);
        assert_eq!(reach(&disabled, "oes", &[&reader], Some(Menu::Information)), None);
        let staff = user(None, Some(Staff::SystemAdministrator), UserStatus::Active);
        let row = reach(&staff, "oes", &[], Some(Menu::Users)).unwrap();
        assert_eq!((row.via, row.menus.len()), (vec!["staff"], 9));
        assert_eq!((row.since.as_deref(), row.granted_by), (Some("2026-05-03T00:00:00Z"), None));
        let caseworker = user(None, Some(Staff::Caseworker), UserStatus::Active);
        assert_eq!(reach(&caseworker, "oes", &[], Some(Menu::Users)), None);
        assert_eq!(reach(&caseworker, "oes", &[], None).unwrap().menus, [Menu::Information, Menu::Actions]);
    }
}
