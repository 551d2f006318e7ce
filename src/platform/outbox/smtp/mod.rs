//! Transport `smtp`: a connection to the mail server that many mails go through, stage by stage.
//!
//! What a server refuses before it has the text was not sent, and neither was a text whose end it never got. Only where
//! the end went out and no answer came is it unknown (RFC 5321 §4.5.3, §6.1).

mod reply;
mod secure;

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Severity;

pub use self::reply::{Heard, Reply};
pub use self::secure::Version;
use crate::platform::config::{Smtp, Tls};
use crate::platform::error::{Error, Result};

/// How much of a text is written at a time.
pub const PIECE: usize = 64 * 1024;

/// How a mail was taken.
#[derive(Debug)]
pub enum Taken {
    /// The server has it and answers for it.
    Accepted(Reply),
    /// It refuses this mail, for now or for good; `recipient` where it was the address.
    Refused {
        /// What it said.
        reply: Reply,
        /// Whether the address was refused.
        recipient: bool,
    },
    /// The connection broke, and the server cannot have the whole text.
    Broken(String),
    /// The end of the text went out, and no answer came.
    Unknown(String),
    /// This mail cannot travel to this server.
    Impossible(Error),
    /// The server wants something else first, such as a login: no mail would pass.
    Stopped(Error),
}

/// The mail server that mails go to, connected when the first one comes.
pub struct Server<'a> {
    config: &'a Smtp,
    /// The name to give; the sender's domain.
    name: ClientId,
    tls: Option<TlsParameters>,
    connection: Option<SmtpConnection>,
    /// Whether a mail went through this connection: then it may have been closed meanwhile.
    used: bool,
}

impl<'a> Server<'a> {
    /// Reads the certificates; nothing is connected yet.
    pub fn new(config: &'a Smtp, domain: &str, version: Version) -> Result<Server<'a>> {
        let tls = match config.tls {
            Tls::None => None,
            Tls::Required | Tls::Implicit => Some(secure::parameters(config, version)?),
        };
        let name = ClientId::Domain(domain.to_owned());
        Ok(Server { config, name, tls, connection: None, used: false })
    }

    /// Whether there is a connection that has not been seen to break.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Whether a mail went through the connection before.
    pub fn is_used(&self) -> bool {
        self.used
    }

    /// Whether the server takes text beyond ASCII as it is.
    pub fn takes_8bit(&self) -> bool {
        self.offers(Extension::EightBitMime)
    }

    /// The version of TLS that is agreed upon. The library does not tell; whether a connection that takes nothing
    /// below 1.3 comes about does.
    pub fn version(config: &Smtp, domain: &str) -> &'static str {
        let anonymous = Smtp { login: None, ..config.clone() };
        let newest = Server::new(&anonymous, domain, Version::Tls13).and_then(|mut server| server.connect());
        if newest.is_ok() { "TLS 1.3" } else { "TLS 1.2" }
    }

