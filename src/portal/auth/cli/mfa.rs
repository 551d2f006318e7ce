//! `portalctl auth mfa …`

use std::path::{Path, PathBuf};

use super::input::{self, SecretFile};
use super::login::{answer, result_of};
use super::proof::{self, Proof};
use crate::platform::ctx::Ctx;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::parse_coded;
use crate::platform::secret::Key;
use crate::platform::secret::codes::EmergencyCode;
use crate::platform::secret::qr::qr;
use crate::platform::secret::totp::TotpSecret;
use crate::platform::ui::answer::Warning;
use crate::platform::ui::{Answer, prompt};
use crate::portal::access;
use crate::portal::auth::service::mfa::{self as service, Leave};
use crate::portal::auth::view::MFA;
use crate::portal::session::{self, Method, SessionState};
use crate::portal::user::service as users;
use crate::portal::user::view::USER;
use crate::values::{E164, Email, Invalid};

/// The verbs.
#[derive(clap::Subcommand)]
pub enum MfaCommand {
    /// Begin to set up an app or a number for SMS, with a code of what is on; nothing new is on until one code was right
    Enrol(EnrolArgs),
    /// Give the first code, which switches the second step on
    Confirm(ConfirmArgs),
    /// Switch two steps off, with a code or the emergency code
    Disable(DisableArgs),
    /// Make a new emergency code, with a code of the second step; the old one is void
    EmergencyCode(EmergencyArgs),
    /// Show how the second step stands: one's own, or to the provider anyone's
    Status(StatusArgs),
    /// Take away the second step of someone who lost it (needs --reason)
    Reset(ResetArgs),
}

impl MfaCommand {
    /// Serves the verb.
    pub fn run(self, ctx: &mut Ctx<'_>) -> Result<Answer> {
        match self {
            MfaCommand::Enrol(args) => enrol(args, ctx),
            MfaCommand::Confirm(args) => confirm(&args, ctx),
            MfaCommand::Disable(args) => disable(&args, ctx),
            MfaCommand::EmergencyCode(args) => emergency_code(&args, ctx),
            MfaCommand::Status(args) => status(&args, ctx),
            MfaCommand::Reset(args) => reset(&args, ctx),
        }
    }

    /// Whether it leads on from a session that waits for the second step to be set up.
    pub fn is_enrolment(&self) -> bool {
        // What may is named, so that a verb that comes later may not.
        match self {
            MfaCommand::Enrol(_) | MfaCommand::Confirm(_) | MfaCommand::EmergencyCode(_) => true,
            MfaCommand::Status(args) => args.user.is_none(),
            MfaCommand::Disable(_) | MfaCommand::Reset(_) => false,
        }
    }
}

fn app_or_sms(text: &str) -> Result<Method, Invalid> {
    match parse_coded::<Method>(text)? {
        Method::Emergency => {
            Err(Invalid::new("usage", "a second step", text, "it must be one of app, sms", "app"))
        }
        method => Ok(method),
    }
}

