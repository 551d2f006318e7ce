//! What the keys of one service make together: how mails and SMS leave, and who scans files.

use std::path::{Path, PathBuf};

use super::file::{ScannerKind, SmsKind};
use super::{Clamd, Layered, Limits, Login, Program, Scanner, SmsTransport, Smtp, Tls};
use crate::platform::error::{Error, Result};

/// The keys of `[mail]` that transport `smtp` has.
#[derive(Default)]
pub(super) struct SmtpKeys {
    pub(super) host: Layered<String>,
    pub(super) port: Layered<u16>,
    pub(super) tls: Layered<Tls>,
    pub(super) user: Layered<String>,
    pub(super) password_file: Layered<PathBuf>,
    pub(super) ca_file: Layered<PathBuf>,
}

/// Where ClamAV's daemon listens unless told otherwise.
pub(super) const CLAMD: &str = "127.0.0.1:3310";

/// The mail server. What cannot be is refused even where it is not used.
pub(super) fn smtp_of(keys: &SmtpKeys) -> Result<Smtp> {
    let tls = keys.tls.value.unwrap_or(Tls::Required);
    let login = match (&keys.user.value, &keys.password_file.value) {
        (Some(user), Some(file)) => Some(Login { user: user.clone(), password_file: file.clone() }),
        (None, None) => None,
        (user, _) => {
            let (there, missing) =
                if user.is_some() { ("user", "password_file") } else { ("password_file", "user") };
            return Err(Error::config(
                "config.invalid",
                format!("mail.{there} is set, and mail.{missing} is missing"),
            )
            .hint("a login at the SMTP server needs both"));
        }
    };
    if login.is_some() && tls == Tls::None {
        return Err(Error::config("config.invalid", "mail.user is set, and mail.tls is \"none\"")
            .hint("a password does not travel unencrypted: tls = \"required\" or \"implicit\""));
    }
    let host = keys.host.value.clone().unwrap_or_else(|| "localhost".to_owned());
    if host.trim().is_empty() {
        return Err(Error::config("config.invalid", format!("{}: mail.host is empty", keys.host.origin)));
    }
    let port = keys.port.value.unwrap_or(if tls == Tls::Implicit { 465 } else { 587 });
    Ok(Smtp { host, port, tls, login, ca_file: keys.ca_file.value.clone(), limits: Limits::default() })
}

/// Which transport two keys of perhaps two files make together. A command that names no program is refused even where
/// it is not used.
pub(super) fn sms_transport_of(
    kind: SmsKind,
    command: Option<&[String]>,
    kind_origin: &str,
    command_origin: &str,
) -> Result<SmsTransport> {
    let invalid = |message| {
        Error::config("config.invalid", message)
            .hint("in [sms]: command = [\"/usr/local/bin/send-sms\"], the program and its arguments")
    };
    if command.is_some_and(|argv| argv.first().is_none_or(|name| name.trim().is_empty())) {
        return Err(invalid(format!("{command_origin}: sms.command names no program")));
    }
    match (kind, command) {
        (SmsKind::Dir, _) => Ok(SmsTransport::Dir),
        (SmsKind::Command, Some(argv)) => Ok(SmsTransport::Command(Program::new(argv.to_vec()))),
        (SmsKind::Command, None) => {
            Err(invalid(format!("{kind_origin}: sms.transport is \"command\", and sms.command is missing")))
        }
    }
}

/// Who looks through files from outside.
pub(super) fn scanner_of(kind: ScannerKind, address: Option<&str>) -> Result<Scanner> {
    let address = address.unwrap_or(CLAMD).trim();
    let clamd = if address.starts_with('/') {
        Clamd::Socket(PathBuf::from(address))
    } else if address
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    {
        Clamd::Tcp(address.to_owned())
    } else {
        return Err(Error::config("config.invalid", format!("scanner.address: \"{address}\" is no address"))
            .hint("write a host and a port, \"127.0.0.1:3310\", or the path of a socket"));
    };
    Ok(match kind {
        ScannerKind::None => Scanner::None,
        ScannerKind::Clamd => Scanner::Clamd(clamd),
    })
}

/// A program's path in a file is meant from the folder of that file; a bare name is looked up in PATH.
pub(super) fn from_folder(folder: &Path, mut argv: Vec<String>) -> Vec<String> {
    if let Some(name) = argv.first_mut().filter(|name| name.contains('/')) {
        // Through its components, so that `./send-sms` leaves no `/./` behind.
        *name = folder.join(&*name).components().collect::<PathBuf>().to_string_lossy().into_owned();
    }
    argv
}
