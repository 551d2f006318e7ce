//! Which roles a contact may hold, and on which tabs it is shown.

use super::role::{ManagedBy, Role, RoleStatus, Tab};
use crate::platform::error::{Error, Result};
use crate::values::UnitKind;

/// May a contact go from holding `before` to holding `after`, given its address?
///
/// Roles 7, 8 and 11 need a secure address (K-195); roles 4, 15 and 16 are given and taken by the provider alone
/// (K-196, C-06); a retired role is kept but not newly given.
pub fn check_roles(before: &[Role], after: &[Role], has_secure_email: bool, by_provider: bool) -> Result<()> {
    let new = after.iter().filter(|role| !before.iter().any(|held| held.id == role.id));
    let gone = before.iter().filter(|role| !after.iter().any(|held| held.id == role.id));
    for role in new.clone() {
        if role.status == RoleStatus::Retired {
            return Err(Error::conflict(
                "role.retired",
                format!("role {} is retired and cannot be given", role.code),
            ));
        }
    }
    if !by_provider && let Some(role) = new.chain(gone).find(|role| role.managed_by == ManagedBy::Provider) {
        return Err(Error::refused(
            "role.provider-only",
            format!("role {} is given and taken by the provider alone (K-196)", role.code),
        )
        .hint("write to Statens Administration to have it changed"));
    }
    if let Some(role) = after.iter().find(|role| role.secure_email && !has_secure_email) {
        return Err(Error::refused(
            "contact.secure-email-needed",
            format!("role {} is only for contacts with a secure e-mail address", role.code),
        )
        .hint("give a secure address with --email ADDRESS --secure-email"));
    }
    Ok(())
}

/// Whether a contact is shown on a tab: by its own place, or by a role (K-141, K-142, K-195).
pub fn on_tab(tab: Tab, unit: Option<UnitKind>, roles: &[Role]) -> bool {
    let own = match unit {
        None => Tab::General,
        Some(UnitKind::Accounting) => Tab::Accounting,
        Some(UnitKind::Payroll) => Tab::Payroll,
    };
    own == tab || roles.iter().any(|role| role.tabs.contains(&tab))
}
