//! Mails that come back: what the mail system reports in the form of RFC 3464, and in the forms of programs that have
//! their own.

use super::{Head, Mail, Report, auto, head};

/// How many recipients of a report are looked at.
const MOST: usize = 50;
/// How much of what another server said is kept.
const KEPT: usize = 500;

/// What programs without a status say of a mail that did not arrive, in small letters.
const FAILURES: [&str; 24] = [
    "could not be delivered",
    "couldn't be delivered",
    "cannot be delivered",
    "can't be delivered",
    "wasn't able to deliver",
    "was not able to deliver",
    "unable to deliver",
    "not delivered to",
    "undeliverable",
    "undelivered",
    "delivery has failed",
    "delivery failed",
    "delivery to the following recipient",
    "did not reach the following recipient",
    "failed permanently",
    "permanent error",
    "permanent failure",
    "user unknown",
    "unknown user",
    "no such user",
    "no mailbox here",
    "mailbox unavailable",
    "kunne ikke leveres",
    "kunne ikke afleveres",
];

/// What programs say of a mail that is tried again, in small letters.
const WAITS: [&str; 7] = [
    "will be retried",
    "will keep trying",
    "has been delayed",
    "delayed:",
    "warning: message",
    "not yet been delivered",
    "forsinket",
];

/// What became of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It did not arrive and will not.
    Failed,
    /// It is tried again.
    Delayed,
    /// It arrived, or was handed on.
    Delivered,
}

/// A recipient that a report tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The addresses by which the report calls it: as it was last, and as it was at first.
    pub addresses: Vec<String>,
    /// What became of the mail.
    pub action: Action,
    /// RFC 3463: `5.1.1`.
    pub status: Option<String>,
    /// What the other server said.
    pub said: Option<String>,
}

impl Recipient {
    /// Whether mail to the address is in vain for good. A mailbox that is full, a mail that is too large or unwanted, and
    /// what was only tried for too long say nothing of the address.
    pub fn is_lost(&self) -> bool {
        let passing = ["4.", "5.2.2", "5.2.3", "5.3.", "5.6.", "5.7."];
        let status = self.status.as_deref().unwrap_or_default();
        self.action == Action::Failed && !passing.iter().any(|start| status.starts_with(start))
    }
}

/// A report on a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// Whom it tells of.
    pub recipients: Vec<Recipient>,
    /// The Message-IDs of the mail it may be about, the most reliable first.
    pub about: Vec<String>,
}

/// The report that this mail is; `None` where it is none.
pub fn read(mail: &Mail) -> Option<Bounce> {
    let deliveries: Vec<&str> = mail
        .reports
        .iter()
        .filter_map(|report| if let Report::Delivery(text) = report { Some(text.as_str()) } else { None })
        .collect();
    let mut recipients: Vec<Recipient> =
        deliveries.iter().flat_map(|text| of_report(text)).take(MOST).collect();
    if deliveries.is_empty() || recipients.is_empty() {
        if !from_mail_system(mail) {
            return None;
        }
        recipients = of_text(mail);
    }
    if recipients.is_empty() {
        return None;
    }
    Some(Bounce { recipients, about: about(mail) })
}

/// Whether the mail system wrote it: only then its text is looked through.
fn from_mail_system(mail: &Mail) -> bool {
    let head = &mail.head;
    let content = head.first("content-type").unwrap_or_default().to_lowercase();
    let receipt = content.contains("disposition-notification");
    let reports = content.starts_with("multipart/report") && !receipt;
    // A holiday answer has an empty return path too, and comes from the very address that would be marked: what says of
    // itself that it is automatic is a report only if its form or its writer says so as well.
    // And what says nothing at all must say what became of the mail: the 5.5.26 of a holiday answer is no status.
    let by_path = head.return_path.as_deref() == Some("") && !auto::says_so(head) && tells_of_failure(mail);
    reports || head.first("x-failed-recipients").is_some() || ((by_path || is_daemon(head)) && !receipt)
}

