//! What becomes of a mail, from what is known of it: one decision after the other, each with what it found.

use super::{InboxState, Reason};
use crate::platform::inmail::auto::Sign;
use crate::values::Email;

/// What is known of a mail and of the state that it meets.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The number of the mail that this is a copy of.
    pub copy_of: Option<i64>,
    /// It carries the header of our own mails.
    pub ours: bool,
    /// It is a report of the mail system.
    pub report: Option<Report>,
    /// What tells that a program wrote it.
    pub auto: Option<Sign>,
    /// How many mails came from this sender in the last hour.
    pub recent: i64,
    /// How many are taken.
    pub cap: i64,
    /// Who wrote it.
    pub sender: Sender,
    /// What our mail server says of who wrote it.
    pub authentication: Authentication,
    /// The ticket that it is about.
    pub thread: Thread,
}

/// What a report of the mail system tells of our mails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The mail of ours that it is about, and to whom that was written.
    pub about: Option<(i64, String)>,
    /// What became of it, where the report names its recipient: failed for good or not.
    pub failed: Option<bool>,
    /// What it says, in words.
    pub said: String,
}

/// What our mail server says of who wrote a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Authentication {
    /// Nothing.
    #[default]
    None,
    /// The sender is who it says.
    Passed(String),
    /// A check failed that also fails of mails that are merely passed on: too little to believe a subject that anybody can
    /// write.
    Doubtful(String),
    /// The sender is forged.
    Failed(String),
}

/// Who wrote a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sender {
    /// Nobody that can be told.
    #[default]
    None,
    /// What cannot be an address.
    Invalid(String),
    /// Several people.
    Several(String),
    /// Someone without an account.
    Unknown(Email),
    /// Someone whose account is shut.
    Disabled(Email),
    /// One of the provider's staff.
    Staff(Email),
    /// Someone with rights at these institutions, those in use, by code.
    User(Email, Vec<String>),
}

/// The ticket that a mail is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Thread {
    /// None that it names.
    #[default]
    None,
    /// It names one that is unknown here (S-029).
    Unknown(String),
    /// It answers a mail of ours that told of these tickets, and names none of them.
    Several(Vec<String>),
    /// This one.
    Known(Known),
}

/// A ticket that a mail is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub number: String,
    /// Its institution.
    pub tenant: String,
    /// How the mail names it.
    pub by: By,
    /// Whether the sender is its requester or one it is shared with, and has a right at its institution.
    pub party: bool,
    /// Whether it still takes replies: it is neither closed nor done too long.
    pub open: bool,
}

/// How a mail names the ticket that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// It answers a mail of ours, or one that is part of the ticket.
    Answer,
    /// It was written to the ticket's signed address.
    Address,
    /// Its subject holds the number, which anybody can guess.
    Subject,
}

impl By {
    fn words(self) -> &'static str {
        match self {
            By::Answer => "it answers a mail of",
            By::Address => "it was sent to the signed address of",
            By::Subject => "its subject names",
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Nothing.
    Nothing,
    /// The address that a mail came back from is marked, and whom it concerns is told.
    Mark,
    /// Added to this ticket, as its sender.
    Reply(String),
    /// A ticket is opened at this institution, as its sender; perhaps one that goes on from another.
    Create {
        /// The institution's code.
        tenant: String,
        /// The number of the ticket it goes on from.
        follows: Option<String>,
    },
}

/// What one step found: its name, what, and more about it.
pub type Found = (&'static str, &'static str, Option<String>);

/// What becomes of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The state it gets.
    pub state: InboxState,
    /// Why.
    pub reason: Reason,
    /// What is to be done.
    pub act: Act,
    /// What each step found, in order, up to the one that decided.
    pub found: Vec<Found>,
}

impl Judgement {
    /// As whom the act is done; `None` for the provider.
    pub fn acts_as<'a>(&self, facts: &'a Facts) -> Option<&'a Email> {
        match (&self.act, &facts.sender) {
            (Act::Reply(_) | Act::Create { .. }, Sender::User(email, _)) => Some(email),
            _ => None,
        }
    }
}

