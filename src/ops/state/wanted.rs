//! What the files ask for, every value checked: what `apply` works through.

use chrono::NaiveDate;

use super::scalar::Place;
use crate::platform::settings::Setting;
use crate::portal::access::Right;
use crate::portal::contact::ContactPatch;
use crate::portal::contact::role::{RolePatch, RoleStatus};
use crate::portal::kpi::{Basis, Direction, MeasureStatus, TargetPatch};
use crate::portal::signatory::Scope;
use crate::portal::tenant::unit::UnitPatch;
use crate::portal::tenant::{Status, TenantPatch};
use crate::portal::ticket::kind::TypeStatus;
use crate::portal::user::UserPatch;
use crate::values::{DanishPhone, Email, UnitKind, UnitNumber};

/// Where an object is declared.
#[derive(Debug, Clone)]
pub struct At {
    /// Which of [`Wanted::files`].
    pub file: usize,
    /// Where in the file its key stands.
    pub place: Place,
    /// What leads to it: `tenants[3].contacts[0]`.
    pub path: String,
}

/// All that the files ask for. A list that is `None` is in no file; an empty one empties.
#[derive(Debug, Default)]
pub struct Wanted {
    /// The files' names, as they were given.
    pub files: Vec<String>,
    /// Settings; without a value the default.
    pub settings: Vec<(At, &'static Setting, Option<String>)>,
    /// Closed days.
    pub closed_days: Option<Vec<ClosedDay>>,
    /// Roles.
    pub roles: Option<Vec<Role>>,
    /// Ticket types.
    pub ticket_types: Option<Vec<TicketType>>,
    /// Measures.
    pub measures: Option<Vec<Measure>>,
    /// Institutions.
    pub tenants: Option<Vec<Tenant>>,
    /// Users.
    pub users: Option<Vec<User>>,
}

/// A closed day.
#[derive(Debug)]
pub struct ClosedDay {
    /// Where it is declared.
    pub at: At,
    /// The day.
    pub date: NaiveDate,
    /// Its name.
    pub name: String,
}

/// A role.
#[derive(Debug)]
pub struct Role {
    /// Where it is declared.
    pub at: At,
    /// Its code.
    pub code: String,
    /// Its data, without the status.
    pub patch: RolePatch,
    /// Whether it can be given.
    pub status: Option<RoleStatus>,
}

/// A ticket type.
#[derive(Debug)]
pub struct TicketType {
    /// Where it is declared.
    pub at: At,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
    /// Whether new tickets can have it.
    pub status: Option<TypeStatus>,
}

/// A measure.
#[derive(Debug)]
pub struct Measure {
    /// Where it is declared.
    pub at: At,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
    /// Its formula.
    pub basis: Option<Basis>,
    /// Which kind of unit has figures.
    pub unit_kind: Option<Option<UnitKind>>,
    /// Which way is better.
    pub direction: Option<Direction>,
    /// Whether it is in use.
    pub status: Option<MeasureStatus>,
    /// All its targets.
    pub targets: Option<Vec<Target>>,
}

/// A target.
#[derive(Debug)]
pub struct Target {
    /// Where it is declared.
    pub at: At,
    /// The first day.
    pub from: NaiveDate,
    /// What is to be reached.
    pub patch: TargetPatch,
}

/// An institution.
#[derive(Debug)]
pub struct Tenant {
    /// Where it is declared.
    pub at: At,
    /// Its code.
    pub code: String,
    /// Its data, without the status.
    pub patch: TenantPatch,
    /// Whether it is in use.
    pub status: Option<Status>,
    /// Its units.
    pub units: Option<Vec<Unit>>,
    /// Its signatories.
    pub signatories: Option<Vec<Signatory>>,
    /// Its contacts.
    pub contacts: Option<Vec<Contact>>,
}

/// A unit.
#[derive(Debug)]
pub struct Unit {
    /// Where it is declared.
    pub at: At,
    /// Kind and number.
    pub number: UnitNumber,
    /// Its data, without the status.
    pub patch: UnitPatch,
    /// Whether it is in use.
    pub status: Option<Status>,
}

/// A signatory; what is absent stays what it is.
#[derive(Debug)]
pub struct Signatory {
    /// Where it is declared.
    pub at: At,
    /// What may be signed.
    pub scope: Scope,
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<Email>,
    /// Title or function.
    pub title: Option<String>,
    /// Phone.
    pub phone: Option<DanishPhone>,
}

/// A contact.
#[derive(Debug)]
pub struct Contact {
    /// Where it is declared.
    pub at: At,
    /// Its key.
    pub key: String,
    /// Its data.
    pub patch: ContactPatch,
}

/// A user.
#[derive(Debug)]
pub struct User {
    /// Where it is declared.
    pub at: At,
    /// The address.
    pub email: Email,
    /// The data.
    pub patch: UserPatch,
    /// Shut for this reason; an inner `None` opens the account.
    pub disabled: Option<Option<String>>,
    /// Rights.
    pub rights: Option<Vec<TenantRight>>,
}

/// A right at an institution.
#[derive(Debug)]
pub struct TenantRight {
    /// Where it is declared.
    pub at: At,
    /// The institution, by code or CVR.
    pub tenant: String,
    /// The right.
    pub right: Right,
}