fn tells_of_failure(mail: &Mail) -> bool {
    let text = above_copy(&mail.text);
    let low = text.to_lowercase();
    FAILURES.iter().chain(&WAITS).any(|words| low.contains(words)) || text.lines().any(refused)
}

fn is_daemon(head: &Head) -> bool {
    auto::is_program(head)
        && head.from.iter().any(|address| {
            let local = address.split('@').next().unwrap_or_default().to_lowercase();
            matches!(local.as_str(), "mailer-daemon" | "postmaster")
        })
}

/// The recipients of a report: its groups of fields, the first of which is about the mail as such.
fn of_report(text: &str) -> Vec<Recipient> {
    let text = text.replace("\r\n", "\n");
    text.split("\n\n")
        .filter_map(|group| {
            let fields = unfolded(group);
            let field =
                |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
            let addresses: Vec<String> = ["final-recipient", "original-recipient", "x-actual-recipient"]
                .iter()
                .filter_map(|name| field(name))
                .map(|value| address_of(value.split_once(';').map_or(value, |(_, address)| address)))
                .filter(|address| address.contains('@'))
                .collect();
            if addresses.is_empty() {
                return None;
            }
            let status = field("status").and_then(status_in);
            let action = match field("action").unwrap_or_default().trim().to_lowercase().as_str() {
                "delayed" => Action::Delayed,
                "delivered" | "relayed" | "expanded" => Action::Delivered,
                "failed" => Action::Failed,
                _ => action_of(status.as_deref()),
            };
            let said =
                field("diagnostic-code").map(|value| value.split_once(';').map_or(value, |(_, said)| said));
            Some(Recipient { addresses, action, status, said: said.map(kept) })
        })
        .collect()
}

fn unfolded(group: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in group.lines() {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => {
                fields.push((name.trim().to_lowercase(), value.trim().to_owned()));
            }
            _ => {}
        }
    }
    fields
}

/// The recipients that the text of a report names: qmail's and Yahoo's `<address>:` with the reason below, Exim's field,
/// Exchange's `address` with `#550 5.1.1 …` below. Of an address without any word of what became of the mail nothing is
/// known, and who writes does not report on themselves.
fn of_text(mail: &Mail) -> Vec<Recipient> {
    let ours: Vec<&str> = above_copy(&mail.text).lines().map(str::trim).collect();
    let mut found: Vec<Recipient> = Vec::new();
    let failed = mail.head.all("x-failed-recipients").flat_map(|value| value.split(',')).map(address_of);
    for address in failed.filter(|address| address.contains('@')) {
        let at = ours.iter().position(|line| line.contains(&address)).unwrap_or(0);
        found.extend(recipient(address, &ours, at, true));
    }
    for (at, line) in ours.iter().enumerate() {
        if found.len() >= MOST {
            break;
        }
        let named = line.strip_suffix(':').unwrap_or(line);
        let named = named.strip_prefix("To: ").or_else(|| named.strip_prefix("Recipient: ")).unwrap_or(named);
        let alone = !named.contains(' ') && named.contains('@');
        // Postfix: `<ida@example.dk>: host … said: 550 5.1.1 …`
        let address = match (alone, line.strip_prefix('<').and_then(|rest| rest.split_once(">:"))) {
            (_, Some((address, _))) => address.to_owned(),
            (true, None) => address_of(named),
            _ => continue,
        };
        if is_address(&address) && !found.iter().any(|known| known.addresses.contains(&address)) {
            found.extend(recipient(address, &ours, at, false));
        }
    }
    let writes = |address: &String| mail.head.from.iter().any(|from| from.eq_ignore_ascii_case(address));
    found.retain(|recipient| !recipient.addresses.iter().any(writes));
    found
}

