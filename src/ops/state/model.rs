//! The declarable world as a file says it. One declaration for reading, for `state export` and for the JSON Schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scalar::{Field, List, Map, Text, schemas};
use crate::platform::i18n::Lang;
use crate::portal::contact::role::{ManagedBy, RoleStatus, Tab};
use crate::portal::kpi::{Basis, Direction, MeasureStatus};
use crate::portal::signatory::Scope;
use crate::portal::tenant::Status;
use crate::portal::ticket::kind::TypeStatus;
use crate::portal::user::{Staff, UserKind};
use crate::values::UnitKind;

/// The name and version of the format.
pub const SCHEMA: &str = "portalctl.state/1";

/// What institutions, people and catalogues are to be.
///
/// What is absent is left alone: a key, an object of a list, a whole list. `null` or `''` empties a field. A list of
/// plain values (`se_numbers`, `glns`, `tabs`, a contact's `roles`) and a measure's `targets` are replaced as a whole;
/// in a list of objects what is not named stays, unless the list is `[]`, which takes all of it away, or `--prune` is
/// given, which takes away what an earlier `state apply` created and the files name no more.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The name and version of this format.
    #[schemars(schema_with = "schemas::schema")]
    pub schema: Text,
    /// The business policy; `null` goes back to the default.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(schema_with = "schemas::settings")]
    pub settings: Map,
    /// Days on which the provider is closed, besides weekends and statutory holidays.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub closed_days: List<ClosedDay>,
    /// The roles that contacts can hold.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub roles: List<Role>,
    /// The types that tickets can have.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub ticket_types: List<TicketType>,
    /// What is measured, and what is to be reached.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub measures: List<Measure>,
    /// Institutions with what belongs to them.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub tenants: List<Tenant>,
    /// People and shared mailboxes with an account, and their rights.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub users: List<User>,
}

/// A day on which the provider is closed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedDay {
    /// The day. It is the key.
    #[schemars(schema_with = "schemas::day")]
    pub date: Text,
    /// What people call it.
    pub name: Text,
}

/// A role that contacts can hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its code. It is the key.
    pub code: Text,
    /// Its name in the portal's words. A new role needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub name: Field,
    /// Who assigns it. A new role needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<ManagedBy>")]
    pub managed_by: Field,
    /// Only contacts with a secure address may hold it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::truth")]
    pub secure_email: Field,
    /// All the tabs on which its holders are shown besides their own place.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    #[schemars(schema_with = "schemas::codes::<Tab>")]
    pub tabs: List<Text>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub description: Field,
    /// Whether it can be given.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<RoleStatus>")]
    pub status: Field,
}

/// A type that tickets can have.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketType {
    /// Its code. It is the key.
    pub code: Text,
    /// What people call it. A new type needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub name: Field,
    /// Whether new tickets can have it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<TypeStatus>")]
    pub status: Field,
}

/// What is measured.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its code, as in A1. It is the key.
    pub code: Text,
    /// What it is called. A new measure needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub name: Field,
    /// Its formula, for good. A new measure needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<Basis>")]
    pub basis: Field,
    /// The kind of unit that has figures, for good; none for either.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code_or_none::<UnitKind>")]
    pub unit_kind: Field,
    /// Which way is better, for good; the higher where it is not said.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<Direction>")]
    pub direction: Field,
    /// Whether it gets new figures.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<MeasureStatus>")]
    pub status: Field,
    /// All that is to be reached, each from a day on until the next.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub targets: List<Target>,
}

/// What is to be reached from a day on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The first day. It is the key within the measure.
    #[schemars(schema_with = "schemas::day")]
    pub from: Text,
    /// The percentage in basis points: 9850 is 98.5 %.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::number")]
    pub target_bp: Field,
    /// Working days within which a case is in time.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::number")]
    pub max_days: Field,
}

