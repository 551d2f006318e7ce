//! `portalctl user me`

use super::code_or_empty;
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::ui::Answer;
use crate::portal::cli::{Emptied, line};
use crate::portal::session;
use crate::portal::user::account::{self, MyPatch};
use crate::portal::user::view::ME;
use crate::values::Invalid;

/// `user me`
#[derive(clap::Args)]
pub struct MeArgs {
    /// How one's name is shown
    #[arg(long, value_parser = line)]
    name: Option<String>,
    /// The language of mails; '' follows the installation
    #[arg(long, value_parser = code_or_empty::<Lang>)]
    language: Option<Emptied<Lang>>,
    /// Notices in the portal: on or off
    #[arg(long, value_name = "ON|OFF", value_parser = on_off)]
    notifications: Option<bool>,
    /// Reminders by e-mail: on or off
    #[arg(long, value_name = "ON|OFF", value_parser = on_off)]
    email_reminders: Option<bool>,
}

fn on_off(text: &str) -> Result<bool, Invalid> {
    match text.trim().to_lowercase().as_str() {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err(Invalid::new("usage", "a switch", text, "it must be on or off", "on")),
    }
}

impl MeArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let id = ctx.identity.session.ok_or_else(|| {
            if ctx.identity.is_acting_as() {
                let message = "only the user changes this; --as does not make you that user";
                return Error::refused("rights.refused", message)
                    .hint("`portalctl user show` and `user update` are for whoever administers users");
            }
            session::needed()
        })?;
        let patch = MyPatch {
            name: self.name,
            language: self.language.map(|given| given.0),
            notifications: self.notifications,
            email_reminders: self.email_reminders,
        };
        let asks = patch.name.is_none()
            && patch.language.is_none()
            && patch.notifications.is_none()
            && patch.email_reminders.is_none();
        if asks {
            let me = ctx.read(|conn| account::mine(conn, id))?;
            return Answer::show(&ME, &me);
        }
        let (changed, me) = ctx.write(|tx| account::update_mine(tx, id, patch))?;
        Answer::change(&ME, if changed { "updated" } else { "unchanged" }, &me)
    }
}
