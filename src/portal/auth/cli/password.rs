//! `portalctl auth activate`, `reset`, `forgot` and `change-password`.

use super::input::{self, NewPassword};
use crate::platform::ctx::Ctx;
use crate::platform::error::{Error, Result};
use crate::platform::secret::password::Password;
use crate::platform::ui::{Answer, prompt};
use crate::portal::auth::flow::Hand;
use crate::portal::auth::service::password as service;
use crate::portal::auth::view::ACCOUNT;
use crate::portal::link::Purpose;
use crate::portal::session::SessionState;
use crate::portal::user::view::USER;
use crate::values::Email;

/// `auth activate` and `auth reset`
#[derive(clap::Args)]
pub struct LinkArgs {
    /// Take the token from standard input: what stands behind `token=` in the link
    #[arg(long)]
    token_stdin: bool,
    #[command(flatten)]
    password: NewPassword,
}

impl LinkArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>, purpose: Purpose) -> Result<Answer> {
        ctx.refuse_free_guess()?;
        ctx.refuse_fields()?;
        if !ctx.can_ask() && !(self.token_stdin && self.password.is_given()) {
            let cure = "give the token with --token-stdin, the password with --password-stdin or --password-file FILE";
            return Err(prompt::secret_needed("the token of a link and a password", cure));
        }
        let key = ctx.key()?;
        let token = match self.token_stdin {
            true => ctx.line()?,
            false => ctx.secret("Token of the link")?,
        };
        let token = token.ok_or_else(|| Error::usage("standard input ended before the token"))?;
        let (actor, default) = (ctx.actor(), ctx.lang());
        let mut db = ctx.open()?;
        let mut hand = Hand { db: &mut db, actor: &actor, key: &key, default };
        // Nobody is asked for a password that then cannot be set.
        hand.opened_by(&token, purpose)?;
        let password = self.password.read(ctx)?;
        let user = hand.set_by_link(&token, purpose, &password)?;
        let result = if purpose == Purpose::Activation { "activated" } else { "reset" };
        Answer::change(&USER, result, &user)
    }
}

/// `auth forgot`
#[derive(clap::Args)]
pub struct ForgotArgs {
    /// The user name
    #[arg(value_name = "EMAIL")]
    email: Email,
}

impl ForgotArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        let (key, default) = (ctx.key()?, ctx.lang());
        ctx.write(|tx| service::forgot(tx, &key, &self.email, default))?;
        // As it was typed: even its spelling in the database would tell that it is there.
        Answer::change(&ACCOUNT, "requested", &serde_json::json!({"email": self.email.as_str()}))
    }
}

/// `auth change-password`
#[derive(clap::Args)]
pub struct ChangeArgs {
    #[command(flatten)]
    password: NewPassword,
}

impl ChangeArgs {
    /// Serves the verb. Without a terminal the old password is the first line of standard input, and the new one the
    /// second unless a file holds it.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_free_guess()?;
        ctx.refuse_fields()?;
        let (session, user) = input::own(ctx)?;
        let key = ctx.key()?;
        let cure = "give the old one on the first line of standard input, the new one on the second";
        let needed = || prompt::secret_needed("the old and the new password", cure);
        let old = ctx.secret("Present password")?.ok_or_else(needed)?;
        let new = match ctx.can_ask() || self.password.is_given() {
            true => self.password.read(ctx)?,
            false => Password::chosen(&ctx.line()?.ok_or_else(needed)?),
        };
        let (actor, default) = (ctx.actor(), ctx.lang());
        let mut db = ctx.open()?;
        let mut hand = Hand { db: &mut db, actor: &actor, key: &key, default };
        let (after, user) = hand.change_password(&session, &user, &Password::typed(&old), &new)?;
        match session.state {
            SessionState::PasswordChangeRequired => {
                super::login::answer(&after, None, None, super::login::result_of(after.state))
            }
            _ => Answer::change(&USER, "updated", &user),
        }
    }
}
