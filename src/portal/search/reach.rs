//! What of all that can be found is there for an actor: what the other rooms would show them, and nothing else.

use std::collections::HashSet;

use super::{Kind, store};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::portal::access::{self, Access, Menu, Standing};
use crate::portal::agreement::sight::Sight;
use crate::portal::agreement::{self, Filter};
use crate::portal::ticket::party::{self, Party};
use crate::portal::user;
use crate::values::Email;

/// What an actor may see.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Everything: the provider's operator, jobs and system administrators.
    all: bool,
    /// Every ticket: the provider's staff.
    tickets: bool,
    /// And these.
    ids: HashSet<i64>,
}

impl Reach {
    /// What this actor may see, asked once for each institution.
    pub(super) fn of(conn: &Connection, actor: &Actor) -> Result<Reach> {
        let email = match &actor.effective {
            Principal::User(email) => email,
            Principal::Signatory(_) => return Ok(Reach::default()),
            _ => return Ok(Reach { all: true, ..Reach::default() }),
        };
        let Ok(address) = email.parse::<Email>() else { return Ok(Reach::default()) };
        let Some(user) = user::store::find_by_email(conn, &address)? else { return Ok(Reach::default()) };
        // What someone may without a right anywhere: system administrators everything, the disabled nothing.
        let staff = user.staff.map(|staff| staff.to_string());
        let disabled = user.status == user::UserStatus::Disabled;
        let anywhere = Standing { disabled, staff, ..Standing::default() };
        if disabled {
            return Ok(Reach::default());
        }
        if opens(&anywhere, Menu::Users) {
            return Ok(Reach { all: true, ..Reach::default() });
        }
        let mut reach = Reach::default();
        match party::acting(conn, actor)? {
            Party::Requester(user) => {
                let own = store::tickets_of_user(conn, user.id)?;
                reach.ids.extend(own.into_iter().map(|id| Kind::Ticket.base() + id));
            }
            _ => reach.tickets = true,
        }
        let mut sight = Sight::default();
        for tenant in store::tenants_of_user(conn, user.id)? {
            if let Some(standing) = access::standing(conn, email, tenant)? {
                reach.add_tenant(conn, actor, &standing, tenant, &mut sight)?;
            }
        }
        Ok(reach)
    }

    fn add_tenant(
        &mut self,
        conn: &Connection,
        actor: &Actor,
        standing: &Standing,
        tenant: i64,
        sight: &mut Sight,
    ) -> Result<()> {
        let master_data = opens(standing, Menu::MasterData);
        let contacts = master_data || opens(standing, Menu::Contacts);
        let known = opens(standing, Menu::Information);
        let entries = store::entries_of_tenant(conn, tenant)?.into_iter();
        self.ids.extend(entries.filter(|id| match Kind::of(*id) {
            Some(Kind::Tenant) => known,
            Some(Kind::Unit) => master_data,
            Some(Kind::Contact) => contacts,
            _ => false,
        }));
        if opens(standing, Menu::Users) {
            let users = store::users_of_tenant(conn, tenant)?;
            self.ids.extend(users.into_iter().map(|id| Kind::User.base() + id));
        }
        if opens(standing, Menu::Agreements) {
            for agreement in agreement::store::list(conn, Some(tenant), &Filter::default())? {
                if sight.sees(conn, actor, &agreement)? {
                    self.ids.insert(Kind::Agreement.base() + agreement.id);
                }
            }
        }
        Ok(())
    }

    /// Whether the actor may see the row with this id.
    pub(super) fn sees(&self, id: i64) -> bool {
        self.all || (self.tickets && Kind::of(id) == Some(Kind::Ticket)) || self.ids.contains(&id)
    }

    /// The highest id that the actor may see, or a little more.
    pub(super) fn highest(&self) -> i64 {
        if self.all {
            return i64::MAX;
        }
        let tickets = if self.tickets { Kind::Agreement.base() - 1 } else { 0 };
        self.ids.iter().copied().max().unwrap_or(0).max(tickets)
    }

    /// All ids there are for this actor, where they are so few that looking at each is quicker than the index.
    pub(super) fn few(&self) -> Option<impl Iterator<Item = i64> + '_> {
        (!self.all && !self.tickets && self.ids.len() <= FEW).then(|| self.ids.iter().copied())
    }
}

const FEW: usize = 3_000;

fn opens(standing: &Standing, menu: Menu) -> bool {
    matches!(access::decide(standing, menu), Access::Allowed { .. })
}