    /// Whether what is said is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.connection.as_ref().is_some_and(SmtpConnection::is_encrypted)
    }

    fn offers(&self, extension: Extension) -> bool {
        self.connection
            .as_ref()
            .is_some_and(|connection| connection.server_info().supports_feature(extension))
    }

    /// Connects, encrypts and logs in. Whatever goes wrong here is about no mail.
    pub fn connect(&mut self) -> Result<()> {
        self.used = false;
        self.connection = None;
        let Smtp { host, port, limits, .. } = self.config;
        let place = format!("{host}:{port}");
        let at_once = self.tls.as_ref().filter(|_| self.config.tls == Tls::Implicit);
        let reached =
            SmtpConnection::connect((host.as_str(), *port), Some(limits.connect), &self.name, at_once, None);
        let mut connection = reached.map_err(|e| self.unreachable(&place, &e))?;
        if self.config.tls == Tls::Required
            && let Some(tls) = &self.tls
        {
            if !connection.can_starttls() {
                connection.abort();
                return Err(secure::no_starttls(&place));
            }
            connection.starttls(tls, &self.name).map_err(|e| self.unreachable(&place, &e))?;
        }
        let set = connection.set_timeout(Some(limits.command));
        set.map_err(|e| Error::io(format_args!("setting up the connection to {place}"), &e))?;
        if let Some(login) = &self.config.login {
            let password = secure::password(&login.password_file)?;
            let credentials = Credentials::new(login.user.clone(), password.to_string());
            // `Plain` first: both are as safe as the connection, and it needs one round trip less.
            let answer = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
            if let Err(e) = answer {
                let heard = reply::heard(&e).without(&password);
                connection.abort();
                return Err(secure::login_refused(&place, &login.user, &heard));
            }
        }
        self.connection = Some(connection);
        Ok(())
    }

    fn unreachable(&self, place: &str, e: &lettre::transport::smtp::Error) -> Error {
        if self.tls.is_some() && reply::is_about_tls(e) {
            return secure::tls_refused(place, &reply::said(e));
        }
        out_of_reach(place, &reply::said(e))
    }

    /// Hands a mail over. Afterwards the connection is ready for the next, or gone.
    pub fn send(&mut self, from: &str, to: &str, text: &[u8]) -> Taken {
        let Some(mut connection) = self.connection.take() else {
            return Taken::Broken("there is no connection".to_owned());
        };
        let again = std::mem::replace(&mut self.used, true);
        let taken = self.transmit(&mut connection, from, to, text, again);
        let keep = match &taken {
            Taken::Accepted(_) | Taken::Impossible(_) => true,
            // After these the server may hang up (RFC 5321 §3.8): better a new connection.
            Taken::Refused { reply, .. } => !matches!(reply.code, 421 | 221),
            Taken::Broken(_) | Taken::Unknown(_) | Taken::Stopped(_) => false,
        };
        if keep && !connection.has_broken() {
            self.connection = Some(connection);
        } else {
            connection.abort();
        }
        taken
    }

    fn transmit(
        &self,
        connection: &mut SmtpConnection,
        from: &str,
        to: &str,
        text: &[u8],
        again: bool,
    ) -> Taken {
        let (sender, recipient) = match (from.parse::<Address>(), to.parse::<Address>()) {
            (Ok(sender), Ok(recipient)) => (sender, recipient),
            (Err(e), _) | (_, Err(e)) => {
                return Taken::Impossible(unfit(to, &format!("it is no address: {e}")));
            }
        };
        let mut parameters = Vec::new();
        let international = !from.is_ascii() || !to.is_ascii();
        if international {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let why = "the mail server does not take addresses beyond ASCII (SMTPUTF8)";
                return Taken::Impossible(unfit(to, why));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !text.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        // What the one before left behind is forgotten; an answer that does not fit shows a server out of step.
        if again && let Err(e) = connection.command(Rset) {
            return Taken::Broken(reply::said(&e));
        }
        if let Err(e) = connection.command(Mail::new(Some(sender), parameters)) {
            return match reply::heard(&e) {
                Heard::Said(reply) if reply.code == 421 => Taken::Broken(reply.to_string()),
                Heard::Said(reply) if reply.is_final() && !international => self.stopped(from, &reply, again),
                heard => refused(heard, false),
            };
        }
        if let Err(e) = connection.command(Rcpt::new(recipient, Vec::new())) {
            return match reply::heard(&e) {
                Heard::Said(reply) if reply.code == 530 => self.stopped(from, &reply, again),
                heard => refused(heard, true),
            };
        }
        match connection.command(Data) {
            Err(e) => return refused(reply::heard(&e), false),
            Ok(go) if go.has_code(354) => {}
            // It answers something else than what it was asked: nothing that it says can be trusted any more.
            Ok(other) => return Taken::Broken(format!("answer {} where 354 was due", other.code())),
        }
        self.text(connection, text)
    }

    /// The text and its end. As long as the end has not gone out, the server cannot take the mail for whole.
    fn text(&self, connection: &mut SmtpConnection, text: &[u8]) -> Taken {
        let limits = self.config.limits;
        // Set before the end goes out: reading the answer follows it at once.
        if set_limit(connection, limits.end_of_text).is_err() {
            return Taken::Broken("the connection cannot be set up for the text".to_owned());
        }
        let ended = Cell::new(false);
        // The end brings the last line's end with it.
        let mut text = text;
        while let Some(shorter) = text.strip_suffix(b"\r\n") {
            text = shorter;
        }
        let answer = match std::str::from_utf8(text) {
            // In one piece with its end: written apart, the end would wait for the text to be confirmed, which takes
            // 40 ms wherever the other side confirms late (Nagle's algorithm and delayed acknowledgement).
            Ok(whole) if text.len() <= PIECE => {
                let answer = connection.command(WithEnd(whole));
                // Only writing breaks a pipe; a text that was not written whole has no end.
                ended.set(!answer.as_ref().is_err_and(reply::is_unwritten));
                answer
            }
            _ => {
                let end = std::iter::from_fn(|| {
                    ended.set(true);
                    None
                });
                connection.message_iter(text.chunks(PIECE).chain(end))
            }
        };
        let restored = set_limit(connection, limits.command);
        match answer {
            Ok(response) if response.code().severity == Severity::PositiveCompletion => {
                if restored.is_err() {
                    connection.abort();
                }
                Taken::Accepted(Reply::of(&response))
            }
            Ok(response) => Taken::Unknown(format!("answer {} to the whole text", response.code())),
            Err(e) => match reply::heard(&e) {
                heard @ Heard::Said(_) => refused(heard, false),
                Heard::Nothing(said) if ended.get() => {
                    Taken::Unknown(format!("the text was sent, and no answer came: {said}"))
                }
                Heard::Nothing(said) => Taken::Broken(said),
            },
        }
    }

    /// The server takes nothing from us as things are. On a connection that was used it may be a login that ended.
    fn stopped(&self, from: &str, reply: &Reply, again: bool) -> Taken {
        if again {
            return Taken::Broken(reply.to_string());
        }
        let Smtp { host, port, .. } = self.config;
        Taken::Stopped(
            Error::config("smtp.sender-refused", format!("{host}:{port} takes no mail from {from}: {reply}"))
                .hint("nothing is lost: mails stay queued; see `user`, `password_file` in [mail] and `address` in [sender] of the configuration"),
        )
    }
}

