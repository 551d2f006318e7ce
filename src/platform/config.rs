//! This machine's manners: the TOML file, the environment, the flags, and where each value came from (CLI.md §5).

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::platform::db::beside;
use crate::platform::env::Env;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::secret::key_path;
use crate::values::{Coded, Email};

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
    /// The folder that transport `dir` writes mails and SMS to.
    pub mail_dir: PathBuf,
    /// Queue, send nothing.
    pub mail_hold: bool,
    /// Send every mail to this one address; SMS then go to the folder, never to a program.
    pub mail_redirect_to: Option<Email>,
    /// How SMS leave.
    pub sms: SmsTransport,
    /// The files it was read from.
    pub files: Vec<PathBuf>,
    /// Every key with its value and origin, for `config show`.
    pub shown: Vec<Shown>,
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

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: Option<PathBuf>,
    key_file: Option<PathBuf>,
    language: Option<Lang>,
    base_url: Option<String>,
    require_session: Option<bool>,
    #[serde(default)]
    sender: Sender,
    #[serde(default)]
    mail: Mail,
    #[serde(default)]
    sms: Sms,
    #[serde(default)]
    scanner: Scanner,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sender {
    name: Option<String>,
    address: Option<Email>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mail {
    transport: Option<MailTransport>,
    dir: Option<PathBuf>,
    hold: Option<bool>,
    redirect_to: Option<Email>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sms {
    transport: Option<SmsKind>,
    command: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scanner {
    transport: Option<ScannerTransport>,
}

// Transports that this version has. A file that asks for another is refused, not half obeyed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MailTransport {
    Dir,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SmsKind {
    Dir,
    Command,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ScannerTransport {
    None,
}

/// A value of some layer with its origin; later layers overrule earlier ones.
struct Layered<T> {
    value: Option<T>,
    origin: String,
}

impl<T> Layered<T> {
    fn none() -> Layered<T> {
        Layered { value: None, origin: "default".to_owned() }
    }

    fn put(&mut self, value: Option<T>, origin: &str) {
        if value.is_some() {
            self.value = value;
            origin.clone_into(&mut self.origin);
        }
    }
}

/// Reads the configuration: flag, environment, the user's own file, the machine's file, default.
pub fn load(env: &Env, overrides: &Overrides) -> Result<Config> {
    let mut database = Layered::none();
    let mut key_file = Layered::none();
    let mut language = Layered::none();
    let mut base_url = Layered::none();
    let mut require_session = Layered::none();
    let mut sender_name = Layered::none();
    let mut sender_address = Layered::none();
    let mut mail_dir = Layered::none();
    let mut mail_hold = Layered::none();
    let mut redirect_to = Layered::none();
    let mut mail_transport = Layered::none();
    let mut sms_transport = Layered::none();
    let mut sms_command = Layered::none();
    let mut scanner_transport = Layered::none();

    let mut read_from = Vec::new();
    for (path, file) in files(env, overrides)? {
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
        sms_transport.put(file.sms.transport, &origin);
        sms_command.put(file.sms.command.map(|argv| from_folder(&folder, argv)), &origin);
        scanner_transport.put(file.scanner.transport, &origin);
        read_from.push(path);
    }
    let typed = |by_flag: bool| if by_flag { "flag" } else { "environment" };
    if let Some((path, by_flag)) = &overrides.database {
        database.put(Some(env.path(path)), typed(*by_flag));
    }
    if let Some((lang, by_flag)) = overrides.language {
        language.put(Some(lang), typed(by_flag));
    }

    let MailTransport::Dir = mail_transport.value.unwrap_or(MailTransport::Dir);
    let sms_kind = sms_transport.value.unwrap_or(SmsKind::Dir);
    let sms =
        sms_transport_of(sms_kind, sms_command.value.as_deref(), &sms_transport.origin, &sms_command.origin)?;
    let ScannerTransport::None = scanner_transport.value.unwrap_or(ScannerTransport::None);
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
        Shown { key: "mail.transport", value: Some("dir".to_owned()), origin: mail_transport.origin },
        Shown { key: "mail.dir", value: path_text(&mail_dir_path), origin: mail_dir.origin },
        Shown { key: "mail.hold", value: Some(hold.to_string()), origin: mail_hold.origin },
        Shown {
            key: "mail.redirect_to",
            value: redirect_to.value.as_ref().map(ToString::to_string),
            origin: redirect_to.origin,
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
        Shown { key: "scanner.transport", value: Some("none".to_owned()), origin: scanner_transport.origin },
    ];
    Ok(Config {
        database: database_path,
        key_file: key_file_path,
        language: language_value,
        require_session: needs_session,
        base_url: base_url_value.trim_end_matches('/').to_owned(),
        sender_name: sender_name_value,
        sender_address: sender_address_value,
        mail_dir: mail_dir_path,
        mail_hold: hold,
        mail_redirect_to: redirect_to.value,
        sms,
        files: read_from,
        shown,
    })
}

/// A program's path in a file is meant from the folder of that file; a bare name is looked up in PATH.
fn from_folder(folder: &Path, mut argv: Vec<String>) -> Vec<String> {
    if let Some(name) = argv.first_mut().filter(|name| name.contains('/')) {
        // Through its components, so that `./send-sms` leaves no `/./` behind.
        *name = folder.join(&*name).components().collect::<PathBuf>().to_string_lossy().into_owned();
    }
    argv
}

/// Which transport two keys of perhaps two files make together. A command that names no program is refused even where
/// it is not used.
fn sms_transport_of(
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

/// The files that apply, the weakest first.
fn files(env: &Env, overrides: &Overrides) -> Result<Vec<(PathBuf, File)>> {
    if let Some(named) = &overrides.config {
        let path = env.path(named);
        let file = read(&path)?.ok_or_else(|| {
            Error::config("config.missing", format!("there is no configuration file {}", path.display()))
                .hint("name one that exists with --config FILE, or leave --config away")
        })?;
        return Ok(vec![(path, file)]);
    }
    let own = env
        .var("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| env.var("HOME").map(|home| PathBuf::from(home).join(".config")))
        .map(|folder| folder.join("portalctl/config.toml"));
    let mut found = Vec::new();
    for path in std::iter::once(PathBuf::from("/etc/portalctl/config.toml")).chain(own) {
        if let Some(file) = read(&path)? {
            found.push((path, file));
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Option<File>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            return Err(Error::config("config.unreadable", format!("cannot read {}: {e}", path.display())));
        }
    };
    let file = toml::from_str(&text).map_err(|e| {
        let line = e.span().map_or(0, |span| text.get(..span.start).unwrap_or("").matches('\n').count() + 1);
        let message = e.message().replace('\n', " ");
        Error::config("config.invalid", format!("{} line {line}: {message}", path.display()))
            .hint("README.md lists the keys; `portalctl config show` shows what is in force")
    })?;
    Ok(Some(file))
}
