//! How secrets come in, and how a new one is shown: never by argument, never to a pipe.

use std::io::Write;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::files::{self, OutputFile, cannot_write};
use crate::platform::outbox::send;
use crate::platform::outbox::{self, State};
use crate::platform::secret::password::Password;
use crate::platform::ui::answer::Warning;
use crate::platform::ui::prompt;
use crate::portal::MessageSecrets;
use crate::portal::auth::identity;
use crate::portal::auth::service::step::{Delivery, SmsSent};
use crate::portal::session::{self, Session};
use crate::portal::user::User;

/// Where a new password comes from.
#[derive(clap::Args)]
pub struct NewPassword {
    /// Take the password from standard input (behind the token, where that comes from there too)
    #[arg(long, conflicts_with = "password_file")]
    password_stdin: bool,
    /// Take the password from this file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl NewPassword {
    /// The password, from where the flags say, or asked for twice.
    pub fn read(&self, ctx: &mut Ctx<'_>) -> Result<Password> {
        if let Some(path) = &self.password_file {
            return from_file(ctx, path);
        }
        if self.password_stdin {
            let line = ctx.line()?.ok_or_else(|| Error::usage("standard input ended before the password"))?;
            return Ok(Password::chosen(&line));
        }
        if !ctx.can_ask() {
            let cure = "give it with --password-stdin or --password-file FILE";
            return Err(prompt::secret_needed("a password", cure));
        }
        prompt::new_secret("New password", "The same again").map(|password| Password::chosen(&password))
    }

    /// Whether a flag says where it comes from.
    pub fn is_given(&self) -> bool {
        self.password_stdin || self.password_file.is_some()
    }
}

fn from_file(ctx: &mut Ctx<'_>, path: &Path) -> Result<Password> {
    let name = path.display().to_string();
    let bytes = Zeroizing::new(files::read_limited(ctx.input(path)?, 4096, &name)?);
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Error::invalid_file(format!("{name} is not UTF-8 text")).hint("save it as UTF-8"))?;
    let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.contains('\n') {
        return Err(Error::invalid_file(format!("{name} holds more than one line"))
            .hint("put the password, and nothing else, on its only line"));
    }
    Ok(Password::chosen(line))
}

/// A code: asked for, or the next line of standard input; `None` where there is none.
pub fn code(ctx: &mut Ctx<'_>, question: &str) -> Result<Option<Zeroizing<String>>> {
    Ok(ctx.secret(question)?.filter(|code| !code.trim().is_empty()))
}

/// A code that must be there.
pub fn needed_code(ctx: &mut Ctx<'_>, question: &str) -> Result<Zeroizing<String>> {
    code(ctx, question)?
        .ok_or_else(|| prompt::secret_needed("a code", "give it on the next line of standard input"))
}

/// The question for a code that came by SMS (V-025).
pub fn sms_question(sms: &SmsSent) -> String {
    let what = match sms.delivery {
        Delivery::Sent => "Code sent",
        Delivery::Queued => "Code, once it is sent",
        Delivery::Unknown => "Code perhaps sent",
    };
    format!("{what} to the number ending in {} (reference {})", sms.phone, sms.reference)
}

/// The session that a command runs in, with its user.
pub fn own(ctx: &mut Ctx<'_>) -> Result<(Session, User)> {
    let identity = ctx.identity.clone();
    if identity.session.is_none() {
        return Err(session::needed());
    }
    ctx.open()?.read(|conn| identity::own_session(conn, &identity))
}

/// What came of asking for a code that may have to be sent first.
pub enum Asked {
    /// It.
    Code(Zeroizing<String>),
    /// An SMS went out, or was to, and nobody is there who could type its code now.
    Sent(Option<SmsSent>, Vec<Warning>),
}

