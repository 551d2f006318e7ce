//! A message as it travels: a mail of RFC 5322, or the text of an SMS.

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MessageBuilder, SinglePart};
use zeroize::Zeroizing;

use super::{Message, loop_header, reply_address};
use crate::platform::config::Config;
use crate::platform::error::{Error, Result};
use crate::platform::secret::Key;
use crate::values::Email;

/// Ten messages that are shown as one hold 153 characters each.
const SMS_MAX: usize = 1530;

/// How many bytes a line of a mail may have, its end not counted (RFC 5322).
const LINE_MAX: usize = 998;

/// A mail that is about to leave.
pub struct Mail<'a> {
    /// Whose number and recipient it has.
    pub message: &'a Message,
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub body: &'a str,
    /// What an answer to it is about.
    pub reply_tag: Option<&'a str>,
}

/// To whom a message really goes.
pub fn recipient<'a>(config: &'a Config, message: &'a Message) -> &'a str {
    config.mail_redirect_to.as_ref().map_or(message.to.as_str(), Email::as_str)
}

/// A mail as it travels. With `ascii` nothing in it is beyond ASCII: for servers that take nothing else.
pub fn mail(
    config: &Config,
    key: &Key,
    mail: &Mail<'_>,
    ascii: bool,
    now: DateTime<Utc>,
) -> Result<Zeroizing<Vec<u8>>> {
    let message = mail.message;
    let sender = &config.sender_address;
    let redirected = config.mail_redirect_to.is_some();
    let subject = match redirected {
        true => format!("[to {}] {}", message.to, mail.subject),
        false => mail.subject.to_owned(),
    };
    let mut builder: MessageBuilder = lettre::Message::builder()
        .from(mailbox(Some(config.sender_name.clone()), sender.as_str())?)
        .to(mailbox(None, recipient(config, message))?)
        .subject(subject)
        .date(now.into())
        .message_id(Some(format!("<{}@{}>", message.message_id, sender.domain())));
    if let Some(tag) = mail.reply_tag {
        let answers = reply_address::make(key, sender, tag)?;
        builder = builder.reply_to(mailbox(Some(config.sender_name.clone()), &answers)?);
    }
    let mut composed = builder
        .singlepart(part(mail.body, ascii))
        .map_err(|e| Error::internal(format!("mail {} cannot be composed: {e}", message.id)))?;
    let mut header = |name: &'static str, value: String| {
        let name = HeaderName::new_from_ascii_str(name);
        composed.headers_mut().insert_raw(HeaderValue::new(name, value));
    };
    if let Some(tag) = mail.reply_tag {
        // Mails about one thing hang together in the reader's program, whichever of them it has kept.
        header("References", format!("<ticket-{tag}@{}>", sender.domain()));
    }
    // RFC 3834: so that no holiday answer comes back.
    header("Auto-Submitted", "auto-generated".to_owned());
    header("X-Auto-Response-Suppress", "All".to_owned());
    header(loop_header::NAME, loop_header::make(key)?);
    if redirected {
        header("X-Original-To", message.to.clone());
    }
    Ok(Zeroizing::new(composed.formatted()))
}

/// The text. It stays readable as it is (8bit) wherever that can travel.
fn part(body: &str, ascii: bool) -> SinglePart {
    let text = crlf(body);
    let long = text.split("\r\n").any(|line| line.len() > LINE_MAX);
    let encoding = match (long || (ascii && !text.is_ascii()), ascii) {
        (true, _) => ContentTransferEncoding::QuotedPrintable,
        (false, true) => ContentTransferEncoding::SevenBit,
        (false, false) => ContentTransferEncoding::EightBit,
    };
    let body = match encoding {
        ContentTransferEncoding::QuotedPrintable => Body::new_with_encoding(text, encoding)
            .unwrap_or_else(|text| Body::dangerous_pre_encoded(text, ContentTransferEncoding::EightBit)),
        _ => Body::dangerous_pre_encoded(text.into_bytes(), encoding),
    };
    SinglePart::builder().header(ContentType::TEXT_PLAIN).header(body.encoding()).body(body)
}

/// An SMS as the file holds it: the number, an empty line, the text. What would be more than ten messages in a row is
/// no SMS any more.
pub fn sms(message: &Message, text: &str) -> Result<Zeroizing<Vec<u8>>> {
    let length = text.chars().count();
    if length > SMS_MAX {
        let id = message.id;
        return Err(Error::refused(
            "sms.too-long",
            format!("SMS {id}: {length} characters; at most {SMS_MAX}"),
        )
        .hint("shorten what it is about, such as a name"));
    }
    Ok(Zeroizing::new(format!("To: {}\n\n{text}\n", message.to).into_bytes()))
}

/// Line ends as mail wants them; a carriage return that stands alone is one too.
fn crlf(body: &str) -> String {
    body.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

fn mailbox(name: Option<String>, address: &str) -> Result<Mailbox> {
    let address = address.parse().map_err(|e| {
        Error::refused("mail.address", format!("\"{address}\" is no address that a mail can carry: {e}"))
            .hint("correct the address, then queue the mail anew")
    })?;
    Ok(Mailbox::new(name, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(body: &str, ascii: bool) -> String {
        String::from_utf8(part(body, ascii).formatted()).unwrap()
    }

    #[test]
    fn the_text_is_encoded_only_where_it_must_be() {
        assert!(written("Kære Ærø\n", false).ends_with("Transfer-Encoding: 8bit\r\n\r\nKære Ærø\r\n\r\n"));
        let plain = written("Hej\r.\n", true);
        assert!(plain.contains("7bit") && plain.contains("\r\n\r\nHej\r\n.\r\n"), "{plain}");
        let encoded = written("Kære Ærø\n", true);
        assert!(encoded.is_ascii() && encoded.contains("quoted-printable"), "{encoded}");
        assert!(encoded.contains("K=C3=A6re =C3=86r=C3=B8"), "{encoded}");
        let long = written(&"æ".repeat(600), false);
        assert!(long.contains("quoted-printable") && long.lines().all(|line| line.len() <= 78), "{long}");
    }
}