/// `auth mfa enrol`
#[derive(clap::Args)]
pub struct EnrolArgs {
    /// app or sms [default: app; sms with --phone]
    #[arg(long, value_parser = app_or_sms)]
    method: Option<Method>,
    /// The number for SMS, with its country code
    #[arg(long, value_name = "E164")]
    phone: Option<E164>,
    /// A file (0600) for the otpauth:// address of the app, instead of a QR code on the terminal
    #[arg(long, value_name = "FILE")]
    secret_out: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

fn enrol(args: EnrolArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_free_guess()?;
    let (session, user) = input::own(ctx)?;
    let (key, default) = (ctx.key()?, ctx.lang());
    match (args.method, args.phone) {
        (Some(Method::Sms), None) => {
            Err(Error::usage("which number is the SMS to go to?").hint("say --phone +45…"))
        }
        (Some(Method::App), Some(_)) => {
            Err(Error::usage("an app has no number").hint("leave --phone away, or say --method sms"))
        }
        (_, Some(phone)) => {
            let present = match proof::of_user(ctx, &key, &session, &user)? {
                Proof::Sent(answer) => return Ok(*answer),
                Proof::Code(code) => code,
            };
            let present = present.as_ref().map(|code| code.as_str());
            let sms = ctx.write(|tx| service::enrol_sms(tx, &key, session.id, &phone, present, default))?;
            let (sms, warnings) = input::send_now(ctx, Some(sms))?;
            Ok(answer(&session, sms.as_ref(), None, "pending")?.warn(warnings))
        }
        (_, None) => {
            let file = SecretFile::create(ctx, args.secret_out.as_deref(), args.force)?;
            if !file.is_there() && !ctx.env.stderr.is_terminal {
                let cure = "name a file for the secret with --secret-out FILE";
                return Err(prompt::secret_needed("a terminal that shows a QR code", cure));
            }
            let secret = TotpSecret::generate(&ctx.env.entropy)?;
            let present = match proof::of_user(ctx, &key, &session, &user)? {
                Proof::Sent(answer) => return Ok(*answer),
                Proof::Code(code) => code,
            };
            let present = present.as_ref().map(|code| code.as_str());
            let uri = secret.uri(user.email.as_str());
            let saved = file.is_there();
            ctx.write(|tx| {
                service::enrol_app(tx, &key, session.id, &secret, present, default)?;
                file.finish(&uri)
            })?;
            if !saved {
                let colour = ctx.env.var("NO_COLOR").is_none();
                let picture = qr(&uri, colour)?;
                let key_text = secret.key_text();
                let needed = columns(&picture);
                let fits = ctx.env.stderr.width.is_none_or(|width| usize::from(width) >= needed);
                let file = ctx.identity.session_file.as_deref();
                let session = file.map(|file| shell_word(file.strip_prefix(&ctx.env.cwd).unwrap_or(file)));
                let session = session.map(|file| format!(" --session {file}")).unwrap_or_default();
                let err = &mut ctx.env.stderr.writer;
                // To the terminal and nowhere else: stdout may be kept.
                let _ = match fits {
                    true => write!(err, "{}\nScan this with the app, or type", picture.as_str()),
                    false => write!(
                        err,
                        "The QR code needs {needed} columns, more than this terminal has: widen it and begin again,\nor type"
                    ),
                };
                let key_text = key_text.as_str();
                let _ =
                    writeln!(err, " this key into it: {key_text}\nThen: portalctl auth mfa confirm{session}");
            }
            answer(&session, None, None, "pending")
        }
    }
}

/// How many columns a QR code takes: what is drawn of its first line, without the colours around it.
fn columns(picture: &str) -> usize {
    picture.lines().next().unwrap_or_default().chars().filter(|c| matches!(c, '█' | '▀' | '▄' | ' ')).count()
}

/// A path as a shell takes it for one word.
fn shell_word(path: &Path) -> String {
    shell_words::quote(&path.display().to_string()).into_owned()
}

/// `auth mfa confirm`
#[derive(clap::Args)]
pub struct ConfirmArgs {
    /// A file (0600) for the emergency code, which is otherwise shown on a terminal alone
    #[arg(long, value_name = "FILE")]
    secret_out: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

fn confirm(args: &ConfirmArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_free_guess()?;
    ctx.refuse_fields()?;
    let (session, user) = input::own(ctx)?;
    let (key, default) = (ctx.key()?, ctx.lang());
    let file = SecretFile::create(ctx, args.secret_out.as_deref(), args.force)?;
    let code = input::needed_code(ctx, "Code")?;
    // The first time, or on request: who has an emergency code keeps it when adding another method.
    let has = ctx.open()?.read(|conn| service::has_emergency(conn, user.id))?;
    let wanted = file.is_there() || (!has && input::is_seen(ctx));
    let emergency = if wanted { Some(EmergencyCode::generate(&ctx.env.entropy)?) } else { None };
    let saved = file.is_there();
    let (after, _) = ctx.write(|tx| {
        let confirmed = service::confirm(tx, &key, session.id, &code, emergency.as_ref(), default)?;
        save(tx, &key, session.id, file, emergency.as_ref())?;
        Ok(confirmed)
    })?;
    let Some(emergency) = emergency else {
        let warnings = if has { Vec::new() } else { vec![no_emergency()] };
        return Ok(answer(&after, None, None, confirmed(session.state, after.state))?.warn(warnings));
    };
    let kept = saved || shown(ctx, &key, session.id, &emergency)?;
    let after = ctx.open()?.read(|conn| session::read(conn, session.id))?;
    let shown = Some(&emergency).filter(|_| kept && !saved);
    let warnings = if kept { Vec::new() } else { vec![no_emergency()] };
    Ok(answer(&after, None, shown, confirmed(session.state, after.state))?.warn(warnings))
}

/// A session that was lifted says so; otherwise the second step is what changed.
fn confirmed(before: SessionState, after: SessionState) -> &'static str {
    if before == after && after == SessionState::Active { "confirmed" } else { result_of(after) }
}

/// Puts a new emergency code into its file, where there is one: then it counts as saved. One that does not get there
/// undoes the whole transaction, so that the old one still opens.
pub(super) fn save(
    tx: &Tx<'_>,
    key: &Key,
    session: i64,
    file: SecretFile,
    code: Option<&EmergencyCode>,
) -> Result<()> {
    let Some(code) = code.filter(|_| file.is_there()) else { return Ok(()) };
    service::saved_emergency(tx, key, session, code)?;
    file.finish(&code.text())
}

/// Shows a new emergency code and asks whether it is saved (V-015). Answers with whether it is; otherwise it opens nothing.
pub(super) fn shown(ctx: &mut Ctx<'_>, key: &Key, session: i64, code: &EmergencyCode) -> Result<bool> {
    let _ = writeln!(
        ctx.env.stderr.writer,
        "\nYour emergency code, shown this once:\n\n    {}\n\nIt logs you in once when you have lost your app or phone.",
        code.text().as_str()
    );
    if !prompt::confirm("I have safely copied and saved this code")? {
        ctx.write(|tx| service::decline_emergency(tx, key, session, code))?;
        return Ok(false);
    }
    ctx.write(|tx| service::saved_emergency(tx, key, session, code))?;
    Ok(true)
}

/// There is no emergency code that could be used.
pub(super) fn no_emergency() -> Warning {
    Warning::new(
        "auth.no-emergency-code",
        "there is no emergency code now: make one with `portalctl auth mfa emergency-code` on a terminal, or with --secret-out FILE",
    )
}

/// `auth mfa disable`
#[derive(clap::Args)]
pub struct DisableArgs {
    /// Only this one of two: app or sms
    #[arg(long, value_parser = app_or_sms)]
    method: Option<Method>,
}

fn disable(args: &DisableArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_free_guess()?;
    ctx.refuse_fields()?;
    let (session, user) = input::own(ctx)?;
    let (key, default, only) = (ctx.key()?, ctx.lang(), args.method);
    let leave = ctx.open()?.read(|conn| service::require_may_disable(conn, user.id, only))?;
    let code = match leave {
        // No SMS is paid for whose code would not do.
        Leave::Emergency => input::code(
            ctx,
            "Emergency code (two steps are required; another code does not switch them off)",
        )?
        .ok_or_else(service::stays_on)?,
        Leave::AnyCode => match proof::asked(ctx, &key, &session, &user)? {
            Proof::Sent(answer) => return Ok(*answer),
            Proof::Code(code) => code.unwrap_or_default(),
        },
    };
    let (_, user) = ctx.write(|tx| service::disable(tx, &key, session.id, only, &code, default))?;
    let status = ctx.open()?.read(|conn| service::status(conn, &user))?;
    let next = (leave == Leave::Emergency).then(|| {
        Warning::new(
            "auth.enrolment-next",
            "two steps are required: every session has ended, and the next login sets up a new second step",
        )
    });
    Ok(Answer::change(&MFA, "disabled", &status)?.warn(next))
}

/// `auth mfa emergency-code`
#[derive(clap::Args)]
pub struct EmergencyArgs {
    /// A file (0600) for the code, which is otherwise shown on a terminal alone
    #[arg(long, value_name = "FILE")]
    secret_out: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

fn emergency_code(args: &EmergencyArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_free_guess()?;
    ctx.refuse_fields()?;
    let (session, user) = input::own(ctx)?;
    let (key, default) = (ctx.key()?, ctx.lang());
    let file = SecretFile::create(ctx, args.secret_out.as_deref(), args.force)?;
    if !file.is_there() && !input::is_seen(ctx) {
        let cure = "name a file for it with --secret-out FILE";
        return Err(prompt::secret_needed("a terminal that shows the code", cure));
    }
    let code = EmergencyCode::generate(&ctx.env.entropy)?;
    let saved = file.is_there();
    // The session that has just set the second step up gave its code already, and so did one that came in with the
    // emergency code and has not got the next one yet.
    let owed = ctx.open()?.read(|conn| service::is_owed(conn, &session))?;
    let present = match session.state {
        SessionState::Active if !owed => match proof::of_user(ctx, &key, &session, &user)? {
            Proof::Sent(answer) => return Ok(*answer),
            Proof::Code(code) => code,
        },
        _ => None,
    };
    let present = present.as_ref().map(|code| code.as_str());
    ctx.write(|tx| {
        service::replace_emergency(tx, &key, session.id, &code, present, default)?;
        save(tx, &key, session.id, file, Some(&code))
    })?;
    let kept = saved || shown(ctx, &key, session.id, &code)?;
    let after = ctx.open()?.read(|conn| session::read(conn, session.id))?;
    let warnings = if kept { Vec::new() } else { vec![no_emergency()] };
    let result = if kept { "updated" } else { "unchanged" };
    Ok(answer(&after, None, Some(&code).filter(|_| kept && !saved), result)?.warn(warnings))
}

/// `auth mfa status`
#[derive(clap::Args)]
pub struct StatusArgs {
    /// Whose [default: one's own]
    #[arg(long, value_name = "EMAIL")]
    user: Option<Email>,
}

fn status(args: &StatusArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    ctx.refuse_dry_run()?;
    let user = match &args.user {
        Some(email) => {
            access::provider_only(&ctx.actor())?;
            ctx.open()?.read(|conn| users::resolve(conn, email))?
        }
        None if ctx.identity.session.is_none() => {
            return Err(session::needed().hint("say whose with --user EMAIL, or log in"));
        }
        None => input::own(ctx)?.1,
    };
    let status = ctx.open()?.read(|conn| service::status(conn, &user))?;
    Answer::show(&MFA, &status)
}

/// `auth mfa reset`
#[derive(clap::Args)]
pub struct ResetArgs {
    /// The user's e-mail address
    #[arg(value_name = "EMAIL")]
    email: Email,
}

fn reset(args: &ResetArgs, ctx: &mut Ctx<'_>) -> Result<Answer> {
    service::require_may_reset(&ctx.actor(), &args.email)?;
    let user = ctx.open()?.read(|conn| users::resolve(conn, &args.email))?;
    ctx.confirm(&format!(
        "Take away the second step of {} ({}) and end their sessions?",
        user.name, user.email
    ))?;
    let default = ctx.lang();
    let (changed, user) = ctx.write(|tx| service::reset(tx, &args.email, default))?;
    Answer::change(&USER, if changed { "reset" } else { "unchanged" }, &user)
}
