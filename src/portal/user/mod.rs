//! People and shared mailboxes with an account; the provider's staff among them.

pub mod account;
pub mod actions;
pub mod cli;
pub mod import;
pub mod life;
mod local;
pub mod locks;
pub mod mail;
pub mod onboarding;
pub mod put;
pub mod request;
pub mod service;
pub mod sight;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use serde::Serialize;

use crate::platform::i18n::Lang;
use crate::portal::access::Right;
use crate::portal::access::grants::Holder;
use crate::values::{BNumber, DanishPhone, Email};

crate::coded! {
    /// Where an account stands.
    pub enum UserStatus("user-status") {
        /// Created; nobody has logged in yet.
        Invited => "invited",
        /// In use.
        Active => "active",
        /// Shut by the provider.
        Disabled => "disabled",
    }
}

crate::coded! {
    /// Who is behind an account (S-030).
    pub enum UserKind("user-kind") {
        /// One person.
        Person => "person",
        /// A mailbox that several people read.
        SharedMailbox => "shared-mailbox",
    }
}

crate::coded! {
    /// What someone of the provider may do.
    pub enum Staff("staff") {
        /// Handles tickets, messages and documents of all institutions.
        Caseworker => "caseworker",
        /// May do everything that is the provider's.
        SystemAdministrator => "system-administrator",
    }
}

/// An account. The e-mail address is the user name (K-064).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// The row.
    #[serde(skip)]
    pub id: i64,
    /// Address and user name.
    pub email: Email,
    /// Name.
    pub name: String,
    /// State employee id; reports need it (K-151).
    pub b_number: Option<BNumber>,
    /// Phone, eight digits.
    pub phone: Option<DanishPhone>,
    /// Title.
    pub title: Option<String>,
    /// The language of mails; `None` follows the installation.
    pub language: Option<Lang>,
    /// A person or a shared mailbox.
    pub kind: UserKind,
    /// The staff role, for people of the provider.
    pub staff: Option<Staff>,
    /// Since when that is held, UTC.
    #[serde(skip)]
    pub staff_since: Option<String>,
    /// Where the account stands.
    pub status: UserStatus,
    /// Why the account is shut.
    pub disabled_reason: Option<String>,
    /// Since when it is shut, UTC.
    #[serde(skip)]
    pub disabled_at: Option<String>,
    /// What the user may at which institutions.
    pub rights: Vec<TenantRight>,
    /// The second step in use.
    pub mfa: Option<String>,
    /// The last login, UTC.
    pub last_login_at: Option<String>,
    /// When it was created, UTC; to a local administrator who does not see all of this user, when it got its first right
    /// there.
    pub created_at: Option<String>,
    /// Whether someone has ever come in.
    #[serde(skip)]
    pub activated: bool,
}

impl User {
    /// The user as one who receives or loses rights.
    pub fn holder(&self) -> Holder<'_> {
        Holder {
            id: self.id,
            email: self.email.as_str(),
            disabled: self.status == UserStatus::Disabled,
            staff: self.staff.is_some(),
        }
    }
}

/// A right at an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TenantRight {
    /// The institution's code.
    pub tenant: String,
    /// The right.
    pub right: Right,
    /// When it was granted, UTC.
    #[serde(skip)]
    pub granted_at: String,
}

/// A user to be created.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Address and user name.
    pub email: Email,
    /// Name.
    pub name: String,
    /// State employee id.
    pub b_number: Option<BNumber>,
    /// Phone.
    pub phone: Option<DanishPhone>,
    /// Title.
    pub title: Option<String>,
    /// Language of mails.
    pub language: Option<Lang>,
    /// A person (also where nothing is said) or a shared mailbox.
    pub kind: Option<UserKind>,
    /// Staff role.
    pub staff: Option<Staff>,
    /// Institutions, by code or CVR, each with its rights.
    pub rights: Vec<(String, Vec<Right>)>,
}

/// What to change; `None` leaves alone, an inner `None` empties. The address never changes.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// Name.
    pub name: Option<String>,
    /// State employee id.
    pub b_number: Option<Option<BNumber>>,
    /// Phone.
    pub phone: Option<Option<DanishPhone>>,
    /// Title.
    pub title: Option<Option<String>>,
    /// Language of mails.
    pub language: Option<Option<Lang>>,
    /// A person or a shared mailbox.
    pub kind: Option<UserKind>,
    /// Staff role.
    pub staff: Option<Option<Staff>>,
}