/// Decides.
pub fn judge(facts: &Facts) -> Judgement {
    let mut found: Vec<Found> = Vec::new();
    match decide(facts, &mut found) {
        Ok((reason, act)) => Judgement { state: InboxState::Taken, reason, act, found },
        Err((state, reason, act)) => Judgement { state, reason, act, found },
    }
}

type Stop = (InboxState, Reason, Act);

fn decide(facts: &Facts, found: &mut Vec<Found>) -> Result<(Reason, Act), Stop> {
    before_the_sender(facts, found)?;
    let (email, places) = sender(facts, found)?;
    let by_subject = matches!(&facts.thread, Thread::Known(known) if known.by == By::Subject);
    match &facts.authentication {
        Authentication::None => found.push(("authentication", "none", None)),
        Authentication::Passed(said) => found.push(("authentication", "ok", Some(said.clone()))),
        Authentication::Doubtful(said) if !by_subject => {
            found.push(("authentication", "doubtful", Some(said.clone())));
        }
        Authentication::Doubtful(said) | Authentication::Failed(said) => {
            found.push(("authentication", "failed", Some(said.clone())));
            return Err(held(Reason::SenderForged));
        }
    }
    let follows = match &facts.thread {
        Thread::None => {
            found.push(("thread", "none", None));
            None
        }
        Thread::Unknown(number) => {
            found.push(("thread", "unknown", Some(format!("there is no ticket {number} here"))));
            None
        }
        Thread::Several(numbers) => {
            let what = format!("it answers a mail that told of {}", numbers.join(", "));
            found.push(("thread", "several", Some(what)));
            return Err(held(Reason::SeveralTickets));
        }
        Thread::Known(known) => {
            let named = format!("{} {}", known.by.words(), known.number);
            if !known.party {
                found.push(("thread", "refused", Some(format!("{named}, and {email} is no party of it"))));
                return Err(held(Reason::NotAParty));
            }
            if known.open {
                found.push(("thread", "reply", Some(named)));
                return Ok((Reason::Reply, Act::Reply(known.number.clone())));
            }
            found.push(("thread", "closed", Some(format!("{named}, which takes no replies any more"))));
            Some(known)
        }
    };
    if let Some(known) = follows {
        let act = Act::Create { tenant: known.tenant.clone(), follows: Some(known.number.clone()) };
        return Ok((Reason::Follows, act));
    }
    match places {
        [] => {
            found.push(("institution", "none", Some(format!("{email} has no right at any that is in use"))));
            Err(held(Reason::NoInstitution))
        }
        [tenant] => {
            found.push(("institution", "one", Some(tenant.clone())));
            Ok((Reason::New, Act::Create { tenant: tenant.clone(), follows: None }))
        }
        several => {
            found.push(("institution", "several", Some(several.join(", "))));
            Err(held(Reason::SeveralInstitutions))
        }
    }
}

fn before_the_sender(facts: &Facts, found: &mut Vec<Found>) -> Result<(), Stop> {
    if let Some(first) = facts.copy_of {
        found.push(("duplicate", "yes", Some(format!("a copy of mail {first}"))));
        return Err(ignored(Reason::Duplicate));
    }
    found.push(("duplicate", "no", None));
    // What comes back carries the header of the mail that it brings back.
    if facts.ours && facts.report.is_none() {
        found.push(("loop", "yes", Some("it is a mail of our own".to_owned())));
        return Err(ignored(Reason::Loop));
    }
    found.push(("loop", "no", None));
    if let Some(report) = &facts.report {
        let said = Some(report.said.clone());
        let (verdict, reason, act) = match (&report.about, report.failed) {
            (Some(_), Some(true)) => ("failed", Reason::BounceFailed, Act::Mark),
            (Some(_), Some(false)) => ("noted", Reason::BounceNoted, Act::Nothing),
            _ => ("foreign", Reason::BounceForeign, Act::Nothing),
        };
        found.push(("bounce", verdict, said));
        return Err((InboxState::Bounce, reason, act));
    }
    found.push(("bounce", "no", None));
    if let Some(sign) = &facts.auto {
        // People write in such words, and by way of groups: theirs is not to be lost.
        if let (false, Sender::User(..)) = (sign.sure, &facts.sender) {
            found.push(("automatic", "perhaps", Some(sign.what.clone())));
            return Err(held(Reason::AutoReply));
        }
        found.push(("automatic", "yes", Some(sign.what.clone())));
        return Err(ignored(Reason::AutoReply));
    }
    found.push(("automatic", "no", None));
    let counted = Some(format!("{} in the last hour, at most {}", facts.recent, facts.cap));
    if facts.recent >= facts.cap {
        found.push(("rate", "exceeded", counted));
        return Err(held(Reason::SenderCap));
    }
    found.push(("rate", "ok", counted));
    Ok(())
}

