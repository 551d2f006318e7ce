//! A code of the present second step, before that is changed.

use zeroize::Zeroizing;

use super::input::{self, Asked};
use super::login::answer;
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::secret::Key;
use crate::platform::ui::Answer;
use crate::portal::auth::service::{mfa, step};
use crate::portal::session::{Method, Session};
use crate::portal::user::User;

/// What came of asking for a code.
pub enum Proof {
    /// It; `None` where there is no second step yet.
    Code(Option<Zeroizing<String>>),
    /// An SMS went out, and nobody is there who could type its code now: the same command again takes it.
    Sent(Box<Answer>),
}

/// A code of the second step that a user has, if they have one: asked for, or the first line of standard input.
pub fn of_user(ctx: &mut Ctx<'_>, key: &Key, session: &Session, user: &User) -> Result<Proof> {
    match ctx.open()?.read(|conn| mfa::needs_proof(conn, user.id))? {
        true => asked(ctx, key, session, user),
        false => Ok(Proof::Code(None)),
    }
}

/// A code of the second step that a user has.
pub fn asked(ctx: &mut Ctx<'_>, key: &Key, session: &Session, user: &User) -> Result<Proof> {
    let default = ctx.lang();
    let by_sms = ctx.open()?.read(|conn| step::method(conn, user.id, None))? == Method::Sms;
    let question = "Code of the app in use, or the emergency code";
    let send = |ctx: &mut Ctx<'_>| ctx.write(|tx| step::resend(tx, key, user, default));
    match input::code_or_sms(ctx, by_sms, question, send)? {
        Asked::Code(code) => Ok(Proof::Code(Some(code))),
        Asked::Sent(sms, warnings) => {
            let answer = answer(session, sms.as_ref(), None, "code-required")?.warn(warnings);
            Ok(Proof::Sent(Box::new(answer)))
        }
    }
}