/// An institution.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Its code: a–z, 0–9 and hyphens. It is the key.
    pub code: Text,
    /// Its company number, 8 digits. A new institution needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub cvr: Field,
    /// Its name. A new institution needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub name: Field,
    /// Ministry area (ministerområde).
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub ministry: Field,
    /// All further SE numbers, 8 digits each.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub se_numbers: List<Text>,
    /// All EAN/GLN location numbers, 13 digits each.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub glns: List<Text>,
    /// Key Account Manager at the provider.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub account_manager: Field,
    /// Whether it is in use.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<Status>")]
    pub status: Field,
    /// Accounting circles and pay groups.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub units: List<Unit>,
    /// Who may sign which agreements: one person a scope.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub signatories: List<Signatory>,
    /// Contact persons of the institution and its units.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub contacts: List<Contact>,
}

/// An accounting circle or a pay group. Kind and number are the key; a unit never changes its institution here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Accounting circle or pay group.
    #[schemars(schema_with = "schemas::code::<UnitKind>")]
    pub kind: Text,
    /// Its number: five digits, or a pay group of one to ten.
    pub number: Text,
    /// Its name.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub name: Field,
    /// Server name (servernavn).
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub server: Field,
    /// Database name (databasenavn).
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub database: Field,
    /// LDV name (LDV-navn).
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub ldv: Field,
    /// Whether it is in use.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<Status>")]
    pub status: Field,
}

/// Who may sign the agreements of a scope. The scope is the key; a new signatory needs everything.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signatory {
    /// What the person may sign: customer agreements with add-ons and dispensations, data processing agreements, others.
    #[schemars(schema_with = "schemas::code::<Scope>")]
    pub scope: Text,
    /// Name.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub name: Field,
    /// Address.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub email: Field,
    /// Title or function.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub title: Field,
    /// Phone, 8 digits.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub phone: Field,
}

/// A contact person.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// How files name the contact: a–z, 0–9 and hyphens. It is the key within the institution.
    pub key: Text,
    /// Name. A new contact needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub name: Field,
    /// The unit it is a contact of, as in accounting:12345; none for the institution itself.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub unit: Field,
    /// Title.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub title: Field,
    /// Address.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub email: Field,
    /// The address is a secure one.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::truth")]
    pub secure_email: Field,
    /// Shared mailbox (fællesmail).
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub shared_email: Field,
    /// Phone, 8 digits.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub phone: Field,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub remarks: Field,
    /// All roles it holds, by code.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    pub roles: List<Text>,
}

/// A person or shared mailbox with an account. Passwords, codes and sessions are never here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Address and user name. It is the key, without regard to case.
    pub email: Text,
    /// Name. A new user needs it.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::filled")]
    pub name: Field,
    /// State employee id, which reports need.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub b_number: Field,
    /// Phone, 8 digits.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub phone: Field,
    /// Title.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    pub title: Field,
    /// The language of mails; none follows the installation.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code_or_none::<Lang>")]
    pub language: Field,
    /// A person (also where nothing is said of a new user) or a shared mailbox.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code::<UserKind>")]
    pub kind: Field,
    /// The staff role of someone of the provider, who has no rights at institutions.
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    #[schemars(schema_with = "schemas::code_or_none::<Staff>")]
    pub staff: Field,
    /// Why the account is shut; `false` or `null` opens it again. In quotes both are reasons.
    #[serde(default, skip_serializing_if = "Field::is_absent", deserialize_with = "Field::with_its_kind")]
    #[schemars(schema_with = "schemas::reason")]
    pub disabled: Field,
    /// Rights at institutions, one each: the institution's code (or CVR), a colon, and the right.
    #[serde(default, skip_serializing_if = "List::is_absent")]
    #[schemars(schema_with = "schemas::rights")]
    pub rights: List<Text>,
}

impl State {
    /// Adds what another file says.
    pub fn extend(&mut self, other: State) {
        self.settings.0.extend(other.settings.0);
        self.closed_days.extend(other.closed_days);
        self.roles.extend(other.roles);
        self.ticket_types.extend(other.ticket_types);
        self.measures.extend(other.measures);
        self.tenants.extend(other.tenants);
        self.users.extend(other.users);
    }
}

/// The published JSON Schema, as `docs/state.schema.json` has it.
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(State);
    schema.insert("title".to_owned(), format!("State files of portalctl ({SCHEMA})").into());
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    format!("{text}\n")
}
