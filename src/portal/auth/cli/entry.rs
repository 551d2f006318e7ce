//! With whose rights a command runs, from what stands on the command line and in the environment.

use std::path::{Path, PathBuf};

use super::AuthCommand;
use crate::platform::ctx::Ctx;
use crate::platform::env::Env;
use crate::platform::error::{Error, Result};
use crate::portal::auth::identity;
use crate::portal::session::SessionState;
use crate::values::Email;

/// The session file that is named, by the flag or the environment.
pub fn session_of(env: &Env, flag: Option<&Path>, acts_as: bool) -> Result<Option<PathBuf>> {
    let (name, path) = match (flag, env.vars.get("PORTALCTL_SESSION")) {
        (Some(path), _) => ("--session", path.to_owned()),
        (None, Some(path)) => ("PORTALCTL_SESSION", PathBuf::from(path)),
        (None, None) => return Ok(None),
    };
    // Whoever sets it means to be a user; to run as the operator all the same would give them everything.
    if path.as_os_str().is_empty() {
        return Err(Error::usage(format!("{name} is empty"))
            .hint("name a session file, or leave it away to run as the operator"));
    }
    if acts_as {
        return Err(Error::usage(format!("--as and {name} exclude each other"))
            .hint("the one is the operator with a user's rights, the other a user who logged in"));
    }
    Ok(Some(path))
}

/// What kind of command somebody comes in with.
pub enum Entry<'a> {
    /// One of this room's.
    Auth(&'a AuthCommand),
    /// One that brings a token of its own, which says who it is.
    Token,
    /// Any other.
    Other,
}

/// Decides with whose rights a command runs.
pub fn identify(
    ctx: &mut Ctx<'_>,
    entry: &Entry<'_>,
    session: Option<&Path>,
    act_as: Option<&Email>,
) -> Result<()> {
    let auth = match entry {
        Entry::Auth(command) => Some(*command),
        Entry::Token if session.is_some() || act_as.is_some() => return Err(token_alone()),
        // Whose token it is, the command finds out.
        Entry::Token => return Ok(()),
        Entry::Other => None,
    };
    if auth.is_some() && act_as.is_some() {
        return Err(not_acting_as());
    }
    // Who comes in is nobody yet, whatever the environment names.
    if auth.is_some_and(AuthCommand::is_entrance) {
        return Ok(());
    }
    match (session, act_as) {
        (Some(path), _) => {
            let (logged_in, state) = identity::logged_in(ctx, path)?;
            let may = state == SessionState::Active || auth.is_some_and(|auth| auth.leads_on_from(state));
            if !may {
                return Err(identity::limited(state));
            }
            ctx.identity = logged_in;
        }
        (None, _) if ctx.config.require_session => return Err(identity::session_needed()),
        (None, Some(email)) => ctx.identity = identity::acting_as(ctx, email)?,
        (None, None) => {}
    }
    Ok(())
}

/// A token says who somebody is, as a session and `--as` do.
fn token_alone() -> Error {
    Error::usage("--token-stdin goes with neither --session nor --as")
        .hint("each says who acts: name one of them; PORTALCTL_SESSION counts as --session")
}

/// Acting as someone never touches credentials (DESIGN §4).
fn not_acting_as() -> Error {
    Error::refused(
        "rights.refused",
        "whoever acts as someone else with --as does not touch their credentials",
    )
    .hint("leave --as away, or log in as that user")
}
