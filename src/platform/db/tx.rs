//! A write transaction: one time, one actor, and a record of everything it changes.

use std::cell::Cell;
use std::ops::Deref;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};
use serde::Serialize;

use crate::platform::actor::Actor;
use crate::platform::audit;
use crate::platform::env::Entropy;
use crate::platform::error::{Error, Result};
use crate::values::utc_text;

/// The name of something that can happen, `noun.verb`. The rooms' `actions.rs` list theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action(pub &'static str);

/// A write transaction. Only [`Db::write`](super::Db::write) makes one; writers in the stores ask for it.
pub struct Tx<'conn> {
    transaction: Transaction<'conn>,
    actor: &'conn Actor,
    now: DateTime<Utc>,
    entropy: Entropy,
    changes_before: u64,
    records: Cell<u64>,
    /// Rows written by the trail itself, which are not business.
    own_changes: Cell<u64>,
}

impl<'conn> Tx<'conn> {
    pub(super) fn begin(
        transaction: Transaction<'conn>,
        actor: &'conn Actor,
        now: DateTime<Utc>,
        entropy: Entropy,
    ) -> Tx<'conn> {
        let changes_before = transaction.total_changes();
        Tx {
            transaction,
            actor,
            now,
            entropy,
            changes_before,
            records: Cell::new(0),
            own_changes: Cell::new(0),
        }
    }

    /// The one time of this transaction.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The one time of this transaction, as the tables hold it.
    pub fn now_text(&self) -> String {
        utc_text(self.now)
    }

    /// Who asks.
    pub fn actor(&self) -> &Actor {
        self.actor
    }

    /// The reason given, or a usage error that asks for one.
    pub fn require_reason(&self) -> Result<&str> {
        self.actor.require_reason()
    }

    /// `N` random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N]> {
        self.entropy.bytes()
    }

    /// Enters in the audit trail what was done to `object` (`kind:key`). `None` stands for "does not exist".
    pub fn record(
        &self,
        action: Action,
        object: impl AsRef<str>,
        before: Option<&impl Serialize>,
        after: Option<&impl Serialize>,
    ) -> Result<()> {
        let before = before.map(serde_json::to_value).transpose().map_err(unwritable)?;
        let after = after.map(serde_json::to_value).transpose().map_err(unwritable)?;
        let entry = audit::NewEntry {
            at: self.now_text(),
            action: action.0,
            actor: self.actor.real.clone(),
            effective_actor: self.actor.effective_text(),
            reason: self.actor.reason.clone(),
            object: object.as_ref().to_owned(),
            before,
            after,
        };
        let rows_before = self.transaction.total_changes();
        audit::append(&self.transaction, self.random()?, &entry)?;
        self.own_changes.set(self.own_changes.get() + self.transaction.total_changes() - rows_before);
        self.records.set(self.records.get() + 1);
        Ok(())
    }

    pub(super) fn end(self, keep: bool) -> Result<()> {
        if !keep {
            return Ok(self.transaction.rollback()?);
        }
        let changes = self.transaction.total_changes() - self.changes_before - self.own_changes.get();
        if changes > 0 && self.records.get() == 0 {
            self.transaction.rollback()?;
            return Err(Error::internal(
                "a command changed rows without recording what it did; it was undone",
            ));
        }
        super::upkeep::run(&self.transaction)?;
        Ok(self.transaction.commit()?)
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

fn unwritable(source: serde_json::Error) -> Error {
    Error::internal(format!("a record cannot be written as JSON: {source}"))
}
