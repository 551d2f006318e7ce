//! What is known of a mail, gathered from the mail itself and from the state that it meets.

use chrono::{DateTime, Duration, Utc};

use super::{Arrival, Desk};
use crate::platform::actor::{Actor, Principal};
use crate::platform::db::Connection;
use crate::platform::error::Result;
use crate::platform::exit::Exit;
use crate::platform::inmail::{Head, Mail, auto, bounce};
use crate::platform::outbox::{Message, answered, loop_header, reply_address};
use crate::platform::settings;
use crate::portal::inbox::rules::{self, Authentication, By, Facts, Known, Report, Sender, Thread};
use crate::portal::inbox::store;
use crate::portal::tenant::{self, store as tenant_store};
use crate::portal::ticket;
use crate::portal::user::{self, UserStatus};
use crate::values::{Email, TicketNumber, parse_utc_text, utc_text};

/// How many ids of a mail are looked up, and how much of what a header says is kept.
const MOST_IDS: usize = 50;
const KEPT: usize = 300;

/// What was gathered, and what is noted of the mail.
pub(super) struct Gathered {
    /// What the decision is made of.
    pub facts: Facts,
    /// The mail of ours that it answers or reports on.
    pub about: Option<Message>,
    /// The recipient of that mail of whom a report tells.
    pub told_of: Option<bounce::Recipient>,
    fingerprint: String,
    message_id: Option<String>,
    sender: Option<String>,
    subject: String,
}

impl Gathered {
    pub fn read(&self) -> store::Read<'_> {
        store::Read {
            fingerprint: Some(&self.fingerprint),
            message_id: self.message_id.as_deref(),
            sender: self.sender.as_deref(),
            subject: Some(&self.subject),
        }
    }
}

pub(super) fn gather(
    conn: &Connection,
    now: DateTime<Utc>,
    desk: Desk<'_>,
    arrival: Arrival<'_>,
    mail: &Mail,
) -> Result<Gathered> {
    let head = &mail.head;
    let own = &desk.config.sender_address;
    let mut addresses: Vec<&str> = arrival.delivered_to.into_iter().collect();
    addresses.extend(head.recipients.iter().map(String::as_str));
    let mut tag = None;
    for address in addresses {
        tag = reply_address::read(desk.key, own, address)?;
        if tag.is_some() {
            break;
        }
    }
    let fingerprint =
        mail.fingerprint(arrival.delivered_to.unwrap_or_default(), tag.as_deref().unwrap_or_default());
    let (sender, written) = sender(conn, mail)?;
    let mut ours = false;
    for value in head.all("x-portalctl-loop") {
        ours |= loop_header::is_ours(desk.key, value)?;
    }
    ours |= head.from.iter().any(|address| is_own(own, address));
    let mut about = None;
    let (mut report, mut told_of) = (None, None);
    match bounce::read(mail) {
        Some(bounce) => {
            about = mail_of_ours(conn, &bounce.about)?;
            told_of = about.as_ref().and_then(|message| recipient_of(&bounce, message));
            report = Some(report_of(&bounce, about.as_ref(), told_of.as_ref()));
        }
        None => about = mail_of_ours(conn, &head.answers)?.or(about),
    }
    // However long it waited to be understood, it came when it came.
    let came =
        store::find(conn, arrival.id)?.and_then(|mail| parse_utc_text(&mail.received_at)).unwrap_or(now);
    let thread = thread(conn, came, mail, tag.as_deref(), about.as_ref(), &sender)?;
    let since = utc_text(now - Duration::hours(1));
    let facts = Facts {
        copy_of: store::copy_of(conn, arrival.id, &fingerprint)?,
        ours,
        report,
        auto: auto::sign_of(mail)
            .map(|sign| auto::Sign { what: sign.what.chars().take(KEPT).collect(), ..sign }),
        recent: match &written {
            Some(sender) => store::recent(conn, arrival.id, sender, &since)?,
            None => 0,
        },
        cap: settings::MAIL_SENDER_CAP.int(conn)?,
        sender,
        authentication: authentication(head),
        thread,
    };
    Ok(Gathered {
        facts,
        about,
        told_of,
        fingerprint,
        message_id: head.message_id.clone(),
        sender: written,
        subject: head.subject.clone(),
    })
}

