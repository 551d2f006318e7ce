//! From what stands on the command line to whose rights count (DESIGN §4).

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::json;
use zeroize::Zeroizing;

use crate::platform::actor::Principal;
use crate::platform::ctx::{Ctx, Identity};
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::files;
use crate::platform::secret::codes::SessionToken;
use crate::portal::auth::actions;
use crate::portal::auth::service::requires_mfa;
use crate::portal::session::{self, Session, SessionState};
use crate::portal::user::{Staff, User, UserStatus, store as user_store};
use crate::values::Email;

/// What a session file begins with.
const HEADER: &str = "portalctl-session-1 ";
/// What is left of it when its session was logged out.
const OVER: &str = "portalctl-session-1 ended\n";

/// The operator with a user's rights (`--as`): to see and do what that user may. Needs a reason, kept in the audit.
pub fn acting_as(ctx: &mut Ctx<'_>, email: &Email) -> Result<Identity> {
    ctx.require_reason()?;
    let user = ctx.open()?.read(|conn| user_store::find_by_email(conn, email))?;
    let user = user.ok_or_else(|| {
        Error::not_found("user", email).hint("`portalctl user list` shows them all; --as takes an address")
    })?;
    require_in_use(&user)?;
    Ok(Identity { real: None, principal: principal(&user), session: None, session_file: None, still_in })
}

/// The user whose session file this is (`--session`), and how far the session has come. Its use is noted.
pub fn logged_in(ctx: &mut Ctx<'_>, path: &Path) -> Result<(Identity, SessionState)> {
    let path = ctx.path(path);
    let token = read_token(&path)?;
    let mut db = ctx.open()?;
    let now = db.now();
    let (session, user, short) = db.read(|conn| {
        let session = session::find(conn, &token, now)?.ok_or_else(ended)?;
        let user = user_store::find(conn, session.user_id)?;
        let short = falls_short(conn, &session)?;
        Ok((session, user, short))
    })?;
    if user.status == UserStatus::Disabled {
        return Err(ended());
    }
    let real = Some(format!("user:{}", user.email));
    let session_file = Some(path);
    let identity =
        Identity { real, principal: principal(&user), session: Some(session.id), session_file, still_in };
    if short {
        ctx.identity = identity.clone();
        let limited = db.write(&ctx.actor(), |tx| {
            session::limit(tx, &session)?;
            let after = json!({"session": session.id, "state": SessionState::EnrolmentRequired});
            tx.record(actions::LIMIT, format!("user:{}", user.email), None::<&()>, Some(&after))
        });
        return match limited {
            // Someone else is writing: what it may do is no more for that.
            Err(error) if error.exit() != Exit::Busy => Err(error),
            _ => Ok((identity, SessionState::EnrolmentRequired)),
        };
    }
    if session::wants_touch(&session, now) {
        ctx.identity = identity.clone();
        match db.write(&ctx.actor(), |tx| session::touch(tx, session.id)) {
            // Someone else is writing: whoever only reads need not wait for that.
            Err(error) if error.exit() == Exit::Busy => {}
            noted => noted?,
        }
    }
    Ok((identity, session.state))
}

/// Whether a session can do less than it says: it was begun with the password alone, and since then two steps came to be
/// required (setting `login.require-mfa`).
fn falls_short(conn: &Connection, session: &Session) -> Result<bool> {
    let unstepped = session.state == SessionState::Active && session.method.is_none();
    Ok(unstepped && requires_mfa(conn)?)
}

/// Empties the file of a session that was logged out: whoever comes with it later is told so, and the next login may
/// take its place. What holds another session by now, or is no file, stays.
pub fn close_file(conn: &Connection, path: &Path, session: i64) -> Result<()> {
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    if !is_file || !session::store::is_of(conn, session, &read_token(path)?.stored())? {
        return Ok(());
    }
    let mut out = files::OutputFile::create(path, true)?;
    out.write_all(OVER.as_bytes()).map_err(|e| files::cannot_write(path, &e))?;
    out.finish()
}

/// Whether this is the file of a session that was logged out, which holds nothing any more.
pub fn is_closed(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text == OVER)
}

