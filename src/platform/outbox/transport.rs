//! Transport `dir`: each mail becomes one `.eml` file in a folder, each SMS one `.sms` file.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MessageBuilder, SinglePart};

use super::{Channel, Message};
use crate::platform::config::Config;
use crate::platform::error::{Error, Result};
use crate::platform::files::{OutputFile, cannot_write, create_private_dir};
use crate::values::Email;

/// Ten messages that are shown as one hold 153 characters each.
const SMS_MAX: usize = 1530;

/// A mail as it travels, RFC 5322.
pub fn compose(config: &Config, message: &Message, body: &str, now: DateTime<Utc>) -> Result<Vec<u8>> {
    let to = config.mail_redirect_to.as_ref().map_or(message.to.as_str(), Email::as_str);
    let from = mailbox(Some(config.sender_name.clone()), config.sender_address.as_str())?;
    let domain = config.sender_address.domain();
    let part = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::EightBit)
        .body(Body::dangerous_pre_encoded(crlf(body).into_bytes(), ContentTransferEncoding::EightBit));
    let builder: MessageBuilder = lettre::Message::builder()
        .from(from)
        .to(mailbox(None, to)?)
        .subject(message.subject.clone().unwrap_or_default())
        .date(now.into())
        .message_id(Some(format!("<{}@{domain}>", message.message_id)));
    let mut mail = builder
        .singlepart(part)
        .map_err(|e| Error::internal(format!("mail {} cannot be composed: {e}", message.id)))?;
    // RFC 3834: so that no holiday answer comes back.
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")] {
        mail.headers_mut()
            .insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()));
    }
    if config.mail_redirect_to.is_some() {
        let name = HeaderName::new_from_ascii_str("X-Original-To");
        mail.headers_mut().insert_raw(HeaderValue::new(name, message.to.clone()));
    }
    Ok(mail.formatted())
}

/// An SMS as the file holds it: the number, an empty line, the text. What would be more than ten messages in a row is
/// no SMS any more.
pub fn compose_sms(message: &Message, text: &str) -> Result<Vec<u8>> {
    let length = text.chars().count();
    if length > SMS_MAX {
        let id = message.id;
        return Err(Error::refused(
            "sms.too-long",
            format!("SMS {id}: {length} characters; at most {SMS_MAX}"),
        )
        .hint("shorten what it is about, such as a name"));
    }
    Ok(format!("To: {}\n\n{text}\n", message.to).into_bytes())
}

/// Writes a message to `DIR/<id>.eml` or `DIR/<id>.sms`; a second time it is the same file.
pub fn write(dir: &Path, message: &Message, bytes: &[u8]) -> Result<()> {
    create_private_dir(dir)?;
    let path = file_of(dir, message);
    let mut file = OutputFile::create(&path, true)?;
    file.write_all(bytes).map_err(|e| cannot_write(&path, &e))?;
    file.finish()
}

/// Takes a message's file away again, if it is still there.
pub fn take_back(dir: &Path, message: &Message) {
    let _ = std::fs::remove_file(file_of(dir, message));
}

fn file_of(dir: &Path, message: &Message) -> PathBuf {
    let extension = match message.channel {
        Channel::Mail => "eml",
        Channel::Sms => "sms",
    };
    dir.join(format!("{}.{extension}", message.id))
}

/// Line ends as mail wants them. The text itself stays readable in the file: 8bit, not quoted-printable.
fn crlf(body: &str) -> String {
    body.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn mailbox(name: Option<String>, address: &str) -> Result<Mailbox> {
    let address = address.parse().map_err(|e| Error::internal(format!("address {address}: {e}")))?;
    Ok(Mailbox::new(name, address))
}
