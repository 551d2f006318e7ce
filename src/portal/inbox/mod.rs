//! Mails that come in: what is made of each, and why. Accepted first, understood later; whatever cannot be understood is
//! visible work.

pub mod actions;
pub mod rules;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

use serde::Serialize;

use crate::platform::inmail::Unreadable;

crate::coded! {
    /// What has become of a mail that came in.
    pub enum InboxState("inbox-state") {
        /// Stored; nobody has looked at it yet.
        Received => "received",
        /// Part of a ticket.
        Taken => "taken",
        /// Waits for the provider to decide.
        Held => "held",
        /// The provider decided that nothing comes of it.
        Dropped => "dropped",
        /// Nothing is to come of it.
        Ignored => "ignored",
        /// It reports on a mail of ours.
        Bounce => "bounce",
        /// Nothing can be made of it.
        Unreadable => "unreadable",
    }
}

crate::coded! {
    /// What decided about a mail.
    pub enum Reason("mail-reason") {
        /// It goes on with a ticket.
        Reply => "reply",
        /// It opens a ticket.
        New => "new",
        /// It opens a ticket that goes on from a closed one.
        Follows => "follows",
        /// The provider let it in.
        Released => "released",
        /// It names no sender, or none that can be.
        SenderInvalid => "sender-invalid",
        /// It names several.
        SeveralSenders => "several-senders",
        /// Nobody here has this address.
        SenderUnknown => "sender-unknown",
        /// The account is disabled.
        SenderDisabled => "sender-disabled",
        /// One of the provider's staff, whose word only counts from within.
        SenderStaff => "sender-staff",
        /// More mails in an hour than are taken from one sender.
        SenderCap => "sender-cap",
        /// Our mail server says that the sender is forged.
        SenderForged => "sender-forged",
        /// The sender has no right at any institution that is in use.
        NoInstitution => "no-institution",
        /// The sender is of several institutions, and which is meant is not said.
        SeveralInstitutions => "several-institutions",
        /// It answers a mail that told of several tickets, and names none.
        SeveralTickets => "several-tickets",
        /// It is about a ticket that the sender is no party of.
        NotAParty => "not-a-party",
        /// The ticket did not take it.
        Refused => "refused",
        /// It is a mail of our own.
        Loop => "loop",
        /// A program wrote it.
        AutoReply => "auto-reply",
        /// It came before.
        Duplicate => "duplicate",
        /// A mail of ours did not arrive.
        BounceFailed => "bounce-failed",
        /// A mail of ours has not arrived yet, or has arrived.
        BounceNoted => "bounce-noted",
        /// It is about no mail that we sent there.
        BounceForeign => "bounce-foreign",
        /// It holds nothing.
        Empty => "empty",
        /// It does not begin with a header.
        NoHeader => "no-header",
        /// Its header is too long.
        LongHeader => "long-header",
        /// Its parts lie too deep in each other.
        TooDeep => "too-deep",
        /// It has too many parts.
        TooManyParts => "too-many-parts",
        /// It could not be read, by a fault of ours.
        Fault => "fault",
        /// The provider dropped it.
        Dropped => "dropped",
    }
}

impl From<Unreadable> for Reason {
    fn from(why: Unreadable) -> Reason {
        match why {
            Unreadable::Empty => Reason::Empty,
            Unreadable::NoHeader => Reason::NoHeader,
            Unreadable::LongHeader => Reason::LongHeader,
            Unreadable::TooDeep => Reason::TooDeep,
            Unreadable::TooManyParts => Reason::TooManyParts,
            Unreadable::Fault => Reason::Fault,
        }
    }
}

/// A mail that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inbound {
    /// Its number.
    pub id: i64,
    /// What has become of it.
    pub state: InboxState,
    /// What decided.
    pub reason: Option<Reason>,
    /// Who wrote it, as far as it says.
    pub from: Option<String>,
    /// To which address it was delivered, where the mail server said so.
    pub to: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// When it came, UTC.
    pub received_at: String,
    /// When it was decided, UTC.
    pub settled_at: Option<String>,
    /// The ticket that it is part of, or about.
    pub ticket: Option<String>,
    /// The number of the mail of ours that it answers or reports on.
    #[serde(rename = "about_mail")]
    pub about: Option<i64>,
    /// How often it could not be understood.
    pub attempts: i64,
    /// Why, the last time.
    pub last_error: Option<String>,
    /// The stored bytes.
    #[serde(skip)]
    pub raw: i64,
}

impl Inbound {
    /// What the audit calls it.
    pub fn object(&self) -> String {
        object(self.id)
    }
}

/// What the audit calls the mail of this number.
pub fn object(id: i64) -> String {
    format!("mail:{id}")
}

/// What one step of understanding a mail found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// When, UTC.
    pub at: String,
    /// The step.
    pub step: String,
    /// What it found.
    pub verdict: String,
    /// More about it.
    pub detail: Option<String>,
}
