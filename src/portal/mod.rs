//! The business, one room per noun.
//!
//! A room may use the rooms listed before it here, and reads another room's `store` but writes through its
//! `service`. The order is part of the design; `tests/it/tidy.rs` holds it.

pub mod access;
pub mod link;
pub mod session;
pub mod code;
pub mod tenant;
pub mod user;
pub mod auth;
pub mod rights;
pub mod signatory;
pub mod contact;
pub mod agreement;
pub mod third_party;
pub mod calendar;
pub mod kpi;
pub mod service_report;
pub mod report;
pub mod ticket;
pub mod digest;
pub mod inbox;
pub mod search;

pub mod cli;

use crate::platform::actor::Actor;
use crate::platform::db::{Connection, Db, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, filled};
use crate::platform::outbox::render::{Renderer, SecretSource, Secrets};
use crate::platform::outbox::{self, Channel, Message, Template};
use crate::platform::secret::Key;
use crate::platform::secret::password::Password;

/// Every mail and SMS that can be queued.
pub const MAILS: &[&Template] = &[
    &code::mail::SMS,
    &code::mail::INITIAL_PASSWORD,
    &user::mail::ACTIVATION,
    &user::mail::USER_NAME,
    &auth::mail::RESET,
    &auth::mail::LOCKED,
    &auth::mail::CODE_LOCKED,
    &auth::mail::PASSWORD_CHANGED,
    &auth::mail::MFA_ON,
    &auth::mail::MFA_OFF,
    &auth::mail::MFA_RESET,
    &auth::mail::EMERGENCY_CODE,
    &auth::mail::EMERGENCY_USED,
    &signatory::mail::DASHBOARD,
    &agreement::mail::IN_FORCE,
    &agreement::mail::DECLINED,
    &agreement::mail::WITHDRAWN,
    &agreement::mail::EXPIRING,
    &ticket::mail::AWAITING,
    &ticket::mail::DONE,
    &ticket::mail::CLOSED,
    &ticket::mail::STATUS,
    &ticket::mail::REPLY,
    &ticket::mail::RECEIVED,
    &ticket::mail::OPENED,
    &ticket::mail::SHARED,
    &ticket::mail::REMINDER,
    &ticket::mail::ASSIGNED,
    &ticket::mail::WORK,
    &digest::mail::DIGEST,
    &outbox::trial::MAIL,
];

/// What messages show that may not rest in the queue.
pub struct MessageSecrets<'a> {
    /// The key that tokens, codes and passwords are derived from.
    pub key: &'a Key,
    /// What links begin with.
    pub base_url: &'a str,
    /// The language of who has chosen none, and of notes on tickets.
    pub lang: Lang,
}

impl MessageSecrets<'_> {
    /// What turns a queued message into a text.
    pub fn renderer(&self) -> Renderer<'_> {
        Renderer { templates: MAILS, secrets: self, key: self.key }
    }
}

impl SecretSource for MessageSecrets<'_> {
    fn reveal(&self, conn: &Connection, message: &Message, now: &str) -> Result<Secrets> {
        let mut secrets = Secrets::default();
        if let Some(link) = message.link {
            let address = link::address(conn, self.key, self.base_url, link, now)?.ok_or_else(|| {
                Error::refused(
                    "mail.link-expired",
                    format!("mail {}: its link is no longer valid", message.id),
                )
                .hint("send a new one: to a user with `portalctl user invite E`, to a signatory with `portalctl agreement remind N`")
            })?;
            secrets = secrets.with("link", address);
        }
        if let Some(id) = message.code {
            secrets = match message.channel {
                Channel::Sms => code::sms(conn, self.key, id, now)?.map(|sms| {
                    secrets.with("code", sms.text().to_string()).with("reference", sms.reference())
                }),
                Channel::Mail => code::initial(conn, self.key, id, now)?
                    .map(|password| secrets.with("password", password.expose().to_owned())),
            }
            .ok_or_else(|| {
                let what = format!("mail {}: its code or password is no longer valid", message.id);
                Error::refused("mail.code-expired", what)
                    .hint("its user can ask for a new one; an initial password comes with `portalctl user invite E`")
            })?;
        }
        Ok(secrets)
    }

    /// An initial password is hashed for the mail that carries it.
    fn before_sending(&self, db: &mut Db, actor: &Actor, message: &Message, secrets: &Secrets) -> Result<()> {
        match (message.code, secrets.get("password")) {
            (Some(code), Some(password)) => {
                // Whose language the mails of this hand have does not matter: it writes none.
                let mut hand = auth::flow::Hand { db, actor, key: self.key, default: Lang::Da };
                hand.keep_initial(code, &Password::chosen(password))
            }
            _ => Ok(()),
        }
    }

    /// The ticket that it was about is told, as of a mail that came back.
    fn address_refused(&self, tx: &Tx<'_>, message: &Message, said: &str) -> Result<()> {
        let number = message.id.to_string();
        let values = [("m", number.as_str()), ("a", message.to.as_str()), ("s", said)];
        let note = filled(self.lang, "mail-address-refused", &values);
        let desk = ticket::service::Desk { lang: self.lang, base_url: self.base_url.to_owned() };
        ticket::service::address_refused(tx, &message.cause, &note, &desk).map(drop)
    }

    /// An initial password that was sent is a hash from now on, and nothing else. A code that nobody got stands in no
    /// other's way. What went out about an agreement is part of its evidence.
    fn noted(&self, tx: &Tx<'_>, message: &Message, result: &str) -> Result<()> {
        match (message.code, message.channel, result) {
            (Some(code), Channel::Mail, "sent") => code::store::erase_nonce(tx, code),
            (Some(code), Channel::Sms, "failed") => code::store::void(tx, code),
            _ => agreement::service::mails::noted(tx, message, result),
        }
    }
}

/// Fills the catalogues of a new database.
pub fn seed(tx: &Tx<'_>) -> Result<()> {
    contact::role::service::seed(tx)?;
    kpi::service::seed(tx)?;
    service_report::service::seed(tx)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The basic characters of GSM 03.38: a text of these alone has room for 160 in one SMS.
    const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà{}";

    #[test]
    fn an_sms_fits_into_one_message() {
        for template in MAILS {
            for text in [template.da, template.nb, template.en] {
                if text.starts_with("Subject: ") {
                    continue;
                }
                let foreign: String = text.chars().filter(|c| !GSM.contains(*c)).collect();
                assert_eq!(foreign, "", "{}: these are not in the alphabet of SMS", template.name);
                assert!(text.trim().chars().count() <= 160, "{}: longer than one SMS", template.name);
            }
        }
    }
}