impl Drop for Server<'_> {
    /// Says goodbye, so that the server does not wait for more.
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _ = set_limit(&mut connection, Duration::from_secs(2));
            connection.abort();
        }
    }
}

fn set_limit(connection: &mut SmtpConnection, limit: Duration) -> std::io::Result<()> {
    connection.set_timeout(Some(limit))
}

fn refused(heard: Heard, recipient: bool) -> Taken {
    match heard {
        Heard::Said(reply) if reply.code == 421 => Taken::Broken(reply.to_string()),
        Heard::Said(reply) => Taken::Refused { reply, recipient },
        Heard::Nothing(said) => Taken::Broken(said),
    }
}

/// A text and its end as they go over the wire: a dot that begins a line is doubled (RFC 5321 §4.5.2).
struct WithEnd<'a>(&'a str);

impl fmt::Display for WithEnd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, line) in self.0.split("\r\n").enumerate() {
            let (end, dot) = (if n > 0 { "\r\n" } else { "" }, if line.starts_with('.') { "." } else { "" });
            write!(f, "{end}{dot}{line}")?;
        }
        f.write_str("\r\n.\r\n")
    }
}

/// The server cannot be reached, or hangs up whatever it is sent.
pub fn out_of_reach(place: &str, said: &str) -> Error {
    Error::busy("smtp.out-of-reach", format!("the mail server {place} cannot be reached: {said}"))
        .hint("nothing is lost: mails stay queued; the next `portalctl mail send` tries again")
}

fn unfit(to: &str, why: &str) -> Error {
    Error::refused("mail.address", format!("nothing can be sent to {to}: {why}"))
        .hint("correct the address, then queue the mail anew")
}

#[cfg(test)]
mod tests {
    use super::WithEnd;

    #[test]
    fn a_dot_that_begins_a_line_is_doubled_and_the_end_is_a_dot_alone() {
        assert_eq!(WithEnd(".a\r\n.\r\n..b\r\nc.").to_string(), "..a\r\n..\r\n...b\r\nc.\r\n.\r\n");
        assert_eq!(WithEnd("").to_string(), "\r\n.\r\n");
    }
}
