//! Mails (and SMS), queued in the transaction of their cause, rendered when they are sent.
//!
//! The queue holds a template's name and its parameters, never a secret: the token of a link, a code or a password
//! is derived from the key file at the moment of rendering ([`render`]), by a room that knows what it stands for.

pub mod answered;
pub mod batch;
pub mod bounced;
mod command;
mod compose;
pub mod decide;
mod dir;
mod lease;
pub mod loop_header;
mod notices;
pub mod render;
pub mod reply_address;
pub mod send;
mod smtp;
pub mod trial;

use data_encoding::HEXLOWER;
use rusqlite::params;
use serde::Serialize;
use serde_json::Value;

use crate::platform::db::{self, Connection, RowExt, Tx, Where};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::values::{Coded, E164, Email};

crate::coded! {
    /// How a message travels.
    pub enum Channel("channel") {
        /// E-mail.
        Mail => "mail",
        /// Text message.
        Sms => "sms",
    }
}

crate::coded! {
    /// What has become of a message.
    pub enum State("mail-state") {
        /// Waiting to be sent.
        Queued => "queued",
        /// Handed to the transport.
        Sent => "sent",
        /// Refused for good.
        Failed => "failed",
        /// It cannot be told whether it was sent; a person decides.
        Unknown => "unknown",
        /// Taken back before it was sent.
        Cancelled => "cancelled",
    }
}

/// How a message is treated where there are many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// News that come by themselves, such as a ticket's next status or a reminder: at most so many an hour to one
    /// address (setting `mail.loop-cap`), and several at once become one mail.
    Notice,
    /// What somebody waits for: a link, a code, an agreement. Each leaves on its own.
    Letter,
}

/// A message's text in three languages. Of a mail the first line is `Subject: …`, then an empty line, then the body;
/// an SMS is all text.
pub struct Template {
    /// `user.activation`.
    pub name: &'static str,
    /// How it is treated where there are many.
    pub class: Class,
    /// Danish.
    pub da: &'static str,
    /// Norwegian.
    pub nb: &'static str,
    /// English.
    pub en: &'static str,
}

/// A mail to be queued.
pub struct NewMail<'a> {
    /// What it says.
    pub template: &'static Template,
    /// To whom.
    pub to: &'a Email,
    /// In which language.
    pub language: Lang,
    /// Why: the object it is about, `user:anna@example.dk`.
    pub cause: String,
    /// What the template shows. Never a secret.
    pub params: Value,
    /// The link whose token the body holds.
    pub link: Option<i64>,
    /// What an answer is about, such as a ticket's number: it goes to a signed address that names it
    /// ([`reply_address`]).
    pub reply_tag: Option<String>,
}

/// An SMS to be queued.
pub struct NewSms<'a> {
    /// What it says, without a subject line.
    pub template: &'static Template,
    /// To which number.
    pub to: &'a E164,
    /// In which language.
    pub language: Lang,
    /// Why: the object it is about, `user:anna@example.dk`.
    pub cause: String,
    /// What the template shows. Never a secret.
    pub params: Value,
    /// The row whose code the text holds; which table, the template tells.
    pub code: Option<i64>,
}

/// A message of the queue.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// The row.
    pub id: i64,
    /// What has become of it.
    pub state: State,
    /// How it travels.
    pub channel: Channel,
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: Option<String>,
    /// In which language.
    pub language: Lang,
    /// Why it was queued.
    pub cause: String,
    /// When it was queued, UTC.
    pub queued_at: String,
    /// When it was handed over, UTC.
    pub sent_at: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Before when it is not tried again, UTC.
    pub not_before: Option<String>,
    /// The mail that said this too, and left in its stead.
    pub merged_into: Option<i64>,
    /// The name of its template.
    #[serde(skip)]
    pub template: String,
    #[serde(skip)]
    params: String,
    /// The link whose token the text holds.
    #[serde(skip)]
    pub link: Option<i64>,
    /// The row whose code or password the text holds; which table, the template tells.
    #[serde(skip)]
    pub code: Option<i64>,
    /// What an answer to it is about.
    #[serde(skip)]
    pub reply_tag: Option<String>,
    /// When its text began to leave, UTC, where that is not settled.
    #[serde(skip)]
    pub leaving_at: Option<String>,
    #[serde(skip)]
    message_id: String,
}