fn sender<'a>(facts: &'a Facts, found: &mut Vec<Found>) -> Result<(&'a Email, &'a [String]), Stop> {
    let (verdict, reason, who) = match &facts.sender {
        Sender::User(email, places) => {
            found.push(("sender", "known", Some(email.to_string())));
            return Ok((email, places));
        }
        Sender::None => ("missing", Reason::SenderInvalid, None),
        Sender::Invalid(text) => ("invalid", Reason::SenderInvalid, Some(text.clone())),
        Sender::Several(all) => ("several", Reason::SeveralSenders, Some(all.clone())),
        Sender::Unknown(email) => ("unknown", Reason::SenderUnknown, Some(email.to_string())),
        Sender::Disabled(email) => ("disabled", Reason::SenderDisabled, Some(email.to_string())),
        // Anybody can write in somebody's name; the provider's own word reaches customers from within alone.
        Sender::Staff(email) => ("staff", Reason::SenderStaff, Some(email.to_string())),
    };
    found.push(("sender", verdict, who));
    Err(held(reason))
}

fn held(reason: Reason) -> Stop {
    (InboxState::Held, reason, Act::Nothing)
}

fn ignored(reason: Reason) -> Stop {
    (InboxState::Ignored, reason, Act::Nothing)
}

/// What stands before a subject in answers and forwarded mails.
const PREFIXES: [&str; 13] =
    ["re", "sv", "vs", "fw", "fwd", "aw", "antw", "wg", "ang", "vedr", "re-sv", "tr", "videresendt"];

/// Whether the subject says that the mail shows another one.
pub fn forwards(subject: &str) -> bool {
    let first = subject.split(':').next().unwrap_or_default().trim().to_lowercase();
    matches!(first.as_str(), "vs" | "fw" | "fwd" | "wg" | "tr" | "videresendt")
}

/// A subject as a ticket bears it: without `SV:` and the like, without the number of a ticket, at most 80 characters.
/// Empty where nothing is left.
pub fn subject(text: &str, prefix: &str) -> String {
    let mut subject = text.to_owned();
    if let Some((begin, end, _)) = number_in(text, prefix) {
        let before = text.get(..begin).unwrap_or_default().trim_end_matches(['[', '(', ' ', '#']);
        let after = text.get(end..).unwrap_or_default().trim_start_matches([']', ')', ' ', ':', '-', '–']);
        subject = format!("{before} {after}");
    }
    let mut rest = subject.trim();
    while let Some((first, after)) = rest.split_once(':') {
        let word = first.trim().to_lowercase();
        let word = word.split(['[', '(']).next().unwrap_or_default();
        if !PREFIXES.contains(&word) {
            break;
        }
        rest = after.trim_start();
    }
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    if rest.chars().count() <= 80 {
        return rest;
    }
    let short: String = rest.chars().take(79).collect();
    format!("{}…", short.trim_end())
}

/// The first number of a ticket in a text, with where it begins and ends: `SAM 2404-1030`, with or without the space.
pub fn number_in(text: &str, prefix: &str) -> Option<(usize, usize, String)> {
    let low = text.to_ascii_uppercase();
    for (begin, _) in low.match_indices(prefix) {
        if low.get(..begin).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_alphanumeric())) {
            continue;
        }
        let after = low.get(begin + prefix.len()..)?;
        let rest = after.trim_start_matches(' ');
        let month: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let Some(rest) = rest.strip_prefix(&month).and_then(|rest| rest.strip_prefix('-')) else { continue };
        let sequence: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if month.len() == 4 && (4..=9).contains(&sequence.len()) {
            let end = low.len() - rest.len() + sequence.len();
            return Some((begin, end, format!("{prefix} {month}-{sequence}")));
        }
    }
    None
}