/// What our mail server says of who wrote it. The field that stands first was written last: by the server that handed the
/// mail to us, which may have written several, all under its name. Whatever stands below came with the mail.
pub(super) fn authentication(head: &Head) -> Authentication {
    let name = |value: &str| value.split([';', ' ']).next().unwrap_or_default().trim().to_lowercase();
    let mut fields = head.all("authentication-results").peekable();
    let Some(server) = fields.peek().map(|value| name(value)) else { return Authentication::None };
    let all: Vec<&str> = fields.take_while(|value| name(value) == server).collect();
    let bare = all.join(";").to_lowercase().replace(' ', "");
    let says = |word: &str| bare.contains(word);
    let kept = all.join("; ").chars().take(KEPT).collect();
    if says("dmarc=fail") {
        Authentication::Failed(kept)
    } else if says("dmarc=pass") {
        Authentication::Passed(kept)
    } else if says("dkim=fail") || says("spf=fail") {
        Authentication::Doubtful(kept)
    } else if says("dkim=pass") || says("spf=pass") {
        Authentication::Passed(kept)
    } else {
        Authentication::None
    }
}

/// Whether this is the address that our own mails come from, or one of those that answers go to.
fn is_own(own: &Email, address: &str) -> bool {
    address.parse::<Email>().is_ok_and(|address| {
        let local = address.local().split('+').next().unwrap_or_default();
        local.eq_ignore_ascii_case(own.local()) && address.domain().eq_ignore_ascii_case(own.domain())
    })
}

fn sender(conn: &Connection, mail: &Mail) -> Result<(Sender, Option<String>)> {
    let short = |text: &str| text.chars().take(KEPT).collect::<String>();
    let one = match mail.head.from.as_slice() {
        [] => return Ok((Sender::None, None)),
        [one] => one,
        several => {
            let all = short(&several.join(", "));
            return Ok((Sender::Several(all.clone()), Some(all)));
        }
    };
    let Ok(email) = one.parse::<Email>() else {
        return Ok((Sender::Invalid(short(one)), Some(short(one))));
    };
    let written = Some(email.key());
    let Some(known) = user::store::find_by_email(conn, &email)? else {
        return Ok((Sender::Unknown(email), written));
    };
    if known.status == UserStatus::Disabled {
        return Ok((Sender::Disabled(known.email), written));
    }
    if known.staff.is_some() {
        return Ok((Sender::Staff(known.email), written));
    }
    let places = places(conn, &known)?;
    Ok((Sender::User(known.email, places), written))
}

/// The institutions in use where someone has any right, by code.
pub(super) fn places(conn: &Connection, user: &user::User) -> Result<Vec<String>> {
    let mut places: Vec<String> = Vec::new();
    for right in &user.rights {
        let active = tenant_store::find_by_code(conn, &right.tenant)?
            .is_some_and(|tenant| tenant.status == tenant::Status::Active);
        if active && !places.contains(&right.tenant) {
            places.push(right.tenant.clone());
        }
    }
    Ok(places)
}

fn mail_of_ours(conn: &Connection, ids: &[String]) -> Result<Option<Message>> {
    for id in ids.iter().take(MOST_IDS) {
        if let Some(message) = answered::by_message_id(conn, id)? {
            return Ok(Some(message));
        }
    }
    Ok(None)
}

fn recipient_of(bounce: &bounce::Bounce, message: &Message) -> Option<bounce::Recipient> {
    let same = |address: &String| address.eq_ignore_ascii_case(&message.to);
    bounce.recipients.iter().find(|recipient| recipient.addresses.iter().any(same)).cloned()
}

