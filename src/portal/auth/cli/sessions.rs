//! `portalctl auth logout`, `sessions` and `revoke`.

use serde_json::json;

use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::ui::Answer;
use crate::platform::ui::answer::Warning;
use crate::portal::access;
use crate::portal::auth::identity;
use crate::portal::auth::service::sessions as service;
use crate::portal::auth::view::{ENDED, ENDED_ALL, SESSION};
use crate::portal::cli::Page;
use crate::portal::session;
use crate::values::Email;

/// Serves `auth logout`. The session file holds nothing any more.
pub fn logout(ctx: &mut Ctx<'_>) -> Result<Answer> {
    let identity = ctx.identity.clone();
    if identity.session.is_none() {
        return Err(session::needed());
    }
    let session = ctx.write(|tx| service::logout(tx, &identity))?;
    // It opens nothing any more. A file that stays as it was is untidy and no danger.
    let left = match (&identity.session_file, ctx.global.dry_run) {
        (Some(path), false) => ctx.open()?.read(|conn| identity::close_file(conn, path, session.id)).err(),
        _ => None,
    };
    let warning = left.map(|error| {
        Warning::new("session.file-stays", format!("the session file stays: {}", error.message()))
    });
    let ended = json!({"email": session.user, "sessions_ended": 1});
    Ok(Answer::change(&ENDED, "logged-out", &ended)?.warn(warning))
}

/// `auth sessions`
#[derive(clap::Args)]
pub struct ListArgs {
    /// Only this user's
    #[arg(long, value_name = "EMAIL")]
    user: Option<Email>,
    #[command(flatten)]
    page: Page,
}

impl ListArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let (actor, identity, now) = (ctx.actor(), ctx.identity.clone(), ctx.env.clock.now());
        let sessions = ctx.read(|conn| service::list(conn, &actor, &identity, self.user.as_ref(), now))?;
        Ok(Answer::list(&SESSION, sessions))
    }
}

/// `auth revoke`
#[derive(clap::Args)]
#[group(id = "whose", required = true)]
pub struct RevokeArgs {
    /// Whose
    #[arg(long, value_name = "EMAIL", group = "whose")]
    user: Option<Email>,
    /// Everyone's, save one's own (asks for confirmation)
    #[arg(long, group = "whose")]
    all: bool,
}

impl RevokeArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let (ended, email) = match self.user {
            Some(email) => {
                let (ended, user) = ctx.write(|tx| service::revoke(tx, &email))?;
                (ended, Some(user.email))
            }
            None => {
                access::provider_only(&ctx.actor())?;
                ctx.confirm("End the sessions of everyone?")?;
                let own = ctx.identity.session;
                (ctx.write(|tx| service::revoke_all(tx, own))?, None)
            }
        };
        let result = if ended > 0 { "revoked" } else { "unchanged" };
        let view = if email.is_some() { &ENDED } else { &ENDED_ALL };
        Answer::change(view, result, &json!({"email": email, "sessions_ended": ended}))
    }
}
