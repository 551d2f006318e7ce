//! What became of a message, and putting that down.

use std::collections::HashSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::hand_over::WHO_DECIDES;
use super::{SEND, Sent};
use crate::platform::config::Config;
use crate::platform::db::{Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::outbox::lease::{self, End};
use crate::platform::outbox::render::SecretSource;
use crate::platform::outbox::smtp::Reply;
use crate::platform::outbox::{Channel, Message, State, bounced, dir};
use crate::values::{parse_utc_text, utc_text};

/// After how many minutes a mail is tried again that was refused for now; later every hour.
const PAUSES: [i64; 4] = [1, 5, 15, 60];

/// How often a mail is tried: for four days, where it is tried every hour.
const TRIES: i64 = 100;

/// And for how many days, where runs are fewer.
const DAYS: i64 = 4;

/// The word for what is still queued because the mail that held it is written anew.
const BACK: &str = "back";

/// What became of one message.
#[derive(Debug)]
pub enum Outcome {
    /// It lies in the folder of transport `dir`.
    Written,
    /// A mail server or a program took it.
    Gone,
    /// The program asks to be called again later.
    Later(String),
    /// The server refused it for now.
    TryAgain(String),
    /// It ends in this state.
    Ended(State, Error),
    /// There is no such address, the server says.
    NoSuchAddress(Reply, Error),
    /// It was not tried: its address has had its share until then.
    Held(String, String),
    /// It was not tried after all.
    Back,
}

/// A message, the mail it left in where that was another's, and what became of it.
pub struct Noted {
    pub message: Message,
    pub leader: Option<i64>,
    pub outcome: Outcome,
}

impl Outcome {
    /// The same for the next message of a group.
    pub fn again(&self) -> Outcome {
        let copy = |error: &Error| {
            let again = Error::new(error.exit(), error.code(), error.message());
            error.hint_text().map(str::to_owned).into_iter().fold(again, Error::hint)
        };
        match self {
            Outcome::Written => Outcome::Written,
            Outcome::Gone => Outcome::Gone,
            Outcome::Later(said) => Outcome::Later(said.clone()),
            Outcome::TryAgain(said) => Outcome::TryAgain(said.clone()),
            Outcome::Ended(state, error) => Outcome::Ended(*state, copy(error)),
            Outcome::NoSuchAddress(reply, error) => Outcome::NoSuchAddress(reply.clone(), copy(error)),
            Outcome::Held(until, why) => Outcome::Held(until.clone(), why.clone()),
            Outcome::Back => Outcome::Back,
        }
    }

    fn error(&self) -> Option<&Error> {
        match self {
            Outcome::Ended(_, error) | Outcome::NoSuchAddress(_, error) => Some(error),
            _ => None,
        }
    }
}

impl Noted {
    /// The number of the mail that it left in.
    fn group(&self) -> i64 {
        self.leader.unwrap_or(self.message.id)
    }

    /// Puts it down; answers with what is true now. `None` where another run has it, or nothing was done.
    fn put(&self, tx: &Tx<'_>, token: &str) -> Result<Option<&'static str>> {
        let id = self.message.id;
        let end = |state, error| End { state, error, not_before: None, merged_into: None };
        let (noted, result) = match &self.outcome {
            Outcome::Written => (lease::note_sent(tx, token, id, true, self.leader)?, "sent"),
            Outcome::Gone => (lease::note_sent(tx, token, id, false, self.leader)?, "sent"),
            Outcome::Later(said) => {
                (lease::note_end(tx, token, id, end(State::Queued, Some(said)))?, "deferred")
            }
            Outcome::TryAgain(said) => match self.next_try(tx) {
                Some(at) => {
                    let end = End { not_before: Some(&at), ..end(State::Queued, Some(said)) };
                    (lease::note_end(tx, token, id, end)?, "deferred")
                }
                None => {
                    let said = format!("given up after {TRIES} attempts: {said}");
                    (lease::note_end(tx, token, id, end(State::Failed, Some(&said)))?, "failed")
                }
            },
            Outcome::Ended(State::Unknown, error) => {
                let end = End { merged_into: self.leader, ..end(State::Unknown, Some(error.message())) };
                (lease::note_end(tx, token, id, end)?, "unknown")
            }
            Outcome::Ended(_, error) => {
                (lease::note_end(tx, token, id, end(State::Failed, Some(error.message())))?, "failed")
            }
            Outcome::NoSuchAddress(reply, error) => {
                if self.leader.is_none() {
                    let why = bounced::Why { status: reply.status(), said: Some(&reply.text), mail: None };
                    bounced::mark(tx, &self.message.to, why)?;
                }
                (lease::note_end(tx, token, id, end(State::Failed, Some(error.message())))?, "failed")
            }
            Outcome::Held(until, why) => (lease::hold_back(tx, id, until, why)?, "deferred"),
            Outcome::Back => {
                lease::release(tx, token, &[id])?;
                return Ok(None);
            }
        };
        if noted {
            return Ok(Some(result));
        }
        if !lease::is_cancelled(tx, id)? {
            return Ok(None);
        }
        // It has not left, so nothing of it is open any more.
        lease::release(tx, token, &[id])?;
        Ok(Some("cancelled"))
    }

    fn next_try(&self, tx: &Tx<'_>) -> Option<String> {
        let tried = usize::try_from(self.message.attempts).unwrap_or_default();
        let last = PAUSES.last().copied().unwrap_or(60);
        let minutes = PAUSES.get(tried).copied().unwrap_or(last);
        let since = parse_utc_text(&self.message.queued_at).unwrap_or(tx.now());
        // Where runs are few, days count and not attempts; but what was held back for days has its chances first.
        let long_enough = tried > PAUSES.len() && tx.now() - since > TimeDelta::days(DAYS);
        (self.message.attempts + 1 < TRIES && !long_enough)
            .then(|| utc_text(tx.now() + TimeDelta::minutes(minutes)))
    }

    /// What the answer says of it.
    fn item(&self, result: &str) -> Value {
        let Message { id, to, subject, .. } = &self.message;
        let mut item = json!({"key": id.to_string(), "to": to, "subject": subject, "result": result});
        if let Some(leader) = self.leader.filter(|_| matches!(result, "sent" | "unknown")) {
            item["merged_into"] = json!(leader);
        }
        let deferred = |code: &str, said: &str| {
            Error::busy(code, said)
                .hint("it stays queued; a later `portalctl mail send` tries again")
                .to_item()
        };
        let error = match &self.outcome {
            _ if result == "cancelled" => None,
            Outcome::Later(said) => Some(deferred("sms.deferred", said)),
            Outcome::TryAgain(said) if result == "deferred" => Some(deferred("mail.deferred", said)),
            Outcome::TryAgain(said) => Some(Error::refused("mail.failed", said).to_item()),
            Outcome::Held(_, why) => Some(deferred("mail.loop-cap", why)),
            other => other.error().map(Error::to_item),
        };
        if let Some(error) = error {
            item["errors"] = json!([error]);
        }
        item
    }
}

/// What the answer says of a message whose run died.
pub fn lost(message: &Message) -> Value {
    let Message { id, to, subject, .. } = message;
    let error = Error::refused("mail.unknown", "the run that was sending it did not come to its end");
    let errors = [error.hint(WHO_DECIDES).to_item()];
    json!({"key": id.to_string(), "to": to, "subject": subject, "result": "unknown", "errors": errors})
}

/// Puts down what became of some messages, and records it. Answers with the word for each.
pub fn put_all(
    tx: &Tx<'_>,
    token: &str,
    noted: &[Noted],
    secrets: &dyn SecretSource,
) -> Result<Vec<Option<&'static str>>> {
    let mut results = Vec::with_capacity(noted.len());
    let broken = broken_groups(tx, noted)?;
    let mut told: HashSet<&str> = HashSet::new();
    for one in noted {
        let result = match one.outcome {
            Outcome::Written
                if broken.contains(&one.group()) && !lease::is_cancelled(tx, one.message.id)? =>
            {
                tx.unrecorded(|tx| lease::release(tx, token, &[one.message.id]))?;
                Some(BACK)
            }
            Outcome::Back => tx.unrecorded(|tx| one.put(tx, token))?,
            _ => one.put(tx, token)?,
        };
        if let Some(result) = result.filter(|result| !matches!(*result, "cancelled" | BACK)) {
            secrets.noted(tx, &one.message, result)?;
            if let (Outcome::NoSuchAddress(reply, _), true) = (&one.outcome, told.insert(&one.message.cause))
            {
                secrets.address_refused(tx, &one.message, &reply.to_string())?;
            }
        }
        results.push(result);
    }
    if results.iter().all(|result| result.is_none_or(|result| result == BACK)) {
        return Ok(results);
    }
    let with = |word: &str| -> Vec<i64> {
        let all = noted.iter().zip(&results);
        all.filter(|(_, found)| **found == Some(word)).map(|(one, _)| one.message.id).collect()
    };
    let mut after = json!({"sent": with("sent"), "failed": with("failed")});
    for rare in ["unknown", "deferred"] {
        if results.contains(&Some(rare)) {
            after[rare] = json!(with(rare));
        }
    }
    tx.record(SEND, "mail:batch", None::<&()>, Some(&after))?;
    Ok(results)
}

/// Mails that hold what was taken back between their writing and this note: they are written anew without it.
fn broken_groups(tx: &Tx<'_>, noted: &[Noted]) -> Result<HashSet<i64>> {
    let followed: HashSet<i64> = noted.iter().filter_map(|one| one.leader).collect();
    let mut broken = HashSet::new();
    for one in noted.iter().filter(|one| matches!(one.outcome, Outcome::Written)) {
        if followed.contains(&one.group()) && lease::is_cancelled(tx, one.message.id)? {
            broken.insert(one.group());
        }
    }
    Ok(broken)
}

/// Adds what was put down to the answer.
pub fn tell(sent: &mut Sent, db: &Db, config: &Config, noted: &[Noted], results: &[Option<&'static str>]) {
    for (one, result) in noted.iter().zip(results) {
        let Some(result) = *result else { continue };
        match result {
            "sent" => sent.sent += 1,
            "deferred" => {
                sent.deferred += 1;
                sent.later_sms += usize::from(one.message.channel == Channel::Sms);
                sent.capped += usize::from(matches!(one.outcome, Outcome::Held(..)));
            }
            // What was taken back meanwhile is not sent: its file goes again.
            "cancelled"
                if matches!(one.outcome, Outcome::Written) && one.leader.is_none() && !db.is_dry_run() =>
            {
                dir::take_back(&config.mail_dir, &one.message);
            }
            "cancelled" => {}
            BACK => {
                if one.leader.is_none() && !db.is_dry_run() {
                    dir::take_back(&config.mail_dir, &one.message);
                }
                let again = sent.again_from.get_or_insert(one.message.id);
                *again = one.message.id.min(*again);
                continue;
            }
            _ => sent.failed += 1,
        }
        sent.items.push(one.item(result));
    }
}