fn report_of(
    bounce: &bounce::Bounce,
    about: Option<&Message>,
    told_of: Option<&bounce::Recipient>,
) -> Report {
    let shown = told_of.or_else(|| bounce.recipients.first());
    let said = shown.map(|recipient| {
        let action = match recipient.action {
            bounce::Action::Failed => "failed",
            bounce::Action::Delayed => "delayed",
            bounce::Action::Delivered => "delivered",
        };
        let mut said = format!("{} {action}", recipient.addresses.join(" or "));
        for more in [&recipient.status, &recipient.said].into_iter().flatten() {
            said.push_str(", ");
            said.push_str(more);
        }
        said
    });
    let said = match about {
        Some(message) => format!("mail {} to {}: {}", message.id, message.to, said.unwrap_or_default()),
        None => format!("about no mail of ours: {}", said.unwrap_or_default()),
    };
    Report {
        about: about.map(|message| (message.id, message.to.clone())),
        failed: told_of.map(|recipient| recipient.action == bounce::Action::Failed),
        said,
    }
}

/// The ticket that a mail is about: by what it answers, by the signed address it was sent to, by its subject.
fn thread(
    conn: &Connection,
    came: DateTime<Utc>,
    mail: &Mail,
    tag: Option<&str>,
    about: Option<&Message>,
    sender: &Sender,
) -> Result<Thread> {
    let prefix = settings::TICKET_PREFIX.get(conn)?;
    let (mut named, mut several) = (None, Vec::new());
    if let Some(message) = about {
        let causes = answered::causes(conn, message.id)?;
        let mut numbers: Vec<String> =
            causes.iter().filter_map(|cause| cause.strip_prefix("ticket:")).map(str::to_owned).collect();
        numbers.dedup();
        match numbers.as_slice() {
            [number] => named = Some((number.clone(), By::Answer)),
            _ => several = numbers,
        }
    }
    if named.is_none() {
        for id in mail.head.answers.iter().take(MOST_IDS) {
            if let Some(number) = store::ticket_of_message(conn, id)? {
                named = Some((number, By::Answer));
                break;
            }
        }
    }
    let by_address = || {
        let number = TicketNumber::parse_with_prefix(tag?, &prefix).ok()?;
        // The signature names month and running number; the prefix may have been another.
        let found = ticket::store::find_by_place(conn, number.year * 100 + number.month, number.sequence);
        let found = found.ok().flatten().map(|ticket| ticket.number);
        Some((found.unwrap_or_else(|| number.to_string()), By::Address))
    };
    let by_subject = || {
        let (_, _, number) = rules::number_in(&mail.head.subject, &prefix)?;
        let number = TicketNumber::parse_with_prefix(&number, &prefix).ok()?;
        Some((number.to_string(), By::Subject))
    };
    let Some((number, by)) = named.or_else(by_address).or_else(by_subject) else {
        return Ok(if several.is_empty() { Thread::None } else { Thread::Several(several) });
    };
    let Some(found) = ticket::store::find_by_number(conn, &number)? else {
        return Ok(Thread::Unknown(number));
    };
    let party = match sender {
        Sender::User(email, _) => sees(conn, email, &number)?,
        _ => false,
    };
    let hours = settings::TICKET_CLOSE_AFTER_HOURS.int(conn)?;
    let open = !ticket::rules::is_over(&found, hours, came);
    Ok(Thread::Known(Known { number, tenant: found.tenant, by, party, open }))
}

/// Whether the ticket is there for this user: who may not see it is no party of it.
pub(super) fn sees(conn: &Connection, email: &Email, number: &str) -> Result<bool> {
    let actor = Actor { real: String::new(), effective: Principal::User(email.to_string()), reason: None };
    match ticket::service::resolve(conn, &actor, number) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.exit(), Exit::NotFound | Exit::Refused) => Ok(false),
        Err(error) => Err(error),
    }
}
