//! `portalctl auth login` and `code`.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::input::{self, Asked, SecretFile};
use crate::platform::ctx::Ctx;
use crate::platform::error::Result;
use crate::platform::files::cannot_write;
use crate::platform::i18n::parse_coded;
use crate::platform::secret::Key;
use crate::platform::secret::codes::EmergencyCode;
use crate::platform::secret::password::Password;
use crate::platform::ui::answer::Warning;
use crate::platform::ui::{Answer, prompt};
use crate::portal::auth::flow::Hand;
use crate::portal::auth::identity::{is_closed, session_file};
use crate::portal::auth::service::mfa;
use crate::portal::auth::service::step::{self, Delivery};
use crate::portal::auth::view::LOGIN;
use crate::portal::session::{Method, Session, SessionState};
use crate::values::{Coded, Email, utc_text};

/// `auth login`
#[derive(clap::Args)]
pub struct LoginArgs {
    /// The user name
    #[arg(value_name = "EMAIL")]
    email: Email,
    /// The session file to write (0600); it is what --session takes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    code: CodeArgs,
}

/// `auth code`
#[derive(clap::Args)]
pub struct CodeArgs {
    /// How the code comes: app, sms or emergency [default: the app, where one is set up]
    #[arg(long, value_parser = parse_coded::<Method>)]
    method: Option<Method>,
    /// A file (0600) for the new emergency code that follows a used one
    #[arg(long, value_name = "FILE")]
    secret_out: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Shown {
    email: String,
    expires_at: String,
    state: SessionState,
    method: Option<Method>,
    phone: Option<String>,
    reference: Option<String>,
    emergency_code: Option<String>,
}

/// How far a login came.
pub(super) fn result_of(state: SessionState) -> &'static str {
    match state {
        SessionState::Active => "logged-in",
        limited => limited.code(),
    }
}

pub(super) fn answer(
    session: &Session,
    sms: Option<&step::SmsSent>,
    emergency: Option<&EmergencyCode>,
    result: &'static str,
) -> Result<Answer> {
    let shown = Shown {
        email: session.user.clone(),
        expires_at: session.expires_at.clone(),
        state: session.state,
        method: session.method,
        phone: sms.map(|sms| sms.phone.clone()),
        reference: sms.map(|sms| sms.reference.clone()),
        emergency_code: emergency.map(|code| code.text().to_string()),
    };
    let remark = sms.map(|sms| {
        let what = match sms.delivery {
            Delivery::Sent => "code sent",
            Delivery::Queued => "code queued, to be sent",
            Delivery::Unknown => "code perhaps sent",
        };
        format!("{what} to the number ending in {} (reference {})", sms.phone, sms.reference)
    });
    Ok(Answer::change(&LOGIN, result, &shown)?.remark(remark))
}

impl LoginArgs {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_free_guess()?;
        ctx.refuse_fields()?;
        let key = ctx.key()?;
        // Before anything else: a session that has no place to lie is of no use.
        let force = self.code.force || is_closed(&ctx.path(&self.out));
        let mut out = input::create_secret(ctx, &self.out, force)?;
        let file = self.code.secret_file(ctx)?;
        let question = format!("Password of {}", self.email);
        let cure = "give it on the first line of standard input";
        let password = ctx.secret(&question)?.ok_or_else(|| prompt::secret_needed("a password", cure))?;
        let (actor, default) = (ctx.actor(), ctx.lang());
        let mut db = ctx.open()?;
        let mut hand = Hand { db: &mut db, actor: &actor, key: &key, default };
        let entered = hand.login(&self.email, &Password::typed(&password), self.code.method)?;
        let has_failed = entered.sms.is_some();
        let (sms, mut warnings) = input::send_now(ctx, entered.sms)?;
        let has_failed = has_failed && sms.is_none();
        warnings.extend(entered.warnings);
        let mut session = entered.session;
        let mut emergency = None;
        // Where the code goes out by SMS only a person who has just got it can go on.
        if session.state == SessionState::CodeRequired
            && (session.method != Some(Method::Sms) || (ctx.can_ask() && !has_failed))
        {
            let question = sms.as_ref().map_or_else(|| question_of(&session), input::sms_question);
            if let Some(code) = input::code(ctx, &question)? {
                let finished = self.code.finish(ctx, &key, &session, &code, file, true)?;
                session = finished.session;
                emergency = finished.shown;
                warnings.extend(finished.warnings);
            }
        }
        let content = session_file(&entered.token);
        let path = out.path().to_owned();
        out.write_all(content.as_bytes()).map_err(|e| cannot_write(&path, &e))?;
        out.finish()?;
        let result = result_of(session.state);
        Ok(answer(&session, sms.as_ref(), emergency.as_ref(), result)?.warn(warnings))
    }
}

