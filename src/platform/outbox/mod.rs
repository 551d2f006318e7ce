//! Mails (and SMS), queued in the transaction of their cause, rendered when they are sent.
//!
//! The queue holds a template's name and its parameters, never a secret: the token of a link is derived from the
//! key file at the moment of rendering ([`render`]).

pub mod render;
pub mod send;
mod transport;

use data_encoding::HEXLOWER;
use rusqlite::params;
use serde::Serialize;
use serde_json::Value;

use crate::platform::db::{self, Connection, RowExt, Tx, Where};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::values::{Coded, Email};

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

/// A mail's text in three languages. The first line is `Subject: …`, then an empty line, then the body.
pub struct Template {
    /// `user.activation`.
    pub name: &'static str,
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
    #[serde(skip)]
    pub(crate) template: String,
    #[serde(skip)]
    pub(crate) params: String,
    #[serde(skip)]
    pub(crate) link: Option<i64>,
    #[serde(skip)]
    pub(crate) message_id: String,
}

/// Queues a mail; answers with its id. It leaves when `mail send` next runs after the commit.
pub fn queue(tx: &Tx<'_>, mail: &NewMail<'_>) -> Result<i64> {
    let subject = render::subject(mail.template, mail.language, &mail.params)?;
    let message_id = HEXLOWER.encode(&tx.random::<16>()?);
    db::insert(
        tx,
        "INSERT INTO outbox (channel, state, recipient, subject, language, cause, template, params, link_id, message_id, queued_at)
         VALUES ('mail', 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            mail.to.as_str(),
            subject,
            mail.language.code(),
            mail.cause,
            mail.template.name,
            mail.params.to_string(),
            mail.link,
            message_id,
            tx.now_text(),
        ],
    )
}

/// Takes back what is still queued and would hand out this link.
pub fn cancel_by_link(tx: &Tx<'_>, link: i64) -> Result<usize> {
    db::execute(tx, "UPDATE outbox SET state = 'cancelled' WHERE link_id = ? AND state = 'queued'", [link])
}

/// Hands on the messages in a state, or all, newest first.
pub fn each(
    conn: &Connection,
    state: Option<State>,
    mut receive: impl FnMut(Message) -> Result<std::ops::ControlFlow<()>>,
) -> Result<()> {
    let mut conditions = Where::default();
    if let Some(state) = state {
        // Written out, so that the partial index of what is queued can serve.
        conditions.always(&format!("state = '{}'", state.code()));
    }
    let sql = format!("{SELECT}{} ORDER BY id DESC", conditions.sql());
    db::each(conn, &sql, conditions.params(), |row| receive(from_row(row)?))
}

/// A message by its id.
pub fn find(conn: &Connection, id: i64) -> Result<Option<Message>> {
    db::optional(conn, &format!("{SELECT} WHERE id = ?"), [id], from_row)
}

const SELECT: &str =
    "SELECT id, state, channel, recipient, subject, language, cause, queued_at, sent_at, attempts,
        last_error, template, params, link_id, message_id FROM outbox";

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
        template: row.get("template")?,
        params: row.get("params")?,
        link: row.get("link_id")?,
        message_id: row.get("message_id")?,
    })
}

/// The next queued messages after `after`, oldest first.
fn queued_after(conn: &Connection, after: i64, limit: usize) -> Result<Vec<Message>> {
    let sql = format!("{SELECT} WHERE state = 'queued' AND id > ? ORDER BY id LIMIT ?");
    db::list(conn, &sql, params![after, limit as i64], from_row)
}

fn mark_sent(tx: &Tx<'_>, id: i64) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE outbox SET state = 'sent', sent_at = ?, attempts = attempts + 1, last_error = NULL
         WHERE id = ? AND state = 'queued'",
        params![tx.now_text(), id],
    )
}

fn mark_failed(tx: &Tx<'_>, id: i64, error: &str) -> Result<usize> {
    db::execute(
        tx,
        "UPDATE outbox SET state = 'failed', attempts = attempts + 1, last_error = ? WHERE id = ? AND state = 'queued'",
        params![error, id],
    )
}

/// The purpose and nonce of a link that still opens something.
fn live_link(conn: &Connection, id: i64, now: &str) -> Result<Option<(String, Vec<u8>)>> {
    db::optional(
        conn,
        "SELECT purpose, nonce FROM link WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?",
        params![id, now],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// An unknown id.
pub fn not_found(id: i64) -> Error {
    Error::not_found("mail", id)
}
