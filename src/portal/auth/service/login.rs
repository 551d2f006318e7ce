//! The password: looked up, compared outside any write, and taken or refused.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::step::{self, SmsSent};
use super::{door, hasher, object, refuse, refuse_unknown, standing};
use crate::platform::db::{Connection, Tx};
use crate::platform::env::Entropy;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::secret::Key;
use crate::platform::secret::codes::SessionToken;
use crate::platform::secret::lockout::Door;
use crate::platform::secret::password::{Hasher, Params, Password};
use crate::platform::ui::answer::Warning;
use crate::portal::auth::rules::{self, Refusal};
use crate::portal::auth::store::{self, Credential};
use crate::portal::auth::{Channel, actions};
use crate::portal::code;
use crate::portal::session::{self, Method, Session, SessionState};
use crate::portal::user::{User, UserStatus, account, store as user_store};
use crate::values::{Coded, Email, utc_text};

/// An address with what its password is compared with.
pub struct Asked {
    email: Email,
    user: Option<i64>,
    credential: Option<Credential>,
    /// Whether a right password would open at this moment; only then a hash may be made anew.
    open: bool,
    /// How passwords are hashed now.
    hasher: Hasher,
}

/// A password that was compared.
pub struct Compared {
    email: Email,
    user: Option<i64>,
    credential: Option<Credential>,
    right: bool,
    upgrade: Option<String>,
}

/// Someone whose password was right.
pub struct Entered {
    /// The session, and how far it has come.
    pub session: Session,
    /// What the session file holds.
    pub token: SessionToken,
    /// Who it is.
    pub user: User,
    /// The code that goes out by SMS.
    pub sms: Option<SmsSent>,
    /// What could not be done as it was asked for.
    pub warnings: Vec<Warning>,
}

/// Looks up what a password is compared with.
pub fn look_up(conn: &Connection, key: &Key, email: &Email, now: DateTime<Utc>) -> Result<Asked> {
    let user = user_store::find_by_email(conn, email)?;
    let credential = match &user {
        Some(user) => store::credential(conn, user.id)?,
        None => None,
    };
    let open = match &user {
        Some(user) => {
            user.status != UserStatus::Disabled
                && all_open(conn, user.id, now)?
                && !initial_is_over(conn, credential.as_ref(), &utc_text(now))?
        }
        None => false,
    };
    let user = user.map(|user| user.id);
    // Asked for whoever it is, so that this too costs everyone the same.
    let hasher = hasher(conn)?;
    let decoy = decoy(conn, key, email, hasher.params())?;
    Ok(Asked { email: email.clone(), user, credential, open, hasher: hasher.with_decoy(decoy) })
}

/// The parameters for an address without a password: those of some password that there is, as often as there are such.
/// After `password.argon2` was changed a stored hash costs what it did until its owner's next login; so an address that
/// nobody has costs the old or the new too, always the same, and once the new, never the old again.
fn decoy(conn: &Connection, key: &Key, email: &Email, now: Params) -> Result<Params> {
    let in_use: Vec<_> = store::params_in_use(conn)?
        .into_iter()
        .filter_map(|(params, count)| Some((params.parse::<Params>().ok()?, count)))
        .collect();
    let total: u64 = in_use.iter().map(|(_, count)| u64::from(*count)).sum();
    let digest = key.derive("decoy-params/1", &[email.key().as_bytes()])?;
    let chance = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    // Its place among them all, those with the parameters in force first.
    let mut place = (u128::from(chance) * u128::from(total)) >> 64;
    let (new, old): (Vec<_>, Vec<_>) = in_use.into_iter().partition(|(params, _)| *params == now);
    for (params, count) in new.into_iter().chain(old) {
        let count = u128::from(count);
        if place < count {
            return Ok(params);
        }
        place -= count;
    }
    Ok(now)
}

impl Asked {
    /// Compares: one hash, whoever asks. Where the password opens and its hash is not as hashes are made today, it is
    /// made anew.
    pub fn compare(self, password: &Password, entropy: &Entropy) -> Result<Compared> {
        let phc = self.credential.as_ref().map(|credential| credential.phc.as_str());
        let right = self.hasher.verify(phc, password)?;
        let old = phc.is_some_and(|phc| self.hasher.needs_upgrade(phc));
        let upgrade = match right && self.open && old {
            true => Some(self.hasher.hash(password, entropy)?),
            false => None,
        };
        let Asked { email, user, credential, .. } = self;
        Ok(Compared { email, user, credential, right, upgrade })
    }
}

