//! The periodic review of who has which rights: written to a sheet, decided upon there, read back.
//!
//! A row is one right of one user at one institution, or the staff role of one of the provider's own, which names no
//! institution. Its mark ties it to that very grant, so that a right that was taken and granted anew since is never decided
//! upon unseen.

pub mod export;
pub mod import;
mod read;
mod store;

use std::fmt::Display;

use chrono::NaiveDate;

use crate::platform::blob::hex_sha256;
use crate::platform::sheet::Heading;
use crate::portal::access::Right;
use crate::portal::user::Staff;
use crate::values::Email;

crate::coded! {
    /// What became of a right in a review.
    pub enum Decision("review-decision") {
        /// It is still needed.
        Keep => "keep",
        /// It is taken.
        Remove => "remove",
    }
}

/// What is decided upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A right at an institution, by code.
    Right(String, Right),
    /// A staff role.
    Staff(Staff),
}

/// A row of a review that somebody decided upon.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Where it stands in the file.
    pub line: u64,
    /// The user's address.
    pub email: Email,
    /// What it is about.
    pub about: About,
    /// The mark of the grant, as [`mark`] makes it.
    pub mark: String,
    /// What was decided.
    pub decision: Decision,
    /// Who decided; where the file does not say, whoever brings it.
    pub reviewer: Option<String>,
    /// When; where the file does not say, today.
    pub on: Option<NaiveDate>,
}

impl Decided {
    /// The grant as answers and errors name it.
    pub fn key(&self) -> String {
        match &self.about {
            About::Right(tenant, right) => format!("{}:{tenant}:{right}", self.email),
            About::Staff(staff) => format!("{}:{staff}", self.email),
        }
    }
}

/// The columns of a review, in the order in which it is written.
const HEADINGS: &[Heading] = &[
    Heading { names: &["E-mail", "email", "user"], required: true },
    Heading { names: &["Navn", "name"], required: false },
    Heading { names: &["Kunde", "tenant"], required: true },
    Heading { names: &["Rettighed", "right"], required: true },
    Heading { names: &["Status", "status"], required: false },
    Heading { names: &["Sidste login", "last_login_at"], required: false },
    Heading { names: &["Tildelt den", "granted_at"], required: false },
    Heading { names: &["Tildelt af", "granted_by"], required: false },
    Heading { names: &["Mærke", "mark"], required: true },
    Heading { names: &["Beslutning", "decision"], required: true },
    Heading { names: &["Vurderet af", "reviewer"], required: false },
    Heading { names: &["Dato", "date"], required: false },
];
const EMAIL: usize = 0;
const TENANT: usize = 2;
const RIGHT: usize = 3;
const MARK: usize = 8;
const DECISION: usize = 9;
const REVIEWER: usize = 10;
const DATE: usize = 11;

/// The mark of a grant, or of a staff role at no institution: the same for as long as it is the same one. It begins with a letter and a hyphen, so that no
/// spreadsheet takes it for a number.
fn mark(email: &str, tenant: &str, right: impl Display, granted_at: &str) -> String {
    let hash = hex_sha256(format!("{}\n{tenant}\n{right}\n{granted_at}", email.to_lowercase()).as_bytes());
    format!("r-{}", hash.get(..12).unwrap_or_default())
}