impl Message {
    /// One of the parameters of its template.
    pub fn param(&self, name: &str) -> Option<Value> {
        serde_json::from_str::<Value>(&self.params).ok()?.get(name).cloned()
    }

    /// Whether its text holds what may not rest anywhere, and is shown only while it waits.
    pub fn holds_secret(&self) -> bool {
        self.link.is_some() || self.code.is_some()
    }
}

/// Why a message was queued: an object, such as `agreement:7`, and its number where it is of this kind.
pub fn number_of(cause: &str, kind: &str) -> Option<i64> {
    cause.strip_prefix(kind)?.strip_prefix(':')?.parse().ok()
}

/// Queues a mail; answers with its id. It leaves when `mail send` next runs after the commit.
pub fn queue(tx: &Tx<'_>, mail: &NewMail<'_>) -> Result<i64> {
    insert_mail(tx, mail, None)
}

/// Queues a mail whose text holds the code or password of a row; which table, the template tells.
pub fn queue_with_code(tx: &Tx<'_>, mail: &NewMail<'_>, code: i64) -> Result<i64> {
    insert_mail(tx, mail, Some(code))
}

fn insert_mail(tx: &Tx<'_>, mail: &NewMail<'_>, code: Option<i64>) -> Result<i64> {
    let subject = render::subject(mail.template, mail.language, &mail.params)?;
    let row = Row {
        id: next_number(tx)?,
        recipient: mail.to.as_str(),
        subject: &subject,
        language: mail.language,
        cause: &mail.cause,
        template: mail.template,
        params: &mail.params,
        link: mail.link,
        code,
        reply_tag: mail.reply_tag.as_deref(),
    };
    insert(tx, &row)
}

/// The row of a new mail.
struct Row<'a> {
    id: i64,
    recipient: &'a str,
    subject: &'a str,
    language: Lang,
    cause: &'a str,
    template: &'static Template,
    params: &'a Value,
    link: Option<i64>,
    code: Option<i64>,
    reply_tag: Option<&'a str>,
}

fn insert(tx: &Tx<'_>, row: &Row<'_>) -> Result<i64> {
    let message_id = HEXLOWER.encode(&tx.random::<16>()?);
    db::insert(
        tx,
        "INSERT INTO outbox (id, channel, state, recipient, subject, language, cause, template, params, link_id, code_id,
                             message_id, queued_at, reply_tag)
         VALUES (?, 'mail', 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            row.id,
            row.recipient,
            row.subject,
            row.language.code(),
            row.cause,
            row.template.name,
            row.params.to_string(),
            row.link,
            row.code,
            message_id,
            tx.now_text(),
            row.reply_tag,
        ],
    )
}

/// Queues an SMS; answers with its id. It leaves with [`send::send_now`], or when `mail send` next runs.
pub fn queue_sms(tx: &Tx<'_>, sms: &NewSms<'_>) -> Result<i64> {
    let message_id = HEXLOWER.encode(&tx.random::<16>()?);
    db::insert(
        tx,
        "INSERT INTO outbox (id, channel, state, recipient, language, cause, template, params, code_id, message_id, queued_at)
         VALUES (?, 'sms', 'queued', ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            next_number(tx)?,
            sms.to.as_str(),
            sms.language.code(),
            sms.cause,
            sms.template.name,
            sms.params.to_string(),
            sms.code,
            message_id,
            tx.now_text(),
        ],
    )
}

/// The next number of a mail. Those that leave and those that come in have one series, so that a number names one mail.
pub fn next_number(tx: &Tx<'_>) -> Result<i64> {
    db::one(
        tx,
        "SELECT 1 + max(coalesce((SELECT max(id) FROM outbox), 0), coalesce((SELECT max(id) FROM inbox), 0))",
        [],
    )
}

/// Takes back what is still queued and would hand out this link.
pub fn cancel_by_link(tx: &Tx<'_>, link: i64) -> Result<usize> {
    db::execute(tx, "UPDATE outbox SET state = 'cancelled' WHERE link_id = ? AND state = 'queued'", [link])
}

/// Takes a link's name from the messages that are done with it, so that its row can be deleted.
pub fn forget_link(tx: &Tx<'_>, link: i64) -> Result<usize> {
    let sql = "UPDATE outbox SET link_id = NULL WHERE link_id = ? AND state IN ('sent', 'cancelled')";
    db::execute(tx, sql, [link])
}