/// Begins a session for a password that was right, as far as that leads; otherwise a committed refusal.
pub fn enter(
    tx: &Tx<'_>,
    key: &Key,
    compared: &Compared,
    wanted: Option<Method>,
    default: Lang,
) -> Result<Entered> {
    let Some(id) = compared.user else { return Err(refuse_unknown(tx, key, &compared.email)?) };
    let user = user_store::find(tx, id)?;
    if let Some(why) = refusal(tx, &user, compared)? {
        return Err(refuse(tx, &user, Channel::Password, why, default)?);
    }
    if let Some(phc) = &compared.upgrade {
        store::upgrade_credential(tx, id, phc)?;
    }
    let initial = compared.credential.as_ref().is_some_and(|credential| credential.initial.is_some());
    let state = rules::after_password(standing(tx, id, initial)?);
    let mut warnings = Vec::new();
    let method = match state {
        // A method that is not set up would tell that the password was right, and forget the attempt.
        SessionState::CodeRequired => Some(match step::wanted(tx, id, wanted)? {
            Some(method) => method,
            None => {
                warnings.extend(wanted.map(|method| {
                    Warning::new("auth.method-missing", not_set_up(method).message().to_owned())
                }));
                step::method(tx, id, None)?
            }
        }),
        _ => None,
    };
    // No SMS is paid for, and no code asked for, that could not be taken.
    if let Some(method) = method
        && let Door::Locked(_) = door(tx, id, method.into(), tx.now())?
    {
        return Err(refuse(tx, &user, method.into(), Refusal::Locked, default)?);
    }
    let (session, token) = session::issue(tx, id, state, method)?;
    // With a second step to come, the password's failures stay until that was right too: otherwise whoever knows the
    // password could try codes without end.
    if state != SessionState::CodeRequired {
        store::clear_failures(tx, id, Channel::Password)?;
    }
    if state == SessionState::Active {
        account::note_login(tx, id)?;
    }
    let after = json!({"session": session.id, "state": state, "method": method});
    tx.record_by(&user.email, actions::LOGIN, object(&user), &after)?;
    let sms = match method {
        Some(Method::Sms) => match step::send_login_sms(tx, key, &user, default) {
            // The login stands all the same: the code of another method finishes it, or an SMS later.
            Err(error) if error.code() == step::SMS_WAIT => {
                warnings.push(Warning::new(step::SMS_WAIT, error.message().to_owned()));
                None
            }
            sent => Some(sent?),
        },
        _ => None,
    };
    Ok(Entered { session, token, user, sms, warnings })
}

/// Why a password does not open, if it does not.
fn refusal(tx: &Tx<'_>, user: &User, compared: &Compared) -> Result<Option<Refusal>> {
    let credential = store::credential(tx, user.id)?;
    let door = door(tx, user.id, Channel::Password, tx.now())?;
    Ok(match door {
        _ if user.status == UserStatus::Disabled => Some(Refusal::Disabled),
        _ if credential.is_none() => Some(Refusal::NoPassword),
        Door::Locked(_) => Some(Refusal::Locked),
        _ if credential != compared.credential => Some(Refusal::Changed),
        _ if !compared.right => Some(Refusal::Wrong),
        Door::Wait(_) => Some(Refusal::TooSoon),
        Door::Open if initial_is_over(tx, credential.as_ref(), &tx.now_text())? => Some(Refusal::InitialOver),
        Door::Open => None,
    })
}

/// Whether no way in is shut; a code that could not be taken shuts out a right password too.
fn all_open(conn: &Connection, user: i64, now: DateTime<Utc>) -> Result<bool> {
    for channel in Channel::all() {
        let shut = match door(conn, user, *channel, now)? {
            Door::Open => false,
            Door::Wait(_) => *channel == Channel::Password,
            Door::Locked(_) => true,
        };
        if shut {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether this is an initial password that no longer opens anything: it has expired, or was taken back.
pub(super) fn initial_is_over(conn: &Connection, credential: Option<&Credential>, now: &str) -> Result<bool> {
    match credential.and_then(|credential| credential.initial) {
        Some(initial) => Ok(code::store::find_live(conn, initial, now)?.is_none()),
        None => Ok(false),
    }
}

/// A method that a user asks for and has not set up.
pub fn not_set_up(method: Method) -> Error {
    Error::refused("auth.method-missing", format!("no code can come by {method}: that is not set up"))
        .hint("leave --method away to use what is set up")
}