/// What the text says of this recipient; `None` where it does not say what became of the mail. `failed` says that a field
/// of the header does.
fn recipient(address: String, lines: &[&str], at: usize, failed: bool) -> Option<Recipient> {
    let near: Vec<&str> = lines
        .iter()
        .skip(at)
        .take_while(|line| at == 0 || !line.is_empty() || !line.ends_with('.'))
        .take(8)
        .copied()
        .collect();
    let refuses = near.iter().any(|line| refused(line));
    let near = near.join(" ");
    let whole = lines.join(" ").to_lowercase();
    let status = status_in(&near).or_else(|| status_in(&whole));
    let action = match &status {
        Some(status) => action_of(Some(status)),
        None if WAITS.iter().any(|words| whole.contains(words)) => Action::Delayed,
        None if failed || refuses || FAILURES.iter().any(|words| whole.contains(words)) => Action::Failed,
        None => return None,
    };
    let said = near.split_once(&address).map_or(near.as_str(), |(_, said)| said);
    let said = Some(kept(said.trim_start_matches(['>', ':', ' '])));
    Some(Recipient { addresses: vec![address], action, status, said })
}

/// Whether a server's answer that refuses for good stands there, on a line or behind a colon: `550 …`. A number alone is none.
fn refused(line: &str) -> bool {
    line.split(": ").any(|part| {
        let part = part.trim_start_matches(['#', '(', '<', ' ']);
        let code = part.get(..3).unwrap_or_default();
        matches!(code.get(..2), Some("50" | "55"))
            && code.bytes().all(|byte| byte.is_ascii_digit())
            && part.get(3..).is_some_and(|rest| rest.starts_with([' ', '-']) && rest.trim().len() > 1)
    })
}

fn action_of(status: Option<&str>) -> Action {
    match status.and_then(|status| status.chars().next()) {
        Some('2') => Action::Delivered,
        Some('4') => Action::Delayed,
        _ => Action::Failed,
    }
}

/// The text above the copy of the mail that came back.
fn above_copy(text: &str) -> &str {
    const COPIES: [&str; 8] = [
        "--- Below this line is a copy of the message",
        "------ This is a copy of the message",
        "--- Original message follows",
        "--- Forwarded message follows",
        "----- Original message -----",
        "--- Below the next line is a copy",
        "Original message headers:",
        "Original Message Headers",
    ];
    let cut = COPIES.iter().filter_map(|copy| text.find(copy)).min();
    cut.and_then(|at| text.get(..at)).unwrap_or(text)
}

/// The ids of the mail that came back: those of its header, wherever that stands, then those that the report answers.
fn about(mail: &Mail) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for report in &mail.reports {
        if let Report::Returned(head) = report {
            ids.extend(head.message_id.clone());
            ids.extend(head.answers.iter().cloned());
        }
    }
    let copied = mail.text.get(above_copy(&mail.text).len()..).unwrap_or_default();
    for line in copied.lines() {
        let low: String = line.trim().chars().take(11).collect::<String>().to_lowercase();
        if low.starts_with("message-id:") {
            ids.push(head::bare(line.split_once(':').map_or("", |(_, id)| id)).to_owned());
        }
    }
    ids.extend(mail.head.first("x-original-message-id").map(|id| head::bare(id).to_owned()));
    ids.extend(mail.head.answers.iter().cloned());
    let mut once: Vec<String> = Vec::new();
    for id in ids {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    once
}

fn address_of(value: &str) -> String {
    head::bare(value).trim_matches(['<', '>', ' ', '"', '\'']).to_owned()
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !text.contains(char::is_whitespace)
            && !text.contains(['<', '>', '/'])
    })
}

/// The first RFC 3463 status in a text: `5.1.1`.
fn status_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let parts: Vec<&str> = word.trim_matches('.').split('.').collect();
        let [class, subject, detail] = parts.as_slice() else { return None };
        let fits = matches!(*class, "2" | "4" | "5")
            && [subject, detail].iter().all(|part| (1..=3).contains(&part.len()));
        fits.then(|| parts.join("."))
    })
}

fn kept(text: &str) -> String {
    head::one_line(text).chars().take(KEPT).collect()
}
