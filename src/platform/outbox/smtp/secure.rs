//! TLS and the login: which certificates are trusted, where the password comes from, and what is said when they fail.

use std::path::Path;

use lettre::transport::smtp::client::{Certificate, TlsParameters, TlsVersion};
use zeroize::Zeroizing;

use super::reply::Heard;
use crate::platform::config::Smtp;
use crate::platform::error::{Error, Result};

/// The oldest version of TLS that will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 1.2, or newer.
    Tls12,
    /// 1.3.
    Tls13,
}

const STAY: &str = "nothing is lost: mails stay queued";

/// Whom to trust: the certificates of this machine and those of `mail.ca_file`. The name is always checked.
pub fn parameters(config: &Smtp, version: Version) -> Result<TlsParameters> {
    let version = match version {
        Version::Tls12 => TlsVersion::Tlsv12,
        Version::Tls13 => TlsVersion::Tlsv13,
    };
    let mut builder = TlsParameters::builder(config.host.clone()).set_min_tls_version(version);
    if let Some(path) = &config.ca_file {
        let invalid = |why: String| {
            Error::config("smtp.ca-file", format!("mail.ca_file {}: {why}", path.display()))
                .hint(format!("{STAY}; name a PEM file of certificates"))
        };
        let pem = std::fs::read(path).map_err(|e| invalid(e.to_string()))?;
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(invalid("it holds no certificate in PEM".to_owned()));
        }
        let certificates = Certificate::from_pem(&pem).map_err(|e| invalid(super::reply::said(&e)))?;
        builder = builder.add_root_certificate(certificates);
    }
    builder.build_rustls().map_err(|e| {
        Error::config("smtp.tls", format!("TLS cannot be set up: {}", super::reply::said(&e))).hint(STAY)
    })
}

/// The first line of the password file.
pub fn password(path: &Path) -> Result<Zeroizing<String>> {
    let invalid = |why: &str| {
        Error::config("smtp.password-file", format!("mail.password_file {}: {why}", path.display()))
            .hint(format!("{STAY}; its first line is the password, and portalctl must be able to read it"))
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(e) => return Err(invalid(&e.to_string())),
    };
    match text.lines().next().map(str::trim_end) {
        Some(line) if !line.is_empty() => Ok(Zeroizing::new(line.to_owned())),
        _ => Err(invalid("its first line is empty")),
    }
}

pub fn no_starttls(place: &str) -> Error {
    Error::config("smtp.tls", format!("the mail server {place} offers no STARTTLS")).hint(format!(
        "{STAY}; `tls = \"implicit\"` in [mail] is for servers that encrypt from the first byte, and `tls = \"none\"` sends readable for everyone on the way"
    ))
}

pub fn tls_refused(place: &str, said: &str) -> Error {
    Error::config("smtp.tls", format!("no TLS with the mail server {place}: {said}")).hint(format!(
        "{STAY}; its certificate must be valid for the name in `host` and come from someone trusted: `ca_file` in [mail] names more"
    ))
}

/// A login that fails for now is no matter of configuration.
pub fn login_refused(place: &str, user: &str, heard: &Heard) -> Error {
    match heard {
        Heard::Said(reply) if reply.is_final() => Error::config(
            "smtp.login",
            format!("the mail server {place} refuses the login of {user}: {reply}"),
        )
        .hint(format!("{STAY}; see `user` and `password_file` in [mail] of the configuration")),
        Heard::Said(reply) => super::out_of_reach(place, &reply.to_string()),
        Heard::Nothing(said) if said.contains("authentication mechanism") => Error::config(
            "smtp.login",
            format!("the mail server {place} takes no password: it offers neither PLAIN nor LOGIN"),
        )
        .hint(format!("{STAY}; leave `user` and `password_file` away if it asks for none")),
        Heard::Nothing(said) => super::out_of_reach(place, said),
    }
}
