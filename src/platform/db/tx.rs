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
use crate::values::{Email, utc_text};

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

    /// Where randomness comes from.
    pub fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// Enters in the audit trail what was done to `object` (`kind:key`). `None` stands for "does not exist".
    pub fn record(
        &self,
        action: Action,
        object: impl AsRef<str>,
        before: Option<&impl Serialize>,
        after: Option<&impl Serialize>,
    ) -> Result<()> {
        self.enter(self.actor.effective_text(), action, object.as_ref(), before, after)
    }

    /// As [`Tx::record`], for what a user did who was nobody before it: a login counts as the user's own.
    pub fn record_by(
        &self,
        user: &Email,
        action: Action,
        object: impl AsRef<str>,
        after: &impl Serialize,
    ) -> Result<()> {
        self.enter(format!("user:{user}"), action, object.as_ref(), None::<&()>, Some(after))
    }

    fn enter(
        &self,
        effective_actor: String,
        action: Action,
        object: &str,
        before: Option<&impl Serialize>,
        after: Option<&impl Serialize>,
    ) -> Result<()> {
        let before = before.map(serde_json::to_value).transpose().map_err(unwritable)?;
        let after = after.map(serde_json::to_value).transpose().map_err(unwritable)?;
        let entry = audit::NewEntry {
            at: self.now_text(),
            action: action.0,
            actor: self.actor.real.clone(),
            effective_actor,
            reason: self.actor.reason.clone(),
            object: object.to_owned(),
            before,
            after,
        };
        let rows_before = self.transaction.total_changes();
        audit::append(&self.transaction, self.random()?, &entry)?;
        self.own_changes.set(self.own_changes.get() + self.transaction.total_changes() - rows_before);
        self.records.set(self.records.get() + 1);
        Ok(())
    }

    /// From here on what one statement sorts goes to files where it is much, whatever
    /// [`Db::undo_in_memory`](super::Db::undo_in_memory) said; what undoes a statement stays where it is.
    pub fn sort_in_files(&self) -> Result<()> {
        Ok(self.transaction.execute_batch("PRAGMA temp_store = FILE")?)
    }

    /// Changes rows without a record: only what is no business, such as noting that a session was used.
    pub fn unrecorded<T>(&self, change: impl FnOnce(&Tx<'conn>) -> Result<T>) -> Result<T> {
        let before = self.transaction.total_changes();
        let answer = change(self)?;
        self.own_changes.set(self.own_changes.get() + self.transaction.total_changes() - before);
        Ok(answer)
    }

    /// Tries something that can be undone on its own: an error leaves no row, no record and no mail of it behind, and
    /// the transaction goes on. As in [`Db::write`](super::Db::write), a committed refusal keeps what it wrote.
    pub fn attempt<T>(&self, attempt: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let (records, own_changes) = (self.records.get(), self.own_changes.get());
        let changes = self.transaction.total_changes();
        self.savepoint("SAVEPOINT attempt")?;
        let answer = attempt(self);
        match &answer {
            Err(refusal) if !refusal.is_committed() => {
                // SQLite undoes the whole transaction by itself when the disk is full; then there is nothing to undo.
                if self.transaction.is_autocommit() {
                    return answer;
                }
                self.savepoint("ROLLBACK TO attempt")?;
                self.savepoint("RELEASE attempt")?;
                self.records.set(records);
                // SQLite goes on counting the rows that were written and undone; they are nobody's business now.
                self.own_changes.set(own_changes + self.transaction.total_changes() - changes);
            }
            _ => self.savepoint("RELEASE attempt")?,
        }
        answer
    }

    fn savepoint(&self, sql: &str) -> Result<()> {
        self.transaction.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    pub(super) fn end(self, keep: bool) -> Result<()> {
        // Where the disk was full SQLite has rolled back by itself, and what was said of that must stand.
        if !keep && self.transaction.is_autocommit() {
            return Ok(());
        }
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;

    use super::Action;
    use crate::platform::actor::{Actor, Principal};
    use crate::platform::audit;
    use crate::platform::db::{self, Db, Options, Tx};
    use crate::platform::env::{Clock, Entropy};
    use crate::platform::error::{Error, Result};

    const DONE: Action = Action("test.done");

    fn world() -> (Db, Actor) {
        let options = Options {
            dry_run: false,
            wait: Duration::ZERO,
            clock: Clock::Story(Rc::new(Cell::new(chrono::DateTime::UNIX_EPOCH))),
            entropy: Entropy::Counter(Rc::new(Cell::new(0))),
        };
        let actor = Actor { real: "test".into(), effective: Principal::Operator, reason: None };
        (Db::in_memory(options).unwrap(), actor)
    }

    fn put(tx: &Tx<'_>, key: &str) -> Result<()> {
        db::execute_one(tx, "INSERT INTO meta (key, value) VALUES (?, '')", [key])
    }

    fn keys(db: &Db) -> Vec<String> {
        let sql = "SELECT key FROM meta WHERE key LIKE 'k%' ORDER BY key";
        db.read(|conn| db::list(conn, sql, [], |row| Ok(row.get(0)?))).unwrap()
    }

    #[test]
    fn a_failed_attempt_leaves_neither_rows_nor_records() {
        let (mut db, actor) = world();
        db.write(&actor, |tx| {
            for (key, fails) in [("k1", false), ("k2", true), ("k3", false), ("k4", true)] {
                let tried = tx.attempt(|tx| {
                    put(tx, key)?;
                    tx.record(DONE, key, None::<&()>, None::<&()>)?;
                    // An attempt within an attempt.
                    let _ = tx.attempt(|tx| put(tx, "k9").and(Err::<(), _>(Error::usage("no"))));
                    if fails { Err(Error::usage("no")) } else { Ok(()) }
                });
                assert_eq!(tried.is_err(), fails);
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(keys(&db), ["k1", "k3"]);
        let verdict = db.read(|conn| audit::verify(conn, None)).unwrap();
        assert!(matches!(verdict, audit::Verdict::Intact { entries: 2, .. }), "{verdict:?}");
    }

    #[test]
    fn attempts_that_all_failed_need_no_record_and_a_kept_one_does() {
        let (mut db, actor) = world();
        let failing = |tx: &Tx<'_>| tx.attempt(|tx| put(tx, "k1").and(Err::<(), _>(Error::usage("no"))));
        db.write(&actor, |tx| {
            assert!(failing(tx).is_err());
            Ok(())
        })
        .unwrap();
        let silent = db.write(&actor, |tx| {
            tx.attempt(|tx| put(tx, "k2"))?;
            let _ = failing(tx);
            Ok(())
        });
        assert_eq!(silent.unwrap_err().code(), "internal");
        assert_eq!(keys(&db), Vec::<String>::new());
    }
}