/// The session that a command runs in, as it is now, and its user; a usage error where there is none.
pub fn own_session(conn: &Connection, identity: &Identity) -> Result<(Session, User)> {
    let session = session::store::find(conn, identity.session.ok_or_else(session::needed)?)?;
    let user = user_store::find(conn, session.user_id)?;
    Ok((session, user))
}

/// What a session file holds.
pub fn session_file(token: &SessionToken) -> Zeroizing<String> {
    Zeroizing::new(format!("{HEADER}{}\n", token.text().as_str()))
}

fn read_token(path: &Path) -> Result<SessionToken> {
    let file = files::open_input(path)?;
    let metadata = file.metadata().map_err(|e| Error::io(format_args!("{}", path.display()), &e))?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        let message = format!("others may read the session file {}", path.display());
        return Err(Error::config("session.readable", message).hint(format!(
            "close it with `chmod 600 {}`; if in doubt, log out and in again",
            path.display()
        )));
    }
    let mut text = Zeroizing::new(String::with_capacity(1024));
    // What is longer than a session file, or no text, is none.
    let _ = file.take(1024).read_to_string(&mut text);
    if text.as_str() == OVER {
        return Err(ended());
    }
    text.strip_prefix(HEADER).and_then(SessionToken::parse).ok_or_else(|| {
        Error::config("session.invalid", format!("{} is not a session file of portalctl", path.display()))
            .hint("`portalctl auth login EMAIL --out FILE` writes one")
    })
}

/// Whose rights a user's are: a system administrator's are the provider's.
pub fn principal(user: &User) -> Principal {
    let email = user.email.to_string();
    match user.staff {
        Some(Staff::SystemAdministrator) => Principal::Provider(email),
        Some(Staff::Caseworker) | None => Principal::User(email),
    }
}

/// Whether the user may still do anything, with the rights and in the session with which the command began.
fn still_in(conn: &Connection, now: DateTime<Utc>, identity: &Identity) -> Result<()> {
    let (Principal::Provider(email) | Principal::User(email)) = &identity.principal else { return Ok(()) };
    let email: Email = email.parse()?;
    let user = user_store::find_by_email(conn, &email)?.ok_or_else(|| Error::not_found("user", &email))?;
    if let Some(id) = identity.session {
        let session = session::find_live(conn, id, now)?.ok_or_else(ended)?;
        if falls_short(conn, &session)? {
            return Err(limited(SessionState::EnrolmentRequired));
        }
    }
    require_in_use(&user)?;
    if principal(&user) != identity.principal {
        return Err(Error::refused("rights.refused", format!("the rights of {email} changed meanwhile")));
    }
    Ok(())
}

fn require_in_use(user: &User) -> Result<()> {
    match user.status {
        UserStatus::Disabled => {
            Err(Error::refused("user.disabled", format!("{} is disabled and may do nothing", user.email)))
        }
        UserStatus::Invited | UserStatus::Active => Ok(()),
    }
}

/// A session that is over, or never was. Which, is not told.
fn ended() -> Error {
    Error::refused("auth.session-ended", "this session has ended")
        .hint("log in again with `portalctl auth login EMAIL --out FILE --force`")
}

/// What a session that has not come all the way cannot do, with what leads on.
pub fn limited(state: SessionState) -> Error {
    let (message, hint) = match state {
        SessionState::CodeRequired => {
            ("the code is still awaited", "`portalctl auth code --session FILE` takes it")
        }
        SessionState::EnrolmentRequired => (
            "two steps are required and not set up yet",
            "set them up with `portalctl auth mfa enrol --session FILE`, then `portalctl auth mfa confirm --session FILE`",
        ),
        SessionState::PasswordChangeRequired => (
            "the initial password must be changed first",
            "`portalctl auth change-password --session FILE` does that",
        ),
        SessionState::Active => return Error::internal("an active session is not limited"),
    };
    Error::refused("auth.session-limited", format!("this session can do nothing else yet: {message}"))
        .hint(hint)
}

/// The operator, where the configuration wants everybody logged in.
pub fn session_needed() -> Error {
    Error::refused(
        "auth.session-needed",
        "here everybody who works is logged in (`require_session` in the configuration)",
    )
    .hint("`portalctl auth login EMAIL --out FILE`, then --session FILE or PORTALCTL_SESSION=FILE")
}
