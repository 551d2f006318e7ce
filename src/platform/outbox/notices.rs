//! Many notices to one address: several that wait become one mail, and no more than so many mails leave an hour, so that
//! two machines that answer each other come to an end (setting `mail.loop-cap`).

use std::collections::HashSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::lease;
use super::render::{Rendered, Renderer, Secrets, fill, one_line};
use super::{Class, Message, Template};
use crate::platform::db::{Connection, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::settings;
use crate::values::{parse_utc_text, utc_text};

/// How many notices one mail holds at most.
const MOST: usize = 500;

/// What several notices in one mail look like. It is never queued itself.
static SEVERAL: Template = Template {
    name: "outbox.several",
    class: Class::Notice,
    da: include_str!("mail/several.da.txt"),
    nb: include_str!("mail/several.nb.txt"),
    en: include_str!("mail/several.en.txt"),
};

/// Messages that leave as one mail; the first gives it its number.
#[derive(Debug)]
pub struct Group(pub Vec<Message>);

impl Group {
    /// The one that gives it its number.
    pub fn leader(&self) -> Option<&Message> {
        self.0.first()
    }

    /// Their numbers.
    pub fn ids(&self) -> Vec<i64> {
        self.0.iter().map(|message| message.id).collect()
    }

    /// What an answer is about, where all of them are about the same.
    pub fn reply_tag(&self) -> Option<&str> {
        let tag = self.leader()?.reply_tag.as_deref()?;
        self.0.iter().all(|message| message.reply_tag.as_deref() == Some(tag)).then_some(tag)
    }
}

/// What becomes of the notices to one address.
#[derive(Debug, Default)]
pub struct Sorted {
    /// What leaves, by language.
    pub groups: Vec<Group>,
    /// What waits, until when, and why.
    pub held: Option<(Vec<Message>, String, String)>,
}

/// Puts the waiting notices to the address of this one together, as far as the cap lets them through. A dry run has
/// `seen` some already, whose leases did not last.
pub fn gather(
    tx: &Tx<'_>,
    templates: &[&'static Template],
    first: &Message,
    seen: &HashSet<i64>,
) -> Result<Sorted> {
    let (notices, recipient) = (names(templates), &first.to);
    let from = if seen.is_empty() { 0 } else { first.id };
    let mut waiting = lease::free_to(tx, recipient, from, MOST, tx.now())?;
    waiting.retain(|message| {
        notices.contains(&message.template.as_str()) && !message.holds_secret() && !seen.contains(&message.id)
    });
    let cap = settings::MAIL_LOOP_CAP.int(tx)?;
    let hour = TimeDelta::hours(1);
    let (sent, under_way) = lease::recent(tx, recipient, &notices, tx.now() - hour, tx.now())?;
    let mut room = cap - i64::try_from(sent.len()).unwrap_or(i64::MAX) - under_way;
    let mut sorted = Sorted::default();
    while let Some(first) = waiting.first() {
        let language = first.language;
        if room <= 0 {
            // As soon as one of those that fill the hour is an hour old.
            let filling =
                usize::try_from(cap - 1).ok().and_then(|n| sent.get(n.min(sent.len().saturating_sub(1))));
            let frees =
                filling.and_then(|at| parse_utc_text(at)).map_or(tx.now() + lease::LEASE, |at| at + hour);
            let why = format!("{cap} mails of news within an hour to this address (mail.loop-cap)");
            sorted.held = Some((waiting, utc_text(frees), why));
            break;
        }
        let (group, rest) = waiting.into_iter().partition(|message| message.language == language);
        waiting = rest;
        room -= 1;
        sorted.groups.push(Group(group));
    }
    Ok(sorted)
}

/// Whether this message is one that others may be put together with.
pub fn is_notice(templates: &[&'static Template], message: &Message) -> bool {
    !message.holds_secret() && names(templates).contains(&message.template.as_str())
}

fn names(templates: &[&'static Template]) -> Vec<&'static str> {
    let notices = templates.iter().filter(|template| template.class == Class::Notice);
    notices.map(|template| template.name).collect()
}

/// The subject and the text of a group.
pub fn render(
    renderer: &Renderer<'_>,
    conn: &Connection,
    group: &Group,
    now: &str,
) -> Result<(String, Rendered)> {
    let first = match group.0.as_slice() {
        [] => return Err(Error::internal("a mail of no messages")),
        [only] => {
            let subject = only.subject.clone().unwrap_or_default();
            return Ok((subject, renderer.render(conn, only, now)?));
        }
        [first, ..] => first,
    };
    let mut items: Vec<Value> = Vec::with_capacity(group.0.len());
    for message in &group.0 {
        let text = renderer.render(conn, message, now)?.text;
        items.push(json!({"subject": message.subject, "text": text.trim_end()}));
    }
    // The key of the one thing that all of them are about, such as a ticket's number.
    let about = group.reply_tag().and_then(|_| first.cause.split_once(':')).map(|(_, key)| key);
    let params = json!({"count": group.0.len(), "about": about, "items": items});
    let (subject, body) = SEVERAL.parts(first.language)?;
    let subject = one_line(&fill(SEVERAL.name, subject, &params, &Secrets::default())?);
    let text = Zeroizing::new(fill(SEVERAL.name, body, &params, &Secrets::default())?);
    Ok((subject, Rendered { text, secrets: Secrets::default() }))
}
