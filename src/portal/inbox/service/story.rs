//! What happened to a mail, and what it says.

use super::raw_of;
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::inmail;
use crate::platform::outbox::{self, Message, State, bounced};
use crate::portal::inbox::view::{Shown, Story};
use crate::portal::inbox::{Inbound, Verdict, store};

/// A mail that came in, with its whole text.
pub fn show(conn: &Connection, inbound: Inbound) -> Result<Shown> {
    let raw = raw_of(conn, &inbound)?;
    Ok(match inmail::parse(&raw) {
        Ok(mail) => {
            let attachments = mail.files.into_iter().map(|file| file.name).collect();
            Shown { mail: inbound, attachments, text: Some(mail.text) }
        }
        // Its bytes as far as they are text, so that somebody can see what it is.
        Err(_) => {
            let start = raw.get(..raw.len().min(4096)).unwrap_or_default();
            let text = String::from_utf8_lossy(start).into_owned();
            Shown { mail: inbound, attachments: Vec::new(), text: Some(text) }
        }
    })
}

/// What happened to a mail that came in.
pub fn of_inbound(conn: &Connection, inbound: Inbound) -> Result<Story<Inbound>> {
    let verdicts = store::verdicts(conn, inbound.id)?;
    Ok(Story { mail: inbound, direction: "in", verdicts })
}

/// What happened to a mail that leaves, as far as the queue knows.
pub fn of_outgoing(conn: &Connection, message: Message) -> Result<Story<Message>> {
    let mut verdicts = Vec::new();
    let mut tell = |at: &str, step: &str, verdict: &str, detail: Option<String>| {
        let (at, step, verdict) = (at.to_owned(), step.to_owned(), verdict.to_owned());
        verdicts.push(Verdict { at, step, verdict, detail });
    };
    tell(&message.queued_at, "queued", "ok", Some(format!("because of {}", message.cause)));
    if message.attempts > 0 {
        let tried = format!("tried {} times", message.attempts);
        let detail =
            message.last_error.as_ref().map_or(tried.clone(), |error| format!("{tried}; last: {error}"));
        tell(message.sent_at.as_deref().unwrap_or(&message.queued_at), "attempts", "counted", Some(detail));
    }
    if let (Some((run, until)), State::Queued) = (outbox::lease_of(conn, message.id)?, message.state) {
        let until = until.as_deref().unwrap_or("?");
        tell(&message.queued_at, "lease", "taken", Some(format!("by {run}, until {until}")));
    }
    if let Some(since) = &message.leaving_at {
        tell(since, "leaving", "begun", None);
    }
    if let (Some(then), State::Queued) = (&message.not_before, message.state) {
        tell(then, "next attempt", "not before", None);
    }
    if let Some(other) = message.merged_into {
        tell(&message.queued_at, "merged", "said by another", Some(format!("mail {other}")));
    }
    let result = message.state.to_string();
    tell(message.sent_at.as_deref().unwrap_or(&message.queued_at), "result", &result, None);
    // What comes back names the mail that left, which is another where several were joined.
    let mut answers = store::about(conn, message.id)?;
    if let Some(left) = message.merged_into {
        answers.extend(store::about(conn, left)?);
    }
    for answer in answers {
        let what = answer.reason.map(|reason| reason.to_string()).unwrap_or_default();
        tell(&answer.received_at, "answer", &what, Some(format!("mail {}", answer.id)));
    }
    if bounced::find(conn, &message.to)?.is_some() {
        let what = format!("mail to {} came back; nothing is sent there", message.to);
        tell(&message.queued_at, "address", "bounced", Some(what));
    }
    Ok(Story { mail: message, direction: "out", verdicts })
}
