//! What is in force, summed up in one hash, which the event `in-force` of the chain holds: so neither a signature nor a
//! title, a date or an annex can be another one later without that showing.
//!
//! The hash is the SHA-256 of a JSON array without white space, in UTF-8:
//! `[agreement,kind,title,effective_on,expires_on,supplements,service,version,sha256,[annex,…],[signature,…]]`. Annexes are
//! their SHA-256s in order of their digits; a signature, the customer's first, is
//! `[party,signer,email,title,role,right_since,origin,method,second_step,reference,signed_at,version,sha256]`.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Agreement, Event, EventKind, Signature, evidence, store};
use crate::platform::blob::hex_sha256;
use crate::platform::db::Connection;
use crate::platform::error::{Error, Result};
use crate::platform::exit::Exit;
use crate::platform::ui::answer::to_value;

/// What stands before the hash in the detail of the event.
const MARK: &str = "facts SHA-256 ";

/// What of an agreement is summed up, by its field's name: the same in the database's rows and in a bundle's manifest.
const HEAD: [&str; 9] =
    ["id", "kind", "title", "effective_on", "expires_on", "supplements", "service", "version", "sha256"];

/// What of a signature is.
const SIGNATURE: [&str; 13] = [
    "party",
    "signer",
    "email",
    "title",
    "role",
    "right_since",
    "origin",
    "method",
    "second_step",
    "reference",
    "signed_at",
    "version",
    "sha256",
];

/// What is summed up.
pub struct Facts {
    head: Vec<Value>,
    annexes: Vec<String>,
    signatures: Vec<Value>,
}

impl Facts {
    /// From an agreement and the signatures that count, of either form, and the SHA-256 of each annex.
    pub fn of<S: Serialize>(
        agreement: &impl Serialize,
        signatures: &[S],
        annexes: Vec<String>,
    ) -> Result<Facts> {
        let signatures = signatures.iter().map(|signature| Ok(Value::Array(fields(signature, &SIGNATURE)?)));
        Ok(Facts { head: fields(agreement, &HEAD)?, annexes, signatures: signatures.collect::<Result<_>>()? })
    }

    /// As the event holds it.
    fn note(mut self) -> String {
        self.annexes.sort();
        self.signatures.sort_by_key(|signature| signature[0].to_string());
        let mut all = self.head;
        all.push(json!(self.annexes));
        all.push(Value::Array(self.signatures));
        format!("{MARK}{}", hex_sha256(Value::Array(all).to_string().as_bytes()))
    }

    /// Whether the events tell the same. Those of what came into force before it was summed up tell nothing of it.
    fn fit(self, events: &[Event]) -> bool {
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
    let events = store::events::list(conn, agreement.id)?;
    let facts = agreement.in_force_at.as_ref().map(|_| read(conn, agreement)).transpose()?;
    Ok(contradictions(agreement.id, &events, facts).into_iter().next())
}

/// Where the events do not fit into their chain, and whether they tell of other facts.
pub fn contradictions(agreement: i64, events: &[Event], facts: Option<Facts>) -> Vec<String> {
    let broken = evidence::first_broken(agreement, events)
        .map(|position| format!("event {position} does not fit into the chain of its events"));
    let differ = facts
        .is_some_and(|facts| !facts.fit(events))
        .then(|| "its title, dates, annexes or signatures are not those it came into force with".to_owned());
    broken.into_iter().chain(differ).collect()
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
    let annexes = store::annexes(conn, agreement.id)?.into_iter().map(|annex| annex.sha256).collect();
    let mut signatures = store::signatures::list(conn, agreement.id)?;
    signatures.retain(Signature::counts);
    Facts::of(agreement, &signatures, annexes)
}

fn fields(row: &impl Serialize, names: &[&str]) -> Result<Vec<Value>> {
    let row = to_value(row)?;
    Ok(names.iter().map(|name| row[*name].clone()).collect())
}
