//! The access matrix K-046 and the B-number rule for reports (K-151, C-02).

use super::{Menu, Right};
use crate::platform::error::Error;
use crate::values::Coded;

/// What counts when deciding: the user's state and rights at one institution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The account is disabled.
    pub disabled: bool,
    /// The staff role, for people of the provider.
    pub staff: Option<String>,
    /// Whether a B-number is known.
    pub has_b_number: bool,
    /// The rights at the institution, a set (C-03).
    pub rights: Vec<Right>,
}

/// The decision, with its grounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Open, through these rights.
    Allowed {
        /// The rights that open the menu.
        via: Vec<Right>,
    },
    /// Closed.
    Denied(Denial),
}

/// Why a menu stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The account is disabled.
    Disabled,
    /// No right at the institution.
    NoRight,
    /// Rights, but none that opens this menu.
    WrongRight,
    /// The right is there, the B-number is not.
    NoBNumber,
    /// One of the provider's caseworkers, whose work this menu is not.
    Caseworker,
}

/// Whether a right alone opens a menu: the 36 cells of K-046.
pub fn allows(right: Right, menu: Menu) -> bool {
    use Menu::{Actions, Agreements, Contacts, Information, MasterData, Meetings, Playbooks, Reports, Users};
    match menu {
        Information | Agreements => true,
        Meetings | Actions | Playbooks | MasterData => right != Right::Reports,
        Reports => matches!(right, Right::Administrator | Right::Reports),
        Contacts => matches!(right, Right::Administrator | Right::Editor),
        Users => right == Right::Administrator,
    }
}

/// What a caseworker opens at every institution: action lists, and the information beside the tickets they handle.
fn caseworker_opens(menu: Menu) -> bool {
    matches!(menu, Menu::Information | Menu::Actions)
}

/// May someone of this standing open this menu? Reports also need a B-number, for administrators too (C-02).
pub fn decide(standing: &Standing, menu: Menu) -> Access {
    if standing.disabled {
        return Access::Denied(Denial::Disabled);
    }
    match standing.staff.as_deref() {
        Some("system-administrator") => return Access::Allowed { via: Vec::new() },
        Some(_) if caseworker_opens(menu) => return Access::Allowed { via: Vec::new() },
        Some(_) => return Access::Denied(Denial::Caseworker),
        None => {}
    }
    if standing.rights.is_empty() {
        return Access::Denied(Denial::NoRight);
    }
    let via: Vec<_> = standing.rights.iter().copied().filter(|right| allows(*right, menu)).collect();
    if via.is_empty() {
        return Access::Denied(Denial::WrongRight);
    }
    if menu == Menu::Reports && !standing.has_b_number {
        return Access::Denied(Denial::NoBNumber);
    }
    Access::Allowed { via }
}

impl Denial {
    /// The denial as a sentence about this user.
    pub fn sentence(self, email: &str, tenant: &str, menu: Menu) -> String {
        match self {
            Denial::Disabled => format!("{email} is disabled"),
            Denial::NoRight => format!("{email} has no right at {tenant}"),
            Denial::WrongRight => {
                let needed: Vec<_> = Right::all()
                    .iter()
                    .filter(|right| allows(**right, menu))
                    .map(|right| right.code())
                    .collect();
                format!(
                    "none of {email}'s rights at {tenant} opens {menu}; one of {} would",
                    needed.join(", ")
                )
            }
            Denial::Caseworker => {
                format!("{email} is a caseworker; {menu} is for system administrators and the institution")
            }
            Denial::NoBNumber => {
                format!(
                    "{email} has the right to {menu} at {tenant} but no B-number, which {menu} needs (K-151)"
                )
            }
        }
    }

    /// The denial as a refusal.
    pub fn error(self, email: &str, tenant: &str, menu: Menu) -> Error {
        let code = if self == Denial::NoBNumber { "rights.b-number-missing" } else { "rights.refused" };
        let error = Error::refused(code, self.sentence(email, tenant, menu));
        if self == Denial::NoBNumber {
            return error.hint(format!("`portalctl user update {email} --b-number B…` adds one"));
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of K-046 as the guide prints it: Administrator, Rediger, Læser, Rapporter.
    const MATRIX: [(Menu, [bool; 4]); 9] = [
        (Menu::Information, [true, true, true, true]),
        (Menu::Agreements, [true, true, true, true]),
        (Menu::Meetings, [true, true, true, false]),
        (Menu::Actions, [true, true, true, false]),
        (Menu::Playbooks, [true, true, true, false]),
        (Menu::MasterData, [true, true, true, false]),
        (Menu::Reports, [true, false, false, true]),
        (Menu::Contacts, [true, true, false, false]),
        (Menu::Users, [true, false, false, false]),
    ];
    const RIGHTS: [Right; 4] = [Right::Administrator, Right::Editor, Right::Reader, Right::Reports];

    fn standing(rights: &[Right], has_b_number: bool) -> Standing {
        Standing { rights: rights.to_vec(), has_b_number, ..Standing::default() }
    }

    #[test]
    fn k_046_and_k_047_every_cell_of_the_matrix() {
        for (menu, cells) in MATRIX {
            for (right, expected) in RIGHTS.into_iter().zip(cells) {
                assert_eq!(allows(right, menu), expected, "{right} × {menu}");
                let opened = matches!(decide(&standing(&[right], true), menu), Access::Allowed { .. });
                assert_eq!(opened, expected, "{right} × {menu}, decided");
            }
        }
        let yes = |i: usize| MATRIX.iter().filter(|(_, cells)| cells[i]).count();
        assert_eq!([yes(0), yes(1), yes(2), yes(3)], [9, 7, 6, 3]);
    }

    #[test]
    fn k_151_c_02_reports_need_a_b_number_for_administrators_too() {
        for right in [Right::Administrator, Right::Reports] {
            assert_eq!(decide(&standing(&[right], false), Menu::Reports), Access::Denied(Denial::NoBNumber));
            assert_eq!(
                decide(&standing(&[right], true), Menu::Reports),
                Access::Allowed { via: vec![right] }
            );
            assert!(matches!(decide(&standing(&[right], false), Menu::Information), Access::Allowed { .. }));
        }
    }

    #[test]
    fn c_03_rights_are_a_set_and_the_grounds_name_those_that_count() {
        let both = standing(&[Right::Reader, Right::Reports], true);
        assert_eq!(decide(&both, Menu::Reports), Access::Allowed { via: vec![Right::Reports] });
        assert_eq!(decide(&both, Menu::Playbooks), Access::Allowed { via: vec![Right::Reader] });
        assert_eq!(decide(&both, Menu::Contacts), Access::Denied(Denial::WrongRight));
        assert_eq!(decide(&standing(&[], true), Menu::Information), Access::Denied(Denial::NoRight));
        let disabled = Standing { disabled: true, ..both };
        assert_eq!(decide(&disabled, Menu::Information), Access::Denied(Denial::Disabled));
    }
}
