//! Who acts: the operator at the machine, a user, or a job (DESIGN §4).

use crate::platform::env::Operator;
use crate::platform::error::{Error, Result};

/// The one who asks, with whose rights, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who really did it: `operator:anna@host`, `operator:anna>root@host` with sudo, `job:mail-send`.
    pub real: String,
    /// With whose rights it was done. Decides what `authorise` allows.
    pub effective: Principal,
    /// Why, where it was said.
    pub reason: Option<String>,
}

/// Whose rights count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Whoever may read the file: everything a system administrator may.
    Operator,
    /// A job of the system, by name.
    Job(&'static str),
    /// A user with everything that the provider may: a system administrator of its staff, by address.
    Provider(String),
    /// Any other user, by address. Their rights, or their staff role, decide.
    User(String),
    /// Whoever brought the token of a signatory's link (K-200): the dashboard and what it leads to, nothing else.
    Signatory(Holder),
}

/// The signatory whose link was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The signatory's row.
    pub signatory: i64,
    /// The link's row.
    pub link: i64,
    /// The signatory's address.
    pub email: String,
}

impl Actor {
    /// The person at the machine.
    pub fn operator(operator: &Operator, reason: Option<String>) -> Actor {
        let Operator { os_user, sudo_user, host } = operator;
        let real = match sudo_user {
            Some(sudo) if sudo != os_user => format!("operator:{sudo}>{os_user}@{host}"),
            _ => format!("operator:{os_user}@{host}"),
        };
        Actor { real, effective: Principal::Operator, reason }
    }

    /// The same person, setting off a job.
    pub fn job(&self, name: &'static str) -> Actor {
        Actor { effective: Principal::Job(name), ..self.clone() }
    }

    /// The reason given, or a usage error that asks for one.
    pub fn require_reason(&self) -> Result<&str> {
        match self.reason.as_deref() {
            Some(reason) if !reason.trim().is_empty() => Ok(reason),
            _ => Err(Error::usage("this needs a reason")
                .hint("say why with --reason TEXT; it is kept in the audit")),
        }
    }

    /// The address of the user whose rights count; `None` for the operator, jobs and the holder of a link.
    pub fn user(&self) -> Option<&str> {
        match &self.effective {
            Principal::Provider(email) | Principal::User(email) => Some(email),
            Principal::Operator | Principal::Job(_) | Principal::Signatory(_) => None,
        }
    }

    /// Whether everything that is the provider's is this actor's.
    pub fn is_provider(&self) -> bool {
        matches!(self.effective, Principal::Operator | Principal::Job(_) | Principal::Provider(_))
    }

    /// The effective actor as the audit names it.
    pub fn effective_text(&self) -> String {
        match &self.effective {
            Principal::Operator => self.real.clone(),
            Principal::Job(name) => format!("job:{name}"),
            Principal::Provider(email) | Principal::User(email) => format!("user:{email}"),
            Principal::Signatory(holder) => format!("signatory:{}", holder.email),
        }
    }
}
