//! Telling the requester what happened.

use serde_json::json;

use super::Ticket;
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, label_of};
use crate::platform::outbox::{self, NewMail, Template};
use crate::platform::settings;
use crate::portal::user::{self, UserStatus};

/// Queues a mail to the requester, unless the account is disabled. `lang` is for those without their own language.
pub fn requester(tx: &Tx<'_>, ticket: &Ticket, template: &'static Template, lang: Lang) -> Result<()> {
    let user = user::store::find(tx, ticket.requester_id)?;
    if user.status == UserStatus::Disabled {
        return Ok(());
    }
    let language = user.language.unwrap_or(lang);
    let mail = NewMail {
        template,
        to: &user.email,
        language,
        cause: ticket.object(),
        params: json!({
            "number": ticket.number,
            "name": user.name,
            "status": label_of(language, ticket.status),
            "hours": settings::TICKET_CLOSE_AFTER_HOURS.int(tx)?,
        }),
        link: None,
        reply_tag: Some(ticket.tag().to_owned()),
    };
    outbox::queue(tx, &mail)?;
    Ok(())
}
