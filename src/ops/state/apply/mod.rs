//! Brings the database to what the files ask for, by the use cases that the commands use.
//!
//! Everything happens in the one transaction of the caller, who keeps it (`apply`) or rolls it back (`plan`). Refusals
//! are collected object by object and told together; after one nothing is kept, so what follows from it does no harm.
//!
//! The order is that of who needs whom: policy and catalogues, institutions, units, then rights are taken before rights
//! are given, so that an administrator's place is free; people who are to be shut receive theirs before others do.
//! What goes out of use goes last, since nothing can be added to it then.

mod catalogues;
mod people;
mod prune;
mod refusals;
mod tenants;
mod users;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::changes;
use super::wanted::{At, Tenant as WantedTenant, User as WantedUser, Wanted};
use crate::platform::audit;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::ui::answer::Warning;
use crate::platform::ui::plan::{Fate, Item};
use crate::portal::access;
use crate::portal::tenant::service as tenant_service;
use crate::portal::tenant::{Status, Tenant};

use refusals::Refusals;

/// How many warnings of a kind are told one by one.
const WARNINGS: usize = 20;

/// What an `apply` may do besides.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Take away what an earlier apply created and the files name no more.
    pub prune: bool,
    /// How much may be taken away.
    pub max_deletes: u64,
    /// Write to the users created and the signatories appointed.
    pub invite: bool,
    /// The language of mails to those who have none.
    pub lang: Lang,
}

/// What an `apply` did.
#[derive(Debug)]
pub struct Outcome {
    /// Each object that changed.
    pub items: Vec<Item>,
    /// How many declared objects were so already.
    pub unchanged: u64,
    /// How many mails were queued, if that was asked for.
    pub mails: Option<u64>,
    /// What should be known besides.
    pub warnings: Vec<Warning>,
}

impl Outcome {
    /// How many things are taken away.
    pub fn deletions(&self) -> u64 {
        self.items.iter().filter(|item| item.result == Fate::Deleted).count() as u64
    }
}

/// Does all that the files ask for.
pub fn apply(tx: &Tx<'_>, wanted: &Wanted, options: Options) -> Result<Outcome> {
    access::provider_only(tx.actor())?;
    let (before, _) = audit::head(tx)?;
    let mut run = Run::new(tx, wanted, options);
    catalogues::settle(&mut run)?;
    tenants::put(&mut run)?;
    prune::rights(&mut run)?;
    users::put(&mut run)?;
    people::put(&mut run)?;
    prune::rest(&mut run)?;
    catalogues::retire(&mut run)?;
    users::shut_all(&mut run)?;
    tenants::archive(&mut run)?;
    run.refusals.end()?;
    run.look_back()?;

    let items = changes::after(tx, before)?;
    let changed = items.iter().filter(|item| run.declared.contains(&known(&item.kind, &item.key))).count();
    let outcome = Outcome {
        unchanged: (run.declared.len() - changed) as u64,
        mails: options.invite.then_some(run.mails),
        warnings: abridged(run.warnings),
        items,
    };
    if outcome.deletions() > options.max_deletes {
        return Err(too_many(&outcome, options.max_deletes));
    }
    Ok(outcome)
}

/// What a run has in hand.
struct Run<'r, 'conn> {
    tx: &'r Tx<'conn>,
    wanted: &'r Wanted,
    options: Options,
    refusals: Refusals,
    warnings: Vec<Warning>,
    /// Kind and key of every object that the files declare.
    declared: HashSet<String>,
    /// The institutions that were named, by the name used.
    tenants: HashMap<String, Rc<Tenant>>,
    /// Codes of the institutions that this run creates.
    created: HashSet<String>,
    /// Declared institutions that could not be put, whose belongings are passed over.
    failed: HashSet<String>,
    /// The declared users by the key of their address.
    people: HashMap<String, &'r WantedUser>,
    /// Codes of institutions that lost an administrator.
    lost: BTreeSet<String>,
    mails: u64,
}

impl<'r, 'conn> Run<'r, 'conn> {
    fn new(tx: &'r Tx<'conn>, wanted: &'r Wanted, options: Options) -> Run<'r, 'conn> {
        let people = wanted.users.iter().flatten().map(|user| (user.email.key(), user)).collect();
        Run {
            tx,
            wanted,
            options,
            refusals: Refusals::default(),
            warnings: Vec::new(),
            declared: HashSet::new(),
            tenants: HashMap::new(),
            created: HashSet::new(),
            failed: HashSet::new(),
            people,
            lost: BTreeSet::new(),
            mails: 0,
        }
    }

    /// The value, or `None` where the use case refused, which is noted with the object's place.
    fn attempt<T>(&mut self, at: &At, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => self.refusals.add(&self.wanted.files, at, error).map(|()| None),
        }
    }

    fn declare(&mut self, kind: &str, key: &str) {
        self.declared.insert(known(kind, key));
    }

    /// The institution of this name, by code or CVR.
    fn tenant(&mut self, name: &str) -> Result<Rc<Tenant>> {
        if let Some(known) = self.tenants.get(name) {
            return Ok(Rc::clone(known));
        }
        let tenant = Rc::new(tenant_service::resolve(self.tx, name)?);
        self.tenants.insert(name.to_owned(), Rc::clone(&tenant));
        Ok(tenant)
    }

    /// The declared institutions whose data could be put, each with its row.
    fn put_tenants(&self) -> Vec<(&'r WantedTenant, Rc<Tenant>)> {
        let declared = self.wanted.tenants.iter().flatten();
        declared
            .filter_map(|tenant| Some((tenant, Rc::clone(self.tenants.get(&tenant.code)?))))
            .filter(|(tenant, _)| !self.failed.contains(&tenant.code))
            .collect()
    }

    /// Warns of institutions in use that the run left without an administrator.
    fn look_back(&mut self) -> Result<()> {
        for code in std::mem::take(&mut self.lost) {
            let tenant = tenant_service::resolve(self.tx, &code)?;
            if tenant.status == Status::Active {
                let warning = tenant_service::no_administrator(self.tx, tenant.id, &tenant.code)?;
                self.warnings.extend(warning);
            }
        }
        Ok(())
    }
}

/// An object's name in [`Run::declared`]; addresses do not differ by case.
fn known(kind: &str, key: &str) -> String {
    format!("{kind} {}", key.to_lowercase())
}

fn too_many(outcome: &Outcome, limit: u64) -> Error {
    let n = outcome.deletions();
    let gone = outcome.items.iter().filter(|item| item.result == Fate::Deleted);
    let details = gone.take(100).map(|item| {
        serde_json::json!({"kind": item.kind, "key": item.key, "message": format!("{} {}", item.kind, item.key)})
    });
    let message =
        format!("this takes away {n} things, and --max-deletes allows {limit}; nothing was changed");
    Error::refused("state.max-deletes", message)
        .hint(format!("check that the files are whole; if it is meant, say --max-deletes {n}"))
        .details(details.collect())
}

/// The warnings, of each kind no more than somebody reads.
fn abridged(warnings: Vec<Warning>) -> Vec<Warning> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut kept = Vec::new();
    for warning in warnings {
        let count = counts.entry(warning.code.clone()).or_default();
        *count += 1;
        if *count <= WARNINGS {
            kept.push(warning);
        }
    }
    let mut left: Vec<_> = counts.into_iter().filter(|(_, count)| *count > WARNINGS).collect();
    left.sort();
    kept.extend(left.into_iter().map(|(code, count)| {
        let message = format!("{} more warnings of the kind {code}", count - WARNINGS);
        Warning::new(code, message)
    }));
    kept
}
