//! The keys of the configuration file, and which files apply.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Overrides, Tls};
use crate::platform::env::Env;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::values::Email;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) database: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) language: Option<Lang>,
    pub(super) base_url: Option<String>,
    pub(super) require_session: Option<bool>,
    #[serde(default)]
    pub(super) sender: Sender,
    #[serde(default)]
    pub(super) mail: Mail,
    #[serde(default)]
    pub(super) sms: Sms,
    #[serde(default)]
    pub(super) scanner: Scanner,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sender {
    pub(super) name: Option<String>,
    pub(super) address: Option<Email>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    pub(super) transport: Option<MailKind>,
    pub(super) dir: Option<PathBuf>,
    pub(super) hold: Option<bool>,
    pub(super) redirect_to: Option<Email>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) tls: Option<Tls>,
    pub(super) user: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sms {
    pub(super) transport: Option<SmsKind>,
    pub(super) command: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scanner {
    pub(super) transport: Option<ScannerKind>,
    pub(super) address: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MailKind {
    Dir,
    Smtp,
}

impl MailKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            MailKind::Dir => "dir",
            MailKind::Smtp => "smtp",
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SmsKind {
    Dir,
    Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ScannerKind {
    None,
    Clamd,
}

impl ScannerKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            ScannerKind::None => "none",
            ScannerKind::Clamd => "clamd",
        }
    }
}

/// The files that apply, the weakest first.
pub(super) fn files(env: &Env, overrides: &Overrides) -> Result<Vec<(PathBuf, File)>> {
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
