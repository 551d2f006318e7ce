//! What is in force, summed up in one hash, which the event `in-force` of the chain holds: so neither a signature nor a
//! title, a date or an annex can be another one later without that showing.
//!
//! The hash is the SHA-256 of a JSON array without white space, in UTF-8:
//! `[agreement,kind,title,effective_on,expires_on,supplements,service,version,sha256,[annex,…],[signature,…]]`. Annexes are
//! their SHA-256s in order of their digits; a signature, the customer's first, is
//! `[party,signer,email,title,role,right_since,origin,method,second_step,reference,signed_at,version,sha256]`.

use serde_json::{Value, json};

use super::{Agreement, Annex, Event, EventKind, Signature, evidence, store};
use crate::platform::blob::hex_sha256;
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;

/// What stands before the hash in the detail of the event.
const MARK: &str = "facts SHA-256 ";

/// What is summed up. Every value as it stands in the manifest of a bundle.
pub struct Facts {
    /// The agreement up to its document's hash.
    pub head: [Value; 9],
    /// SHA-256 of each annex.
    pub annexes: Vec<String>,
    /// Each signature, with its party's code in front.
    pub signatures: Vec<Value>,
}

impl Facts {
    fn of(agreement: &Agreement, annexes: &[Annex], signatures: &[Signature]) -> Facts {
        let signature = |signature: &Signature| {
            json!([
                signature.party,
                signature.signer,
                signature.email,
                signature.title,
                signature.role,
                signature.right_since,
                signature.origin,
                signature.method,
                signature.second_step,
                signature.reference,
                signature.signed_at,
                signature.version,
                signature.sha256
            ])
        };
        Facts {
            head: [
                json!(agreement.id),
                json!(agreement.kind),
                json!(agreement.title),
                json!(agreement.effective_on),
                json!(agreement.expires_on),
                json!(agreement.supplements),
                json!(agreement.service),
                json!(agreement.version),
                json!(agreement.sha256),
            ],
            annexes: annexes.iter().map(|annex| annex.sha256.clone()).collect(),
            signatures: signatures.iter().filter(|signature| signature.counts()).map(signature).collect(),
        }
    }

    /// As the event holds it.
    fn note(mut self) -> String {
        self.annexes.sort();
        self.signatures.sort_by_key(|signature| signature[0].to_string());
        let mut all = self.head.to_vec();
        all.push(json!(self.annexes));
        all.push(Value::Array(self.signatures));
        format!("{MARK}{}", hex_sha256(Value::Array(all).to_string().as_bytes()))
    }

    /// Whether the events tell the same. Those of what came into force before it was summed up tell nothing of it.
    pub fn fit(self, events: &[Event]) -> bool {
        let told = events.iter().rev().find(|event| event.kind == EventKind::InForce);
        match told.and_then(|event| event.detail.as_deref()).filter(|detail| detail.starts_with(MARK)) {
            Some(told) => told == self.note(),
            None => true,
        }
    }
}

/// What the event of coming into force says.
pub fn note(conn: &Connection, agreement: &Agreement) -> Result<String> {
    Ok(read(conn, agreement)?.note())
}

/// What is wrong with what is kept of an agreement, as far as its own evidence tells.
pub fn fault(conn: &Connection, agreement: &Agreement) -> Result<Option<String>> {
    let (id, events) = (agreement.id, store::events::list(conn, agreement.id)?);
    if let Some(position) = evidence::first_broken(id, &events) {
        return Ok(Some(format!("event {position} does not fit into the chain of its events")));
    }
    let fits = agreement.in_force_at.is_none() || read(conn, agreement)?.fit(&events);
    Ok((!fits)
        .then(|| "its title, dates, annexes or signatures are not those it came into force with".to_owned()))
}

/// Refuses to go on with an agreement whose evidence does not hold (6).
pub fn require_sound(conn: &Connection, agreement: &Agreement) -> Result<()> {
    match fault(conn, agreement)? {
        None => Ok(()),
        Some(what) => Err(Error::new(Exit::Refused, "agreement.evidence", format!("agreement {}: {what}", agreement.id))
            .hint("somebody changed the database by other means than this program; `portalctl db check` looks closer")),
    }
}

fn read(conn: &Connection, agreement: &Agreement) -> Result<Facts> {
    let annexes = store::annexes(conn, agreement.id)?;
    let signatures = store::signatures::list(conn, agreement.id)?;
    Ok(Facts::of(agreement, &annexes, &signatures))
}