fn question_of(session: &Session) -> String {
    match session.method {
        Some(Method::Emergency) => "Emergency code".to_owned(),
        Some(Method::Sms) => "Code of the SMS".to_owned(),
        Some(Method::App) | None => "Code of the authenticator app".to_owned(),
    }
}

/// A login that a code finished.
struct Finished {
    session: Session,
    shown: Option<EmergencyCode>,
    warnings: Vec<Warning>,
}

impl CodeArgs {
    /// Serves `auth code`.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        ctx.refuse_free_guess()?;
        ctx.refuse_fields()?;
        let (session, user) = input::own(ctx)?;
        let (key, default) = (ctx.key()?, ctx.lang());
        let file = self.secret_file(ctx)?;
        let by_sms = self.method.or(session.method) == Some(Method::Sms);
        let send = |ctx: &mut Ctx<'_>| {
            let now = utc_text(ctx.env.clock.now());
            match ctx.open()?.read(|conn| step::awaited_sms(conn, &key, user.id, &now))? {
                Some(sms) => Ok(sms),
                None => ctx.write(|tx| step::resend(tx, &key, &user, default)),
            }
        };
        let code = match input::code_or_sms(ctx, by_sms, &question_of(&session), send)? {
            Asked::Code(code) => code,
            Asked::Sent(sms, warnings) => {
                let result = result_of(session.state);
                return Ok(answer(&session, sms.as_ref(), None, result)?.warn(warnings));
            }
        };
        let finished = self.finish(ctx, &key, &session, &code, file, false)?;
        let result = result_of(finished.session.state);
        Ok(answer(&finished.session, None, finished.shown.as_ref(), result)?.warn(finished.warnings))
    }

    /// The file for a new emergency code, before anything is asked for.
    fn secret_file(&self, ctx: &Ctx<'_>) -> Result<SecretFile> {
        SecretFile::create(ctx, self.secret_out.as_deref(), self.force)
    }

    /// Takes the code. Behind a used emergency code follows a new one, where it can be seen or kept.
    fn finish(
        &self,
        ctx: &mut Ctx<'_>,
        key: &Key,
        session: &Session,
        code: &str,
        file: SecretFile,
        last_chance: bool,
    ) -> Result<Finished> {
        let saved = file.is_there();
        let new = match saved || input::is_seen(ctx) {
            true => Some(EmergencyCode::generate(&ctx.env.entropy)?),
            false => None,
        };
        let (default, wanted) = (ctx.lang(), self.method);
        let mut used = false;
        let finished = ctx.write(|tx| {
            let (finished, _) = step::finish(tx, key, session.id, code, wanted, last_chance, default)?;
            used = finished.method == Some(Method::Emergency);
            if let (true, Some(code)) = (used, &new) {
                mfa::follow_emergency(tx, key, &finished, code)?;
                super::mfa::save(tx, key, finished.id, file, Some(code))?;
            }
            Ok(finished)
        })?;
        match (used, new) {
            (false, _) => Ok(Finished { session: finished, shown: None, warnings: Vec::new() }),
            (true, None) => {
                Ok(Finished { session: finished, shown: None, warnings: vec![super::mfa::no_emergency()] })
            }
            (true, Some(code)) => {
                let kept = saved || super::mfa::shown(ctx, key, session.id, &code)?;
                let warnings = if kept { Vec::new() } else { vec![super::mfa::no_emergency()] };
                Ok(Finished { session: finished, shown: Some(code).filter(|_| kept && !saved), warnings })
            }
        }
    }
}
