//! Links that mails carry: a one-time activation link, a signatory's standing link to the dashboard.
//!
//! The row is all there is; the token is derived from the key file when the mail is rendered.

pub mod store;

use chrono::Duration;

use crate::platform::db::{Connection, Tx};
use crate::platform::error::Result;
use crate::platform::outbox;
use crate::platform::secret::{Key, same_text};
use crate::values::{Coded, Email, utc_text};

crate::coded! {
    /// What a link opens; also its path under the base address.
    pub enum Purpose("link-purpose") {
        /// Sets a first password (V-002).
        Activation => "activation",
        /// Sets a new password in place of a forgotten one (K-060).
        Reset => "reset",
        /// The agreements that await this signatory (K-200).
        Dashboard => "dashboard",
    }
}

/// Whose link it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A user's activation link. Ending these ends the user's links to a new password too.
    User(i64),
    /// A user's link to a new password; a new one ends an activation link too, and the other way round.
    Reset(i64),
    /// A signatory's dashboard link.
    Signatory(i64),
}

impl Owner {
    fn purpose(self) -> Purpose {
        match self {
            Owner::User(_) => Purpose::Activation,
            Owner::Reset(_) => Purpose::Reset,
            Owner::Signatory(_) => Purpose::Dashboard,
        }
    }
}

/// How long links, codes and sessions are kept that open nothing any more. Then they are deleted when their owner is given
/// the next one; what happened stays in the audit.
pub const KEPT: Duration = Duration::days(90);

/// Makes a new link that is valid for so long; the owner's older ones end (V-003). Answers with its row.
pub fn issue(tx: &Tx<'_>, owner: Owner, valid: Duration) -> Result<i64> {
    revoke_all(tx, owner)?;
    tx.unrecorded(|tx| forget(tx, owner))?;
    let nonce: [u8; 16] = tx.random()?;
    store::insert(tx, owner, owner.purpose(), &nonce, &utc_text(tx.now() + valid))
}

/// Deletes the owner's links that are long over. A message that went out with one no longer names it.
fn forget(tx: &Tx<'_>, owner: Owner) -> Result<()> {
    for link in store::list_over(tx, owner, &utc_text(tx.now() - KEPT))? {
        outbox::forget_link(tx, link)?;
        store::delete_unnamed(tx, link)?;
    }
    Ok(())
}

/// Ends the owner's links and takes back the mails that would still hand them out. Answers with how many ended.
pub fn revoke_all(tx: &Tx<'_>, owner: Owner) -> Result<usize> {
    let live = store::list_live(tx, owner)?;
    for link in &live {
        store::revoke(tx, *link)?;
        outbox::cancel_by_link(tx, *link)?;
    }
    Ok(live.len())
}

/// Ends the dashboard links of every signatory with this address. Answers with how many ended.
pub fn revoke_all_of_signatory(tx: &Tx<'_>, email: &Email) -> Result<usize> {
    let mut ended = 0;
    for signatory in store::signatories_of(tx, email)? {
        ended += revoke_all(tx, Owner::Signatory(signatory))?;
    }
    Ok(ended)
}

/// The address that the holder of a link opens, with its token; `None` once it was used, ended or has expired.
pub fn address(conn: &Connection, key: &Key, base_url: &str, id: i64, now: &str) -> Result<Option<String>> {
    let Some((purpose, nonce)) = store::find_live(conn, id, now)? else { return Ok(None) };
    let purpose = purpose.code();
    let token = key.link_token(purpose, id, &nonce)?;
    Ok(Some(format!("{base_url}/{purpose}?token={token}")))
}

/// The link of a token, as far as it opens what is asked for: its row and its owner. A token that is wrong, used, ended
/// or expired opens nothing, and which of them it is, is not told.
pub fn opened_by(
    conn: &Connection,
    key: &Key,
    token: &str,
    purpose: Purpose,
    now: &str,
) -> Result<Option<(i64, Owner)>> {
    // Whoever pastes the whole link means what stands in it.
    let pasted = token.rsplit_once("token=").map_or(token, |(_, behind)| behind);
    let token = pasted.split(['&', '#']).next().unwrap_or(pasted).trim().to_lowercase();
    let id: i64 = token.split('-').next().and_then(|id| id.parse().ok()).unwrap_or(-1);
    let found = store::find_live(conn, id, now)?.filter(|(found, _)| *found == purpose);
    // With nothing found there is still something to compare with, so that both take as long.
    let nonce = found.as_ref().map_or([0; 16].as_slice(), |(_, nonce)| nonce);
    let right = same_text(&key.link_token(purpose.code(), id, nonce)?, &token);
    match (found.is_some() && right, store::owner(conn, id)?) {
        (true, owner) => Ok(owner.map(|owner| (id, owner))),
        (false, _) => Ok(None),
    }
}
