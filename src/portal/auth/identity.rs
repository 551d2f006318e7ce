//! From what stands on the command line to whose rights count (DESIGN §4).

use crate::platform::actor::Principal;
use crate::platform::ctx::{Ctx, Identity};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::portal::user::{Staff, User, UserStatus, store as user_store};
use crate::values::Email;

/// The operator with a user's rights (`--as`): to see and do what that user may. Needs a reason, kept in the audit.
pub fn acting_as(ctx: &mut Ctx<'_>, email: &Email) -> Result<Identity> {
    ctx.require_reason()?;
    let user = ctx.open()?.read(|conn| user_store::find_by_email(conn, email))?;
    let user = user.ok_or_else(|| {
        Error::not_found("user", email).hint("`portalctl user list` shows them all; --as takes an address")
    })?;
    require_in_use(&user)?;
    Ok(Identity { real: None, principal: principal(&user), still_in })
}

/// Whose rights a user's are: a system administrator's are the provider's.
pub fn principal(user: &User) -> Principal {
    let email = user.email.to_string();
    match user.staff {
        Some(Staff::SystemAdministrator) => Principal::Provider(email),
        Some(Staff::Caseworker) | None => Principal::User(email),
    }
}

/// Whether the user may still do anything, with the rights with which the command began.
fn still_in(conn: &Connection, began_as: &Principal) -> Result<()> {
    let (Principal::Provider(email) | Principal::User(email)) = began_as else { return Ok(()) };
    let email: Email = email.parse()?;
    let user = user_store::find_by_email(conn, &email)?.ok_or_else(|| Error::not_found("user", &email))?;
    require_in_use(&user)?;
    if principal(&user) != *began_as {
        return Err(Error::refused("rights.refused", format!("the rights of {email} changed meanwhile")));
    }
    Ok(())
}

fn require_in_use(user: &User) -> Result<()> {
    match user.status {
        UserStatus::Disabled => {
            Err(Error::refused("user.disabled", format!("{} is disabled and may do nothing", user.email)))
        }
        UserStatus::Invited | UserStatus::Active => Ok(()),
    }
}