/// Asks for a code. Without a terminal it stands on stdin already, and is tried right or wrong; only where nothing does,
/// an SMS may be sent.
pub fn code_or_sms(
    ctx: &mut Ctx<'_>,
    by_sms: bool,
    question: &str,
    send: impl FnOnce(&mut Ctx<'_>) -> Result<SmsSent>,
) -> Result<Asked> {
    let piped = if ctx.can_ask() { None } else { code(ctx, "")? };
    match piped {
        Some(code) => Ok(Asked::Code(code)),
        None if by_sms => {
            let sms = send(ctx)?;
            let (sms, warnings) = send_now(ctx, Some(sms))?;
            match sms {
                Some(sms) if ctx.can_ask() => {
                    warnings.iter().for_each(|warning| ctx.note(&warning.message));
                    needed_code(ctx, &sms_question(&sms)).map(Asked::Code)
                }
                sms => Ok(Asked::Sent(sms, warnings)),
            }
        }
        None => needed_code(ctx, question).map(Asked::Code),
    }
}

/// Sends an SMS right after the transaction that queued it. One that could not be sent now is worth a warning: it stays
/// queued, or it failed for good; then there is none, and the user asks for another.
pub fn send_now(ctx: &mut Ctx<'_>, sms: Option<SmsSent>) -> Result<(Option<SmsSent>, Vec<Warning>)> {
    let Some(sms) = sms else { return Ok((None, Vec::new())) };
    let Some(id) = sms.message else { return Ok((Some(sms), Vec::new())) };
    let key = ctx.key()?;
    let base_url = ctx.config.base_url.clone();
    let secrets = MessageSecrets { key: &key, base_url: &base_url, lang: ctx.config.language };
    let renderer = secrets.renderer();
    let actor = ctx.actor();
    let mut db = ctx.open()?;
    let sent = send::send_now(&mut db, &actor, &ctx.config, &renderer, &[id]);
    // What is true now is what stands in the queue, whichever run put it there.
    let message = db.read(|conn| outbox::find(conn, id))?;
    let state = message.as_ref().map_or(State::Failed, |message| message.state);
    let why = message.and_then(|message| message.last_error);
    let because = |text: &str| match &why {
        Some(why) => format!("{text}: {why}"),
        None => text.to_owned(),
    };
    let (delivery, warning) = match state {
        State::Sent => return Ok((Some(sms), Vec::new())),
        State::Queued => {
            let why = match &sent {
                Err(error) => format!("the SMS could not be sent just now: {}", error.message()),
                Ok(_) => because("the SMS could not be sent just now"),
            };
            (Some(Delivery::Queued), Warning::new("sms.deferred", format!("{why}; it stays queued")))
        }
        State::Unknown => {
            let why = because("whether the SMS was sent is not known");
            (
                Some(Delivery::Unknown),
                Warning::new("sms.time-limit", format!("{why}; if none comes, ask for a new code")),
            )
        }
        State::Failed | State::Cancelled => {
            let why = because("the SMS could not be sent");
            (None, Warning::new("sms.failed", format!("{why}; ask for a new code")))
        }
    };
    Ok((delivery.map(|delivery| SmsSent { delivery, ..sms }), vec![warning]))
}

/// Begins a file that will hold a secret, 0600. A secret never goes to standard output.
pub fn create_secret(ctx: &Ctx<'_>, path: &Path, force: bool) -> Result<OutputFile> {
    if path == Path::new("-") {
        return Err(
            Error::usage("a secret does not go to standard output").hint("name a file; it will be 0600")
        );
    }
    OutputFile::create(&ctx.path(path), force)
}

/// A file for a new secret, 0600, checked before the secret is made.
pub struct SecretFile(Option<OutputFile>);

impl SecretFile {
    /// The file, where one is named.
    pub fn create(ctx: &Ctx<'_>, path: Option<&Path>, force: bool) -> Result<SecretFile> {
        path.map(|path| create_secret(ctx, path, force)).transpose().map(SecretFile)
    }

    /// Whether one was named.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Writes the secret and puts the file in its place. Inside the transaction that the secret belongs to, as the last
    /// thing that can fail there: a secret that got nowhere is undone, and what it was to replace still holds.
    pub fn finish(self, secret: &str) -> Result<()> {
        let Some(mut file) = self.0 else { return Ok(()) };
        let path = file.path().to_owned();
        let written = writeln!(file, "{secret}");
        written.map_err(|e| cannot_write(&path, &e))?;
        file.finish()
    }
}

/// Whether a person at a terminal sees what is said.
pub fn is_seen(ctx: &Ctx<'_>) -> bool {
    ctx.can_ask() && ctx.env.stdout.is_terminal
}
