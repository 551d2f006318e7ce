//! This machine's manners: the TOML file, the environment, the flags, and where each value came from (CLI.md §5).

mod file;
mod services;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use self::file::{MailKind, ScannerKind, SmsKind};
use self::services::SmtpKeys;
use crate::platform::db::beside;
use crate::platform::env::Env;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::secret::key_path;
use crate::values::{Coded, Email};

/// How many characters the sender's address may have before the @: a plus, a ticket's number of up to ten, a dot and a
/// signature of 16 follow where answers go, and no more than 64 are allowed in all (RFC 5321).
const SENDER_LOCAL_MAX: usize = 36;

/// What was given on the command line or its environment variable.
#[derive(Debug, Default, Clone)]
pub struct Overrides {
    /// `--db` or `PORTALCTL_DB`, and whether it was the flag.
    pub database: Option<(PathBuf, bool)>,
    /// `--config` or `PORTALCTL_CONFIG`.
    pub config: Option<PathBuf>,
    /// `--lang` or `PORTALCTL_LANG`, and whether it was the flag.
    pub language: Option<(Lang, bool)>,
}

/// The configuration in force.
#[derive(Debug)]
pub struct Config {
    /// The database.
    pub database: PathBuf,
    /// Its key file.
    pub key_file: PathBuf,
    /// The language of labels and documents where nobody's own is known.
    pub language: Lang,
    /// What links in mails begin with.
    pub base_url: String,
    /// Refuse to run as the operator: whoever works here has logged in.
    pub require_session: bool,
    /// The name that mails come from.
    pub sender_name: String,
    /// The address that mails come from.
    pub sender_address: Email,
    /// How mails leave.
    pub mail: MailTransport,
    /// The folder that transport `dir` writes mails and SMS to.
    pub mail_dir: PathBuf,
    /// Queue, send nothing.
    pub mail_hold: bool,
    /// Send every mail to this one address; SMS then go to the folder, never to a program.
    pub mail_redirect_to: Option<Email>,
    /// How SMS leave.
    pub sms: SmsTransport,
    /// Who looks through files from outside.
    pub scanner: Scanner,
    /// The files it was read from.
    pub files: Vec<PathBuf>,
    /// Every key with its value and origin, for `config show`.
    pub shown: Vec<Shown>,
}

/// How mails leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailTransport {
    /// As files in a folder.
    Dir,
    /// By a mail server.
    Smtp(Smtp),
}

impl MailTransport {
    /// Its name in the configuration.
    pub fn name(&self) -> &'static str {
        match self {
            MailTransport::Dir => "dir",
            MailTransport::Smtp(_) => "smtp",
        }
    }
}

/// The mail server that takes what is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// With what to log in there, if that is asked for.
    pub login: Option<Login>,
    /// A PEM file of certificates that are trusted besides those of this machine.
    pub ca_file: Option<PathBuf>,
    /// How long each stage may take.
    pub limits: Limits,
}

/// How long the stages of sending a mail may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until the server has been reached and has greeted, and TLS stands.
    pub connect: Duration,
    /// Until a command is answered, and for each piece of text to be taken.
    pub command: Duration,
    /// From the end of the text until the server says that it has it.
    pub end_of_text: Duration,
}

impl Default for Limits {
    /// Near to what RFC 5321 advises, without holding up a job for a quarter of an hour.
    fn default() -> Limits {
        let seconds = Duration::from_secs;
        Limits { connect: seconds(60), command: seconds(120), end_of_text: seconds(600) }
    }
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// STARTTLS, and nothing is said before it.
    Required,
    /// From the first byte.
    Implicit,
    /// Not at all: switched off by name.
    None,
}

impl Tls {
    fn name(self) -> &'static str {
        match self {
            Tls::Required => "required",
            Tls::Implicit => "implicit",
            Tls::None => "none",
        }
    }
}

/// A login at the mail server. The password lies in a file and is read when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user name there.
    pub user: String,
    /// The file whose first line is the password.
    pub password_file: PathBuf,
}

/// Who looks through files from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanner {
    /// Nobody.
    None,
    /// ClamAV's daemon.
    Clamd(Clamd),
}

/// Where ClamAV's daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clamd {
    /// A host and a port.
    Tcp(String),
    /// A socket of this machine.
    Socket(PathBuf),
}

/// How SMS leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsTransport {
    /// As files in the folder of the mails.
    Dir,
    /// By a program.
    Command(Program),
}

/// A program that sends one SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its name or path, and its arguments before the number.
    pub argv: Vec<String>,
    /// How long it may take.
    pub limit: Duration,
}