/// How the message stands that hands out this code under this template.
pub fn state_by_code(conn: &Connection, template: &Template, code: i64) -> Result<Option<State>> {
    db::optional(
        conn,
        "SELECT state FROM outbox WHERE code_id = ? AND template = ? ORDER BY id DESC LIMIT 1",
        params![code, template.name],
        |row| row.coded("state"),
    )
}

/// Takes back what is still queued under this template and would hand out this code or password.
pub fn cancel_by_code(tx: &Tx<'_>, template: &Template, code: i64) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE outbox SET state = 'cancelled' WHERE code_id = ? AND template = ? AND state = 'queued'",
        params![code, template.name],
    )
}

/// Takes back what is still queued to this address, or about this cause, however either is spelt. Answers with how many
/// messages that were.
pub fn cancel_for(tx: &Tx<'_>, recipient_key: &str, cause: &str) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE outbox SET state = 'cancelled'
         WHERE state = 'queued' AND (lower(recipient) = ? OR lower(cause) = ?)",
        params![recipient_key, cause.to_ascii_lowercase()],
    )
}

/// Which messages to list; an empty filter is all of them.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<State>,
    /// Only to this address or number.
    pub to: Option<String>,
    /// Only about this object: `ticket:SAM 2605-0001`.
    pub cause: Option<String>,
}

/// Hands on the messages of a filter, newest first.
pub fn each(
    conn: &Connection,
    filter: &Filter,
    mut receive: impl FnMut(Message) -> Result<std::ops::ControlFlow<()>>,
) -> Result<()> {
    let mut conditions = Where::default();
    if let Some(state) = filter.state {
        // Written out, so that the partial index of what is queued can serve.
        conditions.always(&format!("state = '{}'", state.code()));
    }
    conditions.equals("lower(recipient) = lower(?)", filter.to.clone());
    conditions.equals("lower(cause) = lower(?)", filter.cause.clone());
    let sql = format!("{SELECT}{} ORDER BY id DESC", conditions.sql());
    db::each(conn, &sql, conditions.params(), |row| receive(from_row(row)?))
}

/// How many messages wait to be sent.
pub fn count_queued(conn: &Connection) -> Result<i64> {
    db::one(conn, "SELECT count(*) FROM outbox WHERE state = 'queued'", [])
}

/// The run that has taken a message on, and until when, UTC.
pub fn lease_of(conn: &Connection, id: i64) -> Result<Option<(String, Option<String>)>> {
    let sql = "SELECT lease, lease_ends FROM outbox WHERE id = ? AND lease IS NOT NULL";
    db::optional(conn, sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// A message by its id.
pub fn find(conn: &Connection, id: i64) -> Result<Option<Message>> {
    db::optional(conn, &format!("{SELECT} WHERE id = ?"), [id], from_row)
}

const SELECT: &str =
    "SELECT id, state, channel, recipient, subject, language, cause, queued_at, sent_at, attempts,
        last_error, not_before, merged_into, template, params, link_id, code_id, reply_tag, leaving_at, message_id
     FROM outbox";

fn from_row(row: &rusqlite::Row<'_>) -> Result<Message> {
    Ok(Message {
        id: row.get("id")?,
        state: row.coded("state")?,
        channel: row.coded("channel")?,
        to: row.get("recipient")?,
        subject: row.get("subject")?,
        language: row.coded("language")?,
        cause: row.get("cause")?,
        queued_at: row.get("queued_at")?,
        sent_at: row.get("sent_at")?,
        attempts: row.get("attempts")?,
        last_error: row.get("last_error")?,
        not_before: row.get("not_before")?,
        merged_into: row.get("merged_into")?,
        template: row.get("template")?,
        params: row.get("params")?,
        link: row.get("link_id")?,
        code: row.get("code_id")?,
        reply_tag: row.get("reply_tag")?,
        leaving_at: row.get("leaving_at")?,
        message_id: row.get("message_id")?,
    })
}

/// The messages that left in this one.
pub fn merged(conn: &Connection, id: i64) -> Result<Vec<i64>> {
    db::list(conn, "SELECT id FROM outbox WHERE merged_into = ? ORDER BY id", [id], |row| Ok(row.get(0)?))
}

/// An unknown id.
pub fn not_found(id: i64) -> Error {
    Error::not_found("mail", id)
}
