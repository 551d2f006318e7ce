//! Transport `dir`: each mail becomes one `.eml` file in a folder.

use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MessageBuilder, SinglePart};

use super::Message;
use crate::platform::config::Config;
use crate::platform::error::{Error, Result};
use crate::platform::files::{OutputFile, cannot_write, create_private_dir};
use crate::values::Email;

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

/// Writes a mail to `DIR/<id>.eml`; a second time it is the same file.
pub fn write(dir: &Path, id: i64, bytes: &[u8]) -> Result<()> {
    create_private_dir(dir)?;
    let path = dir.join(format!("{id}.eml"));
    let mut file = OutputFile::create(&path, true)?;
    file.write_all(bytes).map_err(|e| cannot_write(&path, &e))?;
    file.finish()
}

/// Takes a mail's file away again, if it is still there.
pub fn take_back(dir: &Path, id: i64) {
    let _ = std::fs::remove_file(dir.join(format!("{id}.eml")));
}

/// Line ends as mail wants them. The text itself stays readable in the file: 8bit, not quoted-printable.
fn crlf(body: &str) -> String {
    body.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn mailbox(name: Option<String>, address: &str) -> Result<Mailbox> {
    let address = address.parse().map_err(|e| Error::internal(format!("address {address}: {e}")))?;
    Ok(Mailbox::new(name, address))
}