impl Program {
    /// A program that gets 30 seconds.
    pub fn new(argv: Vec<String>) -> Program {
        Program { argv, limit: Duration::from_secs(30) }
    }
}

/// One key of the configuration as `config show` lists it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Shown {
    /// The key, with its table.
    pub key: &'static str,
    /// Its value.
    pub value: Option<String>,
    /// `flag`, `environment`, a file's path, or `default`.
    pub origin: String,
}

/// A value of some layer with its origin; later layers overrule earlier ones.
struct Layered<T> {
    value: Option<T>,
    origin: String,
}

impl<T> Default for Layered<T> {
    fn default() -> Layered<T> {
        Layered { value: None, origin: "default".to_owned() }
    }
}

impl<T> Layered<T> {
    fn put(&mut self, value: Option<T>, origin: &str) {
        if value.is_some() {
            self.value = value;
            origin.clone_into(&mut self.origin);
        }
    }
}

/// Reads the configuration: flag, environment, the user's own file, the machine's file, default.
pub fn load(env: &Env, overrides: &Overrides) -> Result<Config> {
    let mut database = Layered::default();
    let mut key_file = Layered::default();
    let mut language = Layered::default();
    let mut base_url = Layered::default();
    let mut require_session = Layered::default();
    let mut sender_name = Layered::default();
    let mut sender_address = Layered::default();
    let mut mail_dir = Layered::default();
    let mut mail_hold = Layered::default();
    let mut redirect_to = Layered::default();
    let mut mail_transport = Layered::default();
    let mut sms_transport = Layered::default();
    let mut sms_command = Layered::default();
    let mut smtp = SmtpKeys::default();
    let mut scanner_transport = Layered::default();
    let mut scanner_address = Layered::default();

    let mut read_from = Vec::new();
    for (path, file) in file::files(env, overrides)? {
        let origin = path.display().to_string();
        require_session.put(file.require_session, &origin);
        // A relative path in a file is meant from the folder of that file.
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        database.put(file.database.map(|p| folder.join(p)), &origin);
        key_file.put(file.key_file.map(|p| folder.join(p)), &origin);
        language.put(file.language, &origin);
        base_url.put(file.base_url, &origin);
        sender_name.put(file.sender.name, &origin);
        sender_address.put(file.sender.address, &origin);
        mail_transport.put(file.mail.transport, &origin);
        mail_dir.put(file.mail.dir.map(|p| folder.join(p)), &origin);
        mail_hold.put(file.mail.hold, &origin);
        redirect_to.put(file.mail.redirect_to, &origin);
        smtp.host.put(file.mail.host, &origin);
        smtp.port.put(file.mail.port, &origin);
        smtp.tls.put(file.mail.tls, &origin);
        smtp.user.put(file.mail.user, &origin);
        smtp.password_file.put(file.mail.password_file.map(|p| folder.join(p)), &origin);
        smtp.ca_file.put(file.mail.ca_file.map(|p| folder.join(p)), &origin);
        sms_transport.put(file.sms.transport, &origin);
        sms_command.put(file.sms.command.map(|argv| services::from_folder(&folder, argv)), &origin);
        scanner_transport.put(file.scanner.transport, &origin);
        scanner_address.put(file.scanner.address, &origin);
        read_from.push(path);
    }
    let typed = |by_flag: bool| if by_flag { "flag" } else { "environment" };
    if let Some((path, by_flag)) = &overrides.database {
        database.put(Some(env.path(path)), typed(*by_flag));
    }
    if let Some((lang, by_flag)) = overrides.language {
        language.put(Some(lang), typed(by_flag));
    }

    let mail_kind = mail_transport.value.unwrap_or(MailKind::Dir);
    let server = services::smtp_of(&smtp)?;
    let sms_kind = sms_transport.value.unwrap_or(SmsKind::Dir);
    let sms = services::sms_transport_of(
        sms_kind,
        sms_command.value.as_deref(),
        &sms_transport.origin,
        &sms_command.origin,
    )?;
    let scanner_kind = scanner_transport.value.unwrap_or(ScannerKind::None);
    let scanner = services::scanner_of(scanner_kind, scanner_address.value.as_deref())?;
    let database_path = database.value.unwrap_or_else(|| env.path("portal.db"));
    let key_file_path = key_file.value.unwrap_or_else(|| key_path(&database_path));
    let mail_dir_path = mail_dir.value.unwrap_or_else(|| beside(&database_path, ".outbox"));
    let language_value = language.value.unwrap_or(Lang::Da);
    let base_url_value = base_url.value.unwrap_or_else(|| "https://kundeportal.example.dk".to_owned());
    if !(base_url_value.starts_with("https://") || base_url_value.starts_with("http://")) {
        return Err(Error::config(
            "config.invalid",
            format!("base_url: \"{base_url_value}\" does not begin with https://"),
        ));
    }
    let sender_name_value = sender_name.value.unwrap_or_else(|| "Statens Administration".to_owned());
    let sender_address_value = match sender_address.value {
        Some(address) => address,
        None => "kundeportal@example.dk".parse()?,
    };
    let length = sender_address_value.local().len();
    if length > SENDER_LOCAL_MAX {
        return Err(Error::config(
            "config.invalid",
            format!("address in [sender]: \"{sender_address_value}\" has {length} characters before the @; at most {SENDER_LOCAL_MAX}"),
        )
        .hint("answers go to addresses that add a ticket's number and a signature, and no address has more than 64 characters before the @"));
    }
    let mail = match mail_kind {
        MailKind::Dir => MailTransport::Dir,
        MailKind::Smtp => MailTransport::Smtp(server.clone()),
    };
    let hold = mail_hold.value.unwrap_or(false);
    let needs_session = require_session.value.unwrap_or(false);

    let path_text = |path: &Path| Some(path.display().to_string());
    let shown = vec![
        Shown { key: "database", value: path_text(&database_path), origin: database.origin },
        Shown { key: "key_file", value: path_text(&key_file_path), origin: key_file.origin },
        Shown { key: "language", value: Some(language_value.code().to_owned()), origin: language.origin },
        Shown { key: "base_url", value: Some(base_url_value.clone()), origin: base_url.origin },
        Shown {
            key: "require_session",
            value: Some(needs_session.to_string()),
            origin: require_session.origin,
        },
        Shown { key: "sender.name", value: Some(sender_name_value.clone()), origin: sender_name.origin },
        Shown {
            key: "sender.address",
            value: Some(sender_address_value.to_string()),
            origin: sender_address.origin,
        },
        Shown {
            key: "mail.transport",
            value: Some(mail_kind.name().to_owned()),
            origin: mail_transport.origin,
        },
        Shown { key: "mail.dir", value: path_text(&mail_dir_path), origin: mail_dir.origin },
        Shown { key: "mail.hold", value: Some(hold.to_string()), origin: mail_hold.origin },
        Shown {
            key: "mail.redirect_to",
            value: redirect_to.value.as_ref().map(ToString::to_string),
            origin: redirect_to.origin,
        },
        Shown { key: "mail.host", value: Some(server.host.clone()), origin: smtp.host.origin },
        Shown { key: "mail.port", value: Some(server.port.to_string()), origin: smtp.port.origin },
        Shown { key: "mail.tls", value: Some(server.tls.name().to_owned()), origin: smtp.tls.origin },
        Shown { key: "mail.user", value: smtp.user.value, origin: smtp.user.origin },
        Shown {
            key: "mail.password_file",
            value: smtp.password_file.value.as_deref().and_then(path_text),
            origin: smtp.password_file.origin,
        },
        Shown {
            key: "mail.ca_file",
            value: smtp.ca_file.value.as_deref().and_then(path_text),
            origin: smtp.ca_file.origin,
        },
        Shown {
            key: "sms.transport",
            value: Some(if matches!(sms, SmsTransport::Dir) { "dir" } else { "command" }.to_owned()),
            origin: sms_transport.origin,
        },
        Shown {
            key: "sms.command",
            value: sms_command.value.map(|argv| serde_json::json!(argv).to_string()),
            origin: sms_command.origin,
        },
        Shown {
            key: "scanner.transport",
            value: Some(scanner_kind.name().to_owned()),
            origin: scanner_transport.origin,
        },
        Shown {
            key: "scanner.address",
            value: Some(scanner_address.value.unwrap_or_else(|| services::CLAMD.to_owned())),
            origin: scanner_address.origin,
        },
    ];
    Ok(Config {
        database: database_path,
        key_file: key_file_path,
        language: language_value,
        require_session: needs_session,
        base_url: base_url_value.trim_end_matches('/').to_owned(),
        sender_name: sender_name_value,
        sender_address: sender_address_value,
        mail,
        mail_dir: mail_dir_path,
        mail_hold: hold,
        mail_redirect_to: redirect_to.value,
        sms,
        scanner,
        files: read_from,
        shown,
    })
}
